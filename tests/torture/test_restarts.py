"""The server is restarted in the middle: the error tells how far it came, the next run goes on.

On servers of these tests alone, which do not lose in a crash what was committed.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import greenlet_spawn

import autosync
from autosync.dialects.connecting import advice
from tests.conftest import versions
from tests.corpus.catalog import catalog
from tests.corpus.old_code import run_old_code
from tests.corpus.runner import contents
from tests.servers import Servers
from tests.servers.base import Server
from tests.servers.database import Databases, LiveDatabase
from tests.torture.conftest import WHOLE, Another, Tally
from tests.torture.models import new, old
from tests.torture.observer import observe, until
from tests.torture.processes import LIMIT, Point
from tests.torture.test_deaths import (
    LARGE,
    USUAL,
    Stage,
    Wanted,
    assert_intact,
    assert_recovered,
    prepare,
    some,
    that_may_wait,
    undisturbed,
    with_many_rows,
)

SERVERS = pytest.mark.databases("postgresql", "mariadb", "mysql")
POSTGRESQL = pytest.mark.databases("postgresql")
ALONE = nullcontext()


@pytest.fixture(scope="module")
def servers(pytestconfig: pytest.Config) -> Iterator[Servers]:
    """Servers that nobody else works with."""
    own = Servers(versions=versions(pytestconfig), durable=True)
    yield own
    own.stop()


@pytest.fixture(scope="module")
def databases(servers: Servers) -> Iterator[Databases]:
    """The source of databases on them."""
    source = Databases(servers)
    yield source
    source.close()


@pytest.fixture
def server(database: LiveDatabase, servers: Servers) -> Iterator[Server]:
    """The server of the test's database, which runs again afterwards."""
    server = servers.running[database.name]
    yield server
    server.start()


def ways(server: Server) -> tuple[signal.Signals, ...]:
    """How a server ends: in a crash, and in good order."""
    return *server.crash_signals, server.stop_signal


def restart(server: Server, how: signal.Signals) -> None:
    server.halt(how)
    server.start()


# --- between two statements ---------------------------------------------------------------------


@SERVERS
@pytest.mark.parametrize("stage", [USUAL, LARGE], ids=["usual", "large"])
def test_at_a_boundary(
    database: LiveDatabase, another: Another, server: Server, tally: Tally, stage: Stage
) -> None:
    """Before a statement is sent, after it has come back, and before a COMMIT."""
    trace, wanted = undisturbed(database, stage)
    points = some(trace, wanted.statements)
    for point, how in in_turn(points if WHOLE else points[::2], server):
        with another() as live, stale(live) as engine:
            prepare(live)
            at(engine, point, lambda _, how=how: restart(server, how))
            interrupt(live, engine, stage, wanted)
            tally("restarts at a boundary", restarts=1)


def in_turn(points: Iterable[Point], server: Server) -> Iterator[tuple[Point, signal.Signals]]:
    """Each point with one way to end."""
    return zip(points, itertools.cycle(ways(server)), strict=False)


def each_way(points: Iterable[Point], server: Server) -> Iterator[tuple[Point, signal.Signals]]:
    """Each point with each way to end; in a test run, with one of them."""
    return itertools.product(points, ways(server)) if WHOLE else in_turn(points, server)


@contextmanager
def stale(database: LiveDatabase, **options: Any) -> Iterator[Engine]:
    """An engine of the test's own, with several connections in its pool."""
    engine = sa.create_engine(database.url, **options)
    try:
        with engine.connect(), engine.connect():
            pass
        yield engine
    finally:
        engine.dispose()


def at(engine: Engine, wanted: Point, act: Callable[[Any], None]) -> None:
    """Act once, with the driver's cursor, when a synchronization comes to a point."""
    numbers = itertools.count()

    def reach(moment: str, sql: str, cursor: Any = None) -> None:
        if next(numbers) == wanted.number:
            assert (moment, sql) == (wanted.moment, wanted.sql)
            act(cursor)

    sa.event.listen(engine, "before_cursor_execute", lambda *a: reach("before", a[2], a[1]))
    sa.event.listen(engine, "after_cursor_execute", lambda *a: reach("after", a[2]))
    sa.event.listen(engine, "commit", lambda _: reach("commit", "COMMIT"))


def interrupt(
    database: LiveDatabase,
    engine: Engine,
    stage: Stage,
    wanted: Wanted,
    during: AbstractContextManager[Any] = ALONE,
) -> None:
    """Synchronize while the server is restarted, and once more, with the engine as it is then."""
    events: list[autosync.Event] = []
    with during, pytest.raises((autosync.ConnectionLost, DBAPIError)) as caught:
        autosync.sync(engine, stage.models(), on_event=events.append, **stage.options)
    assert_intact(database, stage.leaves)
    if events:
        assert_told(database, stage, caught.value, events)
    else:
        # it had not come further than to read
        assert caught.value.connection_invalidated
    report = autosync.sync(engine, stage.models(), **stage.options)
    assert report.in_sync, str(report)
    engine.dispose()
    assert_recovered(database, stage)
    assert catalog(database.engine) == wanted.catalog


