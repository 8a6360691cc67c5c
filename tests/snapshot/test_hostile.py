"""Whatever a snapshot says, it is a plan, or an error that says what is wrong, and that soon."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Column, Integer, MetaData, String, Table

import autosync
from autosync import Snapshot
from autosync.report.formats import FORMATS
from tests.snapshot.hostile import (
    DEEP,
    DIALECTS,
    SNAPSHOTS,
    TEXTS,
    garbled,
    models,
    mutated,
    paths,
    replaced,
)
from tests.soon import soon

EXAMPLES = int(os.environ.get("AUTOSYNC_EXAMPLES", "150"))
MODELS = models()
PARSED = {"type", "default", "computed", "text", "parts", "definition", "labels", "on_delete"}
"""What is read word by word; all else is only shown, or compared as it stands."""
AS_NAMES = ("quotes", "lines", "words", "word", "dashes", "unseen", "halves", "zero", "empty")
AT_LENGTH = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def planned(text: str) -> autosync.Plan | None:
    """The plan for the models; None where the snapshot is refused."""
    try:
        return autosync.plan(Snapshot.from_json(text), MODELS)
    except autosync.InvalidSnapshot:
        return None


# --- texts ----------------------------------------------------------------------------------------


def places() -> Iterator[Any]:
    """Each kind of value that is a text, once for each database."""
    for dialect in DIALECTS:
        data = SNAPSHOTS[dialect]
        seen = set()
        for path in paths(data):
            kind = tuple(step for step in path if isinstance(step, str))
            value = data
            for step in path:
                value = value[step]
            if isinstance(value, str) and kind not in seen:
                seen.add(kind)
                yield pytest.param(dialect, path, id=f"{dialect}-{'.'.join(kind)}")


@pytest.mark.parametrize(("dialect", "path"), list(places()))
def test_a_hostile_text(dialect: str, path: tuple[Any, ...]) -> None:
    """In the place of a type, a default, a name: 100,000 characters that take long to read."""
    names = AS_NAMES if PARSED.isdisjoint(path[-2:]) else tuple(TEXTS)
    for name in names:
        with soon(of=name):
            text = TEXTS[name]
            plan = planned(json.dumps(replaced(SNAPSHOTS[dialect], path, text)))
            if plan is not None:
                str(plan)


def test_all_of_them_in_every_format() -> None:
    data = Snapshot.of(wide("x"), "postgresql").to_json()
    for number, text in enumerate(TEXTS.values()):
        data = data.replace(f'"x{number}"', json.dumps(text[:20_000]))
    plan = autosync.plan(Snapshot.from_json(data), wide("y"))
    assert len(plan.refused) + len(plan.undecided) > len(TEXTS)
    for render in FORMATS.values():
        with soon(5):
            assert render(plan)


def wide(letter: str) -> MetaData:
    """A table with a column, and a check, for each text, which stands for it."""
    metadata = MetaData()
    names = [f"{letter}{number}" for number in range(len(TEXTS))]
    columns = [Column(f"c{name[1:]}", String(9), server_default=sa.text(name)) for name in names]
    checks = [sa.CheckConstraint(name, name=f"k{name[1:]}") for name in names]
    Table("wide", metadata, Column("id", Integer, primary_key=True), *columns, *checks)
    return metadata


# --- files ----------------------------------------------------------------------------------------


def snapshot(**changes: Any) -> str:
    return json.dumps({**SNAPSHOTS["sqlite"], **changes})


HOSTILE: dict[str, tuple[str, str]] = {
    "lists": ("[" * DEEP, "it is nested too deeply"),
    "objects": ('{"a":' * DEEP, "it is nested too deeply"),
    "deep in a table": (
        snapshot(tables=["@"]).replace('"@"', "[" * DEEP + "]" * DEEP),
        "it is nested too deeply",
    ),
    "deep enough to be read": (
        snapshot(dialect="@").replace('"@"', "[" * 300 + "]" * 300),
        "dialect is [[[[[[[...]]]]]]] where there should be a string",
    ),
    "not a number": (snapshot(version="@").replace('"@"', "NaN"), "it has NaN, which is no number"),
    "without end": (snapshot(version="@").replace('"@"', "-Infinity"), "it has -Infinity"),
    "a long number": ('{"version": ' + "1" * DEEP + "}", "it has a number of too many digits"),
    "a version of long ago": (snapshot(version=0), "it has no version"),
    "a version to come": (snapshot(version=10**40), "it has the version 1000000000000000"),
    "no number but true": (snapshot(version=True), "it has no version"),
    "a fraction": (snapshot(server_version=[1.5]), "server_version[0] is 1.5 where there should"),
    "a great number": (snapshot(server_version=[10**30]), "server_version[0] is 10000000"),
    "twice": ('{"version": 1, "version": 1}', "it has two values of the name 'version'"),
    "unknown": (snapshot(more="x" * DEEP), "it has 'more', which this version of autosync"),
    "a table twice": (
        snapshot(tables=SNAPSHOTS["sqlite"]["tables"][:1] * 2),
        "it has two tables of the name (None, 'item')",
    ),
    "a column twice": (
        json.dumps(
            replaced(
                SNAPSHOTS["sqlite"],
                ("tables", 1, "columns"),
                SNAPSHOTS["sqlite"]["tables"][1]["columns"][:1] * 2,
            )
        ),
        "tables[1].columns has two columns of the name 'id'",
    ),
    "an odd database": (snapshot(dialect="os.system('x')"), "it is of a database that cannot be"),
    "two databases": (snapshot(dialect="postgresql"), "is of postgresql, and of sqlite"),
    "a part of one": (snapshot()[: -DEEP // 100], "this is no snapshot"),
    "large": (" " * (2**26 + 1), "it is larger than 67,108,864 characters"),
}


@pytest.mark.parametrize(("text", "words"), HOSTILE.values(), ids=list(HOSTILE))
def test_what_is_wrong_is_told(text: str, words: str) -> None:
    with soon(), pytest.raises(autosync.InvalidSnapshot) as caught:
        autosync.plan(Snapshot.from_json(text), MODELS)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 500


# --- anything else --------------------------------------------------------------------------------


@AT_LENGTH
@given(mutated())
def test_what_was_changed(text: str) -> None:
    with soon(5):
        plan = planned(text)
        if plan is not None:
            for render in FORMATS.values():
                render(plan)


@AT_LENGTH
@given(garbled())
def test_what_was_lost(data: bytes) -> None:
    with soon(5):
        try:
            planned(data.decode())
        except UnicodeDecodeError:
            return
