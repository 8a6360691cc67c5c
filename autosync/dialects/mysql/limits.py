"""The limits of MySQL and MariaDB, by the number of their error, as data."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

WIDE = (
    "Make wide columns TEXT or BLOB, of which little is in the row; or give the new columns a "
    "table of their own."
)
KEYS = "Drop an index that is not needed, or do without this one."
KEY_LENGTH = (
    "Index the beginning of the column (mysql_length), or make the column shorter; 767 bytes "
    "become 3,072 with ROW_FORMAT=DYNAMIC."
)
KEYLESS = (
    "Give the table a primary key; or let an administrator unset the variable that demands it "
    "(sql_require_primary_key, innodb_force_primary_key)."
)
CORRECT = "Correct it in the models."


KEY_BYTES, CHARACTER_BYTES = 3_072, 4
"""How long an index may be, and how long a character."""
_STRING = re.compile(r"(?:var)?(?:char|binary)\((\d{1,9})\)")
_ENDLESS = re.compile(r"(?:tiny|medium|long)?(?:text|blob)\b|json\b")


class Limit(NamedTuple):
    """A limit that is exceeded, and a way out."""

    what: str
    advice: str


LIMITS: Mapping[int, Limit] = {
    1069: Limit("the table would have too many indexes", KEYS),
    1070: Limit("an index has too many columns", KEYS),
    1071: Limit("the index is too long", KEY_LENGTH),
    1074: Limit("the column is too long", "Make it shorter, or TEXT or BLOB."),
    1117: Limit("the table has too many columns", WIDE),
    1118: Limit("a row would be too large", WIDE),
    1173: Limit("the server wants a primary key in every table", KEYLESS),
    1709: Limit("the index is too long", KEY_LENGTH),
    3750: Limit("the server wants a primary key in every table", KEYLESS),
}
"""Errors that come with a figure, or with a setting of the server."""
OF_THE_COPY = frozenset({
    1005, 1044, 1046, 1050, 1114, 1142, 1143, 1214, 1227, 1286, 1290, 1478, 1506, 1562, 1674,
    1786, 1787, 1792, 1796, 1836, 3500, 4047,
})  # fmt: skip
"""Errors that speak of a temporary table: it has no FULLTEXT index, no partitions, no compression;
and not everybody may make one, nor everywhere.
"""


def may_be_hashed(types: Collection[str]) -> bool:
    """Whether a unique index over columns of these types may be too long for an index, so that
    MariaDB keeps it as a hash.
    """
    sizes = [int(match[1]) for match in map(_STRING.match, types) if match is not None]
    endless = any(_ENDLESS.match(one) for one in types)
    return endless or CHARACTER_BYTES * sum(sizes) > KEY_BYTES
