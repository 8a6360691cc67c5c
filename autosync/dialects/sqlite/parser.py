"""Reads the CREATE TABLE text that SQLite keeps, for what its pragmas do not tell.

That is: checks, collations, the expressions of computed columns, AUTOINCREMENT, and the names and
deferrability of keys. The text was accepted by SQLite, so this need not find errors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?(?:\*/|$))
      | (?P<string>'(?:[^']|'')*')
      | (?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
      | (?P<word>[^\s'"`\[\](),;]+)
      | (?P<mark>[(),;\[\]])""",
    re.DOTALL | re.VERBOSE,
)
_CONSTRAINT_WORDS = {
    "CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES",
    "GENERATED", "AS", "DEFERRABLE", "FOREIGN", "ON", "MATCH", "INITIALLY", "AUTOINCREMENT",
}  # fmt: skip
_TELLING = re.compile(r"\b(?:CONSTRAINT|CHECK|COLLATE|AS|UNIQUE|DEFERRABLE)\b", re.IGNORECASE)
"""Without any of these words, there is nothing to be found; reading every text takes long."""
_TABLE_WORDS = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"}


class Token(NamedTuple):
    """A token, or all that a pair of parentheses encloses, and where it stands."""

    text: str
    quoted: bool
    start: int
    end: int

    @property
    def word(self) -> str:
        """The keyword that this token is, "" for a quoted name."""
        return "" if self.quoted else self.text.upper()

    @property
    def name(self) -> str:
        """The name that this token stands for."""
        if not self.quoted:
            return self.text
        quote = self.text[-1]
        return self.text[1:-1].replace(quote * 2, quote)

    @property
    def inside(self) -> str:
        """The text between the parentheses."""
        return self.text[1:-1].strip()


class ParsedKey(NamedTuple):
    """A foreign key's columns, name and deferrability."""

    columns: tuple[str, ...]
    name: str | None = None
    deferrable: bool = False
    deferred: bool = False


@dataclass(slots=True)
class Parsed:
    """What a CREATE TABLE text says beyond the pragmas."""

    checks: list[tuple[str | None, str]] = field(default_factory=list)
    collations: dict[str, str] = field(default_factory=dict)
    computed: dict[str, str] = field(default_factory=dict)
    keys: list[ParsedKey] = field(default_factory=list)
    uniques: dict[tuple[str, ...], str | None] = field(default_factory=dict)
    primary_key: str | None = None


def parse(sql: str) -> Parsed:
    """What a CREATE TABLE text says; nothing of it for a text without a column list."""
    parsed = Parsed()
    if not _TELLING.search(sql):
        return parsed
    body = next((token for token in _tokens(sql) if token.text.startswith("(")), None)
    if body is not None:
        for item in _split(_tokens(body.text[1:-1])):
            _item(item, parsed)
    return parsed


def canonical(text: str) -> str:
    """``text`` without comments, and with double quotes for every other kind around names."""
    pieces = []
    for match in _TOKEN.finditer(text):
        piece = match.group()
        if piece.startswith(("--", "/*")):
            piece = " "
        elif match.lastgroup == "name" and piece[0] in "`[":
            piece = f'"{piece[1:-1]}"'
        pieces.append(piece)
    return "".join(pieces)


_NUMBERLESS = re.compile(r"\bWITHOUT\s+ROWID\b|\bPRIMARY\s+KEY\s+DESC\b", re.IGNORECASE)


def has_rowid(sql: str) -> bool:
    """Whether an INTEGER PRIMARY KEY of this table numbers itself."""
    return _NUMBERLESS.search(sql) is None


def key_texts(sql: str) -> tuple[list[str], str | None]:
    """The key parts and the WHERE of a CREATE INDEX text."""
    tokens = _tokens(sql)
    body = next((token for token in tokens if token.text.startswith("(")), None)
    if body is None:
        return [], None
    inside = body.text[1:-1]
    texts = [inside[item[0].start : item[-1].end] for item in _split(_tokens(inside))]
    rest = [token for token in tokens if token.start >= body.end]
    where = next((token for token in rest if token.word == "WHERE"), None)
    return texts, sql[where.end :].strip() if where else None


def _tokens(sql: str) -> list[Token]:
    tokens: list[Token] = []
    depth, opened = 0, 0
    for match in _TOKEN.finditer(sql):
        text = match.group()
        if text == "(":
            depth += 1
            if depth == 1:
                opened = match.start()
        elif text == ")":
            depth -= 1
            if depth == 0:
                text = sql[opened : match.end()]
                tokens.append(Token(text, quoted=False, start=opened, end=match.end()))
        elif depth == 0 and match.lastgroup != "space":
            tokens.append(Token(text, match.lastgroup == "name", match.start(), match.end()))
    return tokens


def _split(tokens: list[Token]) -> list[list[Token]]:
    items: list[list[Token]] = [[]]
    for token in tokens:
        if token.text == "," and not token.quoted:
            items.append([])
        else:
            items[-1].append(token)
    return [item for item in items if item]


def _item(tokens: list[Token], parsed: Parsed) -> None:
    if tokens[0].word in _TABLE_WORDS:
        _constraints(tokens, parsed, None)
        return
    column = tokens[0].name
    rest = tokens[1:]
    while rest and rest[0].word not in _CONSTRAINT_WORDS:
        rest = rest[1:]
    _constraints(rest, parsed, column)


def _constraints(tokens: list[Token], parsed: Parsed, column: str | None) -> None:
    """The constraints of one column, or (``column`` None) the constraint of a table.

    A name belongs to the constraint that follows it.
    """
    name: str | None = None
    own: tuple[str, ...] = () if column is None else (column,)
    for position, (token, following) in enumerate(pairwise(tokens)):
        if token.word == "CONSTRAINT":
            name = following.name
        elif token.word == "CHECK":
            parsed.checks.append((name, following.inside))
            name = None
        elif token.word == "KEY":
            own = _key(tokens[position - 1].word, following, own, name, parsed)
        elif token.word == "REFERENCES":
            parsed.keys.append(ParsedKey(own, name, *_deferral(tokens[position:])))
            name = None
        elif column is None and token.word == "UNIQUE":
            parsed.uniques[_names(following)] = name
        elif column is not None:
            _column_clause(token, following, parsed, column)
    if column is not None and any(token.word == "UNIQUE" for token in tokens):
        parsed.uniques.setdefault(own, None)


def _key(
    before: str, following: Token, own: tuple[str, ...], name: str | None, parsed: Parsed
) -> tuple[str, ...]:
    """The columns that a key is about; the name of a primary key is noted."""
    if before == "PRIMARY":
        parsed.primary_key = name
    return _names(following) if before == "FOREIGN" else own


def _column_clause(token: Token, following: Token, parsed: Parsed, column: str) -> None:
    if token.word == "COLLATE":
        parsed.collations[column] = following.name
    elif token.word == "AS" and following.text.startswith("("):
        parsed.computed[column] = following.inside


def _deferral(tokens: list[Token]) -> tuple[bool, bool]:
    """Whether a key is deferrable, and whether it is deferred from the start."""
    words = [token.word for token in tokens]
    if "DEFERRABLE" not in words:
        return False, False
    deferrable = words[words.index("DEFERRABLE") - 1] != "NOT"
    return deferrable, deferrable and "DEFERRED" in words


def _names(token: Token) -> tuple[str, ...]:
    return tuple(item[0].name for item in _split(_tokens(token.inside)))
