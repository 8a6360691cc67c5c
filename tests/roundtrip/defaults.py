"""What SQLAlchemy can create on every database: server defaults, computed columns, identity."""

from __future__ import annotations

import decimal
import enum
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from tests.roundtrip.case import Case, Models, columns, defaults

NOT_MARIADB = ("sqlite", "postgresql")
WIDE = sa.String(120)


class Mood(enum.Enum):
    GOOD = "g"
    BAD = "b"


def computed(sqltext: Any, *, persisted: bool | None = None, type_: Any = sa.Integer) -> Models:
    """Models with one table ``t`` that has a computed column beside ``a`` and ``b``."""

    def define(md: sa.MetaData) -> None:
        sa.Table(
            "t",
            md,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("a", sa.Integer),
            sa.Column("b", sa.String(30)),
            sa.Column("c", type_, sa.Computed(sqltext, persisted=persisted)),
        )

    return define


def key_with_identity(make: Callable[[], sa.Identity]) -> Models:
    """Models with one table ``t`` whose key is an identity column."""

    def define(md: sa.MetaData) -> None:
        sa.Table(
            "t", md, sa.Column("id", sa.Integer, make(), primary_key=True), sa.Column("a", WIDE)
        )

    return define


def sequenced(md: sa.MetaData) -> None:
    numbers = sa.Sequence("numbers", metadata=md)
    sa.Table(
        "t",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.Integer, numbers, server_default=numbers.next_value()),
    )


def keyed_by_sequence(md: sa.MetaData) -> None:
    sa.Table("t", md, sa.Column("id", sa.Integer, sa.Sequence("t_numbers"), primary_key=True))


def python_side(md: sa.MetaData) -> None:
    sa.Table(
        "t",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.Integer, nullable=False, default=7),
        sa.Column("b", WIDE, nullable=False, default="it's"),
        sa.Column("c", WIDE, nullable=False, default=lambda: "x", onupdate="y"),
        sa.Column("d", sa.DateTime, nullable=False, default=sa.func.now(), onupdate=sa.func.now()),
    )


def both_sides(md: sa.MetaData) -> None:
    sa.Table(
        "t",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.Integer, nullable=False, default=7, server_default="7"),
        sa.Column("b", sa.Integer, nullable=False, default=7, server_default="8"),
    )


def big_and_small(md: sa.MetaData) -> None:
    sa.Table(
        "t",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.BigInteger, server_default="9223372036854775807"),
        sa.Column("b", sa.SmallInteger, server_default=sa.text("-32768")),
    )


def computed_not_null(md: sa.MetaData) -> None:
    sa.Table(
        "t",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.Integer, nullable=False),
        sa.Column("c", sa.Integer, sa.Computed("a + 1", persisted=True), nullable=False),
    )


def literals(md: sa.MetaData) -> None:
    sa.Table(
        "t",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.Float, server_default=sa.literal(1.5)),
        sa.Column("b", sa.Numeric(9, 3), server_default=sa.literal(decimal.Decimal("1.250"))),
        sa.Column("c", sa.Boolean, server_default=sa.literal(value=True)),
        sa.Column("d", WIDE, server_default=sa.DefaultClause("x")),
        sa.Column("e", sa.Integer, server_default=sa.literal_column("7")),
        sa.Column("f", sa.Integer, server_default=-sa.literal_column("7")),
    )


