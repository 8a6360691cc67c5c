"""Revisions that are not let in: they let others by, try again, and say who is in the way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

import autosync
from tests.revisions.library import rows, table_names
from tests.revisions.scripts import add, repository, table
from tests.servers.database import SQLALCHEMY, LiveDatabase

SERVERS = pytest.mark.databases("postgresql", "mariadb", "mysql")
MORE = 'op.add_column("one", sa.Column("more", sa.Integer))'
BLOCK = """
op.create_table("three", sa.Column("n", sa.Integer))
with op.get_context().autocommit_block():
    op.create_index("ix_three_n", "three", ["n"], postgresql_concurrently=True)
"""


@pytest.fixture
def scripts(tmp_path: Path, database: LiveDatabase) -> Path:
    """A repository, of which the database has all but what a test adds."""
    made = repository(tmp_path)
    add(made, "a1", table("one"))
    autosync.upgrade(database.engine, made)
    return made


@contextmanager
def reading(database: LiveDatabase, until: float | None = None) -> Iterator[None]:
    """A block in which a transaction has read the table, or for so many seconds of it."""
    with database.create_engine().connect() as other:
        transaction = other.begin()
        other.execute(sa.text("SELECT * FROM one"))
        timer = threading.Timer(until or 0, transaction.rollback)
        if until is not None:
            timer.start()
        yield
        timer.join() if until is not None else transaction.rollback()


@SERVERS
def test_who_is_in_the_way_is_named(database: LiveDatabase, scripts: Path) -> None:
    told: list[autosync.Event] = []
    add(scripts, "c3", MORE, "a1")
    with reading(database), pytest.raises(autosync.LockNotAcquired, match="in the way: pid") as c:
        autosync.upgrade(database.engine, scripts, deadline=1.5, on_event=told.append)
    assert "a table that it needs is locked" in str(c.value)
    assert [entry.object for entry in c.value.report.pending] == ["c3 what c3 does"]
    assert "one" in {event.wanted for event in told if isinstance(event, autosync.Waiting)}
    assert autosync.upgrade(database.engine, scripts).after == ("c3",)


@SERVERS
def test_what_is_let_in_later_is_done(database: LiveDatabase, scripts: Path) -> None:
    add(scripts, "b2", table("two"), "a1")
    add(scripts, "c3", MORE, "b2")
    with reading(database, until=0.6):
        report = autosync.upgrade(database.engine, scripts, deadline=20)
    assert [one.id for one in report.revisions] == ["b2", "c3"]
    assert (report.before, report.after) == (("a1",), ("c3",))


@pytest.mark.databases("postgresql")
def test_what_was_kept_is_not_run_again(database: LiveDatabase, scripts: Path) -> None:
    """A block outside of the transaction keeps what was before it, and itself."""
    add(scripts, "b2", BLOCK, "a1")
    add(scripts, "c3", MORE, "b2")
    with reading(database, until=0.6):
        report = autosync.upgrade(database.engine, scripts, deadline=20)
    assert [one.id for one in report.revisions] == ["b2", "c3"]
    assert (report.before, report.after, report.pending) == (("a1",), ("c3",), ())
    add(scripts, "d4", BLOCK.replace("three", "four"), "c3")
    add(scripts, "e5", MORE.replace("more", "again"), "d4")
    with reading(database), pytest.raises(autosync.LockNotAcquired, match="before it: d4; ") as c:
        autosync.upgrade(database.engine, scripts, deadline=2)
    assert [entry.object for entry in c.value.report.pending] == ["e5 what e5 does"]
    assert autosync.current(database.engine, scripts).after == ("d4",)


@pytest.mark.databases("postgresql")
def test_what_is_half_done_waits(database: LiveDatabase, scripts: Path) -> None:
    """After its block a revision cannot be run again, so its statements wait."""
    add(scripts, "b2", f"{BLOCK}\n{MORE}", "a1")
    with reading(database, until=0.6):
        assert autosync.upgrade(database.engine, scripts, deadline=20).after == ("b2",)
    assert "three" in table_names(database.engine)


@pytest.mark.databases("postgresql")
def test_a_connection_that_was_handed_in(database: LiveDatabase, scripts: Path) -> None:
    """Its transaction stays, and what was before in it."""
    add(scripts, "c3", MORE, "a1")
    with database.engine.connect() as connection, connection.begin():
        connection.execute(sa.text("CREATE TABLE mine (id INTEGER)"))
        with reading(database, until=0.6):
            assert autosync.upgrade(connection, scripts, deadline=20).after == ("c3",)
    assert "mine" in table_names(database.engine)


@pytest.mark.databases("mariadb", "mysql")
def test_the_waiting_of_what_is_no_ddl_stays(database: LiveDatabase, scripts: Path) -> None:
    """Rows are waited for: that is in nobody's way, and a transaction cannot be begun anew."""
    add(scripts, "b2", 'op.execute("UPDATE one SET id = 2")', "a1")
    with database.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO one VALUES (1)"))
    with database.create_engine().connect() as other:
        transaction = other.begin()
        other.execute(sa.text("UPDATE one SET id = 3"))
        timer = threading.Timer(0.6, transaction.commit)
        timer.start()
        assert autosync.upgrade(database.engine, scripts, deadline=20).after == ("b2",)
        timer.join()
    assert rows(database.engine, "SELECT id FROM one") == [(2,)]


@pytest.mark.skipif(SQLALCHEMY >= (2, 0), reason="sqlalchemy-migrate runs on 1.4")
@SERVERS
def test_with_sqlalchemy_migrate(database: LiveDatabase, tmp_path: Path) -> None:
    made = tmp_path / "repository"
    (made / "versions").mkdir(parents=True)
    (made / "migrate.cfg").write_text(
        "[db_settings]\nrepository_id = r\nversion_table = migrate_version\nrequired_dbs = []\n"
    )
    for name, sql in {
        "001_one": "CREATE TABLE one (id INTEGER PRIMARY KEY)",
        "002_more": "ALTER TABLE one ADD COLUMN more INTEGER",
    }.items():
        (made / "versions" / f"{name}.py").write_text(
            f"def upgrade(engine):\n    engine.execute({sql!r})\n"
        )
        if name == "001_one":
            autosync.upgrade(database.engine, made)
    with reading(database), pytest.raises(autosync.LockNotAcquired, match="in the way: pid"):
        autosync.upgrade(database.engine, made, deadline=1)
    with reading(database, until=0.6):
        assert autosync.upgrade(database.engine, made, deadline=20).after == ("2",)
