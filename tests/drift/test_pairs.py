"""Types and server defaults that differ in one argument: each is found, in both directions.

Each pair has a table of its own, lest the doubt about one column settle that about another.
"""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

import autosync
from tests.drift.case import ALL, findings
from tests.drift.conftest import Ground
from tests.drift.pairs import ALIKE, DEFAULTS, TYPES

BOTH_WAYS = pytest.mark.parametrize(("declared", "live"), [(0, 1), (1, 0)], ids=["there", "back"])


@pytest.mark.parametrize("name", ALL)
@BOTH_WAYS
def test_each_type_is_found(name: str, declared: int, live: int, ground: Ground) -> None:
    codes = [("column-type", pair) for pair in TYPES[name]]
    codes += [("type-alike", pair) for pair in ALIKE.get(name, ())]

    def models(side: int) -> sa.MetaData:
        return tables(sa.Column("x", pair[side]) for _, pair in codes)

    with ground(name) as engine:
        models(live).create_all(engine)

        plan = autosync.plan(engine, models(declared))

        expected = {f"column t{n}.x type": code for n, (code, _) in enumerate(codes)}
        assert findings(plan) == expected


@pytest.mark.parametrize("name", ALL)
@BOTH_WAYS
def test_each_default_is_found(name: str, declared: int, live: int, ground: Ground) -> None:
    def models(side: int) -> sa.MetaData:
        return tables(
            sa.Column("x", type_, server_default=defaults[side])
            for type_, *defaults in DEFAULTS[name]
        )

    with ground(name) as engine:
        models(live).create_all(engine)

        plan = autosync.plan(engine, models(declared))

        expected = {}
        for n, (_, *defaults) in enumerate(DEFAULTS[name]):
            if defaults[declared] is None:
                expected[f"column t{n}.x extra_default"] = "default-extra"
            else:
                expected[f"column t{n}.x default"] = "column-default"
        assert findings(plan) == expected


def tables(columns: Any) -> sa.MetaData:
    """Models of one table for each column: t0, t1, ..."""
    md = sa.MetaData()
    for number, column in enumerate(columns):
        sa.Table(f"t{number}", md, sa.Column("id", sa.Integer, primary_key=True), column)
    return md
