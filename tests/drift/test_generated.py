"""Models that nobody has thought of: Hypothesis makes them, changes them, and watches.

`make fuzz` sets AUTOSYNC_EXAMPLES to try many, and other ones each time; a test run tries the same
few.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autosync
from tests.corpus.catalog import catalog
from tests.drift.blueprint import metadata
from tests.drift.case import ALL, findings
from tests.drift.conftest import Ground
from tests.drift.mutations import mutations
from tests.drift.strategies import models, older
from tests.many import as_many

AS_MANY = as_many(10)
DATABASES = pytest.mark.parametrize("name", ALL)


@DATABASES
@AS_MANY
@given(data=st.data())
def test_what_was_just_created_is_in_sync(name: str, data: st.DataObject, ground: Ground) -> None:
    declared = data.draw(models(name))
    with ground(name) as engine:
        metadata(declared).create_all(engine)

        assert findings(autosync.plan(engine, metadata(declared))) == {}


@DATABASES
@AS_MANY
@given(data=st.data())
def test_what_is_so_anyway_need_not_be_said(name: str, data: st.DataObject, ground: Ground) -> None:
    declared = data.draw(models(name))
    wordy = tuple(replace(one, wordy=data.draw(st.booleans())) for one in declared)
    differs = {
        f"column {one.name}.{column} nullable": "column-nullable"
        for one in wordy
        for column in one.key
        if name == "sqlite" and one.wordy and len(one.key) > 1  # there, a key may hold NULLs
    }
    for live, expected in ((wordy, {}), (declared, differs)):
        with ground(name) as engine:
            metadata(live).create_all(engine)

            assert findings(autosync.plan(engine, metadata(wordy))) == expected


@DATABASES
@AS_MANY
@given(data=st.data())
def test_one_change_is_all_that_is_found(name: str, data: st.DataObject, ground: Ground) -> None:
    declared = data.draw(models(name))
    possible = mutations(declared, name)
    aspect = data.draw(st.sampled_from(sorted(possible)))
    mutation = data.draw(st.sampled_from(possible[aspect]))
    with ground(name) as engine:
        metadata(mutation.apply(declared)).create_all(engine)

        assert findings(autosync.plan(engine, metadata(declared))) == mutation.finds


@DATABASES
@AS_MANY
@given(data=st.data())
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # what the Inspector cannot read
def test_what_is_added_is_as_new(name: str, data: st.DataObject, ground: Ground) -> None:
    declared = data.draw(models(name))
    before = data.draw(older(declared, name))
    with ground(name) as engine:
        metadata(before).create_all(engine)

        report = autosync.sync(engine, metadata(declared), allow={"indexes"})

        assert findings(report) == {}
        assert findings(autosync.plan(engine, metadata(declared))) == {}
        synchronized = catalog(engine)
    with ground(name) as engine:
        metadata(declared).create_all(engine)
        assert catalog(engine) == synchronized
