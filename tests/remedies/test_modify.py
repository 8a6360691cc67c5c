"""MODIFY COLUMN says again all that a column is, and changes what it is for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import Column, Computed, Integer, MetaData, String, Table

import autosync
from autosync.ddl import send
from tests.remedies.following import follow
from tests.servers.database import LiveDatabase

pytestmark = pytest.mark.databases("mariadb", "mysql")


def models(*columns: Column[Any]) -> MetaData:
    metadata = MetaData()
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns)
    return metadata


def shown(database: LiveDatabase) -> str:
    """The line of the column."""
    with database.engine.connect() as connection:
        text = send(connection, "SHOW CREATE TABLE t").all()[0][1]
    found = re.search(r"^ *(`x` .*?),?$", text, re.MULTILINE)
    assert found is not None
    return " ".join(found[1].split())


FITTING = [
    "x INTEGER NOT NULL DEFAULT 7",
    "x INTEGER NOT NULL DEFAULT 7 COMMENT 'it''s one'",
    "x INTEGER NOT NULL INVISIBLE DEFAULT 7",
    "x VARCHAR(9) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL",
    "x DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
    "x INTEGER NOT NULL DEFAULT (1 + 2)",
]
"""NOT NULL, which the models allow."""
ONLY_MARIADB = [
    "x INTEGER NOT NULL DEFAULT 7 CHECK (x > 1)",
    "x VARCHAR(9) NOT NULL DEFAULT 'it''s'",
    "x DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'a'",
]


def type_of(ddl: str) -> Any:
    from sqlalchemy.dialects import mysql

    if "VARCHAR" in ddl:
        charset = {"charset": "latin1", "collation": "latin1_bin"} if "latin1" in ddl else {}
        return mysql.VARCHAR(9, **charset)
    return mysql.DATETIME() if "DATETIME" in ddl else Integer()


def made(database: LiveDatabase, ddl: str) -> str:
    with database.engine.begin() as connection:
        send(connection, f"CREATE TABLE t (id INTEGER PRIMARY KEY AUTO_INCREMENT, {ddl})")
    return shown(database)


def remedied(database: LiveDatabase, wanted: MetaData, code: str) -> str:
    plan = autosync.plan(database.engine, wanted)
    [refusal] = [one for one in plan.refused if one.code == code]
    follow(database.engine, refusal, wanted)
    assert code not in {one.code for one in autosync.plan(database.engine, wanted).refused}
    return shown(database)


@pytest.mark.parametrize("ddl", [*FITTING, *ONLY_MARIADB])
def test_null(database: LiveDatabase, ddl: str) -> None:
    if database.name == "mysql" and ddl in ONLY_MARIADB:
        return
    before = made(database, ddl)
    after = remedied(database, models(Column("x", type_of(ddl))), "column-nullable")
    assert after.replace(" NULL DEFAULT", " DEFAULT").replace("DEFAULT NULL ", "").replace(
        " DEFAULT NULL", ""
    ) == before.replace(" NOT NULL", "")


@pytest.mark.parametrize("words", ["DEFAULT 7", "INVISIBLE DEFAULT 7", "DEFAULT 7 COMMENT 'a'"])
def test_type(database: LiveDatabase, words: str) -> None:
    before = made(database, f"x SMALLINT {words}")
    after = remedied(database, models(Column("x", Integer)), "column-type")
    assert re.sub(r"smallint(\(\d\))?", "", before) == re.sub(r"int(\(11\))?", "", after, count=1)


@pytest.mark.parametrize("words", ["NOT NULL", "NOT NULL COMMENT 'a'", "INVISIBLE COMMENT 'b'"])
def test_default(database: LiveDatabase, words: str) -> None:
    before = made(database, f"x INTEGER {words}")
    wanted = models(Column("x", Integer, nullable="NOT" not in words, server_default="5"))
    after = remedied(database, wanted, "column-default")
    assert re.search(r"DEFAULT '?5'?", after)
    assert re.sub(" DEFAULT ('5'|5|NULL)", "", after) == before.replace(" DEFAULT NULL", "")


def test_a_type_keeps_the_collation(database: LiveDatabase) -> None:
    made(database, "x VARCHAR(9) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT NULL")
    after = remedied(database, models(Column("x", String(20))), "column-type")
    assert "latin1_bin" in after


@pytest.mark.parametrize("kind", ["VIRTUAL", "STORED"])
def test_what_is_computed_stays_so(database: LiveDatabase, kind: str) -> None:
    """The type of it, that is."""
    with database.engine.begin() as connection:
        send(
            connection,
            "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, "
            f"x SMALLINT GENERATED ALWAYS AS (n * 2) {kind})",
        )
    wanted = models(
        Column("n", Integer), Column("x", Integer, Computed("n * 2", persisted=kind == "STORED"))
    )
    assert kind in remedied(database, wanted, "column-type")


def test_a_required_column(database: LiveDatabase) -> None:
    """Only the database has it."""
    before = made(database, "x INTEGER NOT NULL COMMENT 'a'")
    after = remedied(database, models(), "required-column")
    assert after.replace(" DEFAULT NULL", "") == before.replace(" NOT NULL", "")
