"""Who is in the way: named when the deadline passes, with what the database tells of them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table
from sqlalchemy.engine import Connection, Engine

import autosync
from autosync.blockers import LONGEST
from autosync.dialects.sqlite.blockers import LOCKS
from tests.servers.database import LiveDatabase

DEADLINE = 0.2


def models(*more: Any) -> MetaData:
    metadata = MetaData()
    Table("cities", metadata, Column("id", Integer, primary_key=True))
    Table("users", metadata, Column("id", Integer, primary_key=True), *more)
    return metadata


def newer() -> MetaData:
    return models(Column("name", String(9)))


def options(database: LiveDatabase) -> dict[str, Any]:
    given = {"postgresql": {"application_name": "web-1"}}
    return {"connect_args": given.get(database.name, {})}


@contextmanager
def session(database: LiveDatabase, *statements: str) -> Iterator[Connection]:
    """Another session, which has sent these and keeps its transaction open."""
    with database.create_engine(**options(database), future=True).connect() as connection:
        transaction = connection.begin()
        for sql in statements:
            result = connection.execute(sa.text(sql))
            if result.returns_rows:
                result.all()
        try:
            yield connection
        finally:
            if transaction.is_active and not connection.invalidated:
                transaction.rollback()


@contextmanager
def running(database: LiveDatabase, sql: str, end: str) -> Iterator[int]:
    """The number of another session, which runs a statement until it is told to end."""
    numbers: list[int] = []
    begun = threading.Event()

    def run() -> None:
        with session(database) as connection:
            numbers.append(number(connection))
            begun.set()
            with pytest.raises(sa.exc.DBAPIError):
                connection.execute(sa.text(sql)).all()

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(20)
    with database.create_engine(isolation_level="AUTOCOMMIT").connect() as admin:
        try:
            yield numbers[0]
        finally:
            admin.execute(sa.text(end.format(numbers[0])))
            thread.join(20)


@contextmanager
def waiting(connection: Connection, sql: str, reader: Connection) -> Iterator[None]:
    """The session waits for what the reader reads, for as long as the block runs."""
    thread = threading.Thread(target=connection.execute, args=(sa.text(sql),))
    thread.start()
    try:
        yield
    finally:
        reader.rollback()
        thread.join(20)


def number(connection: Connection) -> int:
    asked = {"postgresql": "SELECT pg_backend_pid()"}
    query = asked.get(connection.dialect.name, "SELECT CONNECTION_ID()")
    found: int = connection.execute(sa.text(query)).scalar()
    return found


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def in_the_way(bind: Engine | Connection, wanted: MetaData, **settings: Any) -> Any:
    """The error of a sync that comes too late."""
    with pytest.raises(autosync.LockNotAcquired) as caught:
        autosync.sync(bind, wanted, deadline=DEADLINE, **settings)
    return caught.value


@pytest.fixture
def old(request: pytest.FixtureRequest) -> None:
    name = {"database", "postgresql", "mariadb", "mysql", "sqlite"} & set(request.fixturenames)
    database: LiveDatabase = request.getfixturevalue(name.pop())
    models().create_all(database.engine)


@pytest.fixture
def role(postgresql: LiveDatabase) -> Iterator[Engine]:
    """A role that may alter the tables, and see nothing of others' sessions."""
    with postgresql.engine.begin() as connection:
        for sql in ("DROP ROLE IF EXISTS deployer", "CREATE ROLE deployer LOGIN PASSWORD 'x'"):
            connection.execute(sa.text(sql))
        connection.execute(sa.text("ALTER TABLE users OWNER TO deployer"))
    engine = sa.create_engine(postgresql.url.set(username="deployer", password="x"))
    yield engine
    engine.dispose()
    with postgresql.engine.begin() as connection:
        connection.execute(sa.text("DROP OWNED BY deployer; DROP ROLE deployer"))


# --- PostgreSQL ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("old")
def test_an_idle_transaction(postgresql: LiveDatabase) -> None:
    """Everything about it is in the value, and in the text; nothing is applied."""
    with session(postgresql, "SELECT id FROM users") as other:
        error = in_the_way(postgresql.engine, newer())
        (found,) = error.blockers
        assert found.pid == number(other)
    assert found.user == postgresql.url.username
    assert found.application == "web-1"
    assert found.state == "idle in transaction"
    assert DEADLINE <= found.age < 10
    assert found.statement == "SELECT id FROM users"
    assert found.holds == "users (AccessShareLock)"
    assert f"in the way: {found}" in str(error)
    assert "there may be more" not in str(error)
    assert [entry.object for entry in error.report.pending] == ["users.name"]
    assert error.report.applied == ()


