"""Reads the CREATE TABLE text that SQLite keeps, for what its pragmas do not tell.

That is: checks, collations, the expressions of computed columns, the names and deferrability of
keys, and what becomes a table's options: AUTOINCREMENT, STRICT, WITHOUT ROWID, ON CONFLICT. The
text was accepted by SQLite, so this need not find errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?(?:\*/|$))
      | (?P<string>'(?:[^']|'')*')
      | (?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*(?:\]|\Z))
      | (?P<word>[^\s'"`\[\](),;]+)
      | (?P<mark>[(),;\[\]])""",
    re.DOTALL | re.VERBOSE,
)
_CONSTRAINT_WORDS = {
    "CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES",
    "GENERATED", "AS", "DEFERRABLE", "FOREIGN", "ON", "MATCH", "INITIALLY", "AUTOINCREMENT",
}  # fmt: skip
_TELLING = (
    "CONSTRAINT", "CHECK", "COLLATE", "AS", "UNIQUE", "DEFERRABLE", "CONFLICT", "AUTOINCREMENT",
    "REFERENCES",
)  # fmt: skip
"""Where none of these words stands, there is nothing to be found; reading every text takes long."""
_HIDING = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*(?:\]|\Z)|--[^\n]*|/\*.*?(?:\*/|$)""",
    re.DOTALL,
)
_PARENTHESIS = re.compile("[()]")
_CAN_CONFLICT = {"PRIMARY": "PRIMARY KEY", "NOT": "NOT NULL", "UNIQUE": "UNIQUE"}
NAMED = "autosync_view"
"""What stands for a view in a query that gives its columns names."""
YES = "yes"
AUTOINCREMENT = "AUTOINCREMENT"
WITHOUT_ROWID = "WITHOUT ROWID"
STRICT = "STRICT"
ON_CONFLICT = "ON CONFLICT"
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
    options: dict[str, str | None] = field(default_factory=dict)
    conflicts: set[str] = field(default_factory=set)


def parse(sql: str) -> Parsed:
    """What a CREATE TABLE text says; nothing of it for a text without a column list."""
    parsed = Parsed(options=dict.fromkeys(_behind(sql), YES))
    for item in _telling_items(sql):
        _item(_tokens(item), parsed)
    if parsed.conflicts:
        parsed.options[ON_CONFLICT] = "; ".join(sorted(parsed.conflicts))
    return parsed


def conflict(kind: str, columns: Iterable[str], action: str) -> str:
    """How the table's options tell of an ON CONFLICT clause."""
    return f"{kind} ({', '.join(columns)}) {action}".upper()


def _telling_items(sql: str) -> list[str]:
    """The columns and constraints of a CREATE TABLE text that have a telling word in them."""
    text = _HIDING.sub(_blank, sql)
    begin, end = text.find("(") + 1, text.rfind(")")
    text = _upper(_without_insides(text, begin, end))
    spans = set()
    for word in _TELLING:
        place = text.find(word, begin, end)
        while place >= 0:
            comma = text.find(",", place, end)
            after = end if comma < 0 else comma
            spans.add((max(text.rfind(",", begin, place) + 1, begin), after))
            place = text.find(word, after, end)
    return [sql[start:after] for start, after in sorted(spans)]


def _without_insides(text: str, begin: int, end: int) -> str:
    """``text`` with its place kept for whatever stands in parentheses between two places of it."""
    pieces, depth, kept = [text[:begin]], 0, begin
    for match in _PARENTHESIS.finditer(text, begin, end):
        before, depth = depth, max(depth + (1 if match[0] == "(" else -1), 0)
        if before == 0 < depth:
            pieces.append(text[kept : match.start()])
            kept = match.start()
        elif depth == 0 < before:
            pieces.append("." * (match.end() - kept))
            kept = match.end()
    return "".join([*pieces, text[kept:]])


def _blank(match: re.Match[str]) -> str:
    """What keeps the place of what is of no interest."""
    return "." * (match.end() - match.start())


def _upper(text: str) -> str:
    """``text`` in upper case, every character in its place, as some letters would not be."""
    upper = text.upper()
    if len(upper) == len(text):
        return upper
    return "".join(c.upper() if c.isascii() else c for c in text)


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


