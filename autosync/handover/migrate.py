"""Items as changeset calls of sqlalchemy-migrate; what it has no call for, as SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateSequence

from autosync.changes import Change
from autosync.dialects import dialect_for
from autosync.dialects.columns import nullable_without_default
from autosync.dialects.texts import literal_text
from autosync.handover.items import BY_HAND, EMPTY, Item
from autosync.handover.state import (
    has_computed,
    has_default,
    is_index,
    leaves_index,
)
from autosync.handover.text import body
from autosync.plan import Refusal
from autosync.revisions.migrate import MigrateRepository
from autosync.revisions.source import in_string, type_source

Part = tuple[list[str], str]
"""Lines of source, and why they are only a comment."""

SCRIPT = '''\
"""{message}"""

import sqlalchemy as sa
from migrate.changeset.constraint import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.dialects import mysql, postgresql, sqlite


def upgrade(migrate_engine):
    metadata = sa.MetaData(migrate_engine)

    {upgrade}


def downgrade(migrate_engine):
    raise NotImplementedError("there is no way back from here, unless you write one")
'''


def write(
    repository: MigrateRepository,
    connection: Connection,
    message: str,
    items: Sequence[Item],
    left: Sequence[Refusal],
) -> tuple[str, Path, tuple[Item, ...]]:
    """Write the script: its version, its file, and the items of which something is a comment."""
    made = body(items, left, Writer(connection).parts)
    script = SCRIPT.format(message=in_string(message), upgrade=made.text)
    version, path = repository.write(message, script)
    return version, path, made.held


class Writer:
    """Writes items for one database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = dialect_for(connection)

    def parts(self, group: Sequence[Item]) -> Iterator[tuple[str, str]]:
        """The source of what is done for a group of items, and why it is held back, if it is."""
        for lines, held in _WAYS[group[0].way](self, group):
            yield "\n".join(lines), held

    def _can_restate(self, change: Change) -> bool:
        """Whether the changeset keeps what a column or a table is that it states anew."""
        return self._dialect.alters_columns or not has_computed(self._connection, change.key)

    # --- the ways -------------------------------------------------------------------------------

    def add(self, group: Sequence[Item]) -> Iterator[Part]:
        """What creates each of them."""
        for item in group:
            can = self._dialect.alters_columns or item.change.kind != "check"
            yield self._added(item.change), item.held if can else BY_HAND

    def again(self, group: Sequence[Item]) -> Iterator[Part]:
        """What drops each, and creates it as declared."""
        for item in group:
            name = item.change.live.name
            drop = self._dialect.drop_constraint(item.change.origin.table, name)
            can = self._dialect.alters_columns
            if is_index(self._connection, item.change):
                can, dropped = True, [_drop_index(name)]
            elif can:
                dropped = [self._executed(drop)]
            else:
                can = item.change.kind == "unique"
                dropped = [f"{self._constraint(item.change, name)}.drop()"]
            if leaves_index(self._connection, item.change):
                dropped.append(_drop_index(name))
            made = [_table(item.change), *dropped, *self._added(item.change)[1:]]
            yield made, item.held if can else BY_HAND

    def alter(self, group: Sequence[Item]) -> Iterator[Part]:
        """One alteration for all that differs in a column."""
        differs = {item.change.difference for item in group}
        change = group[0].change
        column = change.declared.origin
        held = next((item.held for item in group if item.held), "")
        if not self._can_restate(change):
            held = BY_HAND
        elif column.computed is not None:
            yield [self._executed(self._dialect.alter_type(column, change.live))], held
            return
        options = []
        cast = self._dialect.type_options(column).values()
        if differs & {"type", "collation"} and not cast:
            options.append(f"type={self._type(column)}")
        if "nullable" in differs:
            options.append(f"nullable={column.nullable}")
        if differs & {"default", "extra_default"}:
            options.append(f"server_default={_default(change.declared.default)}")
        lines = [_table(change), f"table.c[{change.live.name!r}].alter({', '.join(options)})"]
        if differs & {"type", "collation"} and cast:
            retyped = self._dialect.compiler.sql(self._dialect.alter_type(column, change.live))
            altered = _execute(retyped)
            lines = [altered, *lines] if options else [altered]
        yield lines, held

    def loosen(self, group: Sequence[Item]) -> Iterator[Part]:
        """Let rows leave out a column that only the database has."""
        for item in group:
            name = item.change.live.name
            yield [_table(item.change), f"table.c[{name!r}].alter(nullable=True)"], item.held

    def rename(self, group: Sequence[Item]) -> Iterator[Part]:
        """A new name for each candidate."""
        for item in group:
            schema, name = item.change.key
            for old in item.names:
                if item.change.kind == "table":
                    yield [_loaded(schema, old), f"table.rename({name!r})"], item.held
                elif has_computed(self._connection, item.change.key):
                    column = item.change.declared.origin
                    yield [self._executed(self._dialect.rename_column(column, old))], item.held
                else:
                    renamed = f"table.c[{old!r}].alter(name={item.change.name!r})"
                    yield [_table(item.change), renamed], item.held

    def sql(self, group: Sequence[Item]) -> Iterator[Part]:
        """The statements of the remedy."""
        for item in group:
            can = item.change.kind == "enum" or not any(one.alone for one in item.statements)
            lines = [_execute(statement.text) for statement in item.statements]
            yield lines, item.held if can else BY_HAND

    def steps(self, group: Sequence[Item]) -> Iterator[Part]:
        """A column that takes anything, its values, and then what is wanted of it."""
        for item in group:
            column = item.change.declared.origin
            table = _table(item.change)
            made = f"sa.Column({column.name!r}, {self._type(column)}).create(table)"
            yield [table, made], item.held
            altered = f"table.c[{column.name!r}].alter"
            if has_default(item.change):
                default = _default(item.change.declared.default)
                yield [f"{altered}(server_default={default})"], item.held
            wanted = [self._executed(self._dialect.fill(nullable_without_default(column)))]
            if not column.nullable:
                wanted.append(f"{altered}(nullable=False)")
            yield wanted, EMPTY

    # --- what is added --------------------------------------------------------------------------

    def _added(self, change: Change) -> list[str]:
        table = _table(change)
        if change.kind == "column":
            column = change.declared
            made = [repr(column.name), self._type(column.origin), f"nullable={column.nullable}"]
            if column.default is not None:
                made.append(f"server_default={_default(column.default)}")
            return [table, f"sa.Column({', '.join(made)}).create(table)"]
        if isinstance(change.origin, sa.Index):
            if change.declared.parts == change.columns and not change.origin.kwargs:
                return [table, f"{_index(change, change.name)}.create(migrate_engine)"]
            return [table, self._executed(self._dialect.create_index(change.origin))]
        if change.kind in ("unique", "foreign_key", "check"):
            if self._dialect.alters_columns:
                return [table, self._executed(self._dialect.add_constraint(change.origin))]
            return [table, f"{self._constraint(change, change.name)}.create()"]
        return [self._executed(one) for one in self._elements(change)]

    def _elements(self, change: Change) -> list[Any]:
        origin, dialect = change.declared.origin, self._dialect
        if change.kind == "table":
            steps = dialect.create_table(origin, origin.foreign_key_constraints)
            return [step.element for step in steps]
        if change.kind == "enum" and change.difference == "labels":
            return list(dialect.add_labels(change.declared, change.live))
        if change.kind == "enum":
            return [dialect.create_enum(change.declared)]
        if change.kind == "sequence":
            return [CreateSequence(origin)]
        if change.kind == "view" and change.live is not None:
            return dialect.replace_view(change.live, change.declared)
        return dialect.create_view(origin) if change.kind == "view" else []

    def _constraint(self, change: Change, name: str | None) -> str:
        """A constraint of the changeset's own, which makes the table anew."""
        columns = ", ".join(f"table.c[{column!r}]" for column in change.columns)
        if change.kind == "unique":
            return f"UniqueConstraint({columns}, name={name!r})"
        if change.kind == "check":
            text = literal_text(change.declared.text)
            return f"CheckConstraint(sa.text({text!r}), columns=[{columns}], name={name!r})"
        key = change.declared
        schema, target = key.target
        names = ", ".join(f"target.c[{column!r}]" for column in key.target_columns)
        loaded = f"(lambda target: [{names}])({_load(schema, target)})"
        return f"ForeignKeyConstraint([{columns}], {loaded}, name={name!r})"

    def _type(self, column: sa.Column[Any]) -> str:
        return type_source(column.type, self._dialect.compiler.dialect)

    def _executed(self, element: Any) -> str:
        return _execute(self._dialect.compiler.sql(element).strip())


_WAYS: Mapping[str, Callable[[Writer, Sequence[Item]], Iterator[Part]]] = {
    "add": Writer.add,
    "again": Writer.again,
    "alter": Writer.alter,
    "loosen": Writer.loosen,
    "rename": Writer.rename,
    "sql": Writer.sql,
    "steps": Writer.steps,
}


def _execute(text: str) -> str:
    return f"migrate_engine.execute(sa.text({literal_text(text)!r}))"


def _table(change: Change) -> str:
    return _loaded(*change.key)


def _loaded(schema: str | None, name: str) -> str:
    return f"table = {_load(schema, name)}"


def _load(schema: str | None, name: str) -> str:
    where = "" if schema is None else f"schema={schema!r}, "
    return f"sa.Table({name!r}, metadata, {where}autoload=True, extend_existing=True)"


def _default(text: str | None) -> str:
    return "None" if text is None else f"sa.text({literal_text(text)!r})"


def _drop_index(name: str) -> str:
    return f"sa.Index({name!r}, _table=table).drop(migrate_engine)"


def _index(change: Change, name: str | None) -> str:
    columns = ", ".join(f"table.c[{column!r}]" for column in change.columns)
    return f"sa.Index({name!r}, {columns}, unique={bool(change.declared.unique)})"
