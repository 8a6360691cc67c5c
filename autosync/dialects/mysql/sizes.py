"""How much of a row MySQL counts before it adds a column INSTANT, as data (measured on 9.7).

It counts each column at its longest, unless that is long enough to be kept outside of the row. So
it refuses to add one to a table with forty columns of 50 characters, to which it adds it otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from autosync.dialects.mysql.equality import normal_type
from autosync.schema import Column

MOST = 8_126
"""Bytes of a row in a page of 16 KB."""
HEADER, PER_COLUMN = 20, 3
INSIDE, OUTSIDE = 255, 40
"""The longest column that is counted as a whole, and what is counted of a longer one."""
FIXED = {
    "tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "bigint": 8, "float": 4, "double": 8,
    "decimal": 30, "bit": 8, "date": 3, "time": 6, "datetime": 8, "timestamp": 7, "year": 1,
    "enum": 2, "set": 8,
}  # fmt: skip
NARROW = {"latin1": 1, "ascii": 1, "binary": 1, "utf8mb3": 3, "utf8": 3}
"""The bytes of a character; four of any other character set."""
_SIZED = re.compile(r"(?:var)?(char|binary)\((\d{1,9})\)")
_NAME = re.compile(r"[a-z]+")


def may_be_too_large(columns: Iterable[Column], collation: str) -> bool:
    """Whether a row of these columns, in a table of this collation, may be too large for that."""
    counted = [_bytes(column, collation) + PER_COLUMN for column in columns]
    return HEADER + sum(counted) > MOST


def _bytes(column: Column, collation: str) -> int:
    if column.computed is not None and not column.stored:
        return 0
    type_ = normal_type(column.type)
    sized = _SIZED.match(type_)
    if sized is None:
        name = _NAME.match(type_)
        return FIXED.get(name[0] if name else "", OUTSIDE)
    charset = (column.collation or collation).lower().partition("_")[0]
    width = 1 if sized[1] == "binary" else NARROW.get(charset, 4)
    longest = int(sized[2]) * width
    return longest if longest <= INSIDE else OUTSIDE
