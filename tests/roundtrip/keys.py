"""What SQLAlchemy can create on every database: primary and foreign keys."""

from __future__ import annotations

import sqlalchemy as sa

from tests.roundtrip.case import Case, Models
from tests.roundtrip.tables import NOT_MARIADB, Items, key, number, of, table, word

SERVERS = ("postgresql", "mariadb", "mysql")


def family(items: Items) -> Models:
    """Models with a table ``parent``, and a table ``t`` of these items that may point at it."""

    def define(md: sa.MetaData) -> None:
        sa.Table(
            "parent",
            md,
            key(),
            number("a", nullable=False),
            word("b", unique=True, nullable=False),
            sa.UniqueConstraint("a", "b"),
        )
        of(items)(md)

    return define


def cycle(md: sa.MetaData) -> None:
    sa.Table(
        "hen", md, key(), number("egg_id", sa.ForeignKey("egg.id", use_alter=True, name="fk_egg"))
    )
    sa.Table("egg", md, key(), number("hen_id", sa.ForeignKey("hen.id")))


def unnamed_cycle(md: sa.MetaData) -> None:
    sa.Table("hen", md, key(), number("egg_id", sa.ForeignKey("egg.id", name="fk_hen_egg")))
    sa.Table("egg", md, key(), number("hen_id", sa.ForeignKey("hen.id", name="fk_egg_hen")))


def to_column(md: sa.MetaData) -> None:
    parent = sa.Table("parent", md, key())
    sa.Table("t", md, key(), number("p", sa.ForeignKey(parent.c.id)))


def by_name(md: sa.MetaData) -> None:
    sa.Table("parent", md, sa.Column("real", sa.Integer, key="id", primary_key=True))
    sa.Table("t", md, key(), sa.Column("p", sa.ForeignKey("parent.real", link_to_name=True)))


def association(md: sa.MetaData) -> None:
    sa.Table("left", md, key())
    sa.Table("right", md, key())
    sa.Table(
        "left_right",
        md,
        number("left_id", sa.ForeignKey("left.id", ondelete="CASCADE"), primary_key=True),
        number("right_id", sa.ForeignKey("right.id", ondelete="CASCADE"), primary_key=True),
    )


def typeless(md: sa.MetaData) -> None:
    sa.Table("a", md, sa.Column("code", sa.String(7), primary_key=True))
    sa.Table("b", md, sa.Column("code", sa.ForeignKey("a.code"), primary_key=True))
    sa.Table("c", md, key(), sa.Column("code", sa.ForeignKey("b.code")))


def key_of_two(md: sa.MetaData) -> None:
    sa.Table(
        "two", md, number("x", primary_key=True, autoincrement=False), number("y", primary_key=True)
    )
    sa.Table(
        "t",
        md,
        key(),
        number("x"),
        number("y"),
        sa.ForeignKeyConstraint(["x", "y"], ["two.x", "two.y"], ondelete="SET NULL"),
    )


