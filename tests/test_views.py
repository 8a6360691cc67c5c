"""Views: how they are compared, replaced and ordered. The corpus and the drifts have more cases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table, select, text
from sqlalchemy.engine import Engine
from sqlalchemy_utils import create_materialized_view, create_view

import autosync
from autosync import Plan, Report
from autosync.ddl import send
from tests.roundtrip.views import SELECTS, tables
from tests.servers.database import SQLALCHEMY, LiveDatabase
from tests.test_rights import Role, made, run, sent

Views = dict[str, Callable[[MetaData], Any]]
ALLOWED = {"allow": {"views"}}
READING = re.compile("pg_get_viewdef|information_schema.views|'view', 'trigger'|optimizer_trace")
"""What only reading the definitions of views sends."""
OWN = pytest.mark.skipif(SQLALCHEMY < (2, 1), reason="SQLAlchemy has views from 2.1 on")


def models(views: Views | None = None, *more: str) -> MetaData:
    """A table ``t`` with a number, with more columns, and views by name, each made by a SELECT."""
    md = MetaData()
    Table(
        "t",
        md,
        Column("id", Integer, primary_key=True),
        Column("n", Integer),
        *(Column(name, String(9)) for name in more),
    )
    for name, make in (views or {}).items():
        create_view(name, make(md), md)
    return md


def above(number: int, *shown: str) -> Callable[[MetaData], Any]:
    """What shows the rows with more than a number."""

    def make(md: MetaData) -> Any:
        t = md.tables["t"]
        return select(*(t.c[name] for name in ("id", "n", *shown))).where(t.c.n > number)

    return make


def written(sql: str, *names: str) -> Callable[[MetaData], Any]:
    """A SELECT that is written as text."""
    return lambda md: text(sql).columns(*(sa.column(name, Integer) for name in names))


def codes(found: Plan | Report) -> dict[str, str]:
    return {entry.object: entry.code for entry in found.refused}


def titles(entries: Iterable[autosync.Entry]) -> list[str]:
    return [entry.title for entry in entries]


def columns(engine: Engine, view: str) -> list[str]:
    return [column["name"] for column in sa.inspect(engine).get_columns(view)]


# --- comparing ----------------------------------------------------------------------------------


def test_no_difference_is_missed(database: LiveDatabase) -> None:
    """Each view of the round trip differs from the next one."""

    def defined(shift: int) -> MetaData:
        md = MetaData()
        t, u = tables(md)
        makers = [*SELECTS.values(), *SELECTS.values()]
        for number, name in enumerate(SELECTS):
            create_view(name, makers[number + shift](t, u), md)
        return md

    defined(0).create_all(database.engine)
    assert autosync.plan(database.engine, defined(0)).in_sync
    plan = autosync.plan(database.engine, defined(1))
    # what follows "a table" is SELECT *
    assert codes(plan) == dict.fromkeys([*SELECTS][database.name != "sqlite" :], "view-differs")
    assert not plan.undecided


def test_a_new_column_changes_no_view(database: LiveDatabase) -> None:
    """Also where the server has to tell it from the columns of a join."""
    more = {
        "using": "SELECT u.id, t.a FROM t JOIN u USING (id)",
        "twice": "SELECT x.a, y.a AS b FROM t x JOIN t y USING (id) JOIN u USING (id)",
    }

    def defined(*added: str) -> MetaData:
        md = MetaData()
        t, u = tables(md)
        for name, make in SELECTS.items():
            if name not in ("a table", "a star"):
                create_view(name, make(t, u), md)
        for name, query in more.items():
            create_view(name, text(query).columns(sa.column("a", Integer)), md)
        for name in added:
            t.append_column(Column(name, Integer))
            u.append_column(Column(name, Integer))
        return md

    defined().create_all(database.engine)
    report = autosync.sync(database.engine, defined("zz", "b_1"))
    assert len(report.applied) == 4
    assert report.in_sync, str(report)


def test_what_else_is_pending_on_a_table_is_no_difference(database: LiveDatabase) -> None:
    """A new column with a key that has no name, for instance."""
    models({"v": above(1)}).create_all(database.engine)
    wanted = models({"v": above(1)})
    Table("p", wanted, Column("id", Integer, primary_key=True))
    wanted.tables["t"].append_column(Column("p_id", sa.ForeignKey("p.id"), unique=True))
    plan = autosync.plan(database.engine, wanted)
    assert not plan.undecided
    if database.name == "sqlite":  # which adds the key, and no other constraint
        assert "v" not in codes(plan)
    else:
        assert not plan.refused
        assert "foreign_key t(p_id)" in [f"{entry.kind} {entry.object}" for entry in plan.pending]


def test_a_column_that_the_system_keeps(postgresql: LiveDatabase) -> None:
    md = models()
    md.tables["t"].append_column(Column("ctid", String, system=True))
    t = md.tables["t"]
    create_view("v", select(t.c.id, t.c.ctid.label("place")).where(t.c.n > 1), md)
    md.create_all(postgresql.engine)
    assert autosync.plan(postgresql.engine, md).in_sync


def test_nothing_is_asked_where_no_view_is_declared(database: LiveDatabase) -> None:
    models({"v": above(1)}).create_all(database.engine)
    statements = sent(database.engine)
    assert autosync.plan(database.engine, models()).in_sync
    assert not [sql for sql in statements if READING.search(sql)]
    autosync.plan(database.engine, models({"v": above(1)}))
    assert [sql for sql in statements if READING.search(sql)]


def test_asking_leaves_nothing_behind(database: LiveDatabase) -> None:
    models({"v": above(1)}).create_all(database.engine)
    setting = {
        "postgresql": "SELECT count(*) FROM pg_class WHERE relname LIKE 'autosync%'",
        "mariadb": "SELECT @@SESSION.optimizer_trace, count(*) FROM information_schema.views "
        "WHERE table_schema = DATABASE()",
        "sqlite": "SELECT count(*) FROM sqlite_master",
    }[database.name]
    with database.engine.connect() as connection:
        before = send(connection, setting).all()
        assert not autosync.plan(connection, models({"v": above(2)})).in_sync
        assert send(connection, setting).all() == before


def test_in_a_transaction_of_ones_own(database: LiveDatabase) -> None:
    with database.engine.begin() as connection:
        models({"v": above(1)}).create_all(connection)
        assert autosync.plan(connection, models({"v": above(1)})).in_sync
        assert codes(autosync.sync(connection, models({"v": above(2)}))) == {"v": "view-differs"}
        report = autosync.sync(connection, models({"v": above(2)}), **ALLOWED)
        assert titles(report.applied) == ["view v"]
    assert autosync.plan(database.engine, models({"v": above(2)})).in_sync


def test_what_the_server_cannot_be_asked_is_undecided(postgresql: LiveDatabase) -> None:
    """Without the right to temporary tables."""
    models({"v": above(1)}).create_all(postgresql.engine)
    with made(postgresql) as role:
        name = postgresql.url.database
        role.let(f"REVOKE TEMP ON DATABASE {name} FROM PUBLIC", "GRANT SELECT ON t TO {}")
        (entry,) = autosync.plan(role.engine, models({"v": above(1)})).undecided
    assert entry.title == "view v"
    assert "FROM t" in str(entry.live)
    assert "SELECT t.id" in str(entry.declared)


def test_a_hidden_definition_is_undecided(mariadb: LiveDatabase) -> None:
    models({"v": above(1)}).create_all(mariadb.engine)
    with made(mariadb) as role:
        role.let("GRANT SELECT ON t TO {}", "GRANT SELECT ON v TO {}")
        (entry,) = autosync.plan(role.engine, models({"v": above(1)})).undecided
        role.let("GRANT SHOW VIEW ON v TO {}")
        assert autosync.plan(role.engine, models({"v": above(1)})).in_sync
    assert "does not show its definition" in entry.reason


def test_tables_of_two_databases_are_not_confused(mariadb: LiveDatabase) -> None:
    """With an alias, the server's trace does not say in which database a table is."""
    other = f"{mariadb.url.database}_other"
    run(mariadb.engine, f"CREATE DATABASE {other}", f"CREATE TABLE {other}.t (id int, n int)")

    def shown(schema: str | None) -> MetaData:
        md = models()
        table = Table("t", md, Column("id", Integer), schema=schema) if schema else md.tables["t"]
        create_view("v", select(table.alias("x").c.id), md)
        return md

    try:
        shown(other).create_all(mariadb.engine)
        assert autosync.plan(mariadb.engine, shown(other)).in_sync
        assert titles(autosync.plan(mariadb.engine, shown(None)).undecided) == ["view v"]
        hand = written(f"SELECT x.id FROM {other}.t AS x", "id")
        assert titles(autosync.plan(mariadb.engine, models({"v": hand})).undecided) == ["view v"]
    finally:
        run(mariadb.engine, f"DROP DATABASE {other}")


