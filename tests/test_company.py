"""A change is judged in company as it is judged alone: nothing spoils its neighbour."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, Integer, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ColumnElement

import autosync
from autosync.ddl import send
from tests.servers.database import LiveDatabase
from tests.tables import made


def run(database: LiveDatabase, *statements: str) -> None:
    with database.engine.begin() as connection:
        for statement in statements:
            send(connection, statement)


def titles(entries: Any) -> list[str]:
    return sorted(entry.title for entry in entries)


@pytest.mark.parametrize("has_rows", [False, True])
def test_a_new_column_beside_one_that_is_asked_about(
    database: LiveDatabase, *, has_rows: bool
) -> None:
    """Its Python-side default is what the rows get, whatever else has to be asked."""
    computed = "lower('A')" if database.name == "postgresql" else "(lower('A'))"
    default = sa.text(computed)
    live = made(("t", Column("s", String(9), server_default=default)))
    live.create_all(database.engine)
    if has_rows:
        run(database, "INSERT INTO t (id) VALUES (1)")
    spelled = sa.text(computed.replace("'A'", " 'A' "))
    number = Column("n", Integer, nullable=False, default=3)
    models = made(("t", Column("s", String(9), server_default=spelled), number))
    report = autosync.sync(database.engine, models)
    assert (titles(report.applied), report.refused) == (["column t.n"], ())
    run(database, "INSERT INTO t (id) VALUES (2)")
    with database.engine.connect() as connection:
        assert set(send(connection, "SELECT n FROM t").scalars()) == {3}


@pytest.mark.databases("postgresql")
def test_a_default_that_the_server_rejects(database: LiveDatabase) -> None:
    """It leaves the other defaults of its table as they are, alone."""
    kind = sa.Enum("a", "b", name="kind")
    live = made(
        (
            "t",
            Column("k", kind, server_default="a"),
            Column("s", String(9), server_default=sa.text("lower('A')")),
            Column("u", String(9), server_default=sa.text("upper('a')")),
        )
    )
    live.create_all(database.engine)
    models = made(
        (
            "t",
            Column("k", sa.Enum("a", "b", name="kind"), server_default="c"),
            Column("s", String(9), server_default=sa.text("lower( 'A' )")),
            Column("u", String(9), server_default=sa.text("upper( 'b' )")),
        )
    )
    plan = autosync.plan(database.engine, models)
    assert "column t.s" not in titles([*plan.undecided, *plan.refused])
    assert "column t.u" in titles(plan.refused)


@pytest.mark.databases("postgresql")
def test_a_policy_of_the_host_for_new_tables(database: LiveDatabase) -> None:
    """An event trigger that wants a primary key of every table; constants need no asking."""
    made(("t",)).create_all(database.engine)
    run(
        database,
        "INSERT INTO t (id) VALUES (1)",
        "CREATE FUNCTION want_key() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NOT EXISTS (SELECT FROM pg_event_trigger_ddl_commands() c JOIN pg_index i "
        "ON i.indrelid = c.objid WHERE i.indisprimary) THEN RAISE 'no key'; END IF; END $$",
        "CREATE EVENT TRIGGER keys ON ddl_command_end WHEN TAG IN ('CREATE TABLE') "
        "EXECUTE FUNCTION want_key()",
    )
    columns = [
        Column("a", Integer, server_default="1"),
        Column("b", String(9), server_default="x"),
        Column("c", Integer, nullable=False, default=3),
    ]
    try:
        report = autosync.sync(database.engine, made(("t", *columns)))
        assert len(report.applied) == 3
        assert report.refused == ()
    finally:
        run(database, "DROP EVENT TRIGGER keys")


class Special(ColumnElement[bool]):
    """A construct of an application, which it compiles for one database only."""

    inherit_cache = True
    type = sa.Boolean()


@compiles(Special, "oracle")
def _(element: Any, compiler: Any, **kw: Any) -> str:
    return "1 = 1"


@pytest.mark.parametrize("is_new", [False, True])
def test_a_check_that_cannot_be_rendered(database: LiveDatabase, *, is_new: bool) -> None:
    """It is a refusal of that check, or of its table, and of nothing else."""
    live = made(("other",), *[("t",)] * (not is_new))
    live.create_all(database.engine)
    models = made(
        ("other", Column("n", Integer)),
        ("t", Column("m", Integer), CheckConstraint(Special(), name="special")),
    )
    report = autosync.sync(database.engine, models)
    assert "column other.n" in titles(report.applied)
    assert titles(report.refused)
    excluded = autosync.plan(database.engine, models, exclude=["t"])
    assert excluded.refused == ()


@pytest.mark.databases("mariadb", "mysql")
@pytest.mark.parametrize("is_new", [False, True])
def test_a_type_that_cannot_be_rendered(database: LiveDatabase, *, is_new: bool) -> None:
    live = made(("other",), *[("t",)] * (not is_new))
    live.create_all(database.engine)
    models = made(("other", Column("n", Integer)), ("t", Column("m", String), Column("k", Integer)))
    report = autosync.sync(database.engine, models)
    assert "column other.n" in titles(report.applied)
    assert titles(report.refused)
    if not is_new:
        assert "column t.k" in titles(report.applied)
    assert autosync.plan(database.engine, models, exclude=["t"]).refused == ()


def test_a_column_that_is_to_be_computed_from_a_new_one(database: LiveDatabase) -> None:
    """It differs, before the new one is there and after; and it spoils no question about others."""
    a, s = Column("a", Integer), Column("s", String(9), server_default="x")
    made(("t", a, Column("m", Integer, sa.Computed("a * 2", persisted=True)), s)).create_all(
        database.engine
    )
    models = made(
        (
            "t",
            Column("a", Integer),
            Column("n", Integer),
            Column("m", Integer, sa.Computed("n * 2", persisted=True)),
            Column("s", String(9), server_default=sa.text("( 'x' )")),
        )
    )
    plan = autosync.plan(database.engine, models)
    assert [(entry.object, entry.code) for entry in plan.refused] == [("t.m", "column-generated")]
    assert plan.undecided == ()
    report = autosync.sync(database.engine, models)
    assert titles(report.applied) == ["column t.n"]
    assert autosync.plan(database.engine, models).refused == plan.refused
