"""A role with unusual settings: the plan is the same, what is done is, and its settings stay."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Computed, ForeignKey, Integer, String, text
from sqlalchemy.engine import Engine

import autosync
from autosync.ddl import send
from autosync.errors import ConnectionLost, OutOfSync, StatementFailed
from tests.servers.database import LiveDatabase


class Setting(NamedTuple):
    """A setting of a role, in the versions that have it."""

    name: str
    value: str
    since: int = 12
    until: int = 10_000

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


SETTINGS = [
    Setting("statement_timeout", "1s"),
    Setting("lock_timeout", "1ms"),
    Setting("idle_in_transaction_session_timeout", "20ms"),
    Setting("transaction_timeout", "20ms", since=17),
    Setting("default_transaction_isolation", "serializable"),
    Setting("default_transaction_deferrable", "on"),
    Setting("jit_above_cost", "0"),
    *(Setting(f"enable_{way}", "off") for way in ("seqscan", "indexscan", "bitmapscan", "sort")),
    *(Setting(f"enable_{way}", "off") for way in ("hashjoin", "nestloop", "mergejoin", "hashagg")),
    Setting("join_collapse_limit", "1"),
    Setting("plan_cache_mode", "force_generic_plan"),
    Setting("force_parallel_mode", "on", until=16),
    Setting("debug_parallel_query", "regress", since=16),
    Setting("standard_conforming_strings", "off"),
    Setting("quote_all_identifiers", "on"),
    Setting("DateStyle", "German"),
    Setting("DateStyle", "SQL, DMY"),
    Setting("IntervalStyle", "iso_8601"),
    Setting("bytea_output", "escape"),
    Setting("extra_float_digits", "-5"),
    Setting("client_encoding", "LATIN1"),
    Setting("TimeZone", "Asia/Tokyo"),
    Setting("transform_null_equals", "on"),
    Setting("default_table_access_method", "heap"),
    Setting("default_tablespace", "pg_default"),
    Setting("row_security", "off"),
    Setting("session_replication_role", "replica"),
    Setting("client_min_messages", "error"),
    Setting("search_path", "public, other"),
    Setting("work_mem", "64kB"),
]


def models(*, more: bool) -> sa.MetaData:
    """Models with what is spelled by the server; and (``more``) what is to be added to them."""
    md = sa.MetaData()
    sa.Table("p", md, Column("id", Integer, primary_key=True))
    t = sa.Table(
        "t",
        md,
        Column("id", Integer, primary_key=True),
        Column("born", sa.Date, server_default="2020-01-31"),
        Column("at", sa.DateTime(timezone=True), server_default="2020-01-31 12:30:00+02"),
        Column("lasts", sa.Interval, server_default="1 day 02:00"),
        Column("raw", sa.LargeBinary, server_default="x"),
        Column("ratio", sa.Float, server_default=text("0.1234567890123")),
        Column("name", String(20), server_default="a\\b's"),
        sa.CheckConstraint("name <> 'x\\y' OR born > '2000-01-31'", name="named"),
    )
    sa.Index("lower_name", sa.func.lower(t.c.name), postgresql_where=t.c.id > 0)
    if more:
        kind = sa.Enum("a\\b", "it's", name="kind")
        t.append_column(Column("kind", kind, server_default="a\\b"))
        t.append_column(Column("boss", ForeignKey("p.id"), server_default=None))
        t.append_column(Column("path", String(20), nullable=False, default="c:\\new", index=True))
        sa.Table(
            "n",
            md,
            Column("id", Integer, primary_key=True),
            Column("day", sa.Date, server_default="2021-02-03"),
            Column("double", Integer, Computed("id * 2", persisted=True)),
            Column("word", String(9), server_default="\\"),
        )
    return md


def as_set(live: LiveDatabase, *settings: tuple[str, str]) -> Engine:
    """An engine of a role with these settings."""
    with live.engine.begin() as connection:
        for name, value in settings:
            quoted = value if name == "search_path" else f"'{value}'"
            send(
                connection,
                f'ALTER ROLE CURRENT_USER IN DATABASE "{live.url.database}" SET {name} = {quoted}',
            )
    live.engine.dispose()
    return live.create_engine()


@pytest.fixture
def live(postgresql: LiveDatabase) -> LiveDatabase:
    """A database with a row, which lacks some of the models."""
    models(more=False).create_all(postgresql.engine)
    with postgresql.engine.begin() as connection:
        send(connection, "CREATE SCHEMA other")
        send(connection, "INSERT INTO t DEFAULT VALUES")
    return postgresql


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_the_plan_is_the_same(setting: Setting, live: LiveDatabase) -> None:
    if not setting.since <= live.version < setting.until:
        with live.engine.connect() as connection:
            known = "SELECT count(*) FROM pg_settings WHERE name = '{}'"
            assert send(connection, known.format(setting.name)).scalar() == 0
        return
    expected = autosync.plan(live.engine, models(more=True))
    assert len(expected.pending) > 3
    engine = as_set(live, setting[:2])
    assert autosync.plan(engine, models(more=True)) == expected
    with pytest.raises(OutOfSync):
        autosync.check(engine, models(more=True))
    with engine.connect() as connection:
        before = send(connection, f"SHOW {setting.name}").scalar()
    report = autosync.sync(engine, models(more=True))
    assert report.statements == expected.statements
    assert autosync.wait(engine, models(more=True), timeout=5).in_sync
    with engine.connect() as connection:
        assert send(connection, f"SHOW {setting.name}").scalar() == before
        assert send(connection, "SELECT path FROM t").scalar() == "c:\\new"
        assert send(connection, "SHOW statement_timeout").scalar() in ("0", "1s")
    with engine.begin() as connection:
        send(connection, "INSERT INTO n (id) VALUES (1)")
        assert send(connection, "SELECT word FROM n").scalar() == "\\"


def test_a_connection_that_is_handed_in_keeps_its_settings(live: LiveDatabase) -> None:
    settings = {
        "statement_timeout": "1min",
        "jit": "on",
        "enable_seqscan": "off",
        "lock_timeout": "7s",
        "standard_conforming_strings": "off",
        "DateStyle": "German, DMY",
    }
    with live.engine.begin() as connection:
        for name, value in settings.items():
            send(connection, f"SET LOCAL {name} = '{value}'")
        assert autosync.sync(connection, models(more=True)).in_sync
        for name, value in settings.items():
            assert send(connection, f"SHOW {name}").scalar() == value
    assert autosync.plan(live.engine, models(more=True)).in_sync


def test_transactions_that_are_read_only_by_default(live: LiveDatabase) -> None:
    """The plan is the same; nothing is applied, and the setting is named, with what mends it."""
    expected = autosync.plan(live.engine, models(more=True))
    engine = as_set(live, ("default_transaction_read_only", "on"))
    assert autosync.plan(engine, models(more=True)) == expected
    report = autosync.sync(engine, models(more=True))
    assert report.applied == ()
    assert [one.code for one in report.refused] == ["missing-right"]
    assert "default_transaction_read_only" in report.refused[0].reason
    with live.create_engine().begin() as connection:
        send(connection, "SET TRANSACTION READ WRITE")
        for statement in report.refused[0].remedy.statements:
            send(connection, statement)
    assert autosync.sync(live.create_engine(), models(more=True)).in_sync


def test_a_statement_that_takes_too_long_outside_of_a_transaction(live: LiveDatabase) -> None:
    """Where nothing can be set for one statement, what ended it is named."""
    with live.engine.begin() as connection:
        send(
            connection,
            "CREATE FUNCTION slow(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS "
            "'BEGIN PERFORM pg_sleep(0.3); RETURN $1; END'",
        )
        send(connection, "INSERT INTO t (id) SELECT g FROM generate_series(2, 9) g")
    engine = as_set(live, ("statement_timeout", "500ms"))
    md = models(more=False)
    sa.Index("slow_name", text("slow(name)"), _table=md.tables["t"])
    with pytest.raises(StatementFailed, match="statement_timeout") as raised:
        autosync.sync(engine, md, allow={"indexes"}, max_rows_scanned=1)
    (failed,) = raised.value.report.failed
    assert "ALTER ROLE" in str(failed.remedy)


def test_a_session_that_is_ended_for_being_idle(live: LiveDatabase) -> None:
    """By the listener, who takes too long between two transactions."""
    if live.version < 14:
        return
    engine = as_set(live, ("idle_session_timeout", "50ms"))

    def dawdle(event: object) -> None:
        if isinstance(event, autosync.events.Planned):
            with live.engine.connect() as connection:
                send(connection, "SELECT pg_sleep(0.3)")

    with pytest.raises(ConnectionLost, match=r"idle-session timeout|closed"):
        autosync.sync(engine, models(more=True), on_event=dawdle)
