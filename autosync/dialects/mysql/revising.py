"""Revisions on MariaDB and MySQL: each DDL statement commits, and GET_LOCK outlives that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import ClassVar

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.blockers import Wanted
from autosync.ddl import send
from autosync.dialects.base import Busy, Dialect
from autosync.dialects.mysql import blockers, locks

DDL = re.compile(r"\s*(ALTER|CREATE|DROP|RENAME|TRUNCATE)\b", re.IGNORECASE)
METADATA = "lock_wait_timeout"


class Revising(Dialect):
    """The part of the dialect in which MySQL differs."""

    revision_level = "REPEATABLE READ"
    restates_columns = True
    shortest_wait: ClassVar[int] = 1
    """Seconds that a statement waits for a table at the least."""

    @contextmanager
    def revising(self, connection: Connection, patience: float, *, own: bool) -> Iterator[None]:
        """The lock, with timeouts that are put back."""
        with ExitStack() as stack:
            for variable in locks.TIMEOUTS:
                before = connection.execute(text(f"SELECT @@SESSION.{variable}")).scalar()
                stack.enter_context(locks.session(connection, variable, str(before)))
            with super().revising(connection, patience, own=own):
                yield

    def is_repeatable(self, sql: str) -> bool:
        """DDL: what was before it is committed, and of itself nothing is done."""
        return DDL.match(sql) is not None

    @contextmanager
    def letting_in(self, connection: Connection, wanted: Wanted) -> Iterator[None]:
        """Without waiting, or for the shortest time that the server knows.

        Whoever waits is in the way of all who come later, and those who have read the table and
        then write to it are victims of a deadlock: so there is a look first where it would wait.
        """
        if self.shortest_wait and blockers.is_held(connection, wanted.tables):
            raise Busy("another session holds a table that is to be altered")
        with locks.session(connection, METADATA, str(self.shortest_wait)):
            yield

    def be_patient(self, connection: Connection, seconds: float) -> None:
        """By the session's timeouts, which know whole seconds."""
        for variable in locks.TIMEOUTS:
            send(connection, f"SET SESSION {variable} = {max(int(seconds), 1)}")
