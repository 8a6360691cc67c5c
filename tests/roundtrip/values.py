"""What SQLAlchemy can create on every database: each type, with its arguments."""

from __future__ import annotations

import enum
import pickle
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.ext.mutable import MutableDict, MutableList
from sqlalchemy.types import TypeDecorator, UserDefinedType

from tests.roundtrip.case import Case, Models, columns, types

NOT_MARIADB = ("sqlite", "postgresql")
NOT_POSTGRESQL = ("sqlite", "mariadb", "mysql")


class Color(enum.Enum):
    RED = "r"
    GREEN = "g'n"
    BLUE = "bläu"


class Size(int, enum.Enum):
    SMALL = 1
    LARGE = 22


def values_of(members: Any) -> list[str]:
    return [str(member.value) for member in members]


class Code(TypeDecorator):
    """A decorator whose arguments go to its impl."""

    impl = sa.String
    cache_ok = True


class Short(TypeDecorator):
    """A decorator whose impl has arguments."""

    impl = sa.String(20)
    cache_ok = False


class Twice(TypeDecorator):
    """A decorator of a decorator."""

    impl = Short
    cache_ok = True


class Guid(TypeDecorator):
    """A decorator with another impl on another database."""

    impl = sa.CHAR
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(UUID() if native else sa.CHAR(32))


class Choice(TypeDecorator):
    impl = sa.Enum("a", "it's", name="choice")
    cache_ok = True


class YesNo(TypeDecorator):
    impl = sa.Boolean(create_constraint=True, name="yes_or_no")
    cache_ok = True


class Moment(TypeDecorator):
    impl = sa.DateTime(timezone=True)
    cache_ok = True


class Money(UserDefinedType):
    """A type that spells itself."""

    cache_ok = True

    def __init__(self, digits: int) -> None:
        self.digits = digits

    def get_col_spec(self, **kw: Any) -> str:
        return f"NUMERIC({self.digits}, 2)"


class Loud(sa.String):
    """A subclass of a type."""


def newer(*names_and_options: tuple[str, dict[str, Any]]) -> Models:
    """As :func:`types`, of types that an older SQLAlchemy does not have."""

    def define(md: sa.MetaData) -> None:
        types(*(getattr(sa, name)(**options) for name, options in names_and_options))(md)

    return define


def two_with_one_enum(md: sa.MetaData) -> None:
    shared = sa.Enum("a", "b", name="shared", metadata=md)
    for name in ("t", "u"):
        sa.Table(name, md, sa.Column("id", sa.Integer, primary_key=True), sa.Column("e", shared))


