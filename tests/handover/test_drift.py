"""What has drifted is refused, handed over, run, and in sync: every code for which it can be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import autosync
from autosync.handover import items
from autosync.handover.items import WAYS
from autosync.rules import FOLLOWS
from tests.drift.case import ALL, Drift, metadata
from tests.drift.cases import CASES
from tests.drift.conftest import Ground
from tests.drift.test_drift import run
from tests.handover.person import agree
from tests.handover.repositories import alembic, migrate
from tests.servers.database import SQLALCHEMY, server_version

BY_HAND = {
    "unique in one case only": "an extra index has the name of what is missing",
    "item instead of an array": "what makes an array of a value, no cast does",
}
"""What a revision cannot do as it is written, and why."""


def signature(case: Drift) -> tuple[str, ...]:
    """What kinds of things have drifted, in which aspect."""
    found = ((object_.split(), code) for object_, code in case.finds.items())
    return tuple(sorted(f"{kind} {aspect} {code}" for (kind, *_, aspect), code in found))


def first_of_each(name: str) -> list[Drift]:
    """The first case of each signature that a database has."""
    cases = [
        case
        for case in CASES
        if set(case.finds.values()) & set(WAYS)
        and name in case.runs_on()
        and case.name not in BY_HAND
    ]
    # what every version of the server has comes first
    cases.sort(key=lambda case: case.server)
    known = {signature(case): case for case in reversed(cases)}
    return list(known.values()) if not os.environ.get("AUTOSYNC_TORTURE") else cases


RUNS = [
    pytest.param(case, name, id=f"{case}-{name}") for name in ALL for case in first_of_each(name)
]


@pytest.mark.parametrize(("case", "name"), RUNS)
def test_it_is_in_sync_afterwards(case: Drift, name: str, ground: Ground, tmp_path: Path) -> None:
    check(case, name, ground, alembic(tmp_path / "revisions"), "base")


@pytest.mark.skipif(SQLALCHEMY >= (2, 0), reason="sqlalchemy-migrate needs 1.4")
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.parametrize(("case", "name"), RUNS)
def test_with_sqlalchemy_migrate(case: Drift, name: str, ground: Ground, tmp_path: Path) -> None:
    check(case, name, ground, migrate(tmp_path / "revisions"), "0")


def check(case: Drift, name: str, ground: Ground, made: Path, base: str) -> None:
    with ground(name) as engine:
        if name == "postgresql" and server_version(engine) < case.server:
            return
        run(engine, case.setup.get(name, ()))
        metadata(case.live or case.models).create_all(engine)
        run(engine, case.sql.get(name, ()))
        noted = notes(autosync.plan(engine, metadata(case.models)))
        done = autosync.revision(engine, metadata(case.models), made, "what has drifted")
        if done.path is None:
            assert done.left
            return
        agree(done.path)
        text = done.path.read_text()
        try:
            autosync.upgrade(engine, made, stamp=base)
        except Exception as error:
            raise AssertionError(text) from error
        plan = autosync.plan(engine, metadata(case.models))
        by_hand = done.held if items.BY_HAND in text else ()
        left = {entry.code for entry in (*done.left, *by_hand)}
        after = {entry.code for entry in plan.refused} - {FOLLOWS}
        assert after <= left, f"{plan}\n{text}"
        assert not plan.undecided
        assert notes(plan) <= noted, f"{plan}\n{text}"


def notes(plan: autosync.Plan) -> set[tuple[str, str]]:
    """What is noted, and of what; except a column that was in the way before, and an index that is
    one too many as soon as its like is there.
    """
    later = {"column-extra", "index-twice"}
    return {(note.code, note.object) for note in plan.notes if note.code not in later}
