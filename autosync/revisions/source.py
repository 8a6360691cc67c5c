"""Types and texts as the Python that makes them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import dialects
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from autosync.escape import escaped

_DIALECTS = "sqlalchemy.dialects."


def in_string(text: str) -> str:
    """A text for the inside of a string between double quotes, on one line, and with no way out."""
    return escaped(text.replace("\\", "\\\\")).replace('"', '\\"')


def type_source(type_: Any, dialect: Dialect) -> str:
    """A type of SQLAlchemy; for one of the application's, what it is in the database."""
    while isinstance(type_, TypeDecorator):
        type_ = type_.load_dialect_impl(dialect)
    module = type(type_).__module__.removeprefix(_DIALECTS).partition(".")[0]
    return f"{module if module in dialects.__all__ else 'sa'}.{type_!r}"