@pytest.mark.usefixtures("old")
def test_a_running_statement(postgresql: LiveDatabase) -> None:
    """Its text is cut off, on one line, without values, and cannot steer a terminal."""
    sql = f'SELECT id,\n pg_sleep(60) AS "\x1b[2J{"x" * 50}" /* by me */ '
    sql += f"{', 1' * 50} FROM (SELECT 1) s, users RIGHT JOIN (SELECT 1 AS one) o ON true"
    with running(postgresql, sql, "SELECT pg_cancel_backend({})") as pid:
        with postgresql.engine.connect() as connection:
            locked = sa.text("SELECT 1 FROM pg_locks WHERE pid = :pid AND mode = 'AccessShareLock'")
            until(lambda: connection.execute(locked, {"pid": pid}).first())
        (found,) = in_the_way(postgresql.engine, newer()).blockers
    assert (found.pid, found.state) == (pid, "active")
    assert found.statement.startswith(r'SELECT id, pg_sleep(***) AS "\x1b[2Jxxx')
    assert 'xxx" *** , ***, ***' in found.statement
    assert len(found.statement) <= LONGEST + len(r"\x1b")
    assert found.statement.endswith("…")


@pytest.mark.usefixtures("old")
def test_of_parents_only_the_writers(postgresql: LiveDatabase) -> None:
    """A key does not wait for those who read the table that it points at."""
    wanted = models(Column("city", ForeignKey("cities.id")))
    writing = session(postgresql, "INSERT INTO cities VALUES (1)")
    with session(postgresql, "SELECT id FROM cities"), writing as writer:
        (found,) = in_the_way(postgresql.engine, wanted).blockers
        assert found.pid == number(writer)
    assert found.holds == "cities (RowExclusiveLock)"


@pytest.mark.usefixtures("old")
def test_of_an_index_only_the_writers(postgresql: LiveDatabase) -> None:
    wanted = models()
    Index("ix_users", wanted.tables["users"].c.id)
    writing = session(postgresql, "INSERT INTO users VALUES (1)")
    with session(postgresql, "SELECT id FROM users"), writing as writer:
        found = in_the_way(postgresql.engine, wanted, allow={"indexes"}).blockers
        assert [one.pid for one in found] == [number(writer)]


@pytest.mark.usefixtures("old")
def test_an_index_that_is_built_beside_writers(postgresql: LiveDatabase) -> None:
    """It waits for them, too, and is cancelled when the deadline passes."""
    engine = postgresql.engine
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO users SELECT generate_series(1, 1000)"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE users"))
    wanted = models()
    Index("ix_users", wanted.tables["users"].c.id)
    with session(postgresql, "INSERT INTO users VALUES (-1)") as writer:
        error = in_the_way(engine, wanted, allow={"indexes"}, max_rows_scanned=10)
        assert "CONCURRENTLY" in error.report.pending[0].sql
        assert number(writer) in [one.pid for one in error.blockers]


@pytest.mark.usefixtures("old")
def test_a_partition(postgresql: LiveDatabase) -> None:
    """Who reads a partition is in the way of its table."""
    with postgresql.engine.begin() as connection:
        for sql in ("(id int) PARTITION BY LIST (id)", "_1 PARTITION OF parts FOR VALUES IN (1)"):
            connection.execute(sa.text(f"CREATE TABLE parts{sql}"))
    wanted = MetaData()
    Table("parts", wanted, Column("id", Integer), Column("name", String(9)))
    with session(postgresql, "SELECT id FROM parts_1") as other:
        (found,) = in_the_way(postgresql.engine, wanted).blockers
        assert found.pid == number(other)


BLOCKED = sa.text("SELECT cardinality(pg_blocking_pids(:pid))")


@pytest.mark.usefixtures("old")
def test_another_synchronizer_and_who_is_in_its_way(postgresql: LiveDatabase) -> None:
    """The one that holds the lock, and the one that it waits for itself."""
    lock = f"SELECT pg_advisory_xact_lock({postgresql.lock})"
    with postgresql.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE others (id int)"))
    reading = session(postgresql, "SELECT id FROM others")
    with reading as reader, session(postgresql, lock) as holder:
        pid, other = number(holder), number(reader)
        (found,) = in_the_way(postgresql.engine, newer()).blockers
        assert (found.pid, found.holds) == (pid, "the lock between synchronizers")
        with waiting(holder, "LOCK TABLE others", reader):
            with postgresql.engine.connect() as connection:
                until(lambda: connection.execute(BLOCKED, {"pid": pid}).scalar())
            found = in_the_way(postgresql.engine, newer()).blockers
            assert {one.pid: one.holds for one in found} == {
                pid: "the lock between synchronizers",
                other: "what another of these waits for",
            }


