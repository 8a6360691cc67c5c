"""Many processes at once: each returns success, and every statement runs once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
import sqlalchemy as sa

import autosync
from tests.servers.database import LiveDatabase
from tests.torture.conftest import WHOLE, Another, Tally
from tests.torture.models import ALLOW, new, newer, old, other
from tests.torture.observer import observe, until
from tests.torture.processes import Crew, Models, Outcome

PROCESSES = 32 if WHOLE else 8
ROUNDS = 20 if WHOLE else 1
VERSIONS = {"one": [new], "with a branch": [new, newer, other]}
if WHOLE:
    VERSIONS["two"] = [new, newer]

Addition = tuple[object, ...]


@pytest.mark.parametrize("versions", VERSIONS.values(), ids=VERSIONS)
def test_race(another: Another, versions: list[Models], tally: Tally) -> None:
    with Crew(PROCESSES) as crew:
        for _ in range(ROUNDS):
            with another() as database:
                old().create_all(database.engine)
                wanted = planned(database, versions)
                outcomes = crew.sync(database.url, versions, allow=ALLOW)
                assert_each_once(outcomes, wanted)
                assert_in_sync(database, versions)
            statements = sum(len(o.report.statements) for o in outcomes if o.report)
            tally(
                f"race, {len(versions)} versions",
                rounds=1,
                processes=len(outcomes),
                statements=statements,
            )


def test_race_where_nothing_is_to_be_done(database: LiveDatabase) -> None:
    old().create_all(database.engine)
    autosync.sync(database.engine, newer(), allow=ALLOW)
    with Crew(PROCESSES) as crew:
        outcomes = crew.sync(database.url, [newer, old])
    assert_each_once(outcomes, set())
    assert_in_sync(database, [newer, old])


def planned(database: LiveDatabase, versions: Iterable[Models]) -> set[Addition]:
    """All that these versions lack."""
    return {
        identity(entry)
        for models in versions
        for entry in autosync.plan(database.engine, models(), allow=ALLOW).pending
    }


def identity(entry: autosync.Addition) -> Addition:
    return entry.kind, entry.difference, entry.object, entry.columns


def assert_each_once(outcomes: list[Outcome], wanted: set[Addition]) -> None:
    """Each process succeeded, and what they did together was done once."""
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    reports = [outcome.report for outcome in outcomes if outcome.report]
    assert len(reports) == len(outcomes)
    assert [str(report) for report in reports if not report.in_sync] == []
    statements = Counter(sql for report in reports for sql in report.statements)
    assert [sql for sql, count in statements.items() if count > 1] == []
    applied = Counter(identity(entry) for report in reports for entry in report.applied)
    assert applied == Counter(wanted)


def assert_in_sync(database: LiveDatabase, versions: Iterable[Models]) -> None:
    """Nothing is locked, nothing left over, and nobody undid what another needs."""
    observer = observe(database)
    until(observer.is_alone)
    assert observer.leftovers() == []
    for models in versions:
        assert autosync.plan(database.engine, models(), allow=ALLOW).in_sync
    with database.engine.connect() as connection:
        assert connection.execute(sa.select(*old().tables["users"].columns)).all() == []
