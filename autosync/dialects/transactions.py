"""Transactions of a connection that may be ours, or somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection


def is_autocommit(connection: Connection) -> bool:
    """Whether SQLAlchemy was told to work without transactions, here or on the engine."""
    level = connection.get_execution_options().get("isolation_level")
    # what create_engine() was given, in 2.x and in 1.4
    for name in ("_on_connect_isolation_level", "isolation_level"):
        level = level or getattr(connection.dialect, name, None)
    return str(level or "").upper() == "AUTOCOMMIT"


@contextmanager
def transaction(connection: Connection, *, own: bool) -> Iterator[None]:
    """A transaction of our own, or a savepoint in the one that was handed in."""
    with connection.begin() if own else connection.begin_nested():
        yield
