"""What is known of databases before there is a connection, as data: drivers, files, complaints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from sqlalchemy.engine import URL


class Extra(NamedTuple):
    """An extra of our distribution (setup.cfg), and the driver that it installs."""

    name: str
    driver: str


EXTRAS = {
    "postgresql": Extra("postgresql", "psycopg"),
    "mysql": Extra("mysql", "pymysql"),
    "mariadb": Extra("mysql", "pymysql"),
}
"""By what a URL begins with."""

IN_FILES = {"sqlite", "duckdb"}
"""The databases that are a file, which connecting would create."""


ENGINE_OPTIONS: Mapping[str, Mapping[str, object]] = {
    "psycopg": {"use_native_hstore": False},
    "psycopg_async": {"use_native_hstore": False},
    "psycopg2": {"use_native_hstore": False},
}
"""By driver, what the engines of the command line are made with: SQLAlchemy looks for the type
hstore as soon as it connects, by an operator that others can plant in the search path."""


def file_of(url: URL) -> Path | None:
    """The file that a URL means, None for a database on a server or in memory."""
    name = url.database or ""
    if url.get_backend_name() not in IN_FILES or url.query.get("mode") == "memory":
        return None
    if name.startswith("file:"):
        name = unquote(re.sub("^//[^/]*", "", name[len("file:") :].partition("?")[0]))
    # "md:" is a database in DuckDB's cloud
    return None if not name or name.startswith((":", "md:")) else Path(name)


NOT_LET_IN = (
    r"password authentication failed|access denied for user|no password supplied"
    r"|authentication failed|role .* does not exist|no pg_hba\.conf entry"
)

NOT_UP = (
    r"database system is (starting up|shutting down|in recovery|not (yet )?accepting)"
    r"|shutdown in progress"
)

COMPLAINTS: tuple[tuple[str, str], ...] = (
    (
        r"read-?only|--read-only",
        "connect to a server and a file that can be written, as a user who may",
    ),
    (
        r"statement timeout",
        "the role, its database or the server sets statement_timeout: let another one be set for "
        "whoever synchronizes",
    ),
    (
        r"(idle-in-transaction|transaction|idle-session) timeout",
        "the role, its database or the server limits the time of sessions and transactions: let "
        "another limit be set for whoever synchronizes",
    ),
    (
        r"access denied for user .* to database|access denied; you need|permission denied"
        r"|command denied|must be owner|not owner",
        "connect as the owner of these tables, or have the right granted",
    ),
    (
        NOT_LET_IN,
        "check the user and the password in the URL; a special character in either is written "
        "percent-encoded, @ as %40",
    ),
    (
        r"database .* does not exist|unknown database",
        "check its name, or create it first: autosync adds tables, not databases",
    ),
    (
        r"could not translate host|failed to resolve host|name or service not known|nodename nor"
        r"|getaddrinfo failed|name resolution",
        "check the name of the host in the URL",
    ),
    (
        r"connection refused|can't connect|could not connect|connect call failed|timed? ?out"
        r"|no such file or directory|no route to host|unreachable",
        "is the server running, and are the host and the port in the URL right?",
    ),
    (
        NOT_UP,
        "the server is just starting or stopping: wait until it is up, then run this again",
    ),
    (
        r"lost connection|server has gone away|terminating connection|connection was closed"
        r"|server closed the connection",
        "the server ended the connection: look into its log, then run this again",
    ),
    (r"too many (clients )?(already|connections)|connection slots", "try again later"),
    (
        r"database (table |schema )?is locked|could not set lock",
        "another process is using it: wait until it has finished, or give a longer --deadline",
    ),
    (
        r"unable to open database file|cannot open file",
        "its folder must exist, and you must be allowed to write there",
    ),
    (r"file is not a database|not a valid .* database file", "check the path in the URL"),
    (
        r"invalid connection option|unexpected keyword argument|invalid dsn",
        "check the options after the ? in the URL",
    ),
)
"""What drivers and servers complain of (a pattern, in any case), and what to do about it.

By text, since most drivers give no code for what goes wrong before there is a connection. The first
that fits is taken; one that fits none, or that a server says in another language, is shown without
advice.
"""


def advice(complaint: str) -> str:
    """What to do about what a driver said, empty if that is not known."""
    for pattern, remedy in COMPLAINTS:
        if re.search(pattern, complaint, re.IGNORECASE):
            return remedy
    return ""


def is_not_up(complaint: str) -> bool:
    """Whether a server has said that it is just starting or stopping."""
    return re.search(NOT_UP, complaint, re.IGNORECASE) is not None


def is_not_let_in(complaint: str) -> bool:
    """Whether a server has said that this user, or this password, is none of its own."""
    return re.search(NOT_LET_IN, complaint, re.IGNORECASE) is not None
