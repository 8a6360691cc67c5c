"""SIGKILL at every statement boundary and inside of statements: the next run completes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

import autosync
from tests.corpus.catalog import catalog
from tests.corpus.old_code import run_old_code
from tests.corpus.runner import contents
from tests.servers.database import LiveDatabase
from tests.torture.conftest import WHOLE, Another, Tally
from tests.torture.models import ALLOW, large, large_with_key, new, old
from tests.torture.observer import observe, until
from tests.torture.processes import Child, Models, Point

FEW = 3
"""How many of the points a test run tries."""
TENTH = 10
ROWS_TO_COPY = 20_000
INSTRUCTIONS = 40
"""How far apart the points inside of a statement are, in instructions of SQLite's machine."""


class Stage(NamedTuple):
    """New models, the options, and what an interrupted run may leave for the next one."""

    models: Models
    options: dict[str, Any]
    leaves: frozenset[str] = frozenset()


USUAL = Stage(new, {"allow": ALLOW})
LARGE = Stage(large, {"max_rows_scanned": 1})
LARGE_WITH_KEY = Stage(
    large_with_key, {"max_rows_scanned": 1}, frozenset({"('not valid', 'fk_city')"})
)


def test_at_a_boundary(database: LiveDatabase, another: Another, tally: Tally) -> None:
    """Before a statement is sent, after it has come back, and before a COMMIT."""
    die_at_boundaries(database, another, USUAL, tally)


@pytest.mark.databases("postgresql", "mariadb", "mysql")
def test_at_a_boundary_of_a_large_table(
    database: LiveDatabase, another: Another, tally: Tally
) -> None:
    """The column is there, and the next run goes on with what belongs to it."""
    die_at_boundaries(database, another, LARGE, tally)


@pytest.mark.databases("postgresql")
def test_at_a_boundary_of_a_large_table_with_a_key(
    database: LiveDatabase, another: Another, tally: Tally
) -> None:
    """A key that is not validated yet keeps out new rows that point nowhere."""
    die_at_boundaries(database, another, LARGE_WITH_KEY, tally)


def die_at_boundaries(database: LiveDatabase, another: Another, stage: Stage, tally: Tally) -> None:
    trace, wanted = undisturbed(database, stage)
    for point in some(trace, wanted.statements):
        with another() as live, dying(live, stage, point.number) as (child, reached):
            child.kill()
            assert_completed(live, stage, wanted.catalog)
            tally(f"deaths {reached.moment} a statement", deaths=1)


def test_again_and_again(database: LiveDatabase, tally: Tally) -> None:
    """Every run dies a little later than the one before it, until one of them survives."""
    prepare(database)
    for number in range(0, 10_000, TENTH if WHOLE else 60):
        with Child(database.url, new, allow=ALLOW) as child:
            if child.stop(lambda point, last=number: point.number == last) is None:
                break
            child.kill()
            tally("deaths in a row", deaths=1)
    assert child.outcome.error is None
    assert_recovered(database, USUAL)


@pytest.mark.databases("postgresql", "mariadb")
def test_in_the_middle(database: LiveDatabase, another: Another, tally: Tally) -> None:
    """While the server is at work on a statement, which it then finishes for nobody."""
    trace, wanted = undisturbed(database, USUAL)
    points = that_may_wait(trace, wanted)
    for point in points if WHOLE else spread(points, FEW):
        with another() as live:
            observer = observe(live)
            observer.prepare()
            with dying(live, USUAL, point.number) as (child, reached):
                with observer.in_the_way(reached.sql):
                    child.go(first=observer.patience)
                    until(observer.someone_waits)
                    child.kill()
                    assert observer.someone_waits()
                assert_completed(live, USUAL, wanted.catalog)
            tally("deaths inside a statement", deaths=1)


@pytest.mark.databases("mariadb")
def test_while_rows_are_copied(database: LiveDatabase, tally: Tally) -> None:
    """The server goes on for nobody, and the next run waits for it."""
    prepare(database)
    rows = with_many_rows(database)
    observer = observe(database)
    with Child(database.url, new, allow=ALLOW) as child:
        reached = child.stop(lambda point: "ADD FOREIGN KEY" in point.sql)
        assert reached is not None
        assert not observer.rows(observer.copying)
        child.go(first="DO 1")
        until(lambda: observer.rows(observer.copying))
        child.kill()
        assert observer.rows(observer.copying)
    assert autosync.sync(database.engine, new(), allow=ALLOW).in_sync
    assert contents(old(), database.engine) == rows
    until(observer.is_alone)
    assert observer.leftovers() == []
    assert run_old_code(database.engine, old()) == []
    tally("deaths inside a statement", deaths=1)


