"""Refusals that somebody has accepted."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy_utils import create_view

import autosync
from autosync.plan import Location
from autosync.remedy import advice
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


# --- fingerprints ---------------------------------------------------------------------------------


def named(**given: Any) -> autosync.Refusal:
    place = {"schema": None, "table": "a", "name": "b", "columns": ("b",), "object": "a.b"}
    said = {"kind": "column", "difference": "type", "code": "column-type", "severity": "breaks"}
    return autosync.Refusal(**{**place, **said, "reason": "why", **given})


def test_a_fingerprint_has_128_bits() -> None:
    assert re.fullmatch("[0-9a-f]{32}", named().fingerprint)
    assert named().fingerprint == named().fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"table": "a.b", "name": "c"}, {"table": "a", "name": "b.c"}),
        ({"schema": "a", "table": "b"}, {"table": "a.b"}),
        ({"schema": None}, {"schema": "None"}),
        ({"schema": None}, {"schema": ""}),
        ({"columns": ("a, b",)}, {"columns": ("a", "b")}),
        ({"columns": ("a", "b")}, {"columns": ("b", "a")}),
        ({"code": "c", "reason": "x"}, {"code": "x", "reason": "c"}),
        ({"name": 'b","c'}, {"name": "b", "columns": ('c","b',)}),
        ({"name": "\ud83d\ude42"}, {"name": "\U0001f642"}),
        ({"name": "\udcff"}, {"name": "\\udcff"}),
        ({"reason": "why"}, {"reason": "why "}),
        ({"severity": "breaks"}, {"severity": "differs"}),
        ({"sides": '["x", null]'}, {"sides": '[null, "x"]'}),
    ],
)
def test_what_differs_has_another(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Whatever the names and the texts are, and wherever their parts begin and end."""
    assert named(**one).fingerprint != named(**other).fingerprint


def test_how_it_is_told_does_not_count() -> None:
    """Nor where the models say so, or what to do."""
    told = {"object": "x", "remedy": advice("y"), "consequence": "z", "location": Location("p", 1)}
    assert named(**told).fingerprint == named().fingerprint


def table(name: str, *items: Any, **options: Any) -> MetaData:
    metadata = MetaData()
    Table(name, metadata, Column("id", Integer, primary_key=True), *items, **options)
    return metadata


def people(*items: Any) -> MetaData:
    return table("people", Column("age", Integer), Column("boss", Integer), *items)


def boss(**options: Any) -> MetaData:
    return people(sa.ForeignKeyConstraint(["boss"], ["people.id"], name="fk_boss", **options))


def size(type_: Any) -> MetaData:
    return people(Column("size", type_, nullable=False))


LIVE = {
    "check-missing": people,
    "foreign-key-missing": people,
    "index-missing": people,
    "likely-rename": lambda: table("person", *(Column(c, Integer) for c in "abc")),
}
ALIKE = {
    "check-missing": [
        lambda: people(sa.CheckConstraint("age > 0", name="old")),
        lambda: people(sa.CheckConstraint("age > 1", name="old")),
    ],
    "foreign-key-missing": [boss, lambda: boss(ondelete="CASCADE")],
    "index-missing": [
        lambda: people(sa.Index("ix", "age", "boss")),
        lambda: people(sa.Index("ix", "boss", "age", unique=True)),
    ],
    "likely-rename": [
        lambda: table("persons", *(Column(c, Integer) for c in "abc")),
        lambda: table("persons", *(Column(c, Integer) for c in "abc"), sa.UniqueConstraint("a")),
    ],
}
"""Models that are refused in the same words, and are not the same."""


@pytest.mark.parametrize("code", LIVE)
def test_it_knows_more_than_the_words(database: LiveDatabase, code: str) -> None:
    """All of what the models want."""
    LIVE[code]().create_all(database.engine)
    one, other = (only(autosync.plan(database.engine, make()), code) for make in ALIKE[code])
    assert one.reason == other.reason
    assert one.fingerprint != other.fingerprint


def only(plan: autosync.Plan, code: str) -> autosync.Refusal:
    [refusal] = [one for one in plan.refused if one.code == code]
    return refusal


