"""Statements of other sessions, without the values in them.

A statement is shown for what it does. Its literals and comments are nobody's business: there may be
names, passwords and tokens among them. What is no name, word or sign for certain is a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

VALUE = "***"

Rule = Callable[[str, int], int | None]
"""Given a statement and a place in it, it says where the token that begins there ends."""


class Lexis(NamedTuple):
    """How a database writes what is no code; by default, what holds wherever it may be."""

    texts: str = "'\""
    """The quotes that enclose a text."""
    names: str = ""
    """The quotes that enclose a name."""
    escapes: bool = False
    """Whether an E before a text says that it has escapes with a backslash."""
    dollars: bool = False
    """Whether a text may stand between ``$tag$``."""
    standard: bool = False
    """Whether comments are those of the standard: they nest, -- begins one whatever follows, and
    all that looks like one is none of the code.
    """


_SPACE = re.compile(r"\s+")
_ESCAPED = re.compile(r"[eE]'(?:[^'\\]|''|\\.)*'(?!')", re.DOTALL)
_DOLLARS = re.compile(r"\$((?:[^\W\d]\w*)?)\$.*?\$\1\$", re.DOTALL)
_NUMBER = re.compile(r"\.?\d(?:[eE][+-]?\d|[\w.])*")
_WORD = re.compile(r"[^\W\d][\w$]*|\$\d+")
_SIGN = re.compile(r"[+=<>~!@%^&|?,.;:()\[\]{}]|-(?!-)|/(?!\*)|\*(?!/)")
_HASH = re.compile("#")
# a carriage return ends a line for some
_LINE = re.compile(r"--(?:[^\r\n]|\r(?=\n))*(?=\n|\Z)")
_SPACED_LINE = re.compile(r"--(?=\s|\Z)(?:[^\r\n]|\r(?=\n))*(?=\n|\Z)")
# /*! and /*M! hold code, /*+ holds what may have quotes
_FLAT_BLOCK = re.compile(r"/\*(?!M?[!+])(?:(?!/\*).)*?\*/", re.DOTALL)
_BLOCK_MARK = re.compile(r"/\*|\*/")
_SETTING = re.compile(r"\s*SET\s+(?!STATEMENT\b)[^=]*?(?:=|\bTO\b)", re.IGNORECASE)
"""What a variable is set to may be a bare word, and a value all the same."""


STRICTEST = Lexis()


def without_literals(statement: str, lexis: Lexis = STRICTEST) -> str:
    """``statement`` with ``***`` for each literal and comment; and for all that follows a place
    where it cannot be read for certain, such as a literal that was cut off.
    """
    setting = _SETTING.match(statement)
    if setting is not None:
        return f"{_masked(setting[0], lexis)} {VALUE}"
    return _masked(statement, lexis)


def _masked(statement: str, lexis: Lexis) -> str:
    return "".join(_parts(statement, lexis))


def _parts(statement: str, lexis: Lexis) -> Iterator[str]:
    rules, place = _rules(lexis), 0
    while place < len(statement):
        ends = ((rule(statement, place), is_value) for rule, is_value in rules)
        end, is_value = next((found for found in ends if found[0]), (None, True))
        yield VALUE if is_value else statement[place:end]
        if end is None:
            return
        place = end


@cache
def _rules(lexis: Lexis) -> tuple[tuple[Rule, bool], ...]:
    """What a token may be, the first that fits, and whether it is a value."""
    values = [_text(quote) for quote in lexis.texts]
    code = [_SPACE, *map(_name, lexis.names)]
    if lexis.escapes:
        values.append(_ESCAPED)
    if lexis.dollars:
        values.append(_DOLLARS)
    if lexis.standard:
        code.append(_HASH)
    values += [_LINE if lexis.standard else _SPACED_LINE, _NUMBER]
    block = _nested if lexis.standard else _of(_FLAT_BLOCK)
    return (
        *((_of(pattern), False) for pattern in code),
        *((_of(pattern), True) for pattern in values),
        (block, True),
        (_of(_WORD), False),
        (_of(_SIGN), False),
    )


def _text(quote: str) -> re.Pattern[str]:
    # a quote after one backslash ends the text or not, as the other session has set it
    inside = rf"[^{quote}\\]|{quote * 2}|\\[^{quote}]"
    return re.compile(rf"{quote}(?:{inside})*{quote}(?!{quote})", re.DOTALL)


def _name(quote: str) -> re.Pattern[str]:
    return re.compile(rf"{quote}(?:[^{quote}]|{quote * 2})*{quote}(?!{quote})")


def _of(pattern: re.Pattern[str]) -> Rule:
    def rule(statement: str, place: int) -> int | None:
        match = pattern.match(statement, place)
        return None if match is None else match.end()

    return rule


def _nested(statement: str, place: int) -> int | None:
    """The end of a comment that may hold others."""
    if not statement.startswith("/*", place):
        return None
    depth = 0
    for mark in _BLOCK_MARK.finditer(statement, place):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return None
