"""What rules may ask about the data and the server: read lazily, and only once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from autosync.changes import Change
from autosync.compare import BOOKKEEPING
from autosync.dialects.base import Dialect, TargetRule
from autosync.dialects.laws import Ground
from autosync.dialects.limits import Rejection
from autosync.dialects.offline import NoServer
from autosync.dialects.texts import is_literal
from autosync.schema import FETCHED, Check, Column, Columns, ForeignKey, Key, Schema, Table
from autosync.selection import ALL, Selection
from autosync.surroundings import Surroundings

Value = TypeVar("Value")


class Facts:
    """Facts about one database, for the rules. A fact that cannot be had is None.

    ``joined`` says whether the connection was handed in, with a transaction that is not ours;
    ``selection`` is what the user wants to be looked at.
    """

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        live: Schema,
        declared: Schema,
        *,
        allow: frozenset[str],
        max_rows_scanned: int,
        joined: bool = False,
        selection: Selection = ALL,
    ) -> None:
        self.dialect = dialect
        self.live = live
        self.declared = declared
        self.allow = allow
        self.max_rows_scanned = max_rows_scanned
        self.joined = joined
        self._selection = selection
        self._connection = connection
        self._known: dict[tuple[Any, ...], Any] = {}
        self._obstacles: dict[Key, str] = {}

    def _once(self, question: tuple[Any, ...], answer: Callable[[], Value]) -> Value:
        if question not in self._known:
            self._known[question] = answer()
        known: Value = self._known[question]
        return known

    def _ask(self, question: Callable[[], Value]) -> Value | None:
        """The answer of the server, None where it gives none; a busy one is the caller's."""
        try:
            with self.dialect.guarded(self._connection):
                return question()
        except NoServer:
            return None
        except DBAPIError as error:
            if self.dialect.is_busy(error) or error.connection_invalidated:
                raise
            return None

    # --- what is known without asking -----------------------------------------------------------

    def unknown(self, *keys: Key) -> str:
        """Why an answer about tables is missing, for the reports."""
        if not self.dialect.answers:
            return "the snapshot does not tell"
        found = (self._obstacles[key] for key in keys if key in self._obstacles)
        return next(found, "the database gave no answer")

    def is_new(self, key: Key, columns: tuple[str, ...] = ()) -> bool:
        """Whether the table is to be created or, of an existing one, any of ``columns`` added.

        A column that is there, but unfinished, is still new: what belongs to it is on its way.
        """
        return self._lacks(key, columns, self._finished)

    def is_absent(self, key: Key, columns: tuple[str, ...] = ()) -> bool:
        """Whether the table or any of ``columns`` is not there."""
        return self._lacks(key, columns, iter)

    def _lacks(
        self, key: Key, columns: tuple[str, ...], present: Callable[[Columns], Iterable[str]]
    ) -> bool:
        table = self.live.tables.get(key)
        if table is None:
            return True
        fold = self.dialect.fold
        there = set(map(fold, present(table.columns)))
        return any(fold(name) not in there for name in columns)

    @staticmethod
    def _finished(columns: Columns) -> Iterable[str]:
        return (name for name, column in columns.items() if not column.is_unfinished)

    def is_selected(self, change: Change) -> bool:
        """Whether a change is about what the user wants to be looked at."""
        return self._selection.has(change, self.live.default_schema)

    def is_at_work(self, key: Key) -> bool:
        """Whether another session is just building an index on a table."""
        table = self.declared.tables[key].origin
        return self._once(
            ("at work", key),
            lambda: bool(self._ask(lambda: self.dialect.is_building(self._connection, table))),
        )

    def fills(self, column: Column) -> bool:
        """Whether a default gives a value to the rows there are; a default of NULL does not."""
        default = column.default_when_added
        if default is None or default == FETCHED:
            return False
        return self.dialect.normal_default(default, column.type) is not None

    def is_required(self, column: Column) -> bool:
        """Whether nothing but an INSERT can give a value to a live column, and has to."""
        generated = column.computed or column.autoincrement or column.identity
        return not (column.nullable or generated or self.fills(column))

    def enum_key(self, column: Column) -> Key | None:
        """The enum type of a declared column, None where it has none."""
        enum = self.dialect.enum(column.origin)
        return None if enum is None else self.live.locate(enum.key)

    def target(self, key: ForeignKey) -> Table | None:
        """The table that a foreign key points at: as it is or, if it is new, as declared."""
        return self.live.tables.get(key.target) or self.declared.tables.get(key.target)

    @property
    def column_limit(self) -> int | None:
        """How many columns a table can have, None where no limit is known."""
        limit = self._once(
            ("column limit",),
            lambda: self._ask(lambda: self.dialect.column_limit(self._connection)),
        )
        return self.dialect.most_columns if limit is None else limit

    @property
    def target_rule(self) -> TargetRule | None:
        """The demand of the database on the columns that a foreign key points at."""
        return self._once(
            ("target rule",), lambda: self._ask(lambda: self.dialect.target_rule(self._connection))
        )

    def ground(self, key: Key) -> Ground:
        """The part of a table, as it will be, that laws are about."""
        live, declared = self.live.tables.get(key), self.declared.tables[key]
        return self._once(("ground", key), lambda: self._ground(live, declared))

    def _ground(self, live: Table | None, declared: Table) -> Ground:
        there = [] if live is None else list(live.columns.values())
        names = {column.name for column in there}
        new = [column for column in declared.columns.values() if column.name not in names]
        virtual = [column.name for column in there if column.computed and not column.stored]
        virtual += [column.name for column in new if self.is_virtual(column)]
        return Ground(frozenset(virtual), (declared if live is None else live).partition_key)

    def is_virtual(self, column: Column) -> bool:
        """Whether a new column is computed whenever it is read."""
        return column.computed is not None and not self.dialect.compiler.stored(
            column.origin.computed
        )

    # --- what the server is asked ---------------------------------------------------------------

    def rows(self, key: Key, limit: int) -> int | None:
        """How many rows a table has, counted no further than ``limit``."""
        if key not in self.live.tables:
            return 0
        return self._once(("rows", key, limit), lambda: self._count(key, limit))

    def _count(self, key: Key, limit: int) -> int | None:
        live, origin = self.live.tables[key], self.declared.tables[key].origin
        return self._ask_rows(
            key, (), lambda: self.dialect.count_rows(self._connection, live, origin, limit)
        )

    def _ask_rows(
        self, key: Key, columns: Iterable[str], question: Callable[[], Value], *expressions: str
    ) -> Value | None:
        """The answer to a question about the rows of a table, which names these columns, and has
        these expressions; None where the server would run what is in the database to answer it.
        """
        obstacle = _computed(self.live.tables[key], columns) or self.obstacle(key, *expressions)
        if obstacle:
            self._obstacles[key] = f"to ask would be to run what is in the database: {obstacle}"
        return self._ask(question) if obstacle == "" else None

    def obstacle(self, key: Key, *expressions: str) -> str | None:
        """What is in the database, and would run if the rows of a table that is there were read, in
        words of these expressions: "" where nothing would, None where that could not be asked.
        """
        table = self.live.tables[key]
        return self._once(
            ("obstacle", key, expressions),
            lambda: self._ask(
                lambda: self.dialect.obstacle_to_reading(self._connection, table, expressions) or ""
            ),
        )

    def has_rows(self, key: Key) -> bool | None:
        """Whether a table has any row."""
        rows = self.rows(key, 1)
        return None if rows is None else rows > 0

    def estimated_rows(self, key: Key) -> int | None:
        """The catalog's estimate of a table's rows, or a count where the catalog has none."""
        return self._once(("estimate", key), lambda: self._estimate(key))

    def _estimate(self, key: Key) -> int | None:
        table = self.live.tables.get(key)
        if table is None:
            return 0
        estimate = self._ask(lambda: self.dialect.estimated_rows(self._connection, table))
        if estimate is not None and estimate > self.max_rows_scanned:
            return estimate
        return self.rows(key, self.max_rows_scanned + 1)

    def is_large(self, key: Key, kind: str = "") -> bool | None:
        """Whether a table has more rows than an addition (of this kind) may read.

        Where there is no server, an unknown number is not many; a hazard then says so.
        """
        rows = self.estimated_rows(key)
        if rows is None:
            return None if self.dialect.answers else False
        return rows > self.most_rows(kind)

    def most_rows(self, kind: str = "") -> int:
        """How many rows an addition (of this kind) may read.

        Where the database copies the table for it, each row counts twice: it is read and written.
        """
        copied = kind in self.dialect.copies_table_for
        return self.max_rows_scanned // 2 if copied else self.max_rows_scanned

    def extra_tables(self) -> Mapping[Key, Table]:
        """The tables that only the database has, in detail; none if they are too many to list, or
        if one of them is just being altered.
        """
        keys = [
            key
            for key, kind in self.live.others.items()
            if kind == "table" and key[1] not in BOOKKEEPING
        ]
        if not keys or self.live.has_more:
            return {}
        return self._once(("extra tables",), lambda: self._read(keys))

    def unlisted(self, key: Key) -> Table | None:
        """A table that only the database has, where there are too many of them to list."""
        if not self.live.has_more:
            return None
        return next(iter(self._once(("unlisted", key), lambda: self._read([key])).values()), None)

    def _read(self, keys: Collection[Key]) -> Mapping[Key, Table]:
        try:
            with self.dialect.guarded(self._connection):
                return self.dialect.read(self._connection, keys).tables
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            return {}

    def rewrite(self, key: Key, column: Column) -> str | None:
        """Why adding this column would rewrite the table or fail, None if it would not."""
        return self._once(
            ("rewrite", key, column.name),
            lambda: self.dialect.rewrite(self._connection, self.live, key, column),
        )

    def copied_for(self, key: Key, column: Column) -> str | None:
        """Why adding this column would copy the table, with one value for all rows; None if not."""
        if not self.live.tables[key].columns or self.has_rows(key) is False:
            return None
        copied = self._once(("copied",), self._find_copied_tables)
        return self.dialect.copied_default(column) or copied.get(key)

    def _find_copied_tables(self) -> Mapping[Key, str]:
        growing = self._growing()
        question = self.dialect.copied_tables
        return (
            self._ask(lambda: question(self._connection, self.live, self.declared, growing)) or {}
        )

    def rejections(self, changes: Sequence[Change]) -> Mapping[int, Rejection]:
        """Which of these additions, all of one table, the server says that it would not take."""
        declared = self.declared.tables[changes[0].key]
        question = self.dialect.rejections
        return self._ask(lambda: question(self._connection, self.live, declared, changes)) or {}

    def obstacle_to_key(self, key: Key, foreign_key: ForeignKey) -> str | None:
        """Why a new foreign key of a table cannot be, types and uniqueness aside; None if it can,
        or if nobody knows.
        """
        child, parent = self.declared.tables[key], self.target(foreign_key)
        if parent is None:
            return None
        question = self.dialect.obstacle_to_key
        return self._ask(lambda: question(self._connection, self.live, child, foreign_key, parent))

    def views_of_all(self, key: Key) -> Sequence[Key]:
        """The views that show all columns of a table, and will not show a new one.

        Those of which the models say what they read are not among them: they are compared.
        """
        found = self._once(("views of all",), lambda: self._ask(self._find_views_of_all)) or {}
        told = {view.key for view in self.declared.views.values() if (key, None) in view.reads}
        return [view for view in found.get(key, ()) if view not in told]

    def _find_views_of_all(self) -> Mapping[Key, Sequence[Key]]:
        growing = {key: list(self.live.tables[key].columns) for key in self._growing()}
        return self.dialect.views_of_all(self._connection, growing) if growing else {}

    def _growing(self) -> Collection[Key]:
        """The tables that lack a column."""
        return [
            key
            for key, table in self.declared.tables.items()
            if key in self.live.tables and self.is_absent(key, tuple(table.columns))
        ]

    def around(self) -> Surroundings:
        """The surroundings of the tables that are to be altered, and of new ones without a key."""
        return self._once(("around",), self._find_around) or Surroundings()

    def _find_around(self) -> Surroundings | None:
        declared = self.declared.tables
        there = [
            key
            for key, table in declared.items()
            if key in self.live.tables and self.is_absent(key, tuple(table.columns))
        ]
        keyless = [
            key
            for key, table in declared.items()
            if key not in self.live.tables and not table.primary_key.columns
        ]
        return self._ask(lambda: self.dialect.surroundings(self._connection, there, keyless))

    def schema_exists(self, schema: str) -> bool | None:
        """Whether the database has a schema of this name."""
        names = self._once(
            ("schemas",), lambda: self._ask(lambda: self.dialect.schema_names(self._connection))
        )
        return None if names is None else schema in names

    def default_is_in(self, key: ForeignKey, default: str) -> bool | None:
        """Whether a row that a foreign key points at has the new column's default.

        None for a default that is no literal: an expression is never evaluated.
        """
        if key.target not in self.live.tables:
            return False
        if not is_literal(default):
            return None
        column = key.origin.elements[0].column
        found = sa.select(sa.literal(1)).where(column == sa.literal_column(default)).limit(1)
        return self._ask_rows(
            key.target,
            key.target_columns,
            lambda: self._connection.execute(found).scalar() is not None,
        )

    def breaks_check(self, key: Key, check: Check) -> bool | None:
        """Whether a row there is would break a check once its new columns are there.

        None where that cannot be said: a new column's default is no literal, or no answer came.
        """
        declared = self.declared.tables[key]
        selected: list[Any] = []
        for column in declared.columns.values():
            if not self.is_new(key, (column.name,)):
                selected.append(column.origin)
            elif column.name in check.columns:
                default = column.default_when_added
                if column.computed is not None or not is_literal(default or "NULL"):
                    return None
                value = self.dialect.typed(column.origin, default or "NULL")
                selected.append(value.label(column.name))
        rows = sa.select(*selected).select_from(declared.origin).subquery()
        broken_by: Any = sa.literal_column(f"NOT ({check.text})")
        broken = sa.select(sa.literal(1)).select_from(rows).where(broken_by).limit(1)
        return self._ask_rows(
            key,
            check.columns,
            lambda: self._connection.execute(broken).first() is not None,
            check.text,
            *(declared.columns[name].type for name in check.columns),
        )

    def has_duplicates(self, key: Key, columns: tuple[str, ...]) -> bool | None:
        """Whether two rows agree in these columns, which exist; in none: whether there are two."""
        if not columns:
            rows = self.rows(key, 2)
            return None if rows is None else rows > 1
        table = self.declared.tables[key].origin
        grouped = [table.c[name] for name in columns]
        twice = (
            sa.select(sa.literal(1))
            .select_from(table)
            .where(*(column.isnot(None) for column in grouped))
            .group_by(*grouped)
            .having(sa.func.count() > 1)
            .limit(1)
        )
        return self._ask_rows(
            key, columns, lambda: self._connection.execute(twice).first() is not None
        )

    def is_built_in(self, name: str) -> bool | None:
        """Whether the database has a type of this name by itself."""
        return self._once(
            ("built in", name),
            lambda: self._ask(lambda: self.dialect.is_built_in(self._connection, name)),
        )

    def type_exists(self, text: str) -> bool | None:
        """Whether the database has a type of this text."""
        return self._once(
            ("type", text),
            lambda: self._ask(lambda: self.dialect.type_exists(self._connection, text)),
        )


def _computed(table: Table, columns: Iterable[str]) -> str | None:
    """Which of these columns would be computed for being read, None if none would."""
    there = (table.columns[name] for name in columns if name in table.columns)
    found = next((one for one in there if one.computed is not None and not one.stored), None)
    return None if found is None else f"{found.name} is computed from {found.computed}"
