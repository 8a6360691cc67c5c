"""What would steer a terminal, hide text or turn it around is shown by its number.

Names come from the database, and may have been chosen by anybody.
"""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "["
    r"\x00-\x1f\x7f-\x9f"  # controls
    r"\u2028\u2029"  # ends of lines
    r"\u200b-\u200d\u2060-\u2065\ufeff"  # of no width
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # directions
    r"\ud800-\udfff"  # halves of a character, which cannot be written at all
    "]"
)


def escaped(text: str) -> str:
    """``text`` with nothing but characters to look at; its ends of lines are escaped as well."""
    return _UNSAFE.sub(lambda match: _escape(match[0]), text)


def one_line(text: str) -> str:
    """The same with spaces where ``text`` has ends of lines, or other white space."""
    return escaped(" ".join(text.split()))


def escaped_lines(text: str) -> str:
    """The same, but that lines stay lines, and tabs stay tabs."""
    return _UNSAFE.sub(lambda m: m[0] if m[0] in "\n\t" else _escape(m[0]), text)


def escaped_json(text: str) -> str:
    """JSON with the same escaped in its strings; it means what it meant."""
    # json.dumps has escaped the ends of lines in strings: one that is left stands between values
    return _UNSAFE.sub(lambda m: m[0] if m[0] == "\n" else f"\\u{ord(m[0]):04x}", text)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code >> 8 else f"\\x{code:02x}"
