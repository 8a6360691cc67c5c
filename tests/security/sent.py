"""What autosync sends to PostgreSQL in the tests, and who of it sends that."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

import autosync
from tests.security.qualification import is_query, unqualified

PACKAGE = f"{Path(autosync.__file__).parent}/"
TESTS = f"{Path(__file__).parents[1]}/"
IN_OTHER_WORDS = {
    "facts.py": "asks for rows in the words of the models, once check_trusted() has let it",
    "dialects/base.py": "counts rows, and is generic otherwise",
    "reflection.py": "SQLAlchemy's Inspector, once check_trusted() has let it",
    "alembic.py": "Alembic's words",
    "handover": "SQLAlchemy's and Alembic's words, once there is a plan",
    "revisions": "the words of Alembic, sqlalchemy-migrate and the revisions themselves",
}
"""Where statements come from that are not all ours, and why that is so."""


def sender() -> str | None:
    """The file of autosync that sends the current statement, None where it is a test."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(TESTS) and file != __file__:
            return None
        if file.startswith(PACKAGE) and not file.endswith("/ddl.py"):  # which only passes it on
            return str(file[len(PACKAGE) :])
        frame = frame.f_back
    return None


def is_ours(file: str | None, sql: str) -> bool:
    """Whether a statement is a question in words of our own."""
    return file is not None and is_query(sql) and not file.startswith(tuple(IN_OTHER_WORDS))


@cache
def _complaints(sql: str) -> tuple[str, ...]:
    return tuple(unqualified(sql))


def check(connection: Any, cursor: Any, sql: str, *_: Any) -> None:
    """Fail where a question to PostgreSQL leaves a name to the search path."""
    if connection.dialect.name != "postgresql" or not is_query(sql) or not _complaints(sql):
        return
    file = sender()
    assert not is_ours(file, sql), f"{file} leaves to the search path: {_complaints(sql)}\n{sql}"


def check_all() -> None:
    """Check every statement of every engine of this process."""
    sa.event.listen(Engine, "before_cursor_execute", check)


@contextmanager
def listening(name: str, listener: Callable[..., None]) -> Iterator[None]:
    """A block in which an event of every engine is listened to."""
    sa.event.listen(Engine, name, listener)
    try:
        yield
    finally:
        sa.event.remove(Engine, name, listener)
