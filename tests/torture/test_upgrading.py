"""Revisions in front of an application at work, one of whose transactions stays open for long."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

import autosync
from tests.revisions.scripts import add, repository
from tests.servers.database import LiveDatabase
from tests.torture.conftest import PROPERTY, WHOLE
from tests.torture.test_traffic import BEGUN, READERS, older, prepare
from tests.torture.traffic import USUAL, Role, Traffic

LIMIT = 0.25
"""Seconds that a statement of the application may wait for revisions. It was 1.1 to 1.7 before they
gave up after a moment and were tried again."""
OPEN_FOR = 2.0
READING = Role("open", ("read",), OPEN_FOR, last=("read", "update", "insert"))
WRITING = Role("open", ("read", "update"), OPEN_FOR, last=("read", "update", "insert"))
COLUMNS = """
op.add_column("orders", sa.Column("state", sa.String(10)))
op.add_column("accounts", sa.Column("email", sa.String(80)))
"""
INDEX = 'op.create_index("ix_note", "orders", ["note"])'
BLOCK = """
with op.get_context().autocommit_block():
    op.create_index("ix_note", "orders", ["note"], postgresql_concurrently=True)
"""


class Case(NamedTuple):
    """An application, and the revisions that are pending; `always` that each test run has it.

    Of its transactions, those may fail with `excused` errors that cannot be helped.
    """

    database: str
    roles: tuple[Role, ...]
    revisions: tuple[str, ...]
    journal: str | None = None
    excused: tuple[str, ...] = ()
    always: bool = False

    def __str__(self) -> str:
        opened = [" ".join(role.steps) for role in self.roles if role.open_for is not None]
        block = "block" if BLOCK in self.revisions else None
        return "-".join(filter(None, [self.database, self.journal, block, *opened]))


NOT_HELPED = ("1213", "1412")
"""MySQL waits for a second at the least, and spares the DDL: whoever comes between the look and the
statement may be a victim. And a snapshot that is older than an index is of no use to it."""
CASES = [
    Case("postgresql", (*USUAL, READING), (COLUMNS, INDEX)),
    Case("postgresql", (*USUAL, WRITING), (COLUMNS, INDEX), always=True),
    Case("postgresql", (*USUAL, READING), (BLOCK, COLUMNS), always=True),
    Case("mariadb", (*USUAL, READING), (COLUMNS, INDEX)),
    Case("mariadb", (*USUAL, WRITING), (COLUMNS, INDEX), always=True),
    Case("mysql", (*USUAL, READING), (COLUMNS, INDEX), excused=NOT_HELPED),
    Case("mysql", (*USUAL, WRITING), (COLUMNS, INDEX), excused=NOT_HELPED, always=True),
    Case("sqlite", (*READERS, BEGUN), (COLUMNS, INDEX), journal="delete", always=True),
]


@pytest.mark.parametrize("case", [case for case in CASES if case.always or WHOLE], ids=str)
def test_nothing_waits_long(
    case: Case,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    record_property: Callable[[str, Any], None],
) -> None:
    """Nobody of the application fails; what is pending is done when the transaction has ended."""
    database: LiveDatabase = request.getfixturevalue(case.database)
    prepare(database, case.journal)
    at_no_revision(database)
    scripts = repository(tmp_path)
    names = [f"r{number}" for number in range(len(case.revisions))]
    for name, body, before in zip(names, case.revisions, [None, *names], strict=False):
        add(scripts, name, body, *filter(None, [before]))
    with Traffic(database.url, older(), case.roles) as traffic:
        report = autosync.upgrade(database.engine, scripts, deadline=20)
        done = time.monotonic()
    assert [one.id for one in report.revisions] == names
    assert report.pending == ()
    excused = [e for e in traffic.errors if any(code in str(e) for code in case.excused)]
    assert [e for e in traffic.errors if e not in excused] == []
    others = [traffic.stall(role.name) for role in case.roles if role.open_for is None]
    assert max(others) < LIMIT, str(traffic.longest())
    assert [s for s in traffic.samples if s.role == "open" and s.ended > done] == []
    columns = {column["name"] for column in sa.inspect(database.engine).get_columns("orders")}
    assert "state" in columns
    counts = {"rounds": 1, "statements": len(traffic.samples), "victims": len(excused)}
    record_property(PROPERTY, (f"revisions under traffic on {case}", counts))


def at_no_revision(database: LiveDatabase) -> None:
    """The database, at no revision; it has tables."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"
        )
