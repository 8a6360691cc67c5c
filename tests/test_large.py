"""Large tables: what reads all of their rows goes beside readers and writers, or not at all."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table

import autosync
from autosync.schema import UNFINISHED
from tests.servers.database import LiveDatabase
from tests.torture.observer import until

LARGE = {"max_rows_scanned": 2}
INVALID = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
COMMENT = f"ALTER TABLE users MODIFY COLUMN nick VARCHAR(20) COMMENT '{UNFINISHED}'"


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


@pytest.mark.databases("postgresql", "mariadb", "mysql")
def test_an_index_is_built_beside_writers(large: LiveDatabase) -> None:
    """No statement of the report is one that holds up writing."""
    report = autosync.sync(large.engine, models("nick"), **LARGE)
    assert report.in_sync
    words, beside = {
        "postgresql": ("CONCURRENTLY", [False, False, True, False]),
        "mariadb": ("LOCK=NONE", [False, True, True]),
        "mysql": ("LOCK=NONE", [False, True, True]),
    }[large.name]
    assert [words in sql for sql in report.statements] == beside
    assert autosync.plan(large.engine, models("nick"), **LARGE).in_sync


@pytest.mark.databases("postgresql")
def test_a_key_is_validated_after_it_was_added(large: LiveDatabase) -> None:
    report = autosync.sync(large.engine, models("boss"), **LARGE)
    assert report.in_sync
    assert ["NOT VALID" in sql for sql in report.statements] == [True, False, False, False]
    assert "VALIDATE CONSTRAINT users_boss_fkey" in report.statements[2]
    assert [entry.object for entry in report.applied] == ["users.boss", "users(boss)"]


def test_on_a_connection_that_was_handed_in_nothing_is_gentle(large: LiveDatabase) -> None:
    """Its transaction is not ours to end."""
    with large.engine.connect() as connection, connection.begin():
        refused = autosync.plan(connection, models("nick"), **LARGE).refused
    assert [entry.code for entry in refused] == ["large-table"]


@pytest.mark.databases("postgresql", "mariadb", "mysql")
def test_an_unfinished_column_is_finished(large: LiveDatabase) -> None:
    """As a run leaves it that was killed before it came to the index; whatever the size is now."""
    mark = {
        "postgresql": f"COMMENT ON COLUMN users.nick IS '{UNFINISHED}'",
        "mariadb": COMMENT,
        "mysql": COMMENT,
    }[large.name]
    without_index(large)
    with large.engine.begin() as connection:
        connection.execute(sa.text(mark))
    metadata = models("nick")
    metadata.tables["users"].c.nick.comment = "what friends say"
    plan = autosync.plan(large.engine, metadata)
    assert {(entry.object, entry.difference) for entry in plan.pending} == {
        ("users.nick", "unfinished"),
        ("users.ix_users_nick", "missing"),
    }
    assert autosync.sync(large.engine, metadata).in_sync
    again = autosync.plan(large.engine, metadata)
    assert (again.in_sync, again.notes) == (True, ())


@pytest.mark.databases("postgresql")
def test_one_that_comes_while_another_builds(large: LiveDatabase) -> None:
    """It neither waits for the other, nor takes the half-built index for a failed one."""
    reports: list[autosync.Report] = []
    first = threading.Thread(
        target=lambda: reports.append(autosync.sync(large.engine, models("nick"), **LARGE))
    )
    with large.engine.connect() as plain:
        # its snapshot is in the way of the build, and it holds no lock that is in the way of others
        reader = plain.execution_options(isolation_level="REPEATABLE READ")
        reader.execute(sa.text("SELECT 1"))
        first.start()
        until(lambda: is_building(large))
        second = autosync.sync(large.engine, models("nick"), **LARGE)
        assert [(entry.object, entry.code) for entry in second.notes] == [
            ("users.nick", "index-building"),
            ("users.ix_users_nick", "index-building"),
        ]
        assert (second.in_sync, second.statements) == (True, ())
    first.join()
    assert reports[0].in_sync
    plan = autosync.plan(large.engine, models("nick"), **LARGE)
    assert (plan.in_sync, plan.notes) == (True, ())


def is_building(database: LiveDatabase) -> bool:
    with database.engine.connect() as connection:
        query = sa.text("SELECT count(*) FROM pg_stat_progress_create_index")
        return bool(connection.execute(query).scalar())


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
        autocommit.exec_driver_sql(*refusal.remedy.statements)
    assert autosync.plan(large.engine, models("nick"), **LARGE).in_sync


def without_index(large: LiveDatabase) -> None:
    metadata = models("nick")
    autosync.sync(large.engine, metadata, max_rows_scanned=9)
    [index] = metadata.tables["users"].indexes
    index.drop(large.engine)


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
