"""What servers take, and how: MySQL and MariaDB are asked before anything is planned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Integer, String, Text, text

import autosync
from autosync.dialects.mysql.defaults import spelled
from autosync.dialects.mysql.instant import MOST_VERSIONS
from tests.servers.database import Databases, LiveDatabase, admin_engine
from tests.tables import made

BOTH = pytest.mark.databases("mariadb", "mysql")


def codes(entries: Any) -> dict[str, str]:
    return {entry.object: entry.code for entry in entries}


def objects(entries: Any) -> list[str]:
    return [entry.object for entry in entries]


def run(database: LiveDatabase, *statements: str) -> None:
    with database.create_engine(isolation_level="AUTOCOMMIT").connect() as connection:
        for sql in statements:
            connection.exec_driver_sql(sql)


# --- defaults -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("default", "type_", "wanted"),
    [
        ("now()", "DATETIME", "now()"),
        ("(now())", "TIMESTAMP", "now()"),
        ("now()", "DATETIME(6)", "(now())"),
        ("now(6)", "DATETIME(6)", "now(6)"),
        ("now()", "DATE", "(now())"),
        ("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP", "DATETIME", None),
        ("NULL ON UPDATE CURRENT_TIMESTAMP", "DATETIME", None),
        ("-1", "INTEGER", "-1"),
        ("(-1.5e0)", "FLOAT", "-1.5e0"),
        ("b'101'", "BIT(3)", "b'101'"),
        ("'it''s'", "VARCHAR(9)", "'it''s'"),
        ("('x')", "VARCHAR(9)", "'x'"),
        ("'{}'", "JSON", "('{}')"),
        ("'x'", "LONGTEXT", "('x')"),
        ("('x')", "TINYBLOB", "('x')"),
        ("'a' || 'b'", "VARCHAR(9)", "('a' || 'b')"),
        ("(1) + (2)", "INTEGER", "((1) + (2))"),
        ("uuid()", "VARCHAR(36)", "(uuid())"),
    ],
)
def test_how_mysql_takes_a_default(default: str, type_: str, wanted: str | None) -> None:
    """In parentheses it is an expression, for which the table is copied."""
    assert spelled(default, type_) == (default if wanted is None else wanted)


@BOTH
def test_a_default_of_a_text(database: LiveDatabase) -> None:
    """Also of a new table, and of one that is there: MySQL takes it as an expression only."""
    made(("old",)).create_all(database.engine)
    note = Column("note", Text, server_default="it's")
    kept = Column("kept", Text, default="x", nullable=False)
    models = made(("old", note, kept), ("new", Column("note", Text, server_default="x")))
    assert autosync.sync(database.engine, models).in_sync
    run(database, "INSERT INTO old (id) VALUES (1)")
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT note, kept FROM old")).one() == ("it's", "x")
    assert autosync.plan(database.engine, models).in_sync


# --- settings that demand a primary key -----------------------------------------------------------

DEMANDS = {
    "mysql": "SET GLOBAL sql_require_primary_key = {}",
    "mariadb": "SET GLOBAL innodb_force_primary_key = {}",
}


@contextmanager
def demanding(name: str, databases: Databases) -> Iterator[LiveDatabase]:
    """A server of our own that takes no table without a primary key."""
    server = databases.servers.another(name)
    try:
        admin = admin_engine(name, server.url())
        live = LiveDatabase(name, admin.url.set(database="shop"))
        with admin.connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE shop")
            connection.exec_driver_sql("CREATE TABLE shop.keyless (a integer)")
            connection.exec_driver_sql("INSERT INTO shop.keyless VALUES (1)")
            connection.exec_driver_sql(DEMANDS[name].format(1))
        try:
            yield live
        finally:
            live.dispose()
            admin.dispose()
    finally:
        server.stop()


@BOTH
def test_a_primary_key_is_demanded(database: LiveDatabase, databases: Databases) -> None:
    """Of new tables, of those that are altered, and of our own temporary ones."""
    metadata = made(("users", Column("n", Integer, server_default=text("(1 + 1)"))))
    sa.Table("keyless", metadata, Column("a", Integer), Column("b", Integer))
    sa.Table("another", metadata, Column("a", Integer))
    with demanding(database.name, databases) as live:
        made(("users", Column("n", Integer, server_default=text("(2)")))).create_all(live.engine)
        plan = autosync.plan(live.engine, metadata)
        assert codes(plan.refused) == {
            "another": "limit-exceeded",
            "keyless.b": "limit-exceeded",
            "users.n": "column-default",
        }
        assert not plan.undecided
        assert "primary key" in plan.refused[0].reason
        assert autosync.sync(live.engine, metadata).refused == plan.refused


# --- INSTANT --------------------------------------------------------------------------------------


@pytest.mark.databases("mysql")
def test_a_table_that_takes_no_more_columns_instant(database: LiveDatabase) -> None:
    """It is copied, and takes as many again."""
    made(("t",)).create_all(database.engine)
    both = [f"ALTER TABLE t {what}, ALGORITHM=INSTANT" for what in ("ADD x integer", "DROP x")]
    run(database, "INSERT INTO t VALUES (1)", *(both * MOST_VERSIONS)[:MOST_VERSIONS])
    models = made(("t", Column("x", Integer), Column("y", Integer)))
    large = autosync.plan(database.engine, models, max_rows_scanned=1)
    assert codes(large.refused) == {"t.y": "rewrites-table"}
    (entry,) = autosync.plan(database.engine, models).pending
    assert "copies the table" in entry.hazards[0]
    assert autosync.sync(database.engine, models).in_sync
    more = made(("t", *(Column(name, Integer) for name in "xyz")))
    assert "INSTANT" in autosync.sync(database.engine, more).statements[0]


@BOTH
def test_an_index_that_cannot_be_built_beside_writers(database: LiveDatabase) -> None:
    """Over an expression on MySQL, or a UNIQUE that MariaDB keeps as a hash."""
    made(("t",)).create_all(database.engine)
    run(database, "INSERT INTO t VALUES (1), (2), (3)")
    name = Column("name", String(20))
    index = Index("ix", sa.func.lower(name)) if database.name == "mysql" else None
    long = Column("long", Text, unique=True)
    models = made(("t", *([name, index] if index is not None else [long])))
    plan = autosync.plan(database.engine, models, max_rows_scanned=2)
    assert "large-table" in codes(plan.refused).values()
    report = autosync.sync(database.engine, models, max_rows_scanned=2)
    said = [(one.fingerprint, one.consequence) for one in report.refused]
    assert said == [(one.fingerprint, one.consequence) for one in plan.refused]
    # a remedy begins with the columns that it needs, as long as they are not there
    [*first, last] = plan.refused[0].remedy.statements
    remedy = (last,) if report.applied else (*first, last)
    assert report.refused[0].remedy.statements == remedy


# --- keys -----------------------------------------------------------------------------------------


@BOTH
def test_a_key_of_a_cycle_to_what_is_there(database: LiveDatabase) -> None:
    """It is made with its table: whoever dies afterwards leaves none without it."""
    made(("town",)).create_all(database.engine)
    models = made(
        ("town",),
        ("egg", Column("hen_id", ForeignKey("hen.id", name="fk_hen"))),
        (
            "hen",
            Column("egg_id", ForeignKey("egg.id", name="fk_egg")),
            Column("town_id", ForeignKey("town.id", name="fk_town")),
        ),
    )
    plan = autosync.plan(database.engine, models)
    assert len(plan.statements) == 2
    assert not any("ALTER" in sql for sql in plan.statements)
    assert autosync.sync(database.engine, models).in_sync
    keys = sa.inspect(database.engine).get_foreign_keys("hen")
    assert sorted(key["name"] for key in keys) == ["fk_egg", "fk_town"]
