"""Whether a type holds all values of another: which difference of types can break something."""

from __future__ import annotations

import re

FAMILIES: tuple[tuple[str, ...], ...] = (
    ("tinyint", "smallint", "mediumint", "int", "integer", "bigint"),
    ("real", "float", "double", "double precision"),
    ("char", "character", "varchar", "character varying", "text", "mediumtext", "longtext"),
    ("binary", "varbinary", "blob", "mediumblob", "longblob"),
)
"""Types of one kind, each of which holds the values of those before it, sizes aside."""
DECIMAL = {"numeric", "decimal"}
UNBOUNDED = {"varchar": "text", "character varying": "text"}
"""What a type is without a size."""

_TYPE = re.compile(r"([a-z]+(?: [a-z]+)*) *(?:\((\d{1,9})(?:,(-?\d{1,9}))?\))?")
_RANK = {name: (kind, rank) for kind, one in enumerate(FAMILIES) for rank, name in enumerate(one)}


def holds(live: str, declared: str) -> bool:
    """Whether every value of the type ``declared`` fits into ``live``, as far as that is known.

    Both are in the normal form of their database.
    """
    theirs, ours = _TYPE.fullmatch(live), _TYPE.fullmatch(declared)
    if theirs is None or ours is None:
        return False
    if {theirs[1], ours[1]} <= DECIMAL:
        return _holds_decimal(theirs, ours)
    if theirs[1] not in _RANK or ours[1] not in _RANK:
        return False
    (kind, rank), (other_kind, other_rank) = _rank(theirs), _rank(ours)
    return kind == other_kind and rank >= other_rank and _is_as_long(theirs, ours)


def _rank(type_: re.Match[str]) -> tuple[int, int]:
    name = type_[1]
    return _RANK[UNBOUNDED.get(name, name) if type_[2] is None else name]


def _is_as_long(live: re.Match[str], declared: re.Match[str]) -> bool:
    if live[2] is None:
        return True
    return declared[2] is not None and int(live[2]) >= int(declared[2])


def _holds_decimal(live: re.Match[str], declared: re.Match[str]) -> bool:
    if live[2] is None:
        return True
    if declared[2] is None:
        return False
    scales = int(live[3] or 0), int(declared[3] or 0)
    whole = int(live[2]) - scales[0], int(declared[2]) - scales[1]
    return scales[0] >= scales[1] and whole[0] >= whole[1]
