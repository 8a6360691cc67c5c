"""Python's functions that people give as ``default=``, and what a server has in their place."""

from __future__ import annotations

import datetime
import secrets
import time
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import sqlalchemy as sa

from autosync.compiler import Compiler
from autosync.dialects.columns import python_function
from autosync.schema import Column

NOW, UTC_NOW, TODAY, EPOCH, TOKEN = "now", "utcnow", "today", "epoch", "token"
UUID, UUID_TEXT, UUID_DIGITS = "uuid", "uuid as text", "uuid as digits"

FUNCTIONS: Mapping[Any, str] = {
    datetime.datetime.now: NOW,
    datetime.datetime.today: NOW,
    datetime.datetime.utcnow: UTC_NOW,
    datetime.date.today: TODAY,
    time.time: EPOCH,
    secrets.token_hex: TOKEN,
    uuid.uuid4: UUID,
}
UUID_SIZES = {"char(32)": UUID_DIGITS, "uuid": UUID}
"""The types in which SQLAlchemy keeps a UUID; any other text has its hyphens."""


class Spelling(NamedTuple):
    """An expression of a server, of the version ``since``."""

    text: str
    since: tuple[int, ...] = ()


class Functions:
    """The part of a dialect that knows what its server computes as Python does."""

    compiler: Compiler
    spellings: ClassVar[Mapping[str, Spelling]] = {}

    def computed_by_server(self, column: Column) -> str | None:
        """The server default that does what the function of a declared column's Python-side default
        does, None where that is not known.
        """
        function = python_function(column.origin)
        try:
            meaning = FUNCTIONS.get(function)
        except TypeError:  # not everything that can be called can be hashed
            return None
        if meaning == UUID:
            meaning = self._uuid_in(column)
        spelling = self.spellings.get(meaning or "")
        version = self.compiler.dialect.server_version_info or ()
        return None if spelling is None or version < spelling.since else spelling.text

    def _uuid_in(self, column: Column) -> str | None:
        text = column.type.lower().replace(" ", "")
        if text in UUID_SIZES:
            return UUID_SIZES[text]
        return UUID_TEXT if isinstance(column.origin.type, sa.String) else None