STRINGS = [
    Case("string lengths", types(sa.String(1), sa.String(40), sa.String(255), sa.String(4000))),
    Case("unicode lengths", types(sa.Unicode(1), sa.Unicode(40), sa.Unicode(255))),
    Case("strings without length", types(sa.String, sa.Unicode, sa.VARCHAR), NOT_MARIADB),
    Case("VARCHAR and CHAR", types(sa.VARCHAR(7), sa.CHAR(5), sa.CHAR(1), sa.CHAR)),
    Case("NCHAR", types(sa.NCHAR(5)), NOT_MARIADB),
    Case("NVARCHAR", types(sa.NVARCHAR(9)), ("sqlite",)),
    Case("text", types(sa.Text, sa.UnicodeText, sa.TEXT)),
    Case("text lengths", types(sa.Text(50), sa.UnicodeText(60)), NOT_POSTGRESQL),
    Case("a collation of SQLite", types(sa.String(9, collation="NOCASE")), ("sqlite",)),
    Case(
        "collations of PostgreSQL",
        types(sa.String(9, collation="C"), sa.Text(collation="POSIX"), sa.CHAR(3, collation="C")),
        ("postgresql",),
    ),
    Case(
        "collations of MariaDB",
        types(sa.String(9, collation="utf8mb4_bin"), sa.Text(collation="utf8mb4_unicode_ci")),
        ("mariadb", "mysql"),
    ),
]
NUMBERS = [
    Case("integers", types(sa.Integer, sa.SmallInteger, sa.BigInteger)),
    Case("INTEGER, INT, SMALLINT and BIGINT", types(sa.INTEGER, sa.INT, sa.SMALLINT, sa.BIGINT)),
    Case("numeric without precision", types(sa.Numeric, sa.NUMERIC, sa.DECIMAL)),
    Case("numeric with precision", types(sa.Numeric(10), sa.NUMERIC(12), sa.DECIMAL(5))),
    Case(
        "numeric with precision and scale",
        types(sa.Numeric(10, 2), sa.Numeric(10, 0), sa.NUMERIC(30, 15), sa.DECIMAL(5, 5)),
    ),
    Case(
        "numeric as float",
        types(sa.Numeric(8, 3, asdecimal=False), sa.Numeric(9, 4, decimal_return_scale=2)),
    ),
    Case("float", types(sa.Float, sa.FLOAT, sa.Float(asdecimal=True))),
    Case("float of single precision", types(sa.Float(1), sa.Float(24), sa.FLOAT(10))),
    Case("float of double precision", types(sa.Float(25), sa.Float(53), sa.FLOAT(40))),
    Case("REAL", types(sa.REAL)),
    Case("REAL with precision", types(sa.REAL(10)), ("sqlite",)),
    Case("double", newer(("Double", {})), since=(2, 0)),
    Case("double with precision", newer(("Double", {"precision": 53})), NOT_MARIADB, since=(2, 0)),
    Case("DOUBLE PRECISION", newer(("DOUBLE_PRECISION", {})), since=(2, 0)),
    Case("DOUBLE", newer(("DOUBLE", {})), NOT_POSTGRESQL, since=(2, 0)),
    Case("double as decimal", newer(("Double", {"asdecimal": True})), since=(2, 0)),
]
BOOLEANS = [
    Case("boolean", types(sa.Boolean, sa.BOOLEAN)),
    Case("boolean with a check", types(sa.Boolean(create_constraint=True))),
    Case("boolean with a named check", types(sa.Boolean(create_constraint=True, name="is_bool"))),
]
TIMES = [
    Case("date and time", types(sa.Date, sa.Time, sa.DateTime)),
    Case("date and time with a zone", types(sa.Time(timezone=True), sa.DateTime(timezone=True))),
    Case("DATE, TIME and TIMESTAMP", types(sa.DATE, sa.TIME, sa.TIMESTAMP)),
    Case("TIMESTAMP with a zone", types(sa.TIMESTAMP(timezone=True), sa.TIME(timezone=True))),
    Case("DATETIME", types(sa.DATETIME, sa.DATETIME(timezone=True)), NOT_POSTGRESQL),
    Case(
        "TIMESTAMP that must be given",
        columns(sa.Column("a", sa.TIMESTAMP, nullable=False), sa.Column("b", sa.TIMESTAMP)),
    ),
    Case("interval", types(sa.Interval, sa.Interval(native=False))),
    Case("interval with second precision", types(sa.Interval(second_precision=3))),
    Case("interval with day precision", types(sa.Interval(day_precision=2))),
]
BYTES = [
    Case("large binary", types(sa.LargeBinary, sa.LargeBinary(16))),
    Case("BLOB", types(sa.BLOB), NOT_POSTGRESQL),
    Case("BINARY and VARBINARY", types(sa.BINARY(8), sa.VARBINARY(9)), NOT_POSTGRESQL),
    Case("BINARY and VARBINARY without length", types(sa.BINARY, sa.VARBINARY), ("sqlite",)),
    Case("pickle", types(sa.PickleType, sa.PickleType(protocol=pickle.HIGHEST_PROTOCOL))),
    Case("pickle of another impl", types(sa.PickleType(impl=sa.LargeBinary(500)))),
]
AWKWARD = ("it's", 'say "x"', "a:b", "a,b", "a b", "", "(x)", "Ä", "日本", "{}", "NULL")
ENUMS = [
    Case("enum of strings", types(sa.Enum("a", "b", name="letters"))),
    Case("enum of one label", types(sa.Enum("only", name="one_label"))),
    Case("enum of a class", types(sa.Enum(Color), sa.Enum(Size))),
    Case(
        "enum of a class by its values",
        types(
            sa.Enum(Color, values_callable=values_of, name="colour"),
            sa.Enum(Size, values_callable=values_of, name="size"),
        ),
    ),
    Case("enum that is not native", types(sa.Enum("a", "bbb", name="plain", native_enum=False))),
    Case(
        "enum that is not native, with a length",
        types(sa.Enum("a", "bbb", name="longer", native_enum=False, length=30)),
    ),
    Case(
        "enum with a check",
        types(sa.Enum("a", "b'b", "ü", name="checked", native_enum=False, create_constraint=True)),
    ),
    Case(
        "enum with a check of a percent sign",
        types(sa.Enum("%c", "%", name="percents", native_enum=False, create_constraint=True)),
    ),
    Case(
        "enum of a class with a check",
        types(sa.Enum(Color, native_enum=False, create_constraint=True)),
    ),
    Case("enum that checks its strings", types(sa.Enum("x", "y", name="v", validate_strings=True))),
    Case("enum with its aliases", types(sa.Enum(Color, name="aliased", omit_aliases=False))),
    Case("enum of awkward labels", types(sa.Enum(*AWKWARD, name="awkward"))),
    Case("enum of a percent sign", types(sa.Enum("100%", "%s", name="p")), NOT_MARIADB),
    Case(
        "enum of a percent sign on MariaDB",
        types(sa.Enum("100%", "%s")),
        ("mariadb", "mysql"),
        since=(2, 0),  # 1.4 doubles the sign, and creates another label
    ),
    Case("enum of a backslash", types(sa.Enum("a\\b", "c\\", name="slashed")), NOT_MARIADB),
    Case(
        "enum of a backslash on MariaDB",
        types(sa.Enum("a\\b", "c\\")),
        ("mariadb", "mysql"),
        since=(2, 0),  # 1.4 does not escape it
    ),
    Case("enum with an awkward name", types(sa.Enum("a", "b", name="My Enum-Ü")), ("postgresql",)),
    Case("enum with a schema", types(sa.Enum("a", name="e", schema="public")), ("postgresql",)),
    Case("two tables with one enum", two_with_one_enum),
]
OTHERS = [
    Case("json", types(sa.JSON, sa.JSON(none_as_null=True))),
    Case("json that must be given", columns(sa.Column("j", sa.JSON, nullable=False))),
    Case(
        "arrays",
        types(
            sa.ARRAY(sa.Integer),
            sa.ARRAY(sa.Integer, dimensions=2),
            sa.ARRAY(sa.String(5)),
            sa.ARRAY(sa.Numeric(10, 2)),
            sa.ARRAY(sa.DateTime(timezone=True)),
            sa.ARRAY(sa.Text),
        ),
        ("postgresql",),
    ),
    Case("array of an enum", types(sa.ARRAY(sa.Enum("a", "b", name="item"))), ("postgresql",)),
    Case(
        "uuid",
        newer(("Uuid", {}), ("Uuid", {"as_uuid": False}), ("UUID", {})),
        ("sqlite", "postgresql"),
        since=(2, 0),
    ),
    Case(
        "uuid on MariaDB",
        newer(("Uuid", {}), ("Uuid", {"as_uuid": False})),
        ("mariadb", "mysql"),
        since=(2, 0),
    ),
    Case("UUID on MariaDB", newer(("UUID", {})), ("mariadb",), since=(2, 0)),
    Case("uuid that is not native", newer(("Uuid", {"native_uuid": False})), since=(2, 0)),
]
OF_USERS = [
    Case("a decorator with arguments", types(Code(12), Code(length=30))),
    Case("a decorator without arguments", types(Short(), Short)),
    Case("a decorator of a decorator", types(Twice())),
    Case("a decorator by database", types(Guid())),
    Case("a type that spells itself", types(Money(9))),
    Case("a subclass of a type", types(Loud(17))),
    Case("a decorator of an enum", types(Choice())),
    Case("a decorator of a checked boolean", types(YesNo())),
    Case("a decorator of a type with a zone", types(Moment())),
    Case(
        "mutable values",
        types(MutableDict.as_mutable(sa.JSON()), MutableList.as_mutable(sa.PickleType())),
    ),
    Case(
        "variants",
        types(
            sa.String(30)
            .with_variant(sa.String(20), "postgresql")
            .with_variant(sa.Text(), "mysql"),
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Text()
            .with_variant(
                sa.String(99),
                "sqlite",
            )
            .with_variant(sa.Unicode(99), "mysql"),
            sa.Numeric(9, 2).with_variant(sa.Float(), "sqlite"),
            sa.JSON().with_variant(JSONB(), "postgresql"),
        ),
    ),
    Case("variants of a decorator", types(Code(12).with_variant(sa.Integer(), "sqlite"))),
    Case(
        "a variant that is an enum",
        types(sa.String(9).with_variant(sa.Enum("a", "b", name="ve"), "postgresql")),
    ),
    Case(
        "an enum with a variant",
        types(sa.Enum("a", "b", name="ev").with_variant(sa.String(9), "sqlite")),
    ),
]

CASES = [*STRINGS, *NUMBERS, *BOOLEANS, *TIMES, *BYTES, *ENUMS, *OTHERS, *OF_USERS]
