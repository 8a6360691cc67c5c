"""Statements of other sessions are shown without their values, however they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autosync.dialects.mysql.blockers import LEXIS as MARIADB
from autosync.dialects.postgresql.blockers import LEXIS as POSTGRESQL
from autosync.literals import STRICTEST, Lexis, without_literals

BOTH = [
    ("SELECT id FROM users", "SELECT id FROM users"),
    ("SELECT 'a', 'it''s', '' FROM t2", "SELECT ***, ***, *** FROM t2"),
    ("SELECT 1, -2.5e-3, .5, 0x1F, 1_000", "SELECT ***, -***, ***, ***, ***"),
    ("SELECT X'1F', b'01', N'a', DATE '2020-01-01'", "SELECT X***, b***, N***, DATE ***"),
    ("SELECT a /* by me */ FROM t", "SELECT a *** FROM t"),
    ("SELECT a -- by me\nFROM t", "SELECT a ***\nFROM t"),
    ("SELECT a -- by me", "SELECT a ***"),
    ("UPDATE t SET a = 'x' WHERE b <> 3", "UPDATE t SET a = *** WHERE b <> ***"),
    ("SET app.tenant = acme", "SET app.tenant = ***"),
    ("set session app.tenant to acme", "set session app.tenant to ***"),
    # cut off, or not to be read for certain
    ("SELECT a, 'it", "SELECT a, ***"),
    ("SELECT a, 'it''", "SELECT a, ***"),
    ("SELECT a, 'it\\", "SELECT a, ***"),
    ("SELECT a, 'it\\' and', b", "SELECT a, ***"),
    ("SELECT a, 'it\\\\', b", "SELECT a, ***, b"),
    ("SELECT a /* by", "SELECT a ***"),
    ("SELECT a -- by\rme\nFROM t", "SELECT a ***"),
    ("SELECT a \x00 b", "SELECT a ***"),
    ("SELECT a \\ b", "SELECT a ***"),
    ("", ""),
]
ONLY_POSTGRESQL = [
    ('SELECT "a""b" FROM "T 1"', 'SELECT "a""b" FROM "T 1"'),
    ('SELECT "a', "SELECT ***"),
    ("SELECT E'it\\'s', b", "SELECT ***, b"),
    ("SELECT typee'it\\'s', b", "SELECT typee***"),
    ("SELECT U&'d\\0061t', b", "SELECT U&***, b"),
    ("SELECT $$it's$$, $a$ $$ $b$ $a$, b", "SELECT ***, ***, b"),
    ("SELECT $a$ it", "SELECT ***"),
    ("SELECT $1, a$b$c, b", "SELECT $1, a$b$c, b"),
    ("SELECT a /* b /* c */ d */ FROM t", "SELECT a *** FROM t"),
    ("SELECT a --b\nFROM t", "SELECT a ***\nFROM t"),
    ("SELECT a #> b, c::text[], d->>'e'", "SELECT a #> b, c::text[], d->>***"),
    ("SELECT `a", "SELECT ***"),
    ("CREATE ROLE a PASSWORD 'x'", "CREATE ROLE a PASSWORD ***"),
]
ONLY_MARIADB = [
    ("SELECT `a``b` FROM `T 1`", "SELECT `a``b` FROM `T 1`"),
    ("SELECT `a", "SELECT ***"),
    ('SELECT "a", "it""s" FROM t', "SELECT ***, *** FROM t"),
    ('SELECT "a\\"b", c', "SELECT ***"),
    ("SELECT _utf8'a', @b, @@c, @'d'", "SELECT _utf8***, @b, @@c, @***"),
    ("SELECT a --b", "SELECT a ***"),
    ("SELECT a # by me\nFROM t", "SELECT a ***"),
    ("SELECT /*! 'a*/' */ 'b', c", "SELECT ***"),
    ("SELECT /*M!100000 'a*/' */ 'b', c", "SELECT ***"),
    ("SELECT /*+ NO_ICP(a) */ 'b', c", "SELECT ***"),
    ("SELECT a /* b /* c */ d", "SELECT a ***"),
    ("SELECT $$a$$", "SELECT ***"),
    ("CREATE USER a IDENTIFIED BY 'x', b", "CREATE USER a IDENTIFIED BY ***, b"),
    (
        "SET STATEMENT max_statement_time=0.1 FOR ALTER TABLE t ADD a int",
        "SET STATEMENT max_statement_time=*** FOR ALTER TABLE t ADD a int",
    ),
]


@pytest.mark.parametrize("lexis", [POSTGRESQL, MARIADB, STRICTEST])
@pytest.mark.parametrize(("statement", "shown"), BOTH)
def test_on_any_database(statement: str, shown: str, lexis: Lexis) -> None:
    assert without_literals(statement, lexis) == shown


@pytest.mark.parametrize(("statement", "shown"), ONLY_POSTGRESQL)
def test_on_postgresql(statement: str, shown: str) -> None:
    assert without_literals(statement, POSTGRESQL) == shown


@pytest.mark.parametrize(("statement", "shown"), ONLY_MARIADB)
def test_on_mariadb(statement: str, shown: str) -> None:
    assert without_literals(statement, MARIADB) == shown


# --- against readers of our own, which know how the session is set --------------------------------

PIECES = [
    *["'", "''", "\\", '"', "`", "$", "$t$", "$$", "--", "-- ", "#", "/*", "*/", "/*!", "/*M!"],
    *["/*+", "\n", "\r", " ", "E'", "e", "N'", "1", "1e", "0x", "@", "(", ",", ";", "-", "/", "*"],
]
_WORD = re.compile(r"w\d+w")


def statements() -> st.SearchStrategy[str]:
    """Pieces in any order, with a word of its own after each."""
    pieces = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(["", " "])), max_size=14)
    return pieces.map(
        lambda found: "".join(
            f"{piece}{space}w{number}w{space}" for number, (piece, space) in enumerate(found)
        )
    )


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(statement=statements())
@example("E'a\\'w0w'w1w")
@example("'a\\'w0w'w1w")
def test_postgresql_reads_no_value_where_one_is_shown(statement: str) -> None:
    for standard in (True, False):
        assert_hidden(statement, POSTGRESQL, _of_postgresql(statement, standard=standard))


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(statement=statements())
@example('"a\\"w0w"w1w')
@example("/*! '*/' w0w */ 'w1w'")
def test_mariadb_reads_no_value_where_one_is_shown(statement: str) -> None:
    for escapes in (True, False):
        for ansi in (True, False):
            assert_hidden(statement, MARIADB, _of_mariadb(statement, escapes=escapes, ansi=ansi))


def assert_hidden(statement: str, lexis: Lexis, values: Iterator[tuple[int, int]]) -> None:
    """No word that the server finds in a literal or a comment is shown, in any part of it."""
    hidden = {word for start, end in values for word in _WORD.findall(statement[start:end])}
    assert hidden.isdisjoint(_WORD.findall(without_literals(statement, lexis)))


def _of_postgresql(text: str, *, standard: bool) -> Iterator[tuple[int, int]]:
    """Where PostgreSQL finds literals and comments; also with standard_conforming_strings off."""
    place = 0
    while place < len(text):
        tag = re.compile(r"\$(?:[^\W\d]\w*)?\$").match(text, place)
        escaped = re.compile("[eE]'").match(text, place)
        if text.startswith("--", place):
            end = min(_after(text, mark, place, len(text)) for mark in "\r\n")
        elif text.startswith("/*", place):
            end = _after_nested(text, place)
        elif text[place] == "'" or escaped:
            start = escaped.end() if escaped else place + 1
            end = _after_quote(text, "'", start, escapes=escaped is not None or not standard)
        elif tag:
            end = _after(text, tag[0], tag.end(), len(text))
        else:
            place = _after_code(text, place, '"')
            continue
        yield place, end
        place = end


def _of_mariadb(text: str, *, escapes: bool, ansi: bool) -> Iterator[tuple[int, int]]:
    """The same of MariaDB, as its sql_mode is."""
    place = 0
    while place < len(text):
        line = re.compile(r"#|--(?=[\s\x00-\x1f]|\Z)").match(text, place)
        code = re.compile(r"/\*M?!\d*").match(text, place)
        if line:
            end = _after(text, "\n", place, len(text))
        elif code:
            place = code.end()
            continue
        elif text.startswith("/*", place):
            end = _after(text, "*/", place + 2, len(text))
        elif text[place] == "'" or (text[place] == '"' and not ansi):
            end = _after_quote(text, text[place], place + 1, escapes=escapes)
        else:
            place = _after_code(text, place, '`"' if ansi else "`")
            continue
        yield place, end
        place = end


def _after(text: str, mark: str, place: int, otherwise: int) -> int:
    found = text.find(mark, place)
    return otherwise if found < 0 else found + len(mark)


def _after_nested(text: str, place: int) -> int:
    depth = 0
    while place < len(text):
        if text.startswith("/*", place):
            depth, place = depth + 1, place + 2
        elif text.startswith("*/", place):
            depth, place = depth - 1, place + 2
            if depth == 0:
                return place
        else:
            place += 1
    return place


def _after_quote(text: str, quote: str, place: int, *, escapes: bool) -> int:
    while place < len(text):
        if (escapes and text[place] == "\\") or text.startswith(quote * 2, place):
            place += 2
        elif text[place] == quote:
            return place + 1
        else:
            place += 1
    return len(text)


def _after_code(text: str, place: int, names: str) -> int:
    """The end of a name in quotes, of a word, of a number or of a sign."""
    if text[place] in names:
        return _after_quote(text, text[place], place + 1, escapes=False)
    word = re.compile(r"[^\W\d][\w$]*|\$?\d[\w.]*").match(text, place)
    return word.end() if word else place + 1


def test_the_readers_find_something() -> None:
    read: list[tuple[Callable[..., Iterator[tuple[int, int]]], dict[str, bool]]] = [
        (_of_postgresql, {"standard": True}),
        (_of_mariadb, {"escapes": True, "ansi": False}),
    ]
    text = "SELECT 'a', /* b */ c -- d"
    for reader, options in read:
        found = [text[start:end] for start, end in reader(text, **options)]
        assert found == ["'a'", "/* b */", "-- d"]
