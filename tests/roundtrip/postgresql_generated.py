"""What SQLAlchemy can create on PostgreSQL: computed columns, identity, sequences."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, text
from sqlalchemy.dialects import postgresql as pg

from tests.roundtrip.case import Case, Models, columns
from tests.roundtrip.postgresql_models import ONLY, setup


def computed(type_: Any, *made: Any) -> Models:
    """Models with one table ``t`` that has a column computed from ``a`` and ``b`` in each way."""
    return columns(
        sa.Column("a", sa.Integer),
        sa.Column("b", sa.Text),
        *(
            lambda n=n, one=one: sa.Column(f"c{n}", type_, sa.Computed(one, persisted=True))
            for n, one in enumerate(made)
        ),
    )


def identities(*options: dict[str, Any]) -> Models:
    """Models with one table for each way to number its key."""

    def define(md: sa.MetaData) -> None:
        for n, one in enumerate(options):
            type_ = one.get("type_", sa.Integer)
            rest = {name: value for name, value in one.items() if name != "type_"}
            sa.Table(f"t{n}", md, sa.Column("id", type_, sa.Identity(**rest), primary_key=True))

    return define


def serials(md: sa.MetaData) -> None:
    for name, type_ in {"s": sa.SmallInteger, "i": sa.Integer, "b": sa.BigInteger}.items():
        sa.Table(name, md, sa.Column("id", type_, primary_key=True), sa.Column("a", sa.Text))
    sa.Table(
        "two",
        md,
        sa.Column("x", sa.Integer, primary_key=True),
        sa.Column("y", sa.BigInteger, primary_key=True, autoincrement=True),
    )
    sa.Table("Mixed Case", md, sa.Column("The Id", sa.Integer, primary_key=True))
    sa.Table("s" * 63, md, sa.Column("id" * 20, sa.Integer, primary_key=True))


def sequences(md: sa.MetaData) -> None:
    plain = sa.Sequence("plain", metadata=md)
    options = sa.Sequence(
        "with_options",
        start=10,
        increment=-2,
        minvalue=-100,
        maxvalue=10,
        cycle=True,
        cache=5,
        data_type=sa.SmallInteger,
        metadata=md,
    )
    far = sa.Sequence("far", schema="s", metadata=md)
    mixed_case = sa.Sequence('My "Sequence" 100%', metadata=md)
    sa.Table(
        "t",
        md,
        sa.Column("id", sa.Integer, plain, primary_key=True),
        sa.Column("a", sa.Integer, options, server_default=options.next_value()),
        sa.Column("b", sa.BigInteger, server_default=far.next_value()),
        sa.Column("c", sa.Integer, server_default=mixed_case.next_value()),
        sa.Column("d", sa.Integer, server_default=text("nextval('plain')")),
        sa.Column("e", sa.Integer, server_default=text("nextval('s.far'::regclass) * 2")),
        sa.Column("f", sa.Text, server_default=text("'N-' || nextval('plain')")),
    )
    sa.Table(
        "u",
        md,
        sa.Column("id", sa.Integer, plain, server_default=plain.next_value(), primary_key=True),
    )


CASES = [
    Case(
        "PG computed numbers",
        computed(
            sa.Integer,
            "a + 1",
            "a+1",
            "(a * 2)",
            "a::bigint",
            "CASE WHEN a > 0 THEN 1 ELSE 0 END",
            "length(b)",
            "coalesce(a, 0)",
            "a % 2",
            "(a + 1) * 2 - -1",
            sa.column("a", sa.Integer) + 1,
            func.coalesce(sa.column("a"), 5),
        ),
        ONLY,
    ),
    Case(
        "PG computed texts",
        computed(
            sa.Text,
            "b || 'x'",
            "lower(b)",
            "upper(b || '%')",
            "coalesce(b, 'it''s')",
            "substr(b, 1, 2)",
            "CASE b WHEN 'a' THEN 'A' ELSE NULL END",
            'b COLLATE "C"',
            "a::text || ':' || b",
            func.lower(sa.column("b")),
            func.coalesce(sa.column("b"), "100%"),
        ),
        ONLY,
    ),
    Case(
        "PG computed texts of a length", computed(sa.String(40), "lower(b)", "b", "a::text"), ONLY
    ),
    Case(
        "PG computed text search",
        computed(
            pg.TSVECTOR,
            "to_tsvector('english', b)",
            "to_tsvector('simple', coalesce(b, ''))",
            "setweight(to_tsvector('simple'::regconfig, b), 'A')",
        ),
        ONLY,
    ),
    Case(
        "PG computed booleans",
        computed(
            sa.Boolean,
            "a > 1",
            "b IS NOT NULL",
            "a IN (1, 2)",
            "b LIKE 'a%'",
            "a BETWEEN 1 AND 2",
            "NOT (a = 1 AND b = 'x')",
        ),
        ONLY,
    ),
    Case(
        "PG identity",
        identities(
            {},
            {"always": True},
            {"start": 5},
            {"start": 100, "increment": 10},
            {"increment": -1},
            {"minvalue": -5, "maxvalue": 99, "start": 7},
            {"cycle": True, "cache": 10},
            {"nominvalue": True, "nomaxvalue": True},
            {"always": True, "cycle": False},
            {"type_": sa.BigInteger, "start": 2**40},
            {"type_": sa.SmallInteger, "maxvalue": 99},
        ),
        ONLY,
    ),
    Case(
        "PG identity beside the key",
        columns(
            lambda: sa.Column("a", sa.BigInteger, sa.Identity(always=True, start=3)),
            lambda: sa.Column("b", sa.SmallInteger, sa.Identity(), nullable=False),
        ),
        ONLY,
    ),
    Case("PG SERIAL", serials, ONLY),
    Case("PG sequences", sequences, ONLY, setup("CREATE SCHEMA s")),
    Case(
        "PG fetched",
        columns(
            lambda: sa.Column("a", sa.Integer, sa.FetchedValue()),
            lambda: sa.Column("b", sa.Integer, server_default=sa.FetchedValue()),
        ),
        ONLY,
    ),
]
