"""How MySQL's locks are had without holding up those who work on the tables."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import DDLElement

from autosync.ddl import send
from autosync.dialects.base import Busy, Outdated
from autosync.dialects.lock_names import lock_digest
from autosync.dialects.mysql import cluster
from autosync.dialects.mysql.ddl import AnyRow, LockTable

BUSY = {1205, 1213, 1969, 3024}
TIMEOUTS = ("lock_wait_timeout", "innodb_lock_wait_timeout")
PREFIX = "autosync."
DIGITS = 48
"""MySQL takes names of 64 characters."""
PAUSE = 0.01
"""The longest pause between two attempts at a lock, in seconds."""


def name(connection: Connection, secret: str | None) -> str:
    """The name of the lock between synchronizers of the current database."""
    database = connection.execute(text("SELECT DATABASE()")).scalar()
    return named(str(database or ""), secret)


def named(database: str, secret: str | None) -> str:
    """The name of the lock for one of the databases of a server, all of which share their locks."""
    return f"{PREFIX}{lock_digest(database, secret).hex()[:DIGITS]}"


@contextmanager
def session(connection: Connection, variable: str, value: str) -> Iterator[None]:
    """A session variable with another value, which is put back."""
    before = connection.execute(text(f"SELECT @@SESSION.{variable}")).scalar()
    send(connection, f"SET SESSION {variable} = {value}")
    try:
        yield
    finally:
        if not connection.invalidated:
            send(connection, f"SET SESSION {variable} = {before}")


def attempt(run: Callable[[], None], patience: float, wait: float) -> None:
    """Run what waits no longer than ``wait`` seconds for a lock, again and again, for about
    ``patience`` seconds.

    While it waits, others queue behind it, or die of it. So the longer it waits, the longer it lets
    them work in between.
    """
    end = time.monotonic() + patience
    while True:
        try:
            run()
        except Busy:
            pause = random.uniform(0, PAUSE)
            if time.monotonic() > end:
                raise
        except DBAPIError as error:
            pause = wait + random.uniform(0, wait or PAUSE)
            if number(error) not in BUSY or time.monotonic() > end:
                raise
        else:
            return
        time.sleep(pause)


def guard(
    table: sa.Table, made: Sequence[Any], *, empty: bool, copied: bool = False
) -> tuple[DDLElement, ...]:
    """The guard of an ALTER that would invent values for rows, or for which the table is copied.

    A copy locks writers out from its beginning, and readers at its end: if it could not have the
    second lock, it would have held them up for nothing.
    """
    columns = [item for item in made if isinstance(item, sa.Column)]
    keys = [item for item in made if isinstance(item, sa.ForeignKeyConstraint)]
    invents = any(not (c.nullable or c.server_default or c.computed) for c in columns)
    copied |= bool(keys) or any(isinstance(item, sa.CheckConstraint) for item in made)
    lock = LockTable(table, [key.elements[0].column.table for key in keys])
    if empty and invents:
        return lock, AnyRow(table)
    return (lock,) if copied else ()


@contextmanager
def guarded(connection: Connection, lock: str, *any_row: str) -> Iterator[None]:
    """A block in which nobody else uses a table; and it has no row, where that is asked.

    On a node of a Galera cluster nothing is locked: who holds a table while he waits for his turn
    among the nodes, and who has the turn and waits for the table, would wait for ever.
    """
    is_node = cluster.is_node(connection)
    if not is_node:
        send(connection, lock)
    try:
        for query in any_row:
            if send(connection, query).first() is not None:
                raise Outdated("the table is not empty any more")
        yield
    finally:
        if not (is_node or connection.invalidated):
            send(connection, "UNLOCK TABLES")


def number(error: DBAPIError) -> int | None:
    """The server's number of an error."""
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None
