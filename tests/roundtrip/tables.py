"""What SQLAlchemy can create on every database: constraints, indexes, comments, names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import quoted_name

from tests.roundtrip.case import Case, Models

NOT_MARIADB = ("sqlite", "postgresql")
LONG = "a_name_of_sixty_three_bytes_which_is_all_that_postgresql_keeps_"
Items = Callable[[], list[Any]]

CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
WORDY = {
    "ix": "index_of_the_columns_%(column_0_N_label)s_in_%(table_name)s",
    "uq": "unique_constraint_on_%(column_0_N_label)s_in_%(table_name)s",
    "ck": "check_constraint_called_%(constraint_name)s_in_%(table_name)s",
    "fk": "foreign_key_of_%(column_0_N_label)s_to_%(referred_table_name)s",
    "pk": "primary_key_of_%(table_name)s",
}


def key(name: str = "id", **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, primary_key=True, **options)


def number(name: str, *items: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, *items, **options)


def word(name: str, *items: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(40), *items, **options)


def table(*items: Items | Any, name: str = "t", **options: Any) -> Models:
    """Models with one table of these columns and constraints, made anew each time."""

    def define(md: sa.MetaData) -> None:
        made = [item for one in items for item in one()]
        sa.Table(name, md, *made, **options)

    return define


def of(items: Items, **options: Any) -> Models:
    """Models with one table ``t`` of these items behind an integer key."""
    return table(lambda: [key(), *items()], **options)


def named(convention: Mapping[str, str]) -> Models:
    """Models in which a naming convention names everything."""

    def define(md: sa.MetaData) -> None:
        md.naming_convention = convention
        sa.Table("parent_of_the_table", md, key(), word("b", unique=True))
        sa.Table(
            "table_with_a_convention",
            md,
            key(),
            number("first_column", index=True),
            number("second_column", unique=True),
            word("third_column", sa.ForeignKey("parent_of_the_table.b")),
            number("parent_id", sa.ForeignKey("parent_of_the_table.id"), index=True),
            sa.CheckConstraint("first_column > 0", name="positive"),
            sa.UniqueConstraint("first_column", "second_column"),
            sa.Index(None, "first_column", "third_column"),
        )

    return define


def renamed_keys(md: sa.MetaData) -> None:
    sa.Table("parent", md, sa.Column("real_id", sa.Integer, key="id", primary_key=True))
    sa.Table(
        "t",
        md,
        sa.Column("theId", sa.Integer, key="id", primary_key=True),
        sa.Column("parent_number", sa.ForeignKey("parent.id"), key="parent"),
        sa.Column("first_name", sa.String(20), key="first"),
        sa.UniqueConstraint("first", "parent"),
        sa.Index("ix_first", "first"),
    )


def names_of(*names: str, **options: Any) -> Models:
    """Models with a table of each of these names, that has a column of each."""

    def define(md: sa.MetaData) -> None:
        for one in names:
            columns = [number(name) for name in names if name.lower() != "id"]
            sa.Table(one, md, key(), *columns, **options)

    return define


CONSTRAINTS = [
    Case("unique column", of(lambda: [word("a", unique=True)])),
    Case("unique constraint", of(lambda: [number("a"), word("b"), sa.UniqueConstraint("b", "a")])),
    Case(
        "unique constraint with a name",
        of(lambda: [word("a"), sa.UniqueConstraint("a", name="my_uq")]),
    ),
    Case(
        "unique constraint twice",
        of(lambda: [word("a", unique=True), sa.UniqueConstraint("a", name="again")]),
    ),
    Case(
        "unique constraint and unique index",
        of(lambda: [word("a", unique=True), sa.Index("ux", "a", unique=True)]),
    ),
    Case(
        "unique constraint that is deferred",
        of(lambda: [word("a"), sa.UniqueConstraint("a", deferrable=True, initially="DEFERRED")]),
        ("postgresql",),
    ),
    *(
        Case(
            f"check {text}",
            of(lambda text=text: [number("a"), word("b"), sa.CheckConstraint(text)]),
        )
        for text in (
            "a > 0",
            "a>0 and a<10",
            "a > 0 OR b IS NULL AND a = 1",
            "(a > 0)",
            "a IN (1, 2, 3)",
            "b IN ('x', 'it''s')",
            "b NOT IN ('x')",
            "a BETWEEN 1 AND 5",
            "b LIKE 'a%'",
            "b <> ''",
            "length(b) > 2",
            "NOT (a = 1 AND b = 'y')",
            "a != 3",
            "CASE WHEN a > 1 THEN b = 'x' ELSE a = 0 END",
            "coalesce(a, 0) + 1 >= 1",
            "b = 'Ä; -- (x)'",
        )
    ),
    Case(
        "check with a name", of(lambda: [number("a"), sa.CheckConstraint("a > 0", name="positive")])
    ),
    Case("check of a column", of(lambda: [number("a", sa.CheckConstraint("a > 0"))])),
    Case(
        "several checks",
        of(
            lambda: [
                number("a", sa.CheckConstraint("a > 0")),
                number("b", sa.CheckConstraint("b > 1")),
                sa.CheckConstraint("a + b < 100"),
                sa.CheckConstraint("a < 50", name="small"),
            ]
        ),
    ),
    Case(
        "a column's check of another column",
        of(lambda: [number("a"), number("b", sa.CheckConstraint("b > a"))]),
    ),
    Case("check of SQLAlchemy", of(lambda: [number("a"), sa.CheckConstraint(sa.column("a") > 5)])),
    Case(
        "check of SQLAlchemy, with several terms",
        of(
            lambda: [
                number("a"),
                word("b"),
                sa.CheckConstraint(
                    sa.and_(sa.column("a").between(1, 9), sa.column("b").in_(["x", "it's"]))
                ),
            ]
        ),
    ),
]
INDEXES = [
    Case(
        "index of a column",
        of(lambda: [number("a", index=True), word("b", index=True, unique=True)]),
    ),
    Case("index of two columns", of(lambda: [number("a"), word("b"), sa.Index("ix", "b", "a")])),
    Case(
        "unique index", of(lambda: [number("a"), word("b"), sa.Index("ux", "a", "b", unique=True)])
    ),
    Case(
        "index that descends",
        of(lambda: [number("a"), number("b"), sa.Index("ix", sa.desc("a"), "b")]),
    ),
    Case("index that ascends", of(lambda: [number("a"), sa.Index("ix", sa.asc("a"))])),
    Case("index of text", of(lambda: [number("a"), sa.Index("ix", sa.text("a DESC"))])),
    Case(
        "indexes that overlap",
        of(lambda: [number("a", index=True), number("b"), sa.Index("ix2", "a", "b")]),
    ),
    Case("index twice", of(lambda: [number("a"), sa.Index("ix1", "a"), sa.Index("ix2", "a")])),
    Case(
        "index of a computed column",
        of(
            lambda: [
                number("a"),
                number("c", sa.Computed("a + 1", persisted=True), index=True),
            ]
        ),
    ),
    Case("index of the key", of(lambda: [sa.Index("ix", "id")])),
    Case(
        "index of an expression",
        of(lambda: [word("b"), sa.Index("ix", sa.text("lower(b)"))]),
        NOT_MARIADB,
    ),
    Case(
        "index of an expression of SQLAlchemy",
        of(lambda: [c := word("b"), number("a"), sa.Index("ix", sa.func.lower(c), "a")]),
        NOT_MARIADB,
    ),
    Case(
        "index of a sum",
        of(lambda: [a := number("a"), b := number("b"), sa.Index("ix", a + b)]),
        NOT_MARIADB,
    ),
]
COMMENTS = [
    Case("comments", of(lambda: [number("a", comment="of a column")], comment="of a table")),
    Case("comments with quotes", of(lambda: [number("a", comment='it\'s "so"')], comment="it's")),
    Case("comments with backslashes", of(lambda: [number("a", comment="a\\b")], comment="\\")),
    Case("comments beyond ASCII", of(lambda: [number("a", comment="ä☃")], comment="ü\n100%:x")),
    Case("empty comments", of(lambda: [number("a", comment="")], comment="")),
]
NAMES = [
    Case("names in mixed case", names_of("MixedCase", "UPPER", "lower"), NOT_MARIADB),
    Case(
        "columns in mixed case",
        of(lambda: [number("camelCase", index=True), word("UPPER", unique=True)]),
    ),
    Case("reserved names", names_of("order", "select", "user", "group", "table")),
    Case("names with spaces and signs", names_of("a b", "a-b", "a.b", "1a", "a$", "a%b", "a:b")),
    Case("names with quotes", names_of('a"b', "a'b", "a`b", "[a]")),
    Case("names beyond ASCII", names_of("größe", "名前", "Ünï")),
    Case(
        "names that are quoted",
        table(
            lambda: [key(), number(quoted_name("plain", quote=True)), word("b", quote=True)],
            name=quoted_name("also_plain", quote=True),
        ),
    ),
    Case(
        "a name that is never quoted",
        of(lambda: [number(quoted_name("Plain", quote=False))]),
        ("sqlite", "mariadb", "mysql"),
    ),
    Case("columns under other keys", renamed_keys),
    Case("a naming convention", named(CONVENTION)),
    Case("a naming convention with long names", named(WORDY)),
    Case(
        "names as long as they may be",
        table(
            lambda: [
                key(LONG),
                number(LONG[:-1] + "x", index=True),
                word(LONG[:-1] + "y", unique=True),
            ],
            name=LONG,
        ),
    ),
    Case(
        "generated names that are cut",
        table(
            lambda: [
                key(),
                number(LONG[:50], index=True),
                word(LONG[:51], index=True, unique=True),
            ],
            name=LONG[:40],
        ),
    ),
    Case(
        "checks in awkward names",
        of(
            lambda: [
                number("a b"),
                number("Order"),
                sa.CheckConstraint(sa.column("a b") > sa.column("Order")),
            ]
        ),
    ),
    Case(
        "indexes and constraints with awkward names",
        of(
            lambda: [
                number("a"),
                sa.UniqueConstraint("a", name="My Unique"),
                sa.CheckConstraint("a > 0", name="My 'Check'"),
                sa.Index("My Index %", "a"),
            ]
        ),
    ),
]


def viewed(md: sa.MetaData) -> None:
    t = sa.Table("t", md, key(), number("a"))
    # only SQLAlchemy 2.1 keeps views in a MetaData
    sa.CreateView(sa.select(t.c.id, t.c.a).where(t.c.a > 5), "v", metadata=md)


def schema_of_all(md: sa.MetaData) -> None:
    md.schema = "other"
    sa.Table("parent", md, key(), sa.Column("e", sa.Enum("a", "b", name="e", metadata=md)))
    sa.Table("t", md, key(), number("p", sa.ForeignKey("other.parent.id"), index=True))


OTHERS = [
    Case("many columns", of(lambda: [number(f"c{n}") for n in range(150)])),
    Case("a prefix", of(lambda: [number("a")], prefixes=["/* a prefix */"])),
    Case(
        "a column that the system keeps", of(lambda: [number("xmin", system=True)]), ("postgresql",)
    ),
    Case(
        "the public schema", table(lambda: [key(), number("a")], schema="public"), ("postgresql",)
    ),
    Case("the main schema", table(lambda: [key(), number("a")], schema="main"), ("sqlite",)),
    Case(
        "another schema",
        table(
            lambda: [key(), number("a", index=True), number("u", sa.ForeignKey("other.t.id"))],
            schema="other",
        ),
        ("postgresql",),
        setup={"postgresql": ["CREATE SCHEMA other"]},
    ),
    Case(
        "a schema of the whole MetaData",
        schema_of_all,
        ("postgresql",),
        setup={"postgresql": ["CREATE SCHEMA other"]},
    ),
    Case("a view", viewed, since=(2, 1)),
]

CASES = [*CONSTRAINTS, *INDEXES, *COMMENTS, *NAMES, *OTHERS]
