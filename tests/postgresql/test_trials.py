"""What nothing but the server can judge is asked of it first: the plan promises no such thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Computed,
    Date,
    Enum,
    Float,
    Identity,
    Index,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.types import UserDefinedType

import autosync
from autosync.ddl import send
from tests.servers.database import LiveDatabase
from tests.tables import made

REJECTS, FAILS, TYPE = "not-accepted", "check-fails", "type-missing"


class Spelled(UserDefinedType):
    """A type by the words that it is given."""

    cache_ok = True

    def __init__(self, words: str) -> None:
        self.words = words

    def get_col_spec(self, **kw: Any) -> str:
        return self.words


class Odd(NamedTuple):
    """What a table ``t`` is to have, the code with which it is refused, and of what.

    ``with_rows`` is the code where the table has a row, if it is another one.
    """

    name: str
    items: Callable[[], list[Any]]
    code: str = REJECTS
    about: str = "column t.x"
    with_rows: str | None = None

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def x(*arguments: Any, **options: Any) -> Callable[[], list[Any]]:
    """A column."""
    return lambda: [Column("x", *arguments, **options)]


def index(*parts: Any, type_: Any = String, **options: Any) -> Callable[[], list[Any]]:
    """A column, and an index of it."""
    return lambda: [Column("x", type_), Index("i", *(parts or ("x",)), **options)]


def check(sqltext: str) -> Callable[[], list[Any]]:
    """A column, and a check of it."""
    return lambda: [Column("x", Integer), CheckConstraint(sqltext, name="c")]


INDEX, CHECK = "index t.i", "check t.c"
ODD = [
    Odd("an enum named as a built-in type", x(Enum("a", name="name")), "not-rendered"),
    Odd("an enum named as a common type", x(Enum("a", name="text")), "not-rendered"),
    Odd(
        "an enum named as a pseudo-type",
        x(Enum("a", name="unknown")),
        "names-collide",
        "enum unknown",
    ),
    Odd("an enum named as a table", x(Enum("a", name="u")), "names-collide", "enum u"),
    Odd(
        "an enum in a schema that is missing",
        x(Enum("a", name="e", schema="no")),
        "schema-missing",
        "enum no.e",
    ),
    Odd("a domain that is missing", x(Spelled("dd")), TYPE),
    Odd("a type of an extension", x(pg.HSTORE), TYPE),
    Odd("a type of an extension with arguments", x(Spelled("geometry(POINT,4326)")), TYPE),
    Odd("an array of what is missing", x(pg.ARRAY(Spelled("vector(3)"))), TYPE),
    Odd("a type in a schema that is missing", x(Spelled("no.thing")), TYPE),
    Odd("a type that is none", x(Spelled("a b c d"))),
    Odd("a collation", x(String(9, collation="xx"))),
    Odd("a precision", x(Numeric(2000, 2))),
    Odd("a length", x(String(10_485_761))),
    Odd("a text for a number", x(Integer, server_default="abc")),
    Odd("a day that is none", x(Date, server_default="2020-13-45")),
    Odd("a label that is none", x(Enum("a", name="e"), server_default="z")),
    Odd("a default that calls what is missing", x(Integer, server_default=text("nope()"))),
    Odd("a default that names a column", x(Integer, server_default=text("id"))),
    Odd("a default that breaks off", x(Integer, server_default=text("1 +"))),
    Odd("a default with a NUL", x(String, server_default="a\0b")),
    Odd("computed from what is missing", x(Integer, Computed("no", persisted=True))),
    Odd("computed from what changes", x(Float, Computed("random()", persisted=True))),
    Odd("a text that numbers itself", x(String, Identity())),
    Odd("an index in a tablespace", index(postgresql_tablespace="no"), about=INDEX),
    Odd(
        "an operator class",
        index(postgresql_ops={"x": "gin_trgm_ops"}, postgresql_using="gin"),
        about=INDEX,
    ),
    Odd("an access method", index(postgresql_using="rum"), about=INDEX),
    Odd("a type without an order", index(type_=JSON), about=INDEX),
    Odd(
        "a type that the method does not take",
        index(type_=Integer, postgresql_using="gin"),
        about=INDEX,
    ),
    Odd("an index that calls what is missing", index(text("nope(x)")), about=INDEX),
    Odd("an index of what changes", index(text("(x || now()::text)")), about=INDEX),
    Odd("an index of some rows", index(postgresql_where=text("nope(x)")), about=INDEX),
    Odd("an index with a setting", index(postgresql_with={"no": 1}), about=INDEX),
    Odd(
        "unique without an order",
        lambda: [Column("x", JSON), UniqueConstraint("x", name="q")],
        about="unique t.q",
    ),
    Odd("a check that calls what is missing", check("nope(x)"), about=CHECK, with_rows=FAILS),
    Odd("a check that is no condition", check("x"), about=CHECK, with_rows=FAILS),
    Odd("a check with a query", check("x IN (SELECT 1)"), about=CHECK),
    Odd("a check that breaks off", check("x >"), about=CHECK, with_rows=FAILS),
    Odd(
        "an exclusion without an operator class",
        lambda: [Column("x", Integer), pg.ExcludeConstraint(("x", "="), name="c")],
        about=CHECK,
        with_rows=FAILS,
    ),
]
OPTIONS: list[dict[str, Any]] = [
    {"postgresql_tablespace": "no"},
    {"postgresql_with": {"no": 1}},
    {"postgresql_using": "no"},
    {"postgresql_partition_by": "RANGE (id no_ops)"},
]


def models(*items: Any, **options: Any) -> sa.MetaData:
    """Models with a table ``t`` of these items, beside others that nothing is wrong with."""
    metadata = made(("u",), ("other", Column("more", Integer)))
    sa.Table("t", metadata, Column("id", Integer, primary_key=True), *items, **options)
    return metadata


def run(live: LiveDatabase, *statements: str) -> None:
    with live.engine.begin() as connection:
        for statement in statements:
            send(connection, statement)


@pytest.mark.parametrize("there", ["nothing", "empty", "rows"])
@pytest.mark.parametrize("odd", ODD, ids=str)
def test_it_is_refused_alone(odd: Odd, there: str, postgresql: LiveDatabase) -> None:
    """By ``plan``; ``sync`` raises nothing, and adds all else."""
    made(("u",), ("other",)).create_all(postgresql.engine)
    if there != "nothing":
        run(postgresql, "CREATE TABLE t (id serial PRIMARY KEY)")
    if there == "rows":
        run(postgresql, "INSERT INTO t DEFAULT VALUES")
    declared = models(*odd.items())
    plan = autosync.plan(postgresql.engine, declared)
    found = {entry.title: entry.code for entry in plan.refused}
    code = (odd.with_rows or odd.code) if there == "rows" else odd.code
    of_enum = odd.about.startswith("enum")
    about = odd.about if there != "nothing" or of_enum else "table t"
    assert found[about] == code, plan
    report = autosync.sync(postgresql.engine, declared)
    assert report.refused == plan.refused
    assert "column other.more" in {entry.title for entry in report.applied}
    again = autosync.plan(postgresql.engine, declared)
    assert again.refused == plan.refused
    assert not again.pending


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: next(iter(options)))
def test_options_of_a_new_table(options: dict[str, Any], postgresql: LiveDatabase) -> None:
    declared = models(Column("x", Integer), **options)
    report = autosync.sync(postgresql.engine, declared)
    assert {entry.title: entry.code for entry in report.refused} == {"table t": REJECTS}
    assert {entry.title for entry in report.applied} == {"table u", "table other"}


@pytest.mark.parametrize("there", ["nothing", "rows"])
def test_what_the_server_takes_is_done(there: str, postgresql: LiveDatabase) -> None:
    """The nearest neighbours of all that: nothing is refused that could be done."""
    if there == "rows":
        run(postgresql, "CREATE TABLE t (id serial PRIMARY KEY)", "INSERT INTO t DEFAULT VALUES")
    run(postgresql, "CREATE DOMAIN dd AS text", "CREATE SCHEMA yes")
    declared = models(
        Column("a", Spelled("dd")),
        Column("b", Enum("a", name="e", schema="yes"), server_default="a"),
        Column("c", String(9, collation="C"), server_default="abc", index=True),
        Column("d", Date, server_default="2020-12-31"),
        Column("f", pg.JSONB, server_default="{}"),
        Column("g", pg.ARRAY(Integer)),
        Column("h", String),
        CheckConstraint("g IS NULL OR cardinality(g) > 0", name="c1"),
        Index("i1", "f", postgresql_using="gin"),
        Index("i2", text("lower(h)"), postgresql_where=text("h <> ''")),
        Index("i3", "h", postgresql_ops={"h": "text_pattern_ops"}),
        Index("i4", "h", postgresql_with={"fillfactor": 50}, postgresql_include=["d"]),
    )
    report = autosync.sync(postgresql.engine, declared)
    assert report.refused == ()
    assert autosync.plan(postgresql.engine, declared).in_sync


def test_nothing_is_left_behind_and_plain_things_are_not_asked_about(
    postgresql: LiveDatabase,
) -> None:
    """A question costs a few milliseconds, a thousand of them a start."""
    sent: list[str] = []

    @sa.event.listens_for(postgresql.engine, "before_cursor_execute")
    def note(*arguments: Any) -> None:
        sent.append(arguments[2])

    plain = [
        Column("a", Integer, server_default="7"),
        Column("b", String(80), server_default="", index=True),
        Column("c", sa.DateTime(timezone=True), server_default=sa.func.now()),
        Column("d", sa.Boolean, nullable=False, default=True),
        Column("e", sa.BigInteger, sa.ForeignKey("u.id")),
        Column("f", JSON),
        UniqueConstraint("a", "b"),
    ]
    autosync.plan(postgresql.engine, models(*plain))
    assert asked(sent) == []
    autosync.plan(postgresql.engine, models(Column("x", JSON), CheckConstraint("x IS NULL")))
    assert len(asked(sent)) == 1
    with postgresql.engine.connect() as connection:
        left = send(connection, "SELECT relname FROM pg_class WHERE relname LIKE 'autosync%'").all()
    assert left == []


def asked(sent: Sequence[str]) -> list[str]:
    return [sql for sql in sent if sql.startswith("CREATE TEMPORARY TABLE")]
