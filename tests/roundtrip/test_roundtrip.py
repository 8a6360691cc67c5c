"""No false difference: what `create_all()` has just created is in sync."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError

import autosync
from tests.facts.session import code
from tests.roundtrip.case import Case
from tests.roundtrip.cases import ALL_CASES, CASES, runs
from tests.roundtrip.lacking import LACKING
from tests.roundtrip.stage import Stage
from tests.snapshot.checks import assert_stands, assert_stands_for_models


@pytest.mark.parametrize(("case", "name"), runs(CASES), ids=str)
def test_what_was_just_created_is_in_sync(case: Case, name: str, stage: Stage) -> None:
    if stage.version(name) < case.server:
        with pytest.raises(DBAPIError), stage.created(case, name):
            pass
        return
    with stage.created(case, name) as engine:
        plan = autosync.plan(engine, case.metadata())
        assert plan.in_sync, str(plan)
        assert not plan.notes, str(plan)
        kept = assert_stands(engine, case.metadata(), plan)
    assert not kept.pending, str(kept)
    assert not kept.refused, str(kept)
    assert_stands_for_models(case.metadata(), name)


REFUSED = [
    (case, name)
    for name, known in LACKING.items()
    for case in CASES
    if case.name in known and name in case.databases
]


@pytest.mark.parametrize(("case", "name"), REFUSED, ids=str)
def test_what_a_database_lacks_it_refuses(case: Case, name: str, stage: Stage) -> None:
    with pytest.raises(DBAPIError) as refused, stage.created(case, name):
        pass

    assert code(refused.value) == LACKING[name][case.name]


def test_what_a_database_lacks_is_a_case() -> None:
    names = {case.name for case in ALL_CASES}
    assert names.issuperset(*LACKING.values())


def test_names_are_unique() -> None:
    names = [case.name for case in ALL_CASES]
    assert sorted(names) == sorted(set(names))
