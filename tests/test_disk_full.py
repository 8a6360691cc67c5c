"""SQLite on a full disk: its own words come out, nothing is half done, and the next run goes on.

The limit of a file's size that the system keeps makes every write beyond it fail, and SQLite then
ends the whole transaction by itself; its own limit of pages makes single statements fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

import autosync
from autosync.errors import StatementFailed
from tests.servers.database import LiveDatabase

resource = pytest.importorskip("resource")

JOURNALS = pytest.mark.parametrize("journal", ["delete", "wal"])
PAGE = 4096
TABLES = 40


def models(tables: int, columns: int) -> MetaData:
    md = MetaData()
    for number in range(tables):
        Table(
            f"t{number}",
            md,
            Column("id", Integer, primary_key=True),
            *(Column(f"c{n}", String(20), server_default="x" * 300) for n in range(columns)),
        )
    return md


BEFORE, AFTER = models(2, 1), models(TABLES, 3)


def engine(database: LiveDatabase, journal: str, *pragmas: str) -> Engine:
    """An engine for a database of two small tables and a row, and no connection to it."""
    engine = database.create_engine()
    with engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA journal_mode = {journal}")
    BEFORE.create_all(engine)
    with engine.begin() as connection:
        connection.execute(BEFORE.tables["t0"].insert().values(id=1))
    engine.dispose()

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: Any, record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return engine


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """A block in which no file grows by more than a few pages: of a database, its journal, or the
    32 kB of shared memory that a WAL has.
    """
    most = max(32_768, *(file.stat().st_size for file in folder.iterdir())) + 2 * PAGE
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def columns(engine: Engine) -> dict[str, int]:
    inspector = sa.inspect(engine)
    return {name: len(inspector.get_columns(name)) for name in inspector.get_table_names()}


@JOURNALS
@pytest.mark.parametrize("at", ["COMMIT", "a statement"])
def test_a_full_disk_is_said_and_nothing_is_done(
    sqlite: LiveDatabase, tmp_path: Path, journal: str, at: str
) -> None:
    # with next to no cache, what is changed is written at once
    lite = engine(sqlite, journal, *(["cache_size = 1"] if at != "COMMIT" else []))
    before = columns(lite)

    with full(tmp_path), pytest.raises(StatementFailed, match="disk I/O error") as failed:
        autosync.sync(lite, AFTER)

    assert (failed.value.statement == "COMMIT") is (at == "COMMIT")
    assert isinstance(failed.value.__cause__, DBAPIError)
    assert not failed.value.report.applied
    assert not failed.value.report.statements
    if at == "COMMIT":
        assert len(failed.value.failed) == (TABLES - 2) + 2 * 2
        assert {entry.error for entry in failed.value.failed} == {"disk I/O error"}
    assert columns(lite) == before
    assert autosync.sync(lite, AFTER).in_sync
    assert set(columns(lite).values()) == {4}


@JOURNALS
@pytest.mark.parametrize("at", ["COMMIT", "a statement"])
def test_a_full_disk_in_a_transaction_of_the_caller(
    sqlite: LiveDatabase, tmp_path: Path, journal: str, at: str
) -> None:
    lite = engine(sqlite, journal, *(["cache_size = 1"] if at != "COMMIT" else []))
    before = columns(lite)

    said = pytest.raises((StatementFailed, DBAPIError), match="disk I/O error")
    with full(tmp_path), said, lite.begin() as connection:
        autosync.sync(connection, AFTER)

    assert columns(lite) == before
    with lite.begin() as connection:
        assert autosync.sync(connection, AFTER).in_sync
    assert set(columns(lite).values()) == {4}


@JOURNALS
def test_what_still_fits_is_done(sqlite: LiveDatabase, journal: str) -> None:
    lite = engine(sqlite, journal)
    with lite.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        lite.dispose()

    @sa.event.listens_for(lite, "connect")
    def limit(connection: Any, record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + 4}")

    with pytest.raises(StatementFailed, match="database or disk is full") as failed:
        autosync.sync(lite, AFTER)

    applied = {entry.object for entry in failed.value.report.applied}
    assert applied
    assert {entry.error for entry in failed.value.failed} == {"database or disk is full"}
    assert len(applied) + len(failed.value.failed) == (TABLES - 2) + 2 * 2
    there = {
        name if number == 4 and name not in BEFORE.tables else f"{name}.c{column}"
        for name, number in columns(lite).items()
        for column in range(1, number - 1)
    }
    assert there == applied
