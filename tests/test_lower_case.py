"""A server that keeps the names of tables in lower case, and finds them in any: what is declared as
`Customer` is its `customer`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url
from sqlalchemy_utils import create_view

import autosync
from autosync import Snapshot
from autosync.errors import ConflictingModels
from tests.conftest import SERVERS, selected
from tests.drift.case import findings
from tests.servers import Missing
from tests.servers.database import DRIVERS, DROP, create, execute

NAMES = ("mariadb", "mysql")
HERE, ELSEWHERE = "Here", "Elsewhere"


@pytest.fixture(scope="module", params=NAMES)
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, Engine]]:
    """A server of its own, since this is fixed when its data are made."""
    name = request.param
    if name not in selected(request.config):
        pytest.skip(f"--database leaves out {name}")
    try:
        running = request.config.stash[SERVERS].another(
            name, options=("--lower-case-table-names=1",)
        )
    except Missing as error:
        pytest.skip(f"{name} is not installed: {error}")
    url = make_url(running.url()).set(drivername=DRIVERS[name])
    admin = sa.create_engine(url.update_query_dict({"charset": "utf8mb4"}))
    yield name, admin
    admin.dispose()
    running.stop()


@pytest.fixture
def engine(server: tuple[str, Engine]) -> Iterator[Engine]:
    """An engine of an empty database, whose name is given with a capital, as that of another is."""
    name, admin = server
    for database in (HERE, ELSEWHERE):
        create(admin, name, database)
    engine = sa.create_engine(admin.url.set(database=HERE))
    yield engine
    engine.dispose()
    for database in (HERE, ELSEWHERE):
        execute(admin, DROP[name].format(database))


def models(*more: sa.Column[int]) -> sa.MetaData:
    """Two tables with capitals in their names, which point at each other and at a third one."""
    md = sa.MetaData()
    key = sa.Column("Id", sa.Integer, primary_key=True)
    sa.Table("Place", md, key._copy(), sa.Column("Name", sa.String(9), index=True))
    sa.Table("Region", md, key._copy(), schema=ELSEWHERE)
    sa.Table(
        "Customer",
        md,
        key._copy(),
        sa.Column("place_id", sa.ForeignKey("Place.Id"), nullable=False),
        sa.Column("region_id", sa.ForeignKey(f"{ELSEWHERE}.Region.Id")),
        sa.Column("self_id", sa.ForeignKey("Customer.Id", ondelete="CASCADE")),
        sa.Column("s", sa.String(9), server_default=sa.text("(lower('A'))")),
        *more,
    )
    create_view("Shown", sa.select(md.tables["Customer"].c.Id), md)
    return md


def by_snapshot(engine: Engine) -> dict[str, str]:
    """What is found by a snapshot, but for what only a server can tell."""
    kept = autosync.snapshot(engine, schemas=[ELSEWHERE.lower()])
    assert Snapshot.from_json(kept.to_json()) == kept
    found = findings(autosync.plan(kept, models()))
    return {what: code for what, code in found.items() if code != "undecided"}


def test_what_was_just_created_is_in_sync(engine: Engine) -> None:
    models().create_all(engine)

    plan = autosync.plan(engine, models())

    assert findings(plan) == {}
    assert by_snapshot(engine) == {}


def test_it_is_created(engine: Engine) -> None:
    report = autosync.sync(engine, models())

    assert findings(report) == {}
    assert findings(autosync.plan(engine, models())) == {}
    assert not autosync.sync(engine, models()).applied


def test_a_column_is_added(engine: Engine) -> None:
    models().create_all(engine)

    def more() -> sa.Column[int]:
        return sa.Column("More", sa.ForeignKey("Place.Id"))

    report = autosync.sync(engine, models(more()))

    assert [entry.object for entry in report.applied] == ["customer.More", "customer(More)"]
    assert findings(autosync.plan(engine, models(more()))) == {}


def test_a_difference_is_found(engine: Engine) -> None:
    models().create_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE PLACE MODIFY Name VARCHAR(8)")

    plan = autosync.plan(engine, models())

    assert findings(plan) == {"column place.Name type": "column-type"}
    assert by_snapshot(engine) == findings(plan)


def test_two_names_that_are_one_are_one_table(engine: Engine) -> None:
    md = models()
    sa.Table("CUSTOMER", md, sa.Column("Id", sa.Integer, primary_key=True))

    with pytest.raises(ConflictingModels, match="customer is declared twice"):
        autosync.plan(engine, md)


def test_the_current_database_by_its_name(engine: Engine) -> None:
    md = sa.MetaData(schema=HERE)
    sa.Table("Customer", md, sa.Column("Id", sa.Integer, primary_key=True))
    autosync.sync(engine, md)

    assert findings(autosync.plan(engine, md)) == {}
    assert sa.inspect(engine).get_table_names() == ["customer"]
