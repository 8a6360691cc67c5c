"""Two types, or two server defaults, that differ in one argument only: each pair must be found."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, text
from sqlalchemy.dialects import mysql, postgresql

SIZES = [
    (sa.Integer(), sa.BigInteger()),
    (sa.Integer(), sa.SmallInteger()),
    (sa.String(20), sa.String(21)),
    (sa.String(20), sa.CHAR(20)),
    (sa.String(20), sa.Text()),
    (sa.Numeric(10, 2), sa.Numeric(10, 3)),
    (sa.Numeric(10, 2), sa.Numeric(11, 2)),
    (sa.Enum("a", "b", native_enum=False), sa.Enum("a", "bb", native_enum=False)),
]
"""Types that differ in what they take, where a database looks at that."""
KINDS = [
    (sa.Numeric(10, 2), sa.Float()),
    (sa.Date(), sa.DateTime()),
    (sa.Time(), sa.DateTime()),
    (sa.Boolean(), sa.Integer()),
    (sa.LargeBinary(), sa.Text()),
    (sa.JSON(), sa.String(20)),
]
COMMON_TYPES = [*SIZES, *KINDS]
ALIKE: dict[str, list[tuple[Any, Any]]] = {
    "sqlite": [*SIZES, (sa.Float(), sa.REAL()), (sa.DateTime(), sa.TIMESTAMP())],
}
"""Types that behave alike, so that a difference is no more than a note."""
TYPES: dict[str, list[tuple[Any, Any]]] = {
    "sqlite": [
        *KINDS,
        (sa.Float(), sa.Integer()),
        (sa.Date(), sa.String(10)),
        (sa.JSON(), sa.Text()),
    ],
    "postgresql": [
        *COMMON_TYPES,
        (sa.CHAR(4), sa.CHAR(5)),
        (sa.String(), sa.String(20)),
        (sa.Numeric(10, 2), sa.Numeric()),
        (sa.Float(24), sa.Float(25)),
        (sa.DateTime(), sa.DateTime(timezone=True)),
        (sa.Time(), sa.Time(timezone=True)),
        (postgresql.TIMESTAMP(precision=3), postgresql.TIMESTAMP(precision=4)),
        (postgresql.TIMESTAMP(precision=3), postgresql.TIMESTAMP()),
        (postgresql.TIME(precision=3), postgresql.TIME(precision=0)),
        (postgresql.INTERVAL(), postgresql.INTERVAL(precision=3)),
        (postgresql.INTERVAL(fields="YEAR"), postgresql.INTERVAL(fields="YEAR TO MONTH")),
        (postgresql.BIT(3), postgresql.BIT(4)),
        (postgresql.BIT(3), postgresql.BIT(3, varying=True)),
        (postgresql.BIT(3, varying=True), postgresql.BIT(varying=True)),
        (postgresql.ARRAY(sa.Integer), sa.Integer()),
        (postgresql.ARRAY(sa.Integer), postgresql.ARRAY(sa.BigInteger)),
        (postgresql.ARRAY(sa.String(5)), postgresql.ARRAY(sa.String(6))),
        (postgresql.JSON(), postgresql.JSONB()),
        (postgresql.INET(), postgresql.CIDR()),
        (postgresql.INT4RANGE(), postgresql.INT8RANGE()),
        (postgresql.UUID(), sa.CHAR(32)),
        (postgresql.OID(), sa.Integer()),
        (postgresql.TSVECTOR(), sa.Text()),
        (postgresql.BYTEA(), sa.Text()),
        (postgresql.MONEY(), sa.Numeric(19, 2)),
    ],
    "mariadb": [
        *COMMON_TYPES,
        (mysql.INTEGER(), mysql.INTEGER(unsigned=True)),
        (mysql.INTEGER(unsigned=True), mysql.INTEGER(unsigned=True, zerofill=True)),
        (mysql.DECIMAL(8, 2), mysql.DECIMAL(8, 2, unsigned=True)),
        (mysql.DECIMAL(8, 2, unsigned=True), mysql.DECIMAL(8, 2, unsigned=True, zerofill=True)),
        (mysql.DOUBLE(), mysql.DOUBLE(unsigned=True)),
        (mysql.FLOAT(), mysql.DOUBLE()),
        (mysql.FLOAT(8, 2), mysql.FLOAT(8, 3)),
        (mysql.TINYINT(), mysql.SMALLINT()),
        (mysql.MEDIUMINT(), mysql.INTEGER()),
        (mysql.DATETIME(), mysql.DATETIME(fsp=3)),
        (mysql.DATETIME(fsp=3), mysql.DATETIME(fsp=6)),
        (mysql.TIME(), mysql.TIME(fsp=2)),
        (mysql.TIMESTAMP(), mysql.TIMESTAMP(fsp=6)),
        (mysql.TIMESTAMP(), mysql.DATETIME()),
        (mysql.BIT(3), mysql.BIT(4)),
        (mysql.ENUM("a", "b"), mysql.ENUM("a", "b", "c")),
        (mysql.ENUM("a", "b"), mysql.ENUM("b", "a")),
        (mysql.ENUM("a", "b"), mysql.ENUM("a", "B")),
        (mysql.ENUM("a", "b"), mysql.SET("a", "b")),
        (mysql.SET("a", "b"), mysql.SET("a", "c")),
        (sa.Enum("a", "b"), sa.String(1)),
        (sa.BINARY(4), sa.BINARY(5)),
        (sa.VARBINARY(4), sa.VARBINARY(5)),
        (sa.VARBINARY(4), sa.String(4)),
        (mysql.TEXT(), mysql.MEDIUMTEXT()),
        (mysql.BLOB(), mysql.LONGBLOB()),
        (mysql.TINYBLOB(), mysql.BLOB()),
        (mysql.YEAR(), mysql.SMALLINT()),
        (sa.JSON(), mysql.LONGTEXT()),
    ],
}


def in_parentheses(default: Any) -> Any:
    """The default as SQLite and MariaDB take it: expressions want parentheses there."""
    return text(f"({default})") if isinstance(default, sa.sql.elements.TextClause) else default


COMMON_DEFAULTS: list[tuple[Any, Any, Any]] = [
    (sa.Integer(), "1", "2"),
    (sa.Integer(), "1", "-1"),
    (sa.Integer(), "10", "1"),
    (sa.Integer(), text("1 + 1"), text("1 + 2")),
    (sa.Integer(), "0", None),
    (sa.Numeric(10, 2), "1.5", "1.51"),
    (sa.Float(), "1.5", "2.5"),
    (sa.Boolean(), sa.true(), sa.false()),
    (sa.String(20), "a", "b"),
    (sa.String(20), "a", "A"),
    (sa.String(20), "a", "a "),
    (sa.String(20), "", None),
    (sa.String(20), "", " "),
    (sa.String(20), "it's", "its"),
    (sa.String(20), "null", None),
    (sa.String(20), "1", "01"),
    (sa.String(20), "1", "1.0"),
    (sa.String(20), "(a)", "a"),
    (sa.String(20), "50%", "50%%"),
    (sa.String(20), "a\\b", "a\\\\b"),
    (sa.String(20), "a\nb", "a b"),
    (sa.String(20), "grün", "grun"),
    (sa.String(20), text("lower('A')"), "a"),
    (sa.String(20), text("lower('A')"), text("lower('B')")),
    (sa.String(20), text("lower('A')"), text("upper('A')")),
    (sa.Date(), "2020-01-01", "2020-01-02"),
    (sa.DateTime(), func.now(), None),
    (sa.DateTime(), func.now(), "2020-01-01 00:00:00"),
    (sa.JSON(), "{}", "[]"),
]
DEFAULTS: dict[str, list[tuple[Any, Any, Any]]] = {
    "sqlite": [
        *((type_, in_parentheses(one), in_parentheses(two)) for type_, one, two in COMMON_DEFAULTS),
        (sa.DateTime(), func.current_timestamp(), func.current_date()),
        (sa.String(20), text("x'00'"), text("x'01'")),
    ],
    "postgresql": [
        *COMMON_DEFAULTS,
        (sa.DateTime(), func.now(), func.clock_timestamp()),
        (sa.DateTime(), func.now(), func.localtimestamp()),
        (sa.DateTime(), func.timezone("utc", func.now()), func.timezone("cet", func.now())),
        (sa.Text(), text("current_user"), text("session_user")),
        (sa.Text(), text("current_user"), "current_user"),
        (sa.Text(), text("'now()'"), func.now()),
        (sa.Date(), "today", func.current_date()),
        (sa.String(20), "NULL::text", None),
        (sa.Interval(), "1 day", "2 days"),
        (postgresql.ARRAY(sa.Integer), "{}", "{1}"),
        (postgresql.ARRAY(sa.Integer), text("ARRAY[1, 2]"), text("ARRAY[2, 1]")),
        (postgresql.JSONB(), '{"a": 1}', '{"a": 2}'),
        (postgresql.UUID(), text("md5('a')::uuid"), None),
        (sa.LargeBinary(), "\\x00", "\\x01"),
        (postgresql.BIT(3), text("B'101'"), text("B'110'")),
        (sa.Enum("a", "b", name="kind"), "a", "b"),
    ],
    "mariadb": [
        *((type_, in_parentheses(one), in_parentheses(two)) for type_, one, two in COMMON_DEFAULTS),
        (sa.DateTime(), func.now(), text("current_timestamp ON UPDATE current_timestamp")),
        (mysql.DATETIME(fsp=3), text("current_timestamp(3)"), None),
        (sa.DateTime(), None, text("NULL ON UPDATE current_timestamp")),
        (sa.String(36), text("(uuid())"), text("(uuid_short())")),
        (sa.String(36), text("(uuid())"), "uuid()"),
        (sa.Integer(), text("(1 + 1)"), text("(1 + 2)")),
        (mysql.BIT(3), text("b'1'"), text("b'10'")),
        (sa.Enum("a", "b"), "a", "b"),
        (mysql.SET("a", "b"), "a", "a,b"),
        (sa.Text(), "a", "b"),
    ],
}

LARGE = (sa.Text, sa.JSON)


def of_mysql(type_: Any, default: Any) -> Any:
    """The default as MySQL takes it: that of a large type wants parentheses, too."""
    large = isinstance(type_, LARGE) and isinstance(default, str)
    return text(f"('{default}')") if large else default


TYPES["mysql"] = TYPES["mariadb"]
DEFAULTS["mysql"] = [
    (type_, of_mysql(type_, one), of_mysql(type_, two)) for type_, one, two in DEFAULTS["mariadb"]
]
