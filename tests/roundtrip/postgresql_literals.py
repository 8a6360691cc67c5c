"""What SQLAlchemy can create on PostgreSQL: server defaults that are strings, numbers or NULL."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.dialects import postgresql as pg

from tests.roundtrip.case import Case, Models, columns, defaults
from tests.roundtrip.postgresql_models import ONLY, Spelled, setup

AWKWARD = (
    "it's",
    "''",
    "a\\b",
    "\\",
    "100%",
    "%s",
    "%(x)s",
    ":b",
    "a::text",
    "a\nb",
    "é日本🐘",
    "NULL",
    "now()",
    "'x'::text",
    "(x)",
    "E'x'",
    "$$",
    " ",
    "",
    "--",
    "true",
    "0",
    "-1",
)


def mixed(*pairs: tuple[Any, Any]) -> Models:
    """Models with one table ``t`` that has a column of each type with the default beside it."""
    return columns(
        *(
            sa.Column(f"c{n}", type_, server_default=default)
            for n, (type_, default) in enumerate(pairs)
        )
    )


def each(types: tuple[Any, ...], *made: Any) -> Models:
    """Models with one table ``t`` that has a column of each type with each default."""
    return mixed(*((type_, default) for type_ in types for default in made))


STRINGS = [
    Case("PG default strings", each((sa.String(60), sa.Text, sa.CHAR(9)), *AWKWARD), ONLY),
    Case("PG default it's", defaults(sa.String(9), "it's"), ONLY, fact="it's"),
    Case("PG default '' of a text", defaults(sa.Text, text("''"), text("''::text")), ONLY),
    Case(
        "PG default literals of SQLAlchemy",
        each(
            (sa.String(60), sa.Text),
            *(sa.literal(word) for word in AWKWARD if word != "a::text"),
        ),
        ONLY,
    ),
    Case(
        "PG default spellings of a string",
        each(
            (sa.String(20), sa.Text),
            text("E'a\\\\nb'"),
            text("$$x$$"),
            text("U&'d\\\\0061t'"),
            text("'a'"),
            text("'a'::text"),
            text("'a'::varchar"),
            text("'a'::varchar(1)"),
            text("'abc'::char(2)"),
            text("CAST('a' AS text)"),
            text("text 'a'"),
            text("'a' || 'b'"),
            text("'a'::name"),
            text("'a' COLLATE \"C\""),
            text("upper('a')"),
            text("1"),
            text("1.50"),
            text("true"),
            text("now()"),
            text("'2020-01-01'::date"),
        ),
        ONLY,
    ),
    Case(
        "PG default of citext",
        mixed((Spelled("citext"), "it's"), (Spelled("CITEXT"), "")),
        ONLY,
        setup("CREATE EXTENSION citext"),
    ),
    Case(
        "PG default bytes",
        defaults(
            sa.LargeBinary,
            "x",
            "",
            "\\x00ff",
            "it's",
            text("'\\\\x78'::bytea"),
            text("'a'::bytea"),
            text("decode('00', 'hex')"),
        ),
        ONLY,
    ),
]

INTEGERS = (sa.SmallInteger, sa.Integer, sa.BigInteger)

FRACTIONS = (sa.Numeric, sa.Numeric(12, 4), sa.Float, sa.REAL)

NUMBERS = [
    Case(
        "PG default integers",
        each(
            (*INTEGERS, *FRACTIONS),
            "0",
            "1",
            "-1",
            "007",
            "+5",
            " 7 ",
            text("0"),
            text("-1"),
            text("(0)"),
            text("((-1))"),
            text("- 1"),
            text("+1"),
            text("1::int"),
            text("'1'::smallint"),
            text("CAST(1 AS integer)"),
            text("1 + 1"),
            text("1.0"),
            text("1e2"),
            text("007"),
            sa.literal(7),
            sa.literal(-7),
            sa.cast(7, sa.SmallInteger),
            sa.cast("7", sa.Integer),
        ),
        ONLY,
    ),
    Case(
        "PG default big numbers",
        mixed(
            (sa.BigInteger, "9223372036854775807"),
            (sa.BigInteger, "-9223372036854775808"),
            (sa.BigInteger, text("-9223372036854775808")),
            (sa.BigInteger, text("5000000000")),
            (sa.Numeric, "123456789012345678901234567890"),
            (sa.Numeric(40, 20), text("1e19")),
        ),
        ONLY,
    ),
    Case(
        "PG default fractions",
        each(
            FRACTIONS,
            "0.0",
            "1.5",
            "1.50",
            "-1.50",
            ".5",
            "5.",
            "1e3",
            "1E-3",
            "-0",
            text("1.50"),
            text("-1.50"),
            text("0.0"),
            text(".5"),
            text("1e3"),
            text("1.5::float"),
            text("1.5::numeric(4,1)"),
            text("1.7::int"),
            text("'1.7'::numeric"),
            text("1/3.0"),
            sa.literal(1.5),
            "NaN",
        ),
        ONLY,
    ),
    Case(
        "PG default 0 of a numeric",
        defaults(sa.Numeric(10, 2), "0"),
        ONLY,
    ),
    Case("PG default -1", defaults(sa.Integer, "-1", text("-1")), ONLY),
    Case("PG default 1e3", defaults(sa.Numeric(10, 2), "1e3"), ONLY),
    Case(
        "PG default infinity",
        mixed((sa.Float, "Infinity"), (sa.Float, "-inf"), (sa.REAL, "NaN")),
        ONLY,
    ),
    Case(
        "PG default booleans",
        defaults(
            sa.Boolean,
            "t",
            "f",
            "true",
            "FALSE",
            "yes",
            "no",
            "on",
            "off",
            "1",
            "0",
            "y",
            "TRUE",
            text("true"),
            text("FALSE"),
            text("'t'"),
            text("'f'::boolean"),
            text("1::boolean"),
            text("(1 = 1)"),
            text("(not true)"),
            sa.true(),
            sa.false(),
            *map(sa.literal, (True, False)),
            sa.cast(sa.literal("t", sa.Text), sa.Boolean),
        ),
        ONLY,
    ),
    Case(
        "PG default money",
        defaults(pg.MONEY, "0", "12.50", "-1", text("0"), text("1.5::money")),
        ONLY,
    ),
    Case(
        "PG default bits",
        mixed(
            (pg.BIT(3), "101"),
            (pg.BIT(3), text("B'101'")),
            (pg.BIT(4, varying=True), text("x'f'")),
            (pg.BIT(varying=True), ""),
        ),
        ONLY,
    ),
    Case(
        "PG default OID and REGCLASS",
        mixed(
            (pg.OID, "0"),
            (pg.OID, text("1")),
            (pg.REGCLASS, "pg_class"),
            (pg.REGCLASS, text("'pg_catalog.pg_class'::regclass")),
        ),
        ONLY,
    ),
]

NULLS = [
    Case(
        "PG default NULL of a string",
        defaults(sa.String(9), text("NULL")),
        ONLY,
        fact="NULL → NULL::character varying",
    ),
    Case(
        "PG default NULL",
        each(
            (
                sa.String(9),
                sa.Text,
                sa.Integer,
                sa.Numeric(9, 2),
                sa.DateTime(timezone=True),
                pg.JSONB,
                sa.Boolean,
                pg.ARRAY(sa.Text),
                sa.Enum("a", name="e"),
            ),
            sa.null(),
            text("NULL"),
            text("null"),
            text("(NULL)"),
        ),
        ONLY,
    ),
    Case(
        "PG default NULL with a cast",
        each(
            (sa.String(9), sa.Text),
            text("NULL::text"),
            text("CAST(NULL AS varchar(9))"),
            text("null::character varying"),
            text("nullif('a', 'a')"),
        ),
        ONLY,
    ),
]

CASES = [*STRINGS, *NUMBERS, *NULLS]