@pytest.mark.usefixtures("old")
def test_a_role_that_may_not_see_others(postgresql: LiveDatabase, role: Engine) -> None:
    """It gets what it may see, and is told that there is more."""
    with session(postgresql, "SELECT id FROM users") as other:
        error = in_the_way(role, newer())
        (found,) = error.blockers
        assert found.pid == number(other)
    assert (found.user, found.application) == (postgresql.url.username, "web-1")
    assert (found.state, found.age, found.statement) == (None, None, None)
    assert "pg_read_all_stats" in str(error)


@pytest.mark.usefixtures("old")
def test_those_who_wait_before_us(postgresql: LiveDatabase) -> None:
    """We queue behind them, and they behind somebody else."""
    reading = session(postgresql, "SELECT id FROM users")
    with reading as reader, session(postgresql) as queued:
        pid, other = number(queued), number(reader)
        with waiting(queued, "LOCK TABLE users", reader):
            with postgresql.engine.connect() as connection:
                until(lambda: connection.execute(BLOCKED, {"pid": pid}).scalar())
            found = in_the_way(postgresql.engine, newer()).blockers
            assert {one.pid: one.holds for one in found} == {
                pid: "users (AccessExclusiveLock, waiting)",
                other: "what another of these waits for",
            }


@pytest.mark.usefixtures("old")
def test_who_is_in_the_way_of_reading(postgresql: LiveDatabase) -> None:
    """A plan may come too late, too: behind an ALTER, but behind no reader."""
    wanted = models(Column("x", Integer, server_default="1"))
    wanted.create_all(postgresql.engine)
    alter = session(postgresql, "ALTER TABLE users ADD COLUMN x integer DEFAULT 1")
    with session(postgresql, "SELECT id FROM cities"), alter as altering:
        with pytest.raises(autosync.LockNotAcquired, match="could not be read") as caught:
            autosync.plan(postgresql.engine, wanted, deadline=DEADLINE)
        (found,) = caught.value.blockers
        assert found.pid == number(altering)
        assert found.holds == "users (AccessExclusiveLock)"


@pytest.mark.usefixtures("old")
def test_a_connection_that_was_handed_in(postgresql: LiveDatabase) -> None:
    """Its own locks are in nobody's way, and its transaction goes on."""
    with postgresql.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO users VALUES (1)"))
        with session(postgresql, "SELECT id FROM users") as other:
            (found,) = in_the_way(connection, newer()).blockers
            assert found.pid == number(other)
        assert autosync.sync(connection, newer()).in_sync
    with postgresql.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT id, name FROM users")).all() == [(1, None)]


@pytest.mark.usefixtures("old")
def test_a_lock_between_applying_and_verifying(postgresql: LiveDatabase) -> None:
    """What was applied is known, although it could not be read once more."""
    wanted = models(Column("x", Integer, server_default="1"))
    queued = sa.text("SELECT 1 FROM pg_locks WHERE relation = 'users'::regclass AND NOT granted")
    threads = []
    with session(postgresql) as other, postgresql.engine.connect() as looking:

        def lock(event: autosync.Event) -> None:
            if isinstance(event, autosync.StatementEnded):
                threads.append(
                    threading.Thread(target=other.execute, args=(sa.text("LOCK TABLE users"),))
                )
                threads[0].start()
                until(lambda: looking.execute(queued).first())

        error = in_the_way(postgresql.engine, wanted, on_event=lock)
        threads[0].join(20)
        assert [one.pid for one in error.blockers] == [number(other)]
    assert "could not be read" in str(error)
    assert [entry.object for entry in error.report.applied] == ["users.x"]
    assert error.report.pending == ()
    assert autosync.plan(postgresql.engine, wanted).in_sync


# --- every database -----------------------------------------------------------------------------


@pytest.mark.usefixtures("old")
def test_what_was_applied_is_not_pending(database: LiveDatabase) -> None:
    """Of two tables, one is altered; the other is in use."""
    if database.name == "sqlite":
        pytest.skip("all or nothing")
    wanted = models(Column("name", String(9)))
    wanted.tables["cities"].append_column(Column("name", String(9)))
    with session(database, "SELECT id FROM users"):
        report = in_the_way(database.engine, wanted).report
    assert [entry.object for entry in report.applied] == ["cities.name"]
    assert [entry.object for entry in report.pending] == ["users.name"]


