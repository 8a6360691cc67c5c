"""Revisions on MariaDB and MySQL: each DDL statement commits, and GET_LOCK outlives that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.ddl import send
from autosync.dialects.base import Dialect
from autosync.dialects.mysql import locks


class Revising(Dialect):
    """What MySQL does otherwise."""

    revision_level = "REPEATABLE READ"
    restates_columns = True

    @contextmanager
    def revising(self, connection: Connection, patience: float, *, own: bool) -> Iterator[None]:
        """The lock, with timeouts that are put back."""
        with ExitStack() as stack:
            for variable in locks.TIMEOUTS:
                before = connection.execute(text(f"SELECT @@SESSION.{variable}")).scalar()
                stack.enter_context(locks.session(connection, variable, str(before)))
            with super().revising(connection, patience, own=own):
                yield

    def be_patient(self, connection: Connection, seconds: float) -> None:
        """By the session's timeouts, which know whole seconds."""
        for variable in locks.TIMEOUTS:
            send(connection, f"SET SESSION {variable} = {max(int(seconds), 1)}")
