"""Sessions of many modes: what their server prints, and what a quote or a backslash means to them.

The mode is set as an application does it, for each of its connections; SQLAlchemy asks for it once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Engine
from sqlalchemy_utils import create_view

import autosync
from tests.corpus.catalog import catalog
from tests.drift.case import findings
from tests.servers.database import LiveDatabase

BOTH = (
    "",
    "ALLOW_INVALID_DATES",
    "ANSI",
    "ANSI_QUOTES",
    "ERROR_FOR_DIVISION_BY_ZERO",
    "HIGH_NOT_PRECEDENCE",
    "IGNORE_SPACE",
    "NO_AUTO_VALUE_ON_ZERO",
    "NO_BACKSLASH_ESCAPES",
    "NO_DIR_IN_CREATE",
    "NO_UNSIGNED_SUBTRACTION",
    "NO_ZERO_DATE,NO_ZERO_IN_DATE",
    "ONLY_FULL_GROUP_BY",
    "PAD_CHAR_TO_FULL_LENGTH",
    "PIPES_AS_CONCAT",
    "REAL_AS_FLOAT",
    "STRICT_ALL_TABLES",
    "TRADITIONAL",
    "ANSI,NO_BACKSLASH_ESCAPES,TRADITIONAL",
)
MODES: Mapping[str, tuple[str, ...]] = {
    "mysql": (*BOTH, "TIME_TRUNCATE_FRACTIONAL"),
    "mariadb": (
        *BOTH,
        "DB2",
        "EMPTY_STRING_IS_NULL",
        "MAXDB",
        "MSSQL",
        "MYSQL40",
        "NO_FIELD_OPTIONS",
        "NO_KEY_OPTIONS",
        "NO_TABLE_OPTIONS",
        "ORACLE",
        "POSTGRESQL",
        "SIMULTANEOUS_ASSIGNMENT",
        "TIME_ROUND_FRACTIONAL",
    ),
}
RUNS = [(name, mode) for name, modes in MODES.items() for mode in modes]
SESSION = (
    "SELECT @@sql_mode, @@group_concat_max_len, @@sql_quote_show_create, @@lock_wait_timeout, "
    "@@innodb_lock_wait_timeout, @@foreign_key_checks"
)


@pytest.fixture
def engine(request: pytest.FixtureRequest, name: str, mode: str) -> Engine:
    """An engine, each connection of which has the mode."""
    database: LiveDatabase = request.getfixturevalue(name)
    command = {"init_command": f"SET SESSION sql_mode = '{mode}'"}
    return database.create_engine(connect_args=command)


def columns(**changed: Any) -> dict[str, sa.Column[Any]]:
    """Columns with defaults, comments and computed values that quotes and backslashes are in."""

    def column(name: str, type_: Any, *items: Any, **options: Any) -> sa.Column[Any]:
        return sa.Column(name, type_, *items, **options)

    made = [
        column("empty", sa.String(9), server_default=changed.get("empty", "x")),
        column("quoted", sa.String(40), server_default=changed.get("quoted", 'it\'s "a" `b`')),
        column("slashed", sa.String(40), server_default=changed.get("slashed", "a\\b\\'c\\")),
        column("filled", sa.CHAR(5), server_default=changed.get("filled", "a")),
        column("number", sa.Integer, nullable=False, server_default=changed.get("number", "7")),
        column("at", sa.DateTime, server_default=changed.get("at", sa.func.now())),
        column("seen", mysql.TIMESTAMP(fsp=3), nullable=True),
        column("day", sa.Date, server_default=changed.get("day", "2020-01-31")),
        column("bits", mysql.BIT(8), server_default=changed.get("bits", text("b'101'"))),
        column("price", sa.Numeric(8, 2), comment=changed.get("price", 'it\'s "a" \\ `b`')),
        column("real", sa.REAL),
        column("kind", sa.Enum("a", "it's", "b c"), server_default="it's"),
        column("least", sa.Integer),
        column("hash", sa.String(40), server_default=text("(upper(concat('a', 'b')))")),
        column("key \"a' `b", sa.String(9), index=True),
    ]
    return {one.name: one for one in made}


Models = Callable[..., sa.MetaData]


@pytest.fixture
def models(name: str, mode: str) -> Models:
    """The models that a database takes in a mode."""
    unquoted = name == "mysql" and "NO_BACKSLASH_ESCAPES" in mode
    return partial(_models, "its" if unquoted else 'it\'s "b"')


def _models(checked: str, without: tuple[str, ...] = (), **changed: Any) -> sa.MetaData:
    """Two tables and a view, with all that a mode might change the meaning of."""
    md = sa.MetaData()
    sa.Table("parent", md, sa.Column("id", sa.Integer, primary_key=True))
    made = {name: one for name, one in columns(**changed).items() if name not in without}
    checks = [
        sa.CheckConstraint(made["quoted"].collate("utf8mb4_bin") != checked, name="ck_quoted"),
        sa.CheckConstraint(changed.get("check", "NOT number BETWEEN 0 AND 1"), name="ck_not"),
    ]
    table = sa.Table(
        "child",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.ForeignKey("parent.id", ondelete="CASCADE")),
        *made.values(),
        sa.Column("twice", sa.Integer, sa.Computed(made["number"] * 2)),
        *checks,
        comment=changed.get("comment", 'it\'s "a" \\ `b`'),
    )
    create_view("shown", sa.select(table.c.id, table.c.quoted).where(table.c.quoted != "it's"), md)
    return md


@pytest.mark.parametrize(("name", "mode"), RUNS)
def test_what_was_just_created_is_in_sync(engine: Engine, models: Models) -> None:
    models().create_all(engine)

    plan = autosync.plan(engine, models())

    assert findings(plan) == {}
    autosync.check(engine, models())
    autosync.wait(engine, models(), timeout=0)


@pytest.mark.parametrize(("name", "mode"), RUNS)
def test_what_has_drifted_is_found(engine: Engine, models: Models) -> None:
    drifted = {
        "quoted": 'it\'s "A" `b`',
        "slashed": "a\\b'c\\",
        "number": "8",
        "at": None,
        "bits": text("b'100'"),
        "price": "its",
        "check": "NOT number BETWEEN 0 AND 2",
        "comment": "it's",
    }
    models(**drifted).create_all(engine)

    plan = autosync.plan(engine, models())

    assert findings(plan) == {
        "column child.quoted default": "column-default",
        "column child.slashed default": "column-default",
        "column child.number default": "column-default",
        "column child.at default": "column-default",
        "column child.bits default": "column-default",
        "column child.price comment": "comment-differs",
        "check child.ck_not expression": "check-differs",
        "table child comment": "comment-differs",
    }


def shown(engine: Engine, table: str) -> str:
    """SHOW CREATE TABLE."""
    with engine.connect() as connection:
        return str(connection.exec_driver_sql(f"SHOW CREATE TABLE {table}").one()[1])


ADDED = ("empty", "slashed", "filled", "at", "day", "bits", "price", "real", "kind", "least")
LATER = ("key \"a' `b", "seen")


@pytest.mark.parametrize(("name", "mode"), RUNS)
def test_what_is_added_is_as_new(engine: Engine, models: Models, name: str) -> None:
    models((*ADDED, *LATER)).create_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO child (id) VALUES (1)")
    with engine.connect() as connection:
        before = connection.exec_driver_sql(SESSION).all()
        connection.rollback()

        report = autosync.sync(connection, models())

        assert findings(report) == {}
        assert connection.exec_driver_sql(SESSION).all() == before
    assert findings(autosync.plan(engine, models())) == {}
    synchronized = catalog(engine)
    models().drop_all(engine)
    report = autosync.sync(engine, models())
    assert findings(report) == {}
    assert findings(autosync.plan(engine, models())) == {}
    new = catalog(engine)
    models().drop_all(engine)
    models().create_all(engine)
    assert findings(autosync.plan(engine, models())) == {}
    created = catalog(engine)
    if name == "mysql":
        # the Inspector overlooks (0x05), which is b'101' as create_all() writes it
        assert "DEFAULT (0x05)" in shown(engine, "child")
        created["child"]["columns"]["bits"] = new["child"]["columns"]["bits"]
    assert created == new == synchronized


NO_ESCAPES = "NO_BACKSLASH_ESCAPES"


@pytest.mark.parametrize(("name", "mode"), [(name, NO_ESCAPES) for name in MODES])
def test_a_check_that_such_a_session_misreads_is_kept(
    engine: Engine, request: pytest.FixtureRequest, name: str
) -> None:
    """MySQL 9.7 fails to alter a table with an apostrophe in a check, and doubles backslashes."""
    md = sa.MetaData()
    table = sa.Table("t", md, sa.Column("id", sa.Integer, primary_key=True))
    table.append_column(sa.Column("s", sa.String(9)))
    for check, value in {"ck1": "it's", "ck2": "a\\b"}.items():
        table.append_constraint(sa.CheckConstraint(table.c.s != value, name=check))
    usual = request.getfixturevalue(name).engine
    md.create_all(usual)
    before = catalog(usual)["t"]["checks"]
    table.append_column(sa.Column("n", sa.Integer, sa.CheckConstraint("n > 0", name="ck3")))
    table.append_column(sa.Column("x", sa.String(9), server_default="it's \\"))

    report = autosync.sync(engine, md)

    assert findings(report) == {}
    assert [one for one in catalog(usual)["t"]["checks"] if "`n`" not in one] == before


@pytest.mark.databases("mariadb", "mysql")
def test_names_without_quotes(database: LiveDatabase) -> None:
    """`sql_quote_show_create = 0` is a setting of some who compare dumps."""
    command = {"init_command": "SET SESSION sql_quote_show_create = 0"}
    engine = database.create_engine(connect_args=command)
    made = partial(_models, "its")
    made().create_all(engine)

    assert findings(autosync.plan(engine, made())) == {}
    assert findings(autosync.plan(engine, made(check="number > 3"))) == {
        "check child.ck_not expression": "check-differs"
    }
