"""SQL texts in their normal form, as far as that is the same for all databases."""

from __future__ import annotations

import re
from collections.abc import Collection

_PIECE = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\s+|[^\s'"`]+""")
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
    while text.startswith("(") and _closes_at_end(text):
        text = text[1:-1].strip()
    return text


def _closes_at_end(text: str) -> bool:
    depth = 0
    quote = ""
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return position == len(text) - 1
    return False


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
