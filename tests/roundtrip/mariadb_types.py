"""What SQLAlchemy can create on MariaDB: each type of its own module, with its arguments."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator, UserDefinedType

from tests.roundtrip.case import Case, Models, columns, types

INTEGERS = (mysql.TINYINT, mysql.SMALLINT, mysql.MEDIUMINT, mysql.INTEGER, mysql.BIGINT)


class Plain(UserDefinedType):
    """A type for which SQLAlchemy has no class."""

    cache_ok = True

    def __init__(self, spelling: str) -> None:
        self.spelling = spelling

    def get_col_spec(self, **kw: Any) -> str:
        return self.spelling


class Flags(TypeDecorator):
    """A decorator of a type of the dialect."""

    impl = mysql.SET
    cache_ok = True


def of_each(*made: Any, **options: Any) -> Models:
    """A column of each of these types with the same arguments."""
    return types(*(type_(**options) for type_ in made))


NUMBERS = [
    Case("mysql integers", types(*INTEGERS, mysql.BOOLEAN)),
    Case("mysql integers with a width", of_each(*INTEGERS, display_width=3)),
    Case("mysql integers of the default width", types(mysql.INTEGER(11), mysql.BIGINT(20))),
    Case("mysql TINYINT of one digit", types(mysql.TINYINT(1), sa.Boolean, sa.SmallInteger)),
    Case("mysql unsigned integers", of_each(*INTEGERS, unsigned=True)),
    Case("mysql unsigned integers of width", of_each(*INTEGERS, unsigned=True, display_width=4)),
    Case("mysql zerofill", of_each(*INTEGERS, zerofill=True)),
    Case("mysql zerofill with a width", of_each(*INTEGERS, zerofill=True, display_width=9)),
    Case("mysql unsigned zerofill", of_each(*INTEGERS, unsigned=True, zerofill=True)),
    Case(
        "mysql DECIMAL",
        types(
            mysql.DECIMAL,
            mysql.DECIMAL(7),
            mysql.DECIMAL(65, 30),
            mysql.DECIMAL(9, 0),
            mysql.DECIMAL(9, 2, unsigned=True),
            mysql.DECIMAL(9, 2, zerofill=True),
            mysql.DECIMAL(9, 2, asdecimal=False),
            mysql.DECIMAL(unsigned=True),
            mysql.NUMERIC,
            mysql.NUMERIC(7),
            mysql.NUMERIC(9, 2),
            mysql.NUMERIC(9, 2, unsigned=True, zerofill=True),
        ),
    ),
    Case(
        "mysql FLOAT",
        types(
            mysql.FLOAT,
            mysql.FLOAT(7, 3),
            mysql.FLOAT(10),
            mysql.FLOAT(24),
            mysql.FLOAT(unsigned=True),
            mysql.FLOAT(9, 2, unsigned=True, zerofill=True),
            mysql.FLOAT(asdecimal=True),
        ),
    ),
    Case(
        "mysql DOUBLE",
        types(
            mysql.DOUBLE,
            mysql.DOUBLE(7, 3),
            mysql.DOUBLE(unsigned=True),
            mysql.DOUBLE(zerofill=True),
            mysql.DOUBLE(9, 2, unsigned=True, zerofill=True),
            mysql.DOUBLE(asdecimal=False),
        ),
    ),
    Case("mysql FLOAT of double precision", types(mysql.FLOAT(25), mysql.FLOAT(53))),
    Case(
        "REAL is DOUBLE",
        types(sa.REAL, mysql.REAL, mysql.REAL(7, 3), mysql.REAL(unsigned=True)),
        fact="REAL, FLOAT(53) → double",
    ),
    Case("FLOAT(53) is DOUBLE", types(sa.Float(53)), fact="REAL, FLOAT(53) → double"),
    Case("mysql BIT", types(mysql.BIT, mysql.BIT(1), mysql.BIT(8), mysql.BIT(64))),
]
TIMES = [
    Case("mysql DATETIME", types(mysql.DATETIME, mysql.DATETIME(fsp=3), mysql.DATETIME(fsp=6))),
    Case("mysql TIME", types(mysql.TIME, mysql.TIME(fsp=1), mysql.TIME(fsp=6))),
    Case("mysql TIMESTAMP", types(mysql.TIMESTAMP, mysql.TIMESTAMP(fsp=2))),
    Case(
        "mysql TIMESTAMP that must be given",
        columns(
            sa.Column("a", mysql.TIMESTAMP, nullable=False),
            sa.Column("b", mysql.TIMESTAMP(fsp=6), nullable=False),
            sa.Column("c", mysql.TIMESTAMP),
        ),
    ),
    Case("mysql fraction of no digits", types(mysql.DATETIME(fsp=0), mysql.TIME(fsp=0))),
    Case("mysql YEAR", types(mysql.YEAR, mysql.YEAR(4))),
    Case("mysql YEAR of two digits", types(mysql.YEAR(2))),
]
TEXTS = (mysql.TINYTEXT, mysql.TEXT, mysql.MEDIUMTEXT, mysql.LONGTEXT)
STRINGS = [
    Case("mysql VARCHAR", types(mysql.VARCHAR(1), mysql.VARCHAR(255), mysql.VARCHAR(8000))),
    Case("mysql CHAR", types(mysql.CHAR, mysql.CHAR(1), mysql.CHAR(255))),
    Case("mysql texts", types(*TEXTS)),
    Case("TEXT(500) is TEXT", types(sa.Text(500), mysql.TEXT(500), mysql.TEXT(16383))),
    Case(
        "TEXT(70000) is MEDIUMTEXT",
        types(sa.Text(70000), mysql.TEXT(70000)),
        fact="TEXT(70000) → mediumtext",
    ),
    Case("TEXT of other lengths", types(sa.Text(50), sa.Text(16777215), mysql.TEXT(64))),
    Case(
        "TEXT of a length in bytes",
        types(mysql.TEXT(300, charset="latin1"), mysql.TEXT(100, ascii=True)),
    ),
    Case(
        "NCHAR is CHAR in utf8mb3",
        types(sa.NCHAR(5), mysql.NCHAR(5), mysql.NCHAR),
        fact="NCHAR, NVARCHAR, charset utf8 → utf8mb3",
    ),
    Case(
        "NVARCHAR is VARCHAR in utf8mb3",
        types(sa.NVARCHAR(9), mysql.NVARCHAR(9)),
        fact="NCHAR, NVARCHAR, charset utf8 → utf8mb3",
    ),
    Case(
        "character set utf8 is utf8mb3",
        types(mysql.VARCHAR(9, charset="utf8"), mysql.TEXT(charset="utf8")),
        fact="NCHAR, NVARCHAR, charset utf8 → utf8mb3",
    ),
    Case("mysql national", of_each(mysql.VARCHAR, mysql.CHAR, length=9, national=True)),
    Case(
        "mysql national with a collation",
        types(mysql.NVARCHAR(9, collation="utf8mb3_bin"), mysql.NCHAR(9, collation="utf8_bin")),
    ),
    Case(
        "mysql character sets",
        types(
            mysql.VARCHAR(9, charset="latin1"),
            mysql.VARCHAR(9, charset="utf8mb4"),
            mysql.VARCHAR(9, charset="utf8mb3"),
            mysql.VARCHAR(9, charset="ascii"),
            mysql.VARCHAR(9, charset="LATIN1"),
            mysql.CHAR(9, charset="ucs2"),
            mysql.LONGTEXT(charset="latin2"),
        ),
    ),
    Case("mysql character set binary", types(mysql.VARCHAR(9, charset="binary"))),
    Case(
        "mysql collations",
        types(
            mysql.VARCHAR(9, collation="utf8mb4_bin"),
            mysql.VARCHAR(9, collation="latin1_german1_ci"),
            mysql.VARCHAR(9, collation="UTF8MB4_Unicode_CI"),
            mysql.VARCHAR(9, collation="utf8_general_ci"),
            mysql.CHAR(9, collation="binary"),
            mysql.TINYTEXT(collation="utf8mb4_unicode_ci"),
            sa.Unicode(9, collation="utf8mb4_general_ci"),
        ),
    ),
    Case(
        "mysql character set and collation",
        types(
            mysql.VARCHAR(9, charset="latin1", collation="latin1_german1_ci"),
            mysql.TEXT(charset="utf8", collation="utf8_bin"),
            mysql.ENUM("a", "b", charset="latin1", collation="latin1_bin"),
            mysql.SET("a", "b", charset="utf8mb4", collation="utf8mb4_bin"),
        ),
    ),
    Case("mysql binary", types(*(one(binary=True) for one in (mysql.TEXT, mysql.LONGTEXT)))),
    Case("mysql binary with a length", of_each(mysql.VARCHAR, mysql.CHAR, length=9, binary=True)),
    Case("mysql ascii", of_each(mysql.VARCHAR, mysql.CHAR, mysql.TEXT, length=9, ascii=True)),
    Case("mysql unicode", of_each(mysql.VARCHAR, mysql.CHAR, mysql.TEXT, length=9, unicode=True)),
    Case("mysql ascii and binary", types(mysql.VARCHAR(9, ascii=True, binary=True))),
]
BYTES = [
    Case("mysql blobs", types(mysql.TINYBLOB, mysql.BLOB, mysql.MEDIUMBLOB, mysql.LONGBLOB)),
    Case(
        "BLOB(16) is TINYBLOB",
        types(sa.LargeBinary(16), mysql.BLOB(255)),
        fact="BLOB(16) → tinyblob",
    ),
    Case("BLOB of other lengths", types(mysql.BLOB(256), mysql.BLOB(70000), mysql.BLOB(2**24))),
    Case("mysql BINARY", types(mysql.BINARY, mysql.BINARY(1), mysql.BINARY(255))),
    Case("mysql VARBINARY", types(mysql.VARBINARY(1), mysql.VARBINARY(4000))),
]
ODD_LABELS = (
    "it's",
    'say "x"',
    "a,b",
    "a b",
    "",
    "(x)",
    "Ä",
    "日本",
    "not null",
    "DEFAULT",
    "`b`",
    ")",
)
CHOICES = [
    Case("mysql ENUM", types(mysql.ENUM("a"), mysql.ENUM("small", "MEDIUM", "Large"))),
    Case("mysql ENUM of odd labels", types(mysql.ENUM(*ODD_LABELS))),
    Case("mysql ENUM of trailing spaces", types(mysql.ENUM("a ", " b"))),
    Case("mysql ENUM of many labels", types(mysql.ENUM(*(f"label {n}" for n in range(300))))),
    Case(
        "mysql ENUM in a character set",
        types(mysql.ENUM("a", "é", charset="latin1", collation="latin1_bin")),
    ),
    Case("mysql ENUM like a character set", types(mysql.ENUM("x CHARACTER SET y", "b"))),
    Case("mysql ENUM like a collation", types(mysql.ENUM("x COLLATE y", "b"))),
    Case("mysql SET", types(mysql.SET("a"), mysql.SET("r", "W", "x y"))),
    Case("mysql SET of odd labels", types(mysql.SET("it's", 'say "x"', "(x)", "Ä", "日本"))),
    Case("mysql SET as a number", types(mysql.SET("a", "", retrieve_as_bitwise=True))),
    Case("mysql SET in a collation", types(mysql.SET("a", "b", collation="utf8mb4_bin"))),
    Case("a decorator of SET", types(Flags("a", "b"))),
]
OTHERS = [
    Case("mysql JSON", types(mysql.JSON)),
    Case("INET", types(Plain("INET4"), Plain("INET6"))),
    Case(
        "geometry",
        types(
            *map(
                Plain,
                (
                    "GEOMETRY",
                    "POINT",
                    "linestring",
                    "Polygon",
                    "MULTIPOINT",
                    "MULTILINESTRING",
                    "MULTIPOLYGON",
                    "GEOMETRYCOLLECTION",
                ),
            )
        ),
    ),
    Case("geometry of a reference system", types(Plain("GEOMETRY REF_SYSTEM_ID=4326"))),
    Case(
        "types in other words",
        types(
            *map(
                Plain,
                (
                    "INT1",
                    "INT2",
                    "INT3",
                    "int4",
                    "INT8 UNSIGNED",
                    "MIDDLEINT",
                    "DEC(5,1)",
                    "FIXED(5)",
                    "FLOAT4",
                    "FLOAT8",
                    "CHARACTER(5)",
                    "CHARACTER VARYING(5)",
                    "CHAR VARYING(5)",
                    "LONG",
                    "LONG VARCHAR",
                    "LONG VARBINARY",
                    "NATIONAL CHARACTER VARYING(5)",
                    "CHAR BYTE",
                ),
            )
        ),
    ),
    Case("types in words of MariaDB", types(Plain("UUID"))),
    Case("COMPRESSED", types(Plain("VARCHAR(500) COMPRESSED"), Plain("BLOB COMPRESSED"))),
]

CASES = [*NUMBERS, *TIMES, *STRINGS, *BYTES, *CHOICES, *OTHERS]
