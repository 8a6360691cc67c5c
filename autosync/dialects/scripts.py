"""How a script is written that a database's own client is to run, as data.

A client reads line by line, and has commands of its own: a backslash outside of quotes, a dot at
the beginning of a line, a word such as DELIMITER. None of them looks inside of quotes or behind
``--``, and so it is enough that statements are whole, and that every line of a comment is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from autosync.plan import Statement

TOO_MANY = "(SELECT 'the table is not empty any more' UNION ALL SELECT '')"
"""Two rows for one value, which is an error: outside of a routine, SIGNAL is none that one has."""


def _plain(statement: Statement) -> Iterator[str]:
    yield statement.sql


def _guarded(statement: Statement) -> Iterator[str]:
    """A statement under the lock that it needs, and only if the table still has no row; or one that
    points at what is not there yet.
    """
    if statement.unchecked:
        yield "SET foreign_key_checks = 0"
        yield statement.sql
        yield "SET foreign_key_checks = 1"
        return
    if not statement.guard:
        yield statement.sql
        return
    lock, *any_row = statement.guard
    yield lock
    for query in any_row:
        yield f"SET @autosync = IF(EXISTS({query}), {TOO_MANY}, 0)"
    yield statement.sql
    yield "UNLOCK TABLES"


class Client(NamedTuple):
    """A client that runs scripts.

    ``command`` is how. ``first`` are the lines that a script begins with: to stop at an error, and
    to read what follows as it was written. ``begin`` and ``end`` stand around each unit, unless
    they are empty. ``statements`` makes of one what has to be run for it. ``doubtful`` finds what
    could be read in two ways.
    """

    command: str
    first: tuple[str, ...] = ()
    begin: str = ""
    end: str = ""
    statements: Callable[[Statement], Iterator[str]] = _plain
    doubtful: re.Pattern[str] | None = None


_MYSQL = Client(
    "mysql --default-character-set=utf8mb4 DATABASE < FILE",
    ("SET NAMES utf8mb4;",),
    statements=_guarded,
    # it is one character or half of one, depending on the sql_mode of the session
    doubtful=re.compile(r"\\"),
)
_CLIENTS = {
    "postgresql": Client(
        "psql --no-psqlrc --file=FILE DATABASE",
        (
            r"\set ON_ERROR_STOP on",
            "SET client_encoding = 'UTF8';",
            "SET standard_conforming_strings = on;",
        ),
        begin="BEGIN",
        end="COMMIT",
    ),
    "mysql": _MYSQL,
    "mariadb": _MYSQL._replace(command=_MYSQL.command.replace("mysql", "mariadb")),
    "sqlite": Client("sqlite3 DATABASE < FILE", (".bail on",), "BEGIN IMMEDIATE", "COMMIT"),
}


def client_of(dialect: str) -> Client:
    """The client of a database; one without a name, which takes bare statements, for others."""
    return _CLIENTS.get(dialect, Client("the client of the database, so that it stops at errors"))
