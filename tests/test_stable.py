"""What autosync adds destroys no evidence: what looked renamed still does, in the same words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa
from hypothesis import HealthCheck, event, given
from hypothesis import strategies as st
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, Text

import autosync
from tests.many import as_many
from tests.servers.database import LiveDatabase

AS_MANY = as_many(25, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)
NAMES = ("title", "headline", "head", "body", "mail", "e_mail", "code", "badge", "x", "y", "of")
TABLES = ("posts", "post", "letters", "pages")
TYPES = {"s": lambda: String(40), "i": Integer, "t": Text}
FILLED = {"s": "a", "i": "1"}


class Field(NamedTuple):
    """A column: its value for rows comes from the server, from Python, from nowhere, or is NULL."""

    name: str
    sort: str
    value: str = "null"
    points: bool = False

    def column(self) -> Column[Any]:
        items = [ForeignKey("owner.id")] if self.points else []
        options: dict[str, Any] = {"nullable": self.value == "null"}
        if self.value == "server" and self.sort in FILLED:
            options["server_default"] = FILLED[self.sort]
        if self.value == "python":
            options["default"] = 1 if self.sort == "i" else ""
        return Column(self.name, TYPES[self.sort](), *items, **options)


class Relation(NamedTuple):
    """A table, the key of which is not always the first column."""

    name: str
    fields: tuple[Field, ...]
    key: str = "id"
    place: int = 0

    def table(self, metadata: MetaData) -> None:
        columns = [field.column() for field in self.fields]
        # SQLite takes no other default of a number that it gives
        columns.insert(self.place, Column(self.key, Integer, primary_key=True))
        Table(self.name, metadata, *columns)


def made(relations: list[Relation]) -> MetaData:
    metadata = MetaData()
    Table("owner", metadata, Column("id", Integer, primary_key=True))
    for relation in relations:
        relation.table(metadata)
    return metadata


@st.composite
def fields(draw: st.DrawFn, name: str) -> Field:
    sort = draw(st.sampled_from("ssit"))
    value = draw(st.sampled_from(("null", "none", "python", "server")))
    points = sort == "i" and value == "null" and draw(st.booleans())
    return Field(name, sort, value, points)


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Relation], list[Relation]]:
    """A table or two with columns, and models that remove, add, move and rename some of both."""
    live, models = [], []
    there = draw(st.lists(st.sampled_from(TABLES), min_size=1, max_size=2, unique=True))
    unused = [one for one in TABLES if one not in there]
    for name in there:
        names = draw(st.permutations(NAMES))
        old = [draw(fields(one)) for one in names[: draw(st.integers(1, 5))]]
        key = draw(st.sampled_from(["id", "id", "id", "post_id"]))
        live.append(Relation(name, tuple(old), "id", draw(st.integers(0, len(old)))))
        fresh = iter(names[len(old) :])
        new: list[Field] = []
        for field in old:
            fate = draw(st.sampled_from(["keep", "keep", "remove", "rename"]))
            if fate == "keep":
                new.append(field)
            elif fate == "rename":
                new.append(field._replace(name=next(fresh)))
        for _ in range(draw(st.integers(0, 3))):
            new.insert(draw(st.integers(0, len(new))), draw(fields(next(fresh))))
        if draw(st.booleans()):
            new = draw(st.permutations(new))
        place = draw(st.integers(0, len(new)))
        renamed = unused.pop() if draw(st.integers(0, 2)) == 0 else name
        models.append(Relation(renamed, tuple(new), key, place))
    return live, models


def refusals(plan: autosync.Plan) -> dict[Any, tuple[str, ...]]:
    return {
        one.identity: (one.code, one.severity, one.reason, str(one.remedy)) for one in plan.refused
    }


class Death(BaseException):
    """Nothing is done after it."""


@contextmanager
def dying(database: LiveDatabase, after: int) -> Iterator[sa.engine.Engine]:
    """An engine whose process dies after so many statements that change something."""
    engine = database.create_engine()
    seen = 0

    @sa.event.listens_for(engine, "after_cursor_execute")
    def count(*arguments: Any) -> None:
        nonlocal seen
        seen += arguments[2].lstrip().startswith(("ALTER TABLE", "CREATE TABLE"))
        if seen > after:
            raise Death

    try:
        yield engine
    except BaseException:
        if seen <= after:
            raise
    finally:
        engine.dispose()


Step = Callable[[LiveDatabase, MetaData], object]


def whole(database: LiveDatabase, models: MetaData) -> object:
    return autosync.sync(database.engine, models)


@st.composite
def steps(draw: st.DrawFn, patterns: list[str]) -> Step:
    """A sync of everything, of some, of all but some, or one that dies."""
    kind = draw(st.sampled_from(["whole", "include", "exclude", "death"]))
    event(kind)
    some = draw(st.lists(st.sampled_from(patterns), min_size=1, max_size=3))
    after = draw(st.integers(0, 3))

    def death(database: LiveDatabase, models: MetaData) -> None:
        with dying(database, after) as engine:
            autosync.sync(engine, models)

    return {
        "whole": whole,
        "include": lambda database, models: autosync.sync(database.engine, models, include=some),
        "exclude": lambda database, models: autosync.sync(database.engine, models, exclude=some),
        "death": death,
    }[kind]


@AS_MANY
@given(situation=situations(), data=st.data())
def test_every_refusal_stays(
    database: LiveDatabase, situation: tuple[list[Relation], list[Relation]], data: st.DataObject
) -> None:
    """After each sync, of whatever part, until nothing changes."""
    live, declared = made(situation[0]), made(situation[1])
    try:
        live.create_all(database.engine)
        with database.engine.begin() as connection:
            for relation in situation[0]:
                values = {one.name: 1 if one.sort == "i" else "a" for one in relation.fields}
                points = {one.name: None for one in relation.fields if one.points}
                connection.execute(live.tables[relation.name].insert().values({**values, **points}))
        plan = autosync.plan(database.engine, declared)
        expected = refusals(plan)
        for code, *_ in expected.values():
            event(code)
        patterns = [f"{t.name}.{c.name}" for t in declared.tables.values() for c in t.columns]
        patterns += list(declared.tables)
        for _ in range(data.draw(st.integers(0, 3))):
            data.draw(steps(patterns))(database, declared)
            assert refusals(autosync.plan(database.engine, declared)) == expected
        for _ in range(2):
            report = autosync.sync(database.engine, declared)
            assert refusals(report) == expected  # type: ignore[arg-type]
            last = autosync.plan(database.engine, declared)
            assert (last.pending, refusals(last)) == ((), expected)
    finally:
        drop(database)


def drop(database: LiveDatabase) -> None:
    there = MetaData()
    there.reflect(database.engine)
    there.drop_all(database.engine)
