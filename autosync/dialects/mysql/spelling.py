r"""What MySQL's information_schema says of defaults and expressions -> SQL, as MariaDB says it.

MySQL shows the value of a default without its quotes, and an expression as it would stand in a
string: ``it\'s`` where the expression has ``it's``.
"""

from __future__ import annotations

import re

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CONTROL = {"0": "\0", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
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


def literal(value: str) -> str:
    """A string."""
    return "'" + value.replace("\\", r"\\").replace("'", "''") + "'"
