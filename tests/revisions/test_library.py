"""Twelve revisions of a believable application, with an Elixir-style model on top."""

from __future__ import annotations

from pathlib import Path

import pytest

import autosync
from tests.revisions.library import (
    LATEST,
    REPOSITORIES,
    THIRD,
    assert_taken_along,
    entities,
    fill,
    first_three,
    rows,
    table_names,
)
from tests.revisions.processes import alone, together
from tests.servers.database import SQLALCHEMY, LiveDatabase

KINDS = ["alembic", "sqlalchemy-migrate"] if SQLALCHEMY < (2, 0) else ["alembic"]
BOOKKEEPING = {"alembic": "alembic_version", "sqlalchemy-migrate": "migrate_version"}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def third(database: LiveDatabase, kind: str, tmp_path: Path) -> LiveDatabase:
    """The database at its third version, with rows."""
    made = alone("upgrade", database.url, first_three(kind, tmp_path))
    assert (made.said, made.report.after) == ("", (THIRD[kind],))
    fill(database.engine)
    return database


def test_from_the_third_version_to_the_latest_and_synced(third: LiveDatabase, kind: str) -> None:
    planned = alone("plan", third.url, REPOSITORIES[kind]).report
    assert [entry.kind for entry in planned.pending[:9]] == ["revision"] * 9
    assert not planned.in_sync
    assert "as of now" in planned.pending[0].hazards[0]
    assert rows(third.engine, "SELECT count(*) FROM book") == [(4,)]

    done = alone("sync", third.url, REPOSITORIES[kind])
    assert done.said == ""
    report = done.report
    assert (report.upgrade.before, report.upgrade.after) == ((THIRD[kind],), (LATEST[kind],))
    assert [one.title for one in report.upgrade.revisions][:2] == ["authors", "authors of books"]
    assert all(one.seconds is not None for one in report.upgrade.revisions)
    added = {entry.title for entry in report.applied if entry.kind != "revision"}
    assert added == {"table reservation", "column book.pages"}
    assert report.in_sync, str(report)
    assert_taken_along(third.engine)
    assert any("the database is at" in line and LATEST[kind] in line for line in done.logged)

    again = alone("sync", third.url, REPOSITORIES[kind]).report
    assert (again.applied, again.statements, again.upgrade.revisions) == ((), (), ())
    assert autosync.check(third.engine, entities(), revisions=REPOSITORIES[kind]).in_sync


def test_a_new_database_is_made_by_the_models(database: LiveDatabase, kind: str) -> None:
    done = alone("sync", database.url, REPOSITORIES[kind])
    assert done.said == ""
    assert done.report.upgrade.stamped
    assert (done.report.upgrade.revisions, done.report.upgrade.after) == ((), (LATEST[kind],))
    assert done.report.in_sync
    tables = {"author", "book", "loan", "member", "reservation", "shelf", BOOKKEEPING[kind]}
    assert table_names(database.engine) == tables
    again = alone("sync", database.url, REPOSITORIES[kind]).report
    assert (again.applied, again.in_sync) == ((), True)


def test_all_twelve(database: LiveDatabase, kind: str) -> None:
    """`upgrade()` by itself runs them in a new database, too; the models then lack little."""
    done = alone("upgrade", database.url, REPOSITORIES[kind], legacy=False)
    assert done.said == ""
    assert len(done.report.revisions) == 12
    assert done.report.before == ()
    lacking = autosync.plan(database.engine, entities(), revisions=REPOSITORIES[kind])
    titles = {entry.title for entry in lacking.pending}
    assert titles == {"table reservation", "column book.pages"}
    assert lacking.refused == ()


def test_two_processes_run_each_revision_once(third: LiveDatabase, kind: str) -> None:
    outcomes = together(2, "sync", third.url, REPOSITORIES[kind], deadline=60)
    assert [outcome.said for outcome in outcomes] == ["", ""]
    counts = sorted(len(outcome.report.upgrade.revisions) for outcome in outcomes)
    assert counts == [0, 9]
    assert [str(outcome.report) for outcome in outcomes if not outcome.report.in_sync] == []
    assert_taken_along(third.engine)


def test_two_processes_make_a_new_database_once(database: LiveDatabase, kind: str) -> None:
    outcomes = together(2, "sync", database.url, REPOSITORIES[kind], deadline=60)
    assert [outcome.said for outcome in outcomes] == ["", ""]
    assert sorted(outcome.report.upgrade.stamped for outcome in outcomes) == [False, True]
    assert [str(outcome.report) for outcome in outcomes if not outcome.report.in_sync] == []
