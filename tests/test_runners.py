"""Names and texts of others in the output of a job: none of them commands the build server."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table

import autosync
from autosync.credentials import Secrets
from autosync.escape import escaped, escaped_json, escaped_lines
from autosync.failures import Failure, told
from autosync.plan import Report
from autosync.report import github
from autosync.report.formats import FORMATS
from autosync.report.progress import Progress
from autosync.report.sql import NO_SCRIPT
from autosync.report.text import ANOTHER_TEXT
from tests.report.checks import annotations
from tests.report.test_formats import hostile_plan
from tests.runners import HOSTILE, LATENT, obeyed
from tests.servers.database import LiveDatabase
from tests.tables import NEVER, Unforeseen

ALL = HOSTILE | LATENT
TEXTS = pytest.mark.parametrize("text", ALL.values(), ids=list(ALL))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_they_are_commands_as_they_stand(text: str) -> None:
    """Else nothing of this would be a test."""
    assert obeyed(text)
    assert obeyed(escaped_lines(text)) == obeyed(escaped(text)) == []


@TEXTS
@pytest.mark.parametrize("name", [name for name in FORMATS if name != "github"])
def test_reports(name: str, text: str) -> None:
    plan = hostile_plan(text)
    report = Report.of(plan, applied=plan.pending, executed=plan.statements)
    for findings in (plan, report):
        assert obeyed(FORMATS[name](findings)) == []


@TEXTS
def test_annotations(text: str) -> None:
    """GitHub's own format is commands: one for each entry, and none inside of another."""
    plan = hostile_plan(text)
    rendered = github.render(plan)
    found = list(annotations(rendered))
    assert len(found) == len(plan.refused) + len(plan.undecided) + len(plan.pending)
    assert obeyed(rendered) == rendered.split("\n")
    for one in found:
        assert one.level in ("error", "warning", "notice")
        assert obeyed("\n".join([*one.properties.values(), one.message])) == []


@TEXTS
@pytest.mark.parametrize("indent", [None, 2])
def test_json_means_what_it_meant(text: str, indent: int | None) -> None:
    data = {text: [text]}
    shown = escaped_json(json.dumps(data, indent=indent, ensure_ascii=False))
    assert obeyed(shown) == []
    assert json.loads(shown) == data


@pytest.mark.parametrize(
    "text",
    [
        "SELECT '{1}'::text::integer[]",
        "SELECT a\n  ::text",
        "## [x]",
        "#1 [x]",
        "-- # #\n:a",
        "a::b::c",
        "::",
    ],
)
def test_what_is_no_command_stays(text: str) -> None:
    """It can still be copied."""
    assert obeyed(text) == []
    assert escaped_lines(text) == text
    assert escaped(text) == text.replace("\n", "\\x0a")


def test_a_statement_with_a_command_is_not_to_be_copied() -> None:
    plan = hostile_plan("SELECT '##[x]'")
    assert ANOTHER_TEXT in str(plan)
    assert r"SELECT '\x23#[x]'" in str(plan)
    assert NO_SCRIPT in FORMATS["sql"](plan)
    assert ANOTHER_TEXT not in str(hostile_plan("SELECT '##x'"))


# --- a database, in which others have chosen the names --------------------------------------------

NAME = "##vso[task.complete]"
LINE = "\n::stop-commands::x"


def models(*columns: Any) -> MetaData:
    metadata = MetaData()
    Table("users", metadata, Column("id", Integer, primary_key=True), *columns)
    return metadata


@pytest.fixture
def live(database: LiveDatabase) -> LiveDatabase:
    found = models(
        Column(NAME, String(40), nullable=False, comment=f"x{LINE}"),
        Column("size", String(40), server_default=f"x{LINE}"),
        Column(LINE, Integer),
    )
    Table(f"{NAME}{LINE}", found, Column("id", Integer, primary_key=True))
    found.create_all(database.engine)
    return database


def wanted(**more: Any) -> MetaData:
    return models(Column("size", Integer, server_default="7"), Column(f"{NAME}2", Integer, **more))


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG, "autosync"):
        yield caplog
    messages = [record.getMessage() for record in caplog.get_records("call")]
    assert messages
    assert obeyed("\n".join(messages)) == []


def test_a_synchronization(live: LiveDatabase, logged: pytest.LogCaptureFixture) -> None:
    said: list[str] = []
    report = autosync.sync(live.engine, wanted(), on_event=Progress(said.append))
    assert report.applied
    assert report.refused
    assert obeyed(str(report)) == obeyed("\n".join(said)) == []
    assert r"\x23#vso[task.complete]" in "\n".join(said)


def test_errors(live: LiveDatabase, logged: pytest.LogCaptureFixture) -> None:
    errors: list[Exception] = []
    for call in (
        lambda: autosync.check(live.engine, wanted()),
        lambda: autosync.sync(live.engine, wanted(), on_refused="raise"),
        lambda: autosync.wait(live.engine, wanted(), timeout=0.0),
        lambda: autosync.snapshot(live.engine, schemas=[f"{NAME}{LINE}"]),
        lambda: autosync.Snapshot.from_json(json.dumps({"version": f"{NAME}{LINE}"})),
        lambda: autosync.plan(live.engine, [wanted(), wanted(info={"autosync": {NAME: LINE}})]),
    ):
        with pytest.raises(autosync.AutosyncError) as caught:
            call()
        errors.append(caught.value)
    for error in errors:
        assert obeyed(str(error)) == []
        with pytest.raises(Failure) as failure, told(Secrets()):
            raise error
        assert obeyed(f"{failure.value}") == []


def test_a_statement_that_fails(live: LiveDatabase) -> None:
    """The server repeats its text, names and all."""
    broken = models()
    check = sa.CheckConstraint(Unforeseen(NAME, new=True), name="never")
    Table("broken", broken, Column(NAME, Integer, primary_key=True), check, **NEVER)
    with pytest.raises(autosync.StatementFailed) as caught:
        autosync.sync(live.engine, broken)
    assert r"\x23#vso[" in str(caught.value)
    assert obeyed(str(caught.value)) == []


def test_a_warning(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Python prints it; SQLAlchemy's have names of the database in them."""
    from autosync.cli import main

    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
    with pytest.raises(SystemExit):
        main(["explain", "column-type"])
    shown = warnings.formatwarning(f"no type {NAME}{LINE}\x1b[2J", sa.exc.SAWarning, "a.py", 1)
    assert r"\x23#vso[" in shown
    assert obeyed(shown) == []
    assert "\x1b" not in shown
