"""SQLite 3.26 and later."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex

from autosync import schema as values
from autosync.blockers import Sighting, Wanted
from autosync.ddl import AddColumn, AlterTable, send
from autosync.dialects.base import Busy, TargetRule
from autosync.dialects.indexes import unique_index, with_predicate
from autosync.dialects.sqlite import (
    blockers,
    catalog,
    equality,
    limits,
    probe,
    surroundings,
)
from autosync.dialects.sqlite.functions import SPELLINGS
from autosync.dialects.sqlite.parser import (
    AUTOINCREMENT,
    ON_CONFLICT,
    STRICT,
    WITHOUT_ROWID,
    YES,
    canonical,
    conflict,
)
from autosync.dialects.steps import NewColumn, Step
from autosync.dialects.texts import without_parentheses
from autosync.dialects.transactions import is_autocommit
from autosync.errors import UnusableConnection
from autosync.schema import MOST_OTHERS, Column, Key, Schema, Table

if TYPE_CHECKING:
    from autosync.rights import Lack, Need

BUSY = ("database is locked", "database table is locked", "database schema is locked")
PATIENCE = 0.05
"""Seconds to wait for the lock at each try: while we wait, so do new readers."""


class _Undone(Exception):
    """Rolls back what was only tried."""


class SQLite(surroundings.Surrounded):
    """All that knows SQLite by name."""

    name = "sqlite"
    spellings = SPELLINGS
    unit_is_everything = True
    adds_composite_keys = False
    adds_key_columns_with_default = False
    adds_stored_columns = False
    alters_columns = False
    most_columns = limits.COLUMNS
    rolls_back = "all of it is one transaction, without what failed"

    # --- reading --------------------------------------------------------------------------------

    @contextmanager
    def reading(self, connection: Connection, patience: float) -> Iterator[None]:
        """As everywhere, with the driver's own timeout (5 seconds) cut down to ``patience``."""
        with super().reading(connection, patience), _busy_timeout(connection, patience):
            yield

    def read(
        self, connection: Connection, wanted: Collection[Key], most_others: int = MOST_OTHERS
    ) -> Schema:
        """The live database, from sqlite_schema and the pragmas."""

        def query(sql: str) -> list[Any]:
            return list(send(connection, sql).all())

        version = connection.dialect.server_version_info or ()
        return catalog.read(query, wanted, most_others, table_list=version >= (3, 37))

    def probe(
        self, connection: Connection, pairs: Sequence[tuple[Table, Table]], live: Schema
    ) -> Mapping[Key, tuple[Table, Table]]:
        """What SQLite keeps of the declared tables, made in a database in memory."""
        probed = {}
        for existing, declared in pairs:
            indexes = self.indexes_of(declared.origin)
            spelled = probe.spelled(self.compiler, existing, declared, indexes, self.fold)
            if spelled is not None:
                probed[declared.key] = (existing, spelled)
        return probed

    # --- what the models declare ----------------------------------------------------------------

    def autoincrements(self, column: sa.Column[Any]) -> bool:
        """Only an INTEGER PRIMARY KEY numbers itself."""
        numbered = column is column.table._autoincrement_column
        with_rowid = _chosen(column.table).get("with_rowid", True)
        return numbered and with_rowid and self.compiler.type(column).upper() == "INTEGER"

    def table_options(self, table: sa.Table) -> Mapping[str, str | None]:
        """What SQLAlchemy writes for its ``sqlite_`` arguments.

        AUTOINCREMENT where the models want none is in nobody's way.
        """
        chosen = _chosen(table)
        conflicts = set(_conflicts(table))
        options: dict[str, str | None] = {
            WITHOUT_ROWID: None if chosen.get("with_rowid", True) else YES,
            ON_CONFLICT: "; ".join(sorted(conflicts)) or None,
        }
        if self._knows_strict:
            options[STRICT] = YES if chosen.get("strict") else None
        numbered = table._autoincrement_column
        if chosen.get("autoincrement") and numbered is not None and not numbered.foreign_keys:
            options[AUTOINCREMENT] = YES
        return options

    @cached_property
    def _knows_strict(self) -> bool:
        """Whether this SQLAlchemy can declare a STRICT table."""
        return "strict" in dict(self.compiler.dialect.construct_arguments)[sa.Table]

    def index(self, index: sa.Index) -> values.Index:
        """An index, with its predicate."""
        options: Any = index.dialect_options["sqlite"]
        where = options.get("where")
        predicate = None if where is None else self.compiler.expression(where)
        return with_predicate(super().index(index), predicate)

    def creates_key(self, constraint: sa.ForeignKeyConstraint) -> bool:
        """A key cannot point out of its own file."""
        target = constraint.elements[0].column.table
        schema = self.compiler.schema
        return schema(constraint.table.schema) == schema(target.schema)

    # --- equality -------------------------------------------------------------------------------

    def fold(self, name: str) -> str:
        """Column names are told apart without regard to the case of ASCII letters."""
        if name.isascii():
            return name.lower()
        return re.sub("[A-Z]", lambda match: match.group().lower(), name)

    fold_table = fold

    def key_forbids_null(self, table: Table, column: Column) -> bool:
        """Not in a plain table, unless the column numbers itself: then NULL becomes a number."""
        return column.autoincrement or bool({STRICT, WITHOUT_ROWID} & table.options.keys())

    def normal_type(self, text: str) -> str:
        """A declared type, as text: SQLite keeps any name (facts, section 11)."""
        return equality.normal_type(text)

    def normal_default(self, text: str, type_: str) -> str | None:
        """A default: a constant as its value, keywords and functions without regard to case."""
        normal = super().normal_default(text, type_)
        if normal is None or normal.upper().startswith("CURRENT_"):
            return normal and normal.upper()
        if equality.is_constant(normal):
            return equality.value(normal, type_) or normal
        return self.normal_expression(normal) if "(" in normal else normal

    def behave_alike(self, live: Column, declared: Column) -> bool:
        """Whether the types have one affinity, and values of one kind."""
        return equality.behave_alike(live.type, declared.type)

    def normal_expression(self, text: str) -> str:
        """An expression without its comments, and without brackets around plain names."""
        return super().normal_expression(canonical(text))

    def same_collation(self, live: str | None, declared: str | None) -> bool:
        """BINARY is what a column has anyway."""
        return (live or "BINARY").upper() == (declared or "BINARY").upper()

    # --- facts for the rules --------------------------------------------------------------------

    def name_problem(self, name: str) -> str | None:
        """SQLite keeps any name."""
        return None

    def rewrite(self, connection: Connection, live: Schema, key: Key, column: Column) -> str | None:
        """What ADD COLUMN refuses where there are rows (facts, section 1)."""
        text = column.default_when_added
        default = without_parentheses(text or "NULL")
        if default.upper() == "NULL" or column.computed is not None:
            return None
        if equality.is_constant(default):
            return None
        return f"SQLite cannot add a column with the non-constant default {text}"

    def column_limit(self, connection: Connection) -> int | None:
        """The limit of this connection, if its driver tells it (sqlite3 does from Python 3.11)."""
        return limits.columns(connection)

    def target_rule(self, connection: Connection) -> TargetRule:
        """It takes any column, and finds fault with that when it looks at keys."""
        looks = connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
        return "unique" if looks else "any"

    # --- the elements that add ------------------------------------------------------------------

    def create_table(
        self, table: sa.Table, keys: Collection[sa.ForeignKeyConstraint]
    ) -> list[Step]:
        """CREATE TABLE with all keys, since SQLite can add none afterwards."""
        return super().create_table(table, list(table.foreign_key_constraints))

    def alter_table(self, table: sa.Table, new: Sequence[NewColumn], *, empty: bool) -> list[Step]:
        """One ALTER TABLE for each column, with keys and checks inline; then unique indexes."""
        steps: list[Step] = []
        later: list[sa.UniqueConstraint] = []
        for one in new:
            inline = [c for c in one.constraints if not isinstance(c, sa.UniqueConstraint)]
            later += [c for c in one.constraints if isinstance(c, sa.UniqueConstraint)]
            add = AlterTable(table, [AddColumn(one.column, inline)])
            steps.append(Step(add, (one.column, *inline)))
        steps += [Step(CreateIndex(unique_index(c, _unique_name(c))), (c,)) for c in later]
        return [
            *steps,
            *(Step(CreateIndex(index), (index,)) for one in new for index in one.indexes),
        ]

    def check_usable(self, connection: Connection, *, own: bool) -> None:
        """A connection in AUTOCOMMIT would never commit the transaction that we begin."""
        if not own and is_autocommit(connection):
            raise UnusableConnection(
                "the connection is in AUTOCOMMIT mode, so nobody would commit the transaction of "
                "the synchronization: hand in the Engine, or a connection without that mode"
            )

    # --- applying -------------------------------------------------------------------------------

    def lacking(
        self, connection: Connection, needs: Sequence[Need], patience: float, *, own: bool
    ) -> list[Lack]:
        """By writing, which is undone. Whoever is in the way is able to write, and so are we."""
        from autosync.dialects.sqlite import rights

        lacks: list[Lack] = []
        own = own or not connection.in_transaction()
        try:
            with suppress(_Undone, Busy), self.unit(connection, patience, own=own):
                lacks += rights.lacking(connection, self.compiler, needs)
                raise _Undone
        except DBAPIError as error:
            with self.reading(connection, patience):
                lacks.append(rights.unwritable(connection, "main", error))
        return lacks

    @contextmanager
    def unit(self, connection: Connection, patience: float, *, own: bool) -> Iterator[None]:
        """One transaction that really holds the DDL (facts, section 4).

        In a rollback journal the lock is taken exclusively at once: a pending lock would keep
        readers out until the last of them has gone.
        """
        if own:
            with self._own_transaction(connection, patience):
                yield
            return
        fresh = not connection.in_transaction()
        # lets SQLAlchemy begin, and those who listen to that send a BEGIN of their own
        connection.exec_driver_sql("PRAGMA busy_timeout")
        if fresh and _driver(connection).in_transaction:
            send(connection, "COMMIT")
        if not _driver(connection).in_transaction:
            self._begin(connection, patience)
        with self.savepoint(connection):
            yield

    @contextmanager
    def savepoint(self, connection: Connection) -> Iterator[None]:
        """As everywhere; where the transaction has ended, there is none any more."""
        savepoint = connection.begin_nested()
        try:
            yield
        except BaseException:
            with suppress(DBAPIError) if self.has_ended(connection) else nullcontext():
                savepoint.rollback()
            raise
        savepoint.commit()

    def has_ended(self, connection: Connection) -> bool:
        """As SQLite does when the disk is full, or fails."""
        return not _driver(connection).in_transaction

    @contextmanager
    def _own_transaction(self, connection: Connection, patience: float) -> Iterator[None]:
        transaction = connection.begin()
        try:
            if _driver(connection).in_transaction:
                send(connection, "COMMIT")
            self._begin(connection, patience)
            try:
                yield
            except BaseException:
                _end(connection)
                raise
            self._commit(connection)
        except BaseException:
            transaction.rollback()
            raise
        transaction.commit()

    def _commit(self, connection: Connection) -> None:
        try:
            send(connection, "COMMIT")
        except DBAPIError:
            # a busy COMMIT leaves its lock behind, and new readers out, until a ROLLBACK
            _end(connection)
            raise

    def _begin(self, connection: Connection, patience: float) -> None:
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        mode = "IMMEDIATE" if str(journal).lower() == "wal" else "EXCLUSIVE"
        with _busy_timeout(connection, min(patience, PATIENCE)):
            try:
                send(connection, f"BEGIN {mode}")
            except DBAPIError as error:
                if self.is_busy(error):
                    raise Busy("another connection is writing") from error
                raise

    def blockers(self, connection: Connection, wanted: Wanted) -> Sighting:
        """The processes that the system knows to hold a lock on the file."""
        return blockers.blockers(connection, busy_here=_driver(connection).in_transaction)

    def is_busy(self, error: DBAPIError) -> bool:
        """SQLITE_BUSY, by its text: the drivers keep no number before Python 3.11."""
        return any(words in str(error.orig) for words in BUSY)


