"""What SQLAlchemy can create on SQLite: types, defaults, computed and numbered columns."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import UserDefinedType

from tests.roundtrip.case import Case, Models, columns, defaults, types

text = sa.text


class Plain(UserDefinedType):
    """A type that is spelled as it is called."""

    cache_ok = True

    def __init__(self, spelling: str) -> None:
        self.spelling = spelling

    def get_col_spec(self, **kw: Any) -> str:
        return self.spelling


def spelled(*spellings: str) -> Models:
    """A column of each of these types, which SQLite need not know."""
    return types(*map(Plain, spellings))


def computed(*texts: str, persisted: bool | None = None, type_: Any = sa.Integer) -> Models:
    """A computed column for each of these texts, beside a number and a string."""
    return columns(
        sa.Column("n", sa.Integer),
        sa.Column("s", sa.String(20)),
        *(
            sa.Column(f"c{number}", type_, sa.Computed(one, persisted=persisted))
            for number, one in enumerate(texts)
        ),
    )


def keyed(*made: sa.Column[Any], **options: Any) -> Models:
    """A table with just these columns."""
    return lambda md: sa.Table("t", md, *(column._copy() for column in made), **options)


def _collations(md: sa.MetaData) -> None:
    types(
        *(sa.String(9, collation=name) for name in ("NOCASE", "RTRIM", "BINARY", "nocase")),
        sa.Text(collation="NOCASE"),
        sa.CHAR(collation="NOCASE"),
        sa.Enum("a", "b"),
        sqlite.VARCHAR(5, collation="RTRIM"),
    )(md)


TYPES = [
    Case(
        "sqlite types",
        types(
            sqlite.BLOB,
            sqlite.BOOLEAN,
            sqlite.CHAR,
            sqlite.CHAR(5),
            sqlite.DECIMAL,
            sqlite.DECIMAL(9, 2),
            sqlite.FLOAT,
            sqlite.INTEGER,
            sqlite.JSON,
            sqlite.NUMERIC,
            sqlite.NUMERIC(9),
            sqlite.REAL,
            sqlite.SMALLINT,
            sqlite.TEXT,
            sqlite.TEXT(50),
            sqlite.VARCHAR,
            sqlite.VARCHAR(50),
        ),
    ),
    Case(
        "sqlite times",
        types(
            sqlite.DATE,
            sqlite.TIME,
            sqlite.DATETIME,
            sqlite.TIMESTAMP,
            sqlite.DATETIME(truncate_microseconds=True),
            sqlite.DATETIME(
                storage_format="%(year)04d%(month)02d%(day)02d%(hour)02d%(minute)02d%(second)02d",
                regexp=r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})",
            ),
            sqlite.DATE(storage_format="%(year)04d%(month)02d%(day)02d"),
            sqlite.TIME(storage_format="%(hour)02d-%(minute)02d-%(second)02d"),
            sqlite.DATE(storage_format="%(month)s/%(day)s/%(year)s"),
        ),
    ),
    Case("VARBINARY(5)", types(sa.VARBINARY(5)), fact="VARBINARY(5) → NUMERIC(5)"),
    Case("CLOB", types(sa.CLOB), fact="CLOB → TEXT"),
    Case("UUID", columns(lambda: sa.Column("c", sa.UUID())), since=(2, 0), fact="UUID → NUMERIC"),
    Case("UUID by its name", spelled("UUID"), fact="UUID → NUMERIC"),
    Case(
        "sqlite unknown types",
        spelled(
            "MONEY",
            "money(5)",
            "money(5, 2)",
            "DOUBLE PRECISION",
            "UNSIGNED BIG INT",
            "NATIVE CHARACTER(70)",
            "VARYING CHARACTER(255)",
            "LONG  TEXT",
            "GEOMETRY",
            "INT8",
            "int",
            "Bool",
            "dec(5)",
            "Café",
            "my_type_2",
        ),
    ),
    Case("sqlite quoted types", spelled('"my type"', "'quoted'", "[bracketed]", "`ticked`")),
    Case("sqlite type with signs", spelled("NUMERIC(-5)", "NUMERIC(+5,-2)", "X(1e3)")),
    Case("sqlite no type", spelled("")),
    Case("sqlite type ANY", spelled("ANY", "BLOB(5)")),
    Case(
        "sqlite types like words",
        spelled("KEY", "ALWAYS", "GENERATED", "ROW", "TEXT ALWAYS", "text generated always"),
    ),
    Case("sqlite JSONB", columns(lambda: sa.Column("c", sqlite.JSONB())), since=(2, 1)),
    Case("sqlite collations", _collations),
]
DEFAULTS = [
    Case('"0"', defaults(sa.Integer, "0")),
    Case("an empty string on SQLite", defaults(sa.String, ""), fact="''"),
    Case("an apostrophe on SQLite", defaults(sa.String, "it's"), fact="it's"),
    Case("datetime('now')", defaults(sa.DateTime, text("(datetime('now'))"))),
    Case(
        "Identity on SQLite",
        lambda md: sa.Table("t", md, sa.Column("id", sa.Integer, sa.Identity(), primary_key=True)),
        fact="Identity → none",
    ),
    Case(
        "Identity with options on SQLite",
        lambda md: sa.Table(
            "t",
            md,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("n", sa.Integer, sa.Identity(always=True, start=5)),
        ),
        fact="Identity → none",
    ),
    Case(
        "sqlite strings",
        defaults(
            sa.String,
            "a",
            "A b",
            "'",
            "''",
            '"',
            "a\\b",
            "100%",
            "%s",
            ":a",
            "a\nb",
            "日本 🐘",
            "--",
            "/*x*/",
            "(x)",
            "NULL",
            "x'00'",
            "`a`",
            "[a]",
            ",",
            ") STRICT",
        ),
    ),
    Case(
        "sqlite strings as text",
        defaults(
            sa.String,
            text("'a'"),
            text('"a"'),
            text("'it''s'"),
            text("('a')"),
            text("(('a'))"),
            text("abc"),
            text("'a' /* a comment */"),
        ),
    ),
    Case(
        "sqlite numbers",
        defaults(
            sa.Integer,
            "1",
            "-1",
            text("0"),
            text("-1"),
            text("+1"),
            text("- 1"),
            text("1.0"),
            text("1e3"),
            text(".5"),
            text("5."),
            text("0x1F"),
            text("(1)"),
            text("(-1)"),
            text("007"),
            text("9223372036854775808"),
        ),
    ),
    Case(
        "sqlite numbers of each kind",
        columns(
            sa.Column("a", sa.Numeric(9, 2), server_default="0"),
            sa.Column("b", sa.Numeric(9, 2), server_default=text("1.50")),
            sa.Column("c", sa.Float, server_default="1.5"),
            sa.Column("d", sa.String, server_default=text("1")),
            sa.Column("e", sa.Boolean, server_default="1"),
            sa.Column("f", sa.LargeBinary, server_default=text("0")),
            sa.Column("g", sa.BigInteger, server_default=text("1_000".replace("_", ""))),
        ),
    ),
    Case(
        "sqlite booleans",
        defaults(
            sa.Boolean,
            sa.true(),
            sa.false(),
            text("TRUE"),
            text("false"),
            text("(true)"),
            text("1"),
        ),
    ),
    Case("sqlite bytes", defaults(sa.LargeBinary, text("x'00FF'"), text("X'abcd'"), text("(x'')"))),
    Case(
        "sqlite null", defaults(sa.Integer, text("NULL"), sa.null(), text("(NULL)"), text("null"))
    ),
    Case(
        "sqlite moments",
        defaults(
            sa.DateTime,
            sa.func.now(),
            sa.func.current_timestamp(),
            text("CURRENT_TIMESTAMP"),
            text("current_timestamp"),
            text("(CURRENT_TIMESTAMP)"),
            text("CURRENT_DATE"),
            text("Current_Time"),
            sa.func.current_date(),
            sa.func.current_time(),
            text("'CURRENT_TIMESTAMP'"),
        ),
    ),
    Case(
        "sqlite expressions",
        defaults(
            sa.String,
            text("(1 + 2)"),
            text("(1+2 * 3)"),
            text("(lower(hex(randomblob(16))))"),
            text("(strftime('%Y-%m-%d %H:%M:%f', 'now'))"),
            text("(DATETIME('now', 'localtime'))"),
            text("('a' || 'B')"),
            text("(abs(-1))"),
            text("(CASE WHEN 1 THEN 'x' ELSE 'y' END)"),
            text("(cast(5 as TEXT))"),
            text("(json('{}'))"),
            text("(1 in (1, 2))"),
            text("((1) + (2))"),
            text("(date('now','+1 day'))"),
            text("( 'spaced' )"),
            text("(printf('%d', 5) /* five */)"),
            text("(-- a comment\n5)"),
            sa.func.lower("A"),
            sa.func.random(),
        ),
    ),
    Case("sqlite json", defaults(sa.JSON, "{}", "[]", '{"a": "it\'s"}', text("(json_array())"))),
]
COMPUTED = [
    Case(
        "sqlite virtual",
        computed(
            "n + 1",
            "(n * 2)",
            "N+1",
            '"n" + [n] + `n`',
            "abs(n)",
            "CASE WHEN n > 0 THEN 1 ELSE 0 END",
            "length(s) /* letters */",
            "n in (1, 2)",
            "-- first\n n",
        ),
    ),
    Case("sqlite stored", computed("n + 1", "coalesce(n, 0)", persisted=True)),
    Case("sqlite virtual by word", computed("n + 1", persisted=False)),
    Case(
        "sqlite computed strings",
        computed(
            "s || '-' || n",
            "upper(s)",
            "s || '100%:a'",
            "'it''s'",
            "s COLLATE NOCASE",
            type_=sa.String(9),
        ),
    ),
    Case(
        "sqlite computed of odd types",
        columns(
            sa.Column("n", sa.Integer),
            sa.Column("a", Plain(""), sa.Computed("n + 1")),
            sa.Column("b", sa.Numeric(9, 2), sa.Computed("n + 1", persisted=True)),
            sa.Column("c", sa.String(9, collation="NOCASE"), sa.Computed("n")),
            sa.Column("d", sa.Integer, sa.Computed("n"), nullable=False),
        ),
    ),
    Case(
        "sqlite computed of an expression",
        lambda md: sa.Table(
            "t",
            md,
            sa.Column("id", sa.Integer, primary_key=True),
            (n := sa.Column("n", sa.Integer)),
            sa.Column("a", sa.Integer, sa.Computed(n + 1)),
            sa.Column("b", sa.Boolean, sa.Computed(sa.and_(n > 1, n < 5))),
        ),
    ),
]
NUMBERED = [
    Case(
        "sqlite AUTOINCREMENT",
        keyed(sa.Column("id", sa.Integer, primary_key=True), sqlite_autoincrement=True),
    ),
    Case(
        "sqlite autoincrement by the column",
        keyed(sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)),
    ),
    Case(
        "sqlite without autoincrement",
        keyed(sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)),
    ),
    Case("sqlite BIGINT key", keyed(sa.Column("id", sa.BigInteger, primary_key=True))),
    Case("sqlite string key", keyed(sa.Column("id", sa.String(9), primary_key=True))),
    Case(
        "sqlite variant key",
        keyed(
            sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
            sqlite_autoincrement=True,
        ),
    ),
    Case(
        "sqlite key of two",
        keyed(
            sa.Column("a", sa.Integer, primary_key=True),
            sa.Column("b", sa.Integer, primary_key=True),
        ),
    ),
    Case("sqlite without a key", keyed(sa.Column("a", sa.Integer))),
    Case(
        "sqlite WITHOUT ROWID",
        keyed(sa.Column("id", sa.Integer, primary_key=True), sqlite_with_rowid=False),
    ),
    Case(
        "sqlite WITHOUT ROWID of a string",
        keyed(sa.Column("id", sa.String(9), primary_key=True), sqlite_with_rowid=False),
    ),
    Case(
        "sqlite STRICT",
        keyed(
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("s", sa.Text, server_default="a"),
            sa.Column("b", sa.BLOB),
            sqlite_strict=True,
        ),
        since=(2, 0),
    ),
    Case(
        "sqlite STRICT and WITHOUT ROWID",
        keyed(
            sa.Column("id", sa.Integer, primary_key=True),
            sqlite_strict=True,
            sqlite_with_rowid=False,
        ),
        since=(2, 0),
    ),
]

CASES = [*TYPES, *DEFAULTS, *COMPUTED, *NUMBERED]
