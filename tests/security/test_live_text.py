"""What comes out of a database is never run with our rights: not by plan(), not by check(), not by
sync().

A tenant of the database plants functions that leave a trace which no rollback takes back.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy_utils import create_view

import autosync
from autosync.ddl import send
from tests.security.places import BY_SENDER, PACKAGE, PLACES, place_of
from tests.security.proofs import CONSTANT, PROOFS, Proof
from tests.security.tenants import Tenant, tenant
from tests.servers.database import NEWEST, SQLALCHEMY, LiveDatabase
from tests.test_rights import made

BACKEND = {"mariadb": "mysql"}
"""What SQLAlchemy calls a database."""


@pytest.fixture
def others(request: pytest.FixtureRequest) -> Iterator[Tenant]:
    """The tenant of the one database that a test is about."""
    (name,) = {"postgresql", "mariadb", "sqlite"} & set(request.fixturenames)
    with tenant(request.getfixturevalue(name)) as one:
        yield one


def models(*more: Any, view: str = "", **options: Any) -> MetaData:
    """A table ``t`` with more columns or constraints, and a view ``v`` if there is a query."""
    made = MetaData()
    number = Column("a", Integer)
    Table("t", made, Column("id", Integer, primary_key=True), number, *more, **options)
    if view:
        columns = (sa.column("id", Integer), sa.column("a", Integer))
        create_view("v", sa.text(view).columns(*columns), made)
    return made


def nothing_runs(others: Tenant, wanted: Callable[[], MetaData], **options: Any) -> autosync.Plan:
    """The plan, when also check(), snapshot() and sync() have left no trace of the tenant's."""
    engine = others.database.engine
    others.forget()
    plan = autosync.plan(engine, wanted(), **options)
    assert not others.ran(), "plan() has run what others have written"
    with suppress(autosync.OutOfSync):
        autosync.check(engine, wanted(), **options)
    autosync.snapshot(engine, rows=True)
    assert not others.ran(), "check() or snapshot() has"
    report = autosync.sync(engine, wanted(), **options)
    assert not others.ran(), "sync() has"
    assert report.refused == plan.refused
    return plan


def why(plan: autosync.Plan) -> dict[str, str]:
    """What is refused or undecided, and the reason."""
    return {entry.title: entry.reason for entry in (*plan.refused, *plan.undecided)}


# --- what servers do ------------------------------------------------------------------------------


@pytest.mark.skipif(SQLALCHEMY < NEWEST, reason="it has nothing to do with SQLAlchemy")
@pytest.mark.parametrize("proof", PROOFS, ids=str)
def test_what_the_server_evaluates(proof: Proof, request: pytest.FixtureRequest) -> None:
    database: LiveDatabase = request.getfixturevalue(proof.database)
    with tenant(database) as other:
        other.run(*proof.setup)
        other.forget()
        with database.engine.connect() as connection, suppress(sa.exc.DBAPIError):
            result = send(connection, other.filled(proof.statement))
            if result.returns_rows:
                result.all()
        assert other.ran() is proof.runs


def test_each_place_that_sends_texts_is_proven() -> None:
    proven = {(BACKEND.get(one.database, one.database), one.place) for one in PROOFS}
    for database, place in proven:
        assert place_of(database, place) is not None, f"{place} is no place"
    for (database, place), about in BY_SENDER.items():
        if about.words in ("rows", "declared", "live"):
            assert any(place == there and database in ("", which) for which, there in proven), (
                f"nothing in proofs.py is of {place}"
            )


def test_the_places_are_there() -> None:
    for place in PLACES:
        tree = ast.parse(Path(PACKAGE, place.file).read_text())
        defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert set(place.functions.split()) <= defined, place.file


# --- MariaDB: views -------------------------------------------------------------------------------

