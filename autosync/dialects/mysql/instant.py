"""What ALGORITHM=INSTANT takes (facts, section 1)."""

from __future__ import annotations

import re

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.schema import Key

_CONSTANT = re.compile(
    r"""[-+]?[\d.]+(?:e[-+]?\d+)?
      | (?:[bx]|_\w+\s*)?'(?:[^'\\]|''|\\.)*'
      | null | true | false
      | current_timestamp\(\d*\)(?:\s+on\s+update\s+current_timestamp\(\d*\))?
      | curdate\(\)""",
    re.VERBOSE | re.IGNORECASE,
)


def is_constant(default: str) -> bool:
    """Whether INSTANT takes a default in its normal form, with one value for all rows."""
    return _CONSTANT.fullmatch(default) is not None


def obstacle(connection: Connection, key: Key) -> str | None:
    """What about a table is in the way of INSTANT, None if nothing is."""
    query = text(
        "SELECT engine, row_format FROM information_schema.tables "
        "WHERE table_schema = COALESCE(:schema, DATABASE()) AND table_name = :name"
    )
    row = connection.execute(query, {"schema": key[0], "name": key[1]}).first()
    if row is None:
        return None
    if row[0] != "InnoDB":
        return f"a table of the engine {row[0]} is rebuilt"
    compressed = (row[1] or "").lower() == "compressed"
    return "a table with ROW_FORMAT=COMPRESSED is rebuilt" if compressed else None
