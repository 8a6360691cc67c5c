"""No missed difference: what has drifted is found, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from sqlalchemy.engine import Engine

import autosync
from autosync.rules import RULES
from tests.drift.case import Drift, findings, metadata
from tests.drift.cases import CASES
from tests.drift.conftest import Ground
from tests.servers.database import server_version
from tests.snapshot.checks import assert_stands

ELSEWHERE = {("table", "more"), ("column", "unfinished")}
"""The corpus has too many tables; what a synchronizer itself has left unfinished is in
tests/test_large.py."""
RUNS = [pytest.param(case, name, id=f"{case}-{name}") for case in CASES for name in case.runs_on()]


@pytest.mark.parametrize(("case", "name"), RUNS)
def test_just_that_is_found(case: Drift, name: str, ground: Ground) -> None:
    with ground(name) as engine:
        if name == "postgresql" and server_version(engine) < case.server:
            return
        run(engine, case.setup.get(name, ()))
        metadata(case.live or case.models).create_all(engine)
        if case.live is None:
            before = autosync.plan(engine, metadata(case.models))
            assert findings(before) == {}, "only what is in sync can drift"
        run(engine, case.sql.get(name, ()))

        plan = autosync.plan(engine, metadata(case.models))

        assert findings(plan) == case.finds
        assert_stands(engine, metadata(case.models), plan)


def run(engine: Engine, statements: Iterable[str]) -> None:
    """Run SQL as it is, in one transaction."""
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_every_difference_has_drifted() -> None:
    """Whatever the rules know of is found by a case, here or in pairs.py."""
    known = {pair for rule in RULES.values() for pair in rule.on}
    words = [object_.split() for case in CASES for object_ in case.finds]
    in_pairs = {("column", "type"), ("column", "default"), ("column", "extra_default")}

    assert known - {(first, last) for first, *_, last in words} - in_pairs == ELSEWHERE
