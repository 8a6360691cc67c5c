"""Where the server cannot be asked: what needs no asking is planned and done all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Boolean, Column, DateTime, Enum, Integer, Numeric, String, text
from sqlalchemy.dialects import postgresql as pg

import autosync
from autosync.ddl import send
from tests.servers.database import Databases, LiveDatabase, admin_engine
from tests.tables import made

CONSTANT = [
    Column("a", Integer),
    Column("b", Integer, server_default="1"),
    Column("c", Integer, nullable=False, default=3),
    Column("d", String(9), nullable=False, server_default="it's"),
    Column("e", Boolean, nullable=False, server_default=text("false")),
    Column("f", Numeric(9, 2), server_default=text("-1.5")),
    Column("g", DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    Column("h", pg.JSONB, server_default="{}"),
    Column("i", pg.ARRAY(Integer), server_default="{}"),
    Column("j", pg.UUID, server_default="00000000-0000-0000-0000-000000000001"),
    Column("k", Enum("x", "y", name="known"), server_default="x"),
    Column("l", Enum("x", "y", name="new")),
    Column("m", Enum("x", "y", name="new"), nullable=False, server_default="y"),
]
"""One value in all rows, which is known to be one of the type."""
VARYING = [
    Column("n", pg.UUID, server_default=text("gen_random_uuid()")),
    Column("o", Integer, sa.Computed("id + 1", persisted=True)),
    Column("p", Integer, sa.Identity()),
    Column("q", Integer, server_default="no number"),
    Column("r", Enum("x", "y", name="known"), server_default="z"),
]
KEYED = """
    CREATE FUNCTION want_key() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() c
               WHERE c.object_type = 'table' AND NOT EXISTS (
                   SELECT FROM pg_index i WHERE i.indrelid = c.objid AND i.indisprimary))
    THEN RAISE 'no key'; END IF; END $$
"""
NO_TABLES = """
    CREATE FUNCTION want_key() RETURNS event_trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE insufficient_privilege USING MESSAGE = 'no temporary tables here'; END $$
"""
LIVE = [
    "CREATE TABLE t (id serial PRIMARY KEY)",
    "INSERT INTO t DEFAULT VALUES",
    "CREATE TYPE known AS ENUM ('x', 'y')",
]


def run(engine: sa.engine.Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            send(connection, statement)


def models() -> sa.MetaData:
    return made(("t", *(column._copy() for column in [*CONSTANT, *VARYING])))


def names(entries: Any) -> set[str]:
    return {entry.name for entry in entries if entry.kind == "column"}


def expected() -> set[str]:
    return {column.name for column in CONSTANT}


@pytest.fixture(params=[KEYED, NO_TABLES], ids=["keys", "no temporary tables"])
def policed(request: pytest.FixtureRequest, postgresql: LiveDatabase) -> Iterator[LiveDatabase]:
    """A host whose policy is kept by an event trigger."""
    run(
        postgresql.engine,
        *LIVE,
        request.param,
        "CREATE EVENT TRIGGER policy ON ddl_command_end WHEN TAG IN ('CREATE TABLE') "
        "EXECUTE FUNCTION want_key()",
    )
    yield postgresql
    run(postgresql.engine, "DROP EVENT TRIGGER policy")


def test_a_policy_of_the_host(policed: LiveDatabase) -> None:
    report = autosync.sync(policed.engine, models())
    assert names(report.applied) == expected()
    assert names(report.refused) == {column.name for column in VARYING}
    assert {one.code for one in report.refused if one.kind == "column"} == {"rewrites-table"}
    again = autosync.plan(policed.engine, models())
    assert again.refused == report.refused
    assert not again.pending


def test_a_policy_that_new_tables_break(policed: LiveDatabase) -> None:
    """What the policy forbids fails by itself, with its words."""
    declared = made(("u", Column("x", pg.HSTORE().with_variant(Integer, "postgresql"))))
    sa.Table("keyless", declared, Column("x", Integer), sa.CheckConstraint("x > 0"))
    with pytest.raises(autosync.errors.StatementFailed) as raised:
        autosync.sync(policed.engine, declared)
    assert "keyless" in {entry.object for entry in raised.value.report.failed}


def test_a_standby(databases: Databases) -> None:
    """Its plan is the primary's, as far as it can be known there."""
    server = databases.servers.another("postgresql", durable=True)
    try:
        engine = admin_engine("postgresql", server.url())
        run(engine, *LIVE, "CREATE TABLE other (id serial PRIMARY KEY, n int DEFAULT 1 + 1)")
        engine.dispose()
        server.terminate()
        server.write("data/standby.signal", "")
        server.start()
        plan = autosync.plan(engine, models())
        assert names(plan.pending) == expected()
        assert names(plan.refused) == {column.name for column in VARYING}
        spelled = made(("other", Column("n", Integer, server_default=text("1+1"))))
        (undecided,) = autosync.plan(engine, spelled).undecided
        assert "could not be asked" in undecided.reason
        assert autosync.wait(engine, made(("t",)), timeout=1).in_sync
        with pytest.raises(autosync.errors.OutOfSync):
            autosync.check(engine, models())
    finally:
        engine.dispose()
        server.stop()
