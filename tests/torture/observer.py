"""What the server itself says: who is there, who waits, what was left behind; and how to be in the
way of a statement.

    observer = observe(database)
    observer.prepare()
    ...
    with observer.in_the_way(point.sql):
        child.go(first=observer.patience)
        until(observer.someone_waits)
        child.kill()
    until(observer.is_alone)
    assert observer.leftovers() == []
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from tests.servers.database import LiveDatabase
from tests.torture.processes import LIMIT

POLL = 0.005


def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{condition} was not true within {LIMIT} seconds")
        time.sleep(POLL)


class Observer:
    """One database, seen from connections that nobody else uses."""

    sessions: str
    """A query for the connections of others."""
    waiting: str
    """A query for those that wait for a lock."""
    remains: str
    """A query for what should not be there."""
    patience: str
    """What lets a session wait for a lock as long as it takes."""

    def __init__(self, database: LiveDatabase) -> None:
        self.database = database
        self.engine = database.create_engine(isolation_level="AUTOCOMMIT")

    def rows(self, query: str) -> list[str]:
        """What a query finds, as text."""
        with self.engine.connect() as connection:
            return [str(tuple(row)) for row in connection.execute(sa.text(query))]

    def is_alone(self) -> bool:
        """Whether nobody else is connected; the test's own engines let go of their connections."""
        self.database.dispose()
        return not self.rows(self.sessions)

    def someone_waits(self) -> bool:
        """Whether a statement waits for a lock."""
        return bool(self.rows(self.waiting))

    def leftovers(self) -> list[str]:
        """Locks, temporary or half-made things, and what was begun and is not valid."""
        return self.rows(self.remains.replace("{lock}", str(self.database.lock)))

    def prepare(self) -> None:
        """Make what :meth:`in_the_way` needs, before anybody else is there."""

    def in_the_way(self, sql: str) -> AbstractContextManager[None]:
        """A block in which a statement, which is about to be sent, waits on the server."""
        raise NotImplementedError


class PostgreSQL(Observer):
    """An event trigger makes every DDL statement wait for an advisory lock."""

    sessions = (
        "SELECT pid, state, query FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend'"
    )
    waiting = f"{sessions} AND wait_event_type = 'Lock'"
    remains = """
        SELECT 'invalid index', indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid
        UNION ALL SELECT 'not valid', conname FROM pg_constraint WHERE NOT convalidated
        UNION ALL SELECT 'temporary', relname FROM pg_class WHERE relpersistence = 't'
        UNION ALL SELECT 'prepared', gid FROM pg_prepared_xacts WHERE database = current_database()
        UNION ALL SELECT 'lock', l.locktype || l.mode FROM pg_locks l JOIN pg_stat_activity a
            USING (pid) WHERE a.datname = current_database() AND pid <> pg_backend_pid()
            AND a.backend_type = 'client backend'
    """
    patience = "SET LOCAL lock_timeout = 0"

    TRIGGER = (
        "CREATE FUNCTION wait_here() RETURNS event_trigger LANGUAGE plpgsql "
        "AS 'BEGIN PERFORM pg_advisory_lock_shared(1), pg_advisory_unlock_shared(1); END'",
        "CREATE EVENT TRIGGER wait_here ON ddl_command_end EXECUTE FUNCTION wait_here()",
    )

    def prepare(self) -> None:
        """A session that is in a transaction would not find a new trigger."""
        with self.engine.connect() as connection:
            for sql in self.TRIGGER:
                _run(connection, sql)

    @contextmanager
    def in_the_way(self, _sql: str) -> Iterator[None]:
        """The trigger waits at the end of the statement: all is done, and nothing committed."""
        with self.engine.connect() as connection:
            taken = connection.execute(sa.text("SELECT pg_try_advisory_lock(1)")).scalar()
            assert taken, "somebody is in the trigger already"
            try:
                yield
            finally:
                _run(connection, "SELECT pg_advisory_unlock(1)")


