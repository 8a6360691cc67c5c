"""Databases whose names are words that are nowhere else, and users of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError

from autosync.ddl import send
from tests.secrets.parts import Part
from tests.servers.database import Databases

NAME = "zqdatabasefore-ZQdatabaseaft"
WORDS = ("zqdatabasefore", "ZQdatabaseaft")
CREATE = {
    "postgresql": "CREATE ROLE \"{name}\" LOGIN {more} PASSWORD '{password}'",
    "mariadb": "CREATE USER `{name}` IDENTIFIED BY '{password}'",
}
DROP = {"postgresql": 'DROP ROLE "{name}"', "mariadb": "DROP USER `{name}`"}
MAKE = {
    "postgresql": (f'DROP DATABASE IF EXISTS "{NAME}"', f'CREATE DATABASE "{NAME}"'),
    "mariadb": (f"DROP DATABASE IF EXISTS `{NAME}`", f"CREATE DATABASE `{NAME}`"),
}
KILL = {
    "postgresql": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{name}'",
    "mariadb": "SELECT id FROM information_schema.processlist WHERE user = '{name}'",
}
OLD = (
    "DROP TABLE IF EXISTS customer",
    "CREATE TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL)",
)


@dataclass(frozen=True)
class Home:
    """A database of a server, for an administrator."""

    name: str
    admin: Engine
    engine: Engine

    @property
    def url(self) -> URL:
        """Where it is."""
        return self.engine.url

    def furnish(self) -> None:
        """Make the table of an older release in it."""
        with self.engine.begin() as connection:
            for sql in OLD:
                send(connection, sql)

    @contextmanager
    def user(self, user: Part, password: Part, *, may_write: bool) -> Iterator[None]:
        """A user with these, who may do anything or nothing."""
        name, literal = user.text, password.text.replace("'", "''")
        more = "SUPERUSER" * may_write
        if self.name == "mariadb":
            literal = literal.replace("\\", "\\\\")
        with self.admin.connect() as connection:
            send(connection, CREATE[self.name].format(name=name, password=literal, more=more))
            if self.name == "mariadb":
                rights = "ALL" if may_write else "SELECT, PROCESS"
                send(connection, f"GRANT {rights} ON *.* TO `{name}`")
            elif not may_write:
                with self.engine.begin() as own:
                    send(own, f'GRANT SELECT ON customer TO "{name}"')
        try:
            yield
        finally:
            with self.admin.connect() as connection:
                if self.name == "postgresql" and not may_write:
                    with self.engine.begin() as own:
                        send(own, f'REVOKE ALL ON customer FROM "{name}"')
                send(connection, DROP[self.name].format(name=name))

    def kill(self, user: Part) -> None:
        """End all sessions of a user, as a server does that is shut down."""
        name = user.text.replace("'", "''")
        with self.admin.connect() as connection:
            rows = send(connection, KILL[self.name].format(name=name)).all()
            for (number,) in rows if self.name == "mariadb" else ():
                with suppress(DBAPIError):  # it has ended by itself
                    send(connection, f"KILL {number}")


@contextmanager
def home(databases: Databases, name: str) -> Iterator[Home]:
    """A database with that name on one of the servers."""
    admin = databases.admin(name)
    with admin.connect() as connection:
        for sql in MAKE[name]:
            send(connection, sql)
    engine = sa.create_engine(admin.url.set(database=NAME))
    try:
        yield Home(name, admin, engine)
    finally:
        engine.dispose()
        with admin.connect() as connection:
            send(connection, MAKE[name][0])


Homes = Callable[[str], Home]