_NUMBERLESS = re.compile(r"\bPRIMARY\s+KEY\s+DESC\b", re.IGNORECASE)


def has_rowid(sql: str) -> bool:
    """Whether an INTEGER PRIMARY KEY of this table numbers itself."""
    upper = sql.upper()
    numbered = "DESC" not in upper or _NUMBERLESS.search(sql) is None
    return numbered and WITHOUT_ROWID not in _behind(sql)


def _behind(sql: str) -> list[str]:
    """The options behind the columns of a CREATE TABLE text, in upper case."""
    if sql.endswith(")"):
        return []
    tokens = _tokens(sql)
    behind = next((n for n, token in enumerate(tokens, 1) if token.text.startswith("(")), 0)
    return [" ".join(token.word for token in item) for item in _split(tokens[behind:])]


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


def query_of(sql: str) -> str:
    """The SELECT of a CREATE VIEW text, also of one that gives its columns names of their own."""
    tokens = _tokens(sql)
    begin = next(number for number, token in enumerate(tokens) if token.word == "AS")
    query, names = sql[tokens[begin].end :].strip(), tokens[begin - 1].text
    if not names.startswith("("):
        return query
    return f"WITH {NAMED} {names} AS ({query}\n) SELECT * FROM {NAMED}"


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
    words = [token.word for token in tokens]
    for position, (word, following) in enumerate(zip(words, tokens[1:], strict=False)):
        if word == "CONSTRAINT":
            name = following.name
        elif word == "CHECK":
            parsed.checks.append((name, following.inside))
            name = None
        elif word == "KEY":
            own = _key(words[position - 1], following, own, name, parsed)
        elif word == "REFERENCES":
            parsed.keys.append(ParsedKey(own, name, *_deferral(words[position:])))
            name = None
        elif column is None and word == "UNIQUE":
            # of two that say the same, SQLite keeps one
            parsed.uniques.setdefault(_names(following), name)
        elif column is not None:
            _column_clause(word, following, parsed, column)
    if column is not None and "UNIQUE" in words:
        parsed.uniques.setdefault(own, None)
    _options(tokens, words, parsed, column)


def _options(tokens: list[Token], words: list[str], parsed: Parsed, column: str | None) -> None:
    """What of a column or constraint counts as an option of its table."""
    if AUTOINCREMENT in words:
        parsed.options[AUTOINCREMENT] = YES
    if "CONFLICT" in words:
        parsed.conflicts.update(_conflicts(tokens, column))


def _conflicts(tokens: list[Token], column: str | None) -> Iterator[str]:
    """The ON CONFLICT clauses; a check has none, and ABORT is what happens anyway."""
    kind = ""
    columns: tuple[str, ...] = () if column is None else (column,)
    for token, following in pairwise(tokens):
        if token.word in {*_CAN_CONFLICT, "CHECK"}:
            kind = _CAN_CONFLICT.get(token.word, "")
        elif column is None and token.text.startswith("("):
            columns = _names(token)
        elif kind and token.word == "CONFLICT" and following.word != "ABORT":
            yield conflict(kind, columns, following.word)


def _key(
    before: str, following: Token, own: tuple[str, ...], name: str | None, parsed: Parsed
) -> tuple[str, ...]:
    """The columns that a key is about; the name of a primary key is noted."""
    if before == "PRIMARY":
        parsed.primary_key = name
    return _names(following) if before == "FOREIGN" else own


def _column_clause(word: str, following: Token, parsed: Parsed, column: str) -> None:
    if word == "COLLATE":
        parsed.collations[column] = following.name
    elif word == "AS" and following.text.startswith("("):
        parsed.computed[column] = following.inside


def _deferral(words: list[str]) -> tuple[bool, bool]:
    """Whether a key is deferrable, and whether it is deferred from the start."""
    if "DEFERRABLE" not in words:
        return False, False
    deferrable = words[words.index("DEFERRABLE") - 1] != "NOT"
    return deferrable, deferrable and "DEFERRED" in words


def _names(token: Token) -> tuple[str, ...]:
    inside = token.inside
    if inside.isidentifier():  # one plain name, as most keys have
        return (inside,)
    return tuple(item[0].name for item in _split(_tokens(inside)))
