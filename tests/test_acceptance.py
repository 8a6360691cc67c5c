"""Refusals that somebody has accepted."""

from __future__ import annotations

import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table

import autosync
from tests.servers.database import LiveDatabase

TODAY = datetime.datetime.now(datetime.timezone.utc).date()
DAY = datetime.timedelta(days=1)


def models(type_: type | sa.types.TypeEngine[object] = Integer, *more: str) -> MetaData:
    metadata = MetaData()
    columns = [Column(name, Integer) for name in more]
    Table(
        "users", metadata, Column("id", Integer, primary_key=True), Column("age", type_), *columns
    )
    return metadata


@pytest.fixture
def refusal(database: LiveDatabase) -> autosync.Refusal:
    models(String(20)).create_all(database.engine)
    [refusal] = autosync.plan(database.engine, models()).refused
    return refusal


def acceptance(
    refusal: autosync.Refusal, until: datetime.date | None = None
) -> autosync.Acceptance:
    return autosync.Acceptance(
        refusal.code, refusal.object, refusal.fingerprint, "the old column goes in May", until
    )


@pytest.mark.parametrize("until", [None, TODAY, TODAY + DAY])
def test_what_is_accepted_is_settled(
    database: LiveDatabase, refusal: autosync.Refusal, until: datetime.date | None
) -> None:
    accept = [acceptance(refusal, until)]
    plan = autosync.check(database.engine, models(), accept=accept)
    assert (plan.in_sync, plan.notes) == (True, ())
    [one] = plan.accepted
    assert (one.code, one.object, one.until) == ("column-type", "users.age", until)
    assert plan.to_dict()["accepted"][0]["because"] == "the old column goes in May"
    assert "in sync (1 accepted)" in str(plan)
    assert "the old column goes in May" in str(plan)
    report = autosync.sync(database.engine, models(), accept=accept, on_refused="raise")
    assert report.accepted == plan.accepted


def test_it_is_kept_while_something_else_is_added(
    database: LiveDatabase, refusal: autosync.Refusal
) -> None:
    report = autosync.sync(database.engine, models(Integer, "size"), accept=[acceptance(refusal)])
    assert [entry.object for entry in report.applied] == ["users.size"]
    assert (report.in_sync, len(report.accepted)) == (True, 1)


def test_it_comes_back_when_its_time_is_over(
    database: LiveDatabase, refusal: autosync.Refusal
) -> None:
    accept = [acceptance(refusal, TODAY - DAY)]
    plan = autosync.plan(database.engine, models(), accept=accept)
    assert (plan.refused, plan.accepted) == ((refusal,), ())
    [note] = plan.notes
    assert (note.code, note.object) == ("acceptance-over", "users.age")
    assert note.reason.endswith(f"until {TODAY - DAY}, which is over")


def test_it_comes_back_when_it_changes(database: LiveDatabase, refusal: autosync.Refusal) -> None:
    accept = [acceptance(refusal)]
    plan = autosync.plan(database.engine, models(sa.Date), accept=accept)
    [other] = plan.refused
    assert other.fingerprint != refusal.fingerprint
    [note] = plan.notes
    assert f"as {refusal.fingerprint}, but is {other.fingerprint} by now" in note.reason


def test_one_that_is_settled_in_earnest(database: LiveDatabase, refusal: autosync.Refusal) -> None:
    plan = autosync.plan(database.engine, models(String(20)), accept=[acceptance(refusal)])
    assert plan.in_sync
    assert "is not refused any more" in plan.notes[0].reason
