"""Models that spell out what is so anyway, in a database that does not; and what only looks so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Index, Integer, MetaData, String, UniqueConstraint, text
from sqlalchemy.dialects import mysql

from tests.drift.case import Drift, Models, table
from tests.tables import attach

ALL = ("sqlite", "postgresql", "mariadb", "mysql")
EXPRESSIONS = ("sqlite", "postgresql")
MYSQL = ("mariadb", "mysql")
COLUMNS = [Column("a", Integer), Column("b", Integer), Column("x", String(20))]
DIFFERS = {"index t.ix definition": "index-differs"}
Parts = Callable[[Any], list[Any]]


def index(parts: Parts, *, name: str = "ix", **options: Any) -> Models:
    """Models with an index of parts that are made of the columns of its table."""

    def define(md: MetaData) -> None:
        table(*COLUMNS)(md)
        attach(Index(name, *parts(md.tables["t"].c), **options), md.tables["t"])

    return define


def same(
    name: str, models: Parts, live: Parts, databases: Any = ALL, **options: Any
) -> list[Drift]:
    """Indexes that do not differ, plain and unique, whichever of them the models have."""
    sides = {"said": (models, live), "not said": (live, models)}
    return [
        Drift(
            f"{name}, {which}{', unique' * unique}",
            index(ours, unique=unique, **options),
            {},
            live=index(theirs, unique=unique),
            databases=databases,
        )
        for which, (ours, theirs) in sides.items()
        for unique in (False, True)
    ]


INDEXES = [
    *same("ASC", lambda c: [c.a.asc(), c.b], lambda c: ["a", "b"]),
    *same("ASC in text", lambda c: [text("a ASC"), text("b")], lambda c: ["a", "b"]),
    *same(
        "ASC beside DESC", lambda c: [text("a DESC"), text("x ASC")], lambda c: [c.a.desc(), "x"]
    ),
    *same(
        "ASC of an expression",
        lambda c: [text("lower(x) ASC"), c.a.asc()],
        lambda c: [sa.func.lower(c.x), "a"],
        EXPRESSIONS,
    ),
    *same("NULLS LAST", lambda c: [c.a.asc().nulls_last()], lambda c: ["a"], ["postgresql"]),
    *same(
        "NULLS FIRST", lambda c: [c.a.desc().nulls_first()], lambda c: [c.a.desc()], ["postgresql"]
    ),
    *same("COLLATE", lambda c: [sa.collate(c.x, "default")], lambda c: ["x"], ["postgresql"]),
    *same("COLLATE BINARY", lambda c: [sa.collate(c.x, "BINARY")], lambda c: ["x"], ["sqlite"]),
    *same("length", lambda c: [text("x(20) ASC")], lambda c: ["x"], MYSQL),
    *(
        Drift(
            f"an index that spells it out, under another name{', unique' * unique}",
            index(lambda c: [text("a ASC")], unique=unique),
            {f"{kind} t.ix name": "other-name"},
            live=index(lambda c: ["a"], name="old", unique=unique),
            databases=ALL,
        )
        for unique, kind in ((False, "index"), (True, "unique"))
    ),
    *(
        Drift(
            f"operator class, {'unique' if unique else 'plain'}",
            index(lambda c: ["a", "x"], unique=unique, postgresql_ops=classes),
            {},
            live=index(lambda c: ["a", "x"], unique=unique),
            databases=["postgresql"],
        )
        for classes in ({"a": "int4_ops"}, {"x": "text_ops"}, {"a": "int4_ops", "x": "text_ops"})
        for unique in (False, True)
    ),
    *(
        Drift(
            f"{name}, in text{', unique' * unique}",
            index(lambda c, part=part: [text(part)], unique=unique),
            DIFFERS,
            live=index(lambda c: ["x"], unique=unique),
            databases=databases,
        )
        for name, part, databases in (
            ("another order", "x DESC", ALL),
            ("another place of NULLs", "x ASC NULLS FIRST", ["postgresql"]),
            ("another operator class", "x text_pattern_ops", ["postgresql"]),
            ("another collation", 'x COLLATE "C"', ["postgresql"]),
            ("another collation of SQLite", "x COLLATE NOCASE ASC", ["sqlite"]),
            ("a shorter length", "x(19)", MYSQL),
        )
        for unique in (False, True)
    ),
]


def long(type_: Any, **options: Any) -> Models:
    return table(Column("x", type_), lambda: Index("ix", "x", **options))


def length(of: int) -> dict[str, Any]:
    return {"mysql_length": of, "mariadb_length": of}


LONG_KEYS = [
    Drift(
        "a key as long as it may be",
        long(String(2000)),
        {},
        live=long(String(2000), **length(768)),
        databases=MYSQL[:1],
    ),
    Drift(
        "a key that is shorter",
        long(String(2000)),
        DIFFERS,
        live=long(String(2000), **length(767)),
        databases=MYSQL[:1],
    ),
    Drift(
        "a key that is longer than declared",
        long(String(2000), **length(700)),
        DIFFERS,
        live=long(String(2000)),
        databases=MYSQL[:1],
    ),
    Drift(
        "a key that would be longer in another character set",
        long(mysql.VARCHAR(3000, charset="latin1")),
        DIFFERS,
        live=long(mysql.VARCHAR(3000, charset="latin1"), **length(768)),
        databases=MYSQL,
    ),
    Drift(
        "the beginning of a long key that is unique",
        long(String(2000), unique=True),
        DIFFERS,
        live=long(String(2000), unique=True, **length(768)),
        databases=MYSQL[:1],
    ),
]


def key(*items: Any, names: tuple[str, ...] = ("a", "b"), **options: Any) -> Models:
    """A table with a primary key of these columns, and more."""

    def define(md: MetaData) -> None:
        sa.Table(
            "t",
            md,
            *(Column(name, Integer, nullable=False) for name in "abc"),
            sa.PrimaryKeyConstraint(*names, **options),
            *(item() for item in items),
        )

    return define


KEYS = [
    Drift(
        "a key that keeps its columns unique",
        key(lambda: UniqueConstraint("a", "b", name="uq")),
        {},
        live=key(),
        databases=ALL,
    ),
    Drift(
        "a key that does what a unique index would",
        key(lambda: Index("ux", "a", "b", unique=True)),
        {},
        live=key(),
        databases=ALL,
    ),
    Drift(
        "a key that keeps more columns unique",
        key(lambda: UniqueConstraint("a", name="uq")),
        {"unique t.uq missing": "unique-missing"},
        live=key(),
        databases=ALL,
    ),
    Drift(
        "a key that keeps other columns unique",
        key(lambda: UniqueConstraint("a", "c", name="uq")),
        {"unique t.uq missing": "unique-missing"},
        live=key(),
        databases=ALL,
    ),
    Drift(
        "a unique constraint that keeps the columns of the key",
        key(lambda: UniqueConstraint("a", "b", name="uq")),
        {"primary_key t(a, b) columns": "primary-key"},
        live=key(lambda: UniqueConstraint("a", "b", name="uq"), names=("a", "c")),
        databases=("sqlite", "mariadb", "mysql"),
    ),
    Drift(
        "a key that is checked too late",
        key(lambda: UniqueConstraint("a", "b", name="uq")),
        {"unique t.uq missing": "unique-missing", "primary_key t(a, b) deferrable": "primary-key"},
        live=key(deferrable=True),
        databases=["postgresql"],
    ),
]

CASES = [*INDEXES, *LONG_KEYS, *KEYS]
