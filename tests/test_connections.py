"""Connections that break, that are stale, and that others use afterwards."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

import autosync
from autosync.ddl import send
from tests.servers import Missing, go_without
from tests.servers.database import SQLALCHEMY, LiveDatabase
from tests.servers.pgbouncer import pgbouncer
from tests.tables import NEVER, Unforeseen
from tests.torture import models as torture

SERVERS = pytest.mark.databases("postgresql", "mariadb")
ALTERING = {
    "postgresql": "SELECT pid FROM pg_stat_activity WHERE query LIKE 'ALTER TABLE users%%' "
    "AND datname = current_database() AND pid <> pg_backend_pid()",
    "mariadb": "SELECT id FROM information_schema.processlist "
    "WHERE info LIKE 'ALTER TABLE users%%' AND db = DATABASE()",
}
OTHERS = {
    "postgresql": "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid()",
    "mariadb": "SELECT id FROM information_schema.processlist WHERE db = DATABASE() "
    "AND id <> CONNECTION_ID()",
}
PID = {"postgresql": "SELECT pg_backend_pid()", "mariadb": "SELECT CONNECTION_ID()"}
CUT = {"postgresql": "SELECT pg_terminate_backend({})", "mariadb": "KILL {}"}
SESSION = {
    "postgresql": "SELECT name, setting FROM pg_settings ORDER BY name",
    "mariadb": "SHOW SESSION VARIABLES WHERE Variable_name NOT IN ('timestamp', 'rand_seed1', "
    "'rand_seed2', 'last_gtid', 'pseudo_thread_id', 'gtid_binlog_pos', 'gtid_current_pos', "
    "'last_insert_id', 'identity', 'insert_id', 'warning_count', 'error_count')",
}
LEFT = {
    "postgresql": "SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) "
    "+ (SELECT count(*) FROM pg_class WHERE relpersistence = 't')",
    "mariadb": "SELECT IS_USED_LOCK('{lock}') IS NOT NULL",
}


def models(*names: str, table: str = "users") -> MetaData:
    metadata = MetaData()
    columns = [Column(name, String(20), unique=True) for name in names]
    Table(table, metadata, Column("id", Integer, primary_key=True), *columns)
    return metadata


def until(condition: Callable[[], Any], limit: float = 30.0) -> Any:
    """Wait for something to become true."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.005)
    raise TimeoutError("it has not come true")


def ask(engine: Engine, sql: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.exec_driver_sql(sql).all())


@pytest.fixture
def old(database: LiveDatabase) -> LiveDatabase:
    """A database of the older models, with a row."""
    models().create_all(database.engine)
    with database.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO users (id) VALUES (1)"))
    return database


@SERVERS
def test_a_connection_that_is_cut_in_a_statement(old: LiveDatabase) -> None:
    """The error tells what is pending; the next run completes what was left."""
    admin, engine = old.create_engine(), old.create_engine()
    errors: list[BaseException] = []

    def run() -> None:
        try:
            autosync.sync(engine, models("mail"))
        except Exception as error:  # noqa: BLE001 - the test shows what it was
            errors.append(error)

    with admin.connect() as application, application.begin():
        application.execute(sa.text("UPDATE users SET id = 2"))
        thread = threading.Thread(target=run)
        thread.start()
        try:
            while not errors:
                for (pid,) in ask(old.engine, ALTERING[old.name]):
                    ask_quietly(old.engine, CUT[old.name].format(pid))
        finally:
            thread.join()
    [error] = errors
    assert isinstance(error, autosync.ConnectionLost)
    assert isinstance(error.__cause__, DBAPIError)
    assert [entry.object for entry in error.report.pending] == ["users.mail", "users(mail)"]
    assert error.report.applied == ()
    assert_nothing_is_left(old)
    assert autosync.sync(engine, models("mail")).in_sync


