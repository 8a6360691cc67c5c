"""What SQLAlchemy can create on PostgreSQL: keys, constraints, comments, names, kinds of tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from tests.roundtrip.case import Case, Models
from tests.roundtrip.postgresql_models import (
    ONLY,
    column,
    family,
    key,
    number,
    of,
    setup,
    table,
    wide,
    word,
)


def excludes(*parts: tuple[Any, str], **options: Any) -> Models:
    """Models with one table ``t`` that has this exclusion constraint."""
    return wide(lambda: [ExcludeConstraint(*parts, **options)])


def across_schemas(md: sa.MetaData) -> None:
    sa.Table("parent", md, key(), schema="one")
    sa.Table("parent", md, key(), word("code", unique=True))
    sa.Table(
        "child",
        md,
        key(),
        number("a", sa.ForeignKey("one.parent.id", ondelete="CASCADE")),
        number("b", sa.ForeignKey("parent.id")),
        number("c", sa.ForeignKey("two.child.id")),
        word("d", sa.ForeignKey("parent.code", onupdate="CASCADE")),
        schema="two",
    )


def partitioned(by: str) -> Models:
    """Models with one table that is divided by these columns."""
    return table(
        lambda: [key(), sa.Column("at", sa.Date, primary_key=True), number("a", index=True)],
        postgresql_partition_by=by,
    )


def inheriting(md: sa.MetaData) -> None:
    sa.Table("parent", md, key(), word("a"), sa.CheckConstraint("a <> ''", name="not_empty"))
    sa.Table("child", md, key(), word("a"), number("b"), postgresql_inherits="parent")


def in_schemas(md: sa.MetaData) -> None:
    for schema in ("public", "Mixed Case", "dotted.name", 'quo"ted', "größe"):
        sa.Table(
            "t",
            md,
            key(),
            word("code", unique=True),
            number("up", index=True),
            sa.CheckConstraint("up > 0", name="positive"),
            schema=schema,
            comment="in a schema",
        )


LONGEST = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def cut_by_convention(md: sa.MetaData) -> None:
    md.naming_convention = LONGEST
    long = "x" * 40
    sa.Table(long, md, key(), word(long + "a", unique=True), number(long + "b", index=True))
    sa.Table(
        long + "2",
        md,
        key(),
        number(long + "c", sa.ForeignKey(f"{long}.id")),
        sa.CheckConstraint(f"{long}c > 0", name="positive"),
        sa.Index(None, "id", long + "c"),
    )


KEYS = [
    Case(
        "PG foreign key MATCH FULL",
        family(
            lambda: [
                number("x"),
                word("y"),
                sa.ForeignKeyConstraint(["x", "y"], ["parent.a", "parent.b"], match="FULL"),
            ]
        ),
        ONLY,
    ),
    Case(
        "PG foreign key with every rule",
        family(
            lambda: [
                number(f"c{n}", sa.ForeignKey("parent.id", ondelete=one, onupdate=other))
                for n, (one, other) in enumerate(
                    (one, other)
                    for one in ("CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION", None)
                    for other in ("CASCADE", "set null", "RESTRICT", None)
                )
            ]
        ),
        ONLY,
    ),
    Case(
        "PG foreign key SET NULL of some columns",
        family(
            lambda: [
                number("x"),
                word("y"),
                sa.ForeignKeyConstraint(
                    ["x", "y"], ["parent.a", "parent.b"], ondelete="SET NULL (y)"
                ),
            ]
        ),
        ONLY,
        since=(2, 0),
        server=15,
    ),
    Case(
        "PG foreign key that is deferrable",
        family(
            lambda: [
                number(f"c{n}", sa.ForeignKey("parent.id", deferrable=one, initially=other))
                for n, (one, other) in enumerate(
                    [
                        (True, None),
                        (True, "DEFERRED"),
                        (True, "IMMEDIATE"),
                        (False, None),
                        (None, "DEFERRED"),
                        (None, "IMMEDIATE"),
                        (True, "deferred"),
                    ]
                )
            ]
        ),
        ONLY,
    ),
    Case(
        "PG foreign keys across schemas",
        across_schemas,
        ONLY,
        setup("CREATE SCHEMA one", "CREATE SCHEMA two"),
    ),
    Case(
        "PG primary key that is deferrable",
        table(lambda: [number("a"), sa.PrimaryKeyConstraint("a", deferrable=True)]),
        ONLY,
    ),
    Case(
        "PG primary key with INCLUDE",
        table(
            lambda: [
                number("a"),
                number("b"),
                sa.PrimaryKeyConstraint("a", postgresql_include=["b"]),
            ]
        ),
        ONLY,
        since=(2, 0),
    ),
    Case(
        "PG unique constraints",
        wide(
            lambda: [
                sa.UniqueConstraint("a"),
                sa.UniqueConstraint("b", deferrable=True),
                sa.UniqueConstraint("s", deferrable=True, initially="DEFERRED"),
                sa.UniqueConstraint("txt", deferrable=True, initially="IMMEDIATE"),
                sa.UniqueConstraint("a", "b", name='My "Unique" 100%'),
                sa.UniqueConstraint("b", "a"),
                sa.UniqueConstraint("order", "Mixed Case"),
            ]
        ),
        ONLY,
    ),
    Case(
        "PG unique constraints of NULLS NOT DISTINCT and INCLUDE",
        wide(
            lambda: [
                sa.UniqueConstraint("a", postgresql_nulls_not_distinct=True),
                sa.UniqueConstraint("b", postgresql_nulls_not_distinct=False),
                sa.UniqueConstraint("s", postgresql_include=["txt", "order"]),
            ]
        ),
        ONLY,
        since=(2, 0),
        server=15,
    ),
    Case(
        "PG constraints that are not valid",
        family(
            lambda: [
                number("p", sa.ForeignKey("parent.id", postgresql_not_valid=True)),
                sa.CheckConstraint("p > 0", postgresql_not_valid=True),
                sa.CheckConstraint("p > 1", name="later", postgresql_not_valid=True),
            ]
        ),
        ONLY,
    ),
]

EXCLUSIONS = [
    Case("PG exclusion", excludes(("r", "&&")), ONLY),
    Case("PG exclusion with a name", excludes(("r", "&&"), name='My "Exclusion"'), ONLY),
    Case("PG exclusion by btree", excludes(("a", "="), using="btree"), ONLY),
    Case(
        "PG exclusion with a predicate",
        excludes(("r", "&&"), where=text("a > 0 AND s IN ('x', 'y')"), using="gist"),
        ONLY,
    ),
    Case(
        "PG exclusion with a predicate of SQLAlchemy",
        excludes(("r", "&&"), where=sa.and_(column("a") > 0, column("b") < 5)),
        ONLY,
    ),
    Case(
        "PG exclusion that is deferrable",
        excludes(("r", "&&"), deferrable=True, initially="DEFERRED"),
        ONLY,
    ),
    Case(
        "PG exclusion of an expression",
        excludes((text("int4range(a, b)"), "&&"), (text("r"), "&&")),
        ONLY,
    ),
    Case(
        "PG exclusion of several parts",
        excludes((column("a"), "="), ("during", "&&"), ops={"a": "gist_int4_ops"}),
        ONLY,
        setup("CREATE EXTENSION btree_gist"),
    ),
    Case(
        "PG several exclusions",
        wide(
            lambda: [
                ExcludeConstraint(("r", "&&")),
                ExcludeConstraint(("r", "-|-"), where=text("ok")),
                ExcludeConstraint(("during", "&&"), name="during"),
                ExcludeConstraint(("a", "="), using="hash"),
            ]
        ),
        ONLY,
    ),
]

COMMENTS = [
    Case(
        "PG comments",
        wide(
            lambda: [
                number("c0", comment='it\'s a "column"'),
                number("c1", comment="100% :x %(y)s \\ back"),
                number("c2", comment="two\nlines"),
                number("c3", comment=""),
                number("c4", comment="日本🐘"),
                number("c5", comment=" spaces "),
            ],
            comment='it\'s 100% "here" \\ :x\nü',
        ),
        ONLY,
    ),
    Case(
        "PG comments of constraints",
        wide(
            lambda: [
                sa.UniqueConstraint("a", name="u", comment="it's unique"),
                sa.CheckConstraint("b > 0", name="c", comment="100%"),
            ]
        ),
        ONLY,
        since=(2, 0),
    ),
]

NAMES = [
    Case(
        "PG names",
        table(
            lambda: [
                sa.Column("id", sa.Integer, primary_key=True),
                *(
                    number(name, index=True)
                    for name in (
                        "x" * 63,
                        "Mixed",
                        'quo"ted',
                        "it's",
                        "a%b",
                        "%(x)s",
                        "a.b",
                        "größe",
                        "日本",
                        "order",
                        "a b",
                        "1a",
                        "a$b",
                        "a:b",
                        "a\\b",
                        "(a)",
                        "user",
                        "ctidx",
                        "a;b",
                        "*",
                    )
                ),
            ],
            name='My "Table" 100% ü.x',
        ),
        ONLY,
    ),
    Case("PG names cut by a convention", cut_by_convention, ONLY),
    Case(
        "PG schemas",
        in_schemas,
        ONLY,
        setup(
            *(
                f"CREATE SCHEMA {quoted}"
                for quoted in ('"Mixed Case"', '"dotted.name"', '"quo""ted"', '"größe"')
            )
        ),
    ),
]

KINDS = [
    Case("PG partitioned by range", partitioned("RANGE (at)"), ONLY),
    Case("PG partitioned by list", partitioned("LIST (id)"), ONLY),
    Case("PG partitioned by hash", partitioned("HASH (at, id)"), ONLY),
    Case(
        "PG partitioned by an expression",
        table(
            lambda: [sa.Column("at", sa.Date), number("a")],
            postgresql_partition_by="RANGE (date_part('year', at))",
        ),
        ONLY,
    ),
    Case("PG inherits", inheriting, ONLY),
    Case("PG unlogged", of(lambda: [word("a", index=True)], prefixes=["UNLOGGED"]), ONLY),
    Case("PG tablespace", of(lambda: [word("a")], postgresql_tablespace="pg_default"), ONLY),
    Case("PG access method", of(lambda: [word("a")], postgresql_using="heap"), ONLY, since=(2, 0)),
    Case(
        "PG storage options",
        of(lambda: [word("a")], postgresql_with={"fillfactor": 50}),
        ONLY,
        since=(2, 1),
    ),
]

CASES = [*KEYS, *EXCLUSIONS, *COMMENTS, *NAMES, *KINDS]
