"""Transactions of a connection that may be ours, or somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from autosync.ddl import send


def is_autocommit(connection: Connection) -> bool:
    """Whether SQLAlchemy was told to work without transactions, here or on the engine."""
    level = connection.get_execution_options().get("isolation_level")
    # what create_engine() was given, in 2.x and in 1.4
    for name in ("_on_connect_isolation_level", "isolation_level"):
        level = level or getattr(connection.dialect, name, None)
    return str(level or "").upper() == "AUTOCOMMIT"


def at_level(connection: Connection, level: str) -> Connection:
    """The connection at this isolation level.

    SQLAlchemy lets the bare error of the driver through where the server has gone in the meantime.
    """
    driver: Any = connection.dialect.dbapi
    try:
        return connection.execution_options(isolation_level=level)
    except driver.Error as error:
        with suppress(DBAPIError):
            # from the error of a statement it learns that all connections of the pool are stale
            send(connection, "SELECT 1")
        raise DBAPIError.instance(
            "(setting the isolation level)",
            None,
            error,
            driver.Error,
            connection_invalidated=connection.invalidated,
        ) from error


@contextmanager
def transaction(connection: Connection, *, own: bool) -> Iterator[None]:
    """A transaction of our own, or a savepoint in the one that was handed in."""
    with connection.begin() if own else connection.begin_nested():
        yield


@contextmanager
def rolled_back(connection: Connection) -> Iterator[None]:
    """A savepoint to which all that was done is rolled back, unless the connection is lost."""
    savepoint = connection.begin_nested()
    try:
        yield
    finally:
        if not connection.invalidated:
            savepoint.rollback()


def end(connection: Connection) -> None:
    """End the transaction of a connection, if one is open: nothing has been written in it."""
    open_ = connection.get_transaction()
    if open_ is not None:
        open_.rollback()
