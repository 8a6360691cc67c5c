"""What is looked at, as users say it to Alembic: the same callables, asked the same."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table

import autosync
from tests.servers.database import LiveDatabase


def live() -> MetaData:
    metadata = MetaData()
    Table("author", metadata, Column("id", Integer, primary_key=True))
    Table(
        "book",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("title", String(40)),
        Column("author_id", Integer),
        Column("old", Integer),
        Index("ix_book_old", "old"),
    )
    Table("legacy", metadata, Column("id", Integer, primary_key=True))
    return metadata


def declared() -> MetaData:
    metadata = MetaData()
    Table("author", metadata, Column("id", Integer, primary_key=True))
    Table(
        "book",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("title", String(80)),
        Column("author_id", ForeignKey("author.id")),
        Column("year", Integer),
        Index("ix_book_title", "title"),
    )
    Table("shelf", metadata, Column("id", Integer, primary_key=True))
    return metadata


ALL = {
    "table shelf",
    "table legacy",
    "column book.title",
    "column book.year",
    "column book.old",
    "foreign key book(author_id)",
    "index book.ix_book_title",
    "index book.ix_book_old",
}


def found(database: LiveDatabase, **filters: Any) -> set[str]:
    plan = autosync.plan(database.engine, declared(), **filters)
    return {entry.title for entry in (*plan.pending, *plan.refused, *plan.notes)}


@pytest.fixture
def library(database: LiveDatabase) -> LiveDatabase:
    live().create_all(database.engine)
    return database


def test_all_of_it_is_looked_at(library: LiveDatabase) -> None:
    assert found(library) == ALL
    assert found(library, include_object=lambda *_: True, include_name=lambda *_: True) == ALL


@pytest.mark.parametrize(
    ("type_", "name", "gone"),
    [
        ("table", "shelf", {"table shelf"}),
        ("table", "legacy", {"table legacy"}),
        ("table", "book", {one for one in ALL if "book" in one}),
        ("column", "title", {"column book.title"}),
        ("column", "year", {"column book.year"}),
        ("column", "old", {"column book.old"}),
        ("index", "ix_book_title", {"index book.ix_book_title"}),
        ("index", "ix_book_old", {"index book.ix_book_old"}),
        ("foreign_key_constraint", None, {"foreign key book(author_id)"}),
    ],
)
def test_what_an_object_is_left_out_of(
    library: LiveDatabase, type_: str, name: str | None, gone: set[str]
) -> None:
    def include_object(object_: Any, said: Any, kind: str, *_: Any) -> bool:
        return (kind, said) != (type_, name)

    assert found(library, include_object=include_object) == ALL - gone


@pytest.mark.parametrize(
    ("type_", "name", "gone"),
    [
        ("table", "legacy", {"table legacy"}),
        ("table", "book", {one for one in ALL if "book" in one}),
        ("column", "title", {"column book.title"}),
        ("column", "old", {"column book.old"}),
        ("index", "ix_book_old", {"index book.ix_book_old"}),
        # of what is not there, no name is asked
        ("table", "shelf", set()),
        ("column", "year", set()),
        ("index", "ix_book_title", set()),
    ],
)
def test_what_a_name_is_left_out_of(
    library: LiveDatabase, type_: str, name: str, gone: set[str]
) -> None:
    def include_name(said: Any, kind: str, parents: Any) -> bool:
        assert kind == "schema" or parents["schema_name"] is None
        if kind not in ("schema", "table"):
            assert parents["table_name"] == parents["schema_qualified_table_name"] == "book"
        return (kind, said) != (type_, name)

    assert found(library, include_name=include_name) == ALL - gone


def test_they_are_asked_as_alembic_asks(library: LiveDatabase) -> None:
    """Of what differs: the same objects, each with its counterpart."""

    def asking(asked: set[Any]) -> Any:
        def include_object(object_: Any, name: Any, kind: str, reflected: Any, other: Any) -> bool:
            asked.add((type(object_).__name__, name, kind, reflected, type(other).__name__))
            return True

        return include_object

    ours: set[Any] = set()
    theirs: set[Any] = set()
    found(library, include_object=asking(ours))
    with library.engine.connect() as connection:
        options = {"include_object": asking(theirs), "compare_type": True}
        compare_metadata(MigrationContext.configure(connection, opts=options), declared())
    assert ours
    assert ours <= theirs


def test_what_is_left_alone_is_not_added(library: LiveDatabase) -> None:
    report = autosync.sync(
        library.engine, declared(), include_object=lambda o, name, *_: name not in ("year", "shelf")
    )
    assert not report.applied
    inspector = sa.inspect(library.engine)
    assert "shelf" not in inspector.get_table_names()
    assert "year" not in {column["name"] for column in inspector.get_columns("book")}


def test_check_and_wait_take_them(library: LiveDatabase) -> None:
    nothing = {"include_object": lambda *_: False}
    assert autosync.check(library.engine, declared(), **nothing).in_sync  # type: ignore[arg-type]
    assert autosync.wait(library.engine, declared(), timeout=0, **nothing).in_sync  # type: ignore[arg-type]


def test_one_that_fails(library: LiveDatabase) -> None:
    with pytest.raises(autosync.ComparisonFailed, match=r"include_object failed for \w+: ZeroDiv"):
        found(library, include_object=lambda *_: 1 / 0)
    with pytest.raises(autosync.ComparisonFailed, match=r"include_name failed for .*: ZeroDiv"):
        found(library, include_name=lambda *_: 1 / 0)


def test_a_snapshot_has_nothing_to_ask_of(library: LiveDatabase) -> None:
    kept = autosync.snapshot(library.engine)
    with pytest.raises(TypeError, match="this is a snapshot: give include and exclude"):
        autosync.plan(kept, declared(), include_object=lambda *_: True)


@pytest.mark.databases("postgresql")
def test_schemas(database: LiveDatabase) -> None:
    """The schema of what only the database has is asked of; that of the models is not."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA audit")
        connection.exec_driver_sql("CREATE TABLE audit.log (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("CREATE TABLE audit.other (id INTEGER PRIMARY KEY)")
    metadata = MetaData()
    Table(
        "log",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("at", Integer),
        schema="audit",
    )

    def include_name(name: Any, kind: str, parents: Any) -> bool:
        if kind == "table":
            assert parents["schema_qualified_table_name"] == f"{parents['schema_name']}.{name}"
        return kind != "schema" or name is None

    assert {one.title for one in autosync.plan(database.engine, metadata).notes} == {
        "table audit.other"
    }
    plan = autosync.plan(database.engine, metadata, include_name=include_name)
    assert [one.title for one in (*plan.pending, *plan.notes)] == ["column audit.log.at"]
