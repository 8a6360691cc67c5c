"""Indexes that a database has twice, and those that only look so."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)

from tests.drift.case import Drift, Models, table

ALL = ("sqlite", "postgresql", "mariadb", "mysql")
PARTIAL = ("sqlite", "postgresql")
MYSQL = ("mariadb", "mysql")
COLUMNS = [Column("a", Integer), Column("b", Integer), Column("x", String(20))]
INDEX, UNIQUE = "index t.twin twice", "unique t.twin twice"
PLAIN = {"index t.twin extra": "index-extra"}
CONSTRAINT = {"unique t.twin extra": "constraint-extra"}


def index(*parts: Any, name: str = "twin", **options: Any) -> Any:
    return lambda: Index(name, *parts, **options)


def of(*items: Any) -> Models:
    return table(*COLUMNS, *items)


def case(name: str, first: Any, twin: Any, finds: Any, databases: Any = ALL, **more: Any) -> Drift:
    """Models with one index or constraint, and a database that has another one, too."""
    expected = {finds: "index-twice"} if isinstance(finds, str) else finds
    return Drift(name, of(first), expected, live=of(first, twin), databases=databases, **more)


def unique(*names: str, name: str | None = "twin", **options: Any) -> Any:
    return lambda: UniqueConstraint(*names, name=name, **options)


A, AB = index("a", name="ix"), index("a", "b", name="ix")
WHERE = {"sqlite_where": text("a > 0"), "postgresql_where": text("a > 0")}
TWICE = [
    case("an index twice", A, index("a"), INDEX),
    case("an index of two twice", AB, index("a", "b"), INDEX),
    case("a falling index twice", index(text("a DESC"), name="ix"), index(text("a DESC")), INDEX),
    case("an index that a constraint makes", unique("a", name="uq"), index("a"), INDEX),
    case("an index that a unique one makes", index("a", name="ux", unique=True), index("a"), INDEX),
    case("an index that the key makes", A, index("id"), INDEX),
    case("a unique index that the key makes", A, index("id", unique=True), INDEX),
    case(
        "a unique index twice",
        index("a", name="ux", unique=True),
        index("a", unique=True),
        INDEX,
    ),
    case(
        "a constraint twice",
        unique("a", name="uq"),
        index("a", unique=True),
        INDEX,
    ),
    Drift(
        "a constraint that was added again",
        of(unique("a", name="uq")),
        {UNIQUE: "index-twice"},
        sql={"postgresql": ["ALTER TABLE t ADD CONSTRAINT twin UNIQUE (a)"]},
        databases=("postgresql",),
    ),
    Drift(
        "a constraint that the key makes",
        of(A),
        {UNIQUE: "index-twice"},
        sql={"postgresql": ["ALTER TABLE t ADD CONSTRAINT twin UNIQUE (id)"]},
        databases=("postgresql",),
    ),
    Drift(
        "three that are extra",
        of(),
        {
            "index t.one extra": "index-extra",
            "index t.twin twice": "index-twice",
            "index t.two twice": "index-twice",
        },
        live=of(index("a", name="one"), index("a"), index("a", name="two")),
        databases=ALL,
    ),
    case(
        "a partial index twice", index("a", name="ix", **WHERE), index("a", **WHERE), INDEX, PARTIAL
    ),
    case(
        "an index of an expression twice",
        index(text("lower(x)"), name="ix"),
        index(text("lower(x)")),
        INDEX,
        PARTIAL,
    ),
    case(
        "an index of a beginning twice",
        index(text("x(5)"), name="ix"),
        index(text("x(5)")),
        INDEX,
        MYSQL,
    ),
    case(
        "an index of a foreign key twice",
        lambda: ForeignKeyConstraint(["a"], ["t.id"], name="fk"),
        index("a"),
        {},
        MYSQL,
    ),
    Drift(
        "two indexes of a foreign key",
        of(lambda: ForeignKeyConstraint(["a"], ["t.id"], name="fk"), A),
        {INDEX: "index-twice"},
        live=of(lambda: ForeignKeyConstraint(["a"], ["t.id"], name="fk"), A, index("a")),
        databases=MYSQL,
    ),
]
ONCE = [
    case("a longer index", A, index("a", "b"), PLAIN),
    case("a shorter index", AB, index("a"), PLAIN),
    case("an index of another order", AB, index("b", "a"), PLAIN),
    case("an index that falls", A, index(text("a DESC")), PLAIN),
    case("a unique index beside a plain one", A, index("a", unique=True), CONSTRAINT),
    case("an index of a part of the key", A, index("b"), PLAIN),
    case("an index of some rows", A, index("a", **WHERE), PLAIN, PARTIAL),
    case("an index of all rows", index("a", name="ix", **WHERE), index("a"), PLAIN, PARTIAL),
    case(
        "a unique index of some rows",
        unique("a", name="uq"),
        index("a", unique=True, **WHERE),
        PLAIN,
        PARTIAL,
    ),
    case(
        "an index beside one of an expression",
        index(text("lower(x)"), name="ix"),
        index("x"),
        PLAIN,
        PARTIAL,
    ),
    case("an index of a beginning", index("x", name="ix"), index(text("x(5)")), PLAIN, MYSQL),
    case(
        "an index of words",
        index("x", name="ix"),
        index("x", mysql_prefix="FULLTEXT", mariadb_prefix="FULLTEXT"),
        PLAIN,
        MYSQL,
    ),
    case(
        "another operator class",
        index("x", name="ix"),
        index("x", postgresql_ops={"x": "text_pattern_ops"}),
        PLAIN,
        ["postgresql"],
    ),
    case("another place of NULLs", A, index(text("a NULLS FIRST")), PLAIN, ["postgresql"]),
    case(
        "another collation",
        index("x", name="ix"),
        index(text('x COLLATE "C"')),
        PLAIN,
        ["postgresql"],
    ),
    case(
        "another collation of SQLite",
        index("x", name="ix"),
        index(text("x COLLATE NOCASE")),
        PLAIN,
        ["sqlite"],
    ),
    case("a method of its own", A, index("a", postgresql_using="hash"), PLAIN, ["postgresql"]),
    case(
        "an index that includes more",
        A,
        index("a", postgresql_include=["b"]),
        PLAIN,
        ["postgresql"],
    ),
    case(
        "a unique index without NULLs",
        index("a", name="ux", unique=True),
        index("a", unique=True, postgresql_nulls_not_distinct=True),
        CONSTRAINT,
        ["postgresql"],
        since=(2, 0),
        server=15,
    ),
    case(
        "a constraint beside a late one",
        unique("a", name="uq", deferrable=True),
        index("a", unique=True),
        CONSTRAINT,
        ["postgresql"],
    ),
    Drift(
        "an index that is not valid",
        of(A),
        PLAIN,
        live=of(A, index("a")),
        sql={
            "postgresql": [
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'twin'::regclass"
            ]
        },
        databases=["postgresql"],
    ),
    Drift(
        "an index beside one that is not valid",
        of(A),
        {**PLAIN, "index t.ix valid": "index-invalid"},
        live=of(A, index("a")),
        sql={
            "postgresql": [
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix'::regclass"
            ]
        },
        databases=["postgresql"],
    ),
    Drift("both are declared", of(A, index("a")), {}, live=of(A, index("a")), databases=ALL),
]

CASES = [*TWICE, *ONCE]
