"""An Engine that has one connection, whose transaction it cannot end: for what wants an Engine.

SQLAlchemy 1.4 only, as is what wants one.
"""

from __future__ import annotations

import copy
from typing import Any

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

NAME = "autosync_revision_{}"


def engine_of(connection: Connection, *, savepoints: bool) -> Engine:
    """An Engine on the connection of the driver that this one has.

    It works as any of SQLAlchemy 1.4, with autocommit and all. With ``savepoints``, what it begins,
    commits and rolls back are savepoints of the transaction that is open; otherwise it really does.
    """
    dialect: Any = copy.copy(connection.dialect)
    if savepoints:
        nested = _Savepoints()
        dialect.do_begin = nested.begin
        dialect.do_commit = nested.commit
        dialect.do_rollback = nested.rollback
    driver: Any = connection.connection.dbapi_connection
    pool = StaticPool(lambda: driver, dialect=dialect, reset_on_return=None)
    return Engine(pool, dialect, connection.engine.url)


class _Savepoints:
    """Transactions as savepoints. What commits by itself, in none of them, has nothing to do."""

    def __init__(self) -> None:
        self._depth = 0

    def begin(self, driver: Any) -> None:
        """Begin one in what is open."""
        self._depth += 1
        self._send(driver, "SAVEPOINT {}")

    def commit(self, driver: Any) -> None:
        """Keep what was done since the last one began."""
        if self._depth:
            self._send(driver, "RELEASE SAVEPOINT {}")
            self._depth -= 1

    def rollback(self, driver: Any) -> None:
        """Undo it."""
        if self._depth:
            self._send(driver, "ROLLBACK TO SAVEPOINT {}")
            self.commit(driver)

    def _send(self, driver: Any, statement: str) -> None:
        cursor = driver.cursor()
        try:
            cursor.execute(statement.format(NAME.format(self._depth)))
        finally:
            cursor.close()
