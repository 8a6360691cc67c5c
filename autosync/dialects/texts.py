"""SQL texts in their normal form, as far as that is the same for all databases."""

from __future__ import annotations

import re

_PIECE = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\s+|[^\s'"`]+""")


def normal_text(text: str) -> str:
    """``text`` in lower case and without spaces, but for what is quoted or holds words apart."""
    result = ""
    for piece in _PIECE.findall(text):
        if piece[0] in '"`' and piece[1:-1].isidentifier() and piece[1:-1].islower():
            # quotes around what needs none
            result += piece[1:-1]
        elif piece[0] in "'\"`":
            result += piece
        elif not piece.isspace():
            result += piece.lower()
        elif result[-1:].isalnum() or result[-1:] == "_":
            result += " "
    return re.sub(r" (?=[^\w'\"`])", "", result).strip()


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
