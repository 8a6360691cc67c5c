"""When two texts of SQLite mean the same: types by their affinity, constants by their value."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from functools import lru_cache

SYNONYMS = {"int": "integer", "bool": "boolean", "dec": "decimal"}
AFFINITIES = (
    ("INTEGER", re.compile("int")),
    ("TEXT", re.compile("char|clob|text")),
    ("BLOB", re.compile("blob|^$")),
    ("REAL", re.compile("real|floa|doub")),
)
"""Affinities by the words that a declared type contains, in the order in which SQLite asks."""
NUMERIC = "NUMERIC"
"""The affinity of all other types, so that it tells nothing of the values."""
FAMILIES = ({"numeric", "decimal", "number"}, {"datetime", "timestamp"})
"""Types of that affinity in which SQLAlchemy keeps the same values."""
NO_AFFINITY = {"any": "BLOB"}
"""In a STRICT table, which alone has this type, it leaves every value as it is."""

_CONSTANT = re.compile(
    r"""[-+]?\s*(?:0x[\da-f]+|(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)
      | x?'(?:[^']|'')*' | "(?:[^"]|"")*" | [^\W\d]\w*""",
    re.IGNORECASE | re.VERBOSE,
)
_NO_CONSTANT = re.compile("null|current_(?:date|time|timestamp)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def normal_type(text: str) -> str:
    """A declared type in lower case, without spaces that mean nothing."""
    name, bracket, size = re.sub(r"\s+", " ", text.strip().lower()).partition("(")
    return SYNONYMS.get(name.strip(), name.strip()) + bracket + size.replace(" ", "")


def affinity(type_: str) -> str:
    """The affinity of a column that is declared with this type."""
    normal = normal_type(type_)
    return next((name for name, words in AFFINITIES if words.search(normal)), NUMERIC)


def behave_alike(one: str, other: str) -> bool:
    """Whether columns of these types keep and give back the same values.

    SQLite converts by affinity alone, and enforces no length; SQLAlchemy reads and writes as the
    models say. What the rows hold already is another matter: ``DATE`` and ``DATETIME`` have one
    affinity, but the text of one is not that of the other.
    """
    if affinity(one) != affinity(other):
        return False
    return affinity(one) != NUMERIC or _family(one) == _family(other)


def _family(type_: str) -> frozenset[str]:
    name = re.split("[ (]", normal_type(type_))[0]
    return frozenset(next((family for family in FAMILIES if name in family), {name}))


def is_constant(default: str) -> bool:
    """Whether a default is a literal, signed or not; a word that has no meaning is a string."""
    is_value = _CONSTANT.fullmatch(default) is not None
    return is_value and _NO_CONSTANT.fullmatch(default) is None


@lru_cache(maxsize=4096)
def value(constant: str, type_: str) -> str | None:
    """What a column of a type holds where it is left out, as SQLite itself says of a column in
    memory; None for what it does not take.
    """
    kept_as = NO_AFFINITY.get(normal_type(type_)) or affinity(type_)
    with closing(sqlite3.connect(":memory:")) as memory:
        try:
            memory.execute(f"CREATE TABLE t (x {kept_as} DEFAULT {constant})")
            memory.execute("INSERT INTO t DEFAULT VALUES")
            return str(memory.execute("SELECT quote(x) FROM t").fetchone()[0])
        except sqlite3.Error:
            return None
