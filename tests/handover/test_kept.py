"""What a revision does not speak of stays: MySQL states a column anew, SQLite a whole table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Computed, Integer, String

import autosync
from autosync.dialects import dialect_for
from autosync.handover.items import BY_HAND
from autosync.schema import Table
from tests.handover.person import agree
from tests.handover.repositories import alembic, migrate
from tests.servers.database import SQLALCHEMY, LiveDatabase

Columns = Callable[[str], list[Any]]
ALL = ("sqlite", "postgresql", "mariadb")
COMMENTING = ("postgresql", "mariadb")
COLLATIONS = {"sqlite": "NOCASE", "postgresql": "C", "mariadb": "utf8mb4_bin"}
KINDS = {"alembic": (alembic, "base"), "sqlalchemy-migrate": (migrate, "0")}


class Case(NamedTuple):
    """A column of the database, as the models have it, and what of it is to be another then."""

    live: Columns
    models: Columns
    changes: tuple[str, ...] = ()
    databases: tuple[str, ...] = ALL


def text(**options: Any) -> Columns:
    """A column of text, with a collation that is not the usual one."""

    def columns(database: str) -> list[Any]:
        length = options.get("length", 10)
        kept = {name: value for name, value in options.items() if name != "length"}
        return [Column("a", String(length, collation=COLLATIONS[database]), **kept)]

    return columns


def column(*arguments: Any, name: str = "a", **options: Any) -> Columns:
    """Any column."""
    return lambda _: [Column(name, *(one() for one in arguments), **options)]


def renamed(*arguments: Any, **options: Any) -> Columns:
    return column(*arguments, name="b", info={"autosync": {"renamed_from": "a"}}, **options)


def number() -> Any:
    return Integer()


def now() -> dict[str, Any]:
    return {"nullable": False, "server_default": sa.text(NOW)}


NOW = "CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"
CASES = {
    "key": Case(
        column(number, primary_key=True),
        column(BigInteger, primary_key=True),
        ("type",),
        ("postgresql", "mariadb"),
    ),
    "key, renamed": Case(
        column(number, primary_key=True), renamed(number, primary_key=True), ("name",)
    ),
    "default and comment that only the database has": Case(
        text(server_default="x", comment="said"), text(length=20), ("type",), COMMENTING
    ),
    "default that only the database has": Case(
        text(server_default="x"), text(length=20), ("type",), COMMENTING
    ),
    "type beside the rest": Case(
        text(server_default="x", comment="said", nullable=False),
        text(length=20, server_default="x", comment="said", nullable=False),
        ("type",),
        COMMENTING,
    ),
    "NULL beside the rest": Case(
        text(server_default="x", comment="said", nullable=False),
        text(server_default="x", comment="said"),
        ("nullable",),
        COMMENTING,
    ),
    "default beside the rest": Case(
        text(server_default="x", comment="said", nullable=False),
        text(server_default="y", comment="said", nullable=False),
        ("default",),
        COMMENTING,
    ),
    "name beside the rest": Case(
        text(server_default="x", comment="said", nullable=False),
        lambda database: [
            Column(
                "b",
                String(10, collation=COLLATIONS[database]),
                server_default="x",
                comment="said",
                nullable=False,
                info={"autosync": {"renamed_from": "a"}},
            )
        ],
        ("name",),
        COMMENTING,
    ),
    "name of a time stamp": Case(
        column(sa.TIMESTAMP, **now()), renamed(sa.TIMESTAMP, **now()), ("name",), ("mariadb",)
    ),
    "NULL of a time stamp": Case(
        column(sa.TIMESTAMP, **now()),
        column(sa.TIMESTAMP, server_default=sa.text(NOW)),
        ("nullable",),
        ("mariadb",),
    ),
    "name of a computed column": Case(
        column(number, lambda: Computed("last + 1")),
        renamed(number, lambda: Computed("last + 1")),
        ("name",),
        ("sqlite", "mariadb"),
    ),
    "name of a stored column": Case(
        column(number, lambda: Computed("last + 1", persisted=True)),
        renamed(number, lambda: Computed("last + 1", persisted=True)),
        ("name",),
    ),
    "type of a stored column": Case(
        column(number, lambda: Computed("last + 1", persisted=True)),
        column(BigInteger, lambda: Computed("last + 1", persisted=True)),
        ("type",),
        ("postgresql", "mariadb"),
    ),
    "NULL of what only the database has": Case(
        text(comment="said", nullable=False), lambda _: [], ("nullable",), COMMENTING
    ),
}
RUNS = [
    pytest.param(name, case, id=f"{what}-{name}")
    for what, case in CASES.items()
    for name in case.databases
]


def table(columns: list[Any]) -> sa.MetaData:
    metadata = sa.MetaData()
    if not any(one.primary_key for one in columns):
        columns = [Column("id", Integer, primary_key=True), *columns]
    sa.Table("t", metadata, *columns, Column("last", Integer))
    return metadata


def read(database: LiveDatabase) -> Table:
    with database.engine.connect() as connection:
        return dialect_for(connection).read(connection, {(None, "t")}).tables[None, "t"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "case"), RUNS)
def test_it_stays(
    kind: str, name: str, case: Case, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if kind == "sqlalchemy-migrate" and SQLALCHEMY >= (2, 0):
        pytest.skip("sqlalchemy-migrate needs 1.4")
    database: LiveDatabase = request.getfixturevalue(name)
    table(case.live(name)).create_all(database.engine)
    before = read(database)
    models = table(case.models(name))
    make, base = KINDS[kind]
    made = make(tmp_path / "revisions")

    done = autosync.revision(database.engine, models, made, "what differs")

    assert done.path is not None
    agree(done.path)
    said = done.path.read_text()
    if done.held and BY_HAND in said:
        return
    autosync.upgrade(database.engine, made, stamp=base)
    after = read(database)
    old = before.columns["a"]
    new = after.columns["b" if "name" in case.changes else "a"]
    assert new._replace(**{change: getattr(old, change) for change in case.changes}) == old, said
    assert [getattr(new, change) != getattr(old, change) for change in case.changes] == [True]
    assert (after.checks, after.options) == (before.checks, before.options)
    assert autosync.plan(database.engine, models).refused == (), said


@pytest.mark.parametrize("name", COMMENTING)
def test_a_remedy_keeps_it(name: str, request: pytest.FixtureRequest) -> None:
    """What lets rows leave out a column that only the database has."""
    case = CASES["NULL of what only the database has"]
    database: LiveDatabase = request.getfixturevalue(name)
    table(case.live(name)).create_all(database.engine)
    old = read(database).columns["a"]
    [refusal] = autosync.plan(database.engine, table([])).refused
    with database.engine.begin() as connection:
        connection.exec_driver_sql(*refusal.remedy.statements)
    assert read(database).columns["a"] == old._replace(nullable=True)
