"""wait(): for replicas that start beside the one that synchronizes."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy.engine import Engine

import autosync
from tests.servers.database import LiveDatabase

LONG = 30.0
SHORT = 0.3
SERVERS = pytest.mark.databases("postgresql", "mariadb", "mysql")


def models(*more: Any) -> MetaData:
    metadata = MetaData()
    Table("users", metadata, Column("id", Integer, primary_key=True), *more)
    return metadata


def newer() -> MetaData:
    return models(Column("name", String(9)))


@contextmanager
def meanwhile(wait: Callable[[], autosync.Plan]) -> Iterator[list[autosync.Plan]]:
    """Wait in a thread, which has looked at the database before the block and is through after."""
    plans: list[autosync.Plan] = []
    looked = threading.Event()
    handler = logging.Handler()
    handler.emit = lambda record: looked.set()  # type: ignore[method-assign]
    log = logging.getLogger("autosync")
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    thread = threading.Thread(target=lambda: plans.append(wait()))
    thread.start()
    try:
        assert looked.wait(20)
        assert plans == []
        yield plans
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        thread.join(LONG)


def test_it_returns_when_another_has_synchronized(database: LiveDatabase) -> None:
    models().create_all(database.engine)
    replica = database.create_engine()
    with meanwhile(lambda: autosync.wait(replica, newer(), timeout=LONG)) as plans:
        autosync.sync(database.engine, newer())
    (plan,) = plans
    assert plan.in_sync


@pytest.mark.parametrize("ahead", ["extra", "differing"])
def test_a_database_that_is_ahead_suffices(database: LiveDatabase, ahead: str) -> None:
    """At once, and so does one that only differs; neither is in sync for check()."""
    more = [Column("name", String(20), server_default="x"), Column("later", Integer)]
    live = models(*(more if ahead == "extra" else more[:1]))
    live.create_all(database.engine)
    default = "x" if ahead == "extra" else "y"
    wanted = models(Column("name", String(20), server_default=default, comment="x"))
    started = time.monotonic()
    plan = autosync.wait(database.engine, wanted, timeout=LONG)
    assert time.monotonic() - started < LONG / 3
    assert not plan.pending
    assert all(entry.severity == "differs" for entry in plan.refused)
    assert plan.refused if ahead == "differing" else plan.notes


def test_types_that_behave_alike_suffice(sqlite: LiveDatabase) -> None:
    """What another program has created, in the words that it prefers."""
    columns = "a DOUBLE, b TIMESTAMP, c VARCHAR(5), d BIGINT, e BOOLEAN DEFAULT false"
    with sqlite.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE users (id INTEGER PRIMARY KEY, {columns})")
    types = {"a": sa.Float, "b": sa.DateTime, "c": String, "d": Integer}
    flag = Column("e", sa.Boolean, server_default="0")
    wanted = models(*(Column(name, type_) for name, type_ in types.items()), flag)
    plan = autosync.wait(sqlite.engine, wanted, timeout=SHORT)
    assert {entry.object: entry.code for entry in plan.notes} == {
        f"users.{name}": "type-alike" for name in types
    }
    assert plan.in_sync


def test_a_key_that_is_told_in_many_words_suffices(database: LiveDatabase) -> None:
    """Right after create_all()."""
    wanted = MetaData()
    key = [Column(name, Integer, primary_key=True, nullable=True) for name in "ab"]
    Table("users", wanted, *key, sa.UniqueConstraint("a", "b"))
    wanted.create_all(database.engine)
    assert autosync.wait(database.engine, wanted, timeout=SHORT).in_sync


def test_what_is_pending_is_waited_for_in_vain(database: LiveDatabase) -> None:
    """The error says what is lacking, and nothing was written."""
    models().create_all(database.engine)
    sent: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *a: sent.append(a[2]))
    started = time.monotonic()
    with pytest.raises(autosync.WaitTimedOut, match=r"it lacks column users\.name") as caught:
        autosync.wait(database.engine, newer(), timeout=SHORT)
    assert SHORT <= time.monotonic() - started < SHORT + 3
    assert isinstance(caught.value, autosync.OutOfSync)
    assert [entry.object for entry in caught.value.plan.pending] == ["users.name"]
    assert [column["name"] for column in sa.inspect(database.engine).get_columns("users")] == ["id"]
    own = ("CREATE TEMPORARY TABLE autosync_", "ALTER TABLE autosync_")
    written = [sql for sql in sent if sql.startswith(("CREATE", "ALTER"))]
    assert not [sql for sql in written if not sql.startswith(own)]


def test_what_breaks_the_models_is_waited_for_in_vain(database: LiveDatabase) -> None:
    models(Column("name", String(9))).create_all(database.engine)
    with database.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO users (id) VALUES (1)"))
    wanted = models(Column("name", String(9)), Column("born", Integer, nullable=False))
    with pytest.raises(autosync.WaitTimedOut, match=r"it lacks column users\.born") as caught:
        autosync.wait(database.engine, wanted, timeout=SHORT)
    assert [entry.code for entry in caught.value.plan.refused] == ["not-null-without-default"]


def test_only_on_request(database: LiveDatabase) -> None:
    """An index that is missing only differs, unless it is to be added."""
    models().create_all(database.engine)
    wanted = models()
    sa.Index("ix_users", wanted.tables["users"].c.id)
    assert autosync.wait(database.engine, wanted, timeout=SHORT).refused
    with pytest.raises(autosync.WaitTimedOut, match="ix_users"):
        autosync.wait(database.engine, wanted, timeout=SHORT, allow={"indexes"})


def test_a_role_that_may_only_read(postgresql: LiveDatabase) -> None:
    models().create_all(postgresql.engine)
    with postgresql.engine.begin() as connection:
        for sql in ("DROP ROLE IF EXISTS replica", "CREATE ROLE replica LOGIN PASSWORD 'x'"):
            connection.execute(sa.text(sql))
        name = f'DATABASE "{postgresql.url.database}"'
        connection.execute(sa.text(f"REVOKE ALL ON {name} FROM public"))
        connection.execute(sa.text(f"GRANT CONNECT ON {name} TO replica"))
    replica = sa.create_engine(postgresql.url.set(username="replica", password="x"))
    try:
        with meanwhile(lambda: autosync.wait(replica, newer(), timeout=LONG)) as plans:
            autosync.sync(postgresql.engine, newer())
    finally:
        replica.dispose()
        with postgresql.engine.begin() as connection:
            connection.execute(sa.text("DROP OWNED BY replica; DROP ROLE replica"))
    assert plans[0].in_sync


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


@contextmanager
def forwarding(port: int, engine: Engine) -> Iterator[None]:
    """A server at this port: what comes there goes to the engine's."""
    target = str(engine.url.host), int(engine.url.port or 0)
    with ExitStack() as stack, socket.create_server(("127.0.0.1", port)) as server:
        threads: list[threading.Thread] = []

        def start(run: Callable[..., None], *arguments: Any) -> None:
            threads.append(threading.Thread(target=run, args=arguments))
            threads[-1].start()

        def copy(source: socket.socket, sink: socket.socket) -> None:
            with suppress(OSError):
                while data := source.recv(65536):
                    sink.sendall(data)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client = stack.enter_context(server.accept()[0])
                    behind = stack.enter_context(socket.create_connection(target))
                    for one in (client, behind):
                        stack.callback(one.shutdown, socket.SHUT_RDWR)
                    start(copy, client, behind)
                    start(copy, behind, client)

        start(serve)
        try:
            yield
        finally:
            server.shutdown(socket.SHUT_RDWR)
            threads[0].join(10)
            with suppress(OSError):
                stack.close()
            for thread in threads:
                thread.join(10)


