"""PostgreSQL runs nothing that others have hung on tables, or that the models call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, Table
from sqlalchemy_utils import create_view

import autosync
from autosync.ddl import send
from tests.security.shared import models, nothing_runs, why
from tests.security.tenants import Tenant
from tests.servers.database import LiveDatabase
from tests.test_rights import made

HUNG = {
    "an index": "CREATE INDEX ON t (({f}(1)))",
    "a condition of an index": "CREATE INDEX ON t (a) WHERE {f}(1) > 0",
    "statistics": "CREATE STATISTICS s ON ({f}(1)), a FROM t",
    "an index of a child": "CREATE TABLE c () INHERITS (t); CREATE INDEX ON c (({f}(1)))",
    "a check of a child": "CREATE TABLE c (CHECK ({f}(1) > 0)) INHERITS (t)",
    "a domain in an index": "CREATE INDEX ON t ((1::others.d))",
}
ASKING: dict[str, tuple[str, Callable[[], Any]]] = {
    "a column that wants a value": ("column t.b", lambda: [Column("b", Integer, nullable=False)]),
    "a check of old rows": (
        "check t.c",
        lambda: [Column("b", Integer), sa.CheckConstraint("a > coalesce(b, 0)", name="c")],
    ),
    "a unique column": (
        "unique t.u",
        lambda: [Column("b", Integer, server_default="1"), sa.UniqueConstraint("a", "b", name="u")],
    ),
    "a key with a default": (
        "foreign key t(b)",
        lambda: [Column("b", sa.ForeignKey("t.id"), server_default="1")],
    ),
}


@pytest.mark.parametrize("asking", ASKING)
@pytest.mark.parametrize("hung", HUNG)
def test_a_table_on_which_others_have_hung_something(
    postgresql: LiveDatabase, others: Tenant, hung: str, asking: str
) -> None:
    """Any question about its rows would run it, so that none is asked."""
    models().create_all(postgresql.engine)
    others.run("INSERT INTO t VALUES (1, 1), (2, 2)", HUNG[hung])
    title, more = ASKING[asking]
    plan = nothing_runs(others, lambda: models(*more()))
    assert f"which is {others.name}'s" in why(plan)[title]


CALLING: dict[str, tuple[str, tuple[str, ...], Callable[[], Any]]] = {
    "a default": (
        "column t.b",
        (),
        lambda: [Column("b", Integer, server_default=sa.text("others.f(1)"))],
    ),
    "a stable default": (
        "column t.b",
        (),
        lambda: [Column("b", Integer, server_default=sa.text("others.stable_f(1)"))],
    ),
    "a type": ("column t.b", (), lambda: [Column("b", Domain())]),
    "a check": (
        "check t.c",
        (),
        lambda: [
            Column("b", Integer),
            sa.CheckConstraint("others.f(a) > coalesce(b, 0)", name="c"),
        ],
    ),
    "an index": (
        "index t.i",
        ("CREATE INDEX i ON t (((others.f(1) + a)))",),
        lambda: [sa.Index("i", sa.text("(others.f(1)::int4 + a)"))],
    ),
    "a condition of an index": (
        "index t.i",
        ("CREATE INDEX i ON t (a) WHERE others.f(1) > 0",),
        lambda: [sa.Index("i", "a", postgresql_where=sa.text("others.f(1)::int4 > 0"))],
    ),
    "a computed column": (
        "column t.b",
        ("ALTER TABLE t ADD COLUMN b integer GENERATED ALWAYS AS (others.f(1) + a) STORED",),
        lambda: [Column("b", Integer, sa.Computed("others.f(1)::int4 + a", persisted=True))],
    ),
}


class Domain(sa.types.UserDefinedType):  # type: ignore[type-arg]
    """The tenant's domain, or a type that has it within."""

    cache_ok = True

    def __init__(self, name: str = "others.d") -> None:
        self.name = name

    def get_col_spec(self, **kw: Any) -> str:
        return self.name


WITHIN = {
    "an array": ("others.d[]", "{1}"),
    "a row": ("pair", "(1,2)"),
    "a row in an array": ("pair[]", '{"(1,2)"}'),
    "a range": ("span", "[1,3)"),
    "a domain over an array": ("list", "{1}"),
}
"""Types of our own that have the tenant's domain within, and a literal of each."""


@pytest.mark.parametrize("place", ["default", "new default", "check", "view"])
@pytest.mark.parametrize("within", WITHIN)
def test_a_literal_of_a_type_that_has_a_domain_within(
    postgresql: LiveDatabase, others: Tenant, within: str, place: str
) -> None:
    """PostgreSQL reads it, and checks it, as soon as it parses the statement that it is in."""
    type_, literal = WITHIN[within]
    others.run(
        "CREATE TYPE pair AS (x others.d, y integer)",
        "CREATE TYPE span AS RANGE (subtype = others.d)",
        "CREATE DOMAIN list AS others.d[]",
    )
    is_new = place == "new default"
    column = Column("b", Domain(type_))
    models(*[column] * (not is_new)).create_all(postgresql.engine)

    def wanted() -> MetaData:
        default = literal if "default" in place else None
        found = models(Column("b", Domain(type_), server_default=default))
        if place == "check":
            check = sa.CheckConstraint(f"b <> '{literal}'", name="c")
            found.tables["t"].append_constraint(check)
        if place == "view":
            query = sa.text(f"SELECT id FROM t WHERE b = '{literal}'")
            create_view("v", query.columns(id=Integer), found)
        return found

    others.forget()
    if place == "view":
        others.run("CREATE VIEW v AS SELECT id FROM t WHERE b IS NULL")
    plan = autosync.plan(postgresql.engine, wanted())
    assert not others.ran()
    assert plan.refused or plan.undecided or plan.pending


