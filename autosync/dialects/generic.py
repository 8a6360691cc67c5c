"""Any other database, through SQLAlchemy's Inspector.

Without a way to ask the server, texts that are not plainly equal stay undecided; without a lock of
its own, it relies on the transaction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from autosync.dialects.base import Dialect
from autosync.schema import (
    MOST_OTHERS,
    Check,
    Column,
    Columns,
    ForeignKey,
    Index,
    Key,
    NamedSequence,
    PrimaryKey,
    Schema,
    Table,
    Unique,
    View,
)

_QUERY = re.compile(r"(?:CREATE\s.*?\sAS\s)?\s*(.*)", re.DOTALL | re.IGNORECASE)
"""What a view shows, behind its CREATE VIEW where that is given, too."""


class Generic(Dialect):
    """A database without a folder of its own."""

    adds_constraints = False

    def __init__(self, connection: Connection, lock_key: str | None = None) -> None:
        super().__init__(connection, lock_key)
        self._failing: set[str] = set()
        self._begin_anew: Callable[[], None] = lambda: None

    @contextmanager
    def reading(self, connection: Connection, patience: float) -> Iterator[None]:
        """A transaction that can be begun anew, where the connection is in none."""
        if connection.in_transaction():
            yield
            return
        block = connection.begin()

        def begin_anew() -> None:
            nonlocal block
            block.rollback()
            block = connection.begin()

        self._begin_anew = begin_anew
        try:
            yield
        finally:
            self._begin_anew = lambda: None
            block.rollback()

    def read(
        self, connection: Connection, wanted: Collection[Key], most_others: int = MOST_OTHERS
    ) -> Schema:
        """The live database, as far as the dialect's reflection tells it."""
        inspector = sa.inspect(connection)
        default = inspector.default_schema_name
        tables: dict[Key, Table] = {}
        others: dict[Key, str] = {}
        for schema in {schema for schema, _ in wanted} | {None}:
            shown = None if schema == default else schema
            for name in inspector.get_table_names(schema=schema):
                key: Key = (shown, name)
                if key in wanted or (schema, name) in wanted:
                    tables[key] = self._table(inspector, key)
                else:
                    others[key] = "table"
            for name in inspector.get_view_names(schema=schema):
                key = (shown, name)
                if key in wanted:
                    tables[key] = Table(key, Columns.of(()), kind="view")
                else:
                    others[key] = "view"
        sequences = self._reflect(inspector, "get_sequence_names", (None,))
        return Schema(
            tables=tables,
            others=others,
            sequences={(None, name): NamedSequence((None, name)) for name in sequences or ()},
            sequences_known=sequences is not None,
            default_schema=default,
        )

    def with_definitions(
        self, connection: Connection, live: Schema, keys: Collection[Key]
    ) -> Schema:
        """As far as the dialect's reflection tells them."""
        inspector = sa.inspect(connection)
        views = {}
        for schema, name in keys:
            said = self._reflect(inspector, "get_view_definition", (name, schema))
            query = _QUERY.match(said or "")
            definition = None if query is None else query.group(1)
            views[schema, name] = View((schema, name), Columns({}), definition)
        return live._replace(views=views)

    def rewrite(self, connection: Connection, live: Schema, key: Key, column: Column) -> str | None:
        """Only a plain nullable column is known to be cheap everywhere."""
        if column.nullable and column.default is None and column.computed is None:
            return None
        return "it is not known whether this database would rewrite the table"

    def _table(self, inspector: Any, key: Key) -> Table:
        schema, name = key
        unread: set[str] = set()

        def reflect(kind: str, method: str) -> Any:
            found = self._reflect(inspector, method, (name, schema))
            if found is None:
                unread.add(kind)
            return found or []

        primary = reflect("primary_key", "get_pk_constraint") or {}
        columns = inspector.get_columns(name, schema=schema)
        return Table(
            key=key,
            columns=Columns.of(map(self._column, columns)),
            primary_key=PrimaryKey(
                primary.get("name"), tuple(primary.get("constrained_columns") or ())
            ),
            foreign_keys=[
                self._foreign_key(one, inspector.default_schema_name)
                for one in reflect("foreign_key", "get_foreign_keys")
            ],
            uniques=[
                Unique(one.get("name"), tuple(one["column_names"]))
                for one in reflect("unique", "get_unique_constraints")
            ],
            checks=[
                Check(one.get("name"), one["sqltext"])
                for one in reflect("check", "get_check_constraints")
            ],
            indexes=[_index(one) for one in reflect("index", "get_indexes")],
            unread=frozenset(unread),
        )

    def _reflect(self, inspector: Any, method: str, arguments: tuple[str | None, ...]) -> Any:
        """What an Inspector's method returns, None where it fails; it is not asked twice.

        A failed query may have ended the transaction, so that it is begun anew: only the first
        reading, which is all there is in its transaction, can come here.
        """
        if method in self._failing:
            return None
        try:
            return getattr(inspector, method)(*arguments)
        except (NotImplementedError, DBAPIError) as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            self._failing.add(method)
            self._begin_anew()
            return None

    def _column(self, column: Any) -> Column:
        computed = column.get("computed") or {}
        probe: Any = sa.Table("t", sa.MetaData(), sa.Column("c", column["type"])).c.c
        type_, collation = self.split_collation(self.compiler.type(probe))
        default = column.get("default")
        return Column(
            name=column["name"],
            type=type_,
            nullable=bool(column["nullable"]),
            default=default,
            computed=computed.get("sqltext"),
            stored=bool(computed.get("persisted")),
            autoincrement=bool(column.get("autoincrement"))
            or str(default or "").lower().startswith("nextval("),
            collation=collation,
            comment=column.get("comment") or None,
        )

    def _foreign_key(self, key: Any, default_schema: str | None) -> ForeignKey:
        schema = key.get("referred_schema")
        options = key.get("options") or {}
        return ForeignKey(
            name=key.get("name"),
            columns=tuple(key["constrained_columns"]),
            target=(None if schema == default_schema else schema, key["referred_table"]),
            target_columns=tuple(key["referred_columns"]),
            on_delete=self.key_rule(options.get("ondelete")),
            on_update=self.key_rule(options.get("onupdate")),
            deferrable=bool(options.get("deferrable")),
            deferred=(options.get("initially") or "").upper() == "DEFERRED",
        )


def _index(one: Any) -> Index:
    columns = tuple(name for name in one["column_names"] if name is not None)
    parts = tuple(one.get("expressions") or one["column_names"])
    return Index(one["name"], parts, columns, unique=bool(one["unique"]))