VIEWED = {
    "a derived table": "SELECT id, a FROM (SELECT {0}(1) AS id, 2 AS a) q",
    "a condition": "SELECT id, a FROM t WHERE id = {0}(1)",
    "a constant that is needed early": "SELECT id, substr('x', {0}(1)) AS a FROM t",
    "a constant that is needed late": "SELECT id, round(a, {0}(1)) AS a FROM t",
    "a subquery": "SELECT id, (SELECT {0}(1)) AS a FROM t",
    "a common table expression": "WITH c (id, a) AS (SELECT 1, {0}(1)) SELECT id, a FROM c",
    "the second of a union": "SELECT id, a FROM t UNION SELECT 1, {0}(1)",
    "an argument": "SELECT id, coalesce(a, interval({0}(1), 2)) AS a FROM t",
}
QUERY = "SELECT id, a FROM t WHERE a > 0"


def grown() -> MetaData:
    """Models of which a column is pending, beside the view."""
    return models(Column("more", String(9)), view=QUERY)


@pytest.mark.parametrize("function", ["f", "g"])
@pytest.mark.parametrize("definition", VIEWED.values(), ids=VIEWED)
def test_a_view_that_calls_a_function(
    mariadb: LiveDatabase, others: Tenant, definition: str, function: str
) -> None:
    models().create_all(mariadb.engine)
    place = others.place(function)
    others.run("INSERT INTO t VALUES (1, 1)")
    others.run(f"CREATE SQL SECURITY INVOKER VIEW v AS {definition.format(place)}")
    plan = nothing_runs(others, grown)
    assert [entry.title for entry in plan.pending] == ["column t.more"]
    assert "which may be anybody's function" in why(plan)["view v"]


@pytest.mark.parametrize("depth", [1, 2])
def test_a_view_that_reads_one_that_does(mariadb: LiveDatabase, others: Tenant, depth: int) -> None:
    models().create_all(mariadb.engine)
    others.run("INSERT INTO t VALUES (1, 1)")
    inner = VIEWED["a constant that is needed early"].format(others.place("f"))
    others.run(f"CREATE VIEW w0 AS {inner}")
    for number in range(depth):
        others.run(f"CREATE VIEW w{number + 1} AS SELECT id, a FROM w{number}")
    others.run(f"CREATE VIEW v AS SELECT id, a FROM w{depth}")
    plan = nothing_runs(others, grown)
    assert f"it may read the view {mariadb.url.database}.w0" in why(plan)["view v"]


def test_a_view_that_reads_one_that_is_hidden(mariadb: LiveDatabase, others: Tenant) -> None:
    """Its owner may read it, and we need not."""
    models().create_all(mariadb.engine)
    others.run("INSERT INTO t VALUES (1, 1)")
    inner = VIEWED["a constant that is needed early"].format(others.place("f"))
    here, there = mariadb.url.database, others.place("w0")
    others.run(
        f"CREATE DATABASE {here}_hidden",
        f"CREATE VIEW {here}_hidden.w0 AS {inner.replace('FROM t', f'FROM {here}.t')}",
        f"CREATE VIEW {there} AS SELECT id, a FROM {here}_hidden.w0",
        f"CREATE VIEW v AS SELECT id, a FROM {there}",
    )
    try:
        with made(mariadb, "_r") as role:
            role.let(
                f"GRANT SELECT, SHOW VIEW ON {here}.* TO {{}}",
                f"GRANT SELECT, SHOW VIEW ON {there} TO {{}}",
            )
            others.forget()
            plan = autosync.plan(role.engine, models(view=QUERY))
            assert not others.ran()
    finally:
        others.run(f"DROP DATABASE {here}_hidden")
    assert "does not show this role all that it reads" in why(plan)["view v"]


def test_models_that_read_a_view_that_calls_a_function(
    mariadb: LiveDatabase, others: Tenant
) -> None:
    models(view=QUERY).create_all(mariadb.engine)
    inner = VIEWED["a constant that is needed early"].format(others.place("f"))
    others.run(f"CREATE VIEW w AS {inner}")
    plan = nothing_runs(others, lambda: models(view="SELECT id, a FROM w"))
    assert "it may read the view" in why(plan)["view v"]


def test_models_that_call_a_function(mariadb: LiveDatabase, others: Tenant) -> None:
    models(view=QUERY).create_all(mariadb.engine)
    query = VIEWED["a constant that is needed early"].format(others.place("f"))
    plan = nothing_runs(others, lambda: models(view=query))
    assert "which may be anybody's function" in why(plan)["view v"]


