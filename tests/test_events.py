"""on_event=: each step, in order, as it is taken."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table

import autosync
from autosync import Planned, StatementBegun, StatementEnded, Verified, Waiting
from tests.servers.database import LiveDatabase
from tests.tables import COMPRESSED, Unforeseen


def models(*more: Any) -> MetaData:
    metadata = MetaData()
    Table("users", metadata, Column("id", Integer, primary_key=True), *more, **COMPRESSED)
    return metadata


def newer() -> MetaData:
    metadata = models(Column("name", String(9)))
    Table("cities", metadata, Column("id", Integer, primary_key=True))
    return metadata


def test_every_step_in_its_order(database: LiveDatabase) -> None:
    """The plan, each statement's begin and end, and what remains."""
    models().create_all(database.engine)
    events: list[autosync.Event] = []
    expected = autosync.plan(database.engine, newer())
    report = autosync.sync(database.engine, newer(), on_event=events.append)
    first, *between, last = events
    assert first == Planned(expected)
    assert isinstance(last, Verified)
    assert last.plan.in_sync
    assert len(between) == 2 * len(report.statements) == 4
    for sql, begun, ended in zip(report.statements, between[::2], between[1::2], strict=True):
        assert begun == StatementBegun(sql)
        assert isinstance(ended, StatementEnded)
        assert (ended.sql, ended.error) == (sql, None)
        assert 0 < ended.seconds < 5
    with pytest.raises(AttributeError):
        ended.sql = ""  # type: ignore[misc]


def test_nothing_to_do(database: LiveDatabase) -> None:
    events: list[autosync.Event] = []
    newer().create_all(database.engine)
    autosync.sync(database.engine, newer(), on_event=events.append)
    assert [type(event) for event in events] == [Planned]


def test_how_long_a_statement_took(postgresql: LiveDatabase) -> None:
    """A trigger that is slow shows in the duration, and nowhere else."""
    models().create_all(postgresql.engine)
    with postgresql.engine.begin() as connection:
        connection.execute(
            sa.text(
                "CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS "
                "$$ BEGIN PERFORM pg_sleep(0.3); END $$"
            )
        )
        connection.execute(
            sa.text(
                "CREATE EVENT TRIGGER slow ON ddl_command_end WHEN TAG IN ('CREATE TABLE') "
                "EXECUTE FUNCTION slow()"
            )
        )
    events: list[Any] = []
    autosync.sync(postgresql.engine, newer(), on_event=events.append)
    ended = {e.sql.split()[0]: e.seconds for e in events if isinstance(e, StatementEnded)}
    assert 0.3 <= ended["CREATE"] < 2
    assert ended["ALTER"] < 0.3


def test_a_statement_that_fails(database: LiveDatabase) -> None:
    """It has an end as well, with what the database said."""
    models().create_all(database.engine)
    wanted = models(Column("x", Integer), sa.CheckConstraint(Unforeseen("x"), name="ck"))
    events: list[Any] = []
    with pytest.raises(autosync.StatementFailed) as caught:
        autosync.sync(database.engine, wanted, on_event=events.append)
    begun, ended, verified = events[-3:]
    assert isinstance(begun, StatementBegun)
    assert isinstance(ended, StatementEnded)
    assert isinstance(verified, Verified)
    assert "no_such" in str(ended.error)
    assert str(ended.error) in str(caught.value)


def hold(database: LiveDatabase, connection: Any) -> None:
    """A transaction that is in the way of altering users."""
    if database.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    connection.execute(models().tables["users"].insert().values(id=1))


def test_on_whom_it_waits(database: LiveDatabase) -> None:
    """The listener hears of the one in the way, who then goes; asked now and then only."""
    models().create_all(database.engine)
    engine = database.create_engine(
        connect_args={"timeout": 0.1} if database.name == "sqlite" else {}
    )
    with database.create_engine().connect() as other:
        transaction = other.begin()
        hold(database, other)
        events: list[Any] = []

        def listen(event: autosync.Event) -> None:
            events.append(event)
            waits = [one for one in events if isinstance(one, Waiting)]
            if len(waits) == 2 and transaction.is_active:
                if database.name == "sqlite":
                    other.exec_driver_sql("COMMIT")
                transaction.commit()

        report = autosync.sync(engine, models(Column("name", String(9))), on_event=listen)
    assert report.in_sync
    waits = [event for event in events if isinstance(event, Waiting)]
    begun = [event for event in events if isinstance(event, StatementBegun)]
    failed = [e for e in events if isinstance(e, StatementEnded) and e.error]
    assert len(waits) == 2
    assert all(event.blockers for event in waits), waits
    if database.name != "sqlite":
        assert [event.wanted for event in waits] == ["users", "users"]
        assert len(failed) == len(begun) - 1 > len(waits)
    assert isinstance(events[-1], Verified)


def test_a_listener_that_raises_before_a_statement(database: LiveDatabase) -> None:
    """Its own error reaches the caller, nothing is locked, and the next run does the rest."""
    models().create_all(database.engine)

    class Stop(Exception):
        pass

    def stop(event: autosync.Event) -> None:
        if isinstance(event, StatementBegun) and "ALTER" in event.sql:
            raise Stop

    with pytest.raises(Stop) as caught:
        autosync.sync(database.engine, newer(), on_event=stop)
    assert caught.value.__cause__ is None
    left = autosync.plan(database.engine, newer()).pending
    created = [] if database.name == "sqlite" else ["cities"]
    assert set(sa.inspect(database.engine).get_table_names()) == {*created, "users"}
    assert "users.name" in [entry.object for entry in left]
    assert autosync.sync(database.create_engine(), newer(), deadline=1).in_sync


def test_a_listener_that_raises_after_a_statement(database: LiveDatabase) -> None:
    """What the unit had done is rolled back, where the database can."""
    models().create_all(database.engine)

    def stop(event: autosync.Event) -> None:
        if isinstance(event, StatementEnded):
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        autosync.sync(database.engine, newer(), on_event=stop)
    kept = ["cities"] if database.name == "mariadb" else []
    assert set(sa.inspect(database.engine).get_table_names()) == {*kept, "users"}
    assert autosync.sync(database.create_engine(), newer(), deadline=1).in_sync


def test_a_listener_whose_database_is_busy(database: LiveDatabase) -> None:
    """An error of its own database is not mistaken for one of ours, and tried again."""
    models().create_all(database.engine)
    calls: list[autosync.Event] = []
    original = Exception("database is locked")
    original.sqlstate = "55P03"  # type: ignore[attr-defined]
    original.args = (1205, "database is locked")

    def fail(event: autosync.Event) -> None:
        calls.append(event)
        if isinstance(event, StatementBegun):
            raise sa.exc.OperationalError("INSERT", {}, original)

    with pytest.raises(sa.exc.OperationalError, match="locked"):
        autosync.sync(database.engine, newer(), on_event=fail, deadline=2)
    assert [type(event) for event in calls] == [Planned, StatementBegun]


def test_what_is_logged(database: LiveDatabase, caplog: pytest.LogCaptureFixture) -> None:
    """At INFO what was applied, at WARNING what was refused."""
    models(Column("old", String(9))).create_all(database.engine)
    wanted = models(Column("old", Integer), Column("name", String(9)))
    with caplog.at_level(logging.INFO, "autosync"):
        report = autosync.sync(database.engine, wanted)
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert ("INFO", f"applied: {report.statements[0]}") in said
    assert [text for level, text in said if level == "WARNING" and "users.old" in text]
