"""What is looked at, as Alembic's users say it: ``include_object`` and ``include_name``.

As in Alembic, a name is asked of what the database has, and an object of what is compared: what
the models declare, with its counterpart in the database, or what only the database has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.schema import SchemaItem

from autosync.changes import EXTRA, MORE, Change
from autosync.errors import ComparisonFailed
from autosync.reflection import Reflection
from autosync.schema import Key, Schema, qualified

IncludeObject = Callable[[Any, str | None, str, bool, SchemaItem | None], bool]
"""(object, its name, its type, whether it was reflected, what it is compared with): whether it is
looked at."""
IncludeName = Callable[[str | None, str, dict[str, str | None]], bool]
"""(name, its type, the names of what it is in): whether it is looked at."""

TABLE, VIEW, COLUMN, SCHEMA = "table", "view", "column", "schema"
TYPES: Mapping[str, str] = {
    COLUMN: COLUMN,
    "index": "index",
    "unique": "unique_constraint",
    "foreign_key": "foreign_key_constraint",
}
"""What Alembic calls those parts of a table that it asks about by themselves."""
PARTS = {*TYPES, "primary_key", "check"}


class Filters(NamedTuple):
    """The callables that were handed over."""

    include_object: IncludeObject | None = None
    include_name: IncludeName | None = None


class Inclusion:
    """Whether a change is about something that the callables want to be looked at.

    Raises :class:`ComparisonFailed` where one of them raises.
    """

    def __init__(
        self, filters: Filters, reflection: Reflection, live: Schema, declared: Schema
    ) -> None:
        self._filters = filters
        self._reflection = reflection
        self._live = live
        self._declared = declared
        self._tables: dict[Key, bool] = {}

    def has(self, change: Change) -> bool:
        """Ask about its table, and about the part of it that it is about; a view is a table, too,
        as it is in a MetaData.
        """
        key = change.key
        if change.kind == VIEW:
            return self._wants(
                lambda: iter([change.origin.table]), key[1], TABLE, key, reflected=False
            )
        if change.difference == MORE or not (change.kind == TABLE or change.kind in PARTS):
            return True
        if key not in self._tables:
            self._tables[key] = self._has_table(key)
        return self._tables[key] and (change.kind not in TYPES or self._has_part(change))

    def _has_table(self, key: Key) -> bool:
        declared = self._declared.tables.get(key)
        is_live = key in self._live.tables or key in self._live.others
        if is_live and not self._has_names(key, is_declared=declared is not None):
            return False

        def sides() -> Iterator[Any]:
            if declared is not None:
                yield declared.origin
            # to reflect what stands in the place of a table, a view, may run what it calls
            if is_live and self._is_table(key):
                yield self._reflection.table(key)

        return self._wants(sides, key[1], TABLE, key, reflected=declared is None)

    def _is_table(self, key: Key) -> bool:
        there = self._live.tables.get(key)
        return (self._live.others.get(key) if there is None else there.kind) == TABLE

    def _has_names(self, key: Key, *, is_declared: bool) -> bool:
        schema, name = key
        # of a schema that the models name, Alembic's answer would make all its tables missing
        if not (is_declared or self._wants_name(schema, SCHEMA, {})):
            return False
        parents = {"schema_name": schema, "schema_qualified_table_name": qualified(key)}
        return self._wants_name(name, TABLE, parents)

    def _has_part(self, change: Change) -> bool:
        key, type_ = change.key, TYPES[change.kind]
        is_extra = change.difference == EXTRA
        live = change.live
        if live is not None:
            parents = {
                "schema_name": key[0],
                "table_name": key[1],
                "schema_qualified_table_name": qualified(key),
            }
            if not self._wants_name(live.name, type_, parents):
                return False

        def sides() -> Iterator[Any]:
            if not is_extra:
                yield change.origin
            if live is not None:
                yield _part(self._reflection.table(key), live.name, type_)

        name = live.name if is_extra else change.name
        return self._wants(sides, name, type_, key, reflected=is_extra)

    def _wants_name(self, name: str | None, type_: str, parents: dict[str, str | None]) -> bool:
        asked = self._filters.include_name
        if asked is None:
            return True
        return _answer("include_name", name, lambda: asked(name, type_, parents))

    def _wants(
        self,
        sides: Callable[[], Iterator[Any]],
        name: str | None,
        type_: str,
        key: Key,
        *,
        reflected: bool,
    ) -> bool:
        asked = self._filters.include_object
        if asked is None:
            return True
        object_, compare_to, *_ = (*sides(), None, None)
        if object_ is None:
            return True  # of what the Inspector cannot see, Alembic would not know
        where = qualified(key) if type_ == TABLE else f"{qualified(key)}.{name}"
        return _answer(
            "include_object", where, lambda: asked(object_, name, type_, reflected, compare_to)
        )


def _part(table: sa.Table, name: str | None, type_: str) -> Any:
    if type_ == COLUMN:
        return table.columns.get(str(name))
    parts: list[Any] = [*table.indexes, *table.constraints]
    return next((one for one in parts if one.name == name and name is not None), None)


def _answer(by: str, where: str | None, say: Callable[[], Any]) -> bool:
    try:
        return bool(say())
    except Exception as error:
        raise ComparisonFailed(
            f"{by} failed for {where}: {type(error).__name__}: {error}"
        ) from error
