"""What the corpus has refused, handed over, run by a person, and in sync."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import autosync
from autosync.handover import Handover, items
from autosync.handover.items import WAYS
from autosync.plan import Refusal
from autosync.rules import FOLLOWS
from tests.corpus.case import ALL, Case, metadata
from tests.corpus.cases import CASES
from tests.corpus.runner import contents, prepare
from tests.handover.person import agree
from tests.handover.repositories import alembic, migrate
from tests.servers.database import SQLALCHEMY, LiveDatabase

RENAMES = {"renamed", "likely-rename"}
BY_HAND = {
    "check differs": "a row breaks it",
    "large table with a new check": "MariaDB checks nothing against what it numbers",
    "new table that points at a refused column": "what is filled in has to be unique",
}
"""What takes more of a person than to agree, and why."""
TWO_REVISIONS = "default of a label that is refused"
"""A label is a default only when it is committed; a script of sqlalchemy-migrate commits once."""


def first_of_each(name: str) -> list[Case]:
    """The first case of each signature that a database has."""
    cases = [
        case
        for case in CASES
        if name in case.databases
        and case.since <= SQLALCHEMY
        and set(case.expected("refused", name).values()) & set(WAYS)
        and case.name not in BY_HAND
    ]
    if os.environ.get("AUTOSYNC_TORTURE"):
        return cases
    # what every version of the server has comes first
    cases.sort(key=lambda case: case.server)
    known = {signature(case, name): case for case in reversed(cases)}
    return list(known.values())


def signature(case: Case, name: str) -> tuple[str, ...]:
    """What kinds of things are refused, and why."""
    refused = case.expected("refused", name)
    return tuple(sorted({f"{title.split()[0]} {code}" for title, code in refused.items()}))


RUNS = [
    pytest.param(name, case, id=f"{case}-{name}") for name in ALL for case in first_of_each(name)
]


@pytest.fixture
def schema(mariadb: LiveDatabase) -> Iterator[str]:
    """The name of one that a revision may make: MariaDB's are the server's, which the tests share.

    It is dropped with the database.
    """
    name = f"{mariadb.url.database}_more"
    yield name
    with mariadb.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")


def in_schema(models: sa.MetaData, schema: str) -> sa.MetaData:
    """Models, with the tables that are in a schema in this one."""
    moved = sa.MetaData()
    for table in models.tables.values():
        table.to_metadata(moved, schema=table.schema and schema)
    return moved


@pytest.mark.parametrize(("name", "case"), RUNS)
def test_it_is_in_sync_afterwards(
    name: str, case: Case, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    check(name, case, request, alembic(tmp_path / "revisions"), "base")


@pytest.mark.skipif(SQLALCHEMY >= (2, 0), reason="sqlalchemy-migrate needs 1.4")
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.parametrize(("name", "case"), RUNS)
def test_with_sqlalchemy_migrate(
    name: str, case: Case, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if case.name == TWO_REVISIONS:
        pytest.skip("it takes two revisions of sqlalchemy-migrate")
    check(name, case, request, migrate(tmp_path / "revisions"), "0")


def check(name: str, case: Case, request: pytest.FixtureRequest, made: Path, base: str) -> None:
    database: LiveDatabase = request.getfixturevalue(name)
    if name == "postgresql" and database.version < case.server:
        return
    live, models = metadata(case.live), metadata(case.models)
    if name == "mariadb" and any(table.schema for table in models.tables.values()):
        models = in_schema(models, request.getfixturevalue("schema"))
    prepare(case, live, database)
    rows = contents(live, database.engine)
    options: dict[str, Any] = {k: v for k, v in case.options.items() if k != "on_refused"}

    def revision() -> Handover:
        return autosync.revision(
            database.engine, models, made, "from the corpus", pending=True, **options
        )

    done = revision()
    assert rows == contents(live, database.engine)
    if done.path is None:
        assert done.left
        return
    ran = run(database, made, done.path, base)
    entries = (*done.written, *done.held)
    if RENAMES & {entry.code for entry in entries if isinstance(entry, Refusal)}:
        # how it differs is seen when it has its name
        done = revision()
        ran += "" if done.path is None else run(database, made, done.path)
    plan = autosync.plan(database.engine, models, **options)
    by_hand = [one for one in done.held if isinstance(one, Refusal) and items.BY_HAND in ran]
    left = {entry.code for entry in (*done.left, *by_hand)}
    after = {entry.code for entry in plan.refused} - {FOLLOWS}
    assert after <= left, f"{plan}\n{ran}"


def run(database: LiveDatabase, made: Path, path: Path, stamp: str | None = None) -> str:
    """Let a person agree to a revision, and run it; what it says then."""
    agree(path)
    text = path.read_text()
    try:
        autosync.upgrade(database.engine, made, stamp=stamp)
    except Exception as error:
        raise AssertionError(text) from error
    return text
