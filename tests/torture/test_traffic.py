"""Synchronizing in front of an application at work: nothing of it waits long, nothing of it fails.

How long a statement waits is told by comparing it with what the same statements took just before.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, MetaData, String, Table

import autosync
from tests.servers.database import LiveDatabase
from tests.torture.conftest import PROPERTY, WHOLE
from tests.torture.traffic import READER, USUAL, WRITER, Role, Traffic, fill

LIMITS = {"postgresql": 0.25, "mariadb": 0.5, "sqlite": 0.25}
OPEN_FOR = 5.0 if WHOLE else 1.2
ROUNDS = 3 if WHOLE else 1
ROWS = 2000
REBUILT = "1412"
"""MariaDB's "Table definition has changed", for a snapshot older than the copy of its table."""

READING = Role("open", ("read",), OPEN_FOR, last=("read", "update", "insert"))
WRITING = Role("open", ("read", "update"), OPEN_FOR, last=("read", "update", "insert"))
BEGUN = Role("open", ("read",), OPEN_FOR, last=("read",), begin="BEGIN")
READERS = (READER, READER, READER)


def older() -> MetaData:
    """What the application was written for."""
    metadata = MetaData()
    Table(
        "accounts",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(50)),
    )
    Table(
        "orders",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("account", ForeignKey("accounts.id")),
        Column("note", String(50)),
    )
    return metadata


def instant() -> MetaData:
    """Columns, an index on one that was there, and a table with keys to both."""
    metadata = older()
    accounts, orders = metadata.tables["accounts"], metadata.tables["orders"]
    accounts.append_column(Column("email", String(80)))
    orders.append_column(Column("state", String(10), nullable=False, server_default="new"))
    Index("ix_note", orders.c.note)
    Table(
        "refunds",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("order", ForeignKey("orders.id")),
        Column("account", ForeignKey("accounts.id")),
    )
    return metadata


def everything() -> MetaData:
    """And columns with all that they can have."""
    metadata = instant()
    accounts, orders = metadata.tables["accounts"], metadata.tables["orders"]
    accounts.append_column(Column("code", String(20), unique=True))
    orders.append_column(Column("total", Integer, CheckConstraint("total >= 0", name="ck_total")))
    orders.append_column(Column("placed", Integer, index=True))
    orders.append_column(Column("payer", ForeignKey("accounts.id", name="fk_payer")))
    return metadata


def many_tables() -> MetaData:
    """As many as would hold up those who write to their parent, if made in one go."""
    metadata = older()
    for number in range(200):
        key = ForeignKey("accounts.id")
        Table(f"t{number}", metadata, Column("id", Integer, primary_key=True), Column("a", key))
    return metadata


class Case(NamedTuple):
    """An application, what is added under it, and which of its errors cannot be helped.

    `waits` says that its open transaction has to end first, `always` that each test run has it.
    """

    database: str
    roles: tuple[Role, ...]
    models: Callable[[], MetaData] = everything
    journal: str | None = None
    excused: str | None = None
    waits: bool = True
    always: bool = False

    def __str__(self) -> str:
        opened = [" ".join(role.steps) for role in self.roles if role.open_for is not None]
        names = [self.database, self.journal, self.models.__name__, *opened]
        return "-".join(filter(None, names))


CASES = [
    Case("postgresql", (*USUAL, WRITING), always=True),
    Case("postgresql", (*USUAL, READING)),
    Case("postgresql", USUAL, many_tables),
    Case("mariadb", (*USUAL, READING), instant, always=True),
    Case("mariadb", (*USUAL, WRITING), instant),
    Case("mariadb", (*USUAL, WRITING), excused=REBUILT, always=True),
    Case("mariadb", (*USUAL, READING), excused=REBUILT),
    Case("mariadb", USUAL, many_tables),
    # two who write to one file take turns, also without us: only short transactions, or one
    Case("sqlite", (*USUAL, BEGUN), journal="wal", waits=False, always=True),
    Case("sqlite", (*READERS, WRITING), journal="wal"),
    Case("sqlite", (*READERS, BEGUN), journal="delete", always=True),
    Case("sqlite", (*READERS, WRITING), journal="delete"),
    Case("sqlite", (*READERS, WRITER), journal="delete"),
]


@pytest.mark.parametrize("turn", range(ROUNDS))
@pytest.mark.parametrize("case", [case for case in CASES if case.always or WHOLE], ids=str)
def test_nothing_waits_long(
    case: Case,
    turn: int,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, Any], None],
) -> None:
    database: LiveDatabase = request.getfixturevalue(case.database)
    prepare(database, case.journal)
    with Traffic(database.url, older(), case.roles) as traffic:
        report = autosync.sync(database.engine, case.models(), allow={"indexes"})
        done = time.monotonic()
    assert report.in_sync
    assert [e for e in traffic.errors if not case.excused or case.excused not in str(e)] == []
    assert traffic.stall() < LIMITS[case.database], str(traffic.longest())
    if case.waits:
        assert [s for s in traffic.samples if s.role == "open" and s.ended > done] == []
    counts = {"rounds": 1, "statements": len(traffic.samples)}
    record_property(PROPERTY, (f"traffic on {case}", counts))


@pytest.mark.parametrize("opened", [READING, WRITING], ids=["read", "written"])
def test_nothing_dies_of_a_wait(mysql: LiveDatabase, opened: Role) -> None:
    """While a transaction is open for long, MySQL is not asked for what would have to wait for it:
    everybody who reads and then writes would die of 1213 (15 in 6 s did).

    Who begins just between a look and the statement still may.
    """
    prepare(mysql)
    roles = (WRITER, WRITER, WRITER, WRITER, opened)
    with Traffic(mysql.url, older(), roles) as traffic:
        report = autosync.sync(mysql.engine, instant(), allow={"indexes"})
    assert report.in_sync
    ended = max(sample.ended for sample in traffic.samples if sample.role == "open")
    at_work = [sample for sample in traffic.samples if sample.ended < ended]
    assert len(at_work) > len(roles)
    assert [sample for sample in at_work if sample.error] == []


def test_a_long_wait_is_seen(postgresql: LiveDatabase) -> None:
    """The traffic notes what a lock does to it."""
    prepare(postgresql)
    traffic = Traffic(postgresql.url, older(), [READER, WRITER])
    with traffic, postgresql.engine.begin() as connection:
        connection.execute(sa.text("LOCK TABLE orders"))
        time.sleep(2 * LIMITS["postgresql"])
    assert traffic.stall("reader") > LIMITS["postgresql"]
    assert traffic.stall("writer") > LIMITS["postgresql"]


def test_a_deadlock_is_seen(mariadb: LiveDatabase) -> None:
    """And which statement fails."""
    prepare(mariadb)
    traffic = Traffic(mariadb.url, older(), [READING._replace(open_for=0.3)])
    with traffic, mariadb.engine.connect() as connection:
        connection.execute(sa.text("ALTER TABLE orders ADD COLUMN late INTEGER"))
    assert [sample.kind for sample in traffic.errors] == ["update"]
    assert "1213" in str(traffic.errors[0])


def prepare(database: LiveDatabase, journal: str | None = None) -> None:
    """The older tables, with rows."""
    if journal is not None:
        with database.engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA journal_mode = {journal}")
    older().create_all(database.engine)
    fill(database.engine, older(), ROWS)
