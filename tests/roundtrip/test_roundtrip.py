"""No false difference: what `create_all()` has just created is in sync."""

from __future__ import annotations

import pytest

import autosync
from tests.roundtrip.case import Case
from tests.roundtrip.cases import ALL_CASES, CASES, runs
from tests.roundtrip.stage import Stage
from tests.snapshot.checks import assert_stands, assert_stands_for_models


@pytest.mark.parametrize(("case", "name"), runs(CASES), ids=str)
def test_what_was_just_created_is_in_sync(case: Case, name: str, stage: Stage) -> None:
    with stage.created(case, name) as engine:
        plan = autosync.plan(engine, case.metadata())
        assert plan.in_sync, str(plan)
        assert not plan.notes, str(plan)
        kept = assert_stands(engine, case.metadata(), plan)
    assert not kept.pending, str(kept)
    assert not kept.refused, str(kept)
    assert_stands_for_models(case.metadata(), name)


def test_names_are_unique() -> None:
    names = [case.name for case in ALL_CASES]
    assert sorted(names) == sorted(set(names))
