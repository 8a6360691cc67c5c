"""What an earlier run, or somebody else, has left unfinished is recognised, with what to do."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table
from sqlalchemy.exc import DBAPIError

import autosync
from tests.servers.database import LiveDatabase
from tests.torture.models import large_with_key, old
from tests.torture.observer import observe, until
from tests.torture.processes import Child

SMALL = {"max_rows_scanned": 1}


def models() -> MetaData:
    """Two tables with a unique index and a key."""
    metadata = MetaData()
    Table("cities", metadata, Column("id", Integer, primary_key=True))
    Table(
        "users",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("mail", String(20)),
        Column("city", ForeignKey("cities.id", name="fk_city")),
        sa.Index("ix_mail", "mail", unique=True),
    )
    return metadata


def run(database: LiveDatabase, *statements: str) -> None:
    """Each in a transaction of its own."""
    with database.engine.connect() as connection:
        autocommit = connection.execution_options(isolation_level="AUTOCOMMIT")
        for sql in statements:
            autocommit.execute(sa.text(sql))


def repair(database: LiveDatabase, plan: autosync.Plan) -> None:
    """Do what the refusals say."""
    run(database, *(one for refusal in plan.refused for one in refusal.remedy.statements))


def test_an_invalid_index(postgresql: LiveDatabase) -> None:
    """A CREATE UNIQUE INDEX CONCURRENTLY that found duplicates."""
    models().create_all(postgresql.engine)
    run(postgresql, "DROP INDEX ix_mail", "INSERT INTO users (mail) VALUES ('x'), ('x')")
    with pytest.raises(DBAPIError, match="could not create unique index"):
        run(postgresql, "CREATE UNIQUE INDEX CONCURRENTLY ix_mail ON users (mail)")
    plan = autosync.plan(postgresql.engine, models())
    assert [(entry.object, entry.code) for entry in plan.refused] == [
        ("users.ix_mail", "index-invalid")
    ]
    assert autosync.sync(postgresql.engine, models(), allow=["indexes"]).statements == ()
    run(postgresql, "DELETE FROM users")
    repair(postgresql, plan)
    assert autosync.plan(postgresql.engine, models()).in_sync


def test_a_key_that_is_not_valid(postgresql: LiveDatabase) -> None:
    """A foreign key that nobody has validated."""
    models().create_all(postgresql.engine)
    run(
        postgresql,
        "ALTER TABLE users DROP CONSTRAINT fk_city",
        "ALTER TABLE users ADD CONSTRAINT fk_city FOREIGN KEY (city) REFERENCES cities NOT VALID",
    )
    plan = autosync.plan(postgresql.engine, models())
    assert [(entry.object, entry.difference) for entry in plan.refused] == [
        ("users.fk_city", "valid")
    ]
    assert autosync.sync(postgresql.engine, models()).statements == ()
    repair(postgresql, plan)
    assert autosync.plan(postgresql.engine, models()).in_sync


def grown(database: LiveDatabase) -> None:
    """The old models' tables, with rows."""
    old().create_all(database.engine)
    run(
        database,
        "INSERT INTO cities (name) VALUES ('rome')",
        "INSERT INTO users (name) VALUES ('ada'), ('bob'), ('eve')",
    )
    database.dispose()


def test_a_death_between_adding_and_validating_a_key(postgresql: LiveDatabase) -> None:
    grown(postgresql)
    with Child(postgresql.url, large_with_key, **SMALL) as child:
        assert child.stop(lambda point: "VALIDATE" in point.sql)
        child.kill()
    until(observe(postgresql).is_alone)
    report = autosync.sync(postgresql.engine, large_with_key(), **SMALL)
    assert "valid" in {entry.difference for entry in report.applied}
    assert autosync.plan(postgresql.engine, large_with_key(), **SMALL).in_sync


@pytest.mark.parametrize("who", ["client", "server"])
def test_a_death_while_an_index_is_built(postgresql: LiveDatabase, who: str) -> None:
    """The server finishes what a dead client has begun; if it does not, the next run does."""
    grown(postgresql)
    observer = observe(postgresql)
    with Child(postgresql.url, large_with_key, **SMALL) as child:
        point = child.stop(lambda point: point.sql.startswith("CREATE INDEX CONCURRENTLY"))
        assert point is not None
        with postgresql.create_engine().begin() as writer:
            writer.execute(sa.text("UPDATE users SET name = 'x' WHERE id = 1"))
            child.go(first="SELECT 1")
            until(observer.someone_waits)
            child.kill()
            if who == "server":
                # the transaction that is waited for waits for nobody
                observer.rows(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE wait_event_type = 'Lock' AND datname = current_database()"
                )
                until(lambda: not observer.someone_waits())
    until(observer.is_alone)
    invalid = [row for row in observer.leftovers() if "invalid index" in row]
    assert len(invalid) == (who == "server")
    report = autosync.sync(postgresql.engine, large_with_key(), **SMALL)
    assert report.in_sync, str(report)
    assert any("REINDEX" in sql for sql in report.statements) == (who == "server")
    assert autosync.plan(postgresql.engine, large_with_key(), **SMALL).in_sync
    until(observer.is_alone)
    assert observer.leftovers() == []
