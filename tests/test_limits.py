"""SQLite's limit of columns: what would exceed it is refused, with the figure; the rest is done."""

from __future__ import annotations

import sqlite3
import sys
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, Table
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

import autosync
from tests.servers.database import LiveDatabase

USUAL, FEW = 2_000, 20


def tables(**sizes: int) -> MetaData:
    """Tables of so many columns."""
    md = MetaData()
    for name, size in sizes.items():
        more = (Column(f"c{number}", Integer) for number in range(1, size))
        Table(name, md, Column("id", Integer, primary_key=True), *more)
    return md


@pytest.fixture(params=[USUAL, FEW])
def limited(request: pytest.FixtureRequest, sqlite: LiveDatabase) -> tuple[Engine, int]:
    """An engine whose connections take so many columns, as usual or as they are set."""
    limit: int = request.param
    if limit != USUAL and sys.version_info < (3, 11):
        pytest.skip("before Python 3.11, no connection can be set, nor asked")
    engine = sqlite.create_engine()

    @sa.event.listens_for(engine, "connect")
    def set_limit(connection: Any, record: object) -> None:
        if limit != USUAL:
            connection.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, limit)

    return engine, limit


def test_a_table_that_is_too_wide_is_refused(limited: tuple[Engine, int]) -> None:
    engine, limit = limited
    models = tables(fits=limit, wide=limit + 1)
    with pytest.raises(OperationalError, match="too many columns"):
        tables(wide=limit + 1).create_all(engine)

    report = autosync.sync(engine, models)

    assert [entry.object for entry in report.applied] == ["fits"]
    (refusal,) = report.refused
    assert (refusal.object, refusal.code) == ("wide", "limit-exceeded")
    assert refusal.reason == f"it has {limit + 1:,} columns, and the database takes {limit:,}"


def test_new_columns_are_added_as_long_as_they_fit(limited: tuple[Engine, int]) -> None:
    engine, limit = limited
    tables(t=limit - 1, full=limit).create_all(engine)
    models = tables(t=limit + 2, full=limit + 1)

    report = autosync.sync(engine, models)

    assert [entry.object for entry in report.applied] == [f"t.c{limit - 1}"]
    refused = {entry.object: entry.reason for entry in report.refused}
    assert refused == {
        f"full.c{limit}": f"the table would have {limit + 1:,} columns, and the database takes "
        f"{limit:,}",
        **dict.fromkeys(
            (f"t.c{limit}", f"t.c{limit + 1}"),
            f"the table would have {limit + 2:,} columns, and the database takes {limit:,}",
        ),
    }
    again = autosync.plan(engine, models)
    assert [entry.object for entry in again.refused] == [entry.object for entry in report.refused]
    assert not again.pending
