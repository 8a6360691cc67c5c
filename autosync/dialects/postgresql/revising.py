"""Revisions on PostgreSQL: all of an upgrade is one transaction, with the advisory lock in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection

from autosync.dialects.base import Dialect
from autosync.dialects.postgresql import locks


class Revising(Dialect):
    """What PostgreSQL does otherwise."""

    revision_level = "READ COMMITTED"
    revisions_are_one = True

    @contextmanager
    def revising(self, connection: Connection, patience: float, *, own: bool) -> Iterator[None]:
        """A unit: a lock of the session would outlive its owner behind a pooler."""
        with self.unit(connection, patience, own=own):
            yield

    def be_patient(self, connection: Connection, seconds: float) -> None:
        """By lock_timeout, until the transaction ends."""
        locks.set_timeout(connection, seconds)
