"""Live columns and tables that were written by hand, what the models say, and what is found."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.dialects import mysql
from sqlalchemy.types import UserDefinedType

TYPE, DEFAULT, COLLATION = "column-type", "column-default", "column-collation"
ALIKE = "type-alike"
EXTRA_DEFAULT, GENERATED = "default-extra", "column-generated"


class Pair(NamedTuple):
    """The definition of a live column ``x``, the declared one, and the code of what differs."""

    live: str
    type: Any
    code: str | None
    default: Any = None
    more: tuple[Any, ...] = ()


class Spelled(UserDefinedType):
    """A type for which SQLAlchemy has no class."""

    cache_ok = True

    def __init__(self, spelling: str) -> None:
        self.spelling = spelling

    def get_col_spec(self, **kw: Any) -> str:
        return self.spelling


def computed(sqltext: str, *, persisted: bool = False) -> tuple[Any, ...]:
    return (sa.Computed(sqltext, persisted=persisted),)


MYSQLS = [
    Pair("int", sa.Integer, None),
    Pair("int(4)", sa.Integer, None),
    Pair("tinyint(1)", sa.Boolean, None),
    Pair("tinyint(4)", sa.Boolean, None),
    Pair("tinyint unsigned", sa.Boolean, TYPE),
    Pair("int(5) unsigned zerofill", mysql.INTEGER(5, zerofill=True), None),
    Pair("int(6) unsigned zerofill", mysql.INTEGER(5, zerofill=True), TYPE),
    Pair("int unsigned", mysql.INTEGER(zerofill=True), TYPE),
    Pair("bit(1)", mysql.BIT, None),
    Pair("decimal(10,0)", sa.Numeric, None),
    Pair("decimal(10,2)", sa.Numeric(10), TYPE),
    Pair("double(9,2)", mysql.DOUBLE, TYPE),
    Pair("datetime(6)", sa.DateTime, TYPE),
    Pair("longtext", sa.JSON, TYPE),
    Pair("json", mysql.LONGTEXT, TYPE),
    Pair("enum('a','b')", mysql.ENUM("a", "b"), None),
    Pair("enum('b','a')", mysql.ENUM("a", "b"), TYPE),
    Pair("enum('a','B')", mysql.ENUM("a", "b"), TYPE),
    Pair("enum('a, b')", mysql.ENUM("a", "b"), TYPE),
    Pair("varchar(9) character set latin1", sa.String(9), COLLATION),
    Pair("varchar(9) collate utf8mb4_bin", sa.String(9), COLLATION),
    Pair("varchar(9)", mysql.VARCHAR(9, charset="utf8mb4"), None),
    Pair("varchar(9)", mysql.VARCHAR(9, charset="latin1"), COLLATION),
    Pair("varchar(9)", mysql.VARCHAR(9, ascii=True), COLLATION),
    Pair("varchar(9)", mysql.VARCHAR(9, binary=True), COLLATION),
    Pair("varchar(9)", sa.NVARCHAR(9), COLLATION),
    Pair("varchar(9) collate latin1_bin", mysql.VARCHAR(9, charset="latin1"), COLLATION),
    Pair("int default 1", sa.Integer, None, "1"),
    Pair("int default '1'", sa.Integer, None, text("1")),
    Pair("int default (0 + 1)", sa.Integer, DEFAULT, "1"),
    Pair("varchar(9) default 1", sa.String(9), None, "1"),
    Pair("varchar(9) default '1.0'", sa.String(9), DEFAULT, "1"),
    Pair("varchar(9) default 'A'", sa.String(9), DEFAULT, "a"),
    Pair("varchar(9) default 'now()'", sa.String(9), DEFAULT, text("(now())")),
    Pair("varchar(9) default 'true'", sa.String(9), DEFAULT, text("true")),
    Pair("varchar(9) default '0'", sa.String(9), DEFAULT, text("'00'")),
    Pair("varchar(9) default 'NULL'", sa.String(9), EXTRA_DEFAULT),
    Pair("varchar(9) default ''", sa.String(9), EXTRA_DEFAULT),
    Pair("decimal(9,2) default 1.5", sa.Numeric(9, 2), None, "1.50"),
    Pair("decimal(9,2) default 1.51", sa.Numeric(9, 2), DEFAULT, "1.5"),
    Pair("bit(1) default b'1'", mysql.BIT(1), EXTRA_DEFAULT),
    Pair("bit(1)", mysql.BIT(1), DEFAULT, text("b'0'")),
    Pair("bit(8) default 5", mysql.BIT(8), None, text("b'101'")),
    Pair("datetime default now()", sa.DateTime, None, sa.func.now()),
    Pair("datetime default now() on update now()", sa.DateTime, DEFAULT, sa.func.now()),
    Pair("datetime default now()", sa.DateTime, DEFAULT, text("now() on update now()")),
    Pair("datetime on update now()", sa.DateTime, EXTRA_DEFAULT),
    Pair("varchar(9) default (upper('a'))", sa.String(9), DEFAULT, text("(upper('A'))")),
    Pair("varchar(9) default (concat('a',' b'))", sa.String(9), DEFAULT, text("(concat('a','b'))")),
    Pair("int as (a + 1)", sa.Integer, None, more=computed("a+1")),
    Pair("int as (a + 2)", sa.Integer, GENERATED, more=computed("a + 1")),
    Pair("int as (a + 1) stored", sa.Integer, GENERATED, more=computed("a + 1")),
    Pair("int as (a + 1)", sa.Integer, GENERATED, more=computed("a + 1", persisted=True)),
    Pair("int", sa.Integer, GENERATED, more=computed("a + 1")),
    Pair("int as (a - (a - 1))", sa.Integer, GENERATED, more=computed("a - a - 1")),
    Pair("varchar(9) as (concat('A',a))", sa.String(9), GENERATED, more=computed("concat('a',a)")),
]
MARIADB = [
    *MYSQLS,
    Pair("datetime(6) default now(6)", mysql.DATETIME(fsp=6), None, text("now()")),
    Pair("varchar(9) default '🐬'", sa.String(9), None, "🐬"),
    Pair("datetime default current_date", sa.DateTime, DEFAULT, sa.func.now()),
    Pair("year(2)", mysql.YEAR, TYPE),
    Pair("longtext collate utf8mb4_bin check (json_valid(x))", sa.JSON, None),
]
MYSQL = [
    *MYSQLS,
    Pair("varchar(9) default ('it''s')", sa.String(9), None, "it's"),
    Pair("varchar(9) default ('a\\\\b')", sa.String(9), None, "a\\b"),
    Pair("varchar(9) default ('a\\nb')", sa.String(9), None, "a\nb"),
    Pair("varchar(9) default ('a\\_')", sa.String(9), DEFAULT, "a_"),
    Pair("varchar(9) default '🐬'", sa.String(9), DEFAULT, "?"),
    Pair("varchar(9) default '?'", sa.String(9), DEFAULT, "🐬"),
    Pair("varchar(9) default '🐬'", sa.String(9), None, "🐬"),
    Pair("datetime default (current_date)", sa.DateTime, DEFAULT, sa.func.now()),
    Pair("varchar(9) default 'now()'", sa.String(9), None, "now()"),
    Pair("varchar(9) default 'now()'", sa.String(9), DEFAULT, text("(uuid())")),
    Pair("varchar(9) default (now())", sa.String(9), DEFAULT, "now()"),
    Pair("varchar(36) default (uuid())", sa.String(36), DEFAULT, "uuid()"),
    Pair("varchar(9) default (NULL)", sa.String(9), None),
    Pair("varchar(9) default ('a')", sa.String(9), None, "a"),
    Pair("text default ('it''s')", sa.Text, None, text("('it''s')")),
    Pair("text default ('its')", sa.Text, DEFAULT, text("('it''s')")),
    Pair("json default ('{}')", sa.JSON, DEFAULT, text("('[]')")),
    Pair("bit(8) default b'101'", mysql.BIT(8), DEFAULT, text("b'100'")),
    Pair("varbinary(9) default 'a'", sa.VARBINARY(9), None, "a"),
    Pair("varbinary(9) default 'a'", sa.VARBINARY(9), DEFAULT, "b"),
    Pair("point srid 4326", Spelled("POINT"), TYPE),
    Pair("point", Spelled("POINT SRID 4326"), TYPE),
    Pair("point srid 4326", Spelled("POINT SRID 3857"), TYPE),
    Pair("point not null srid 4326", Spelled("POINT SRID 4326"), "column-nullable"),
    Pair("int invisible", sa.Integer, "column-invisible"),
    Pair("int invisible default 3", sa.Integer, "column-invisible", "3"),
]
SQLITE = [
    Pair("INT", sa.Integer, None),
    Pair("VARCHAR(9)", sa.String(9), None),
    Pair("VARCHAR (9)", sa.String(9), None),
    Pair("VARCHAR(10)", sa.String(9), ALIKE),
    Pair("VARCHAR", sa.String(9), ALIKE),
    Pair("TEXT", sa.String, ALIKE),
    Pair("NATIVE CHARACTER(9)", sa.String(9), ALIKE),
    Pair("CLOB", sa.Text, ALIKE),
    Pair("STRING", sa.String, TYPE),
    Pair("BIGINT", sa.Integer, ALIKE),
    Pair("UNSIGNED BIG INT", sa.Integer, ALIKE),
    Pair("INTEGER", sa.Boolean, TYPE),
    Pair("DOUBLE", sa.Float, ALIKE),
    Pair("DOUBLE PRECISION", sa.Float, ALIKE),
    Pair("REAL", sa.Float, ALIKE),
    Pair("FLOATING POINT", sa.Float, TYPE),
    Pair("NUMERIC", sa.Float, TYPE),
    Pair("TIMESTAMP", sa.DateTime, ALIKE),
    Pair("DATETIME", sa.TIMESTAMP, ALIKE),
    Pair("DATE", sa.DateTime, TYPE),
    Pair("DATETIME", sa.Date, TYPE),
    Pair("TEXT", sa.DateTime, TYPE),
    Pair("NUMERIC", sa.DateTime, TYPE),
    Pair("TEXT", sa.JSON, TYPE),
    Pair("NUMERIC", sa.JSON, TYPE),
    Pair("DECIMAL(10, 2)", sa.Numeric(9, 2), ALIKE),
    Pair("TEXT", sa.LargeBinary, TYPE),
    Pair("", sa.LargeBinary, ALIKE),
    Pair("BLOB", sa.VARBINARY(9), TYPE),
    Pair("NUMERIC(10,2)", sa.Numeric(10, 2), None),
    Pair("NUMERIC(10)", sa.Numeric(10, 2), ALIKE),
    Pair("", sa.Integer, TYPE),
    Pair("VARCHAR(9) COLLATE NOCASE", sa.String(9), COLLATION),
    Pair("VARCHAR(9)", sa.String(9, collation="NOCASE"), COLLATION),
    Pair("VARCHAR(9) COLLATE RTRIM", sa.String(9, collation="NOCASE"), COLLATION),
    Pair("VARCHAR(9) COLLATE BINARY", sa.String(9), None),
    Pair("VARCHAR(9) DEFAULT 'x COLLATE NOCASE'", sa.String(9), None, "x COLLATE NOCASE"),
    Pair("INTEGER DEFAULT 1", sa.Integer, None, "1"),
    Pair("INTEGER DEFAULT (1)", sa.Integer, None, "1"),
    Pair("INTEGER DEFAULT '1'", sa.Integer, None, text("1")),
    Pair("INTEGER DEFAULT -1", sa.Integer, DEFAULT, "1"),
    Pair("INTEGER DEFAULT - 1", sa.Integer, None, "-1"),
    Pair("INTEGER DEFAULT 1.0", sa.Integer, None, "1"),
    Pair("INTEGER DEFAULT '1e1'", sa.Integer, None, "10"),
    Pair("INTEGER DEFAULT 0x10", sa.Integer, None, "16"),
    Pair("INTEGER DEFAULT '0x10'", sa.Integer, DEFAULT, "16"),
    Pair("INTEGER DEFAULT 1.5", sa.Integer, DEFAULT, "1"),
    Pair("INTEGER DEFAULT x'31'", sa.Integer, DEFAULT, "1"),
    Pair("BOOLEAN DEFAULT false", sa.Boolean, None, "0"),
    Pair("BOOLEAN DEFAULT '0'", sa.Boolean, None, sa.false()),
    Pair("BOOLEAN DEFAULT (TRUE)", sa.Boolean, None, sa.true()),
    Pair("BOOLEAN DEFAULT 'false'", sa.Boolean, DEFAULT, sa.false()),
    Pair("BOOLEAN DEFAULT true", sa.Boolean, DEFAULT, sa.false()),
    Pair("FLOAT DEFAULT 1", sa.Float, None, "1.0"),
    Pair("NUMERIC(9, 2) DEFAULT 1.50", sa.Numeric(9, 2), None, "1.5"),
    Pair("NUMERIC(9, 2) DEFAULT 100000000000000000000", sa.Numeric(9, 2), None, "1e20"),
    Pair("VARCHAR(9) DEFAULT 1", sa.String(9), None, "1"),
    Pair("VARCHAR(9) DEFAULT true", sa.String(9), None, "1"),
    Pair("VARCHAR(9) DEFAULT true", sa.String(9), DEFAULT, "true"),
    Pair("VARCHAR(9) DEFAULT 1.50", sa.String(9), DEFAULT, "1.50"),
    Pair("VARCHAR(9) DEFAULT 01", sa.String(9), DEFAULT, "01"),
    Pair("VARCHAR(9) DEFAULT abc", sa.String(9), None, "abc"),
    Pair("BLOB DEFAULT 1", sa.LargeBinary, DEFAULT, text("'1'")),
    Pair("BLOB DEFAULT X'0a'", sa.LargeBinary, None, text("x'0A'")),
    Pair("INTEGER DEFAULT NULL", sa.Integer, None),
    Pair("INTEGER DEFAULT 'NULL'", sa.Integer, EXTRA_DEFAULT),
    Pair("VARCHAR(9) DEFAULT 1", sa.String(9), DEFAULT, "1.0"),
    Pair("VARCHAR(9) DEFAULT 'A'", sa.String(9), DEFAULT, "a"),
    Pair('VARCHAR(9) DEFAULT "a"', sa.String(9), None, "a"),
    Pair('VARCHAR(9) DEFAULT "it\'s"', sa.String(9), None, "it's"),
    Pair('VARCHAR(9) DEFAULT "A"', sa.String(9), DEFAULT, "a"),
    Pair("VARCHAR(9) DEFAULT ''", sa.String(9), EXTRA_DEFAULT),
    Pair("VARCHAR(9) DEFAULT 'CURRENT_DATE'", sa.String(9), DEFAULT, text("CURRENT_DATE")),
    Pair("BLOB DEFAULT x'00'", sa.LargeBinary, DEFAULT, text("x'01'")),
    Pair("BLOB DEFAULT '00'", sa.LargeBinary, DEFAULT, text("x'00'")),
    Pair("DATETIME DEFAULT current_timestamp", sa.DateTime, None, sa.func.current_timestamp()),
    Pair("DATETIME DEFAULT CURRENT_DATE", sa.DateTime, DEFAULT, sa.func.current_timestamp()),
    Pair("TEXT DEFAULT (lower('A'))", sa.Text, DEFAULT, text("(lower('a'))")),
    Pair("TEXT DEFAULT (LOWER( 'A' ))", sa.Text, None, text("(lower('A'))")),
    Pair("INTEGER AS (a + 1)", sa.Integer, None, more=computed("a+1")),
    Pair("INTEGER AS (a + 2)", sa.Integer, GENERATED, more=computed("a + 1")),
    Pair("INTEGER AS (a + 1) STORED", sa.Integer, GENERATED, more=computed("a + 1")),
    Pair("INTEGER", sa.Integer, GENERATED, more=computed("a + 1")),
    Pair("TEXT AS ('A' || a)", sa.Text, GENERATED, more=computed("'a' || a")),
]
PAIRS = {"mariadb": MARIADB, "mysql": MYSQL, "sqlite": SQLITE}


class Whole(NamedTuple):
    """A live table called ``{t}``, the items of the declared one, and the codes of differences."""

    live: str
    items: tuple[Any, ...]
    codes: tuple[str, ...] = ()
    options: Mapping[str, Any] = MappingProxyType({})


KEY = "CREATE TABLE {t} (id INTEGER NOT NULL, n INTEGER, s VARCHAR(20), PRIMARY KEY (id)"
INLINE = "CREATE TABLE {t} (id INT PRIMARY KEY, n INT CHECK (n > 0), s VARCHAR(20))"
OPTIONS, CHECK, EXTRA = "table-options", "check-missing", "constraint-extra"
N, S = sa.Column("n", sa.Integer), sa.Column("s", sa.String(20))
PLAIN = (N, S)
BOTH = (CHECK, EXTRA)


def two() -> sa.UniqueConstraint:
    return sa.UniqueConstraint("n", "s")


def unique() -> sa.UniqueConstraint:
    return sa.UniqueConstraint("n", name="uq")


def checked(sqltext: str) -> tuple[Any, ...]:
    return (N, S, sa.CheckConstraint(sqltext))


def ordered(*parts: str, name: str = "ix") -> tuple[Any, ...]:
    """A table with an index of these parts."""
    return (N, S, lambda: sa.Index(name, *map(text, parts)))


WHOLE_MYSQLS = [
    Whole(f"{KEY})", PLAIN),
    Whole(f"{KEY}, CHECK (s <> 'a''b'))", checked("s <> 'a' 'b'"), BOTH),
    Whole(f"{KEY}, CHECK (s <> 'it\\'S'))", checked("s <> 'it\\'s'"), BOTH),
    Whole(f"{KEY}, CHECK (s <> 'it''s'))", checked("s <> 'it\\'s'")),
    Whole(f"{KEY}, CHECK (s <> n))", checked('s <> "n"'), BOTH),
    Whole(f"{KEY}, CHECK (s <> 'n'))", checked('s <> "n"')),
    Whole(f"{KEY}, CHECK (s <> 'a b'))", checked("s <> 'ab'"), BOTH),
    Whole(f"{KEY}, CHECK (N BETWEEN 0 AND 5))", checked("n between 0 and 5")),
    Whole(f"{KEY}, CHECK (N BETWEEN 0 AND 6))", checked("n between 0 and 5"), BOTH),
    Whole(f"{KEY}, CHECK (S <> 'a\\\\b'))", checked("s <> 'a\\\\b'")),
    Whole(
        "CREATE TABLE {t} (id INT PRIMARY KEY, n INT CHECK (n > 0), s VARCHAR(20))",
        PLAIN,
        (EXTRA,),
    ),
    Whole(
        "CREATE TABLE {t} (id INT PRIMARY KEY, n INT CHECK (n > 0), s VARCHAR(20))",
        checked("n>0"),
    ),
    Whole(
        "CREATE TABLE {t} (ID INT PRIMARY KEY, N INT INVISIBLE, S VARCHAR(20))",
        PLAIN,
        ("column-invisible",),
    ),
    Whole(f"{KEY}) ENGINE=MyISAM", PLAIN),
    Whole(f"{KEY}) ENGINE=MyISAM", PLAIN, (OPTIONS,), {"mysql_engine": "InnoDB"}),
    Whole(f"{KEY}) CHARSET=utf8mb3", PLAIN, (), {"mysql_charset": "utf8"}),
    Whole(f"{KEY}) CHARSET=utf8mb4", PLAIN, (OPTIONS,), {"mysql_charset": "utf8"}),
    Whole(f"{KEY}) COMMENT='a?'", PLAIN, (), {"comment": "a🐘"}),
    Whole(f"{KEY}) COMMENT='a'", PLAIN, ("comment-differs",), {"comment": "a🐘"}),
]
WHOLE = {
    "mariadb": [
        *WHOLE_MYSQLS,
        Whole(f"{KEY}, INDEX ix (n) IGNORED)", ordered("n"), ("index-invisible",)),
        Whole(f"{KEY}, UNIQUE uq (n) IGNORED)", (*PLAIN, unique), ("index-invisible",)),
    ],
    "mysql": [
        *WHOLE_MYSQLS,
        Whole(
            "CREATE TABLE {t} (id INT PRIMARY KEY, x LONGTEXT, CHECK (json_valid(x)))",
            (sa.Column("x", sa.JSON),),
            ("column-type", EXTRA),
        ),
        Whole(f"{KEY}, INDEX ix (n) INVISIBLE)", ordered("n"), ("index-invisible",)),
        Whole(f"{KEY}, UNIQUE uq (n) INVISIBLE)", (*PLAIN, unique), ("index-invisible",)),
        Whole(
            f"{KEY}, INDEX ix ((lower(s))) INVISIBLE)", ordered("(lower(s))"), ("index-invisible",)
        ),
        Whole(
            f"{KEY}, CHECK (n > 0) NOT ENFORCED)", checked("n > 0"), ("constraint-not-enforced",)
        ),
        Whole(
            f"{KEY}, CHECK (s <> 'a)b') NOT ENFORCED)",
            checked("s <> 'a)b'"),
            ("constraint-not-enforced",),
        ),
        Whole(f"{KEY}, CHECK (n > 1) NOT ENFORCED)", checked("n > 0"), BOTH),
        Whole(f"{KEY}, INDEX ix ((lower(s))))", ordered("(lower(s))")),
        Whole(f"{KEY}, INDEX ix ((lower(s))))", ordered("(upper(s))"), ("index-differs",)),
        Whole(f"{KEY}, INDEX ix ((lower(s))))", ordered("s"), ("index-differs",)),
        Whole(f"{KEY}, INDEX ix (s))", ordered("(lower(s))"), ("index-differs",)),
        Whole(f"{KEY}, INDEX ix ((n + 1)))", ordered("( N+1 )")),
        Whole(f"{KEY}, INDEX ix ((n + 1)))", ordered("(n + 2)"), ("index-differs",)),
        Whole(f"{KEY}, INDEX ix ((n + 1) DESC, s))", ordered("(n + 1) DESC", "s")),
        Whole(f"{KEY}, INDEX ix ((n + 1), s))", ordered("(n + 1) DESC", "s"), ("index-differs",)),
        Whole(
            f"{KEY}, INDEX ix ((concat(s, 'it''s'))))",
            ordered("(concat(s, 'its'))"),
            ("index-differs",),
        ),
    ],
    "sqlite": [
        Whole(f"{KEY})", PLAIN),
        Whole(f"{KEY}) without  rowid", PLAIN, (OPTIONS, GENERATED)),
        Whole(f"{KEY}, CHECK (s <> 'WITHOUT ROWID'))", checked("s <> 'WITHOUT ROWID'")),
        Whole(f"{KEY}, CHECK (s <> ') STRICT'))", checked("s <> ') STRICT'")),
        Whole(f"{KEY} /* CHECK (n > 0) */)", checked("n > 0"), (CHECK,)),
        Whole(f"{KEY}, constraint c check(N>0))", checked("n > 0")),
        Whole(f"{KEY}, CHECK ([n] > 0 AND `s` <> 'A'))", checked("n > 0 AND s <> 'A'")),
        Whole(
            f"{KEY}, CHECK ([n] > 0 AND `s` <> 'A'))", checked("n > 0 AND s <> 'a'"), (CHECK, EXTRA)
        ),
        Whole(f"{KEY}, CHECK (n > (1 + 2) * 3))", checked("n > 1 + 2 * 3"), BOTH),
        Whole("CREATE TABLE {t} (id INTEGER PRIMARY KEY, n INTEGER, s VARCHAR(20))", PLAIN),
        Whole(
            "CREATE TABLE {t} (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER, s VARCHAR(20))",
            PLAIN,
            (),
            {"sqlite_autoincrement": True},
        ),
        Whole(f"{KEY})", PLAIN, (OPTIONS,), {"sqlite_autoincrement": True}),
        Whole(
            "CREATE TABLE {t} (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, n INTEGER, "
            "s VARCHAR(20))",
            PLAIN,
            (OPTIONS,),
        ),
        Whole(
            f"{KEY}, UNIQUE (n, s) ON CONFLICT ABORT)",
            (N, S, two),
        ),
        Whole(
            f"{KEY}, UNIQUE (n, s) ON CONFLICT FAIL)",
            (N, S, two),
            (OPTIONS,),
        ),
        Whole(
            f"{KEY}, unique(N,S) on conflict fail)",
            (N, S, lambda: sa.UniqueConstraint("n", "s", sqlite_on_conflict="FAIL")),
        ),
    ],
}
