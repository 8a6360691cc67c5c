"""A tenant of the same database, and the functions by which it would know that its code has run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from autosync.ddl import send
from tests.servers.database import LiveDatabase
from tests.test_rights import made

PLACE = "others"
"""The schema of the tenant on PostgreSQL, and the end of its database's name on MariaDB."""
VOLATILITIES = {"f": "IMMUTABLE", "stable_f": "STABLE", "volatile_f": "VOLATILE"}
FUNCTIONS = ("f", "g")
"""Of MariaDB: the one runs with the rights of who calls it, the other with those of its owner."""


class Tenant:
    """Whoever has put things into a database; ``ran`` is what they have left behind, in spite of
    any rollback.
    """

    def __init__(self, database: LiveDatabase, name: str = "") -> None:
        self.database = database
        self.name = name

    def run(self, *statements: str, at: Engine | None = None) -> None:
        """Run statements as the administrator; ``{f}`` and the like are the tenant's."""
        with (at or self.database.engine).begin() as connection:
            for statement in statements:
                send(connection, self.filled(statement))

    def filled(self, statement: str) -> str:
        """A statement with the tenant's names."""
        for name in (*VOLATILITIES, *FUNCTIONS):
            statement = statement.replace(f"{{{name}}}", self.place(name))
        here = str(self.database.url.database)
        return statement.replace("{tenant}", self.name).replace("{here}", here)

    def place(self, name: str) -> str:
        """The qualified name of something of the tenant's."""
        return name

    def ran(self) -> bool:
        """Whether any of its functions has run since :meth:`forget`."""
        raise NotImplementedError

    def forget(self) -> None:
        """Leave no trace."""
        raise NotImplementedError


class OnPostgresql(Tenant):
    """By a sequence, which no rollback turns back."""

    def place(self, name: str) -> str:
        return f"{PLACE}.{name}"

    def ran(self) -> bool:
        with self.database.engine.connect() as connection:
            return bool(send(connection, f"SELECT is_called FROM {PLACE}.trace").scalar())

    def forget(self) -> None:
        self.run(f"SELECT setval('{PLACE}.trace', 1, false)")


class OnMariaDB(Tenant):
    """By a table that knows no transactions, to which the tenant itself may not write."""

    @property
    def home(self) -> str:
        """Its own database."""
        return f"{self.database.url.database}_{PLACE}"

    def place(self, name: str) -> str:
        return f"{self.home}.{name}"

    def ran(self) -> bool:
        with self.database.engine.connect() as connection:
            return bool(send(connection, f"SELECT count(*) FROM {self.home}.trace").scalar())

    def forget(self) -> None:
        self.run(f"DELETE FROM {self.home}.trace")


class OnSqlite(Tenant):
    """By a function that the application has given its connections, for queries of its own."""

    def __init__(self, database: LiveDatabase) -> None:
        super().__init__(database)
        self.calls: list[Any] = []
        sa.event.listen(database.engine, "connect", self._give)

    def _give(self, driver: Any, record: Any) -> None:
        for name in FUNCTIONS:
            driver.create_function(name, -1, self._called, deterministic=True)

    def _called(self, *arguments: Any) -> Any:
        self.calls.append(arguments)
        return arguments[0] if arguments else 1

    def ran(self) -> bool:
        return bool(self.calls)

    def forget(self) -> None:
        self.calls.clear()


@contextmanager
def tenant(database: LiveDatabase) -> Iterator[Tenant]:
    """A tenant of a database, for as long as a test needs it."""
    with {"postgresql": _postgresql, "mariadb": _mariadb, "sqlite": _sqlite}[database.name](
        database
    ) as one:
        one.forget()
        yield one


@contextmanager
def _postgresql(database: LiveDatabase) -> Iterator[Tenant]:
    with made(database, "_tenant") as role:
        one = OnPostgresql(database, role.name)
        role.let(
            f"CREATE SCHEMA {PLACE} AUTHORIZATION {{}}", f"GRANT USAGE ON SCHEMA {PLACE} TO PUBLIC"
        )
        one.run(
            f"SET LOCAL ROLE {role.name}",
            f"CREATE SEQUENCE {PLACE}.trace",
            f"GRANT ALL ON SEQUENCE {PLACE}.trace TO PUBLIC",
            *(
                f"CREATE FUNCTION {PLACE}.{name}(a integer) RETURNS integer LANGUAGE plpgsql "
                f"{volatility} AS 'BEGIN PERFORM nextval(''{PLACE}.trace''); RETURN a; END'"
                for name, volatility in VOLATILITIES.items()
            ),
            f"CREATE DOMAIN {PLACE}.d AS integer CHECK ({PLACE}.f(1) > 0 AND {PLACE}.f(value) > 0)",
        )
        yield one
        one.run(f"DROP SCHEMA {PLACE} CASCADE")


@contextmanager
def _mariadb(database: LiveDatabase) -> Iterator[Tenant]:
    with made(database, "_t") as role:
        one = OnMariaDB(database, role.name)
        one.run(
            f"CREATE DATABASE {one.home}",
            f"CREATE TABLE {one.home}.trace (who varchar(99)) ENGINE=MyISAM",
        )
        for where in (one.home, database.url.database):
            role.let(
                "GRANT SELECT, SHOW VIEW, CREATE VIEW, CREATE ROUTINE, EXECUTE "
                f"ON {where}.* TO {{}}"
            )
        role.let(f"GRANT INSERT ON {one.home}.trace TO {{}}")
        owner = role.name.partition("@")[0].strip("'")
        for name, security in zip(FUNCTIONS, ("INVOKER", "DEFINER"), strict=True):
            one.run(
                f"CREATE FUNCTION {one.home}.{name}(a int) RETURNS int DETERMINISTIC "
                f"MODIFIES SQL DATA SQL SECURITY {security} BEGIN "
                f"IF session_user() NOT LIKE '{owner}@%' THEN "
                f"INSERT INTO {one.home}.trace VALUES (current_user()); END IF; RETURN a; END",
                at=role.engine,
            )
        yield one
        one.run(f"DROP DATABASE {one.home}")


@contextmanager
def _sqlite(database: LiveDatabase) -> Iterator[Tenant]:
    yield OnSqlite(database)