@pytest.mark.parametrize("calling", CALLING)
def test_models_that_call_what_others_have_written(
    postgresql: LiveDatabase, others: Tenant, calling: str
) -> None:
    """A dry run evaluates nothing of it."""
    title, setup, more = CALLING[calling]
    models().create_all(postgresql.engine)
    others.run("INSERT INTO t VALUES (1, 1), (2, 2)", *setup)
    plan = nothing_runs(others, lambda: models(*more()))
    assert f"which is {others.name}'s" in why(plan)[title]


@pytest.mark.parametrize("name", ["a", "c"])
def test_a_key_to_a_table_of_others(postgresql: LiveDatabase, others: Tenant, name: str) -> None:
    """One of several columns is checked by reading that table, also if the columns are new."""
    models(sa.UniqueConstraint("a", "id")).create_all(postgresql.engine)
    others.run(
        "CREATE TABLE parent (a integer, b integer, PRIMARY KEY (a, b))",
        "INSERT INTO t VALUES (1, NULL)",
        "CREATE INDEX ON parent (({f}(1)))",
    )

    def wanted() -> MetaData:
        columns = {"b": Column("b", Integer), "c": Column("c", Integer)}
        new = [column for column in columns.values() if name == "c" or column.name == "b"]
        key = sa.ForeignKeyConstraint([name, "b"], ["parent.a", "parent.b"])
        found = models(*new, key, sa.UniqueConstraint("a", "id"))
        keys = [Column(one, Integer, primary_key=True, autoincrement=False) for one in "ab"]
        Table("parent", found, *keys)
        return found

    plan = nothing_runs(others, wanted)
    assert f"which is {others.name}'s" in why(plan)[f"foreign key t({name}, b)"]
    with postgresql.engine.begin() as connection:
        send(connection, "ALTER TABLE t ADD FOREIGN KEY (id, a) REFERENCES parent (a, b)")
    assert others.ran(), "or there is nothing to be afraid of"


def test_what_is_ours_is_asked(postgresql: LiveDatabase, others: Tenant) -> None:
    """A function of our own, or of a superuser's, is as good as a built-in one."""
    models().create_all(postgresql.engine)
    others.run("INSERT INTO t VALUES (1, 1)", "CREATE INDEX i ON t (((others.f(1) + a)))")
    others.run("ALTER FUNCTION others.f OWNER TO CURRENT_USER")
    wanted = models(
        Column("b", Integer),
        sa.CheckConstraint("others.f(a) > coalesce(b, 0)", name="c"),
        sa.Index("i", sa.text("(others.f(1)::int4 + a)")),
    )
    plan = autosync.plan(postgresql.engine, wanted)
    assert why(plan) == {}
    assert [entry.title for entry in plan.pending] == ["column t.b", "check t.c"]


def test_a_policy_for_rows(postgresql: LiveDatabase, others: Tenant) -> None:
    models().create_all(postgresql.engine)
    others.run(
        "INSERT INTO t VALUES (1, 1)",
        "CREATE POLICY p ON t USING ({volatile_f}(1) > 0)",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    )
    with made(postgresql) as role:
        role.let("GRANT SELECT ON t TO {}")
        others.forget()
        plan = autosync.plan(role.engine, models(Column("b", Integer, nullable=False)))
        autosync.snapshot(role.engine, rows=True)
        assert not others.ran()
    assert "the table may have rows" in why(plan)["column t.b"]


def test_a_partition_that_is_on_another_server(postgresql: LiveDatabase, others: Tenant) -> None:
    others.run(
        "CREATE TABLE t (id integer, a integer) PARTITION BY RANGE (id)",
        "CREATE FOREIGN DATA WRAPPER afar",
        "GRANT USAGE ON FOREIGN DATA WRAPPER afar TO {tenant}",
        "GRANT ALL ON SCHEMA public TO {tenant}",
    )
    others.run("SET LOCAL ROLE {tenant}", "CREATE SERVER there FOREIGN DATA WRAPPER afar")
    others.run(
        "CREATE FOREIGN TABLE p PARTITION OF t FOR VALUES FROM (0) TO (9) SERVER there",
        "REVOKE ALL ON SCHEMA public FROM {tenant}",
    )
    wanted = models(Column("b", Integer, nullable=False))
    plan = autosync.plan(postgresql.engine, wanted)
    assert "the foreign table public.p" in why(plan)["column t.b"]


def test_a_view_in_the_place_of_a_table_of_postgresql(
    postgresql: LiveDatabase, others: Tenant
) -> None:
    others.run("CREATE VIEW t AS SELECT 1 AS id, 1 AS a WHERE {volatile_f}(1) > 0")
    plan = nothing_runs(others, lambda: models(Column("b", Integer, nullable=False)))
    assert why(plan).keys() == {"table t"}
