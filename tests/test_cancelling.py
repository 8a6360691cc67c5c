"""A statement that takes too long is ended, whatever the driver is, and no other one is."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Index, Integer, MetaData, String, Table
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.util import greenlet_spawn

import autosync
from autosync.dialects.cancelling import cancelled_after
from autosync.dialects.mysql import cancelling as of_mysql
from autosync.dialects.postgresql import cancelling as of_postgresql
from tests.servers.database import SQLALCHEMY, LiveDatabase
from tests.torture.observer import until

Result = TypeVar("Result")
SOON, LONG = 0.3, 20
PROTOCOL = ["postgresql+psycopg2", "postgresql+psycopg", "postgresql+psycopg_async"]
"""The drivers that can cancel what they are at."""
BESIDE = [
    "postgresql+asyncpg",
    "postgresql+pg8000",
    "mysql+pymysql",
    "mysql+aiomysql",
    "mysql+asyncmy",
]
SERVERS = {"postgresql": ["postgresql"], "mysql": ["mariadb", "mysql"]}
SINCE_2 = {"psycopg", "psycopg_async"}


def on_servers(drivers: list[str]) -> list[Any]:
    """Each driver, on each server that it is for."""
    pairs = [(one, name) for one in drivers for name in SERVERS[one.partition("+")[0]]]
    return [pytest.param(pair, id=" on ".join(pair)) for pair in pairs]


def sleep(database: LiveDatabase, seconds: float) -> str:
    """A statement that takes so long."""
    return f"SELECT {'pg_sleep' if database.name == 'postgresql' else 'SLEEP'}({seconds})"


def canceller(connection: Connection, sql: str) -> Callable[[], object]:
    of = of_postgresql if connection.dialect.name == "postgresql" else of_mysql
    return of.canceller(connection, sql)


@pytest.fixture(params=on_servers([*PROTOCOL, *BESIDE]))
def driven(request: pytest.FixtureRequest) -> LiveDatabase:
    """A database, by way of each driver."""
    drivername, name = request.param
    driver = drivername.partition("+")[2]
    if SQLALCHEMY < (2, 0) and driver in SINCE_2:
        pytest.skip("SQLAlchemy 1.4 has no dialect for it")
    pytest.importorskip(driver.removesuffix("_async"))
    live: LiveDatabase = request.getfixturevalue(name)
    live.url = live.url.set(drivername=drivername)
    return live


def using(driven: LiveDatabase, work: Callable[[Engine], Result], **options: object) -> Result:
    """The result of work with an engine, in an event loop where its driver wants one."""
    engine = sa.create_engine(driven.url, **options)
    is_async = engine.dialect.is_async

    def run() -> Result:
        try:
            return work(engine)
        finally:
            engine.dispose()

    if is_async:
        return asyncio.run(greenlet_spawn(run))
    return run()


def test_what_takes_too_long_is_ended(driven: LiveDatabase) -> None:
    """Also where the pool has no other connection; and the next statement is let alone."""
    sql = sleep(driven, LONG)

    def work(engine: Engine) -> tuple[float, int]:
        with engine.connect() as connection:
            begun = time.monotonic()
            # of SLEEP(), MariaDB tells by its result that it was ended
            with contextlib.suppress(DBAPIError), cancelled_after(SOON, canceller(connection, sql)):
                connection.exec_driver_sql(sql).scalar()
            seconds = time.monotonic() - begun
            connection.rollback() if SQLALCHEMY >= (2, 0) else None
            connection.exec_driver_sql(sleep(driven, SOON)).scalar()
            return seconds, connection.exec_driver_sql("SELECT 1").scalar() or 0

    options = {"pool_size": 1, "max_overflow": 0, "isolation_level": "AUTOCOMMIT"}
    seconds, one = using(driven, work, **options)
    assert SOON <= seconds < LONG / 2
    assert one == 1


@pytest.mark.parametrize("driven", on_servers(BESIDE), indirect=True)
def test_another_statement_is_let_alone(driven: LiveDatabase) -> None:
    """Drivers that ask by the protocol know what they are at; who asks beside, looks."""

    def work(engine: Engine) -> float:
        with engine.connect() as connection:
            cancel = canceller(connection, "SELECT 'something else'")
            begun = time.monotonic()
            with cancelled_after(SOON / 3, cancel):
                connection.exec_driver_sql(sleep(driven, 3 * SOON)).scalar()
            return time.monotonic() - begun

    assert using(driven, work, isolation_level="AUTOCOMMIT") >= 3 * SOON


def test_one_that_had_the_pid_before_is_nobody(postgresql: LiveDatabase) -> None:
    """A session of the same number, that runs the same, is another one if it began otherwise."""
    sql = sleep(postgresql, LONG)
    # within a transaction, the server's picture of its sessions stays
    observer = postgresql.create_engine(isolation_level="AUTOCOMMIT")
    with postgresql.engine.connect() as one, observer.connect() as other:
        pid, since = one.execute(of_postgresql.SESSION).one()
        one.rollback() if SQLALCHEMY >= (2, 0) else None
        ends: list[str] = []

        def run() -> None:
            try:
                one.exec_driver_sql(sql)
            except DBAPIError as error:
                ends.append(str(error.orig))

        sleeping = threading.Thread(target=run)
        sleeping.start()
        asked = {"pid": pid, "since": f"{since}1", "sql": sql}
        query = sa.text("SELECT count(*) FROM pg_stat_activity WHERE query = :sql")
        until(lambda: other.execute(query, {"sql": sql}).scalar())
        assert other.execute(of_postgresql.CANCEL, asked).all() == []
        assert (
            other.execute(of_postgresql.CANCEL, {**asked, "since": since, "sql": "x"}).all() == []
        )
        assert other.execute(of_postgresql.CANCEL, {**asked, "since": since}).all() == [(True,)]
        sleeping.join()
    assert ["user request" in said for said in ends] == [True]


def test_it_is_tried_until_the_statement_has_ended() -> None:
    """One that was cancelled before it began has not been ended by that."""
    tries: list[float] = []
    ended = threading.Event()

    def cancel() -> None:
        tries.append(time.monotonic())
        if len(tries) == 1:
            raise RuntimeError("there is no place for another connection")
        ended.set()

    with cancelled_after(0, cancel):
        assert ended.wait(LONG)
    assert len(tries) == 2


# --- sync() ---------------------------------------------------------------------------------------

ROWS = {"postgresql": 4, "mariadb": 2**20, "mysql": 2**20}
MORE = """
    INSERT INTO users SELECT id + {0}, repeat(concat(id, '-'), 20) FROM users