def assert_told(
    database: LiveDatabase, stage: Stage, error: BaseException, events: list[autosync.Event]
) -> None:
    """The report tells what is there and what is lacking; of one statement it cannot know."""
    assert isinstance(error, autosync.ConnectionLost)
    assert "the connection to the server was lost" in str(error)
    [planned] = [event.plan for event in events if isinstance(event, autosync.Planned)]
    assert names([*error.report.applied, *error.report.pending]) == names(planned.pending)
    lacking = names(autosync.plan(database.engine, stage.models(), **stage.options).pending)
    assert not names(error.report.applied) & lacking
    assert lacking <= names(error.report.pending)
    hidden = [entry for entry in error.report.pending if not names([entry]) <= lacking]
    last = [event.sql for event in events if isinstance(event, autosync.StatementBegun)][-1:]
    assert all(sql in entry.sql for entry in hidden for sql in last)
    assert not hidden or last


def names(entries: Iterable[autosync.Entry]) -> set[tuple[object, ...]]:
    """What they are about; a unique constraint that has been begun is an index."""
    return {
        ("index" if e.kind == "unique" else e.kind, e.table, e.columns or e.object) for e in entries
    }


@SERVERS
def test_on_a_connection_that_was_handed_in(database: LiveDatabase, server: Server) -> None:
    """What was done in its transaction has gone with it, and is pending again."""
    prepare(database)
    with stale(database, future=True) as engine, engine.connect() as connection:
        connection.begin()
        planned = names(autosync.plan(connection, new(), **USUAL.options).pending)

        @sa.event.listens_for(engine, "before_cursor_execute")
        def before(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
            if "CREATE TABLE visits" in sql:
                restart(server, signal.SIGKILL)

        with pytest.raises(autosync.ConnectionLost) as caught:
            autosync.sync(connection, new(), **USUAL.options)
    report = caught.value.report
    assert (
        bool(report.applied) == bool(report.statements) == (database.name in ("mariadb", "mysql"))
    )
    lacking = names(autosync.plan(database.engine, new(), **USUAL.options).pending)
    assert names(report.pending) == lacking & planned


# --- inside of a statement ----------------------------------------------------------------------


@SERVERS
def test_in_the_middle(
    database: LiveDatabase, another: Another, server: Server, tally: Tally
) -> None:
    """While it waits for a lock; on PostgreSQL it has done all by then, but for the COMMIT."""
    trace, wanted = undisturbed(database, USUAL)
    points = [point for point in that_may_wait(trace, wanted) if "ALTER TABLE" in point.sql]
    for point, how in each_way(points if WHOLE else points[-1:], server):
        with another() as live:
            observer = observe(live)
            observer.prepare()
            prepare(live)
            way = observer.in_the_way(point.sql)
            interrupt_inside(live, USUAL, wanted, point, way=way, server=server, how=how)
            tally("restarts inside of a statement", restarts=1)


@POSTGRESQL
def test_while_an_index_is_built(
    database: LiveDatabase, another: Another, server: Server, tally: Tally
) -> None:
    """What a crash leaves of it is not valid, and made by the next run."""
    trace, wanted = undisturbed(database, LARGE)
    points = [p for p in that_may_wait(trace, wanted) if "CONCURRENTLY" in p.sql]
    leaves = frozenset(
        {"('invalid index', 'ix_users_nick')", "('invalid index', 'users_mail_key')"}
    )
    for point, how in each_way(points, server):
        with another() as live:
            prepare(live)
            stage = LARGE._replace(leaves=leaves)
            interrupt_inside(live, stage, wanted, point, way=writing(live), server=server, how=how)
            tally("restarts inside of a statement", restarts=1)


@contextmanager
def writing(database: LiveDatabase) -> Iterator[None]:
    """A transaction that has written, for whose end the build of an index waits."""
    with database.create_engine().begin() as writer:
        writer.execute(sa.text("UPDATE users SET name = 'x' WHERE id = 1"))
        yield


def interrupt_inside(
    database: LiveDatabase,
    stage: Stage,
    wanted: Wanted,
    point: Point,
    *,
    way: AbstractContextManager[None],
    server: Server,
    how: signal.Signals,
) -> None:
    """The same, when the statement waits for what is in its way."""
    observer = observe(database)
    with stale(database) as engine, ExitStack() as during:

        def wait(cursor: Any) -> None:
            cursor.execute(observer.patience)
            during.enter_context(forgotten(way))
            during.enter_context(restarting(server, how, observer.someone_waits))

        at(engine, point, wait)
        interrupt(database, engine, stage, wanted, during)


@contextmanager
def forgotten(block: AbstractContextManager[None]) -> Iterator[None]:
    """A block at the end of which the server knows nothing of its connection."""
    block.__enter__()
    try:
        yield
    finally:
        with suppress(DBAPIError):
            block.__exit__(None, None, None)


@contextmanager
def restarting(server: Server, how: signal.Signals, moment: Callable[[], object]) -> Iterator[None]:
    """A block in which the server is restarted as soon as something is so."""

    def run() -> None:
        try:
            until(moment)
        finally:
            restart(server, how)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@pytest.mark.databases("mariadb")
def test_while_rows_are_copied(
    database: LiveDatabase, another: Another, server: Server, tally: Tally
) -> None:
    """Nothing is left of the copy."""
    for how in ways(server) if WHOLE else [signal.SIGKILL]:
        with another() as live, stale(live) as engine, ExitStack() as during:
            prepare(live)
            rows = with_many_rows(live)
            observer = observe(live)
            copying = restarting(server, how, lambda o=observer: o.rows(o.copying))

            @sa.event.listens_for(engine, "before_cursor_execute")
            def before(
                _c: Any, _cursor: Any, sql: str, *_: Any, during=during, way=copying
            ) -> None:
                if "ADD FOREIGN KEY" in sql:
                    during.enter_context(way)

            with during, pytest.raises(autosync.ConnectionLost):
                autosync.sync(engine, new(), **USUAL.options)
            assert contents(old(), live.engine) == rows
            assert run_old_code(live.engine, old()) == []
            live.dispose()
            assert observer.leftovers() == []
            sa.event.remove(engine, "before_cursor_execute", before)
            assert autosync.sync(engine, new(), **USUAL.options).in_sync
            assert contents(old(), live.engine) == rows
            tally("restarts inside of a statement", restarts=1)


# --- between two calls --------------------------------------------------------------------------


@SERVERS
@pytest.mark.parametrize("pre_ping", [False, True])
def test_between_two_calls(database: LiveDatabase, server: Server, *, pre_ping: bool) -> None:
    """Without pool_pre_ping there is one error, however many connections the pool holds."""
    prepare(database)
    with stale(database, pool_pre_ping=pre_ping) as engine:
        assert autosync.sync(engine, old()).in_sync
        restart(server, ways(server)[pre_ping])
        if not pre_ping:
            with pytest.raises(DBAPIError) as caught:
                autosync.sync(engine, new(), **USUAL.options)
            assert caught.value.connection_invalidated
        assert autosync.sync(engine, new(), **USUAL.options).in_sync


# --- waiting ------------------------------------------------------------------------------------


@pytest.mark.databases("mariadb")
def test_a_server_that_comes_back(
    database: LiveDatabase, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """Who waits goes on waiting, until somebody has synchronized the database."""
    prepare(database)
    with stale(database) as replica, waiting(replica, caplog) as plans:
        until(lambda: "it lacks" in caplog.text)
        server.halt(signal.SIGKILL)
        until(lambda: "refused" in caplog.text)
        server.start()
        assert plans == []
        assert autosync.sync(database.engine, new(), **USUAL.options).in_sync
    assert [plan.in_sync for plan in plans] == [True]


@POSTGRESQL
def test_a_server_that_is_starting(
    database: LiveDatabase, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """It says so to whoever comes, for as long as it recovers: wait() waits on, sync() tells."""
    prepare(database)
    with stale(database) as replica, waiting(replica, caplog) as plans:
        until(lambda: "it lacks" in caplog.text)
        with recovering(server):
            until(lambda: "starting up" in caplog.text)
            with pytest.raises(OperationalError, match="starting up") as caught:
                autosync.sync(database.engine, new(), **USUAL.options)
            assert "wait until it is up" in advice(str(caught.value.orig))
            with pytest.raises(autosync.WaitTimedOut, match="starting up"):
                asyncio.run(wait_asynchronously(database))
        assert autosync.sync(database.engine, new(), **USUAL.options).in_sync
    assert [plan.in_sync for plan in plans] == [True]


async def wait_asynchronously(database: LiveDatabase) -> None:
    """With a driver that has other errors."""
    engine = create_async_engine(database.url.set(drivername="postgresql+asyncpg"))
    await greenlet_spawn(autosync.wait, engine.sync_engine, new(), timeout=0.1)


@contextmanager
def waiting(engine: Engine, caplog: pytest.LogCaptureFixture) -> Iterator[list[autosync.Plan]]:
    """Wait in a thread, which is through after the block; what is in the way is logged."""
    plans: list[autosync.Plan] = []

    def run() -> None:
        plans.append(autosync.wait(engine, new(), timeout=LIMIT, **USUAL.options))

    caplog.set_level(logging.INFO, "autosync")
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield plans
    finally:
        thread.join()


@contextmanager
def recovering(server: Server) -> Iterator[None]:
    """A block in which the server is starting, and at the end of which it has started.

    It asks for more of its log, and the answer waits for a file to go.
    """
    hold = server.write("hold", "")
    data = Path(server.get_data_directory())
    ask = f"while test -e {hold}; do sleep 0.05; done; false"
    server.halt(signal.SIGINT)
    with (data / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"restore_command = '{ask}'\n")
    server.write("data/recovery.signal", "")
    starting = threading.Thread(target=server.start)
    starting.start()
    try:
        yield
    finally:
        hold.unlink()
        starting.join()