RULES = ("CASCADE", "SET NULL", "RESTRICT", "NO ACTION", "cascade", "no action")
KEYS = [
    Case("a table with a key only", of(list)),
    Case("a table without a key", table(lambda: [number("a"), word("b")])),
    Case(
        "a key of a small integer",
        table(lambda: [sa.Column("id", sa.SmallInteger, primary_key=True)]),
    ),
    Case(
        "a key of a big integer", table(lambda: [sa.Column("id", sa.BigInteger, primary_key=True)])
    ),
    Case("a string as the key", table(lambda: [word("id", primary_key=True)])),
    Case("a key that does not count", table(lambda: [key(autoincrement=False)])),
    Case("a key that counts by order", table(lambda: [key(autoincrement=True)])),
    Case("a key of two columns", table(lambda: [key("a"), key("b")])),
    Case(
        "a key of two columns, one of which counts",
        table(lambda: [key("a", autoincrement=True), number("b", primary_key=True)]),
        SERVERS,
    ),
    Case(
        "a key in another order",
        table(lambda: [number("a"), word("b"), sa.PrimaryKeyConstraint("b", "a")]),
    ),
    Case(
        "a key with a name",
        table(lambda: [number("a"), sa.PrimaryKeyConstraint("a", name="my_pk")]),
    ),
    Case("a key that is not the first column", table(lambda: [word("a"), key()])),
    Case("a key with a default", table(lambda: [key(server_default="7"), word("a")])),
    Case("nullable and not", of(lambda: [number("a", nullable=False), number("b", nullable=True)])),
]
FOREIGN_KEYS = [
    Case("a foreign key", family(lambda: [number("p", sa.ForeignKey("parent.id"))])),
    Case(
        "a foreign key with a name",
        family(lambda: [number("p", sa.ForeignKey("parent.id", name="my_fk"))]),
    ),
    Case(
        "a foreign key with an index",
        family(lambda: [number("p", sa.ForeignKey("parent.id"), index=True)]),
    ),
    Case(
        "a foreign key that is unique",
        family(lambda: [number("p", sa.ForeignKey("parent.id"), unique=True)]),
    ),
    Case(
        "a foreign key to a unique column", family(lambda: [word("p", sa.ForeignKey("parent.b"))])
    ),
    Case(
        "a foreign key of two columns",
        family(
            lambda: [
                number("x"),
                word("y"),
                sa.ForeignKeyConstraint(["x", "y"], ["parent.a", "parent.b"]),
            ]
        ),
    ),
    Case(
        "two foreign keys to one table",
        family(
            lambda: [
                number("p", sa.ForeignKey("parent.id")),
                number("q", sa.ForeignKey("parent.id")),
            ]
        ),
    ),
    Case(
        "two foreign keys of one column",
        family(
            lambda: [
                number(
                    "p", sa.ForeignKey("parent.id", name="one"), sa.ForeignKey("t.id", name="two")
                )
            ]
        ),
    ),
    Case("a foreign key to its own table", of(lambda: [number("up", sa.ForeignKey("t.id"))])),
    Case("a foreign key to a key of two columns", key_of_two),
    Case("foreign keys without a type", typeless),
    Case("a cycle of foreign keys", cycle),
    Case("a cycle that nobody breaks", unnamed_cycle),
    Case("an association table", association),
    Case("a foreign key to a column object", to_column),
    Case("a foreign key by the name behind a key", by_name),
    Case(
        "a foreign key that matches in full",
        family(lambda: [number("p", sa.ForeignKey("parent.id", match="FULL"))]),
        ("sqlite", "postgresql"),
    ),
    Case(
        "a foreign key that is added later",
        family(lambda: [number("p", sa.ForeignKey("parent.id", use_alter=True, name="later"))]),
    ),
    *(
        Case(
            f"ON DELETE and ON UPDATE {rule}",
            family(
                lambda rule=rule: [
                    number("p", sa.ForeignKey("parent.id", ondelete=rule, onupdate=rule))
                ]
            ),
        )
        for rule in RULES
    ),
    Case(
        "ON DELETE SET DEFAULT",
        family(lambda: [number("p", sa.ForeignKey("parent.id", ondelete="SET DEFAULT"))]),
        NOT_MARIADB,
    ),
    *(
        Case(
            f"a foreign key {description}",
            family(lambda options=options: [number("p", sa.ForeignKey("parent.id", **options))]),
            NOT_MARIADB,
        )
        for description, options in {
            "that is deferrable": {"deferrable": True},
            "that is not deferrable": {"deferrable": False},
            "that is deferred": {"deferrable": True, "initially": "DEFERRED"},
            "that is immediate": {"deferrable": True, "initially": "IMMEDIATE"},
        }.items()
    ),
]

CASES = [*KEYS, *FOREIGN_KEYS]
