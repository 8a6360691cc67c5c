"""The modes of a session, as far as they change what the server prints.

What the models declare is sent in the mode of the application, for that is what it means there.
What the server says is read in a mode of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.ddl import send

DISTURBING = frozenset(
    [
        "ANSI_QUOTES", "PAD_CHAR_TO_FULL_LENGTH", "NO_FIELD_OPTIONS", "NO_TABLE_OPTIONS",
        "NO_KEY_OPTIONS", "ORACLE", "MSSQL", "DB2", "POSTGRESQL", "MAXDB", "MYSQL40", "MYSQL323",
    ]
)  # fmt: skip
"""Those in which SHOW CREATE TABLE quotes names otherwise, or says less, or more."""
_QUERY = text("SELECT @@SESSION.sql_mode, @@SESSION.sql_quote_show_create")


class Printing(NamedTuple):
    """How a session has the server print a table."""

    sql_mode: str
    quotes_names: bool

    @classmethod
    def of(cls, connection: Connection) -> Printing:
        """Of this session."""
        sql_mode, quotes_names = connection.execute(_QUERY).one()
        return cls(sql_mode, bool(quotes_names))

    @contextmanager
    def plainly(self, connection: Connection) -> Iterator[None]:
        """A block in which it prints all there is, and names in backticks."""
        if self.quotes_names and DISTURBING.isdisjoint(self.sql_mode.split(",")):
            yield
            return
        send(connection, "SET SESSION sql_mode = 0, sql_quote_show_create = 1")
        try:
            yield
        finally:
            if not connection.invalidated:
                send(
                    connection,
                    f"SET SESSION sql_mode = '{self.sql_mode}', "
                    f"sql_quote_show_create = {int(self.quotes_names)}",
                )
