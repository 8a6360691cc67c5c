"""Statements of revisions that are not let in: run again, each by itself, until the deadline.

That is for databases where every DDL statement commits. Elsewhere all revisions are run again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from autosync.blockers import Wanted
from autosync.deadline import Deadline
from autosync.dialects.base import Busy
from autosync.logs import log
from autosync.lookout import Lookout
from autosync.schema import Key

NOBODY = Wanted({})


def wanted(sql: str, tables: Collection[Key]) -> Wanted:
    """The tables that a statement names, as far as its words tell."""
    words = set(re.findall(r"\w+", sql))
    return Wanted({key: "alter" for key in tables if words.issuperset(re.findall(r"\w+", key[1]))})


@contextmanager
def repeated(lookout: Lookout, deadline: Deadline) -> Iterator[None]:
    """A block in which a statement that may be run again is, if another session is in its way.

    It is a block of the connection that looks out.
    """
    connection, dialect = lookout.connection, lookout.dialect
    driver = connection.connection.dbapi_connection
    at_work = False

    def execute(run: Callable[[], None], sql: str, context: Any) -> bool:
        nonlocal at_work
        ours = context.root_connection.connection.dbapi_connection is driver
        if not ours or at_work or not dialect.is_repeatable(sql):
            return False
        at_work = True
        try:
            _let_in(run, sql, lookout, deadline)
        finally:
            at_work = False
        return True

    def do_execute(cursor: Any, sql: str, parameters: Any, context: Any) -> bool:
        plain = connection.dialect
        return execute(lambda: plain.do_execute(cursor, sql, parameters, context), sql, context)

    def do_execute_no_params(cursor: Any, sql: str, context: Any) -> bool:
        plain = connection.dialect
        return execute(lambda: plain.do_execute_no_params(cursor, sql, context), sql, context)

    listeners: dict[str, Callable[..., bool]] = {
        "do_execute": do_execute,
        "do_execute_no_params": do_execute_no_params,
    }
    for name, listener in listeners.items():
        sa.event.listen(connection.engine, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners.items():
            sa.event.remove(connection.engine, name, listener)


def _let_in(run: Callable[[], None], sql: str, lookout: Lookout, deadline: Deadline) -> None:
    """Run it; after the deadline once more, whoever is in the way."""
    connection, dialect = lookout.connection, lookout.dialect
    driver: Any = connection.dialect.dbapi
    tables = wanted(sql, dialect.relations(connection, ()))
    for _ in deadline.tries():
        try:
            with dialect.letting_in(connection, tables):
                run()
                return
        except Busy as error:
            log.debug("waiting: %s", error)
        except driver.Error as error:
            if not dialect.is_busy(DBAPIError(sql, None, error)):
                raise
            log.debug("trying again: %s", error)
        lookout.waiting(tables)
    with dialect.letting_in(connection, NOBODY):
        run()
