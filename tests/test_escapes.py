"""What names can do to a terminal: whoever chose them, they are shown, and nothing else."""

from __future__ import annotations

import json
import logging
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
import regex
import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, Integer, MetaData, String, Table

import autosync
from autosync.ddl import send
from autosync.escape import escaped, escaped_lines
from autosync.remedy import INEXACT
from autosync.report.formats import FORMATS
from autosync.report.progress import Progress
from autosync.report.text import ANOTHER_TEXT
from tests.report.test_html import hostile
from tests.servers.database import LiveDatabase
from tests.tables import NEVER, Unforeseen

RENDERERS = FORMATS
"""A new format is tested as soon as the command line knows it."""
LAYOUT = dict.fromkeys(("html", "markdown", "github", "junit", "sql"), "\n\t")
UNSEEN = regex.compile(r"[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{NChar}]")
BLANK = "".join(
    map(
        unicodedata.lookup,
        ["BRAILLE PATTERN BLANK", "KHITAN SMALL SCRIPT FILLER", "MUSICAL SYMBOL NULL NOTEHEAD"],
    )
)
NEWER = "\U00013441\U00013442"
"""Two more, which the Unicode of Python 3.10 and 3.11 does not know: Egyptian blanks."""
EVERY = [chr(code) for code in range(sys.maxunicode + 1)]
UNSAFE = [c for c in EVERY if UNSEEN.match(c) or c in BLANK + NEWER]
"""By the Unicode that the regex package brings: another source than the one that is tested."""
ALL = "-".join(UNSAFE)  # apart, since two surrogates in JSON are one character
NAME = "x\x1b[2J\x1b]0;owned\x07\u202ey\u2028z\n\x85\ufeff"


def raw(text: str, layout: str = "\n") -> set[str]:
    """What of it a terminal would not just show."""
    return set(text).intersection(UNSAFE).difference(layout)


def models(*columns: Any) -> MetaData:
    metadata = MetaData()
    Table("users", metadata, Column("id", Integer, primary_key=True), *columns)
    return metadata


def wanted() -> MetaData:
    """A column that looks like another one renamed, and one of another type."""
    return models(Column("phone", String(40)), Column(f"{NAME}2", Integer))


@pytest.fixture
def live(database: LiveDatabase) -> LiveDatabase:
    """A database in which somebody has chosen names with care."""
    found = models(Column(NAME, String(40), nullable=False), Column(f"{NAME}2", String(9)))
    Table(NAME, found, Column("id", Integer, primary_key=True))
    found.create_all(database.engine)
    return database


# --- reports --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RENDERERS)
def test_every_character(name: str) -> None:
    """In each place where a report has a text."""
    assert raw(RENDERERS[name](hostile(ALL)), LAYOUT.get(name, "\n")) == set()


def test_they_are_shown_by_their_numbers() -> None:
    shown = str(hostile(ALL))
    assert "-".join(map(number, UNSAFE)) in shown


def number(character: str) -> str:
    """A character as Python writes its number, which tells where that ends."""
    code = ord(character)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def test_what_is_seen_is_shown() -> None:
    """Every character there is, but those that nobody sees."""
    assert [c for c in EVERY if escaped(c) != c] == UNSAFE
    assert [c for c in EVERY if escaped_lines(c) != c] == [c for c in UNSAFE if c not in "\n\t"]
    seen = set(map(chr, range(32, 127))) | set("é名前🙂\u00a0\u3000\u0301")
    assert not seen & set(UNSAFE)


@pytest.mark.parametrize("code", [0xAD, 0x34F, 0x115F, 0x180E, 0x206A, 0x2800, 0x3164, 0xFE0F,
                                  0xFFA0, 0xFFF9, 0xE0001, 0xE0041, 0xE0100, 0xE01EF])  # fmt: skip
def test_those_that_were_once_forgotten(code: int) -> None:
    assert chr(code) in UNSAFE


def test_no_character_makes_a_line() -> None:
    """But the end of one: else a name might forge what stands in the next."""
    text = str(hostile(ALL.replace("\n", "")))
    marks = ANOTHER_TEXT, INEXACT
    lines = [line for line in text.split("\n") if not any(mark in line for mark in marks)]
    assert len(lines) == len(str(hostile("harmless")).split("\n"))


def test_all_else_is_shown_as_it_is() -> None:
    name = "é名前 🙂 C:\\x1b\\u202e %s"
    assert name in str(hostile(name))
    assert "é名前 🙂" in hostile(name).to_json()


@pytest.mark.parametrize("text", [ALL, NAME, "\\u001b\\\\\x1b", "é名前 🙂"])
@pytest.mark.parametrize("indent", [None, 2])
def test_json_means_what_it_meant(text: str, indent: int | None) -> None:
    plan = hostile(text)
    assert json.loads(plan.to_json(indent=indent)) == plan.to_dict()


@pytest.mark.parametrize("name", RENDERERS)
def test_names_of_the_database(live: LiveDatabase, name: str) -> None:
    plan = autosync.plan(live.engine, wanted())
    assert NAME in {note.table for note in plan.notes}
    assert {"likely-rename", "column-type"} <= {refusal.code for refusal in plan.refused}
    assert raw(RENDERERS[name](plan), LAYOUT.get(name, "\n")) == set()
    assert json.loads(plan.to_json()) == plan.to_dict()


