"""What SQLAlchemy can create on SQLite: keys, checks, indexes, conflicts, names, other schemas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tests.roundtrip.case import Case, Models

text = sa.text
ACTIONS = ("ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE")
RULES = ("CASCADE", "SET NULL", "RESTRICT", "NO ACTION", "SET DEFAULT", "cascade")


def wide(md: sa.MetaData, *items: Any, **options: Any) -> sa.Table:
    """A table with a column of each kind that the cases are about."""
    return sa.Table(
        "t",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("n", sa.Integer),
        sa.Column("m", sa.Integer),
        sa.Column("s", sa.String(20)),
        sa.Column("nc", sa.String(20, collation="NOCASE")),
        *items,
        **options,
    )


def made(*makers: Any, **options: Any) -> Models:
    """The table with what each of these makes."""
    return lambda md: wide(md, *(maker() for maker in makers), **options)


def checked(*texts: str) -> Models:
    """The table with these checks, without names."""
    return lambda md: wide(md, *(sa.CheckConstraint(one) for one in texts))


def indexed(*indexes: tuple[Sequence[Any], dict[str, Any]]) -> Models:
    """The table with an index ``i0``, ``i1``, ... of these parts and options for each."""

    def define(md: sa.MetaData) -> None:
        table = wide(md)
        for number, (parts, options) in enumerate(indexes):
            expressions = [part(table.c) if callable(part) else part for part in parts]
            where = options.get("sqlite_where")
            kept = {**options, "sqlite_where": where(table.c)} if callable(where) else options
            index = sa.Index(f"i{number}", *expressions, **kept)
            if index.table is None:
                table.append_constraint(index)

    return define


def referring(*options: dict[str, Any]) -> Models:
    """A table with a foreign key to another one for each set of options."""

    def define(md: sa.MetaData) -> None:
        sa.Table("parent", md, sa.Column("id", sa.Integer, primary_key=True))
        keys = (
            sa.Column(f"c{number}", sa.Integer, sa.ForeignKey("parent.id", **option))
            for number, option in enumerate(options)
        )
        sa.Table("child", md, sa.Column("id", sa.Integer, primary_key=True), *keys)

    return define


def named(name: str) -> Models:
    """A table, column, index, key and check with this name."""

    def define(md: sa.MetaData) -> None:
        sa.Table(
            name,
            md,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column(name, sa.Integer, server_default="1"),
            sa.Column("k", sa.Integer),
            sa.Column("c", sa.Integer, sa.Computed(sa.column(name) + 1)),
            sa.Column("s", sa.String(9, collation="NOCASE"), unique=True),
            sa.Index(f"{name} i", name),
            sa.Index(f"{name} p", "k", sqlite_where=sa.column(name) > 0),
            sa.UniqueConstraint(name, "k", name=f"{name} u"),
            sa.CheckConstraint(sa.column(name) > 0, name=f"{name} c"),
        )

    return define


def _checks_of_columns(md: sa.MetaData) -> None:
    sa.Table(
        "t",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("n", sa.Integer, sa.CheckConstraint("n > 0"), sa.CheckConstraint("n < 9")),
        sa.Column("m", sa.Integer, sa.CheckConstraint("m > 0", name="m_positive"), nullable=False),
        sa.Column("s", sa.String(9), sa.CheckConstraint("s <> ''"), server_default="a"),
        sa.CheckConstraint("n > m", name="last"),
    )


def _checks_of_expressions(md: sa.MetaData) -> None:
    table = wide(md)
    table.append_constraint(sa.CheckConstraint(table.c.n > 5))
    table.append_constraint(sa.CheckConstraint(table.c.s.in_(["a", "it's", "50%"])))
    table.append_constraint(sa.CheckConstraint(sa.and_(table.c.n > 1, table.c.m.is_(None))))
    table.append_constraint(sa.CheckConstraint(sa.func.length(table.c.s) < 100, name="short"))


def _key_twice(md: sa.MetaData) -> None:
    sa.Table("parent", md, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "child",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("k", sa.Integer, sa.ForeignKey("parent.id", deferrable=True, name="a")),
        sa.ForeignKeyConstraint(["k"], ["child.id"], ondelete="CASCADE", name="b"),
    )


def _composite(md: sa.MetaData) -> None:
    sa.Table(
        "parent",
        md,
        sa.Column("a", sa.Integer, primary_key=True),
        sa.Column("b", sa.Integer, primary_key=True),
        sa.UniqueConstraint("b", "a"),
    )
    sa.Table(
        "child",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("x", sa.Integer),
        sa.Column("y", sa.Integer),
        sa.Column("k", sa.Integer, sa.ForeignKey("child.id")),
        sa.ForeignKeyConstraint(["x", "y"], ["parent.a", "parent.b"], name="both"),
        sa.ForeignKeyConstraint(["y", "x"], ["parent.a", "parent.b"], deferrable=True),
    )


def _elsewhere(md: sa.MetaData) -> None:
    sa.Table(
        "parent",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("n", sa.Integer, sa.CheckConstraint("n > 0"), index=True, server_default="5"),
        sa.Column("e", sa.Enum("a", "b", create_constraint=True)),
        sa.Column("u", sa.String(9, collation="NOCASE"), unique=True),
        schema="other",
    )
    sa.Table(
        "child",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("k", sa.Integer, sa.ForeignKey("other.parent.id", ondelete="CASCADE")),
        schema="other",
    )
    sa.Table(
        "child",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("k", sa.Integer, sa.ForeignKey("other.parent.id")),
    )


def _generated(md: sa.MetaData) -> None:
    md.naming_convention = {
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
    sa.Table("parent", md, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "child",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("n" * 120, sa.Integer, index=True),
        sa.Column("u", sa.Integer, unique=True),
        sa.Column("k", sa.Integer, sa.ForeignKey("parent.id")),
        sa.Column("b", sa.Boolean(create_constraint=True, name="b")),
        sa.CheckConstraint("k > 0", name="positive"),
    )


CHECKS = [
    Case(
        "sqlite checks",
        checked(
            "n > 0",
            "N<5",
            "n in (1, 2, 3)",
            "n between 1 and 5",
            "(n > 1 and m > 1) or n + m = 3",
            "((n))",
            "s like 'a%' escape '\\'",
            "s glob '[a-z]*'",
            "length(s) > 2",
            "\"s\" = 'it''s' and [n] > 0 and `m` > 0",
            "s <> ')' and s <> '('",
            "typeof(n) = 'integer'",
            "n is not null -- the end\n",
            "n > 0 /* CHECK (x) */",
            "s in ('A', ':b', '100%')",
            "case when n = 1 then m else 0 end = 0",
            "s = 'CHECK (n > 9)'",
        ),
    ),
    Case("sqlite checks of columns", _checks_of_columns),
    Case("sqlite checks of expressions", _checks_of_expressions),
    Case("sqlite check twice", checked("n > 0", "n > 0")),
    Case(
        "sqlite checks of types",
        made(
            lambda: sa.Column("e", sa.Enum("a", "it's", ")", create_constraint=True)),
            lambda: sa.Column("o", sa.Boolean(create_constraint=True)),
            lambda: sa.Column("q", sa.Boolean(create_constraint=True, name="q_is_boolean")),
        ),
    ),
]
INDEXES = [
    Case("sqlite indexes", indexed((["n"], {}), (["n", "m"], {}), (["m", "n"], {"unique": True}))),
    Case(
        "sqlite index order",
        indexed(
            ([lambda c: c.n.desc()], {}),
            ([lambda c: c.n.asc()], {}),
            ([lambda c: c.n.desc(), lambda c: c.m.asc()], {"unique": True}),
            ([text("n DESC"), text("m")], {}),
        ),
    ),
    Case(
        "sqlite index by expressions",
        indexed(
            ([lambda c: sa.func.lower(c.s)], {}),
            ([lambda c: sa.func.lower(c.s).desc(), lambda c: c.n], {}),
            ([lambda c: c.n + 1], {"unique": True}),
            ([text("lower(s)")], {}),
            ([text("(n + m)"), text("m")], {}),
            ([lambda c: sa.func.coalesce(c.s, ",)")], {}),
            ([lambda c: sa.case((c.n > 0, c.m), else_=0)], {}),
        ),
    ),
    Case(
        "sqlite index collations",
        indexed(
            ([lambda c: c.s.collate("NOCASE")], {}),
            ([lambda c: c.s.collate("NOCASE").desc()], {}),
            ([lambda c: c.s], {}),
            ([lambda c: c.nc], {}),
            ([lambda c: c.nc.collate("BINARY")], {}),
            ([text("s COLLATE RTRIM DESC")], {}),
            ([lambda c: sa.func.lower(c.s).collate("NOCASE")], {"unique": True}),
        ),
    ),
    Case(
        "sqlite partial indexes",
        indexed(
            (["n"], {"sqlite_where": text("n > 0")}),
            (["m"], {"sqlite_where": lambda c: c.n.is_(None), "unique": True}),
            (["s"], {"sqlite_where": lambda c: sa.and_(c.n > 0, c.s.in_(["a", "it's"]))}),
            (["s"], {"sqlite_where": lambda c: c.s.like("where%")}),
            ([lambda c: c.n.desc()], {"sqlite_where": text("s = ' WHERE ' -- nothing\n")}),
        ),
    ),
    Case("sqlite index twice", indexed((["n"], {}), (["n"], {}))),
    Case(
        "sqlite index of columns",
        made(
            lambda: sa.Column("i", sa.Integer, index=True),
            lambda: sa.Column("u", sa.Integer, unique=True),
            lambda: sa.Column("iu", sa.Integer, index=True, unique=True),
            lambda: sa.Column("c", sa.Integer, sa.Computed("n + 1"), index=True),
        ),
    ),
    Case(
        "sqlite unique constraints",
        made(
            lambda: sa.UniqueConstraint("n"),
            lambda: sa.UniqueConstraint("n", "m"),
            lambda: sa.UniqueConstraint("m", "s", name="m and s"),
            lambda: sa.UniqueConstraint("nc"),
        ),
    ),
    Case(
        "sqlite unique twice",
        made(
            lambda: sa.Column("u", sa.Integer, unique=True),
            lambda: sa.UniqueConstraint("u"),
            lambda: sa.UniqueConstraint("n", name="one"),
            lambda: sa.UniqueConstraint("n", name="other"),
        ),
    ),
    Case("sqlite unique as the key", made(lambda: sa.UniqueConstraint("id"))),
    Case(
        "sqlite named primary key",
        lambda md: sa.Table(
            "t",
            md,
            sa.Column("a", sa.Integer),
            sa.Column("b", sa.String(9)),
            sa.PrimaryKeyConstraint("b", "a", name="its name"),
        ),
    ),
]
CONFLICTS = [
    Case(
        "sqlite ON CONFLICT of keys",
        lambda md: [
            sa.Table(
                f"t{action}",
                md,
                sa.Column("a", sa.Integer),
                sa.Column("b", sa.Integer),
                sa.PrimaryKeyConstraint("a", "b", sqlite_on_conflict=action),
            )
            for action in ACTIONS
        ],
    ),
    Case(
        "sqlite ON CONFLICT of unique constraints",
        made(
            lambda: sa.UniqueConstraint("n", sqlite_on_conflict="IGNORE"),
            lambda: sa.UniqueConstraint("n", "m", name="two", sqlite_on_conflict="REPLACE"),
        ),
    ),
    Case(
        "sqlite ON CONFLICT of columns",
        lambda md: sa.Table(
            "t",
            md,
            sa.Column("id", sa.Integer, primary_key=True, sqlite_on_conflict_primary_key="REPLACE"),
            sa.Column("a", sa.Integer, nullable=False, sqlite_on_conflict_not_null="FAIL"),
            sa.Column("b", sa.Integer, unique=True, sqlite_on_conflict_unique="IGNORE"),
            sa.Column(
                "c",
                sa.Integer,
                unique=True,
                nullable=False,
                server_default="1",
                sqlite_on_conflict_not_null="REPLACE",
                sqlite_on_conflict_unique="ROLLBACK",
            ),
        ),
    ),
    Case(
        "sqlite ON CONFLICT of checks",
        made(lambda: sa.CheckConstraint("n > 0", sqlite_on_conflict="FAIL")),
    ),
    Case(
        "sqlite ON CONFLICT with AUTOINCREMENT",
        lambda md: sa.Table(
            "t",
            md,
            sa.Column("id", sa.Integer, primary_key=True, sqlite_on_conflict_primary_key="FAIL"),
            sqlite_autoincrement=True,
        ),
    ),
]
KEYS = [
    Case("sqlite ON DELETE", referring({}, *({"ondelete": rule} for rule in RULES))),
    Case("sqlite ON UPDATE", referring({}, *({"onupdate": rule} for rule in RULES))),
    Case(
        "sqlite deferrable keys",
        referring(
            {"deferrable": True},
            {"deferrable": True, "initially": "DEFERRED"},
            {"deferrable": True, "initially": "IMMEDIATE"},
            {"deferrable": False},
            {"deferrable": True, "name": "its_name", "ondelete": "CASCADE"},
        ),
    ),
    Case("sqlite MATCH", referring({"match": "FULL"}, {"match": "SIMPLE"})),
    Case("sqlite named keys", referring({"name": "one"}, {"name": 'It\'s "Two"'})),
    Case("sqlite key twice", _key_twice),
    Case("sqlite composite keys", _composite),
]
NAMES = [
    *(
        Case(f"sqlite name {kind}", named(name))
        for kind, name in {
            "that is long": "n" * 200,
            "in mixed case": "MixedCase",
            "with double quotes": 'a "b" c',
            "with apostrophes": "it's",
            "with backticks": "a`b`",
            "with brackets": "a [b]",
            "with a percent sign": "100%s",
            "with dots": "a.b",
            "with a space": "a b",
            "with a backslash": "a\\b",
            "with a colon": "a:b",
            "with parentheses": "f(x)",
            "with an open parenthesis": "f(",
            "with a comma": "a, b",
            "with a comment": "a -- b",
            "with a newline": "a\nb",
            "beyond ASCII": "Größe 日本 🐘",
            "of a keyword": "select",
            "of a clause": "check",
            "of a constraint": "constraint",
            "of a collation": "COLLATE",
            "of digits": "2024",
        }.items()
    ),
    Case("sqlite generated names", _generated),
    Case(
        "sqlite attached schema",
        _elsewhere,
        setup={"sqlite": ["ATTACH ':memory:' AS other"]},
        since=(2, 0),  # 1.4 opens a file anew each time, and nothing is attached to it then
    ),
    Case(
        "sqlite names in another case",
        lambda md: sa.Table(
            "T",
            md,
            sa.Column("Id", sa.Integer, primary_key=True),
            sa.Column("ParentId", sa.Integer, sa.ForeignKey("T.Id"), index=True),
            sa.Column("NAME", sa.String(9, collation="NOCASE"), unique=True),
            sa.CheckConstraint("parentid > 0"),
            sa.UniqueConstraint("ParentId", "NAME"),
        ),
    ),
    Case(
        "sqlite prefixed",
        lambda md: sa.Table(
            "t", md, sa.Column("id", sa.Integer, primary_key=True), prefixes=["/* x */"]
        ),
    ),
    Case(
        "sqlite comments",
        lambda md: sa.Table(
            "t",
            md,
            sa.Column("id", sa.Integer, primary_key=True, comment="it's"),
            comment="kept by no SQLite",
        ),
    ),
]

CASES = [*CHECKS, *INDEXES, *CONFLICTS, *KEYS, *NAMES]
