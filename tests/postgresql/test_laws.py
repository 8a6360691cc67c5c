"""What PostgreSQL takes from nobody is refused before it is tried; and only where it is so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Computed, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.exc import DBAPIError

import autosync
from autosync.ddl import send
from autosync.dialects.postgresql.limits import INDEXED_COLUMNS
from tests.servers.database import SQLALCHEMY, LiveDatabase
from tests.tables import made

UNSUPPORTED, LIMIT, TARGET = "constraint-unsupported", "limit-exceeded", "foreign-key-target"
ALWAYS, EVER = 12, 10_000
VIRTUAL = 18 if SQLALCHEMY >= (2, 1) else EVER
"""Older ones of SQLAlchemy ask for a stored column."""
CLASH = "42P07", "42701"
# SQLAlchemy 2.1 says that it makes STORED of what older servers cannot have otherwise
pytestmark = pytest.mark.filterwarnings("ignore:Computed column")


class Law(NamedTuple):
    """Models that break a law of the versions from ``since`` until before ``until``.

    ``live`` is SQL for what is there; without it, the tables are new. ``sqlalchemy`` is the first
    that can declare them. ``refused`` are the codes of
    what the law is about, by ``"kind object"``.
    """

    name: str
    models: Callable[[], sa.MetaData]
    refused: dict[str, str]
    live: Sequence[str] = ()
    since: int = ALWAYS
    until: int = EVER
    sqlalchemy: tuple[int, int] = (1, 4)

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def t(*items: Callable[[], Any], **options: Any) -> Callable[[], sa.MetaData]:
    """Models of one table ``t``, with these items made anew each time."""

    def models() -> sa.MetaData:
        metadata = made(("t", *(item() for item in items)))
        metadata.tables["t"].dialect_options["postgresql"].update(options)
        return metadata

    return models


def n(**options: Any) -> Callable[[], Any]:
    return lambda: Column("n", Integer, **options)


def day() -> Any:
    return Column("day", Date, primary_key=True)


def number() -> Any:
    return Column("id", Integer, primary_key=True)


def virtual(**options: Any) -> Callable[[], Any]:
    return lambda: Column("v", Integer, Computed("n + 1"), **options)


def unique(*names: str, **options: Any) -> Callable[[], Any]:
    return lambda: UniqueConstraint(*names, name="u", **options)


def index(*parts: Any, **options: Any) -> Callable[[], Any]:
    return lambda: Index("i", *parts, **options)


T = "CREATE TABLE t (id serial PRIMARY KEY, n int)"
ROW = "INSERT INTO t (n) VALUES (1)"
BY_DAY = "CREATE TABLE t (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)"
BY_WORD = "CREATE TABLE t (id int, s varchar) PARTITION BY RANGE (lower(s))"
BY = {"partition_by": "RANGE (day)"}
WIDE = [Column(f"c{place}", Integer) for place in range(1600)]


def wide(size: int) -> Callable[[], sa.MetaData]:
    return lambda: made(("t", *(column._copy() for column in WIDE[: size - 1])))


def wide_live(dropped: int) -> list[str]:
    """A table that has room for two more columns, when its dropped ones are counted."""
    gone = [f"g{place}" for place in range(dropped)]
    names = [*(f"c{place}" for place in range(1600 - 3 - dropped)), *gone]
    return [
        f"CREATE TABLE t (id serial PRIMARY KEY, {', '.join(f'{name} int' for name in names)})",
        *(f"ALTER TABLE t DROP {name}" for name in gone),
    ]


def wider(dropped: int, more: int) -> Callable[[], sa.MetaData]:
    new = [Column(f"new{place}", Integer) for place in range(more)]
    old = WIDE[: 1600 - 3 - dropped]
    return lambda: made(("t", *(column._copy() for column in [*old, *new])))


TEMPORAL = ["CREATE TABLE p (id int4range, n int4range, PRIMARY KEY (id, n WITHOUT OVERLAPS))"]
NEW, INDEX, UNIQUE = "table t", "index t.i", "unique t.u"

LAWS = [
    Law(
        "an index on a new virtual column",
        t(n(), virtual(), index("v")),
        {NEW: UNSUPPORTED},
        since=VIRTUAL,
    ),
    Law(
        "an index that includes one",
        t(n(), virtual(), index("n", postgresql_include=["v"])),
        {NEW: UNSUPPORTED},
        since=VIRTUAL,
    ),
    Law(
        "an index of some rows of one",
        t(n(), virtual(), index("n", postgresql_where=sa.text("v > 0"))),
        {NEW: UNSUPPORTED},
        since=VIRTUAL,
    ),
    Law(
        "an index of an expression with one",
        t(n(), virtual(), index(sa.text("(v + 1)"))),
        {NEW: UNSUPPORTED},
        since=VIRTUAL,
    ),
    Law(
        "a unique virtual column", t(n(), virtual(), unique("v")), {NEW: UNSUPPORTED}, since=VIRTUAL
    ),
    Law(
        "a key on a virtual column",
        t(
            n(),
            lambda: Column("v", Integer, Computed("n + 1")),
            lambda: sa.ForeignKeyConstraint(["v"], ["t.id"], name="k"),
        ),
        {NEW: UNSUPPORTED},
        since=VIRTUAL,
    ),
    Law(
        "an index with a virtual column that is added",
        t(n(), virtual(), index("v")),
        {INDEX: UNSUPPORTED},
        [T, ROW],
        since=VIRTUAL,
    ),
    Law(
        "nulls not distinct of a new table",
        t(n(), unique("n", postgresql_nulls_not_distinct=True)),
        {NEW: UNSUPPORTED},
        until=15,
        sqlalchemy=(2, 0),
    ),
    Law(
        "nulls not distinct of an index",
        t(n(), index("n", unique=True, postgresql_nulls_not_distinct=True)),
        {NEW: UNSUPPORTED},
        until=15,
        sqlalchemy=(2, 0),
    ),
    Law(
        "nulls not distinct of a new column",
        t(n(), lambda: Column("m", Integer), unique("m", postgresql_nulls_not_distinct=True)),
        {"column t.m": "depends-on-refused", UNIQUE: UNSUPPORTED},
        [T],
        until=15,
        sqlalchemy=(2, 0),
    ),
    Law(
        "a primary key without the partition key",
        t(n(), lambda: Column("day", Date), **BY),
        {NEW: UNSUPPORTED},
    ),
    Law(
        "unique without the partition key",
        t(number, n(), day, unique("n"), **BY),
        {NEW: UNSUPPORTED},
    ),
    Law(
        "a unique index without it",
        t(number, n(), day, index("n", unique=True), **BY),
        {NEW: UNSUPPORTED},
    ),
    Law(
        "unique of a table divided by an expression",
        t(n(), unique("id", "n"), partition_by="LIST ((n + 1))"),
        {NEW: UNSUPPORTED},
    ),
    Law(
        "exclusion in a partitioned table",
        t(number, day, lambda: pg.ExcludeConstraint(("day", "="), name="x", using="btree"), **BY),
        {NEW: UNSUPPORTED},
        until=17,
    ),
    Law(
        "a unique column for a partitioned table",
        t(number, day, n(), unique("n"), **BY),
        {"column t.n": "depends-on-refused", UNIQUE: UNSUPPORTED},
        [BY_DAY],
    ),
    Law(
        "a unique index on what is divided by an expression",
        t(lambda: Column("s", String), n(), index("n", unique=True)),
        {
            "column t.n": "depends-on-refused",
            INDEX: UNSUPPORTED,
            "column t.id": "column-nullable",
            "primary_key t(id)": "primary-key",
        },
        [BY_WORD],
    ),
    Law(
        "too many columns in an index",
        lambda: made(
            ("t", *(c._copy() for c in WIDE[:33]), Index("i", *(c.name for c in WIDE[:33])))
        ),
        {NEW: LIMIT},
    ),
    Law("too many columns of a new table", wide(1601), {NEW: LIMIT}),
    Law("too many columns of an old table", wider(0, 3), {"column t.new2": LIMIT}, wide_live(0)),
    Law(
        "too many columns with those that were dropped",
        wider(20, 4),
        {"column t.new2": LIMIT, "column t.new3": LIMIT},
        wide_live(20),
    ),
]
SAFE = [
    Law(
        "an index on a stored column",
        t(n(), lambda: Column("v", Integer, Computed("n + 1", persisted=True)), index("v")),
        {},
    ),
    Law("unique with the partition key", t(number, n(), day, unique("n", "day"), **BY), {}),
    Law(
        "unique with a quoted partition key",
        t(number, lambda: Column("Day", Date, primary_key=True), partition_by='RANGE ("Day")'),
        {},
    ),
    Law(
        "divided by several columns",
        t(number, n(primary_key=True), day, partition_by="RANGE (day, N)"),
        {},
    ),
    Law("as many columns as there may be", wide(1600), {}),
    Law(
        "as many columns in an index",
        lambda: made(
            ("t", *(c._copy() for c in WIDE[:32]), Index("i", *(c.name for c in WIDE[:32])))
        ),
        {},
    ),
]


@pytest.mark.parametrize(
    "law", [law for law in [*LAWS, *SAFE] if law.sqlalchemy <= SQLALCHEMY], ids=str
)
def test_a_law_is_known(law: Law, postgresql: LiveDatabase) -> None:
    """What is refused would fail, and what is not is done."""
    with postgresql.engine.begin() as connection:
        for statement in law.live:
            send(connection, statement)
    applies = bool(law.refused) and law.since <= postgresql.version < law.until
    report = autosync.sync(postgresql.engine, law.models())
    found = {f"{one.kind} {one.object}": one.code for one in report.refused}
    about = {UNSUPPORTED, LIMIT}
    if not applies:
        assert not about & set(found.values()), report
        return
    assert found == law.refused
    assert report.pending == report.failed == ()
    assert all(one.remedy for one in report.refused if one.code in about)
    again = autosync.plan(postgresql.engine, law.models())
    assert [one.fingerprint for one in again.refused] == [one.fingerprint for one in report.refused]
    assert not again.pending
    if not law.live:
        with pytest.raises(DBAPIError) as raised, postgresql.engine.begin() as connection:
            law.models().create_all(connection)
        assert getattr(raised.value.orig, "sqlstate", None) not in CLASH


def test_a_key_to_a_temporal_one(postgresql: LiveDatabase) -> None:
    """It would have to say PERIOD, which came with it in 18."""
    if postgresql.version < 18:
        with pytest.raises(DBAPIError), postgresql.engine.begin() as connection:
            send(connection, TEMPORAL[0])
        return
    with postgresql.engine.begin() as connection:
        send(connection, TEMPORAL[0])
    metadata = made(
        (
            "p",
            Column("id", pg.INT4RANGE, primary_key=True),
            Column("n", pg.INT4RANGE, primary_key=True),
        ),
        (
            "t",
            Column("a", pg.INT4RANGE),
            Column("b", pg.INT4RANGE),
            sa.ForeignKeyConstraint(["a", "b"], ["p.id", "p.n"]),
        ),
    )
    refused = {one.object: one for one in autosync.plan(postgresql.engine, metadata).refused}
    assert refused["t"].code == TARGET
    assert "WITHOUT OVERLAPS" in refused["t"].reason


@pytest.mark.parametrize("has_null", [False, True])
def test_a_virtual_column_that_is_not_null(postgresql: LiveDatabase, *, has_null: bool) -> None:
    """The server reads all rows to find whether its expression is NULL somewhere."""
    with postgresql.engine.begin() as connection:
        send(connection, T)
        send(connection, "INSERT INTO t (n) VALUES (%s)" % ("NULL" if has_null else "1"))
    models = t(n(), virtual(nullable=False))
    (refusal,) = autosync.plan(postgresql.engine, models()).refused
    virtual_since = 18
    expected = (
        "not-null-without-default" if postgresql.version >= virtual_since else "rewrites-table"
    )
    assert refusal.code == expected
    assert "UPDATE" not in str(refusal.remedy)
    if has_null:
        return
    with postgresql.engine.begin() as connection:
        for statement in refusal.remedy.statements:
            send(connection, statement)
    assert autosync.plan(postgresql.engine, models()).in_sync


@pytest.mark.parametrize("divided_by", ["day", "lower(day::text)"])
def test_what_is_added_to_a_large_partitioned_table(
    postgresql: LiveDatabase, divided_by: str
) -> None:
    """No index is built beside its writers, and before 18 no key is left to be validated."""
    with postgresql.engine.begin() as connection:
        for statement in (
            "CREATE TABLE p (id serial PRIMARY KEY)",
            "INSERT INTO p DEFAULT VALUES",
            f"CREATE TABLE t (id int NOT NULL, day int NOT NULL) PARTITION BY LIST ({divided_by})",
            "CREATE TABLE t1 PARTITION OF t DEFAULT",
            "INSERT INTO t SELECT 1, g FROM generate_series(1, 9) g",
        ):
            send(connection, statement)
    key = ForeignKey("p.id", name="k")
    models = made(
        ("p",),
        (
            "t",
            Column("id", Integer, primary_key=True, autoincrement=False),
            Column("day", Integer, nullable=False),
            Column("free", Integer),
            Column("indexed", Integer, index=True),
            Column("pointing", Integer, ForeignKey("p.id")),
            Column("filled", Integer, key, server_default="1"),
        ),
    )
    report = autosync.sync(postgresql.engine, models, max_rows_scanned=2)
    found = {one.object: one.code for one in report.refused if one.kind != "primary_key"}
    refused = {"t.ix_t_indexed": "large-table"}
    if postgresql.version < 18:
        refused |= {"t.k": "large-table", "t.filled": "depends-on-refused"}
    assert {name: code for name, code in found.items() if name in refused} == refused
    with postgresql.engine.connect() as connection:
        assert not send(
            connection, "SELECT 1 FROM pg_description WHERE description LIKE 'autosync%'"
        ).all()
    again = autosync.plan(postgresql.engine, models, max_rows_scanned=2)
    assert again.pending == ()
    assert again.refused == report.refused


def test_the_limits_are_the_servers(postgresql: LiveDatabase) -> None:
    with postgresql.engine.connect() as connection:
        assert int(send(connection, "SHOW max_index_keys").scalar()) == INDEXED_COLUMNS
