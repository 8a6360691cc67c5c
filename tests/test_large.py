"""Large tables: what reads all of their rows goes beside readers and writers, or not at all."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table

import autosync
from tests.servers.database import LiveDatabase

LARGE = {"max_rows_scanned": 2}
INVALID = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"


def models(*columns: str) -> MetaData:
    metadata = MetaData()
    users = Table(
        "users",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(20)),
    )
    if "nick" in columns:
        users.append_column(Column("nick", String(20), index=True))
    if "boss" in columns:
        users.append_column(Column("boss", ForeignKey("users.id"), server_default="1"))
    if "twins" in columns:
        Index("twins", users.c.name, unique=True)
    return metadata


@pytest.fixture
def large(database: LiveDatabase) -> LiveDatabase:
    """A table with more rows than may be scanned."""
    metadata = models()
    metadata.create_all(database.engine)
    with database.engine.begin() as connection:
        rows = [{"id": number, "name": "same"} for number in (1, 2, 3)]
        connection.execute(metadata.tables["users"].insert(), rows)
    return database


@pytest.mark.databases("postgresql", "mariadb")
def test_an_index_is_built_beside_writers(large: LiveDatabase) -> None:
    """No statement of the report is one that holds up writing."""
    report = autosync.sync(large.engine, models("nick"), **LARGE)
    assert report.in_sync
    words = {"postgresql": "CONCURRENTLY", "mariadb": "LOCK=NONE"}[large.name]
    assert [words in sql for sql in report.statements] == [False, True]
    assert autosync.plan(large.engine, models("nick"), **LARGE).in_sync


@pytest.mark.databases("postgresql")
def test_a_key_is_validated_after_it_was_added(large: LiveDatabase) -> None:
    report = autosync.sync(large.engine, models("boss"), **LARGE)
    assert report.in_sync
    assert ["NOT VALID" in sql for sql in report.statements] == [True, False]
    assert "VALIDATE CONSTRAINT users_boss_fkey" in report.statements[1]
    assert [entry.object for entry in report.applied] == ["users.boss", "users(boss)"]


def test_on_a_connection_that_was_handed_in_nothing_is_gentle(large: LiveDatabase) -> None:
    """Its transaction is not ours to end."""
    with large.engine.connect() as connection, connection.begin():
        refused = autosync.plan(connection, models("nick"), **LARGE).refused
    assert [entry.code for entry in refused] == ["large-table"]


@pytest.mark.databases("postgresql")
def test_a_build_that_fails_leaves_nothing(large: LiveDatabase) -> None:
    with pytest.raises(autosync.StatementFailed, match="could not create unique index") as raised:
        autosync.sync(large.engine, models("twins"), allow={"indexes"}, **LARGE)
    assert raised.value.statement.startswith("CREATE UNIQUE INDEX CONCURRENTLY")
    with large.engine.connect() as connection:
        assert connection.execute(sa.text(INVALID)).scalar() == 0
        level = connection.get_isolation_level()
    assert level == "READ COMMITTED"


@pytest.mark.databases("postgresql")
def test_a_build_ends_with_the_deadline(large: LiveDatabase) -> None:
    """A transaction that has written to the table holds up the build, and the removal of what is
    left of it: the next run reports that.
    """
    without_index(large)
    with large.create_engine().connect() as writer, writer.begin():
        writer.execute(sa.text("UPDATE users SET name = 'x' WHERE id = 1"))
        with pytest.raises(autosync.LockNotAcquired) as raised:
            autosync.sync(large.engine, models("nick"), allow={"indexes"}, deadline=1, **LARGE)
    assert [entry.object for entry in raised.value.report.pending] == ["users.ix_users_nick"]
    [refusal] = autosync.plan(large.engine, models("nick"), **LARGE).refused
    assert refusal.code == "index-invalid"
    with large.engine.connect() as connection:
        autocommit = connection.execution_options(isolation_level="AUTOCOMMIT")
        autocommit.execute(sa.text(refusal.remedy.removesuffix(";")))
    assert autosync.plan(large.engine, models("nick"), **LARGE).in_sync


def without_index(large: LiveDatabase) -> None:
    autosync.sync(large.engine, models("nick"), max_rows_scanned=9)
    with large.engine.begin() as connection:
        connection.execute(sa.text("DROP INDEX ix_users_nick"))


@pytest.mark.databases("postgresql")
def test_two_that_build_the_same(large: LiveDatabase) -> None:
    """The one that comes second leaves the index to the first, and takes nothing away from it."""
    without_index(large)
    engines = [large.create_engine(), large.create_engine()]
    barrier = threading.Barrier(len(engines))
    reports: list[autosync.Report] = []

    def run(engine: sa.engine.Engine) -> None:
        barrier.wait(timeout=30)
        reports.append(autosync.sync(engine, models("nick"), allow={"indexes"}, **LARGE))

    threads = [threading.Thread(target=run, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(len(report.statements) for report in reports) == 1
    assert len(reports) == len(engines)
    assert autosync.plan(large.engine, models("nick"), **LARGE).in_sync
