"""What SQLAlchemy can create on MariaDB: keys, checks and indexes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.types import UserDefinedType

from tests.roundtrip.case import Case, Models

text = sa.text


class Point(UserDefinedType):
    """A type for which SQLAlchemy has no class."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        return "POINT"


def wide(md: sa.MetaData, *items: Any, name: str = "t", **options: Any) -> sa.Table:
    """A table with a column of each kind that the cases are about."""
    return sa.Table(
        name,
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("n", sa.Integer),
        sa.Column("m", sa.Integer),
        sa.Column("s", sa.String(200)),
        sa.Column("x", sa.Text),
        sa.Column("b", sa.LargeBinary),
        sa.Column("j", sa.JSON),
        sa.Column("at", sa.DateTime),
        sa.Column("p", Point, nullable=False),
        *items,
        **options,
    )


def checked(*texts: str) -> Models:
    """A table with these checks, without names."""
    return lambda md: wide(md, *(sa.CheckConstraint(one) for one in texts))


def indexed(*indexes: tuple[Sequence[Any], dict[str, Any]]) -> Models:
    """A table with an index ``i0``, ``i1``, ... of these parts and options for each."""

    def define(md: sa.MetaData) -> None:
        table = wide(md)
        for number, (parts, options) in enumerate(indexes):
            sa.Index(f"i{number}", *(_part(table, part) for part in parts), **options)

    return define


def _part(table: sa.Table, part: Any) -> Any:
    if isinstance(part, str):
        return table.c[part]
    return part(table.c) if callable(part) else part


def referring(*options: dict[str, Any]) -> Models:
    """A table with a foreign key to another one for each set of options."""

    def define(md: sa.MetaData) -> None:
        sa.Table("parent", md, sa.Column("id", sa.Integer, primary_key=True))
        sa.Table(
            "child",
            md,
            sa.Column("id", sa.Integer, primary_key=True),
            *(
                sa.Column(f"c{number}", sa.Integer, sa.ForeignKey("parent.id", **option))
                for number, option in enumerate(options)
            ),
        )

    return define


def _checks_of_expressions(md: sa.MetaData) -> None:
    table = wide(md)
    table.append_constraint(sa.CheckConstraint(table.c.n > 5))
    table.append_constraint(sa.CheckConstraint(table.c.s.in_(["a", "it's", "50%"])))
    table.append_constraint(sa.CheckConstraint(sa.and_(table.c.n > 1, table.c.m.is_(None))))
    table.append_constraint(sa.CheckConstraint(sa.func.length(table.c.s) < 100, name="short"))
    table.append_constraint(sa.CheckConstraint(table.c.at > sa.literal_column("'2024-01-01'")))


def _composite(md: sa.MetaData) -> None:
    sa.Table(
        "parent",
        md,
        sa.Column("a", sa.Integer, primary_key=True),
        sa.Column("b", sa.Integer, primary_key=True),
        sa.Column("c", sa.Integer, unique=True),
        sa.UniqueConstraint("b", "a"),
    )
    sa.Table(
        "child",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("x", sa.Integer),
        sa.Column("y", sa.Integer),
        sa.Column("c", sa.Integer, sa.ForeignKey("parent.c", ondelete="SET NULL")),
        sa.ForeignKeyConstraint(["x", "y"], ["parent.a", "parent.b"], name="both"),
        sa.ForeignKeyConstraint(["y", "x"], ["parent.b", "parent.a"], onupdate="CASCADE"),
    )


def _indexed_keys(md: sa.MetaData) -> None:
    sa.Table("parent", md, sa.Column("id", sa.Integer, primary_key=True))
    child = sa.Table(
        "child",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.Integer, sa.ForeignKey("parent.id"), index=True),
        sa.Column("b", sa.Integer, sa.ForeignKey("parent.id"), unique=True),
        sa.Column("c", sa.Integer, sa.ForeignKey("parent.id")),
        sa.Column("d", sa.Integer, sa.ForeignKey("parent.id")),
        sa.Column("k", sa.Integer, sa.ForeignKey("child.id")),
    )
    sa.Index("c_and_more", child.c.c, child.c.d)
    sa.Index("d_backwards", child.c.d.desc())


