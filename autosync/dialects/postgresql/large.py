"""How indexes and keys are added to a large table, beside its readers and writers.

CREATE INDEX CONCURRENTLY, and NOT VALID with a later VALIDATE CONSTRAINT (facts, section 1).
"""

from __future__ import annotations

import copy
from collections import ChainMap
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex, DDLElement

from autosync.ddl import Action, AlterTable, Identifier, send
from autosync.dialects.cancelling import cancelled_after
from autosync.dialects.indexes import unique_index
from autosync.dialects.postgresql.cancelling import canceller
from autosync.dialects.transactions import at_level
from autosync.logs import log

NAME_BYTES = 63
REBUILT = "_ccnew"
"""What REINDEX CONCURRENTLY appends to the name of the index in the making."""
PATIENCE = 1.0
"""Seconds that removing a failed index may take."""


class AddNotValid(DDLElement):
    """``ADD CONSTRAINT name FOREIGN KEY ... NOT VALID``, or a check, one action of ALTER TABLE."""

    inherit_cache = False

    def __init__(self, constraint: sa.ForeignKeyConstraint | sa.CheckConstraint) -> None:
        self.constraint = constraint


class _OfIndex(DDLElement):
    inherit_cache = False

    def __init__(self, table: sa.Table, name: str) -> None:
        # an index is in the schema of its table
        self.index = sa.Table(name, sa.MetaData(), schema=table.schema)


class DropIndex(_OfIndex):
    """DROP INDEX CONCURRENTLY IF EXISTS."""


class FindLeftover(_OfIndex):
    """A query for an index that is not valid, and that nobody is just building."""


class FindBuilding(DDLElement):
    """A query that is true while another session builds an index on a table."""

    inherit_cache = False

    def __init__(self, table: sa.Table) -> None:
        self.table = table


@compiles(AddNotValid)
def _add_not_valid(element: AddNotValid, compiler: Any, **kw: Any) -> str:
    constraint = element.constraint
    name = "" if constraint.name else f"CONSTRAINT {compiler.preparer.quote(key_name(constraint))} "
    return f"ADD {name}{compiler.process(constraint)} NOT VALID"


@compiles(DropIndex)
def _drop_index(element: DropIndex, compiler: Any, **kw: Any) -> str:
    return f"DROP INDEX CONCURRENTLY IF EXISTS {compiler.preparer.format_table(element.index)}"


@compiles(FindLeftover)
def _find_leftover(element: FindLeftover, compiler: Any, **kw: Any) -> str:
    name = compiler.preparer.format_table(element.index)
    literal = compiler.sql_compiler.render_literal_value(name, sa.String())
    return (
        "SELECT 1 FROM pg_catalog.pg_index i "
        f"WHERE i.indexrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({literal}) "
        "AND NOT i.indisvalid "
        "AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p "
        "WHERE p.index_relid OPERATOR(pg_catalog.=) i.indexrelid)"
    )


@compiles(FindBuilding)
def _find_building(element: FindBuilding, compiler: Any, **kw: Any) -> str:
    name = compiler.preparer.format_table(element.table)
    literal = compiler.sql_compiler.render_literal_value(name, sa.String())
    return (
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index "
        f"WHERE relid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({literal}) "
        "AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid() "
        "AND datname OPERATOR(pg_catalog.=) pg_catalog.current_database())"
    )


def cleanup(table: Any, name: str) -> tuple[DDLElement, DDLElement]:
    """What asks for an index that a failure has left behind, and what removes it."""
    return FindLeftover(table, name), DropIndex(table, name)


def key_name(constraint: Any) -> str:
    """The name of a foreign key: declared, or as PostgreSQL would choose it."""
    columns = "_".join(column.name for column in constraint.columns)
    return str(constraint.name or f"{constraint.table.name}_{columns}_fkey")


def index_of(item: sa.Index | sa.UniqueConstraint) -> sa.Index:
    """The index that is to be built: a unique one does all that a unique constraint does."""
    if isinstance(item, sa.Index):
        return item
    columns = "_".join(column.name for column in item.columns)
    name = str(item.name or f"{item.table.name}_{columns}_key")
    return unique_index(item, name)


def create_concurrently(index: sa.Index) -> CreateIndex:
    """CREATE INDEX CONCURRENTLY for an index of the models, which are left as they are."""
    options: Any = index.dialect_options["postgresql"]
    concurrent: Any = copy.copy(index)
    # in place of the memoized attribute of this name
    concurrent.__dict__["dialect_options"] = {
        "postgresql": ChainMap({"concurrently": True}, options)
    }
    return CreateIndex(concurrent)


def gently(item: Any) -> list[DDLElement]:
    """What adds an index or a constraint for people to run, outside of any transaction; nothing
    where there is no gentle way.
    """
    if isinstance(item, (sa.Index, sa.UniqueConstraint)):
        return [create_concurrently(index_of(item))]
    if isinstance(item, (sa.ForeignKeyConstraint, sa.CheckConstraint)) and item.name:
        validate = Action("VALIDATE CONSTRAINT {}", Identifier(str(item.name)))
        return [AlterTable(item.table, [AddNotValid(item)]), AlterTable(item.table, [validate])]
    return []


def is_kept(name: str) -> bool:
    """Whether PostgreSQL keeps a name as it is."""
    return len(name.encode()) <= NAME_BYTES


def build(connection: Connection, sql: str, cleanup: Sequence[str], seconds: float) -> None:
    """Execute a CREATE INDEX CONCURRENTLY on a connection that is in no transaction.

    It is cancelled after ``seconds``. If it fails, ``cleanup`` drops the invalid index that it has
    left behind, unless a transaction is in the way: then the next run reports it.
    """
    level = connection.get_isolation_level()
    autocommit = at_level(connection, "AUTOCOMMIT")
    try:
        try:
            with cancelled_after(seconds, canceller(autocommit, sql)):
                _execute(autocommit, sql)
        except DBAPIError as error:
            if not error.connection_invalidated:
                _clean_up(autocommit, *cleanup)
            raise
    finally:
        # SQLAlchemy 1.4 has made another object of it, and only that one knows
        if not autocommit.invalidated:
            at_level(connection, level)


def _clean_up(connection: Connection, find: str, drop: str) -> None:
    try:
        if not _execute(connection, find):
            return
        with cancelled_after(PATIENCE, canceller(connection, drop)):
            _execute(connection, drop)
    except DBAPIError as error:
        log.warning("an invalid index is left, which needs %s: %s", drop, error.orig)


def _execute(connection: Connection, sql: str) -> list[Any]:
    # SQLAlchemy 2 begins by itself, and takes no other isolation level before the end
    with connection.begin():
        result = send(connection, sql)
        return list(result) if result.returns_rows else []
