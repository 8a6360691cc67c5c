"""What users say of two types or two defaults themselves, in the ways that Alembic has for it.

A type may have ``compare_against_backend()``; ``compare_type`` and ``compare_server_default`` are
callables of Alembic's signatures. As in Alembic, they are asked of every column that both sides
have, before anything else is, and the inspected column is what SQLAlchemy's Inspector makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Dialect as EngineDialect
from sqlalchemy.schema import DefaultClause, FetchedValue
from sqlalchemy.sql.type_api import Variant
from sqlalchemy.types import NullType, TypeEngine

from autosync.changes import Change
from autosync.dialects.base import Dialect
from autosync.errors import ComparisonFailed
from autosync.reflection import Reflection
from autosync.schema import Column, Key, Schema, qualified

CompareType = Callable[
    [Any, "sa.Column[Any]", "sa.Column[Any]", "TypeEngine[Any]", "TypeEngine[Any]"], bool | None
]
"""(context, inspected column, metadata column, inspected type, metadata type): whether the types
differ, None to leave it to autosync."""
CompareServerDefault = Callable[
    [Any, "sa.Column[Any]", "sa.Column[Any]", str | None, FetchedValue | None, str | None],
    bool | None,
]
"""(context, inspected column, metadata column, inspected default, metadata default, rendered
metadata default): whether the defaults differ, None to leave it to autosync."""

AGAINST_BACKEND = "compare_against_backend"
DEFAULTS = ("default", "extra_default")


class Context:
    """What a callable gets in the place of Alembic's ``MigrationContext``."""

    def __init__(self, connection: Connection) -> None:
        self.connection = self.bind = connection
        self.dialect: EngineDialect = connection.dialect
        self.as_sql = False

    def __getattr__(self, name: str) -> Any:
        """Say what there is, for whatever else a callable may want of Alembic's."""
        raise AttributeError(
            f"autosync's context has connection, dialect, bind and as_sql, but no {name}, which "
            "only Alembic's has"
        )


@dataclass(frozen=True, slots=True)
class Comparators:
    """The callables that were handed over."""

    compare_type: CompareType | None = None
    compare_server_default: CompareServerDefault | None = None

    def __post_init__(self) -> None:
        """Refuse Alembic's True and False: autosync always compares."""
        for name in ("compare_type", "compare_server_default"):
            given = getattr(self, name)
            if given is not None and not callable(given):
                raise TypeError(
                    f"{name} takes a callable of Alembic's signature, not {given!r}; types and "
                    "defaults are always compared"
                )


class Answer(NamedTuple):
    """Whether two sides are the same, and who says so."""

    same: bool
    by: str


class Answers(NamedTuple):
    """What the users said, by table, column and "type" or "default"."""

    known: Mapping[tuple[Key, str, str], Answer] = {}
    columns: Mapping[tuple[Key, str], tuple[Column, Column]] = {}

    def applied(self, changes: list[Change]) -> list[Change]:
        """``changes`` as the users see them, whatever the texts say."""
        if not self.known:
            return changes
        kept = [change for change in changes if self._answer(change) is None]
        return [*kept, *self._differences()]

    def _answer(self, change: Change) -> Answer | None:
        if change.kind != "column" or change.name is None:
            return None
        aspect = "default" if change.difference in DEFAULTS else change.difference
        return self.known.get((change.key, change.name, aspect))

    def _differences(self) -> Iterator[Change]:
        for (key, name, aspect), answer in self.known.items():
            if answer.same:
                continue
            live, declared = self.columns[key, name]
            is_extra = aspect == "default" and declared.default is None
            difference = "extra_default" if is_extra else aspect
            yield Change(
                "column", difference, key, name, (name,), declared, live, said_by=answer.by
            )


NO_ANSWERS = Answers()


def ask(
    comparators: Comparators,
    connection: Connection,
    dialect: Dialect,
    live: Schema,
    declared: Schema,
) -> Answers:
    """Ask the users' types and callables of every column that both sides have.

    Raises :class:`ComparisonFailed` where one of them raises, or returns neither a bool nor None.
    """
    if comparators == Comparators() and not _any_type_speaks():
        return NO_ANSWERS
    known: dict[tuple[Key, str, str], Answer] = {}
    pairs: dict[tuple[Key, str], tuple[Column, Column]] = {}
    asking = _Asking(comparators, connection, dialect)
    for key, table in declared.tables.items():
        existing = live.tables.get(key)
        if existing is None or existing.kind != "table":
            continue
        columns = {dialect.fold(name): column for name, column in existing.columns.items()}
        for name, ours in table.columns.items():
            theirs = columns.get(dialect.fold(name))
            if theirs is None:
                continue
            for aspect, answer in asking.about(key, theirs, ours):
                known[key, name, aspect] = answer
                pairs[key, name] = (theirs, ours)
    return Answers(known, pairs)


