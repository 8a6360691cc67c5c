"""Items as operations of Alembic, in the words in which Alembic writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic.operations import ops
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateSequence

from autosync.changes import Change
from autosync.dialects import dialect_for
from autosync.dialects.base import Dialect
from autosync.dialects.columns import nullable_without_default
from autosync.dialects.texts import literal_text
from autosync.handover.items import BY_HAND, EMPTY, Item
from autosync.handover.state import (
    has_computed,
    has_default,
    is_index,
    leaves_index,
    misread,
    sees,
)
from autosync.handover.text import body
from autosync.plan import Refusal
from autosync.revisions.alembic import AlembicRepository
from autosync.revisions.rendering import INDENT, RenameTable, rendered
from autosync.schema import Key

OUTSIDE = "with op.get_context().autocommit_block():"
DEEP = " " * 15
"""How deep Alembic writes the options of an alteration."""
WAY_BACK = 'raise NotImplementedError("there is no way back from here, unless you write one")'


def write(
    repository: AlembicRepository,
    connection: Connection,
    message: str,
    items: Sequence[Item],
    left: Sequence[Refusal],
) -> tuple[str, Path, tuple[Item, ...]]:
    """Write the revision: its id, its file, and the items of which something is a comment."""
    writer = Writer(connection, dialect_for(connection), items)
    made = body(items, left, writer.parts)
    imports = "\n".join(sorted(writer.imports))
    id_, path = repository.write(message, made.text, WAY_BACK, imports)
    return id_, path, made.held


class Part(NamedTuple):
    """Operations that belong together; ``held`` says why they are only a comment, ``outside`` that
    they are for no transaction; ``options`` are those that Alembic takes, and does not write.
    """

    operations: Sequence[Any]
    held: str = ""
    outside: bool = False
    options: Mapping[str, Any] = {}


class Writer:
    """Writes items for one database; ``items`` are all that the revision is to have."""

    def __init__(self, connection: Connection, dialect: Dialect, items: Sequence[Item]) -> None:
        self._connection = connection
        self._dialect = dialect
        self._checks = {(one.change.key, one.change.name) for one in items}
        self.imports: set[str] = set()

    def parts(self, group: Sequence[Item]) -> Iterator[tuple[str, str]]:
        """The source of what is done for a group of items, and why it is held back, if it is."""
        for part in _WAYS[group[0].way](self, group):
            text, imports = self._rendered(part.operations)
            held = part.held or self._obstacle(part.operations)
            for name, value in part.options.items():
                text = f"{text.removesuffix(')')},\n{DEEP}{name}={value!r})"
            if part.outside:
                text = f"{OUTSIDE}\n{INDENT}{INDENT}{text}"
            self.imports |= set(imports.splitlines())
            yield text, held

    def _obstacle(self, operations: Sequence[Any]) -> str:
        """Why a table cannot be made anew: Alembic copies values into computed columns, and drops
        what it sees.
        """
        batch = [one for one in operations if _makes_table_anew(one)]
        if self._dialect.alters_columns or not any(map(self._stumbles, batch)):
            return ""
        return BY_HAND

    def _stumbles(self, operation: Any) -> bool:
        key = _key_of(operation)
        if has_computed(self._connection, key) or misread(self._connection, key):
            return True
        dropped = isinstance(operation, ops.DropConstraintOp)
        return dropped and not sees(self._connection, key, str(operation.constraint_name))

    def _rendered(self, operations: Sequence[Any]) -> tuple[str, str]:
        if self._dialect.alters_columns:
            return rendered(operations, self._connection)
        batch: list[Any] = [one for one in operations if _makes_table_anew(one)]
        rest = [one for one in operations if one not in batch]
        if not batch:
            return rendered(rest, self._connection)
        schema, table = key = _key_of(batch[0])
        kept = list(self._kept(key, batch))
        whole = ops.ModifyTableOps(table, [*batch, *kept], schema=schema)
        return rendered([*rest, whole], self._connection, batch=True)

    def _kept(self, key: Key, batch: Sequence[Any]) -> Iterator[Any]:
        """What Alembic would lose of a table that it makes anew: checks without a name, and what it
        takes for parameters in defaults.
        """
        schema, table = key
        live = self._dialect.read(self._connection, {key}).tables[key]
        for number, check in enumerate(live.checks, start=1):
            if check.name is None or (key, check.name) not in self._checks:
                yield _check(check.name or f"ck_{table}_{number}", key, check.text)
        altered = {getattr(one, "column_name", None) for one in batch}
        for column in sa.inspect(self._connection).get_columns(table, schema=schema):
            default = literal_text(column.get("default") or "")
            if column["name"] not in altered and default != (column.get("default") or ""):
                yield ops.AlterColumnOp(
                    table,
                    column["name"],
                    schema=schema,
                    existing_type=column["type"],
                    modify_server_default=sa.text(default),
                )

    # --- the ways -------------------------------------------------------------------------------

    def add(self, group: Sequence[Item]) -> Iterator[Part]:
        """What creates each of them."""
        for item in group:
            make = _ADDED.get(item.change.kind, _nothing)
            made = [self._named(one) for one in make(self, item.change)]
            yield Part(made, item.held)

    def again(self, group: Sequence[Item]) -> Iterator[Part]:
        """What drops each, and creates it as declared."""
        for item in group:
            change = item.change
            table = change.key[1]
            drops: list[Any] = []
            is_live_index = is_index(self._connection, change)
            if not is_live_index:
                type_ = {"foreign_key": "foreignkey"}.get(change.kind, change.kind)
                drops.append(
                    ops.DropConstraintOp(change.live.name, table, type_, schema=change.key[0])
                )
            if is_live_index or leaves_index(self._connection, change):
                drops.append(ops.DropIndexOp(change.live.name, table, schema=change.key[0]))
            made = _ADDED[change.kind](self, change)
            yield Part([*drops, *map(self._named, made)], item.held)

    def alter(self, group: Sequence[Item]) -> Iterator[Part]:
        """One alteration for all that differs in a column."""
        differs = {item.change.difference for item in group}
        change = group[0].change
        column, live = change.declared.origin, change.live
        retyped = bool(differs & {"type", "collation"})
        held = next((item.held for item in group if item.held), "")
        if column.computed is not None and self._dialect.restates_columns:
            yield Part([self._executed(self._dialect.alter_type(column, live))], held)
            return
        reflected = _reflected(self._connection, change)
        options: dict[str, Any] = {
            "existing_type": reflected.type if retyped else column.type,
            "existing_nullable": live.nullable,
            "existing_comment": reflected.comment,
        }
        if retyped:
            options["modify_type"] = column.type
        if "nullable" in differs:
            options["modify_nullable"] = column.nullable
        if differs & {"default", "extra_default"}:
            options["modify_server_default"] = column.server_default
        elif live.computed is None:
            options["existing_server_default"] = reflected.server_default
        made = ops.AlterColumnOp(change.key[1], column.name, schema=change.key[0], **options)
        extra = dict(self._dialect.type_options(column)) if retyped else {}
        if self._dialect.restates_columns and live.autoincrement:
            extra["existing_autoincrement"] = True
        yield Part([made], held, options=extra)

    def loosen(self, group: Sequence[Item]) -> Iterator[Part]:
        """Let rows leave out a column that only the database has."""
        for item in group:
            change = item.change
            reflected = _reflected(self._connection, change)
            made = ops.AlterColumnOp(
                change.key[1],
                change.live.name,
                schema=change.key[0],
                existing_type=reflected.type,
                existing_comment=reflected.comment,
                modify_nullable=True,
            )
            yield Part([made], item.held)

    def rename(self, group: Sequence[Item]) -> Iterator[Part]:
        """A new name for each candidate."""
        for item in group:
            for old in item.names:
                yield Part([self._renamed(item.change, old)], item.held)

    def _renamed(self, change: Change, old: str) -> Any:
        schema, name = change.key
        if change.kind == "table":
            return RenameTable(old, name, schema=schema)
        if self._dialect.restates_columns or not self._dialect.alters_columns:
            return self._executed(self._dialect.rename_column(change.declared.origin, old))
        reflected = _reflected(self._connection, change, old)
        return ops.AlterColumnOp(
            name,
            old,
            schema=schema,
            existing_type=reflected.type,
            existing_nullable=reflected.nullable,
            existing_server_default=reflected.server_default,
            existing_comment=reflected.comment,
            modify_name=change.name,
        )

    def sql(self, group: Sequence[Item]) -> Iterator[Part]:
        """The statements of the remedy."""
        for item in group:
            for statement in item.statements:
                executed = ops.ExecuteSQLOp(literal_text(statement.text))
                yield Part([executed], item.held, statement.alone)

    def steps(self, group: Sequence[Item]) -> Iterator[Part]:
        """A column that takes anything, its values, and then what is wanted of it."""
        for item in group:
            column = item.change.declared.origin
            schema, table = item.change.key
            bare = nullable_without_default(column)
            yield Part([ops.AddColumnOp(table, bare, schema=schema)], item.held)
            changed: dict[str, Any] = {
                "existing_type": column.type,
                "existing_comment": column.comment,
                "schema": schema,
            }
            if has_default(item.change):
                default = {"modify_server_default": column.server_default}
                yield Part([ops.AlterColumnOp(table, column.name, **changed, **default)])
                changed["existing_server_default"] = column.server_default
            wanted: list[Any] = [self._executed(self._dialect.fill(column))]
            if not column.nullable:
                changed["modify_nullable"] = False
                wanted.append(ops.AlterColumnOp(table, column.name, **changed))
            yield Part(wanted, EMPTY)

    # --- what is added --------------------------------------------------------------------------

    def table(self, change: Change) -> list[Any]:
        """CREATE TABLE and its indexes; with an enum type, which is there already, as SQL."""
        table = change.declared.origin
        if any(self._dialect.enum(column) is not None for column in table.columns):
            steps = self._dialect.create_table(table, table.foreign_key_constraints)
            return [self._executed(step.element) for step in steps]
        indexes = self._dialect.indexes_of(table)
        return [ops.CreateTableOp.from_table(table), *map(ops.CreateIndexOp.from_index, indexes)]

    def column(self, change: Change) -> list[Any]:
        """ADD COLUMN, without what belongs to it."""
        return [ops.AddColumnOp(change.key[1], _bare(change.declared.origin), schema=change.key[0])]

    def index(self, change: Change) -> list[Any]:
        """CREATE INDEX."""
        return [ops.CreateIndexOp.from_index(change.origin)]

    def unique(self, change: Change) -> list[Any]:
        """A unique constraint, or the index that the models have for one."""
        if isinstance(change.origin, sa.Index):
            return self.index(change)
        return [ops.CreateUniqueConstraintOp.from_constraint(change.origin)]

    def foreign_key(self, change: Change) -> list[Any]:
        """A foreign key."""
        return [ops.CreateForeignKeyOp.from_constraint(change.origin)]

    def check(self, change: Change) -> list[Any]:
        """A check, or what else keeps rows out."""
        if not isinstance(change.origin, sa.CheckConstraint):
            return [self._executed(self._dialect.add_constraint(change.origin))]
        return [_check(change.origin.name, change.key, change.declared.text)]

    def enum(self, change: Change) -> list[Any]:
        """CREATE TYPE, or its labels."""
        if change.difference == "labels":
            return [
                self._executed(one)
                for one in self._dialect.add_labels(change.declared, change.live)
            ]
        return [self._executed(self._dialect.create_enum(change.declared))]

    def sequence(self, change: Change) -> list[Any]:
        """CREATE SEQUENCE."""
        return [self._executed(CreateSequence(change.declared.origin))]

    def view(self, change: Change) -> list[Any]:
        """CREATE VIEW, or what replaces it."""
        view = change.declared.origin
        if change.difference == "definition":
            made = self._dialect.replace_view(change.live, change.declared)
        else:
            made = self._dialect.create_view(view)
        return [self._executed(one) for one in made]

    def _executed(self, element: Any) -> Any:
        return ops.ExecuteSQLOp(literal_text(self._dialect.compiler.sql(element).strip()))

    def _named(self, operation: Any) -> Any:
        """An operation inside of a batch has to have a name for what it makes."""
        if self._dialect.alters_columns or getattr(operation, "constraint_name", "") is not None:
            return operation
        if isinstance(operation, ops.CreateForeignKeyOp):
            prefix, columns = "fk", list(operation.local_cols)
        elif isinstance(operation, ops.CreateUniqueConstraintOp):
            prefix, columns = "uq", list(operation.columns)
        else:
            prefix, columns = "ck", []
        operation.constraint_name = "_".join([prefix, _table_of(operation), *map(str, columns)])
        return operation


Written = Callable[[Writer, Sequence[Item]], Iterator[Part]]
_WAYS: Mapping[str, Written] = {
    "add": Writer.add,
    "again": Writer.again,
    "alter": Writer.alter,
    "loosen": Writer.loosen,
    "rename": Writer.rename,
    "sql": Writer.sql,
    "steps": Writer.steps,
}
_ADDED: Mapping[str, Callable[[Writer, Change], list[Any]]] = {
    "table": Writer.table,
    "column": Writer.column,
    "index": Writer.index,
    "unique": Writer.unique,
    "foreign_key": Writer.foreign_key,
    "check": Writer.check,
    "enum": Writer.enum,
    "sequence": Writer.sequence,
    "view": Writer.view,
}


def _makes_table_anew(operation: Any) -> bool:
    """Whether Alembic does it in a batch only, on a database that alters nothing in place."""
    if isinstance(operation, ops.AddColumnOp):
        column = operation.column
        return not (column.nullable and column.server_default is None)
    kinds = (ops.AlterTableOp, ops.AddConstraintOp, ops.DropConstraintOp)
    return isinstance(operation, kinds) and not isinstance(operation, ops.RenameTableOp)


def _table_of(operation: Any) -> str:
    return str(getattr(operation, "table_name", None) or operation.source_table)


def _key_of(operation: Any) -> Key:
    return getattr(operation, "schema", None), _table_of(operation)


def _check(name: Any, key: Key, text: str) -> ops.CreateCheckConstraintOp:
    """A check in which neither Alembic, when it writes it, nor who runs it finds a parameter."""
    condition = sa.text(literal_text(literal_text(text)))
    return ops.CreateCheckConstraintOp(name, key[1], condition, schema=key[0])


def _nothing(writer: Writer, change: Change) -> list[Any]:
    return []


def _bare(column: sa.Column[Any]) -> sa.Column[Any]:
    """A column without what is added by itself: its keys, and its index."""
    copied: sa.Column[Any] = column._copy()
    copied.unique = copied.index = None
    copied.foreign_keys.clear()
    return copied


def _reflected(connection: Connection, change: Change, name: str | None = None) -> Any:
    schema, table = change.key
    columns = sa.inspect(connection).get_columns(table, schema=schema)
    wanted = change.live.name if name is None else name
    found = next(one for one in columns if one["name"] == wanted)
    default = found.get("default")
    return sa.Column(
        found["name"],
        found["type"],
        nullable=found["nullable"],
        server_default=None if default is None else sa.text(literal_text(default)),
        comment=found.get("comment"),
    )
