"""The modes of a session: what its server prints, and what a backslash means to it.

What the models declare keeps the mode of the application, for that is what it means there; but for
NO_BACKSLASH_ESCAPES. In a session of that mode MySQL 9.7 misreads its own expressions: ALTER TABLE
fails where a check of the table has an apostrophe, and doubles the backslashes that one has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.compiler import Compiler
from autosync.ddl import send
from autosync.verbatim import Noted

DISTURBING = frozenset(
    [
        "ANSI_QUOTES", "PAD_CHAR_TO_FULL_LENGTH", "NO_FIELD_OPTIONS", "NO_TABLE_OPTIONS",
        "NO_KEY_OPTIONS", "ORACLE", "MSSQL", "DB2", "POSTGRESQL", "MAXDB", "MYSQL40", "MYSQL323",
    ]
)  # fmt: skip
"""Those in which SHOW CREATE TABLE quotes names otherwise, or says less, or more."""
NO_ESCAPES = "NO_BACKSLASH_ESCAPES"
_QUERY = text("SELECT @@SESSION.sql_mode, @@SESSION.sql_quote_show_create")
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`""")


class Mode(NamedTuple):
    """How a session reads what is sent to it, and has the server print a table."""

    sql_mode: str
    quotes_names: bool

    @classmethod
    def of(cls, connection: Connection) -> Mode:
        """Of this session."""
        sql_mode, quotes_names = connection.execute(_QUERY).one()
        return cls(sql_mode, bool(quotes_names))

    def printing(self, connection: Connection) -> AbstractContextManager[None]:
        """A block in which a table is printed with all there is, and its names in backticks."""
        plain = self.quotes_names and DISTURBING.isdisjoint(self._words)
        return nullcontext() if plain else self._as(connection, Mode("", quotes_names=True))

    def escaping(self, connection: Connection) -> AbstractContextManager[None]:
        """A block in which a backslash escapes what follows it."""
        kept = ",".join(word for word in self._words if word != NO_ESCAPES)
        return self._as(connection, self._replace(sql_mode=kept))

    @property
    def _words(self) -> list[str]:
        return self.sql_mode.split(",")

    @contextmanager
    def _as(self, connection: Connection, other: Mode) -> Iterator[None]:
        other._set(connection)
        try:
            yield
        finally:
            if not connection.invalidated:
                self._set(connection)

    def _set(self, connection: Connection) -> None:
        # to a session with EMPTY_STRING_IS_NULL, '' is no mode
        mode = f"'{self.sql_mode}'" if self.sql_mode else "0"
        quotes = int(self.quotes_names)
        send(connection, f"SET SESSION sql_mode = {mode}, sql_quote_show_create = {quotes}")


def escaping(connection: Connection) -> AbstractContextManager[None]:
    """A block in which a backslash escapes what follows it, as :class:`Escaping` writes it."""
    if connection.dialect._backslash_escapes:  # type: ignore[attr-defined]
        return nullcontext()
    return Mode.of(connection).escaping(connection)


class Escaping(Compiler):
    """Compiles what an application without escapes declares for a session with them."""

    def noted(self, element: Any) -> tuple[str, tuple[Noted, ...]]:
        """The text of an element, and the names and the values in it."""
        sql, noted = super().noted(element)
        return self._escaped(sql), noted

    def type(self, column: sa.Column[Any]) -> str:
        """The text of a column's type."""
        return self._escaped(super().type(column))

    def default(self, column: sa.Column[Any]) -> str | None:
        """The text of a column's server default, None where it has none."""
        default = super().default(column)
        return default and self._escaped(default)

    def expression(self, clause: Any) -> str:
        """The text of an expression inside DDL."""
        return self._escaped(super().expression(clause))

    def _escaped(self, sql: str) -> str:
        if "\\" not in sql:
            return sql
        names = '`"' if self.dialect._server_ansiquotes else "`"
        return _QUOTED.sub(
            lambda piece: piece[0] if piece[0][0] in names else piece[0].replace("\\", r"\\"), sql
        )