def _any_type_speaks() -> bool:
    """Whether any type that Python knows of has the method: no column need be looked at if not."""
    waiting: list[type] = [TypeEngine]
    seen: set[type] = set()
    while waiting:
        below: set[type] = set(type.__subclasses__(waiting.pop())) - seen
        if any(map(_speaks, below)):
            return True
        seen |= below
        waiting += below
    return False


def _speaks(class_: type) -> bool:
    # the method of SQLAlchemy 1.4 itself says nothing
    silent = getattr(TypeEngine, AGAINST_BACKEND, None)
    return getattr(class_, AGAINST_BACKEND, None) is not silent


def _speaking(type_: TypeEngine[Any], dialect: EngineDialect) -> TypeEngine[Any] | None:
    """The type that is used on this database, if its class has the method."""
    if isinstance(type_, Variant):
        used: Any = type_.mapping.get(dialect.name, type_.impl)
    else:
        used = getattr(type_, "_variant_mapping", {}).get(dialect.name, type_)
    return used if _speaks(type(used)) else None


class _Asking:
    """Asks of one column after the other, and reflects each table at most once."""

    def __init__(self, comparators: Comparators, connection: Connection, dialect: Dialect) -> None:
        self._comparators = comparators
        self._context = Context(connection)
        self._reflection = Reflection(connection, dialect)

    def about(self, key: Key, live: Column, declared: Column) -> Iterator[tuple[str, Answer]]:
        """What is said of a column's type and of its default."""
        answer = self._type(key, live, declared)
        if answer is not None:
            yield "type", answer
        answer = self._default(key, live, declared)
        if answer is not None:
            yield "default", answer

    def _type(self, key: Key, live: Column, declared: Column) -> Answer | None:
        column: sa.Column[Any] = declared.origin
        asked = self._comparators.compare_type
        speaking = _speaking(column.type, self._context.dialect)
        if asked is None and speaking is None:
            return None
        inspected = self._reflection.table(key).c[live.name]
        if NullType in (type(inspected.type), type(column.type)):
            # as in Alembic: there is nothing that could be compared
            return None
        where = f"{qualified(key)}.{declared.name}"
        if asked is not None:
            sides = inspected, column, inspected.type, column.type
            differs = _answer("compare_type", where, lambda: asked(self._context, *sides))
            if differs is not None:
                return Answer(not differs, "compare_type")
        if speaking is None:
            return None
        by = f"{type(speaking).__name__}.{AGAINST_BACKEND}"
        say: Any = getattr(speaking, AGAINST_BACKEND)
        same = _answer(by, where, lambda: say(self._context.dialect, inspected.type))
        return None if same is None else Answer(same, by)

    def _default(self, key: Key, live: Column, declared: Column) -> Answer | None:
        asked = self._comparators.compare_server_default
        column: sa.Column[Any] = declared.origin
        if asked is None or _is_generated(live) or _is_generated(declared):
            return None
        inspected = self._reflection.table(key).c[live.name]
        clause: Any = inspected.server_default
        if clause is None and column.server_default is None:
            return None
        text = None if clause is None else str(clause.arg.text)
        sides = inspected, column, text, column.server_default, self._rendered(column)
        where = f"{qualified(key)}.{declared.name}"
        differs = _answer("compare_server_default", where, lambda: asked(self._context, *sides))
        return None if differs is None else Answer(not differs, "compare_server_default")

    def _rendered(self, column: sa.Column[Any]) -> str | None:
        """A declared default as Alembic renders it: a string as it is, anything else as SQL."""
        if not isinstance(column.server_default, DefaultClause):
            return None
        argument: Any = column.server_default.arg
        if isinstance(argument, str):
            return argument
        literal = {"literal_binds": True}
        return str(argument.compile(dialect=self._context.dialect, compile_kwargs=literal))


def _is_generated(column: Column) -> bool:
    return bool(column.computed or column.identity or column.autoincrement)


def _answer(by: str, where: str, say: Callable[[], Any]) -> bool | None:
    try:
        said = say()
    except Exception as error:
        raise ComparisonFailed(
            f"{by} failed for {where}: {type(error).__name__}: {error}"
        ) from error
    if said is None or isinstance(said, bool):
        return said
    raise ComparisonFailed(
        f"{by} returned {said!r} for {where}, but has to return True, False or None"
    )