class MariaDB(Observer):
    """A transaction that has read the table, or a table of that name that is just being made."""

    sessions = (
        "SELECT id, state, info FROM information_schema.processlist "
        "WHERE db = DATABASE() AND id <> CONNECTION_ID()"
    )
    waiting = f"{sessions} AND state = 'Waiting for table metadata lock'"
    remains = """
        SELECT 'half-made', name FROM information_schema.innodb_sys_tables
            WHERE name LIKE CONCAT(DATABASE(), '/#sql%')
        UNION ALL SELECT 'lock', '{lock}' FROM DUAL WHERE IS_USED_LOCK('{lock}') IS NOT NULL
    """
    copying = f"{sessions} AND state = 'copy to tmp table'"
    patience = f"SET SESSION lock_wait_timeout = {int(LIMIT)}"
    STATEMENT = re.compile(r"\b(CREATE|ALTER) TABLE (\S+)")

    def in_the_way(self, sql: str) -> AbstractContextManager[None]:
        """By the kind of statement."""
        found = self.STATEMENT.search(sql)
        assert found, sql
        verb, table = found.groups()
        return self._making(table) if verb == "CREATE" else self._reading(table)

    @contextmanager
    def _reading(self, table: str) -> Iterator[None]:
        with self.engine.connect() as connection:
            _run(connection, self.patience)
            _run(connection, "BEGIN")
            _run(connection, f"SELECT 1 FROM {table}")
            try:
                yield
            finally:
                _run(connection, "ROLLBACK")

    @contextmanager
    def _making(self, table: str) -> Iterator[None]:
        thread = threading.Thread(target=self._make, args=(table,))
        thread.start()
        sleeper = f"{self.sessions} AND state = 'User sleep'"
        try:
            until(lambda: self.rows(sleeper))
            yield
        finally:
            with self.engine.connect() as connection:
                for row in connection.execute(sa.text(sleeper)).all():
                    _run(connection, f"KILL QUERY {row[0]}")
            thread.join()

    def _make(self, table: str) -> None:
        with self.engine.connect() as connection:
            # there may be a key already that points at the table to come
            _run(connection, "SET SESSION foreign_key_checks = 0")
            try:
                _run(connection, f"CREATE TABLE {table} AS SELECT SLEEP({LIMIT})")
            except DBAPIError as error:
                assert "interrupted" in str(error.orig), error  # noqa: PT017


class MySQL(MariaDB):
    """The same, in other words."""

    remains = MariaDB.remains.replace("innodb_sys_tables", "innodb_tables")


class SQLite(Observer):
    """A file: nobody is connected, but there may be a lock, and a journal."""

    sessions = "SELECT 1 WHERE 0"
    waiting = sessions

    def leftovers(self) -> list[str]:
        """A lock on the file, an inconsistency inside, a journal beside it."""
        found = []
        with self.engine.connect() as connection:
            _run(connection, "PRAGMA busy_timeout = 0")
            _run(connection, "BEGIN EXCLUSIVE")
            _run(connection, "ROLLBACK")
            for check in ("integrity_check", "foreign_key_check"):
                found += [str(row) for row in connection.execute(sa.text(f"PRAGMA {check}"))]
        journals = [self.journal.name] if self.journal.exists() else []
        return [row for row in found if row != "('ok',)"] + journals

    @property
    def journal(self) -> Path:
        """Where SQLite keeps what it would need to undo a transaction."""
        return Path(f"{self.database.url.database}-journal")


OBSERVERS = {"postgresql": PostgreSQL, "mariadb": MariaDB, "mysql": MySQL, "sqlite": SQLite}


def observe(database: LiveDatabase) -> Any:
    """The observer of a database."""
    return OBSERVERS[database.name](database)


def _run(connection: Connection, sql: str) -> None:
    connection.exec_driver_sql(sql)
