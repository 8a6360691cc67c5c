"""How a fact is asked for: SQL, straight to the server, without autosync."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from tests.servers.database import LiveDatabase


class Session:
    """One session, in which every statement commits unless BEGIN was said."""

    def __init__(self, engine: Engine, stack: ExitStack) -> None:
        self.engine = engine
        self.stack = stack
        self.connection = stack.enter_context(engine.connect())

    def another(self) -> Session:
        """Another session, in the same database."""
        return Session(self.engine, self.stack)

    def run(self, *statements: str) -> None:
        """Carry out statements."""
        for sql in statements:
            self._send(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return [tuple(row) for row in self._send(sql).all()]

    def column(self, sql: str) -> list[Any]:
        """The first value of each row of a query."""
        return [row[0] for row in self.rows(sql)]

    def value(self, sql: str) -> Any:
        """The first value of the first row of a query."""
        return self.column(sql)[0]

    def error(self, *statements: str) -> Any:
        """What the last of these statements fails with (the others do not), None if it does not.

        PostgreSQL: the sqlstate; MariaDB: the number; SQLite: the text.
        """
        self.run(*statements[:-1])
        try:
            self._send(statements[-1])
        except DBAPIError as error:
            return code(error)
        return None

    def later(self, ask: Callable[[], Any]) -> Future[Any]:
        """Ask in a thread, for what waits for another session."""
        return self.stack.enter_context(ThreadPoolExecutor(1)).submit(ask)

    def _send(self, sql: str) -> Any:
        options = {"no_parameters": True}
        return self.connection.exec_driver_sql(sql, execution_options=options)


def code(error: DBAPIError) -> Any:
    """What tells an error of the server from others."""
    original: Any = error.orig
    first = original.args[0] if original.args else None
    if isinstance(first, int):
        return first
    state = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    return state or str(original)


@contextmanager
def session(database: LiveDatabase) -> Iterator[Session]:
    """A session in a fresh database."""
    with ExitStack() as stack:
        # 1.4's own style would commit after every INSERT, and after every DDL statement
        engine = database.create_engine(isolation_level="AUTOCOMMIT", future=True)
        yield Session(engine, stack)
