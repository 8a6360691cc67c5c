"""A fresh, empty database for one test."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url

from autosync.dialects.mysql import locks as mysql_locks
from autosync.dialects.postgresql import locks as postgresql_locks
from tests.servers import Servers

NEWEST = (2, 1)
"""The SQLAlchemy with which also runs what does not depend on it."""
SQLALCHEMY = tuple(int(part) for part in sa.__version__.split(".")[:2])
DRIVERS = {  # SQLAlchemy 1.4 has no dialect for psycopg 3
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg" if SQLALCHEMY >= (2, 0) else "postgresql+psycopg2",
    "mariadb": "mysql+pymysql",
    "mysql": "mysql+pymysql",
}
USUAL = ("sqlite", "postgresql", "mariadb")
"""The databases of a run that names none."""
CREATE = {
    "postgresql": 'CREATE DATABASE "{}" TEMPLATE template0',
    "mariadb": "CREATE DATABASE `{}` CHARACTER SET utf8mb4",
    "mysql": "CREATE DATABASE `{}`",
}
DROP = {
    "postgresql": 'DROP DATABASE "{}" WITH (FORCE)',
    "mariadb": "DROP DATABASE `{}`",
    "mysql": "DROP DATABASE `{}`",
}
WITH_FORCE = 13
STRATEGY = 15
"""The first versions of PostgreSQL that take these clauses."""
numbers = itertools.count(1)


class LiveDatabase:
    """A database that a test has to itself."""

    def __init__(self, name: str, url: URL) -> None:
        self.name = name
        self.url = url
        self.engines: list[Engine] = []

    @cached_property
    def engine(self) -> Engine:
        """The engine that most tests need."""
        return self.create_engine()

    @cached_property
    def version(self) -> int:
        """The server's major version."""
        return server_version(self.engine)

    @property
    def lock(self) -> int | str:
        """The key, or the name, of the lock between synchronizers that share no secret."""
        database = str(self.url.database)
        if self.name == "postgresql":
            return postgresql_locks.key(database, None, "")
        return mysql_locks.named(database, None)

    def create_engine(self, **options: Any) -> Engine:
        """Return one more engine; it is disposed of when the test ends."""
        engine = sa.create_engine(self.url, **options)
        self.engines.append(engine)
        return engine

    def dispose(self) -> None:
        """Close every connection of every engine."""
        for engine in self.engines:
            engine.dispose()

    def __repr__(self) -> str:
        return f"<{self.name} {self.url!r}>"


class Databases:
    """Makes fresh databases; keeps one administrator's engine for each server."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.admins: dict[str, Engine] = {}

    @contextmanager
    def fresh(self, name: str, folder: Path) -> Iterator[LiveDatabase]:
        """Make an empty database for as long as a test needs it."""
        if name == "sqlite":
            url = URL.create(DRIVERS[name], database=str(folder / "test.db"))
        else:
            url = self.admin(name).url.set(database=f"test_{os.getpid()}_{next(numbers)}")
            create(self.admin(name), name, url.database)
        live = LiveDatabase(name, url)
        try:
            yield live
        finally:
            live.dispose()
            if name != "sqlite":
                drop(self.admin(name), name, url.database)

    def admin(self, name: str) -> Engine:
        """Return the administrator's engine of a server, which is started if it must be."""
        if name not in self.admins:
            self.admins[name] = admin_engine(name, self.servers.address(name))
        return self.admins[name]

    def close(self) -> None:
        """Close the administrator's connections."""
        for engine in self.admins.values():
            engine.dispose()


def admin_engine(name: str, address: str) -> Engine:
    """Return an engine that creates and drops databases."""
    url = make_url(address).set(drivername=DRIVERS[name])
    if name in ("mariadb", "mysql"):
        url = url.update_query_dict({"charset": "utf8mb4"})
    return sa.create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)


def create(admin: Engine, name: str, database: str | None) -> None:
    """Create a database, in the fastest way that the server knows."""
    statement = CREATE[name].format(database)
    if name == "postgresql" and server_version(admin) >= STRATEGY:
        statement += " STRATEGY file_copy"
    execute(admin, statement)


def drop(admin: Engine, name: str, database: str | None) -> None:
    """Drop a database, whoever is still connected to it."""
    statement = DROP[name].format(database)
    if name == "postgresql" and server_version(admin) < WITH_FORCE:
        execute(
            admin,
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'",
        )
        statement = statement.replace(" WITH (FORCE)", "")
    execute(admin, statement)


def server_version(engine: Engine) -> int:
    """Return the major version of a server."""
    with engine.connect() as connection:
        return int((connection.dialect.server_version_info or (0,))[0])


def execute(engine: Engine, statement: str) -> None:
    """Run one statement outside any transaction."""
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
