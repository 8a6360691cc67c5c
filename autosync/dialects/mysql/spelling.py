r"""The words of MySQL's information_schema for defaults and expressions -> SQL, as MariaDB has it.

MySQL shows the value of a default without its quotes, and an expression as it would stand in a
string: ``it\'s`` where the expression has ``it's``.
"""

from __future__ import annotations

import re

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CONTROL = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
_BARE = re.compile(
    r"(?:tiny|small|medium|big)?int|integer|decimal|float|double|year|bit|(?:var)?binary"
)
"""The types of which a default is a number, or bytes, in SQL of their own."""
_NOW = re.compile(r"current_timestamp(?:\(\d*\))?", re.IGNORECASE)


def expression(text: str) -> str:
    """An expression."""
    return _ESCAPED.sub(lambda match: _CONTROL.get(match[1], match[1]), text)


def default(text: str, type_: str, extra: str) -> str:
    """The default of a column of this type, of which EXTRA says whether it is an expression."""
    if "DEFAULT_GENERATED" in extra:
        return text if _NOW.fullmatch(text) else expression(text)
    return text if _BARE.match(type_) else literal(text)


def name(text: str) -> str:
    """A name in the quotes that every session reads as such."""
    return "`" + text.replace("`", "``") + "`"


_STRING = re.compile(r"(?:_utf8mb4 *)?'((?:[^'\\]|''|\\.)*)'", re.DOTALL)
_PIECE = re.compile(r"''|\\(.)", re.DOTALL)
_PATTERN = ("%", "_")
"""Characters that keep their backslash, for LIKE."""


def plain(text: str) -> str:
    """An expression; one that is nothing but a string in the form of :func:`literal`."""
    found = _STRING.fullmatch(text)
    return text if found is None else literal(_PIECE.sub(_value, found[1]))


def _value(piece: re.Match[str]) -> str:
    if piece[1] is None:
        return "'"
    return piece[0] if piece[1] in _PATTERN else _CONTROL.get(piece[1], piece[1])


def literal(value: str) -> str:
    """A string."""
    return "'" + value.replace("\\", r"\\").replace("'", "''") + "'"
