"""Whether a query to PostgreSQL's catalog leaves any name to the search path, told by its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|/\*.*?\*/)
      | (?P<text>'(?:[^']|'')*')
      | (?P<parameter>%\(\w+\)s|%s|(?<!:):\w+|\$\d+)
      | (?P<name>"(?:[^"]|"")+"|[A-Za-z_][\w$]*)
      | (?P<number>\d[\d.]*)
      | (?P<mark>::|[(),.;\[\]])
      | (?P<operator>[-+*/<>=~!@\#%^&|`?]+)""",
    re.VERBOSE | re.DOTALL,
)
HOME = "pg_catalog"
CALLED = {
    "coalesce",
    "greatest",
    "least",
    "extract",
    "trim",
    "cast",
    "exists",
    "any",
    "all",
    "array",
}
"""What looks like a function, and is grammar: PostgreSQL looks up no name for it."""
BEFORE_PARENTHESIS = {
    "select", "from", "where", "and", "or", "not", "on", "when", "then", "else", "union", "having",
    "by", "limit", "as", "join", "rows", "values", "distinct", "lateral",
}  # fmt: skip
TYPES = {
    "int",
    "integer",
    "smallint",
    "bigint",
    "boolean",
    "numeric",
    "real",
    "varchar",
    "interval",
}
"""Types that are keywords."""
BY_NAME = {"in", "like", "ilike", "similar", "between", "nullif", "overlaps", "using"}
"""What is expanded into operators, which are looked up along the search path."""
REGISTERED = {"regclass", "regtype", "regproc", "regprocedure", "regoperator", "regconfig"}
"""Types whose text is a name that is looked up."""


class Token(NamedTuple):
    """A piece of a statement: its kind, its text, and the call whose parentheses it is in."""

    kind: str
    text: str
    within: str

    @property
    def word(self) -> str:
        """The keyword that it may be."""
        return self.text.lower() if self.kind == "name" else self.text


def tokens(sql: str) -> list[Token]:
    """The pieces of a statement, without blanks and comments."""
    found: list[Token] = []
    around: list[str] = [""]
    position = 0
    while position < len(sql):
        match = TOKEN.match(sql, position)
        assert match is not None, f"what is {sql[position : position + 20]!r} in {sql}"
        position = match.end()
        kind = str(match.lastgroup)
        if kind == "blank":
            continue
        if match[0] == ")":
            around.pop()
        found.append(Token(kind, match[0], around[-1]))
        if match[0] == "(":
            around.append(found[-2].word if len(found) > 1 else "")
    return found


def unqualified(sql: str) -> list[str]:
    """The places of a query whose meaning depends on the search path."""
    return list(_unqualified(tokens(sql)))


def is_query(sql: str) -> bool:
    """Whether a statement asks, and is not the DDL that a plan consists of."""
    return sql.lstrip().lower().startswith(("select", "with", "explain", "table ", "values"))


def _unqualified(some: list[Token]) -> Iterator[str]:
    own = _own(some)
    padding = [Token("end", "", "")] * 6
    line = [*padding, *some, *padding]
    for place in range(len(padding), len(line) - len(padding)):
        before, token = line[place - 6 : place], line[place]
        after = line[place + 1 : place + 7]
        if token.kind == "operator":
            if not (_is_named(before) or _is_star(before[-1], token)):
                yield f"operator {token.text}"
        elif token.kind == "name":
            yield from _of_name(token, before, after, own)
        elif token.kind == "text" and [t.text for t in after[:3]] == ["::", HOME, "."]:
            reached = token.text.strip("'").startswith((f"{HOME}.", "pg_temp."))
            if after[3].word in REGISTERED and not reached:
                yield f"the name {token.text}"


def _of_name(token: Token, before: list[Token], after: list[Token], own: set[str]) -> Iterator[str]:
    word, last = token.word, before[-1]
    if last.text == ".":
        if after[0].text == "(" and before[-2].word != HOME:
            yield f"function {before[-2].text}.{token.text}"
    elif word in BY_NAME or (word == "case" and after[0].word != "when"):
        yield f"{token.text}, which is looked up by name"
    elif last.word == "distinct" and word == "from":
        yield "IS DISTINCT FROM, which is looked up by name"
    elif last.text == "::" or (last.word == "as" and last.within == "cast"):
        if word not in TYPES and not _is_home(token, after):
            yield f"type {token.text}"
    elif last.word in {"from", "join"} and last.within not in {"extract", "trim"}:
        if word not in own and word not in {"rows", "lateral"} and not _is_home(token, after):
            yield f"relation {token.text}"
    elif after[0].text == "(" and word not in CALLED | BEFORE_PARENTHESIS | own | {"operator"}:
        yield f"function {token.text}"


def _is_home(token: Token, after: list[Token]) -> bool:
    return token.word == HOME and after[0].text == "."


def _is_named(before: list[Token]) -> bool:
    """Whether an operator is within OPERATOR(pg_catalog....)."""
    return [token.word for token in before[-4:]] == ["operator", "(", HOME, "."]


def _is_star(last: Token, token: Token) -> bool:
    """Whether a * stands for all columns, or for none of an aggregate."""
    return token.text == "*" and last.word in {"(", "select", ".", ","}


def _own(some: list[Token]) -> set[str]:
    """The names that the query gives by itself: of common table expressions, and of aliases that
    name their columns.
    """
    line = " ".join(token.word for token in some)
    common = re.findall(r"(?:with|recursive|,) (\w+) (?:\( [\w ,]+ \) )?as \(", line)
    aliases = re.findall(r"(?:as|ordinality) (\w+) \( \w+ [,)]", line)
    return {*common, *aliases}
