"""What servers do not take, or copy a table for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects import mysql

from tests.corpus.additions import USERS, column, pk, two, users
from tests.corpus.case import Case, Models

BOTH = ("mariadb", "mysql")
COPIED = "copies the table"
MOST_KEYS = 63
"""How many indexes InnoDB keeps besides the primary key."""
MYISAM = {"mysql_engine": "MyISAM"}
COMPACT = {"mysql_row_format": "COMPACT"}
COMPRESSED = {"mysql_row_format": "COMPRESSED"}


def wide(*names: str) -> list[Any]:
    """Columns of which a row holds one of 40,000 bytes."""
    return [column(name, String(10_000)) for name in names]


def full(columns: int, of: str = "a") -> list[Any]:
    """Columns of 255 bytes, all of which stay in the row, and so in a page of 16 KB."""
    return [column(f"{of}{n}", mysql.CHAR(255, charset="latin1")) for n in range(columns)]


def many(columns: int) -> list[Any]:
    """Columns each of which may be all in the row, and never is with all others."""
    return [column(f"m{n}", String(50)) for n in range(columns)]


def indexed(count: int) -> Any:
    """The table of users with as many indexes."""
    return users(*(column(f"c{n}", Integer, index=True) for n in range(count)))


def pointed_at(parent: str, child: str | None) -> Models:
    """Two tables, the second with a key to a text of the first, each of some character set."""

    def define(md: MetaData) -> None:
        code = mysql.VARCHAR(20, charset=parent)
        Table("codes", md, pk(), Column("code", code, unique=True))
        table = Table("users", md, pk())
        if child is not None:
            own = mysql.VARCHAR(20, charset=child)
            table.append_column(Column("code", own, ForeignKey("codes.code")))

    return define


LIMITS = [
    Case(
        "a row of more than 65,535 bytes",
        live=users(),
        models=users(*wide("a", "b"), column("c", Integer)),
        rows=USERS,
        pending=["column users.a", "column users.c"],
        refused={"column users.b": "limit-exceeded"},
        databases=BOTH,
    ),
    Case(
        "a row of more than half a page",
        live=users(*full(30)),
        models=users(*full(30), *full(2, "b")),
        rows=USERS,
        pending=["column users.b0"],
        refused={"column users.b1": "limit-exceeded"},
        # MariaDB counts the name at its longest
        on={
            "mariadb": {
                "pending": [],
                "refused": {f"column users.b{n}": "limit-exceeded" for n in (0, 1)},
            }
        },
        databases=BOTH,
    ),
    Case(
        "a row that just fits",
        live=users(*full(29)),
        models=users(*full(29), *full(1, "b")),
        rows=USERS,
        pending=["column users.b0"],
        databases=BOTH,
        near="limit-exceeded",
    ),
    Case(
        "a new table with too large a row",
        live=users(),
        models=two(users(), lambda md: Table("wide", md, pk(), *(one() for one in wide("a", "b")))),
        refused={"table wide": "limit-exceeded"},
        databases=BOTH,
    ),
    Case(
        "one index more than a table has",
        live=indexed(MOST_KEYS),
        models=indexed(MOST_KEYS + 1),
        refused={
            f"index users.ix_users_c{MOST_KEYS}": "limit-exceeded",
            f"column users.c{MOST_KEYS}": "depends-on-refused",
        },
        databases=BOTH,
    ),
    Case(
        "one foreign key more than a table has indexes",
        live=two(lambda md: Table("towns", md, pk()), indexed(MOST_KEYS)),
        models=two(
            lambda md: Table("towns", md, pk()),
            users(
                *(column(f"c{n}", Integer, index=True) for n in range(MOST_KEYS)),
                column("town", Integer, ForeignKey("towns.id")),
            ),
        ),
        refused={
            "foreign_key users(town)": "limit-exceeded",
            "column users.town": "depends-on-refused",
        },
        databases=BOTH,
    ),
    Case(
        "too long an index",
        live=users(),
        models=users(column("a", String(1000)), lambda: Index("ix_a", "a"), column("b", Integer)),
        rows=USERS,
        pending=["column users.b"],
        refused={"index users.ix_a": "limit-exceeded", "column users.a": "depends-on-refused"},
        databases=["mysql"],  # MariaDB takes the beginning of the column
    ),
    Case(
        "too long an index for an old row format",
        live=users(**COMPACT),
        models=users(column("a", String(255)), lambda: Index("ix_a", "a")),
        rows=USERS,
        refused={"index users.ix_a": "limit-exceeded", "column users.a": "depends-on-refused"},
        databases=BOTH,
    ),
    Case(
        "a default that is no value of the type",
        live=users(),
        models=users(column("a", Integer, server_default="abc"), column("b", Integer)),
        rows=USERS,
        pending=["column users.b"],
        refused={"column users.a": "not-accepted"},
        databases=BOTH,
    ),
    Case(
        "a check that calls what is not there",
        live=users(),
        models=two(
            users(column("a", Integer), lambda: CheckConstraint("gone(a) > 0", name="ck_a")),
            lambda md: Table("others", md, pk(), CheckConstraint("gone(id) > 0")),
        ),
        refused={
            "check users.ck_a": "not-accepted",
            "column users.a": "depends-on-refused",
            "table others": "not-accepted",
        },
        databases=BOTH,
    ),
    Case(
        "a default that is a value of the type",
        live=users(),
        models=users(column("a", Integer, server_default="12")),
        rows=USERS,
        pending=["column users.a"],
        near="not-accepted",
    ),
]

KEYS = [
    Case(
        "a key across character sets",
        live=pointed_at("latin1", None),
        models=pointed_at("latin1", "utf8mb4"),
        refused={
            "foreign_key users(code)": "foreign-key-target",
            "column users.code": "depends-on-refused",
        },
        databases=BOTH,
    ),
    Case(
        "a key within a character set",
        live=pointed_at("latin1", None),
        models=pointed_at("latin1", "latin1"),
        pending=["column users.code", "foreign_key users(code)"],
        databases=BOTH,
    ),
    Case(
        "a key of new tables across signs",
        live=lambda md: None,
        models=two(
            lambda md: Table("a", md, Column("id", mysql.INTEGER(unsigned=True), primary_key=True)),
            lambda md: Table("b", md, pk(), Column("a_id", Integer, ForeignKey("a.id"))),
        ),
        pending=["table a"],
        refused={"table b": "foreign-key-target"},
        databases=BOTH,
    ),
    Case(
        "a key to another engine",
        live=users(**MYISAM),
        models=two(
            users(**MYISAM),
            lambda md: Table("posts", md, pk(), Column("user_id", ForeignKey("users.id"))),
        ),
        refused={"table posts": "foreign-key-target"},
        databases=BOTH,
    ),
    Case(
        "a key of another engine",
        live=users(**MYISAM),
        models=two(
            lambda md: Table("towns", md, pk()),
            users(column("town_id", Integer, ForeignKey("towns.id")), **MYISAM),
        ),
        pending=["table towns"],
        refused={
            "foreign_key users(town_id)": "foreign-key-target",
            "column users.town_id": "depends-on-refused",
        },
        databases=BOTH,
    ),
]

CONSTANTS = users(
    column("a", DateTime, server_default=func.now()),
    column("b", mysql.DATETIME(fsp=3), server_default=text("now(3)")),
    column("c", Integer, server_default=text("(-1)"), nullable=False),
)
EXPRESSIONS = users(
    column("a", Text, server_default=text("('x')")),
    column("b", JSON, server_default=text("('{}')")),
    column("c", Date, server_default=text("(current_date)")),
    column("d", Text, default="it's", nullable=False),
)
EVERY_CONSTANT = [f"column users.{name}" for name in "abc"]
EVERY_EXPRESSION = [f"column users.{name}" for name in "abcd"]


def copied(name: str, live: Any, models: Any, databases: Any = BOTH) -> list[Case]:
    """A table that is copied for a new column, and one that is too large for it."""
    about = {"live": live, "models": models, "rows": USERS, "databases": databases}
    added = "column users.x"
    return [
        Case(name, **about, pending=[added], hazards={added: COPIED}),
        Case(
            f"{name}, too large",
            **about,
            refused={added: "rewrites-table"},
            options={"max_rows_scanned": 2},
        ),
    ]


NUMBER = column("x", Integer)
FULLTEXT = lambda: Index("ix_name", "name", mysql_prefix="FULLTEXT")  # noqa: E731
LONG = column("long", Text, unique=True)

COPIES = [
    Case(
        "defaults that are no expressions",
        live=users(),
        models=CONSTANTS,
        rows=USERS,
        pending=EVERY_CONSTANT,
        databases=BOTH,
        options={"max_rows_scanned": 1},
    ),
    Case(
        "defaults that are expressions",
        live=users(),
        models=EXPRESSIONS,
        rows=USERS,
        pending=EVERY_EXPRESSION,
        on={"mysql": {"hazards": dict.fromkeys(EVERY_EXPRESSION, COPIED)}},
        databases=BOTH,
    ),
    Case(
        "defaults that are expressions, too large",
        live=users(),
        models=EXPRESSIONS,
        rows=USERS,
        pending=EVERY_EXPRESSION,
        on={"mysql": {"pending": [], "refused": dict.fromkeys(EVERY_EXPRESSION, "rewrites-table")}},
        databases=BOTH,
        options={"max_rows_scanned": 2},
    ),
    *copied("table of another engine", users(**MYISAM), users(NUMBER, **MYISAM)),
    *copied("compressed table", users(**COMPRESSED), users(NUMBER, **COMPRESSED)),
    *copied("table with a FULLTEXT index", users(FULLTEXT), users(FULLTEXT, NUMBER)),
    *copied("table with a UNIQUE over a TEXT", users(LONG), users(LONG, NUMBER), ["mariadb"]),
    *copied(
        "table of many columns of 50 characters",
        users(*many(41)),
        users(*many(41), NUMBER),
        ["mysql"],
    ),
]

CASES = [*LIMITS, *KEYS, *COPIES]
