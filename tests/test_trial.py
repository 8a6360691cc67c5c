"""A new table that the server would not take is refused, and not planned; the others are made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, Computed, Index, Integer, String, Text

import autosync
from tests.servers.database import LiveDatabase
from tests.tables import made

Items = Callable[[], tuple[Any, ...]]
ALL = ("sqlite", "postgresql", "mariadb", "mysql")
SERVERS = ALL[1:]
MYSQL = ALL[2:]
IMPOSSIBLE: dict[str, tuple[Items, tuple[str, ...]]] = {
    "a default of another type": (
        lambda: (Column("n", Integer, server_default="abc"),),
        SERVERS,
    ),
    "a default that is too long": (
        lambda: (Column("s", String(3), server_default="abcdef"),),
        MYSQL,
    ),
    "a default that is no label": (
        lambda: (Column("k", sa.Enum("a", "b", name="kind"), server_default="c"),),
        SERVERS,
    ),
    "a check of a column that is not there": (
        lambda: (CheckConstraint("nowhere > 1", name="ck"),),
        ALL,
    ),
    "a check that is no SQL": (lambda: (CheckConstraint("id >", name="ck"),), ALL),
    "a computed column without its function": (
        lambda: (Column("m", Integer, Computed("no_such_function(id)")),),
        SERVERS,
    ),
    "a computed column of the moment": (
        lambda: (Column("m", sa.DateTime, Computed("CURRENT_TIMESTAMP")),),
        ("sqlite", "postgresql", "mysql"),
    ),
    "an index that needs a length": (
        lambda: (Column("s", Text), Index("ix", "s")),
        ("mysql",),
    ),
    "an operator class that is none": (
        lambda: (Column("s", Text), Index("ix", "s", postgresql_ops={"s": "no_such_ops"})),
        ("postgresql",),
    ),
    "a collation that is none": (
        lambda: (Column("s", String(9, collation="no_such_collation")),),
        SERVERS,
    ),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_what_the_server_would_not_take(database: LiveDatabase, case: str) -> None:
    items, databases = IMPOSSIBLE[case]
    if database.name not in databases:
        return
    before = Column("n", Integer, server_default="1")
    models = made(("before", before), ("t", *items()), ("z",))
    plan = autosync.plan(database.engine, models)
    report = autosync.sync(database.engine, models)

    assert [entry.object for entry in report.applied] == ["before", "z"]
    assert "t" in [entry.object for entry in plan.refused]
    assert report.refused == plan.refused
    assert sorted(sa.inspect(database.engine).get_table_names()) == ["before", "z"]


LEFT = {
    "sqlite": "SELECT 1 FROM autosync_trial",
    "postgresql": "SELECT 1 FROM pg_temp.autosync_trial_0",
    "mariadb": "SELECT 1 FROM autosync_trial",
    "mysql": "SELECT 1 FROM autosync_trial",
}


@pytest.mark.parametrize("default", ["1", "abc"])
def test_nothing_is_left_of_it(database: LiveDatabase, default: str) -> None:
    column = Column("n", Integer, server_default=default)
    models = made(("t", column, CheckConstraint("n > 0")))
    with database.engine.connect() as connection:
        autosync.plan(connection, models)
        with pytest.raises(sa.exc.DBAPIError, match="autosync_trial"):
            connection.exec_driver_sql(LEFT[database.name])
    assert sa.inspect(database.engine).get_table_names() == []