@SERVERS
def test_a_server_that_is_not_there_yet(database: LiveDatabase) -> None:
    """It is waited for; when the time is over, the error says why nothing could be read."""
    newer().create_all(database.engine)
    port = closed_port()
    engine = sa.create_engine(database.url.set(host="127.0.0.1", port=port))
    try:
        with pytest.raises(autosync.WaitTimedOut, match="refused") as caught:
            autosync.wait(engine, newer(), timeout=SHORT)
        assert isinstance(caught.value.__cause__, sa.exc.DBAPIError)
        assert [entry.difference for entry in caught.value.plan.undecided] == ["unread"]
        assert not caught.value.plan.in_sync
        with ExitStack() as stack:
            with meanwhile(lambda: autosync.wait(engine, newer(), timeout=LONG)) as plans:
                stack.enter_context(forwarding(port, database.engine))
            assert plans[0].in_sync
            engine.dispose()
    finally:
        engine.dispose()


@SERVERS
def test_a_server_that_goes_away_in_between(database: LiveDatabase) -> None:
    """The connection is ended by the server while we wait: the next look takes another one."""
    models().create_all(database.engine)
    replica = database.create_engine()
    numbers: list[int] = []
    asked, end = "SELECT CONNECTION_ID()", "KILL {}"
    if database.name == "postgresql":
        asked, end = "SELECT pg_backend_pid()", "SELECT pg_terminate_backend({})"

    @sa.event.listens_for(replica, "connect")
    def note(driver: Any, _: Any) -> None:
        with driver.cursor() as cursor:
            cursor.execute(asked)
            numbers.append(cursor.fetchone()[0])
        driver.rollback()

    with meanwhile(lambda: autosync.wait(replica, newer(), timeout=LONG)) as plans:
        admin = database.create_engine(isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(sa.text(end.format(numbers[0])))
        autosync.sync(database.engine, newer())
    assert plans[0].in_sync
    assert len(numbers) == 2


@SERVERS
def test_a_server_that_does_not_let_us_in(database: LiveDatabase) -> None:
    """A wrong password does not become a right one."""
    engine = sa.create_engine(database.url.set(password="wrong"))
    started = time.monotonic()
    with pytest.raises(sa.exc.DBAPIError):
        autosync.wait(engine, newer(), timeout=LONG)
    assert time.monotonic() - started < LONG / 3


def test_a_table_that_is_locked_for_all_the_time(postgresql: LiveDatabase) -> None:
    """The catalog could not be read: the error says who is in the way."""
    wanted = models(Column("x", Integer, server_default="1"))
    wanted.create_all(postgresql.engine)
    with postgresql.create_engine().begin() as other:
        other.execute(sa.text("ALTER TABLE users ALTER x SET DEFAULT 2"))
        pid = other.execute(sa.text("SELECT pg_backend_pid()")).scalar()
        with pytest.raises(autosync.WaitTimedOut, match=f"pid {pid}") as caught:
            autosync.wait(postgresql.engine, wanted, timeout=SHORT)
    assert isinstance(caught.value.__cause__, autosync.LockNotAcquired)


def test_a_connection(database: LiveDatabase) -> None:
    """One that is handed in is as it was; in a transaction it would be in the way."""
    models().create_all(database.engine)
    threads = {"check_same_thread": False} if database.name == "sqlite" else {}
    engine = database.create_engine(future=True, connect_args=threads)
    with engine.connect() as connection:
        with meanwhile(lambda: autosync.wait(connection, newer(), timeout=LONG)) as plans:
            autosync.sync(database.engine, newer())
        assert plans[0].in_sync
        assert not connection.in_transaction()
        connection.execute(sa.text("SELECT id FROM users")).all()
        with pytest.raises(autosync.UnusableConnection, match="in a transaction"):
            autosync.wait(connection, newer(), timeout=LONG)


def test_without_models(database: LiveDatabase) -> None:
    with pytest.raises(autosync.EmptyMetaData):
        autosync.wait(database.engine, MetaData(), timeout=LONG)
    with pytest.raises(TypeError):
        autosync.wait("sqlite://", newer(), timeout=LONG)  # type: ignore[arg-type]
