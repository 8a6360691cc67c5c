"""A database without a folder of its own: DuckDB, through the Inspector."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Sequence, String, Table

import autosync
from tests.servers.database import SQLALCHEMY

# duckdb-engine reflects columns but no keys on 2.0. On 1.4 it says that there are no keys at all,
# which is wrong, and on 2.1 it cannot reflect columns either: nothing can be served there.
pytestmark = [
    pytest.mark.skipif(SQLALCHEMY != (2, 0), reason="duckdb-engine reflects on 2.0 only"),
    pytest.mark.filterwarnings("ignore:duckdb-engine doesn't yet support reflection"),
]


@pytest.fixture
def engine() -> sa.engine.Engine:
    return sa.create_engine("duckdb:///:memory:")


def old() -> MetaData:
    metadata = MetaData()
    Table(
        "users",
        metadata,
        Column("id", Integer, Sequence("numbers"), primary_key=True),
        Column("name", String),
    )
    return metadata


def new() -> MetaData:
    metadata = old()
    metadata.tables["users"].append_column(Column("age", Integer))
    Table(
        "groups",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("owner", ForeignKey("users.id")),
    )
    return metadata


def test_additions(engine: sa.engine.Engine) -> None:
    old().create_all(engine)
    with engine.begin() as connection:
        connection.execute(old().tables["users"].insert().values(name="ada"))
    plan = autosync.plan(engine, new())
    assert [entry.object for entry in plan.pending] == ["groups", "users.age"]
    report = autosync.sync(engine, new())
    assert report.statements == plan.statements
    assert set(report.applied) == set(plan.pending)
    again = autosync.plan(engine, new())
    assert not again.pending
    assert not again.refused
    with engine.connect() as connection:
        users = connection.execute(sa.select(new().tables["users"])).all()
    assert [tuple(row) for row in users] == [(1, "ada", None)]


def test_what_it_would_not_tell_is_undecided(engine: sa.engine.Engine) -> None:
    old().create_all(engine)
    plan = autosync.plan(engine, old())
    assert not plan.in_sync
    assert not plan.pending
    assert {entry.object for entry in plan.undecided} == {"users(id)"}
    assert all("could not be read" in entry.reason for entry in plan.undecided)


def test_what_is_not_known_to_be_cheap_is_refused(engine: sa.engine.Engine) -> None:
    old().create_all(engine)
    with engine.begin() as connection:
        connection.execute(old().tables["users"].insert().values(name="ada"))
    models = old()
    models.tables["users"].append_column(Column("score", Integer, server_default="1"))
    models.tables["users"].append_column(Column("friend", ForeignKey("users.id")))
    plan = autosync.plan(engine, models)
    assert {entry.object: entry.code for entry in plan.refused} == {
        "users.score": "rewrites-table",
        "users(friend)": "constraint-unsupported",
        "users.friend": "depends-on-refused",
    }
