"""A database as a first revision of Alembic: what makes another one like it.

The Inspector reads it, and Alembic writes it down. What of the database is not in it is told: the
two are compared, as models are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Connection
from sqlalchemy.schema import sort_tables_and_constraints
from sqlalchemy.types import TypeEngine

from autosync.api import plan
from autosync.capture import snapshot
from autosync.dialects.texts import literal_text
from autosync.plan import Entry, Refusal, Undecided
from autosync.revisions.rendering import rendered
from autosync.schema import View


@dataclass(frozen=True, slots=True)
class Baseline:
    """``upgrade`` is the body of upgrade(), and ``imports`` what it needs; ``without`` says what of
    the database it does not make.
    """

    upgrade: str
    imports: str
    without: tuple[str, ...]


def baseline(connection: Connection, bookkeeping: Collection[str]) -> Baseline:
    """That of the default schema, but for the tables of ``bookkeeping``."""
    context = MigrationContext.configure(connection)
    metadata = _reflected(connection, context, bookkeeping)
    views = snapshot(connection).schema.views
    known = [view for view in _in_order(views) if view.definition]
    without = [
        *map(_said, _differences(connection, metadata, bookkeeping)),
        *(f"view {view.key[1]}" for view in views.values() if not view.definition),
    ]
    quote = connection.dialect.identifier_preparer.quote
    alters = connection.dialect.supports_alter
    made: list[Any] = [
        *_operations(metadata, alters=alters),
        *(_create(view, quote) for view in known),
    ]
    text, imports = rendered(made, connection)
    return Baseline(text, imports, tuple(without))


# --- tables ---------------------------------------------------------------------------------------


def _reflected(
    connection: Connection, context: MigrationContext, bookkeeping: Collection[str]
) -> sa.MetaData:
    metadata = sa.MetaData()
    types: set[str] = set()
    impl: Any = context.impl

    @sa.event.listens_for(metadata, "column_reflect")
    def seen(inspector: Any, table: sa.Table, column: Any) -> None:
        # what numbers the rows is Alembic's to recognise, and left to the column
        impl.autogen_column_reflect(inspector, table, column)
        _make_once(column["type"], types)
        if isinstance(column.get("default"), str):
            column["default"] = literal_text(column["default"])

    metadata.reflect(connection, only=lambda name, _: name not in bookkeeping)
    for table in metadata.tables.values():
        for check in table.constraints:
            if isinstance(check, sa.CheckConstraint):
                check.sqltext = sa.text(literal_text(str(check.sqltext)))
    return metadata


def _make_once(type_: TypeEngine[Any], made: set[str]) -> None:
    """Leave a type of the database to the first of the tables that have it."""
    if hasattr(type_, "create_type") and getattr(type_, "name", None):
        named: Any = type_
        named.create_type = named.name not in made
        made.add(named.name)


def _operations(metadata: sa.MetaData, *, alters: bool) -> Iterator[ops.MigrateOperation]:
    """Tables before those that point at them, and then the keys that go round in a circle.

    A database that ``alters`` nothing takes those for what is not there yet.
    """
    sort: Any = sort_tables_and_constraints
    *tables, (_, circular) = sort(metadata.tables.values())
    late = circular if alters else ()
    for table, _ in tables:
        keys = table.foreign_key_constraints.intersection(late)
        table.constraints.difference_update(keys)
        yield ops.CreateTableOp.from_table(table)
        table.constraints.update(keys)
        yield from map(ops.CreateIndexOp.from_index, sorted(table.indexes, key=_name))
    yield from map(ops.CreateForeignKeyOp.from_constraint, late)


def _name(item: Any) -> str:
    return str(item.name)


# --- views ----------------------------------------------------------------------------------------


def _in_order(views: Mapping[Any, View]) -> Iterator[View]:
    """Those in the default schema, each after the ones that its text names."""
    left = {key[1]: view for key, view in sorted(views.items(), key=str) if key[0] is None}
    while left:
        for name, view in left.items():
            words = set(re.findall(r"\w+", view.definition or "")) - {name}
            if not words & left.keys():
                break
        else:
            name = next(iter(left))
        yield left.pop(name)


def _create(view: View, quote: Callable[[str], str]) -> ops.ExecuteSQLOp:
    text = f"CREATE {view.kind.upper()} {quote(view.key[1])} AS {view.definition}"
    return ops.ExecuteSQLOp(literal_text(text))


# --- what is not in it ----------------------------------------------------------------------------


def _differences(
    connection: Connection, metadata: sa.MetaData, bookkeeping: Collection[str]
) -> Iterator[Entry]:
    """What the database has and what was read of it do not agree in."""
    found = plan(connection, metadata, allow=["empty-metadata"], deadline=60)
    entries: list[Entry] = [*found.refused, *found.undecided, *found.pending, *found.notes]
    for entry in entries:
        if not (entry.kind == "table" and entry.table in bookkeeping):
            yield entry


def _said(entry: Entry) -> str:
    if isinstance(entry, (Refusal, Undecided)):
        return f"{entry.title}: {entry.reason}"
    return entry.title