@pytest.mark.usefixtures("old")
def test_when_asking_fails(database: LiveDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is the same, and says that nobody could be asked."""

    def fail(*_: Any) -> Any:
        raise sa.exc.OperationalError("SELECT", {}, Exception("no such view"))

    for module in ("postgresql", "mysql", "sqlite"):
        monkeypatch.setattr(f"autosync.dialects.{module}.blockers.blockers", fail)
    begin = ["BEGIN IMMEDIATE"] if database.name == "sqlite" else []
    with session(database, *begin, "INSERT INTO users VALUES (1)"):
        error = in_the_way(database.engine, newer())
    assert error.blockers == ()
    assert "could not be asked" in str(error)
    assert error.report.pending


# --- MariaDB ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("old")
def test_open_transactions_of_mariadb(mariadb: LiveDatabase) -> None:
    """With its plugin, the server tells who holds the table; without it, who may."""
    with mariadb.engine.begin() as admin:
        admin.execute(sa.text("CREATE OR REPLACE USER watcher@'%' IDENTIFIED BY 'x'"))
        admin.execute(sa.text(f"GRANT ALL ON `{mariadb.url.database}`.* TO watcher@'%'"))
    watcher = sa.create_engine(mariadb.url.set(username="watcher", password="x"))
    other = session(mariadb, "SELECT id FROM users")
    try:
        with other as holding, session(mariadb, "SELECT id FROM cities") as innocent:
            pids = {number(holding), number(innocent)}
            error = in_the_way(mariadb.engine, newer())
            assert pids <= {one.pid for one in error.blockers}
            assert {one.state for one in error.blockers if one.pid in pids} == {
                "idle in transaction"
            }
            assert "INSTALL SONAME 'metadata_lock_info'" in str(error)
            error = in_the_way(watcher, newer())
            assert error.blockers == ()
            assert "GRANT PROCESS" in str(error)
            with plugin(mariadb.engine):
                error = in_the_way(mariadb.engine, newer())
                (found,) = error.blockers
                assert (found.pid, found.holds) == (number(holding), "users (MDL_SHARED_READ)")
                assert found.user == mariadb.url.username
                assert found.state == "idle in transaction"
                assert DEADLINE <= found.age < 60
                assert "INSTALL" not in str(error)
                error = in_the_way(watcher, newer())
                (found,) = error.blockers
                assert (found.pid, found.user) == (number(holding), None)
                assert "GRANT PROCESS" in str(error)
    finally:
        watcher.dispose()
        with mariadb.engine.begin() as admin:
            admin.execute(sa.text("DROP USER watcher@'%'"))


@contextmanager
def plugin(engine: Engine) -> Iterator[None]:
    with engine.begin() as connection:
        connection.execute(sa.text("INSTALL SONAME 'metadata_lock_info'"))
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text("UNINSTALL SONAME 'metadata_lock_info'"))


@pytest.mark.usefixtures("old")
def test_open_transactions_of_mysql(mysql: LiveDatabase) -> None:
    """performance_schema tells who holds the table, to those who may read it."""
    with mysql.engine.begin() as admin:
        admin.execute(sa.text("CREATE USER watcher@'%' IDENTIFIED BY 'x'"))
        admin.execute(sa.text(f"GRANT ALL ON `{mysql.url.database}`.* TO watcher@'%'"))
    watcher = sa.create_engine(mysql.url.set(username="watcher", password="x"))
    other = session(mysql, "SELECT id FROM users")
    try:
        with other as holding, session(mysql, "SELECT id FROM cities"):
            error = in_the_way(mysql.engine, newer())
            (found,) = error.blockers
            assert (found.pid, found.holds) == (number(holding), "users (MDL_SHARED_READ)")
            assert (found.user, found.state) == (mysql.url.username, "idle in transaction")
            assert DEADLINE <= found.age < 60
            error = in_the_way(watcher, newer())
            assert error.blockers == ()
            assert "GRANT SELECT ON performance_schema.*" in str(error)
            assert "GRANT PROCESS" in str(error)
    finally:
        watcher.dispose()
        with mysql.engine.begin() as admin:
            admin.execute(sa.text("DROP USER watcher@'%'"))


@pytest.mark.usefixtures("old")
def test_a_backup_of_mysql(mysql: LiveDatabase) -> None:
    """LOCK INSTANCE FOR BACKUP keeps everybody from altering anything."""
    with session(mysql, "LOCK INSTANCE FOR BACKUP") as backup:
        (found,) = in_the_way(mysql.engine, newer()).blockers
        assert (found.pid, found.holds) == (number(backup), "LOCK INSTANCE FOR BACKUP")
        backup.execute(sa.text("UNLOCK INSTANCE"))
    assert autosync.sync(mysql.engine, newer()).in_sync


@pytest.mark.usefixtures("old")
@pytest.mark.databases("mariadb", "mysql")
def test_a_running_statement_of_mariadb(database: LiveDatabase) -> None:
    sql = "SELECT users.id, SLEEP(60) FROM users RIGHT JOIN (SELECT 1 AS one) o ON true"
    with running(database, sql, "KILL {}") as pid:
        with database.engine.connect() as connection:
            state = sa.text("SELECT state FROM information_schema.processlist WHERE id = :pid")
            until(lambda: connection.execute(state, {"pid": pid}).scalar() == "User sleep")
        found = {one.pid: one for one in in_the_way(database.engine, newer()).blockers}[pid]
    assert found.state == "User sleep"
    assert found.statement == sql.replace("60", "***").replace("1", "***")


@pytest.mark.usefixtures("old")
@pytest.mark.databases("mariadb", "mysql")
def test_another_synchronizer_of_mariadb(database: LiveDatabase) -> None:
    """The one that holds the lock, and the one that it waits for itself."""
    lock = f"SELECT GET_LOCK('{database.lock}', 0)"
    state = sa.text("SELECT state FROM information_schema.processlist WHERE id = :pid")
    with session(database, "SELECT id FROM cities") as reader, session(database, lock) as holder:
        pid, other = number(holder), number(reader)
        (found,) = in_the_way(database.engine, newer()).blockers
        assert (found.pid, found.holds) == (pid, "the lock between synchronizers")
        assert found.state.startswith("idle")
        with waiting(holder, "ALTER TABLE cities ADD COLUMN other integer", reader):
            with database.engine.connect() as connection:
                until(lambda: "metadata" in connection.execute(state, {"pid": pid}).scalar())
            found = in_the_way(database.engine, newer()).blockers
    assert found[0].pid == pid
    assert "ALTER TABLE" in found[0].statement
    assert other in {one.pid for one in found[1:]}


# --- SQLite -------------------------------------------------------------------------------------

CHILD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for sql in sys.argv[2:]:
    connection.execute(sql).fetchone()
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def process(database: LiveDatabase, *statements: str) -> Iterator[int]:
    """The number of another process, which has sent these."""
    command = [sys.executable, "-c", CHILD, str(database.url.database), *statements]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            yield child.pid
        finally:
            child.kill()


@pytest.mark.skipif(not LOCKS.exists(), reason="only Linux tells")
@pytest.mark.usefixtures("old")
@pytest.mark.parametrize(
    ("journal", "statements"),
    [
        ("delete", ["BEGIN IMMEDIATE"]),
        ("delete", ["BEGIN", "SELECT id FROM users"]),
        ("wal", ["BEGIN IMMEDIATE"]),
    ],
)
def test_processes_with_a_sqlite_file(
    sqlite: LiveDatabase, journal: str, statements: list[str]
) -> None:
    """The system knows which of them hold a lock, and SQLite knows nothing. With a WAL, readers
    are in nobody's way.
    """
    engine = sqlite.create_engine(connect_args={"timeout": 0.1})
    with engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA journal_mode = {journal}")
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO users VALUES (1), (2)")
    reading = ["BEGIN", "SELECT id FROM users"] if journal == "wal" else []
    with process(sqlite, *statements) as pid, process(sqlite, *reading):
        error = in_the_way(engine, newer())
    (found,) = error.blockers
    assert found.pid == pid
    assert found.application.startswith("python")
    assert (found.state, found.statement) == (None, None)
    assert "SQLite tells only" in str(error)


@pytest.mark.skipif(not LOCKS.exists(), reason="only Linux tells")
@pytest.mark.usefixtures("old")
def test_another_connection_of_this_process(sqlite: LiveDatabase) -> None:
    """To ask does not drop its lock."""
    engine = sqlite.create_engine(connect_args={"timeout": 0.1})
    with session(sqlite, "BEGIN IMMEDIATE", "INSERT INTO users VALUES (1)") as other:
        for _ in range(2):
            (found,) = in_the_way(engine, newer()).blockers
            assert found.pid == os.getpid()
            assert "this process itself" in found.state
        other.exec_driver_sql("COMMIT")
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT id FROM users")).all() == [(1,)]