@SERVERS
@pytest.mark.skipif(SQLALCHEMY >= (2, 0), reason="only 1.4 rolls back by itself after an error")
def test_a_connection_that_is_lost_behind_another_error(old: LiveDatabase) -> None:
    """SQLAlchemy raises that of its rollback then, and does not say that the connection is lost."""
    killer = old.create_engine()
    with old.engine.connect() as connection:
        [[pid]] = connection.exec_driver_sql(PID[old.name]).all()
        sa.event.listen(
            old.engine, "rollback", lambda _: ask_quietly(killer, CUT[old.name].format(pid))
        )
        with pytest.raises(DBAPIError) as caught:
            send(connection, "SELECT nothing FROM nowhere")
    assert caught.value.connection_invalidated


@SERVERS
def test_a_connection_that_is_cut_while_it_reads(database: LiveDatabase) -> None:
    """At any statement: none is swallowed, to go on with a connection that has no lock."""
    old, new = torture.old(), torture.new()
    for version in (old, new):
        # the server spells it in other words, and has to be asked
        check = sa.CheckConstraint("coalesce(name, 'y') != 'x'", name="ck_name")
        version.tables["users"].append_constraint(check)
    old.create_all(database.engine)
    database.dispose()
    cutter, engine = database.create_engine(), database.create_engine(future=True)
    for number in itertools.count():
        events: list[autosync.Event] = []
        cut = cut_at(engine, lambda n, _, last=number: n == last, cutter, database)
        with cut, pytest.raises((DBAPIError, autosync.ConnectionLost)) as caught:
            autosync.sync(engine, new, on_event=events.append)
        if events:
            break
        assert caught.value.connection_invalidated
    assert isinstance(caught.value, autosync.ConnectionLost)
    assert number > 20
    assert autosync.sync(engine, new, allow=torture.ALLOW).in_sync


@SERVERS
def test_a_connection_that_is_cut_while_it_asks_who_is_in_the_way(old: LiveDatabase) -> None:
    old.dispose()
    cutter, engine = old.create_engine(), old.create_engine(future=True)
    asking = {"postgresql": "pg_blocking_pids", "mariadb": "processlist"}[old.name]
    with old.create_engine().connect() as application:
        application.begin()
        application.execute(sa.text("UPDATE users SET id = 2"))
        cut = cut_at(engine, lambda _, sql: asking in sql, cutter, old)
        with cut, pytest.raises(autosync.ConnectionLost):
            autosync.sync(engine, models("mail"), on_event=lambda _: None)
        application.invalidate()
    assert_nothing_is_left(old)
    assert autosync.sync(engine, models("mail")).in_sync


