"""No query of ours leaves a name to the search path of PostgreSQL, in which others may create."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import autosync
from autosync.dialects.postgresql import blockers, queries, revising, rights, shadows, views
from tests.corpus.case import Case, metadata
from tests.corpus.cases import CASES
from tests.corpus.runner import assert_expected, codes, prepare
from tests.security.planting import WARNING, Names, plant
from tests.security.qualification import tokens, unqualified
from tests.security.sent import is_ours, listening, sender
from tests.servers.database import NEWEST, SQLALCHEMY, Databases, LiveDatabase

pytestmark = pytest.mark.skipif(
    SQLALCHEMY < NEWEST, reason="it has nothing to do with SQLAlchemy, and runs with the newest"
)

PATH = "public, pg_catalog"
QUERIES = {
    name: query.text
    for module in (blockers, queries, revising, rights, shadows, views)
    for name, query in vars(module).items()
    if isinstance(query, sa.sql.elements.TextClause)
}


@pytest.mark.parametrize("sql", QUERIES.values(), ids=QUERIES)
def test_no_qualification_can_be_left_out(sql: str) -> None:
    """That what is told by the text of a query is told of each name in it."""
    assert unqualified(sql) == []
    for match in re.finditer(r"OPERATOR\(pg_catalog\.([^)]+)\)|pg_catalog\.", sql):
        assert unqualified(sql[: match.start()] + (match[1] or "") + sql[match.end() :]), match


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT pg_catalog.count(*) FROM pg_class",
        "SELECT 1 FROM pg_catalog.pg_class c WHERE c.relkind IN ('r')",
        "SELECT 1 FROM pg_catalog.pg_class c WHERE c.relname LIKE 'a%'",
        "SELECT 1 FROM pg_catalog.pg_class c WHERE c.oid BETWEEN 1 AND 2",
        "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i USING (oid)",
        "SELECT 1 FROM pg_catalog.pg_class c WHERE c.relname IS NOT DISTINCT FROM 'a'",
        "SELECT NULLIF(c.relname, 'a') FROM pg_catalog.pg_class c",
        "SELECT CASE c.relkind WHEN 'r' THEN 1 END FROM pg_catalog.pg_class c",
        "SELECT 'pg_class'::pg_catalog.regclass",
        "SELECT CAST(1 AS oid)",
        "SELECT public.lower('a')",
        "SELECT 1 FROM public.pg_class",
        "SELECT 1 + 1",
    ],
)
def test_what_is_looked_up_by_name_is_told(sql: str) -> None:
    assert unqualified(sql)


class Watch:
    """What autosync asks on every engine, and what of the planted that ran."""

    def __init__(self) -> None:
        self.names = Names()
        self.fired: list[tuple[str, str]] = []
        self._question = ""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """A block in which all is watched."""
        with (
            listening("before_cursor_execute", self._before),
            listening("engine_connect", self._connected),
        ):
            yield

    def _before(self, connection: Any, cursor: Any, sql: str, *_: Any) -> None:
        self._question = ""
        if connection.dialect.name == "postgresql" and is_ours(sender(), sql):
            self._question = sql
            self.names |= names(sql)

    def _connected(self, connection: Any) -> None:
        driver = connection.connection.dbapi_connection
        if connection.dialect.name == "postgresql" and not connection.info.get("watched"):
            connection.info["watched"] = True
            driver.add_notice_handler(self._noticed)

    def _noticed(self, notice: Any) -> None:
        if self._question and notice.message_primary.startswith(WARNING):
            self.fired.append((notice.message_primary, self._question))


@cache
def names(sql: str) -> Names:
    """The functions and operators of pg_catalog in a statement."""
    line = " ".join(token.text for token in tokens(sql))
    functions = re.findall(r"pg_catalog \. (\w+) \(", line)
    operators = re.findall(r"OPERATOR \( pg_catalog \. (\S+) \)", line)
    return Names(frozenset(functions), frozenset(operators))


class Planted(Databases):
    """Makes databases in which a match for each known name comes before what is built in."""

    names = Names()

    @contextmanager
    def fresh(self, name: str, folder: Path) -> Iterator[LiveDatabase]:
        """The same, with what is planted."""
        with super().fresh(name, folder) as live:
            with live.engine.begin() as connection:
                plant(connection, self.names)
                connection.exec_driver_sql(
                    f'ALTER DATABASE "{live.url.database}" SET search_path = {PATH}'
                )
            live.engine.dispose()
            yield live


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def databases(pytestconfig: pytest.Config) -> Iterator[Databases]:
    """The source of planted databases, in place of the usual one."""
    from tests.conftest import SERVERS

    source = Planted(pytestconfig.stash[SERVERS])
    yield source
    source.close()


@pytest.mark.parametrize(
    "case", [case for case in CASES if "postgresql" in case.databases], ids=str
)
def test_nothing_planted_runs(case: Case, databases: Planted, watch: Watch, tmp_path: Path) -> None:
    """Once more, where the case has asked what was not asked before."""
    known = None
    while known != watch.names:
        known = databases.names = watch.names
        with databases.fresh("postgresql", tmp_path) as database, watch.watching():
            if database.version >= case.server:
                run(case, database)
    assert watch.fired == []


def run(case: Case, database: LiveDatabase) -> None:
    """Plan, apply and plan again, with what is expected of the case."""
    live, models = metadata(case.live), metadata(case.models)
    prepare(case, live, database)
    plan = autosync.plan(database.engine, models, **case.options)
    assert_expected(case, database.name, plan)
    report = autosync.sync(database.engine, models, **case.options)
    assert set(report.applied) == set(plan.pending)
    again = autosync.plan(database.engine, models, **case.options)
    assert not again.pending
    assert codes(again.refused) == codes(plan.refused)


@pytest.mark.parametrize("name", ["RELATIONS", "COLUMNS", "INDEXES", "TYPES", "SHADOWS"])
def test_what_is_planted_runs_where_a_name_is_bare(
    name: str, databases: Planted, tmp_path: Path
) -> None:
    """Otherwise the test before it could not fail."""
    databases.names = names(QUERIES[name])
    warned: list[str] = []
    with databases.fresh("postgresql", tmp_path) as database:
        execute(database, 'CREATE TABLE users (id serial PRIMARY KEY, name text COLLATE "C")')
        execute(database, "CREATE INDEX ix ON users (lower(name) DESC)")
        asked = queries.versioned(sa.text(QUERIES[name]), database.version).text
        bare = re.sub(r"OPERATOR\(pg_catalog\.([^)]+)\)|(?<!')pg_catalog\.", r"\1", asked)
        with database.engine.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            driver.add_notice_handler(lambda notice: warned.append(notice.message_primary))
            oid = connection.exec_driver_sql("SELECT 'users'::regclass::oid").scalar()
            given = {"schemas": ["s"], "names": ["users"], "others": 9, "oids": [oid]}
            wanted = re.findall(r"(?<!:):(\w+)", bare)
            connection.execute(sa.text(bare), {key: given[key] for key in wanted}).all()
    ran = {warning.removeprefix(WARNING).strip() for warning in warned}
    assert "=" in ran
    assert ran & databases.names.functions


def execute(database: LiveDatabase, statement: str) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.databases("postgresql")
def test_temporary_relations_hide_nothing(database: LiveDatabase) -> None:
    """A connection that is handed in has views with the names of the catalog's tables."""
    models = metadata(lambda made: _shop(made, "name"))
    metadata(_shop).create_all(database.engine)
    expected = autosync.plan(database.engine, models)
    with database.engine.connect() as connection:
        query = (
            "SELECT relname FROM pg_catalog.pg_class "
            "WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')"
        )
        for name in connection.exec_driver_sql(query).scalars().all():
            connection.exec_driver_sql(f"CREATE TEMPORARY VIEW {name} AS SELECT 1 AS oid")
        found = autosync.plan(connection, models)
        report = autosync.sync(connection, models)
    assert found.pending == expected.pending
    assert found.refused == expected.refused == ()
    assert report.applied == expected.pending


def _shop(made: sa.MetaData, *more: str) -> None:
    columns = [sa.Column(name, sa.String(20), index=True) for name in more]
    sa.Table("users", made, sa.Column("id", sa.Integer, primary_key=True), *columns)
