"""SQL texts in their normal form, as far as that is the same for all databases."""

from __future__ import annotations

import re
from collections.abc import Collection

_PIECE = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\s+|[^\s'"`]+|['"`]""")
"""The last is a quote that nothing closes."""
_COLONS = re.compile(r":[\w$:]*")
_NO_PARAMETER = re.compile(r":+|::[\w$]*")
_WORD = re.compile(r"\w")
_NAME_QUOTES = '"`'
_QUOTES = "'" + _NAME_QUOTES


def normal_text(text: str, reserved: Collection[str] = ()) -> str:
    """``text`` in lower case and without spaces, but for what is quoted or holds words apart.

    A quoted name that would be another thing without its quotes is ``reserved``.
    """
    result = ""
    held_apart = False
    for piece in _PIECE.findall(text):
        if piece.isspace():
            held_apart = _is_word(result[-1:])
            continue
        kept = piece if piece[0] in _QUOTES else piece.lower()
        if held_apart and (_is_word(kept[0]) or kept[0] in _QUOTES):
            result += " "
        held_apart = False
        name = piece[1:-1]
        needs_quotes = not (name.isidentifier() and name.islower()) or name in reserved
        result += kept if kept[0] not in _NAME_QUOTES or needs_quotes else name
    return result


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def without_parentheses(text: str) -> str:
    """``text`` without the parentheses that enclose all of it."""
    text = text.strip()
    if not text.startswith("("):
        return text
    ends = _ends(text)
    begin, end = 0, len(text)
    while begin < end and ends.get(begin) == end - 1:
        begin, end = begin + 1, end - 1
        while begin < end and text[begin].isspace():
            begin += 1
        while begin < end and text[end - 1].isspace():
            end -= 1
    return text[begin:end]


_MARK = re.compile("[()'\"`]")


def _ends(text: str) -> dict[int, int]:
    """Where each parenthesis that is opened is closed; there may be tens of thousands."""
    ends, opened = {}, []
    quote = ""
    for match in _MARK.finditer(text):
        mark = match[0]
        if quote or mark not in "()":
            quote = "" if mark == quote else quote or mark
        elif mark == "(":
            opened.append(match.start())
        elif opened:
            ends[opened.pop()] = match.start()
    return ends


_LITERAL = re.compile(r"[-+]?[\d.]+(?:e[-+]?\d+)?|'(?:[^']|'')*'|null|true|false", re.IGNORECASE)


def is_literal(text: str) -> bool:
    """Whether the text of a default is a plain literal, which may be evaluated."""
    return _LITERAL.fullmatch(without_parentheses(text)) is not None


def literal_text(text: str) -> str:
    """SQL as ``sqlalchemy.text()`` wants it, of any version: it compiles to ``text`` itself."""
    return _COLONS.sub(_literal_colons, text)


def _literal_colons(match: re.Match[str]) -> str:
    """Colons with what is joined to them; in each other's presence they are escaped together.

    A backslash before a colon is always taken for an escape.
    """
    colons, before = match[0], match.string[: match.start()][-1:]
    in_word = _WORD.fullmatch(before) is not None and "$:" not in colons
    if before != "\\" and (in_word or _NO_PARAMETER.fullmatch(colons)):
        return colons
    return colons.replace(":", r"\:")
