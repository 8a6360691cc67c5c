"""Patterns that say what is looked at."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table

import autosync
from tests.servers.database import LiveDatabase


def old() -> MetaData:
    metadata = MetaData()
    Table("users", metadata, Column("id", Integer, primary_key=True), Column("name", String(20)))
    Table("audit", metadata, Column("id", Integer, primary_key=True), Column("what", String(20)))
    Table("legacy_a", metadata, Column("id", Integer, primary_key=True))
    return metadata


def new() -> MetaData:
    metadata = MetaData()
    Table(
        "users",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(20)),
        Column("nick", String(20)),
        Column("pet", ForeignKey("pets.id")),
    )
    Table("audit", metadata, Column("id", Integer, primary_key=True), Column("what", Integer))
    Table("pets", metadata, Column("id", Integer, primary_key=True))
    return metadata


def found(plan: autosync.Plan) -> dict[str, list[str]]:
    """The objects of a plan, by what becomes of them."""
    return {
        name: [entry.object for entry in getattr(plan, name)]
        for name in ("pending", "refused", "notes")
        if getattr(plan, name)
    }


EVERYTHING = {
    "pending": ["pets", "users.nick", "users.pet", "users(pet)"],
    "refused": ["audit.what"],
    "notes": ["legacy_a"],
}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, EVERYTHING),
        ({"include": ["*"]}, EVERYTHING),
        ({"include": ["users.nick"]}, {"pending": ["users.nick"]}),
        ({"include": ["users.nick", "pets"]}, {"pending": ["pets", "users.nick"]}),
        ({"include": "pe?s"}, {"pending": ["pets"]}),
        (
            {"exclude": ["audit.what", "legacy_*"]},
            {"pending": ["pets", "users.nick", "users.pet", "users(pet)"]},
        ),
        (
            {"include": ["[au]*"], "exclude": ["users.*e*", "users.nick"]},
            {"refused": ["audit.what"]},
        ),
        ({"include": ["nowhere.*.*"]}, {}),
    ],
    ids=str,
)
def test_what_is_selected(
    database: LiveDatabase, options: dict[str, list[str]], expected: dict[str, list[str]]
) -> None:
    old().create_all(database.engine)
    assert found(autosync.plan(database.engine, new(), **options)) == expected


def test_what_needs_something_that_is_not_selected(database: LiveDatabase) -> None:
    """It is refused, and the reason says what to do."""
    old().create_all(database.engine)
    plan = autosync.plan(database.engine, new(), exclude=["pets"])
    assert [entry.object for entry in plan.pending] == ["users.nick"]
    refused = {entry.object: entry for entry in plan.refused}
    assert refused["users(pet)"].code == "depends-on-refused"
    reason = "it needs table pets, which is not selected: select it, too"
    assert refused["users(pet)"].reason == reason
    assert [table.table for table in plan.tables] == ["audit", "users"]


def test_nothing_is_done_to_the_rest(database: LiveDatabase) -> None:
    old().create_all(database.engine)
    report = autosync.sync(database.engine, new(), include=["users.nick"])
    assert report.in_sync
    assert [entry.object for entry in report.applied] == ["users.nick"]
    assert not sa.inspect(database.engine).has_table("pets")


@pytest.mark.databases("postgresql")
def test_a_default_schema_has_its_name(database: LiveDatabase) -> None:
    old().create_all(database.engine)
    plan = autosync.plan(database.engine, new(), include=["public.users.nick"])
    assert found(plan) == {"pending": ["users.nick"]}


@pytest.mark.databases("postgresql")
def test_a_type_of_what_is_not_selected(database: LiveDatabase) -> None:
    """Nobody needs it, so it is not created, and nothing is said of it."""
    old().create_all(database.engine)
    metadata = old()
    mood = sa.Enum("calm", "loud", name="moods")
    metadata.tables["users"].append_column(Column("mood", mood))
    assert autosync.plan(database.engine, metadata, exclude=["users.mood"]).in_sync
    plan = autosync.plan(database.engine, metadata, include=["users"])
    assert "needs enum moods, which is not selected" in plan.refused[0].reason


@pytest.mark.parametrize("pattern", ["", "a..b", "a.b.c.d", "."])
def test_what_is_no_pattern(sqlite: LiveDatabase, pattern: str) -> None:
    with pytest.raises(ValueError, match=r"a pattern is table, table\.column or schema"):
        autosync.plan(sqlite.engine, new(), include=[pattern])
