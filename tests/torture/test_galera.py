"""Galera: the lock between synchronizers is a node's own, and two nodes may be at work at once.

`make torture` runs it; a cluster takes a quarter of a minute to start.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, MetaData, String, Table
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import DBAPIError

import autosync
from tests.servers.base import Missing
from tests.servers.database import DRIVERS
from tests.servers.galera import NODES, Cluster
from tests.torture.conftest import PROPERTY, WHOLE
from tests.torture.observer import until
from tests.torture.processes import Crew

pytestmark = pytest.mark.skipif(not WHOLE, reason="make torture runs it")
ROUNDS = 3
ROWS = {"small": 3, "large": 300_000}
FILL = "INSERT INTO items (id, name) SELECT seq, seq FROM seq_1_to_{}"
DIFFERS = "AUTO_INCREMENT="
numbers = itertools.count(1)


def old() -> MetaData:
    metadata = MetaData()
    key = Column("id", Integer, primary_key=True, autoincrement=False)
    Table("items", metadata, key, Column("name", String(20)))
    return metadata


def new() -> MetaData:
    """Unnamed keys, checks and unique constraints, indexes, and a table that points there."""
    metadata = old()
    items = metadata.tables["items"]
    items.append_column(Column("d", Integer, unique=True))
    items.append_column(Column("e", Integer, index=True))
    items.append_constraint(sa.UniqueConstraint("d", "e"))
    sa.Index("ix_name", items.c.name)
    Table(
        "notes",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("item", ForeignKey("items.id")),
        Column("code", Integer, CheckConstraint("code > 0"), unique=True),
    )
    return metadata


def newer() -> MetaData:
    """What a small table takes besides."""
    metadata = new()
    items = metadata.tables["items"]
    items.append_column(Column("parent", ForeignKey("items.id")))
    items.append_column(Column("n", Integer, CheckConstraint("n > 0")))
    return metadata


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    try:
        made = Cluster()
    except Missing as error:
        pytest.skip(str(error))
    with made:
        yield made


@pytest.fixture
def nodes(cluster: Cluster) -> Iterator[list[Engine]]:
    """An engine for each node, of a fresh database."""
    name = f"race_{next(numbers)}"
    urls = [make_url(node.url()).set(drivername=DRIVERS["mariadb"]) for node in cluster.nodes]
    first = sa.create_engine(urls[0])
    run(first, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    for url in urls:
        at_last = sa.create_engine(url)
        until(lambda: name in sa.inspect(at_last).get_schema_names())  # noqa: B023
        at_last.dispose()
    engines = [sa.create_engine(url.set(database=name)) for url in urls]
    yield engines
    for engine in engines:
        engine.dispose()
    run(first, f"DROP DATABASE {name}")
    first.dispose()


def run(engine: Engine, sql: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(sql)


def shown(engine: Engine, table: str) -> str:
    """A table as a node knows it, up to the number that its next row gets."""
    # what the others have done, this one has done, too, when it answers
    with engine.connect() as connection:
        connection.exec_driver_sql("SET SESSION wsrep_sync_wait = 15")
        text = str(connection.exec_driver_sql(f"SHOW CREATE TABLE {table}").one()[1])
    return " ".join(word for word in text.split() if not word.startswith(DIFFERS))


@pytest.mark.parametrize("turn", range(ROUNDS))
@pytest.mark.parametrize("size", ROWS)
def test_a_race_of_all_nodes(
    nodes: list[Engine], size: str, turn: int, record_property: Callable[[str, Any], None]
) -> None:
    """Two processes for each node: everything is there once, and alike on all nodes."""
    old().create_all(nodes[0])
    run(nodes[0], FILL.format(ROWS[size]))
    models = new if size == "large" else newer
    urls: list[URL] = [engine.url for engine in nodes]
    shown(nodes[1], "items"), shown(nodes[2], "items")
    with Crew(2 * NODES) as crew:
        outcomes = crew.sync(urls, [models], allow={"indexes"}, deadline=40)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    assert [str(one.report) for one in outcomes if one.report and not one.report.in_sync] == []
    for table in ("items", "notes"):
        assert len({shown(engine, table) for engine in nodes}) == 1
    for engine in nodes:
        plan = autosync.plan(engine, models(), allow={"indexes"})
        assert (plan.in_sync, [note.code for note in plan.notes]) == (True, [])
        for table in ("items", "notes"):
            columns = [tuple(one["column_names"]) for one in sa.inspect(engine).get_indexes(table)]
            assert [one for one, count in Counter(columns).items() if count > 1] == []
    statements = sum(len(outcome.report.statements) for outcome in outcomes if outcome.report)
    counts = {"rounds": 1, "processes": len(outcomes), "statements": statements}
    record_property(PROPERTY, (f"galera, a race on a {size} table", counts))


def test_it_is_said_that_open_transactions_end(nodes: list[Engine]) -> None:
    """And they do, on another node."""
    old().create_all(nodes[0])
    run(nodes[0], FILL.format(3))
    metadata = old()
    metadata.tables["items"].append_column(Column("more", Integer))
    [entry] = autosync.plan(nodes[0], metadata).pending
    assert any("3 nodes of the cluster" in hazard for hazard in entry.hazards)
    shown(nodes[1], "items")
    with nodes[1].connect() as connection:
        connection.exec_driver_sql("UPDATE items SET name = 'x' WHERE id = 1")
        autosync.sync(nodes[0], metadata)
        shown(nodes[1].execution_options(), "items")
        with pytest.raises(DBAPIError, match="1213"):
            connection.exec_driver_sql("UPDATE items SET name = 'y' WHERE id = 1")
