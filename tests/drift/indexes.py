"""Drifts of indexes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, Integer, String, desc, func, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from tests.drift.case import ALL, Drift, Models, table

A, B, C = (Column(name, Integer) for name in "abc")
X = Column("x", String(20))
DOC = Column("doc", JSONB)
LACKS = [A, B, C, X]


def index(*parts: Any, **options: Any) -> Models:
    return table(*LACKS, lambda: Index("ix", *(_fresh(part) for part in parts), **options))


def _fresh(part: Any) -> Any:
    return part() if callable(part) else part


def differs(name: str, declared: Models, live: Models, databases: Any = ALL, **case: Any) -> Drift:
    return Drift(
        name,
        declared,
        {"index t.ix definition": "index-differs"},
        live=live,
        databases=databases,
        **case,
    )


PG = ["postgresql"]
PARTIAL = ["sqlite", "postgresql"]


def where(predicate: str) -> dict[str, Any]:
    return {"postgresql_where": text(predicate), "sqlite_where": text(predicate)}


PLAIN = [
    Drift("index lost", index("a"), {"index t.ix missing": "index-missing"}, live=table(*LACKS)),
    Drift("index won", table(*LACKS), {"index t.ix extra": "index-extra"}, live=index("a")),
    Drift(
        "index of a unique column lost",
        table(*LACKS, lambda: Index("ix", "a", unique=True)),
        {"index t.ix missing": "index-missing"},
        live=table(*LACKS),
    ),
    Drift(
        "index of another name",
        index("a"),
        {"index t.ix name": "other-name"},
        live=table(*LACKS, lambda: Index("old", "a")),
    ),
    differs("index of fewer columns", index("a", "b"), index("a")),
    differs("index of more columns", index("a"), index("a", "b")),
    differs("index of other columns", index("a"), index("b")),
    differs("index in another order", index("a", "b"), index("b", "a")),
    differs("index downwards", index(lambda: desc("a")), index("a")),
    differs("index upwards", index("a"), index(lambda: desc("a"))),
    differs("index partly downwards", index("a", lambda: desc("b")), index(lambda: desc("a"), "b")),
    differs("unique index that is not", index("a", unique=True), index("a")),
    differs("index that is unique", index("a"), index("a", unique=True)),
    differs(
        "index of another expression",
        index(lambda: text("lower(x)")),
        index(lambda: text("upper(x)")),
        PARTIAL,
    ),
    differs(
        "index of an expression for a column",
        index("x"),
        index(lambda: text("lower(x)")),
        PARTIAL,
    ),
    differs(
        "index of a column for an expression",
        index(lambda: text("lower(x)")),
        index("x"),
        PARTIAL,
    ),
    differs(
        "unique index of another expression",
        index(lambda: text("lower(x)"), unique=True),
        index(lambda: text("upper(x)"), unique=True),
        PARTIAL,
    ),
    differs(
        "another predicate", index("a", **where("b > 0")), index("a", **where("b > 1")), PARTIAL
    ),
    differs("predicate lost", index("a", **where("b > 0")), index("a"), PARTIAL),
    differs("predicate won", index("a"), index("a", **where("b > 0")), PARTIAL),
    differs(
        "unique index with a predicate",
        index("a", unique=True),
        index("a", unique=True, **where("b > 0")),
        PARTIAL,
    ),
    differs(
        "unique index without its predicate",
        index("a", unique=True, **where("b > 0")),
        index("a", unique=True),
        PARTIAL,
    ),
    differs(
        "predicate of another literal",
        index("a", **where("x = 'a'")),
        index("a", **where("x = 'A'")),
        PARTIAL,
    ),
]

POSTGRESQL = [
    differs("another method", index("a"), index("a", postgresql_using="hash"), PG),
    differs(
        "another method for an expression",
        index(lambda: text("lower(x)"), postgresql_using="hash"),
        index(lambda: text("lower(x)")),
        PG,
    ),
    differs("include lost", index("a", postgresql_include=["b"]), index("a"), PG),
    differs("include won", index("a"), index("a", postgresql_include=["b"]), PG),
    differs(
        "another include",
        index("a", postgresql_include=["b"]),
        index("a", postgresql_include=["c"]),
        PG,
    ),
    differs(
        "include instead of a column", index("a", "b"), index("a", postgresql_include=["b"]), PG
    ),
    differs(
        "unique index with an include",
        index("a", unique=True),
        index("a", unique=True, postgresql_include=["b"]),
        PG,
    ),
    differs(
        "operator class lost",
        index("x", postgresql_ops={"x": "varchar_pattern_ops"}),
        index("x"),
        PG,
    ),
    differs(
        "operator class won",
        index("x"),
        index("x", postgresql_ops={"x": "varchar_pattern_ops"}),
        PG,
    ),
    differs(
        "unique index of an operator class",
        index("x", unique=True),
        index("x", unique=True, postgresql_ops={"x": "varchar_pattern_ops"}),
        PG,
    ),
    differs(
        "operator class of an expression",
        table(*LACKS, lambda: Index("ix", func.lower(text("x")).label("low"))),
        table(
            *LACKS,
            lambda: Index(
                "ix", func.lower(text("x")).label("low"), postgresql_ops={"low": "text_pattern_ops"}
            ),
        ),
        PG,
    ),
    differs("nulls first", index("a"), index(lambda: text("a NULLS FIRST")), PG),
    differs("collation of a part", index("x"), index(lambda: text('x COLLATE "C"')), PG),
    Drift(
        "nulls of a unique index distinct",
        index("a", unique=True, postgresql_nulls_not_distinct=True),
        {"index t.ix definition": "index-differs"},
        live=index("a", unique=True),
        databases=PG,
        since=(2, 0),
    ),
    differs(
        "nulls of an expression distinct",
        index(lambda: text("lower(x)"), unique=True, postgresql_nulls_not_distinct=True),
        index(lambda: text("lower(x)"), unique=True),
        PG,
        since=(2, 0),
        server=15,
    ),
    Drift(
        "index of another method and operator class",
        table(DOC, lambda: Index("ix", "doc", postgresql_using="gin")),
        {"index t.ix definition": "index-differs"},
        live=table(
            DOC,
            lambda: Index(
                "ix", "doc", postgresql_using="gin", postgresql_ops={"doc": "jsonb_path_ops"}
            ),
        ),
        databases=PG,
    ),
    Drift(
        "index of another method for words",
        table(Column("v", TSVECTOR), lambda: Index("ix", "v", postgresql_using="gin")),
        {"index t.ix definition": "index-differs"},
        live=table(Column("v", TSVECTOR), lambda: Index("ix", "v", postgresql_using="gist")),
        databases=PG,
    ),
    Drift(
        "index never finished",
        index("a"),
        {"index t.ix valid": "index-invalid"},
        sql={
            "postgresql": [
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix'::regclass"
            ]
        },
    ),
    Drift(
        "index of an expression never finished",
        index(lambda: text("lower(x)")),
        {"index t.ix valid": "index-invalid"},
        sql={
            "postgresql": [
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix'::regclass"
            ]
        },
    ),
]

MARIADB = [
    differs(
        "length of a part lost", index("x", mysql_length={"x": 5}), index("x"), ["mariadb", "mysql"]
    ),
    differs(
        "length of a part won", index("x"), index("x", mysql_length={"x": 5}), ["mariadb", "mysql"]
    ),
    differs(
        "another length",
        index("x", mysql_length=5),
        index("x", mysql_length=6),
        ["mariadb", "mysql"],
    ),
    differs(
        "unique index of a length",
        index("x", unique=True),
        index("x", unique=True, mysql_length={"x": 5}),
        ["mariadb", "mysql"],
    ),
    differs(
        "index of words", index("x", mysql_prefix="FULLTEXT"), index("x"), ["mariadb", "mysql"]
    ),
    differs(
        "index of no words", index("x"), index("x", mysql_prefix="FULLTEXT"), ["mariadb", "mysql"]
    ),
]

SQLITE = [
    differs("collation of a part", index("x"), index(lambda: text("x COLLATE NOCASE")), ["sqlite"]),
    differs(
        "collation of a part lost",
        index(lambda: text("x COLLATE NOCASE")),
        index("x"),
        ["sqlite"],
    ),
]

HIDDEN = [
    Drift(
        "index hidden",
        index("x"),
        {"index t.ix visible": "index-invisible"},
        sql={
            "mariadb": ["ALTER TABLE t ALTER INDEX ix IGNORED"],
            "mysql": ["ALTER TABLE t ALTER INDEX ix INVISIBLE"],
        },
    ),
]

CASES = [*PLAIN, *POSTGRESQL, *MARIADB, *SQLITE, *HIDDEN]