STRINGS = [
    Case("default word", defaults(WIDE, "plain", "two words", "Mixed Case", "  spaces  ")),
    Case("default empty string", defaults(WIDE, "")),
    Case("default apostrophe", defaults(WIDE, "it's", "'", "''", "'quoted'")),
    Case("default double quote", defaults(WIDE, 'say "x"', '"', '""')),
    Case("default backslash", defaults(WIDE, "a\\b", "\\", "\\\\", "\\n", "\\'")),
    Case("default percent sign", defaults(WIDE, "100%", "%", "%s", "%(x)s", "%%")),
    Case("default colon", defaults(WIDE, "a:b", ":b", "a::b", "\\:b", "12:30")),
    Case("default newline", defaults(WIDE, "a\nb", "\n", "a\r\nb", "a\tb")),
    Case("default beyond ASCII", defaults(WIDE, "é", "日本", "Straße", "«quoted»", "ÀÉ")),
    Case("default beyond the basic plane", defaults(WIDE, "🐘"), NOT_MARIADB),
    Case("default like SQL", defaults(WIDE, "NULL", "null", "now()", "CURRENT_TIMESTAMP", "true")),
    Case("default like a number", defaults(WIDE, "0", "007", "1.50", "1e3", "-1", "x'00'")),
    Case("default like a cast", defaults(WIDE, "'a'::text", "x::int", "nextval('s')")),
    Case("default like punctuation", defaults(WIDE, "(x)", "()", ")", "--", "/* x */", ";", ",")),
    Case("default like JSON", defaults(WIDE, "{}", "[]", '{"a": "b c"}')),
    Case("default of a long string", defaults(WIDE, "x" * 120)),
    Case("default of CHAR", defaults(sa.CHAR(4), "a", "abcd", "")),
    Case("default of unicode", defaults(sa.Unicode(20), "ü", "")),
    Case("default of text", defaults(sa.Text, "plain", "", "it's", "a\nb")),
]
NUMBERS = [
    Case("default integer", defaults(sa.Integer, "0", "1", "-1", "2147483647")),
    Case("default integer as text", defaults(sa.Integer, sa.text("0"), sa.text("-1"))),
    Case("default integer in parentheses", defaults(sa.Integer, sa.text("(0)"), sa.text("(-1)"))),
    Case("default big and small integer", big_and_small),
    Case("default numeric", defaults(sa.Numeric(10, 2), "0", "1.5", "1.50", "-0.01")),
    Case("default numeric as text", defaults(sa.Numeric(10, 2), sa.text("0"), sa.text("1.5"))),
    Case("default numeric with exponent", defaults(sa.Numeric(10, 2), sa.text("1e3"), "1e3")),
    Case("default numeric without precision", defaults(sa.Numeric, "0", sa.text("10"))),
    Case("default float", defaults(sa.Float, "0", "1.5", "-2.25", sa.text("0.1"), sa.text("1e-3"))),
    Case("default literal", defaults(sa.Integer, sa.literal(5), sa.literal(-5))),
    Case("default literal string", defaults(WIDE, sa.literal("five"), sa.literal("it's"))),
    Case("default literal of each kind", literals),
    Case("default with spaces around it", defaults(sa.Integer, sa.text(" 1 "), sa.text("\n2\n"))),
    Case("default true and false", defaults(sa.Boolean, sa.true(), sa.false())),
    Case("default boolean as text", defaults(sa.Boolean, sa.text("true"), sa.text("false"))),
    Case("default boolean as string", defaults(sa.Boolean, "1", "0")),
    Case("default boolean as word", defaults(sa.Boolean, "t", "false"), NOT_MARIADB),
]
NULLS = [
    Case("default null", defaults(WIDE, sa.null())),
    Case("default null as text", defaults(sa.Integer, sa.text("NULL"), sa.text("null"))),
    Case("default null of a time", defaults(sa.DateTime, sa.null())),
]
TIMES = [
    Case("default now", defaults(sa.DateTime, sa.func.now(), sa.func.current_timestamp())),
    Case("default now with a zone", defaults(sa.DateTime(timezone=True), sa.func.now())),
    Case("default CURRENT_TIMESTAMP", defaults(sa.DateTime, sa.text("CURRENT_TIMESTAMP"))),
    Case("default current_timestamp", defaults(sa.DateTime, sa.text("current_timestamp"))),
    Case("default TIMESTAMP now", defaults(sa.TIMESTAMP, sa.func.now(), sa.func.now())),
    Case("default current date", defaults(sa.Date, sa.func.current_date())),
    Case("default CURRENT_DATE", defaults(sa.Date, sa.text("(CURRENT_DATE)"))),
    Case("default current time", defaults(sa.Time, sa.func.current_time()), NOT_MARIADB),
    Case("default date", defaults(sa.Date, "2020-01-31")),
    Case("default time", defaults(sa.Time, "12:30:00", "00:00:00")),
    Case("default datetime", defaults(sa.DateTime, "2020-01-31 12:30:00", "1970-01-01 00:00:00")),
]
EXPRESSIONS = [
    Case("default sum", defaults(sa.Integer, sa.text("(1 + 2)"), sa.text("(1+2)"))),
    Case("default product", defaults(sa.Integer, sa.text("(2 * 3 + 4)"), sa.text("(2 * (3 + 4))"))),
    Case("default function", defaults(WIDE, sa.text("(lower('A'))"), sa.text("(upper('it''s'))"))),
    Case("default function of SQLAlchemy", defaults(WIDE, sa.func.lower("A")), ("postgresql",)),
    Case("default cast", defaults(sa.Integer, sa.text("(CAST('7' AS DECIMAL))"))),
    Case("default cast of SQLAlchemy", defaults(WIDE, sa.cast("x", sa.Text)), ("postgresql",)),
    Case("default coalesce", defaults(WIDE, sa.text("(coalesce(NULL, 'a'))"))),
    Case("default case", defaults(sa.Integer, sa.text("(CASE WHEN 1 = 1 THEN 2 ELSE 3 END)"))),
    Case("default concatenation", defaults(WIDE, sa.text("('a' || 'b')")), NOT_MARIADB),
    Case("default with a colon in it", defaults(WIDE, sa.text(r"'a\:b'"), sa.text("'12:30'"))),
]
OF_TYPES = [
    Case("default of an enum", defaults(sa.Enum("a", "it's", name="e"), "a", "it's")),
    Case("default of an enum class", defaults(sa.Enum(Mood, name="m"), "GOOD", Mood.BAD.name)),
    Case(
        "default of an enum that is not native", defaults(sa.Enum("a", "b", native_enum=False), "b")
    ),
    Case("default of JSON", defaults(sa.JSON, "{}", "[]", '{"a": 1}', "null", "\"it''s\"")),
    Case("default of an interval", defaults(sa.Interval, "1 day", "0"), ("postgresql",)),
    Case("default of an array", defaults(sa.ARRAY(sa.Integer), "{}", "{1,2}"), ("postgresql",)),
    Case("default of bytes", defaults(sa.LargeBinary, "x", ""), NOT_MARIADB),
    Case("default of a decorator", defaults(sa.PickleType, "x"), NOT_MARIADB),
]
GENERATED = [
    Case("computed", computed("a + 1"), ("sqlite", "mariadb", "mysql")),
    Case("computed virtual", computed("a * 2", persisted=False), ("sqlite", "mariadb", "mysql")),
    Case("computed stored", computed("a * 2", persisted=True)),
    Case("computed function", computed("lower(b)", persisted=True, type_=WIDE)),
    Case("computed with a string", computed("coalesce(b, 'it''s')", persisted=True, type_=WIDE)),
    Case(
        "computed with a percent sign", computed("coalesce(b, '100%')", persisted=True, type_=WIDE)
    ),
    Case("computed case", computed("CASE WHEN a > 0 THEN 1 ELSE 0 END", persisted=True)),
    Case("computed of SQLAlchemy", computed(sa.column("a") + sa.column("a"), persisted=True)),
    Case("computed and never null", computed_not_null, NOT_MARIADB),
    Case("identity", key_with_identity(sa.Identity)),
    Case("identity always", key_with_identity(lambda: sa.Identity(always=True))),
    Case("identity with a start", key_with_identity(lambda: sa.Identity(start=100, increment=5))),
    Case(
        "identity with limits",
        key_with_identity(
            lambda: sa.Identity(minvalue=1, maxvalue=9999, cycle=True, cache=7, start=10)
        ),
    ),
    Case(
        "identity beside the key",
        columns(lambda: sa.Column("n", sa.BigInteger, sa.Identity())),
        ("sqlite", "postgresql"),
    ),
    Case("sequence as a default", sequenced, ("postgresql", "mariadb")),
    Case("sequence as a key", keyed_by_sequence),
    Case("fetched value", columns(lambda: sa.Column("a", sa.Integer, sa.FetchedValue()))),
    Case(
        "fetched on update",
        columns(lambda: sa.Column("a", sa.DateTime, server_onupdate=sa.FetchedValue())),
    ),
    Case("Python-side defaults", python_side),
    Case("defaults on both sides", both_sides),
]

CASES = [*STRINGS, *NUMBERS, *NULLS, *TIMES, *EXPRESSIONS, *OF_TYPES, *GENERATED]