"""


def models(*, indexed: bool = True) -> MetaData:
    metadata = MetaData()
    key = Column("id", Integer, primary_key=True, autoincrement=False)
    users = Table("users", metadata, key, Column("note", String(200)))
    if indexed:
        Index("ix_users_note", users.c.note)
    return metadata


@pytest.fixture
def large(driven: LiveDatabase) -> LiveDatabase:
    """A table of which an index is missing; in MariaDB, one that takes a while to build."""

    def make(engine: Engine) -> None:
        models(indexed=False).create_all(engine)
        with engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO users VALUES (0, '')")
            rows = 1
            while rows < ROWS[driven.name]:
                connection.exec_driver_sql(MORE.format(rows))
                rows *= 2

    using(driven, make)
    return driven


def test_a_build_ends_with_the_deadline(large: LiveDatabase) -> None:
    """On PostgreSQL one is in its way that writes. The next run finds what is left to do."""

    def late(engine: Engine) -> None:
        with pytest.raises(autosync.LockNotAcquired) as raised:
            autosync.sync(
                engine, models(), allow={"indexes"}, max_rows_scanned=2, deadline=4 * SOON / 3
            )
        assert [entry.object for entry in raised.value.report.pending] == ["users.ix_users_note"]

    begun = time.monotonic()
    if large.name == "postgresql":
        beside = sa.create_engine(large.url.set(drivername="postgresql+psycopg2"))
        with beside.begin() as writer:
            writer.exec_driver_sql("UPDATE users SET note = 'x' WHERE id = 1")
            using(large, late)
        beside.dispose()
    else:
        using(large, late)
    assert time.monotonic() - begun < LONG / 2