@pytest.mark.databases("sqlite")
def test_inside_of_sqlite(database: LiveDatabase, another: Another, tally: Tally) -> None:
    """Between two instructions of SQLite's machine, with a part of the pages in the file."""
    trace, wanted = undisturbed(database, USUAL, inside=INSTRUCTIONS)
    inside = [p for p in trace if p.moment == "inside" and p.sql in wanted.statements]
    for point in inside if WHOLE else spread(inside, FEW):
        with another() as live, dying(live, USUAL, point.number, INSTRUCTIONS) as (child, _):
            child.kill()
            journals = int(observe(live).journal.exists())
            assert_completed(live, USUAL, wanted.catalog)
            tally("deaths inside a statement", deaths=1, journals=journals)


# --- the course of a death ----------------------------------------------------------------------


class Wanted(NamedTuple):
    """What an undisturbed run comes to."""

    statements: tuple[str, ...]
    catalog: dict[str, Any]


ROWS = {
    "cities": [{"name": "rome"}],
    "users": [{"name": "ada", "letter": "a"}, {"name": "bob", "letter": None}],
}


def prepare(database: LiveDatabase) -> None:
    """The old database, with rows."""
    models = old()
    models.create_all(database.engine)
    with database.engine.begin() as connection:
        for name, rows in ROWS.items():
            connection.execute(models.tables[name].insert(), rows)
    database.dispose()


def with_many_rows(database: LiveDatabase) -> dict[str, Any]:
    """Give the users so many rows that copying them takes a while; what all tables hold then."""
    ballast = "ALTER TABLE users ADD COLUMN ballast VARCHAR(2000)"
    many = (
        "INSERT INTO users (name, ballast) "
        f"SELECT CONCAT('n', seq), REPEAT('x', 2000) FROM seq_1_to_{ROWS_TO_COPY}"
    )
    with database.engine.begin() as connection:
        connection.execute(sa.text(ballast))
        connection.execute(sa.text(many))
    rows = contents(old(), database.engine)
    database.dispose()
    return rows


def undisturbed(
    database: LiveDatabase, stage: Stage, inside: int = 0
) -> tuple[list[Point], Wanted]:
    """All the points of a run in which nobody dies, and what it comes to."""
    prepare(database)
    with Child(database.url, stage.models, inside=inside, **stage.options) as child:
        trace = child.trace()
    assert child.outcome.error is None
    assert child.outcome.report.in_sync
    return trace, Wanted(child.outcome.report.statements, catalog(database.engine))


@contextmanager
def dying(
    database: LiveDatabase, stage: Stage, number: int, inside: int = 0
) -> Iterator[tuple[Child, Point]]:
    """A process that waits at a point; what fails after that says which."""
    prepare(database)
    with Child(database.url, stage.models, inside=inside, **stage.options) as child:
        reached = child.stop(lambda point: point.number == number)
        assert reached is not None
        try:
            yield child, reached
        except Exception as error:
            raise AssertionError(f"after a death {reached}") from error


def that_may_wait(trace: Sequence[Point], wanted: Wanted) -> list[Point]:
    """Before each statement that changes something, and has not had its tables locked for it."""
    return [
        point
        for point in trace
        if point.moment == "before"
        and point.sql in wanted.statements
        and "LOCK TABLES" not in trace[point.number - 1].sql
    ]


def some(trace: Sequence[Point], statements: Sequence[str]) -> Sequence[Point]:
    """Those around the statements that change something, and some of those between reads, where
    nothing does; in a test run, a few of the former.
    """
    near = [p for p in trace if p.moment == "commit" or p.sql in statements]
    return [*near, *trace[::TENTH]] if WHOLE else spread(near, FEW)


def spread(points: Sequence[Point], count: int) -> Sequence[Point]:
    """So many of them, from the last one to the first."""
    return [points[-1 - number * len(points) // count] for number in range(count)]


def assert_completed(database: LiveDatabase, stage: Stage, wanted: dict[str, Any]) -> None:
    """Nothing is lost or left over, old code runs, and the next run completes it."""
    assert_intact(database, stage.leaves)
    assert_recovered(database, stage)
    assert catalog(database.engine) == wanted


def assert_recovered(database: LiveDatabase, stage: Stage) -> None:
    """After one more run the database is in sync, and nobody has to lend a hand."""
    report = autosync.sync(database.engine, stage.models(), **stage.options)
    assert report.in_sync, str(report)
    plan = autosync.plan(database.engine, stage.models(), **stage.options)
    assert plan.in_sync, str(plan)
    assert_intact(database)


def assert_intact(database: LiveDatabase, leaves: frozenset[str] = frozenset()) -> None:
    """The rows are there, nobody holds a lock, nothing is half done, and old code runs."""
    observer = observe(database)
    until(observer.is_alone)
    rows = {
        name: [(number, *row.values()) for number, row in enumerate(rows, 1)]
        for name, rows in ROWS.items()
    }
    assert contents(old(), database.engine) == rows
    assert run_old_code(database.engine, old()) == []
    database.dispose()
    until(observer.is_alone)
    assert leaves.issuperset(observer.leftovers())
