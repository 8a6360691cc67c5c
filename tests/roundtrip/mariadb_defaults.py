"""What SQLAlchemy can create on MariaDB: server defaults that are values, and ON UPDATE."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from tests.roundtrip.case import Case, Models, columns, defaults

WORD = mysql.VARCHAR(99)
text = sa.text


def on_update(type_: Any, *clauses: str) -> Models:
    """A column of the type for each text behind the word DEFAULT; all of them take NULL."""
    return columns(
        *(
            sa.Column(f"c{number}", type_, nullable=True, server_default=text(clause))
            for number, clause in enumerate(clauses)
        )
    )


STRINGS = [
    Case("an empty string", defaults(WORD, ""), fact='""'),
    Case("an apostrophe", defaults(WORD, "it's"), fact="it's"),
    Case("a doubled backslash", defaults(WORD, "a\\\\b"), fact="doubled backslash"),
    Case(
        "an empty object as JSON",
        defaults(sa.JSON, "{}", "[]", "null", '{"a": [1, "b"]}'),
        fact='JSON "{}"',
    ),
    Case(
        "mysql strings as text",
        defaults(
            WORD,
            text("'a'"),
            text('"a"'),
            text("'it''s'"),
            text("'it\\'s'"),
            text('"it\'s"'),
            text("'a\\\\b'"),
            text("'a\\nb'"),
            text("'a' 'b'"),
            text("''"),
            text("('a')"),
        ),
    ),
    Case(
        "mysql strings in a character set",
        defaults(
            WORD, text("_utf8mb4'a'"), text("N'a'"), text("_latin1 'a'"), text("_utf8mb4 X'41'")
        ),
    ),
    Case(
        "mysql strings like markers", defaults(WORD, "\\", "%", "\\:x", "\t\r\n\0", "\x1a", "\x1f")
    ),
    Case("mysql strings like ON UPDATE", defaults(WORD, "x on update y", "on update")),
    Case("mysql strings like attributes", defaults(WORD, "NOT NULL", "COMMENT 'x'", "a, `b` int")),
    Case(
        "mysql number on a string", defaults(WORD, text("1"), text("1.50"), text("-0"), text("1e3"))
    ),
    Case("mysql boolean on a string", defaults(WORD, text("true"), text("false"), sa.true())),
    Case("mysql default of a text", defaults(mysql.LONGTEXT, "", "it's", "a\nb", text("('x')"))),
    Case("mysql default of CHAR with spaces", defaults(mysql.CHAR(9), "a ", " a", " ")),
    Case("mysql default of bytes", defaults(sa.VARBINARY(9), "a", text("X'4142'"), text("0x4142"))),
    Case("mysql default of BINARY", defaults(mysql.BINARY(3), "a", "abc", text("x'00'"))),
    Case("mysql default of a blob", defaults(sa.LargeBinary, "a", text("X'FF00'"), text("('a')"))),
    Case("mysql default of ENUM", defaults(mysql.ENUM("a", "it's", "é", ""), "a", "it's", "é", "")),
    Case("mysql default of ENUM as text", defaults(mysql.ENUM("a", "B"), text("'a'"), text("'b'"))),
    Case("mysql default of SET", defaults(mysql.SET("a", "b", "c"), "", "a", "a,c", "c,a")),
    Case("mysql default of Enum", defaults(sa.Enum("a", "B", native_enum=False), "a", "B")),
    Case(
        "mysql default of JSON as text",
        defaults(mysql.JSON, text("('{}')"), text("(json_array())")),
    ),
]
NUMBERS = [
    Case("true and false", defaults(sa.Boolean, sa.true(), sa.false()), fact="true/false → 1/0"),
    Case(
        "true and false as text",
        defaults(mysql.TINYINT(1), text("true"), text("FALSE"), text("True")),
        fact="true/false → 1/0",
    ),
    Case('"0" of a numeric', defaults(sa.Numeric(9, 2), "0"), fact='"0" → 0.00'),
    Case("1.5 of a numeric", defaults(sa.Numeric(9, 2), text("1.5")), fact="1.5 → 1.50"),
    Case("1e3", defaults(sa.Numeric(9, 2), text("1e3")), fact="1e3 → 1000"),
    Case("1e3 of a double", defaults(mysql.DOUBLE, text("1e3"), "1e3"), fact="1e3 → 1000"),
    Case(
        "mysql integers in many forms",
        defaults(
            sa.Integer,
            "0",
            "-1",
            "+1",
            "007",
            text("0"),
            text("-1"),
            text("+1"),
            text("- 1"),
            text("007"),
            text("1.0"),
            text("1.4"),
            text("1e2"),
            text("'5'"),
            text("(5)"),
            text("0x1F"),
            text("b'101'"),
        ),
    ),
    Case("mysql largest integers", defaults(mysql.BIGINT(unsigned=True), "18446744073709551615")),
    Case("mysql smallest integer", defaults(sa.BigInteger, "-9223372036854775808")),
    Case(
        "mysql decimals in many forms",
        defaults(
            sa.Numeric(20, 4),
            "0.0",
            ".5",
            "5.",
            "-.5",
            "1.00005",
            text(".5"),
            text("5."),
            text("-0"),
            text("-0.0"),
            text("1.23456"),
            text("1e-3"),
            text("'1.5'"),
            text("12345678901234.5678"),
        ),
    ),
    Case(
        "mysql floats in many forms",
        defaults(
            mysql.FLOAT,
            "0",
            ".1",
            "1e10",
            "1e-10",
            "1e38",
            "123456789",
            text("0.1"),
            text("1e30"),
            text("-1.5e-7"),
            text("'0.1'"),
            text("3.14159265358979"),
        ),
    ),
    Case(
        "mysql doubles in many forms",
        defaults(
            mysql.DOUBLE,
            "0",
            "0.1",
            "1e300",
            "1e-300",
            "3.141592653589793",
            text("1e15"),
            text("1e16"),
            text("123456789012345678"),
            text("0.30000000000000004"),
        ),
    ),
    Case("mysql default of zerofill", defaults(mysql.INTEGER(5, zerofill=True), "7", "00007")),
    Case("mysql double with digits", defaults(mysql.DOUBLE(9, 3), "1.5", text("1.23456"), "0")),
    Case("mysql default of YEAR", defaults(mysql.YEAR, "2024", text("2024"), text("24"), "0")),
    Case(
        "b'1' of BIT",
        defaults(mysql.BIT(1), text("b'1'"), text("b'0'")),
        fact="the Inspector shows None for b'1'",
    ),
    Case(
        "mysql BIT in many forms",
        defaults(
            mysql.BIT(8), text("b'101'"), text("0b101"), text("B'0101'"), text("5"), text("0x05"),
            text("X'05'"), text("true"), text("'5'"), text("(b'101')"),
        ),
    ),
    Case("mysql default of a boolean", defaults(sa.Boolean, "1", "0", text("1"), text("b'1'"))),
]  # fmt: skip
TIMES = [
    Case("now()", defaults(sa.DateTime, sa.func.now()), fact="now() → current_timestamp()"),
    Case("now() as text", defaults(sa.DateTime, text("now()")), fact="now() → current_timestamp()"),
    Case(
        "CURRENT_DATE", defaults(sa.Date, sa.func.current_date()), fact="CURRENT_DATE → curdate()"
    ),
    Case(
        "CURRENT_DATE as text",
        defaults(sa.Date, text("(CURRENT_DATE)")),
        fact="CURRENT_DATE → curdate()",
    ),
    Case(
        "the moment in many words",
        defaults(
            sa.DateTime,
            text("CURRENT_TIMESTAMP"),
            text("current_timestamp()"),
            text("CURRENT_TIMESTAMP(0)"),
            text("NOW()"),
            text("now( )"),
            text("LOCALTIME"),
            text("localtime()"),
            text("LOCALTIMESTAMP"),
            text("LOCALTIMESTAMP()"),
            text("(now())"),
            text("(CURRENT_TIMESTAMP)"),
            text("SYSDATE()"),
            text("utc_timestamp()"),
            text("(UTC_TIMESTAMP)"),
            text("(now() + interval 1 day)"),
            text("(current_timestamp + INTERVAL 2 HOUR)"),
            sa.func.current_timestamp(),
            sa.func.localtimestamp(),
            sa.func.utc_timestamp(),
        ),
    ),
    Case(
        "the moment with a fraction",
        defaults(
            mysql.DATETIME(fsp=6),
            text("CURRENT_TIMESTAMP(6)"),
            text("now(6)"),
            text("(now(6))"),
            text("LOCALTIMESTAMP(6)"),
            sa.func.now(6),
            text("sysdate(6)"),
        ),
    ),
    Case("the moment with a smaller fraction", defaults(mysql.DATETIME(fsp=6), text("now(3)"))),
    Case(
        "the moment on a date",
        defaults(sa.Date, text("(now())"), text("curdate()"), sa.func.curdate()),
    ),
    Case("the moment on a time", defaults(sa.Time, text("(curtime())"), text("(CURRENT_TIME)"))),
    Case("the moment on a string", defaults(WORD, text("(now())"), text("(CURRENT_DATE)"))),
    Case(
        "mysql dates",
        defaults(sa.Date, "2024-01-31", text("'2024-01-31'"), text("DATE'2024-01-31'")),
    ),
    Case("mysql dates in other forms", defaults(sa.Date, "20240131", text("20240131"), "24-1-31")),
    Case(
        "mysql times",
        defaults(
            sa.Time, "12:30", "12:30:15", text("'1:2:3'"), text("TIME'12:30:00'"), "-01:00:00"
        ),
    ),
    Case(
        "mysql moments",
        defaults(
            mysql.DATETIME(fsp=3),
            "2024-01-31",
            "2024-01-31 12:30:15",
            "2024-01-31T12:30:15",
            "2024-01-31 12:30:15.5",
            text("TIMESTAMP'2024-01-31 12:30:15.123'"),
            text("'2024-01-31 12:30'"),
        ),
    ),
    Case(
        "ON UPDATE in many forms",
        on_update(
            mysql.TIMESTAMP,
            "CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
            "current_timestamp() on update current_timestamp()",
            "NOW() ON UPDATE NOW()",
            "NULL ON UPDATE CURRENT_TIMESTAMP",
            "'2024-01-31 00:00:00' ON UPDATE CURRENT_TIMESTAMP",
            "CURRENT_TIMESTAMP   ON   UPDATE   LOCALTIME",
            "CURRENT_TIMESTAMP ON UPDATE LOCALTIMESTAMP()",
        ),
    ),
    Case(
        "ON UPDATE with a fraction",
        on_update(
            mysql.DATETIME(fsp=6),
            "CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)",
            "now(6) ON UPDATE now(6)",
            "NULL ON UPDATE now(6)",
        ),
    ),
    Case("ON UPDATE of zero", on_update(mysql.TIMESTAMP, "0 ON UPDATE CURRENT_TIMESTAMP")),
    Case(
        "ON UPDATE with another fraction",
        on_update(mysql.DATETIME(fsp=6), "CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(6)"),
    ),
    Case(
        "ON UPDATE that must be given",
        columns(
            sa.Column(
                "a", mysql.TIMESTAMP, server_default=text("now() on update now()"), nullable=False
            ),
            sa.Column(
                "b", sa.DateTime, server_default=text("now() on update now()"), nullable=False
            ),
        ),
    ),
    Case(
        "the server's own default",
        columns(sa.Column("a", mysql.TIMESTAMP, server_default=sa.FetchedValue())),
    ),
]

CASES = [*STRINGS, *NUMBERS, *TIMES]