def test_a_table_with_the_name_of_a_database(mariadb: LiveDatabase) -> None:
    name = f"{mariadb.url.database}_other"
    run(mariadb.engine, f"CREATE DATABASE {name}")
    md = MetaData()
    table = Table(name, md, Column("id", Integer, primary_key=True))
    create_view("v", select(table.c.id).where(table.c.id > 1), md)
    try:
        md.create_all(mariadb.engine)
        assert autosync.plan(mariadb.engine, md).in_sync
    finally:
        run(mariadb.engine, f"DROP DATABASE {name}")


def test_asking_waits_no_longer_than_the_deadline(postgresql: LiveDatabase) -> None:
    """Behind somebody who has locked a table that a view reads."""
    models({"v": above(1)}).create_all(postgresql.engine)
    with postgresql.engine.connect() as connection:
        send(connection, "LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(autosync.LockNotAcquired):
            autosync.plan(postgresql.engine, models({"v": above(1)}), deadline=0.5)
        send(connection, "ROLLBACK")
    assert autosync.plan(postgresql.engine, models({"v": above(1)})).in_sync


def test_asking_does_not_wait_for_whoever_writes(mariadb: LiveDatabase) -> None:
    models({"v": above(1)}).create_all(mariadb.engine)
    with mariadb.engine.connect() as connection:
        send(connection, "LOCK TABLES t WRITE")
        assert autosync.plan(mariadb.engine, models({"v": above(1)}), deadline=0.5).in_sync
        send(connection, "UNLOCK TABLES")


def test_a_view_that_is_broken_differs(mariadb: LiveDatabase) -> None:
    """It reads a column that is gone; MySQL keeps it so."""
    models({"v": above(1, "old")}, "old").create_all(mariadb.engine)
    run(mariadb.engine, "ALTER TABLE t DROP COLUMN old")
    assert codes(autosync.plan(mariadb.engine, models({"v": above(1)}))) == {"v": "view-differs"}
    assert autosync.sync(mariadb.engine, models({"v": above(1)}), **ALLOWED).in_sync


def test_a_text_that_reads_what_is_yet_to_be_added(database: LiveDatabase) -> None:
    """SQLAlchemy does not know what it reads, but the server does."""
    models({"v": above(1)}).create_all(database.engine)
    wanted = models({"v": written("SELECT id, n, name FROM t", "id", "n", "name")}, "name")
    report = autosync.sync(database.engine, wanted)
    assert titles(report.applied) == ["column t.name"]
    assert codes(report) == codes(autosync.plan(database.engine, wanted)) == {"v": "view-differs"}


def test_what_the_trace_cannot_hold_is_undecided(mariadb: LiveDatabase) -> None:
    odd = models({"v": written("SELECT '😀' AS c", "c")})
    odd.create_all(mariadb.engine)
    assert titles(autosync.plan(mariadb.engine, odd).undecided) == ["view v"]


def test_binary_literals_are_no_secret(sqlite: LiveDatabase) -> None:
    """EXPLAIN of SQLite does not show all of them."""
    models({"v": written("SELECT x'01' AS c", "c")}).create_all(sqlite.engine)
    alike = models({"v": written("SELECT (x'01') AS c", "c")})
    assert titles(autosync.plan(sqlite.engine, alike).undecided) == ["view v"]
    other = models({"v": written("SELECT x'02' AS c", "c")})
    assert codes(autosync.plan(sqlite.engine, other)) == {"v": "view-differs"}


def test_another_schema(postgresql: LiveDatabase) -> None:
    """Also one that the engine puts in the place of the declared one."""
    run(postgresql.engine, "CREATE SCHEMA tenant")
    engine = postgresql.engine.execution_options(schema_translate_map={None: "tenant"})
    autosync.sync(engine, models({"v": above(1)}))
    assert sa.inspect(engine).get_view_names(schema="tenant") == ["v"]
    assert autosync.plan(engine, models({"v": above(1)})).in_sync
    plan = autosync.plan(engine, models({"v": above(2)}), **ALLOWED)
    assert "CREATE OR REPLACE VIEW tenant.v" in plan.statements[0]
    assert autosync.sync(engine, models({"v": above(2)}), **ALLOWED).in_sync


# --- replacing ----------------------------------------------------------------------------------


def test_a_replaced_view_keeps_its_owner_and_grants(postgresql: LiveDatabase) -> None:
    models({"v": above(1)}).create_all(postgresql.engine)
    kept = "SELECT oid, relowner, relacl::text FROM pg_class WHERE relname = 'v'"
    run(postgresql.engine, "GRANT SELECT ON v TO PUBLIC")
    with postgresql.engine.connect() as connection:
        before = send(connection, kept).all()
    wanted = models({"v": above(2, "name")}, "name")
    assert autosync.sync(postgresql.engine, wanted, **ALLOWED).in_sync
    with postgresql.engine.connect() as connection:
        assert send(connection, kept).all() == before
    assert columns(postgresql.engine, "v") == ["id", "n", "name"]


def test_a_remedy_keeps_what_else_a_view_is(database: LiveDatabase) -> None:
    """Following it leaves nothing to be said, and the options as they were."""
    models({"v": above(1)}).create_all(database.engine)
    changed = {
        "postgresql": ["ALTER VIEW v SET (security_barrier = true)"],
        "mariadb": [
            "CREATE DEFINER=`who`@`where` SQL SECURITY INVOKER VIEW w AS SELECT 1 AS one",
            "CREATE OR REPLACE ALGORITHM=MERGE DEFINER=`who`@`where` SQL SECURITY INVOKER VIEW v "
            "AS SELECT id, n FROM t WHERE n > 1 WITH LOCAL CHECK OPTION",
        ],
        "sqlite": [],
    }[database.name]
    options = {
        "postgresql": "SELECT reloptions FROM pg_class WHERE relname = 'v'",
        "mariadb": "SELECT algorithm, definer, security_type, check_option "
        "FROM information_schema.views WHERE table_name = 'v' AND table_schema = DATABASE()",
        "sqlite": "SELECT 1",
    }[database.name]
    run(database.engine, *changed)
    with database.engine.connect() as connection:
        before = send(connection, options).all()
    (refusal,) = autosync.plan(database.engine, models({"v": above(2)})).refused
    run(database.engine, *refusal.remedy.statements)
    assert autosync.plan(database.engine, models({"v": above(2)})).in_sync
    with database.engine.connect() as connection:
        assert send(connection, options).all() == before


def test_what_only_the_server_knows_of_a_new_definition(postgresql: LiveDatabase) -> None:
    """SQLAlchemy takes a count for an INTEGER: while the view cannot be made, nothing is replaced,
    and nothing is to be dropped either.
    """

    def counted(*more: str) -> MetaData:
        def make(md: MetaData) -> Any:
            shown = [md.tables["t"].c[name] for name in more]
            return select(sa.func.count(md.tables["t"].c.id).label("rows"), *shown).group_by(*shown)

        return models({"v": make}, *more)

    counted().create_all(postgresql.engine)
    (refusal,) = autosync.plan(postgresql.engine, counted("name"), **ALLOWED).refused
    assert "then the next run replaces it" in str(refusal.remedy)
    assert "CREATE OR REPLACE" in str(refusal.remedy)
    report = autosync.sync(postgresql.engine, counted("name"), **ALLOWED)
    assert titles(report.applied) == ["column t.name"]
    assert titles(report.pending) == ["view v"]
    report = autosync.sync(postgresql.engine, counted("name"), **ALLOWED)
    assert titles(report.applied) == ["view v"]
    assert report.in_sync


def test_a_materialized_view(postgresql: LiveDatabase) -> None:
    """It is created with its indexes, and never replaced; the remedy does."""

    def kept(*shown: str) -> MetaData:
        md = models()
        query = select(*(md.tables["t"].c[name] for name in shown))
        create_materialized_view("m", query, md, indexes=[sa.Index("by_id", "id")])
        return md

    assert autosync.sync(postgresql.engine, kept("id")).in_sync
    assert autosync.plan(postgresql.engine, kept("id")).in_sync
    assert [one["name"] for one in sa.inspect(postgresql.engine).get_indexes("m")] == ["by_id"]
    report = autosync.sync(postgresql.engine, kept("id", "n"), **ALLOWED)
    assert codes(report) == {"m": "view-differs"}
    (refusal,) = report.refused
    assert "its indexes and grants are lost" in str(refusal.remedy)
    assert "CREATE INDEX by_id" in str(refusal.remedy)
    assert refusal.remedy.loses
    run(postgresql.engine, *refusal.remedy.statements)
    assert autosync.plan(postgresql.engine, kept("id", "n")).in_sync


@pytest.mark.databases("postgresql", "mariadb")
def test_the_right_to_replace(database: LiveDatabase) -> None:
    models().create_all(database.engine)
    with made(database) as role:
        prepared(database, role)
        assert codes(autosync.sync(role.engine, models({"v": above(2)}), **ALLOWED)) == {
            str(database.url.database): "missing-right"
        }
        report = autosync.sync(role.engine, models({"v": above(2)}), **ALLOWED)
        expected = {
            "postgresql": "does not own the view public.v, which is postgres's",
            "mariadb": "lacks DROP on v",
        }[database.name]
        assert expected in report.refused[0].reason
        run(role.admin, *report.refused[0].remedy.statements)
        role.engine.dispose()
        report = autosync.sync(role.engine, models({"v": above(2)}), **ALLOWED)
        assert titles(report.applied) == ["view v"]


def prepared(database: LiveDatabase, role: Role) -> None:
    """A view that the role can see, and not replace: another's; or its own, on MariaDB."""
    if database.name == "postgresql":
        models({"v": above(1)}).create_all(database.engine)
        role.let("GRANT SELECT ON t TO {}", "GRANT CREATE ON SCHEMA public TO {}")
        return
    role.let("GRANT SELECT ON t TO {}", f"GRANT CREATE VIEW ON {database.url.database}.* TO {{}}")
    models({"v": above(1)}).create_all(role.engine)
    role.let("GRANT SHOW VIEW, SELECT ON v TO {}")
    role.engine.dispose()


# --- what reads what ----------------------------------------------------------------------------


def test_views_that_are_declared_before_what_they_read(database: LiveDatabase) -> None:
    """Also where SQLAlchemy knows only their text, and their names are in the wrong order."""
    views = {
        "a": written("SELECT id FROM b WHERE id > 1", "id"),
        "b": written("SELECT id FROM c", "id"),
        "c": above(1),
    }
    report = autosync.sync(database.engine, models(views))
    assert [sql.split()[2] for sql in report.statements[1:]] == ["c", "b", "a"]
    assert autosync.plan(database.engine, models(views)).in_sync


@OWN
def test_a_view_and_what_it_reads_grow_together(database: LiveDatabase) -> None:
    """The base comes first, and the column before it."""

    def grown(*more: str) -> MetaData:
        md = models({}, *more)
        base = sa.CreateView(select(md.tables["t"]), "z", metadata=md).table
        sa.CreateView(select(base), "a", metadata=md)
        return md

    autosync.sync(database.engine, grown())
    assert autosync.plan(database.engine, grown()).in_sync
    refused = autosync.sync(database.engine, grown("name"))
    assert codes(refused) == {"a": "view-differs", "z": "view-differs"}
    report = autosync.sync(database.engine, grown("name", "mail"), **ALLOWED)
    order = [re.findall(r"(?:TABLE|VIEW) (\w)", sql)[0] for sql in report.statements]
    assert [name for name, after in pairwise([*order, ""]) if name != after] == ["t", "z", "a"]
    assert columns(database.engine, "a") == ["id", "n", "name", "mail"]
    assert autosync.plan(database.engine, grown("name", "mail")).in_sync


@OWN
@pytest.mark.databases("postgresql", "mariadb")
def test_a_view_that_reads_what_a_refused_one_lacks(database: LiveDatabase) -> None:
    def shown(*more: str) -> MetaData:
        md = models()
        t = md.tables["t"]
        base = sa.CreateView(select(*(t.c[name] for name in ("id", *more))), "b", metadata=md)
        if more:
            sa.CreateView(select(base.table.c.n), "a", metadata=md)
        return md

    autosync.sync(database.engine, shown())
    report = autosync.sync(database.engine, shown("n"))
    assert codes(report) == {"b": "view-differs", "a": "depends-on-refused"}
    assert autosync.sync(database.engine, shown("n"), **ALLOWED).in_sync


def test_a_star_does_not_show_a_new_column(database: LiveDatabase) -> None:
    """A note where the database writes the columns down; and then a difference."""
    views = {"v": written("SELECT * FROM t", "id", "n")}
    models(views).create_all(database.engine)
    report = autosync.sync(database.engine, models(views, "name"))
    (added,) = report.applied
    if database.name == "sqlite":
        assert added.hazards == ()
        assert autosync.plan(database.engine, models(views, "name")).in_sync
        return
    assert "the view v shows all columns that t had, and will not show this one" in added.hazards[0]
    again = autosync.plan(database.engine, models(views, "name"))
    assert codes(again) == {"v": "view-differs"}
    assert autosync.sync(database.engine, models(views, "name"), **ALLOWED).in_sync
    assert columns(database.engine, "v") == ["id", "n", "name"]


@pytest.mark.databases("postgresql", "mariadb")
def test_only_a_view_of_all_columns_is_told_of(database: LiveDatabase) -> None:
    models().create_all(database.engine)
    views = {
        "all_of_it": "SELECT 1 AS one, t.* FROM t",
        "part": "SELECT id FROM t",
        "turned": "SELECT n, id FROM t",
        "renamed": "SELECT id, n AS m FROM t",
        "asked": "SELECT id FROM t WHERE n > 1",
    }
    run(database.engine, *(f"CREATE VIEW {name} AS {query}" for name, query in views.items()))
    statements = sent(database.engine)
    (added,) = autosync.plan(database.engine, models({}, "name")).pending
    assert [re.findall(r"the view (\w+)", hazard) for hazard in added.hazards] == [["all_of_it"]]
    asked = [sql for sql in statements if "pg_rewrite" in sql or "information_schema.views" in sql]
    assert len(asked) == 1


def test_views_that_are_not_selected(database: LiveDatabase) -> None:
    """By a pattern, or by Alembic's callable, which takes a view for a table."""
    models({"v": above(1)}).create_all(database.engine)
    views: Views = {
        "v": above(2),
        "w": above(3, "name"),
        "x": lambda md: select(md.tables["t"].alias().c.name),
    }
    wanted = models(views, "name")

    def include_object(object_: Any, name: Any, type_: str, *sides: Any) -> bool:
        return type_ != "table" or (isinstance(object_, Table) and name not in views)

    for options in (
        {"exclude": ["v", "w", "x"]},
        {"include": ["t"]},
        {"include_object": include_object},
    ):
        plan = autosync.plan(database.engine, wanted, **options)  # type: ignore[arg-type]
        assert titles(plan.pending) == ["column t.name"]
        assert not plan.refused
    plan = autosync.plan(database.engine, wanted, exclude=["t.name"])
    assert not plan.pending
    needing = dict.fromkeys("wx", "depends-on-refused")
    assert codes(plan) == {"v": "view-differs", **needing}


# --- which views --------------------------------------------------------------------------------


def test_the_definition_is_a_query(sqlite: LiveDatabase) -> None:
    """Also of a view that gives its columns names."""
    models().create_all(sqlite.engine)
    run(sqlite.engine, 'CREATE VIEW "AS" ("a", [b c]) AS SELECT id, n FROM t -- all')
    (view,) = autosync.snapshot(sqlite.engine).schema.views.values()
    with sqlite.engine.connect() as connection:
        assert list(send(connection, str(view.definition)).keys()) == ["a", "b c"]


@OWN
def test_a_temporary_view_is_nobody_elses(sqlite: LiveDatabase) -> None:
    md = models()
    sa.CreateView(select(md.tables["t"].c.id), "v", metadata=md, temporary=True)
    assert titles(autosync.plan(sqlite.engine, md).pending) == ["table t"]


def test_views_of_a_snapshot(database: LiveDatabase) -> None:
    """Its text is kept: the same is the same, and another one can be told by the server only."""
    models({"v": above(1)}).create_all(database.engine)
    kept = autosync.snapshot(database.engine)
    (view,) = kept.schema.views.values()
    assert re.search(r"n`? > 1", str(view.definition))
    assert str(database.url.database) not in str(view.definition)
    plan = autosync.plan(kept, models({"v": above(2)}))
    assert titles(plan.undecided) == ["view v"]
    named_after = autosync.Snapshot.of(models({"v": above(1)}), database.name)
    assert autosync.plan(named_after, models({"v": above(1)})).in_sync
    assert titles(autosync.plan(named_after, models({"v": above(2)})).undecided) == ["view v"]
