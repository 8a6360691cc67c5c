"""Alembic's operations, for revisions that add what autosync may have added before them.

In a revision, in place of ``from alembic import op``::

    from autosync.alembic import op

What adds (``add_column``, ``create_table``, ``create_index``, ``create_unique_constraint``,
``create_foreign_key`` and ``create_check_constraint``, also inside of ``batch_alter_table``) then
skips what is there already, if it is what the revision would make; all else is Alembic's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from glob import escape
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import op as _alembic
from alembic.operations import BatchOperations, Operations, ops
from sqlalchemy.engine import Connection
from sqlalchemy.exc import NoSuchTableError

from autosync.api import plan
from autosync.capture import VIEWS
from autosync.changes import MISSING
from autosync.dialects import dialect_for
from autosync.errors import AutosyncError
from autosync.escape import escaped
from autosync.logs import log
from autosync.plan import Entry, Refusal, Undecided


class Wanted(NamedTuple):
    """What an operation makes, of something that may be there already.

    ``table`` has it, in a MetaData of its own. ``concerns`` tells which entries of the plan for
    that table are about it. Of a ``kind`` other than "", it may yet be missing.
    """

    kind: str
    name: str
    table: sa.Table
    concerns: Callable[[Entry], bool]


Look = Callable[[Connection, Any], "Wanted | None"]
"""Looks for what an operation makes; None if there is nothing by that name."""


class ExistsOtherwise(AutosyncError):
    """What a revision is to add is there already, and is something else; ``entries`` say in what.

    Nothing was done.
    """

    def __init__(self, name: str, entries: tuple[Entry, ...]) -> None:
        said = "; ".join(map(_said, entries))
        super().__init__(
            f"{name} is there already, and not as the revision has it: {said}. Change the database "
            "by hand, or the revision into one that changes what is there"
        )
        self.name = name
        self.entries = entries


def _said(entry: Entry) -> str:
    if isinstance(entry, (Refusal, Undecided)):
        return f"{entry.title}: {entry.reason}"
    return f"{entry.title} is missing"


class _Careful(Operations):
    """Alembic's operations, but that what is there is not made again."""

    def invoke(self, operation: ops.MigrateOperation) -> Any:
        """Carry out an operation, unless there is nothing left to do."""
        if not self.migration_context.as_sql and _is_there(self.get_bind(), operation):
            return None
        return super().invoke(operation)

    @contextmanager
    def batch_alter_table(self, *arguments: Any, **options: Any) -> Iterator[BatchOperations]:
        """The same for the operations of a batch."""
        with super().batch_alter_table(*arguments, **options) as batch:
            yield _CarefulBatch(self.migration_context, impl=batch.impl)


class _CarefulBatch(BatchOperations):
    """The operations of a batch, but that what is there is not made again."""

    def invoke(self, operation: ops.MigrateOperation) -> Any:
        """Carry out an operation, unless there is nothing left to do."""
        if not self.migration_context.as_sql and _is_there(self.get_bind(), operation):
            return None
        return super().invoke(operation)


class _Op:
    """Stands for Alembic's ``op``: the operations of the revision that is running."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_Careful(_alembic.get_context()), name)


op: Any = _Op()
"""Alembic's ``op``, of which the operations that add skip what is there.