def _cyclic(md: sa.MetaData) -> None:
    for one, other in (("left", "right"), ("right", "left")):
        sa.Table(
            one,
            md,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column(
                "o", sa.Integer, sa.ForeignKey(f"{other}.id", use_alter=True, name=f"fk_{one}")
            ),
        )


def _of_types(md: sa.MetaData) -> None:
    kinds = {
        "u": mysql.INTEGER(unsigned=True),
        "b": sa.BigInteger(),
        "s": mysql.VARCHAR(36, collation="ascii_bin"),
        "c": sa.CHAR(32),
    }
    for name, type_ in kinds.items():
        sa.Table(f"p_{name}", md, sa.Column("id", type_, primary_key=True, autoincrement=False))
        sa.Table(
            f"c_{name}",
            md,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("k", None, sa.ForeignKey(f"p_{name}.id")),
        )


CHECKS = [
    Case(
        "mysql checks",
        checked(
            "n > 0",
            "N<5",
            "n in (1, 2, 3)",
            "n between 1 and 5",
            "n is not null or m is null",
            "n <> m",
            "n != 7",
            "not (n > m)",
            "s like 'a%'",
            "s not like '%\\_%'",
            "length(s) > 2",
            "`s` = 'it''s'",
            's = "it\'s"',
            "s regexp '^[a-z]+$'",
            "(n > 1 and m > 1) or n + m = 3",
            "n > 1 && m > 1 || n = 4",
            "n mod 2 = 0",
            "json_valid(j)",
            "s in ('A', 'b', ':c', '100%')",
            "case when n = 1 then m else 0 end = 0",
            "at > '2024-01-01'",
            "s collate utf8mb4_bin = 'a'",
            "true",
            "n % 2 = 0",
            "char_length(trim(s)) >= 1 /* not blank */",
        ),
    ),
    Case(
        "mysql named checks",
        lambda md: wide(
            md,
            sa.CheckConstraint("n > 0", name="n_positive"),
            sa.CheckConstraint("m > 0", name="M Positive"),
        ),
    ),
    Case(
        "mysql checks of columns",
        lambda md: sa.Table(
            "t",
            md,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("n", sa.Integer, sa.CheckConstraint("n > 0")),
            sa.Column("b", sa.Integer, sa.CheckConstraint("b > 0"), server_default="5"),
            sa.Column(
                "s", sa.String(9), sa.CheckConstraint("s <> ''"), nullable=False, comment="'"
            ),
        ),
    ),
    Case("mysql checks of expressions", _checks_of_expressions),
    Case(
        "mysql checks of types",
        lambda md: wide(
            md,
            sa.Column("e", sa.Enum("a", "it's", native_enum=False, create_constraint=True)),
            sa.Column("o", sa.Boolean(create_constraint=True)),
            sa.Column("q", sa.Boolean(create_constraint=True, name="q_is_boolean")),
        ),
    ),
    Case("mysql check twice", checked("n > 0", "n > 0")),
]
INDEXES = [
    Case("mysql indexes", indexed((["n"], {}), (["n", "m"], {}), (["m", "n"], {"unique": True}))),
    Case("mysql index of a part", indexed((["s"], {"mysql_length": 10}))),
    Case(
        "mysql index lengths",
        indexed(
            (["s", "n"], {"mysql_length": {"s": 10}}),
            (["x"], {"mysql_length": 20}),
            (["b"], {"mysql_length": {"b": 20}}),
            (["s", "x"], {"mysql_length": {"s": 5, "x": 7}}),
            (["s"], {"mysql_length": 10, "unique": True}),
        ),
    ),
    Case("mysql index of the whole length", indexed((["s"], {"mysql_length": 200}))),
    Case(
        "mysql FULLTEXT",
        indexed((["x"], {"mysql_prefix": "FULLTEXT"}), (["s", "x"], {"mysql_prefix": "fulltext"})),
    ),
    Case("mysql SPATIAL", indexed((["p"], {"mysql_prefix": "SPATIAL"}))),
    Case("mysql UNIQUE as a prefix", indexed((["n"], {"mysql_prefix": "UNIQUE"}))),
    Case(
        "mysql USING",
        indexed(
            (["n"], {"mysql_using": "btree"}),
            (["m"], {"mysql_using": "hash"}),
            (["n", "m"], {"mysql_using": "hash", "unique": True}),
        ),
    ),
    Case(
        "mysql order",
        indexed(
            ([lambda c: c.n.desc()], {}),
            ([lambda c: c.n.asc()], {}),
            ([lambda c: c.n.desc(), lambda c: c.m.asc()], {}),
            ([lambda c: c.n, lambda c: c.m.desc()], {"unique": True}),
        ),
    ),
    Case("mysql index of text", indexed(([text("n")], {}), ([text("n DESC")], {}))),
    Case("mysql index of quoted text", indexed(([text("`n`"), text("`s`(10)")], {}))),
    Case(
        "mysql index of a column",
        lambda md: wide(
            md,
            sa.Column("i", sa.Integer, index=True),
            sa.Column("u", sa.Integer, unique=True),
            sa.Column("iu", sa.Integer, index=True, unique=True),
        ),
    ),
    Case("mysql index twice", indexed((["n"], {}), (["n"], {}))),
    Case(
        "mysql unique constraints",
        lambda md: wide(
            md,
            sa.UniqueConstraint("n"),
            sa.UniqueConstraint("n", "m"),
            sa.UniqueConstraint("m", "s", name="m and s"),
        ),
    ),
    Case(
        "mysql unique twice",
        lambda md: wide(md, sa.Column("u", sa.Integer, unique=True), sa.UniqueConstraint("u")),
    ),
    Case(
        "mysql index over a computed column",
        lambda md: wide(md, sa.Column("c", sa.Integer, sa.Computed("n + 1"), index=True)),
    ),
    Case(
        "mysql index of a JSON value",
        lambda md: wide(
            md, sa.Column("v", sa.String(20), sa.Computed("json_value(j, '$.a')"), unique=True)
        ),
    ),
    Case(
        "mysql primary key using",
        lambda md: sa.Table(
            "t",
            md,
            sa.Column("a", sa.Integer),
            sa.Column("b", sa.String(9)),
            sa.PrimaryKeyConstraint("b", "a", name="its_name", mysql_using="btree"),
        ),
    ),
    Case("mysql without a key", lambda md: sa.Table("t", md, sa.Column("a", sa.Integer))),
]
RULES = ("CASCADE", "SET NULL", "RESTRICT", "NO ACTION", "cascade")
KEYS = [
    Case("mysql ON DELETE", referring({}, *({"ondelete": rule} for rule in RULES))),
    Case("mysql ON UPDATE", referring({}, *({"onupdate": rule} for rule in RULES))),
    Case(
        "mysql both rules",
        referring(
            {"ondelete": "CASCADE", "onupdate": "CASCADE"},
            {"ondelete": "SET NULL", "onupdate": "RESTRICT"},
            {"ondelete": "RESTRICT", "onupdate": "SET NULL"},
        ),
    ),
    Case("mysql named key", referring({"name": "its_name"}, {"name": "It's `Name` 2"})),
    Case("mysql composite keys", _composite),
    Case("mysql keys and their indexes", _indexed_keys),
    Case("mysql cycle of keys", _cyclic),
    Case("mysql keys of each type", _of_types),
]

CASES = [*CHECKS, *INDEXES, *KEYS]
