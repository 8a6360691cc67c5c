"""A live database -> Snapshot."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from autosync.api import DEADLINE, MAX_ROWS_SCANNED
from autosync.binds import Bind, connected
from autosync.blockers import Wanted
from autosync.credentials import named
from autosync.deadline import Deadline
from autosync.dialects import dialect_for
from autosync.dialects.base import Dialect
from autosync.errors import NoSuchSchema
from autosync.lookout import Lookout
from autosync.reading import read_within
from autosync.schema import Schema, Table
from autosync.snapshot import Snapshot
from autosync.views import MATERIALIZED

PASSING = {"temporary table", "sequence"}
"""What is no table, or is none for others."""
VIEWS = {"view", MATERIALIZED}


def snapshot(
    bind: Bind, *, schemas: Collection[str] = (), rows: bool = False, deadline: float = DEADLINE
) -> Snapshot:
    """All that a comparison reads of a database. Needs no right but to read, and writes nothing.

    ``schemas`` are read besides the default one (and what else is on PostgreSQL's search path).
    With ``rows``, it also tells how many rows each table has: the catalog's estimate, and a count
    where that is small or missing. ``deadline`` is in seconds.

    Raises :class:`NoSuchSchema`, :class:`LockNotAcquired` and :class:`UnusableConnection`; and lets
    the errors of the driver through.
    """
    with connected(bind) as (connection, own):
        dialect = dialect_for(connection)
        dialect.check_usable(connection, own=own)
        return read_within(
            Deadline(deadline),
            Lookout(connection, dialect),
            Wanted({}),
            lambda: _snapshot(connection, dialect, schemas, rows=rows),
        )


def _snapshot(
    connection: Connection, dialect: Dialect, schemas: Collection[str], *, rows: bool
) -> Snapshot:
    if schemas:
        _check(schemas, dialect.schema_names(connection))
    keys = dialect.relations(connection, schemas)
    live = _with_definitions(connection, dialect, dialect.read(connection, keys))
    if live.default_schema is not None:
        live = live._replace(default_schema=named(live.default_schema))
    tables = {
        key: _counted(connection, dialect, table) if rows else table._replace(rows=None)
        for key, table in live.tables.items()
        if table.kind not in PASSING
    }
    names = {*schemas, *filter(None, [live.default_schema])}
    version = connection.dialect.server_version_info or ()
    found = Snapshot(
        dialect.name or connection.dialect.name,
        connection.dialect.name,
        tuple(part for part in version if isinstance(part, int)),
        tuple(sorted(names)),
        live._replace(tables=tables),
    )
    return found.canonical()


def _with_definitions(connection: Connection, dialect: Dialect, live: Schema) -> Schema:
    views = [key for key, table in live.tables.items() if table.kind in VIEWS]
    return dialect.with_definitions(connection, live, views) if views else live


def _check(schemas: Collection[str], known: Collection[str]) -> None:
    for schema in schemas:
        if schema not in known:
            raise NoSuchSchema(schema, known)


def _counted(connection: Connection, dialect: Dialect, table: Table) -> Table:
    """A table with the number of its rows: to the row if they are few."""
    if table.kind != "table":
        return table
    estimate = dialect.estimated_rows(connection, table)
    if estimate is None or estimate <= MAX_ROWS_SCANNED:
        counted = _count(connection, dialect, table)
        estimate = estimate if counted is None else counted
    return table._replace(rows=estimate)


def _count(connection: Connection, dialect: Dialect, table: Table) -> int | None:
    """The number of rows, None where it must not, or may not, be asked for."""
    schema, name = table.key
    origin = sa.table(name, schema=schema)
    try:
        with dialect.guarded(connection):
            if dialect.obstacle_to_reading(connection, table, ()) is None:
                return dialect.count_rows(connection, table, origin, MAX_ROWS_SCANNED + 1)
    except DBAPIError as error:
        if dialect.is_busy(error) or error.connection_invalidated:
            raise
    return None