@contextmanager
def _busy_timeout(connection: Connection, seconds: float) -> Iterator[None]:
    """Another busy timeout for a while."""
    before = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
    send(connection, f"PRAGMA busy_timeout = {int(seconds * 1000)}")
    try:
        yield
    finally:
        send(connection, f"PRAGMA busy_timeout = {before}")


def _end(connection: Connection) -> None:
    """ROLLBACK, unless SQLite has ended the transaction by itself, as it does on a full disk."""
    if _driver(connection).in_transaction:
        send(connection, "ROLLBACK")


def _driver(connection: Connection) -> Any:
    """The driver's own connection, which knows whether it is in a transaction."""
    return connection.connection.driver_connection


def _chosen(item: Any) -> Mapping[str, Any]:
    """The ``sqlite_`` arguments that an item of the models was given."""
    # made when it is first needed, which for most items is never
    options = item.__dict__.get("dialect_options")
    chosen: Mapping[str, Any] = options["sqlite"]._non_defaults if options else {}
    return chosen


def _conflicts(table: sa.Table) -> Iterator[str]:
    """The ON CONFLICT clauses that SQLAlchemy writes, as the parser reads them."""
    for column in table.columns:
        if column.nullable:
            continue
        action = _chosen(column).get("on_conflict_not_null")
        if action is not None:
            yield from _clause("NOT NULL", [column], action)
    for constraint in table.constraints:
        if isinstance(constraint, (sa.PrimaryKeyConstraint, sa.UniqueConstraint)):
            unique = isinstance(constraint, sa.UniqueConstraint)
            action = _chosen(constraint).get("on_conflict")
            columns = list(constraint.columns)
            if action is None and len(columns) == 1:
                of_column = f"on_conflict_{'unique' if unique else 'primary_key'}"
                action = _chosen(columns[0]).get(of_column)
            if action is not None:
                yield from _clause("UNIQUE" if unique else "PRIMARY KEY", columns, action)


def _clause(kind: str, columns: Sequence[sa.Column[Any]], action: str) -> Iterator[str]:
    if action.upper() != "ABORT":
        yield conflict(kind, [column.name for column in columns], action)


def _unique_name(constraint: sa.UniqueConstraint) -> str:
    columns = (column.name for column in constraint.columns)
    return str(constraint.name or "_".join(["uq", constraint.table.name, *columns]))
