"""What a query calls, as far as its text tells, and what the views call that it may read.

MariaDB evaluates constant expressions as soon as it looks at a query, also those in the views that
the query reads: a function that somebody has made then runs, with our rights. So a query is put to
the server only if all that it calls is known to be the server's own, in all of these views, too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from itertools import dropwhile, islice, pairwise
from typing import Any, NamedTuple

from sqlalchemy import bindparam, text
from sqlalchemy.engine import Connection

from autosync.dialects.mysql.builtins import AFTER_VALUE, KEYWORDS
from autosync.schema import Key, qualified


def _named(source: str) -> Any:
    """A query for what has any of these names in any of these databases."""
    query = text(f"{source} WHERE table_schema IN :schemas AND table_name IN :names")
    return query.bindparams(*(bindparam(name, expanding=True) for name in ("schemas", "names")))


VIEWS = _named("SELECT table_schema, table_name, view_definition FROM information_schema.views")
RELATIONS = _named("SELECT table_schema, table_name FROM information_schema.tables")
SESSION = text("SELECT DATABASE(), @@SESSION.sql_mode")
UNREADABLE = "there is something in it that may mean anything"
HIDDEN = "the database does not show this role all that it reads"
DOES_MORE = frozenset(["into", "procedure", "nextval", "currval"])
"""Words by which a query writes a file or a variable, or takes a number from a sequence."""
_TABLE_FOLLOWS = frozenset(["from", "join", "straight_join"])
_LIST_ENDS = frozenset(
    ["from", "union", "except", "intersect", "where", "having", "group", "order", "limit", "for"]
)


class Reading(NamedTuple):
    """How the server reads what is quoted."""

    ansi_quotes: bool = False
    backslashes: bool = True

    @classmethod
    def of(cls, sql_mode: str) -> Reading:
        """As a session of this ``sql_mode`` does."""
        modes = sql_mode.upper().split(",")
        return cls("ANSI_QUOTES" in modes, "NO_BACKSLASH_ESCAPES" not in modes)


KEPT = Reading()
"""How the server reads a view that a query names, whatever the mode of the session."""


class Session(NamedTuple):
    """What names without a database mean, and how quotes are read."""

    database: str
    sql_mode: str

    @classmethod
    def of(cls, connection: Connection) -> Session:
        """That of a connection."""
        return cls(*map(str, connection.execute(SESSION).one()))


class Token(NamedTuple):
    """A token of a query; ``apart`` says that something stands between it and the one before."""

    kind: str
    text: str
    apart: bool

    @property
    def word(self) -> str:
        """The word that it is, in lower case; empty for all else."""
        return self.text.lower() if self.kind == "word" else ""

    @property
    def name(self) -> str:
        """The name that it is, without quotes; empty for what is none."""
        if self.kind != "name":
            return self.text if self.kind == "word" else ""
        return self.text[1:-1].replace(self.text[0] * 2, self.text[0])


def obstacle(
    connection: Connection, queries: Collection[str], session: Session, own: Collection[str]
) -> str | None:
    """Why the server must not be asked about these queries in a session, None if it may be.

    ``own`` are the functions that the server brings.
    """
    reading = Reading.of(session.sql_mode)
    asked = [tokens_of(query, reading) for query in queries]
    views = {
        view: tokens_of(definition, KEPT)
        for view, definition in _views_in(connection, asked, session.database).items()
    }
    for tokens in asked:
        if (found := stranger(tokens, own)) is not None:
            return found
    for view, tokens in views.items():
        found = stranger(tokens, own) if tokens else HIDDEN
        if found is not None:
            return f"it may read the view {qualified(view)}, and of that, {found}"
    named = {table for tokens in views.values() for table in tables_in(tokens)}
    return None if named <= _shown(connection, named) else HIDDEN


def _views_in(
    connection: Connection, queries: Collection[Sequence[Token]], database: str
) -> dict[Key, str]:
    """The views that have a name which is in these queries, or in one of these views."""
    found: dict[Key, str] = {}
    names, asked = names_in(queries), {""}
    while not names <= asked:
        asked |= names
        parameters = {"schemas": sorted(asked | {database}), "names": sorted(asked)}
        for schema, name, definition in connection.execute(VIEWS, parameters).all():
            found[schema, name] = definition or ""
        names = names_in(tokens_of(definition, KEPT) for definition in found.values())
    return found


def _shown(connection: Connection, tables: Collection[Key]) -> set[Key]:
    """Those of these tables of which the database tells this role."""
    if not tables:
        return set()
    schemas, names = (sorted(set(map(str, side))) for side in zip(*tables, strict=True))
    rows = connection.execute(RELATIONS, {"schemas": schemas, "names": names}).all()
    return {(schema, name) for schema, name in rows}


# --- texts ----------------------------------------------------------------------------------------


def stranger(tokens: Sequence[Token], own: Collection[str]) -> str | None:
    """What a query calls, or does, that is not known to be the server's own, and only reads."""
    for place, token in enumerate(tokens):
        before = tokens[place - 1] if place else None
        is_next_value = token.word == "for" and before is not None and before.word == "value"
        if token.kind == "stray" or is_next_value:
            return UNREADABLE
        if token.word in DOES_MORE:
            return f"there is the word {token.text} in it"
        if token.text == "(" and before is not None and not _is_own(tokens, place, own):
            return f"it calls {before.text}, which may be anybody's function"
    return None


