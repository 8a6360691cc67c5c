"""What models spell out though it is so anyway, one by one and several in one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from tests.roundtrip.case import Case, Models
from tests.tables import attach

text = sa.text
ALL = ("sqlite", "postgresql", "mariadb", "mysql")
EXPRESSIONS = ("sqlite", "postgresql")
SQLITE, POSTGRESQL, MARIADB = ("sqlite",), ("postgresql",), ("mariadb",)
MYSQL = ("mariadb", "mysql")
Parts = Callable[[Any], list[Any]]
"""The parts of an index, made of the columns of its table."""


def indexed(*indexes: tuple[Parts, dict[str, Any]], **options: Any) -> Models:
    """Models with one table ``t`` and these indexes: ix0, ix1, ..."""

    def define(md: sa.MetaData) -> None:
        table = sa.Table(
            "t",
            md,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("a", sa.Integer),
            sa.Column("b", sa.Integer),
            sa.Column("x", sa.String(20)),
            sa.Column("My Name", sa.String(20)),
            sa.Column("c", sa.String(20, **options)),
        )
        for number, (parts, more) in enumerate(indexes):
            attach(sa.Index(f"ix{number}", *parts(table.c), **more), table)

    return define


def both_ways(name: str, parts: Parts, databases: Any, **options: Any) -> list[Case]:
    """An index of these parts, plain and unique."""
    return [
        Case(name, indexed((parts, {}), **options), databases),
        Case(f"{name}, unique", indexed((parts, {"unique": True}), **options), databases),
    ]


INDEXES = [
    *both_ways("rising column", lambda c: [c.a.asc()], ALL),
    *both_ways("rising column in text", lambda c: [text("a ASC")], ALL),
    *both_ways("rising column in lower case", lambda c: [text("a  asc")], ALL),
    *both_ways("column in text", lambda c: [text("x")], ALL),
    *both_ways("column in text and upper case", lambda c: [text("X")], ALL),
    *both_ways("falling column in text", lambda c: [text("a desc")], ALL),
    *both_ways("columns in text", lambda c: [text("b"), text("a ASC")], ALL),
    *both_ways("columns, one in text", lambda c: [c.x, text("b ASC"), c.a.desc()], ALL),
    *both_ways("rising quoted column", lambda c: [text('"x" ASC')], EXPRESSIONS),
    *both_ways("rising quoted name", lambda c: [text('"My Name" ASC')], EXPRESSIONS),
    *both_ways("rising backquoted name", lambda c: [text("`My Name` ASC")], ("sqlite", *MYSQL)),
    *both_ways("falling backquoted name", lambda c: [text("`My Name` desc")], ("sqlite", *MYSQL)),
    *both_ways("rising expression", lambda c: [sa.func.lower(c.x).asc()], EXPRESSIONS),
    *both_ways("rising expression in text", lambda c: [text("lower(x) ASC")], EXPRESSIONS),
    *both_ways("falling expression in text", lambda c: [text("lower(x) DESC")], EXPRESSIONS),
    *both_ways("nulls last", lambda c: [c.a.asc().nulls_last()], POSTGRESQL),
    *both_ways("nulls last alone", lambda c: [c.a.nulls_last(), c.b], POSTGRESQL),
    *both_ways("falling, nulls first", lambda c: [c.a.desc().nulls_first()], POSTGRESQL),
    *both_ways("nulls last in text", lambda c: [text("a ASC NULLS LAST")], POSTGRESQL),
    *both_ways("nulls first in text", lambda c: [text("a DESC NULLS FIRST")], POSTGRESQL),
    *both_ways("the default collation", lambda c: [sa.collate(c.x, "default")], POSTGRESQL),
    *both_ways(
        "the default collation, rising", lambda c: [text('x COLLATE "default" ASC')], POSTGRESQL
    ),
    *both_ways(
        "the column's collation", lambda c: [sa.collate(c.c, "C")], POSTGRESQL, collation="C"
    ),
    *both_ways("SQLite's collation", lambda c: [sa.collate(c.x, "BINARY")], SQLITE),
    *both_ways("SQLite's collation, rising", lambda c: [text("x COLLATE BINARY asc")], SQLITE),
    *both_ways(
        "the column's NOCASE", lambda c: [text("c COLLATE nocase")], SQLITE, collation="NOCASE"
    ),
    *both_ways("another collation", lambda c: [text("x collate nocase DESC")], SQLITE),
    *(
        Case(
            f"operator class {name} of {column}, {'unique' if unique else 'plain'}",
            indexed(
                (
                    lambda c, column=column: [c[column]],
                    {"postgresql_ops": {column: name}, "unique": unique},
                )
            ),
            POSTGRESQL,
        )
        for column, name in (("a", "int4_ops"), ("x", "text_ops"), ("x", "varchar_ops"))
        for unique in (False, True)
    ),
    *(
        Case(
            f"whole length of {name}",
            indexed((lambda c: [c.x], {f"{prefix}_length": length for prefix in MYSQL})),
            MYSQL,
        )
        for name, length in (("one", 20), ("each", {"x": 20}))
    ),
    *both_ways("whole length in text", lambda c: [text("x(20)"), text("c ( 5 ) ASC")], MYSQL),
    *both_ways("a length in text, falling", lambda c: [text("x(5) DESC")], MYSQL),
    Case(
        "all in one table",
        indexed(
            (lambda c: [c.a.asc(), text("x ASC")], {}),
            (lambda c: [text("b"), c.a.desc()], {"unique": True}),
            (lambda c: [text("x DESC"), c.b.asc()], {}),
            (lambda c: [c.c.asc()], {"unique": True}),
        ),
        ALL,
    ),
]


def long_keys(*types: Any, **options: Any) -> Models:
    """An indexed column of each type, each of which is longer than a key."""

    def define(md: sa.MetaData) -> None:
        columns = [sa.Column(f"c{n}", type_) for n, type_ in enumerate(types)]
        table = sa.Table("t", md, sa.Column("id", sa.Integer, primary_key=True), *columns)
        table.kwargs.update(options)
        for column in columns:
            sa.Index(f"ix_{column.name}", column)

    return define


LONG_KEYS = [
    Case(
        "keys that are cut",
        long_keys(
            sa.String(2000),
            mysql.VARCHAR(4000, charset="latin1"),
            mysql.VARCHAR(4000, charset="utf8mb3"),
            mysql.VARCHAR(3000, collation="utf8mb4_bin"),
            mysql.VARBINARY(4000),
            sa.Text(),
            mysql.TINYTEXT(),
            sa.LargeBinary(),
        ),
        MARIADB,
    ),
    *(
        Case(
            f"keys that {engine} cuts",
            long_keys(sa.String(2000), mysql.VARBINARY(4000), sa.Text(), mysql_engine=engine),
            MARIADB,
        )
        for engine in ("MyISAM", "Aria")
    ),
    Case(
        "a length that is cut",
        lambda md: sa.Table(
            "t",
            md,
            sa.Column("x", sa.String(2000)),
            sa.Index("ix", "x", mysql_length=1000, mariadb_length=1000),
        ),
        MARIADB,
    ),
]


def keyed(*columns: Callable[[], Any], **options: Any) -> Models:
    return lambda md: sa.Table("t", md, *(make() for make in columns), **options)


def part(name: str, type_: Any = sa.Integer, **options: Any) -> Callable[[], Any]:
    return lambda: sa.Column(name, type_, **options)


A, B = part("a", nullable=False), part("b", nullable=False)


def child_of_such(md: sa.MetaData) -> None:
    keyed(
        part("a", primary_key=True, nullable=True, autoincrement=False),
        part("b", sa.String(9), primary_key=True, nullable=True),
        lambda: sa.UniqueConstraint("a", "b"),
        lambda: sa.Index("ix", text("b ASC")),
    )(md)
    sa.Table(
        "child",
        md,
        sa.Column("id", sa.Integer, primary_key=True, unique=True),
        sa.Column("a", sa.Integer),
        sa.Column("b", sa.String(9)),
        sa.ForeignKeyConstraint(["a", "b"], ["t.a", "t.b"]),
    )


KEYS = [
    Case(
        "key that is unique, too",
        keyed(
            A, B, lambda: sa.PrimaryKeyConstraint("a", "b"), lambda: sa.UniqueConstraint("a", "b")
        ),
        ALL,
    ),
    Case(
        "key that is unique, too, with a name",
        keyed(
            A,
            B,
            lambda: sa.PrimaryKeyConstraint("a", "b", name="of_t"),
            lambda: sa.UniqueConstraint("a", "b", name="also_of_t"),
        ),
        ALL,
    ),
    Case(
        "key that is unique in another order, too",
        keyed(
            A, B, lambda: sa.PrimaryKeyConstraint("a", "b"), lambda: sa.UniqueConstraint("b", "a")
        ),
        ALL,
    ),
    Case("unique key column", keyed(part("a", primary_key=True, unique=True)), ALL),
    Case(
        "unique key column of text",
        keyed(part("a", sa.String(9), primary_key=True, unique=True)),
        ALL,
    ),
    Case(
        "unique index of the key", keyed(part("a", primary_key=True, unique=True, index=True)), ALL
    ),
    Case("nullable key column", keyed(part("a", primary_key=True, nullable=True)), ALL),
    Case(
        "nullable key column of text",
        keyed(part("a", sa.String(9), primary_key=True, nullable=True)),
        ALL,
    ),
    Case(
        "nullable key column without row numbers",
        keyed(part("a", sa.String(9), primary_key=True, nullable=True), sqlite_with_rowid=False),
        SQLITE,
    ),
    Case(
        "nullable key column of a strict table",
        keyed(part("a", sa.Text, primary_key=True, nullable=True), sqlite_strict=True),
        SQLITE,
        since=(2, 1),
    ),
    Case(
        "unique key column that is deferred",
        keyed(
            A,
            lambda: sa.PrimaryKeyConstraint("a"),
            lambda: sa.UniqueConstraint("a", deferrable=True),
        ),
        POSTGRESQL,
    ),
    Case(
        "deferred key column that is unique",
        keyed(
            A,
            lambda: sa.PrimaryKeyConstraint("a", deferrable=True),
            lambda: sa.UniqueConstraint("a"),
        ),
        POSTGRESQL,
    ),
    Case("a key to a key that is told in many words", child_of_such, ALL),
]

CASES = [*INDEXES, *LONG_KEYS, *KEYS]
