"""A key that the server gives to a table whose models have none: no difference to anybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

import autosync
from tests.drift.case import findings
from tests.servers.database import LiveDatabase


def models(*items: sa.Column[int], name: str = "t") -> sa.MetaData:
    md = sa.MetaData()
    sa.Table(name, md, sa.Column("n", sa.Integer), sa.Column("s", sa.String(9)), *items)
    return md


@pytest.fixture
def generous(mysql: LiveDatabase) -> Iterator[Engine]:
    """An engine of a host that gives every table a key."""
    command = {"init_command": "SET SESSION sql_generate_invisible_primary_key = ON"}
    return mysql.create_engine(connect_args=command)


def test_it_is_no_difference(generous: Engine) -> None:
    models().create_all(generous)
    key = "SELECT column_name FROM information_schema.statistics WHERE table_schema = DATABASE()"
    with generous.connect() as connection:
        assert connection.exec_driver_sql(key).scalars().all() == ["my_row_id"]

    assert findings(autosync.plan(generous, models())) == {}
    kept = autosync.snapshot(generous)
    assert findings(autosync.plan(kept, models())) == {}


def test_tables_are_made_and_grow(generous: Engine) -> None:
    more = sa.Column("more", sa.Integer)
    assert findings(autosync.sync(generous, models())) == {}

    report = autosync.sync(generous, models(more))

    assert [entry.object for entry in report.applied] == ["t.more"]
    assert findings(report) == {}


def test_a_default_is_asked_about_all_the_same(generous: Engine) -> None:
    lower = sa.Column("x", sa.String(9), server_default=sa.text("(lower('A'))"))
    upper = sa.Column("x", sa.String(9), server_default=sa.text("(upper('A'))"))
    models(lower).create_all(generous)

    assert findings(autosync.plan(generous, models(lower._copy()))) == {}
    assert findings(autosync.plan(generous, models(upper))) == {
        "column t.x default": "column-default"
    }


def test_it_is_not_the_key_of_the_models(generous: Engine) -> None:
    models().create_all(generous)
    declared = models(sa.Column("id", sa.Integer, primary_key=True))

    found = findings(autosync.plan(generous, declared))

    assert found["column t.id missing"] == "primary-key-column"


@pytest.mark.databases("mariadb", "mysql")
@pytest.mark.parametrize(
    ("column", "found"),
    [
        ("k BIGINT UNSIGNED AUTO_INCREMENT INVISIBLE PRIMARY KEY", set()),
        ("k BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY", {"column-extra", "primary-key"}),
        ("k BIGINT UNSIGNED DEFAULT 0 INVISIBLE PRIMARY KEY", {"column-extra", "primary-key"}),
        ("k BIGINT UNSIGNED AUTO_INCREMENT INVISIBLE UNIQUE", {"column-extra", "constraint-extra"}),
    ],
)
def test_only_such_a_key_is_none(database: LiveDatabase, column: str, found: set[str]) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE t (n INTEGER, s VARCHAR(9), {column})")

    assert set(findings(autosync.plan(database.engine, models())).values()) == found
