"""Whose lock it is between synchronizers: that of a database, and of those who share a secret."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from click.testing import CliRunner
from sqlalchemy.engine import Engine

import autosync
from autosync.cli import main
from autosync.dialects import dialect_for
from autosync.dialects.lock_names import lock_digest
from tests.servers.database import LiveDatabase

HOLD = {"postgresql": "SELECT pg_advisory_lock({})", "mariadb": "SELECT GET_LOCK('{}', 0)"}
SECRET = "between-us"


def models(*more: str) -> sa.MetaData:
    made = sa.MetaData()
    columns = [sa.Column(name, sa.Integer) for name in more]
    sa.Table("users", made, sa.Column("id", sa.Integer, primary_key=True), *columns)
    return made


@pytest.fixture
def live(database: LiveDatabase) -> LiveDatabase:
    models().create_all(database.engine)
    return database


@contextmanager
def neighbour(database: LiveDatabase) -> Iterator[None]:
    """Another login, which knows autosync and the database, and holds the lock of both."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql(HOLD[database.name].format(database.lock))
        yield
        connection.invalidate()


def test_digests_differ_in_each_part() -> None:
    given = [
        (database, secret, purpose)
        for database in ("a", "b", "")
        for secret in (None, "a", "b", "autosync ")
        for purpose in ("", "a", "b")
    ]
    assert len({lock_digest(*one) for one in given}) == len(given)


@pytest.mark.databases("postgresql", "mariadb")
def test_a_neighbour_holds_up_those_without_a_secret(live: LiveDatabase) -> None:
    with neighbour(live), pytest.raises(autosync.LockNotAcquired) as caught:
        autosync.sync(live.engine, models("age"), deadline=0.3)
    assert [one.holds for one in caught.value.blockers] == ["the lock between synchronizers"]


@pytest.mark.databases("postgresql", "mariadb")
def test_a_neighbour_cannot_hold_up_those_with_one(live: LiveDatabase) -> None:
    with neighbour(live):
        report = autosync.sync(live.engine, models("age"), deadline=5, lock_key=SECRET)
    assert [entry.object for entry in report.applied] == ["users.age"]


@pytest.mark.databases("postgresql", "mariadb")
def test_a_plan_is_never_held_up(live: LiveDatabase) -> None:
    with neighbour(live):
        plan = autosync.plan(live.engine, models("age"), deadline=0.3)
    assert [entry.object for entry in plan.pending] == ["users.age"]


def test_those_with_the_same_secret_wait_for_each_other(live: LiveDatabase) -> None:
    with held(live.engine, SECRET), pytest.raises(autosync.LockNotAcquired):
        autosync.sync(live.engine, models("age"), deadline=0.3, lock_key=SECRET)


@contextmanager
def held(engine: Engine, secret: str) -> Iterator[None]:
    """While another synchronizer is at work."""
    with engine.connect() as connection:
        dialect = dialect_for(connection, secret)
        with dialect.lock(connection, 1), dialect.unit(connection, 1, own=True):
            yield


def test_upgrades_take_it_too(live: LiveDatabase, tmp_path: Path) -> None:
    scripts = tmp_path / "scripts"
    command.init(Config(str(tmp_path / "alembic.ini")), str(scripts))
    (scripts / "versions" / "a1_first.py").write_text(REVISION)
    (scripts / "env.py").write_text(ENV)
    upgrade = partial(autosync.upgrade, live.engine, scripts, stamp="a1", lock_key=SECRET)
    with held(live.engine, SECRET), pytest.raises(autosync.LockNotAcquired):
        upgrade(deadline=0.3)
    assert upgrade().stamped


REVISION = """
revision = "a1"
down_revision = None

def upgrade():
    pass
"""
ENV = """
from alembic import context
connection = context.config.attributes["connection"]
context.configure(connection=connection)
with context.begin_transaction():
    context.run_migrations()
"""


def test_an_empty_secret_is_an_error(live: LiveDatabase) -> None:
    with pytest.raises(ValueError, match="lock_key is empty"):
        autosync.sync(live.engine, models("age"), lock_key="")


@pytest.mark.databases("postgresql", "mariadb")
def test_the_secret_is_told_to_nobody(live: LiveDatabase, caplog: pytest.LogCaptureFixture) -> None:
    """Neither to the log of the server, nor to ours."""
    sent: list[str] = []

    @sa.event.listens_for(live.engine, "before_cursor_execute")
    def note(*arguments: Any) -> None:
        sent.append(repr(arguments[2:4]))

    with caplog.at_level(0):
        autosync.sync(live.engine, models("age"), lock_key=SECRET)
    assert SECRET not in "\n".join([*sent, caplog.text])


@pytest.mark.databases("postgresql", "mariadb")
def test_the_configuration_says_it(
    live: LiveDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that is not set is an error where the lock is taken, and nowhere else."""
    (tmp_path / "lock_models.py").write_text(
        "import sqlalchemy as sa\nmetadata = sa.MetaData()\nsa.Table('users', metadata, "
        "sa.Column('id', sa.Integer, primary_key=True), sa.Column('age', sa.Integer))\n"
    )
    (tmp_path / "autosync.toml").write_text(
        'target = "lock_models:metadata"\nlock_key = "${LOCK_SECRET}"\ndeadline = 0.3\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", live.url.render_as_string(hide_password=False))

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, arguments)
        return result.exit_code, result.output

    assert run("check")[0] == 3
    status, output = run("sync", "--yes")
    assert status == 2
    assert "LOCK_SECRET, which is not set" in output
    monkeypatch.setenv("LOCK_SECRET", "")
    assert run("sync", "--yes")[0] == 2
    monkeypatch.setenv("LOCK_SECRET", SECRET)
    with held(live.engine, SECRET):
        status, output = run("sync", "--yes")
    assert status == 1
    assert SECRET not in output
    with neighbour(live):
        assert run("sync", "--yes")[0] == 0
    assert "lock_key         = " in run("config")[1]
    assert SECRET not in run("config")[1]