def test_a_statement_with_escapes_is_not_to_be_copied(live: LiveDatabase) -> None:
    """The text says so, of every line; and the JSON has the one that can be run."""
    phone = Column("phone", String(40), info={"autosync": {"renamed_from": NAME}})
    plan = autosync.plan(live.engine, models(phone, Column(f"{NAME}2", Integer)))
    (refusal,) = (
        refusal for refusal in json.loads(plan.to_json())["refused"] if refusal["code"] == "renamed"
    )
    assert INEXACT in refusal["remedy"]
    assert {line[:3] for line in refusal["remedy"].split("\n")} == {"-- "}
    [statement] = refusal["statements"]
    with live.engine.begin() as connection:
        send(connection, statement)
        assert connection.execute(sa.text("SELECT phone FROM users")).all() == []


def test_a_statement_without_escapes_is_not_marked(database: LiveDatabase) -> None:
    models(Column("telephone", String(40))).create_all(database.engine)
    plan = autosync.plan(database.engine, models(Column("phone", String(40))))
    assert "RENAME COLUMN telephone TO phone" in str(plan)
    assert INEXACT not in str(plan)


# --- errors, events and logs ----------------------------------------------------------------------


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What is logged, all of which must be fit to be shown."""
    with caplog.at_level(logging.DEBUG, "autosync"):
        yield caplog
    for record in caplog.get_records("call"):
        assert raw(record.getMessage()) <= {"\t"}


def assert_shown(error: BaseException) -> None:
    """It tells of the names, and in a way that does nothing."""
    assert r"\x1b[2J" in str(error)
    assert raw("".join(map(str, [error, *error.args]))) <= {"\t"}


def test_errors_with_a_report(live: LiveDatabase) -> None:
    with pytest.raises(autosync.OutOfSync) as out_of_sync:
        autosync.check(live.engine, wanted())
    assert_shown(out_of_sync.value)
    with pytest.raises(autosync.ChangesRefused) as refused:
        autosync.sync(live.engine, wanted(), on_refused="raise")
    assert_shown(refused.value)


def test_refusals_are_logged(live: LiveDatabase, logged: pytest.LogCaptureFixture) -> None:
    """One line each, of which no name can make two."""
    autosync.sync(live.engine, wanted())
    assert {record.levelname for record in logged.records} == {"WARNING"}
    assert any(r"\x1b[2J" in message for message in logged.messages)
    assert [message for message in logged.messages if "\n" in message] == []


def test_what_is_applied_is_logged(live: LiveDatabase, logged: pytest.LogCaptureFixture) -> None:
    assert len(autosync.sync(live.engine, models(Column(f"{NAME}3", Integer))).applied) == 1
    assert r"\x1b[2J" in logged.text


def test_wait(live: LiveDatabase, logged: pytest.LogCaptureFixture) -> None:
    with pytest.raises(autosync.WaitTimedOut) as caught:
        autosync.wait(live.engine, wanted(), timeout=0.0)
    assert_shown(caught.value)
    assert "it lacks" in logged.text


def test_a_statement_that_fails(live: LiveDatabase, logged: pytest.LogCaptureFixture) -> None:
    """What the server says of it repeats the names."""
    broken = models()
    check = CheckConstraint(Unforeseen(NAME, new=True), name="never")
    Table("broken", broken, Column(NAME, Integer, primary_key=True), check, **NEVER)
    Table(NAME[:-1], broken, Column("id", Integer, primary_key=True))
    events: list[autosync.Event] = []
    said: list[str] = []

    def listen(event: autosync.Event) -> None:
        events.append(event)
        Progress(said.append)(event)

    with pytest.raises(autosync.StatementFailed) as caught:
        autosync.sync(live.engine, broken, on_event=listen)
    assert_shown(caught.value)
    assert raw("".join(said), "") == set()
    errors = [event.error for event in events if isinstance(event, autosync.StatementEnded)]
    assert errors[-1] is not None
    assert raw(errors[-1]) <= {"\t"}


@pytest.mark.databases("postgresql", "mariadb")
def test_whoever_is_in_the_way(live: LiveDatabase, logged: pytest.LogCaptureFixture) -> None:
    """Of a table with such a name."""
    newer = models()
    Table(NAME, newer, Column("id", Integer, primary_key=True), Column("more", Integer))
    events: list[autosync.Event] = []
    with live.engine.connect() as other, other.begin():
        other.execute(sa.select(newer.tables[NAME].c.id)).all()
        with pytest.raises(autosync.LockNotAcquired) as caught:
            autosync.sync(live.engine, newer, deadline=0.5, on_event=events.append)
    assert raw(str(caught.value)) == set()
    waits = [event for event in events if isinstance(event, autosync.Waiting)]
    assert r"\x1b[2J" in waits[0].wanted
    assert waits[0].blockers
    assert raw("".join(map(str, [waits[0].wanted, *waits[0].blockers])), "") == set()
    assert "trying again" in logged.text


def test_models_that_cannot_be_compiled(database: LiveDatabase) -> None:
    """Why is said in SQLAlchemy's words, with the name of the column in front."""
    with pytest.raises(autosync.OutOfSync) as caught:
        autosync.check(database.engine, models(Column(NAME, sa.types.NullType())))
    assert [entry.code for entry in caught.value.plan.refused] == ["not-rendered"]
    assert_shown(caught.value)


def test_models_that_contradict_each_other(database: LiveDatabase) -> None:
    one, other = MetaData(), MetaData()
    for metadata, type_ in ((one, Integer), (other, String(9))):
        Table(NAME, metadata, Column("id", type_, primary_key=True))
    with pytest.raises(autosync.ConflictingModels) as caught:
        autosync.plan(database.engine, [one, other])
    assert_shown(caught.value)