@contextmanager
def cut_at(
    engine: Engine, is_wanted: Callable[[int, str], bool], cutter: Engine, live: LiveDatabase
) -> Iterator[None]:
    """A block in which every connection is cut once: before such a statement, by its number."""
    numbers = itertools.count()
    cut: list[str] = []

    def before(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if is_wanted(next(numbers), sql) and not cut:
            cut.append(sql)
            for (pid,) in ask(cutter, OTHERS[live.name]):
                ask_quietly(cutter, CUT[live.name].format(pid))
            until(lambda: not ask(cutter, OTHERS[live.name]))

    sa.event.listen(engine, "before_cursor_execute", before)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", before)
    assert cut


def ask_quietly(engine: Engine, sql: str) -> None:
    """Send a statement whose subject may have gone in the meantime."""
    with engine.connect() as connection:
        try:
            connection.exec_driver_sql(sql)
        except DBAPIError as error:
            assert "nknown thread" in str(error)  # noqa: PT017 - any other is a failure


def assert_nothing_is_left(live: LiveDatabase) -> None:
    left = LEFT[live.name].format(lock=live.lock)
    assert until(lambda: [tuple(row) for row in ask(live.engine, left)] == [(0,)])


@SERVERS
@pytest.mark.parametrize("pre_ping", [False, True])
def test_a_stale_connection_of_the_pool(old: LiveDatabase, *, pre_ping: bool) -> None:
    """As everywhere in SQLAlchemy: with pool_pre_ping it is replaced, without it is an error."""
    engine = old.create_engine(pool_size=1, max_overflow=0, pool_pre_ping=pre_ping)
    autosync.plan(engine, models())
    for (pid,) in ask(old.engine, OTHERS[old.name]):
        ask_quietly(old.engine, CUT[old.name].format(pid))
    if pre_ping:
        assert autosync.sync(engine, models("mail")).in_sync
        return
    with pytest.raises(DBAPIError) as raised:
        autosync.sync(engine, models("mail"))
    assert raised.value.connection_invalidated
    assert autosync.sync(engine, models("mail")).in_sync


@SERVERS
@pytest.mark.parametrize("what", ["plan", "sync", "a failure", "the deadline"])
def test_a_session_is_left_as_it_was(old: LiveDatabase, what: str) -> None:
    """Every variable of the session, for whoever takes the connection from the pool next."""
    engine = old.create_engine(pool_size=1, max_overflow=0)
    before = [tuple(row) for row in ask(engine, SESSION[old.name])]
    if what == "plan":
        autosync.plan(engine, models("mail"))
    elif what == "sync":
        autosync.sync(engine, models("mail"))
    elif what == "a failure":
        fail(engine)
    else:
        pass_the_deadline(engine, old)
    assert [tuple(row) for row in ask(engine, SESSION[old.name])] == before
    assert_nothing_is_left(old)


def fail(engine: Engine) -> None:
    """A table is to be made with a check that the server cannot make."""
    broken = models("mail")
    check = sa.CheckConstraint(Unforeseen("id", new=True), name="never")
    Table("other", broken, Column("id", Integer, primary_key=True), check, **NEVER)
    with pytest.raises(autosync.StatementFailed):
        autosync.sync(engine, broken)


def pass_the_deadline(engine: Engine, live: LiveDatabase) -> None:
    with live.create_engine().connect() as application, application.begin():
        application.execute(sa.text("UPDATE users SET id = 2"))
        with pytest.raises(autosync.LockNotAcquired):
            autosync.sync(engine, models("mail"), deadline=0.5)


# --- through PgBouncer --------------------------------------------------------------------------


@pytest.fixture
def bounced(postgresql: LiveDatabase) -> Iterator[LiveDatabase]:
    """A database of the older models, through PgBouncer in transaction mode."""
    models().create_all(postgresql.engine)
    try:
        with pgbouncer(postgresql.url) as url:
            live = LiveDatabase("postgresql", url)
            yield live
            live.dispose()
    except Missing as error:
        go_without(error)


def through(bounced: LiveDatabase, **options: Any) -> Engine:
    """An engine as it has to be behind PgBouncer: psycopg 3 must not prepare statements."""
    if SQLALCHEMY >= (2, 0):
        options["connect_args"] = {"prepare_threshold": None}
    return bounced.create_engine(poolclass=sa.pool.NullPool, **options)


def test_many_through_pgbouncer(bounced: LiveDatabase, postgresql: LiveDatabase) -> None:
    """All succeed, every statement runs once, and the servers' sessions stay as they were."""
    before = [tuple(row) for row in ask(through(bounced), SESSION["postgresql"])]
    reports: list[autosync.Report] = []
    barrier = threading.Barrier(8)

    def run() -> None:
        engine = through(bounced)
        barrier.wait(timeout=30)
        reports.append(autosync.sync(engine, models("mail", "phone")))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [report.in_sync for report in reports] == [True] * 8
    assert sum(len(report.statements) for report in reports) == 1
    for _ in range(8):
        assert [tuple(row) for row in ask(through(bounced), SESSION["postgresql"])] == before
    assert_nothing_is_left(postgresql)


def test_a_large_table_through_pgbouncer(bounced: LiveDatabase, postgresql: LiveDatabase) -> None:
    """A concurrent build needs no setting of the session."""
    with postgresql.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO users (id) VALUES (1), (2)"))
    report = autosync.sync(through(bounced), models("mail"), max_rows_scanned=1)
    assert report.in_sync
    assert ["CONCURRENTLY" in sql for sql in report.statements] == [False, False, True, False]


def test_the_deadline_through_pgbouncer(bounced: LiveDatabase, postgresql: LiveDatabase) -> None:
    with postgresql.engine.begin() as application:
        application.execute(sa.text("LOCK TABLE users IN ROW EXCLUSIVE MODE"))
        with pytest.raises(autosync.LockNotAcquired):
            autosync.sync(through(bounced), models("mail"), deadline=0.5)
    assert autosync.sync(through(bounced), models("mail")).in_sync
