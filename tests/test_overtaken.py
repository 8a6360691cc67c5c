"""Another session adds what is missing while a plan is being made: nothing of that is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

import autosync
from autosync.schema import MOST_OTHERS
from tests.servers.database import LiveDatabase

ENOUGH = 5
"""The moments, of all those tried, in which nothing of the plan's kept the other session out."""


def old() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("shelf", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("book", metadata, sa.Column("id", sa.Integer, primary_key=True))
    return metadata


def new() -> sa.MetaData:
    """Columns that the server is asked of, what belongs to them, and a table that is pointed at."""
    metadata = old()
    sa.Table("author", metadata, sa.Column("id", sa.Integer, primary_key=True))
    metadata.tables["book"].append_column(sa.Column("pages", sa.Integer, server_default="0"))
    metadata.tables["book"].append_column(sa.Column("isbn", sa.String(20), unique=True))
    metadata.tables["book"].append_column(sa.Column("author_id", sa.ForeignKey("author.id")))
    return metadata


def make_anew(engine: Engine) -> None:
    new().drop_all(engine)
    old().create_all(engine)
    with engine.begin() as connection:
        connection.execute(old().tables["book"].insert(), [{"id": 1}])


def planned(engine: Engine, at: int, meanwhile: Callable[[], object]) -> tuple[autosync.Plan, int]:
    """The plan, if something happens before the statement of this number; and how many it took."""
    count = 0

    def before(*_: object) -> None:
        nonlocal count
        count += 1
        if count == at:
            meanwhile()

    event.listen(engine, "before_cursor_execute", before)
    try:
        return autosync.plan(engine, new()), count
    finally:
        event.remove(engine, "before_cursor_execute", before)


def test_at_every_moment_of_a_plan(database: LiveDatabase) -> None:
    other = impatient(database)
    make_anew(database.engine)
    wanted, last = planned(database.engine, 0, lambda: None)
    assert not wanted.refused
    done = 0
    for moment in range(1, last + 1):
        in_time: list[bool] = []
        plan, _ = planned(
            database.engine,
            moment,
            lambda came=in_time: came.append(executed(other, wanted.statements)),
        )
        if in_time == [True]:
            done += 1
            said = (moment, str(plan))
            assert (plan.refused, plan.undecided) == ((), ()), said
            after = autosync.plan(database.engine, new())
            assert after.in_sync, (moment, str(after))
        make_anew(database.engine)
    assert done >= ENOUGH


def impatient(database: LiveDatabase) -> Engine:
    """An engine whose statements fail rather than wait for the plan, which waits for them."""
    options = {
        "sqlite": {"timeout": 0},
        "postgresql": {"options": "-c lock_timeout=50"},
        "mariadb": {"init_command": "SET lock_wait_timeout = 0"},
        "mysql": {"init_command": "SET lock_wait_timeout = 1"},
    }
    return database.create_engine(connect_args=options[database.name])


def executed(engine: Engine, statements: Sequence[str]) -> bool:
    """Run them; whether that could be done."""
    try:
        with engine.begin() as connection:
            for sql in statements:
                connection.exec_driver_sql(sql.replace("%", "%%"))
    except OperationalError:
        return False
    return True


def test_what_stays_is_read_twice(database: LiveDatabase, caplog: pytest.LogCaptureFixture) -> None:
    """Only what is refused is read again; it points at a table that then is one of very many."""
    live, models = sa.MetaData(), sa.MetaData()
    for metadata in (live, models):
        for number in range(MOST_OTHERS + 1):
            sa.Table(f"a{number:03}", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("extra", live, sa.Column("id", sa.Integer, primary_key=True))
    id_, points = sa.Column("id", sa.Integer, primary_key=True), sa.ForeignKey("extra.id")
    sa.Table("z", live, id_, sa.Column("size", sa.Integer), sa.Column("extra_id", points))
    live.create_all(database.engine)
    columns = [sa.Column("size", sa.String(20)), sa.Column("extra_id", sa.Integer)]
    sa.Table("z", models, sa.Column("id", sa.Integer, primary_key=True), *columns)

    with caplog.at_level("DEBUG", logger="autosync"):
        plan = autosync.plan(database.engine, models)

    assert [entry.code for entry in plan.refused] == ["column-type"]
    assert "reading again" not in caplog.text