Each raises :class:`ExistsOtherwise` where what is there is not what it would make, or where that
cannot be said. With ``--sql`` there is no database to look into, and it is all Alembic's own.
"""


# --- what is there --------------------------------------------------------------------------------


def _is_there(connection: Connection, operation: ops.MigrateOperation) -> bool:
    """Whether the database has just what an operation makes. Raises :class:`ExistsOtherwise`."""
    look = _LOOKS.get(type(operation))
    wanted = None if look is None else look(connection, operation)
    if wanted is None:
        return False
    found = [entry for entry in _entries(connection, wanted.table) if wanted.concerns(entry)]
    if any((entry.kind, entry.difference) == (wanted.kind, MISSING) for entry in found):
        return False
    if found:
        raise ExistsOtherwise(wanted.name, tuple(found))
    log.info("%s is there already", escaped(wanted.name))
    return True


def _entries(connection: Connection, table: sa.Table) -> Iterator[Entry]:
    # its MetaData also has the tables that its keys point at
    found = plan(connection, table.metadata, include=[escape(str(table.name))])
    for entry in (*found.refused, *found.undecided, *found.pending):
        if entry.table == table.name:
            yield entry


def _table(connection: Connection, operation: ops.CreateTableOp) -> Wanted | None:
    if _kind(connection, operation.table_name, operation.schema) is None:
        return None
    table = operation.to_table().to_metadata(sa.MetaData())
    _add_targets(connection, table)
    return Wanted("", table.fullname, table, lambda entry: True)


def _column(connection: Connection, operation: ops.AddColumnOp) -> Wanted | None:
    column = operation.column
    live = _reflected(connection, operation.table_name, operation.schema)
    if live is None or column.name not in live.columns:
        return None
    columns = [column if one.name == column.name else one for one in live.columns]
    table = sa.Table(
        live.name, sa.MetaData(), *(one._copy() for one in columns), schema=live.schema
    )
    _add_targets(connection, table)
    return Wanted(
        "", f"{table.fullname}.{column.name}", table, lambda entry: column.name in entry.columns
    )


def _index(connection: Connection, operation: ops.CreateIndexOp) -> Wanted | None:
    table = _reflected(connection, operation.table_name, operation.schema)
    if table is None:
        return None
    table.indexes.clear()
    parts = [
        table.columns[one] if isinstance(one, str) and one in table.columns else one
        for one in operation.columns
    ]
    options = {"unique": operation.unique, **operation.kw}
    return _item("index", table, sa.Index(operation.index_name, *parts, _table=table, **options))


def _constraint(kind: str, class_: type) -> Look:
    """What looks for a constraint: in the table as it is, with this one in place of its likes."""

    def look(connection: Connection, operation: Any) -> Wanted | None:
        wanted = operation.to_constraint()
        table = _reflected(connection, wanted.table.name, wanted.table.schema)
        if table is None:
            return None
        table.constraints -= {one for one in table.constraints if isinstance(one, class_)}
        table.indexes -= {index for index in table.indexes if index.unique}
        made = wanted._copy(target_table=table)
        table.append_constraint(made)
        _add_targets(connection, table)
        return _item(kind, table, made)

    return look


def _item(kind: str, table: sa.Table, made: Any) -> Wanted:
    names = {column.name for column in made.columns}

    def concerns(entry: Entry) -> bool:
        same = made.name is not None and entry.name == made.name
        return entry.kind == kind and (same or set(entry.columns) == names)

    columns = ", ".join(column.name for column in made.columns)
    name = made.name or f"the {kind.replace('_', ' ')} of {columns}"
    return Wanted(kind, f"{name} of {table.fullname}", table, concerns)


def _kind(connection: Connection, name: str, schema: str | None) -> str | None:
    """What has a name, None where nothing has it."""
    found = dialect_for(connection).read(connection, {(schema, name)}).tables.values()
    return next((table.kind for table in found), None)


def _reflected(connection: Connection, name: str, schema: str | None) -> sa.Table | None:
    """A table as it is; to reflect a view may run what it calls."""
    if _kind(connection, name, schema) in VIEWS:
        return None
    try:
        return sa.Table(name, sa.MetaData(), schema=schema, autoload_with=connection)
    except NoSuchTableError:
        return None


def _add_targets(connection: Connection, table: sa.Table) -> None:
    """Put the tables that a table's keys point at into its MetaData."""
    for key in table.foreign_keys:
        name = key.target_fullname.rpartition(".")[0]
        if name not in table.metadata.tables:
            schema, _, bare = name.rpartition(".")
            sa.Table(bare, table.metadata, schema=schema or None, autoload_with=connection)


_LOOKS: Mapping[type, Look] = {
    ops.CreateTableOp: _table,
    ops.AddColumnOp: _column,
    ops.CreateIndexOp: _index,
    ops.CreateUniqueConstraintOp: _constraint("unique", sa.UniqueConstraint),
    ops.CreateForeignKeyOp: _constraint("foreign_key", sa.ForeignKeyConstraint),
    ops.CreateCheckConstraintOp: _constraint("check", sa.CheckConstraint),
}