@pytest.mark.parametrize("statement", ["CREATE VIEW t AS SELECT 1 AS id, {f}(1) AS a", CONSTANT])
def test_a_view_that_is_not_compared(mariadb: LiveDatabase, others: Tenant, statement: str) -> None:
    """One in the place of a table, and one that the models do not have; with all the callables that
    want to be shown what is there.
    """
    if "VIEW t" not in statement:
        models(Column("b", String(20))).create_all(mariadb.engine)
    others.run(statement)
    asked = {"include_object": lambda *_: True, "compare_type": lambda *_: None}
    plan = nothing_runs(others, lambda: models(Column("b", String(20))), **asked)
    assert why(plan).keys() <= {"table t"}


def test_a_new_column_of_a_table_with_a_key_to_a_view(
    mariadb: LiveDatabase, others: Tenant
) -> None:
    models().create_all(mariadb.engine)
    others.run("INSERT INTO t VALUES (1, 1)", "CREATE VIEW parent AS SELECT {f}(1) AS id")

    def wanted() -> MetaData:
        key = Column("p", sa.ForeignKey("parent.id"), server_default="1")
        found = models(key)
        Table("parent", found, Column("id", Integer, primary_key=True))
        return found

    assert "table parent" in why(nothing_runs(others, wanted))


# --- PostgreSQL: what hangs on tables, and what the models call -----------------------------------

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
    """The tenant's domain."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        return "others.d"


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


# --- SQLite: functions of the application's -------------------------------------------------------


def test_a_view_that_calls_a_function_of_the_application(
    sqlite: LiveDatabase, others: Tenant
) -> None:
    models().create_all(sqlite.engine)
    others.run("INSERT INTO t VALUES (1, 1)", "CREATE VIEW v AS SELECT id, f(1) AS a FROM t")
    plan = nothing_runs(others, grown)
    assert "unsafe use of f()" in why(plan)["view v"]


def test_a_column_that_is_computed_when_it_is_read(sqlite: LiveDatabase, others: Tenant) -> None:
    models().create_all(sqlite.engine)
    others.run(
        "INSERT INTO t VALUES (1, 1)",
        "ALTER TABLE t ADD COLUMN c integer GENERATED ALWAYS AS (f(a)) VIRTUAL",
    )

    def wanted() -> MetaData:
        computed = Column("c", Integer, sa.Computed("f(a)", persisted=False))
        added = Column("b", Integer, server_default="1")
        return models(computed, added, sa.UniqueConstraint("c", "b", name="u"))

    assert "c is computed from f(a)" in why(nothing_runs(others, wanted))["unique t.u"]


def test_a_setting_of_the_connection_is_as_it_was(sqlite: LiveDatabase) -> None:
    models(view=QUERY).create_all(sqlite.engine)
    for setting in (0, 1):
        with sqlite.engine.connect() as connection:
            send(connection, f"PRAGMA trusted_schema = {setting}")
            autosync.plan(connection, models(view="SELECT id, a FROM t WHERE 0 < a"))
            assert send(connection, "PRAGMA trusted_schema").scalar() == setting


# --- versions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_a_view_in_the_place_of_the_version(name: str, request: pytest.FixtureRequest) -> None:
    database: LiveDatabase = request.getfixturevalue(name)
    folder = Path(request.getfixturevalue("tmp_path"), "migrations")
    autosync_repository(folder)
    with tenant(database) as others:
        called = {"postgresql": "{volatile_f}(1)", "mariadb": "substr('x', {f}(1))"}[name]
        others.run(f"CREATE VIEW alembic_version AS SELECT {called} AS version_num")
        others.forget()
        with pytest.raises(autosync.errors.InvalidRepository, match="is a view in the database"):
            autosync.current(database.engine, folder)
        assert not others.ran()


def autosync_repository(folder: Path) -> None:
    from alembic import command
    from alembic.config import Config

    command.init(Config(str(folder.parent / "alembic.ini")), str(folder))
