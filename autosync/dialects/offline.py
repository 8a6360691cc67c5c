"""A database that is not there: what was read of it once, in place of a server."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.engine import Dialect as SQLAlchemyDialect
from sqlalchemy.sql.type_api import Variant

from autosync.changes import Change
from autosync.dialects.base import Dialect
from autosync.dialects.limits import Rejection
from autosync.dialects.views import Pair
from autosync.schema import MOST_OTHERS, Column, Columns, Key, Schema, Table

if TYPE_CHECKING:
    from autosync.rights import Lack

PARTITION = "partition"
"""What no catalog lists among the relations that the models do not have."""
DEFAULT_SCHEMAS = {"postgresql": "public", "sqlite": "main"}
_ALSO_CALLED = {"mariadb": "mysql"}
"""What most URLs of a database begin with, and so most options for it in models."""
_CONNECTED: Mapping[str, Mapping[str, object]] = {
    "postgresql": {"_backslash_escapes": False},
    "mariadb": {"is_mariadb": True, "supports_sequences": True, "sequences_optional": True},
}
"""What SQLAlchemy sets when it connects, and compiles otherwise without."""


class NoServer(Exception):
    """A question that only a server could answer."""


def unconnected_dialect(
    backend: str, name: str, version: tuple[int, ...] = ()
) -> SQLAlchemyDialect:
    """SQLAlchemy's dialect for the database ``name``, as if it were connected.

    ``backend`` is what SQLAlchemy calls it in a URL, which may be another name. Raises
    ``sqlalchemy.exc.NoSuchModuleError`` for one that SQLAlchemy does not know.
    """
    dialect: Any = URL.create(backend).get_dialect()()
    for attribute, value in _CONNECTED.get(name, {}).items():
        setattr(dialect, attribute, value)
    dialect.server_version_info = version or None
    made: SQLAlchemyDialect = dialect
    return made


def backend_for(name: str, tables: Collection[sa.Table]) -> str:
    """What a URL of the database ``name`` begins with, that these tables are written for.

    SQLAlchemy takes an option such as ``mysql_engine``, or a variant of a type, for that alone.
    """
    other = _ALSO_CALLED.get(name, name)
    return name if other == name or name in _named_in(tables) else other


def _named_in(tables: Collection[sa.Table]) -> set[str]:
    """The databases that options and variants of types are for."""
    items: list[Any] = [one for t in tables for one in (t, *t.indexes, *t.constraints)]
    options = {key.partition("_")[0] for one in items for key in one.dialect_kwargs}
    return options.union(*(_variants(column.type) for table in tables for column in table.columns))


def _variants(type_: Any) -> Collection[str]:
    # SQLAlchemy 1.4 keeps them in a type of their own
    return type_.mapping if isinstance(type_, Variant) else getattr(type_, "_variant_mapping", ())


class Unconnected:
    """Stands where a connection stands. ``schema`` is all that there is, ``schemas`` where."""

    def __init__(
        self, dialect: SQLAlchemyDialect, schema: Schema, schemas: Collection[str] = ()
    ) -> None:
        self.dialect = dialect
        self.schema = schema
        self.schemas = schemas

    def get_execution_options(self) -> Mapping[str, Any]:
        """None."""
        return {}

    def _ask(self, *_: object, **__: object) -> NoReturn:
        raise NoServer

    execute = exec_driver_sql = begin = begin_nested = _ask


class Offline(Dialect):
    """The part of a dialect that a snapshot answers; the rest is that of its database."""

    answers = False

    @contextmanager
    def reading(self, connection: Connection, patience: float) -> Iterator[None]:
        """There is nothing to be read, and nothing in the way."""
        yield

    @contextmanager
    def guarded(self, connection: Connection) -> Iterator[None]:
        """There is nothing to be guarded."""
        yield

    def check_usable(self, connection: Connection, *, own: bool) -> None:
        """It always is."""

    def read(
        self, connection: Connection, wanted: Collection[Key], most_others: int = MOST_OTHERS
    ) -> Schema:
        """What was read, as if it were read now."""
        kept: Schema = _kept(connection).schema
        spelled = {self._folded(kept.locate(key)): kept.locate(key) for key in wanted}
        tables = {
            key: Table(key, Columns.of(()), kind="sequence")
            for key in kept.sequences
            if self._folded(key) in spelled
        }
        others: dict[Key, str] = {}
        for key, table in kept.tables.items():
            asked = spelled.get(self._folded(key))
            if asked is not None:
                tables[asked] = table._replace(key=asked)
            elif table.kind != PARTITION:
                others[key] = table.kind
        return kept._replace(
            tables=tables,
            others=dict(islice(others.items(), most_others)),
            has_more=len(others) > most_others,
        )

    def tables_not_to_ask(
        self, connection: Connection, pairs: Sequence[tuple[Table, Table]]
    ) -> Mapping[Key, str]:
        """None: nobody is asked."""
        return {}

    def probe(
        self, connection: Connection, pairs: Sequence[tuple[Table, Table]], live: Schema
    ) -> Mapping[Key, tuple[Table, Table]]:
        """Nothing, unless the database needs no server for it."""
        with suppress(NoServer):
            return super().probe(connection, pairs, live)
        return {}

    def with_definitions(
        self, connection: Connection, live: Schema, keys: Collection[Key]
    ) -> Schema:
        """They were read with all else."""
        return live

    def views_not_to_ask(self, connection: Connection, pairs: Sequence[Pair]) -> Mapping[Key, str]:
        """None: nobody is asked."""
        return {}

    def probe_views(self, connection: Connection, pairs: Sequence[Pair]) -> Mapping[Key, Pair]:
        """Nothing."""
        return {}

    def _folded(self, key: Key) -> Key:
        return key[0], self.fold_table(key[1])

    def schema_names(self, connection: Connection) -> Collection[str]:
        """The schemas that were read."""
        return _kept(connection).schemas

    def shadows(self, connection: Connection) -> Sequence[Lack]:
        """Nothing: no code can run."""
        return ()

    def obstacle_to_reading(
        self, connection: Connection, table: Table, expressions: Sequence[str]
    ) -> str | None:
        """None: nothing is read."""
        return None

    def estimated_rows(self, connection: Connection, table: Table) -> int | None:
        """The estimate of that time."""
        return table.rows

    def count_rows(self, connection: Connection, table: Table, origin: Any, limit: int) -> int:
        """The same; unless it was not asked for."""
        if table.rows is None:
            raise NoServer
        return min(table.rows, limit)

    def type_exists(self, connection: Connection, text: str) -> bool:
        """Whether it is the database's own, or some column has it; others may be there or not."""
        with suppress(NoServer):
            return super().type_exists(connection, text)
        known: Collection[str] = self.compiler.dialect.ischema_names
        wanted = self._bare(text)
        columns = (c for t in _kept(connection).schema.tables.values() for c in t.columns.values())
        if wanted in known or any(self._bare(column.type) == wanted for column in columns):
            return True
        raise NoServer

    def rejections(
        self, connection: Connection, live: Schema, declared: Table, changes: Sequence[Change]
    ) -> Mapping[int, Rejection]:
        """None: nobody is asked."""
        return {}

    def _bare(self, type_: str) -> str:
        """The name of a type, without its size and its dimensions."""
        return re.sub(r"\([^)]*(?:\)|\Z)|\[\]", "", self.normal_type(type_)).strip()

    def rewrite(self, connection: Connection, live: Schema, key: Key, column: Column) -> str | None:
        """What the database's own rule knows without asking; or else that a constant is cheap."""
        try:
            reason = super().rewrite(connection, live, key, column)
            if reason is None or live.tables[key].rows is not None:
                return reason
            return f"{reason}, unless it is empty: the snapshot does not tell"
        except NoServer:
            default = self.normal_default(column.default_when_added or "NULL", column.type)
            computed = column.origin.computed
            stored = computed is not None and self.compiler.stored(computed)
            made = stored or column.identity or column.autoincrement
            if not made and (default is None or self.is_constant(default)):
                return None
        return "it may rewrite the table: only the server could tell, and the snapshot does not"


def offline(home: type[Dialect]) -> type[Dialect]:
    """The dialect of a database, with a snapshot in place of a server."""
    return type(f"Offline{home.__name__}", (Offline, home), {})


def _kept(connection: Any) -> Unconnected:
    assert isinstance(connection, Unconnected)
    return connection
