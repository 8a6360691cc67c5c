"""What was written by hand is compared by what it does: found if it differs, and only then.

Each pair has a table of its own, lest the doubt about one column settle that about another.
"""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

import autosync
from tests.drift.by_hand import PAIRS, WHOLE
from tests.drift.case import findings, fresh
from tests.drift.conftest import Ground

AUTO = {"mariadb": False, "mysql": False, "sqlite": True}
"""Only an INTEGER key of SQLite numbers itself without being told to."""


@pytest.mark.parametrize("name", PAIRS)
def test_each_difference_is_found_and_nothing_else(name: str, ground: Ground) -> None:
    pairs = PAIRS[name]
    with ground(name) as engine:
        with engine.begin() as connection:
            for number, pair in enumerate(pairs):
                connection.exec_driver_sql(
                    f"CREATE TABLE t{number} (id INTEGER NOT NULL, a INTEGER, x {pair.live}, "
                    "PRIMARY KEY (id))"
                )

        plan = autosync.plan(engine, models(name))

    found = sorted((what.split()[1], code) for what, code in findings(plan).items())
    expected = [(f"t{n}.x", pair.code) for n, pair in enumerate(pairs) if pair.code is not None]
    assert found == sorted(expected)


def models(name: str) -> sa.MetaData:
    """Models of a table for each pair: t0, t1, ..."""
    md = sa.MetaData()
    for number, pair in enumerate(PAIRS[name]):
        sa.Table(
            f"t{number}",
            md,
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("a", sa.Integer),
            sa.Column("x", pair.type, *pair.more, server_default=pair.default),
        )
    return md


@pytest.mark.parametrize("name", WHOLE)
def test_each_table_is_found_and_nothing_else(name: str, ground: Ground) -> None:
    md = sa.MetaData()
    with ground(name) as engine:
        with engine.begin() as connection:
            for number, whole in enumerate(WHOLE[name]):
                connection.exec_driver_sql(whole.live.format(t=f"t{number}"))
                key = sa.Column("id", sa.Integer, primary_key=True, autoincrement=AUTO[name])
                items = map(fresh, whole.items)
                sa.Table(f"t{number}", md, key, *items, **whole.options)

        plan = autosync.plan(engine, md)

    found = sorted((owner(what), code) for what, code in findings(plan).items())
    assert found == sorted((f"t{n}", code) for n, w in enumerate(WHOLE[name]) for code in w.codes)


def owner(what: str) -> str:
    """The table of an entry."""
    return re.split(r"[.( ]", what.split(" ", 1)[1])[0]