def _is_own(tokens: Sequence[Token], place: int, own: Collection[str]) -> bool:
    """Whether what stands before a parenthesis is the server's own, or nothing that is called."""
    callee, before = tokens[place - 1], tokens[place - 2] if place > 1 else None
    if not callee.name:
        return True
    if before is not None and before.text == ".":
        return False
    return (
        callee.word in KEYWORDS
        or (callee.word in own and not tokens[place].apart)
        or (callee.word in AFTER_VALUE and before is not None and _is_value(before))
        or _lists_columns(tokens, place)
    )


def _is_value(token: Token) -> bool:
    return token.kind == "string" or token.text == ")"


def _lists_columns(tokens: Sequence[Token], place: int) -> bool:
    """Whether it holds the columns of a common table expression, and its query follows."""
    inside = islice(tokens, place + 1, None)
    rest = list(dropwhile(lambda token: token.name or token.text == ",", inside))
    return [token.text.lower() for token in rest[:3]] == [")", "as", "("]


def names_in(queries: Collection[Sequence[Token]] | Iterator[Sequence[Token]]) -> set[str]:
    """All that may be the name of a table, or of a database, among much else."""
    return {token.name for tokens in queries for token in tokens}


def tables_in(tokens: Sequence[Token]) -> Iterator[Key]:
    """The tables that the definition of a view names, each with its database, as a server has it
    that keeps one; and what else might be one.
    """
    for place, token in enumerate(tokens):
        if token.word in _TABLE_FOLLOWS:
            rest = dropwhile(lambda one: one.text == "(", islice(tokens, place + 1, None))
            schema, dot, name = [*islice(rest, 3), *_NOTHING][:3]
            if dot.text == ".":
                yield schema.name, name.name


def columns_in(tokens: Sequence[Token]) -> list[str]:
    """The names that a view gives its columns, as a server has them that keeps it; none where they
    are not told.
    """
    outer = list(_outside_parentheses(tokens))
    begin = next((n for n, token in enumerate(outer) if token.word == "select"), len(outer))
    names: list[str] = []
    for before, token in pairwise(outer[begin:]):
        if token.word in _LIST_ENDS:
            break
        if before.word == "as" and token.kind == "name":
            names.append(token.name)
    return names


def _outside_parentheses(tokens: Sequence[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        depth -= token.text == ")"
        if depth == 0:
            yield token
        depth += token.text == "("


_NOTHING = [Token("", "", apart=False)] * 3


@cache
def _pattern(reading: Reading) -> re.Pattern[str]:
    inside = r"[^{0}\\]|{0}{0}|\\." if reading.backslashes else r"[^{0}]|{0}{0}"
    strings, names = ["'"], ["`"]
    (names if reading.ansi_quotes else strings).append('"')
    string = "|".join(f"{quote}(?:{inside.format(quote)})*{quote}" for quote in strings)
    name = "|".join(f"{quote}(?:[^{quote}]|{quote}{quote})+{quote}" for quote in names)
    return re.compile(
        rf"""(?P<nothing>
               [ \t\n\v\f\r]+ | /\*(?![!+]|M!)(?:(?!/\*).)*?\*/ | (?:\#|--(?=[\0- \x7f]|\Z))[^\n]*)
           | (?P<string>{string})
           | (?P<name>{name})
           | (?P<number>\d+(?:\.\d*)?(?:[eE][-+]?\d+)?(?![\w$\x80-\U0010ffff]))
           | (?P<word>[\w$\x80-\U0010ffff]+)
           | (?P<stray>/\*|[^-+*/%^&|~<>=!(),.])
           | (?P<mark>.)""",
        re.DOTALL | re.VERBOSE,
    )


def tokens_of(query: str, reading: Reading) -> list[Token]:
    """The tokens of a query; what can be none is ``stray``."""
    tokens: list[Token] = []
    apart = False
    for match in _pattern(reading).finditer(query):
        kind = match.lastgroup or "stray"
        if kind != "nothing":
            tokens.append(Token(kind, match.group(), apart))
        apart = kind == "nothing"
    return tokens