def test_it_knows_more_of_the_database_than_the_words(database: LiveDatabase) -> None:
    """A column that only the database has, and is of another type by now."""
    fingerprints = []
    for type_ in (Integer, String(9)):
        size(type_).create_all(database.engine)
        fingerprints.append(
            only(autosync.plan(database.engine, people()), "required-column").fingerprint
        )
        size(type_).drop_all(database.engine)
    assert len(set(fingerprints)) == 2


def test_blanks_in_a_view(database: LiveDatabase) -> None:
    """The words show a definition on one line, and fold what is inside of its literals."""
    people().create_all(database.engine)
    models = people()
    create_view("shown", sa.select(sa.literal_column("'a'").label("x")), models)
    found = []
    for literal in ("b c", "b  c"):
        with database.engine.begin() as connection:
            connection.exec_driver_sql("DROP VIEW IF EXISTS shown")
            connection.exec_driver_sql(f"CREATE VIEW shown AS SELECT '{literal}' AS x")
        found.append(only(autosync.plan(database.engine, models), "view-differs"))
    assert found[0].reason == found[1].reason
    assert found[0].fingerprint != found[1].fingerprint


def test_it_is_the_same_in_any_company(database: LiveDatabase) -> None:
    """If something of the table is in doubt, the server is asked how it spells all of it."""
    table(
        "people", Column("age", Integer, server_default="1"), Column("old", Integer, nullable=False)
    ).create_all(database.engine)

    def marks(default: str) -> dict[str, str]:
        models = table(
            "people",
            Column("age", Integer, server_default=sa.text(default)),
            Column("born", sa.Date, sa.CheckConstraint("born > '1900-01-01'"), nullable=False),
            sa.CheckConstraint("age*2>0", name="twice"),
        )
        plan = autosync.plan(database.engine, models)
        return {one.object: one.fingerprint for one in plan.refused if one.name != "age"}

    with database.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO people (old) VALUES (1)")
    alone, in_company = marks("1"), marks("(2+3)")
    assert {"people.twice", "people.born", "people.old"} <= alone.keys()
    assert alone == in_company


@pytest.mark.databases("sqlite", "postgresql")
def test_two_that_are_called_the_same(database: LiveDatabase) -> None:
    """To accept one is not to accept the other."""

    def models(type_: Any) -> MetaData:
        metadata = MetaData()
        for name, column in (("a", "b.c"), ("a.b", "c")):
            key = Column("id", Integer, primary_key=True)
            Table(name, metadata, key, Column(column, type_))
        return metadata

    models(String(9)).create_all(database.engine)
    one, other = autosync.plan(database.engine, models(Integer)).refused
    assert one.object == other.object == "a.b.c"
    for accept, left in (([one], (other,)), ([other], (one,)), ([one, other], ())):
        given = [acceptance(refusal) for refusal in accept]
        plan = autosync.plan(database.engine, models(Integer), accept=given)
        assert plan.refused == left
        assert plan.notes == ()


@pytest.mark.parametrize(
    "fingerprint",
    ["0c1f52aa", "", "0" * 31, "0" * 33, "0" * 31 + "g", "0" * 31 + "A", "0" * 32 + "\n"],
)
def test_what_is_no_fingerprint(
    database: LiveDatabase, refusal: autosync.Refusal, fingerprint: str
) -> None:
    """It is an error that has the right one to copy, and nothing is done."""
    models_ = models(Integer, "size")
    accept = [replace(acceptance(refusal), fingerprint=fingerprint)]
    for call in (autosync.plan, autosync.check, autosync.sync, autosync.wait):
        with pytest.raises(autosync.InvalidAcceptance) as caught:
            call(database.engine, models_, accept=accept)
        assert f'write fingerprint = "{refusal.fingerprint}"' in str(caught.value)
        assert "the acceptance of column-type for users.age" in str(caught.value)
    assert autosync.plan(database.engine, models_).pending


def test_what_is_no_fingerprint_of_what_is_not_refused(
    database: LiveDatabase, refusal: autosync.Refusal
) -> None:
    accept = [replace(acceptance(refusal), fingerprint="0c1f52aa")]
    with pytest.raises(autosync.InvalidAcceptance, match="so remove the acceptance"):
        autosync.plan(database.engine, models(String(20)), accept=accept)
