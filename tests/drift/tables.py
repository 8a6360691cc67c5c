"""Drifts of whole tables: what stands in their place, and how they are kept."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Integer

from tests.drift.case import ALL, Drift, table

N = Column("n", Integer)
AWAY = "ALTER TABLE t RENAME TO base"
BASE = {"table base extra": "table-extra"}
KIND = {"table t kind": "not-a-table"}
IN_PLACE: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "a view": (ALL, ["CREATE VIEW t AS SELECT * FROM base"]),
    "a materialized view": (("postgresql",), ["CREATE MATERIALIZED VIEW t AS SELECT * FROM base"]),
    "a foreign table": (
        ("postgresql",),
        [
            "CREATE FOREIGN DATA WRAPPER nothing",
            "CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing",
            "CREATE FOREIGN TABLE t (id integer NOT NULL, n integer) SERVER nowhere",
        ],
    ),
    "a typed table": (
        ("postgresql",),
        ["CREATE TYPE row_of_t AS (id integer, n integer)", "CREATE TABLE t OF row_of_t"],
    ),
    "a sequence": (("postgresql", "mariadb"), ["CREATE SEQUENCE t"]),
    "a virtual table": (("sqlite",), ["CREATE VIRTUAL TABLE t USING fts5(id, n)"]),
    "a versioned table": (
        ("mariadb",),
        ["CREATE TABLE t (id int NOT NULL, n int) WITH SYSTEM VERSIONING"],
    ),
}


def in_place(what: str, databases: tuple[str, ...], statements: list[str]) -> Drift:
    sql = {name: [AWAY, *statements] for name in databases}
    return Drift(f"{what} in its place", table(N), {**KIND, **BASE}, sql=sql)


PLACES = [
    *(in_place(what, *how) for what, how in IN_PLACE.items()),
    Drift(
        "a partition in its place",
        table(N),
        {**KIND, **BASE, "table whole extra": "table-extra"},
        sql={
            "postgresql": [
                AWAY,
                "CREATE TABLE whole (id integer NOT NULL, n integer) PARTITION BY LIST (id)",
                "CREATE TABLE t PARTITION OF whole FOR VALUES IN (1)",
            ]
        },
    ),
    Drift("table lost", table(N), {"table t missing": "pending"}, live=lambda md: None),
    Drift(
        "table extra",
        table(N),
        {"table other extra": "table-extra"},
        sql={name: ["CREATE TABLE other (id INTEGER)"] for name in ALL},
    ),
]


def kept(name: str, declared: dict[str, Any], live: dict[str, Any], **case: Any) -> Drift:
    """The same table, with other options."""
    return Drift(
        name,
        table(N, **declared),
        {"table t options": "table-options"},
        live=table(N, **live),
        **case,
    )


OPTIONS = [
    kept("autoincrement for ever lost", {"sqlite_autoincrement": True}, {}, databases=["sqlite"]),
    kept(
        "another engine",
        {"mysql_engine": "InnoDB"},
        {"mysql_engine": "MyISAM"},
        databases=["mariadb", "mysql"],
    ),
    kept(
        "another collation of the table",
        {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"},
        {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_unicode_ci"},
        databases=["mariadb", "mysql"],
    ),
    Drift(
        "strictness won",
        table(N),
        {"table t options": "table-options"},
        sql={
            "sqlite": [
                "DROP TABLE t",
                "CREATE TABLE t (id INTEGER NOT NULL, n INTEGER, PRIMARY KEY (id)) STRICT",
            ]
        },
        since=(2, 0),
    ),
    Drift(
        "rowid lost",
        table(Column("code", Integer, primary_key=True, autoincrement=False), N, key=False),
        {"table t options": "table-options"},
        sql={
            "sqlite": [
                "DROP TABLE t",
                "CREATE TABLE t (code INTEGER NOT NULL, n INTEGER, PRIMARY KEY (code)) "
                "WITHOUT ROWID",
            ]
        },
    ),
    Drift(
        "logging lost",
        table(N),
        {"table t options": "table-options"},
        sql={"postgresql": ["ALTER TABLE t SET UNLOGGED"]},
    ),
]

CASES = [*PLACES, *OPTIONS]
