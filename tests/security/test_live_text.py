"""What comes out of a database is never run with our rights: not by plan(), not by check(), not by
sync().

A tenant of the database plants functions that leave a trace which no rollback takes back.
"""

from __future__ import annotations

import ast
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table

import autosync
from autosync.ddl import send
from tests.security.places import BY_SENDER, PACKAGE, PLACES, place_of
from tests.security.proofs import CONSTANT, PROOFS, Proof
from tests.security.shared import models, nothing_runs, why
from tests.security.tenants import Tenant, tenant
from tests.servers.database import NEWEST, SQLALCHEMY, LiveDatabase
from tests.test_rights import made

BACKEND = {"mariadb": "mysql"}
"""What SQLAlchemy calls a database."""


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
        with pytest.raises(autosync.errors.InvalidRepository, match="it is a view"):
            autosync.current(database.engine, folder)
        assert not others.ran()


@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_a_view_in_the_place_of_a_version_of_another_name(
    name: str, request: pytest.FixtureRequest
) -> None:
    """Its answer would be taken for a revision, too."""
    database: LiveDatabase = request.getfixturevalue(name)
    folder = Path(request.getfixturevalue("tmp_path"), "migrations")
    autosync_repository(folder)
    (folder / "env.py").write_text(ENV)
    with tenant(database) as others:
        called = {"postgresql": "{volatile_f}(1)", "mariadb": "substr('x', {f}(1))"}[name]
        others.run(f"CREATE VIEW shop_version AS SELECT {called} AS version_num")
        others.forget()
        with pytest.raises(autosync.errors.InvalidRepository, match="it is a view"):
            autosync.current(database.engine, folder)
        assert not others.ran()


UNTRUSTED = {
    "an index": (
        "CREATE TABLE shop_version (version_num varchar(32) PRIMARY KEY)",
        "CREATE INDEX ON shop_version (({f}(1)))",
    ),
    "an operator": (
        "GRANT CREATE ON SCHEMA public TO {tenant}",
        "SET LOCAL ROLE {tenant}",
        "CREATE FUNCTION public.same(name, varchar) RETURNS bool LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM nextval('others.trace'); RETURN true; END $$",
        "CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = varchar, FUNCTION = public.same)",
    ),
}


@pytest.mark.parametrize("planted", UNTRUSTED)
def test_what_would_run_when_a_revision_is_read(
    postgresql: LiveDatabase, others: Tenant, tmp_path: Path, planted: str
) -> None:
    folder = tmp_path / "migrations"
    autosync_repository(folder)
    (folder / "env.py").write_text(ENV)
    others.run(*UNTRUSTED[planted])
    others.forget()
    with pytest.raises(autosync.errors.InvalidRepository, match="no revision is read"):
        autosync.current(postgresql.engine, folder)
    assert not others.ran()
    if planted == "an operator":
        others.run("DROP OPERATOR public.= (name, varchar)", "DROP FUNCTION public.same")
        others.run("REVOKE CREATE ON SCHEMA public FROM {tenant}")


ENV = """\
from alembic import context

context.configure(
    connection=context.config.attributes["connection"], version_table="shop_version"
)
with context.begin_transaction():
    context.run_migrations()
"""


def autosync_repository(folder: Path) -> None:
    from alembic import command
    from alembic.config import Config

    command.init(Config(str(folder.parent / "alembic.ini")), str(folder))
