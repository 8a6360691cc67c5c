"""Revisions on SQLite: all of an upgrade is one transaction, without foreign keys.

A revision that rebuilds a table drops the old one. With foreign keys enforced, that deletes the
rows which point at it, or fails; and inside of a transaction nobody can switch that off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.engine import Connection

from autosync.ddl import send
from autosync.dialects.base import Dialect
from autosync.dialects.revising import Orphaned
from autosync.errors import UnusableConnection


class Revising(Dialect):
    """The part of the dialect in which SQLite differs."""

    revisions_are_one = True

    @contextmanager
    def revising(self, connection: Connection, patience: float, *, own: bool) -> Iterator[None]:
        """A unit; where foreign keys are enforced, they are checked at its end instead."""
        with self.reading(connection, patience):
            enforced = connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
        if not enforced:
            with self.unit(connection, patience, own=own):
                yield
            return
        if not own:
            raise UnusableConnection(
                "the connection enforces foreign keys (PRAGMA foreign_keys), so that a revision "
                "which rebuilds a table may delete the rows that point at it, and inside of a "
                "transaction that cannot be switched off: hand in the Engine"
            )
        _switch(connection, "OFF")
        try:
            with self.unit(connection, patience, own=own):
                before = _orphans(connection)
                yield
                _check(_orphans(connection) - before)
        finally:
            if not connection.invalidated:
                _switch(connection, "ON")


def _switch(connection: Connection, value: str) -> None:
    """Outside of any transaction, also where a listener begins one with SQLAlchemy's."""
    block = connection.begin()
    driver: Any = connection.connection.driver_connection
    if driver.in_transaction:
        send(connection, "COMMIT")
    send(connection, f"PRAGMA foreign_keys = {value}")
    block.rollback()


def _orphans(connection: Connection) -> Counter[tuple[str, str]]:
    """How many rows of which table point nowhere in which other."""
    rows = send(connection, "PRAGMA foreign_key_check").all()
    return Counter((str(table), str(parent)) for table, _, parent, _ in rows)


def _check(orphans: Counter[tuple[str, str]]) -> None:
    if orphans:
        said = ", ".join(f"{n} of {a} in {b}" for (a, b), n in sorted(orphans.items()))
        raise Orphaned(f"rows that point nowhere: {said}")
