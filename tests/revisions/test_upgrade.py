"""upgrade() with Alembic: what it runs, once, and what it does when that cannot be."""

from __future__ import annotations

import asyncio
import json
import logging
import logging.config
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

import autosync
from tests.revisions.library import rows, table_names
from tests.revisions.processes import together
from tests.revisions.scripts import ENV, add, repository, table
from tests.servers.database import LiveDatabase

FAILS = 'op.create_table("half", sa.Column("id", sa.Integer))\nop.execute("no statement at all")'


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A repository of two revisions, each of which makes a table."""
    made = repository(tmp_path)
    add(made, "a1", table("one"))
    add(made, "b2", table("two"), "a1")
    return made


@pytest.fixture
def models() -> sa.MetaData:
    metadata = sa.MetaData()
    for name in ("one", "two"):
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("extra", metadata, sa.Column("id", sa.Integer, primary_key=True))
    return metadata


def test_the_report(
    database: LiveDatabase, scripts: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "autosync")
    before = autosync.current(database.engine, scripts)
    assert (before.controlled, before.after, before.latest) == (False, (), ("b2",))
    assert table_names(database.engine) == set()

    report = autosync.upgrade(database.engine, scripts)
    assert (report.before, report.after, report.pending) == ((), ("b2",), ())
    assert [(one.id, one.title) for one in report.revisions] == [
        ("a1", "what a1 does"),
        ("b2", "what b2 does"),
    ]
    plain = json.loads(report.to_json())
    assert plain == report.to_dict()
    assert (plain["from"], plain["to"], plain["kind"]) == ([], ["b2"], "alembic")
    assert str(report).startswith(f"alembic, {scripts}: from no revision to b2\n\nRun\n  + a1 what")
    said = [record.getMessage() for record in caplog.records if record.name == "autosync"]
    assert said[0] == (f"revisions of {scripts}: the database is at no revision, the latest is b2")
    assert table_names(database.engine) == {"one", "two", "alembic_version"}

    again = autosync.upgrade(database.engine, str(scripts))
    assert (again.before, again.after, again.revisions) == (("b2",), ("b2",), ())


def test_nothing_is_written_where_nothing_is_pending(sqlite: LiveDatabase, scripts: Path) -> None:
    autosync.upgrade(sqlite.engine, scripts)
    file = Path(str(sqlite.url.database))
    before = file.read_bytes()
    autosync.upgrade(sqlite.engine, scripts)
    assert file.read_bytes() == before


def test_the_events(database: LiveDatabase, scripts: Path) -> None:
    told: list[autosync.Event] = []
    autosync.upgrade(database.engine, scripts, on_event=told.append)
    assert [type(event).__name__ for event in told] == [
        "Upgrading",
        *["RevisionBegun", "RevisionEnded"] * 2,
    ]


def test_what_a_listener_raises_ends_it(database: LiveDatabase, scripts: Path) -> None:
    class Enough(Exception):
        pass

    def listen(event: autosync.Event) -> None:
        raise Enough

    with pytest.raises(Enough):
        autosync.upgrade(database.engine, scripts, on_event=listen)
    assert table_names(database.engine) <= {"alembic_version"}
    assert autosync.current(database.engine, scripts).after == ()


def test_a_connection_keeps_its_transaction(database: LiveDatabase, scripts: Path) -> None:
    with database.engine.connect() as connection:
        transaction = connection.begin()
        report = autosync.upgrade(connection, scripts)
        assert report.after == ("b2",)
        assert connection.in_transaction()
        transaction.rollback()
    if database.name != "mariadb":
        assert table_names(database.engine) == set()


# --- a revision that fails ------------------------------------------------------------------------


@pytest.fixture
def at_one(database: LiveDatabase, scripts: Path) -> LiveDatabase:
    """A database at the first of three revisions, of which the last one fails."""
    later = scripts / "versions" / "b2.py"
    kept = later.read_text()
    later.unlink()
    autosync.upgrade(database.engine, scripts)
    later.write_text(kept)
    add(scripts, "c3", FAILS, "b2")
    return database


def test_what_failed_leaves_the_rest_undone(
    at_one: LiveDatabase, scripts: Path, models: sa.MetaData
) -> None:
    with pytest.raises(autosync.RevisionFailed, match="revision c3 what c3 does") as caught:
        autosync.sync(at_one.engine, models, revisions=scripts)
    report, said = caught.value.report, str(caught.value)
    assert caught.value.revision == autosync.Revision("c3", "what c3 does")
    assert isinstance(caught.value.__cause__, sa.exc.DBAPIError)
    assert "extra" not in table_names(at_one.engine)
    if at_one.name == "mariadb":
        assert "half done" in said
        assert "done before it: b2" in said
        assert [one.id for one in report.revisions] == ["b2"]
        assert [one.id for one in report.pending] == ["c3"]
        assert report.after == ("b2",)
        assert table_names(at_one.engine) >= {"two", "half"}
    else:
        assert "one transaction, with the 1 before it, which was rolled back" in said
        assert (report.revisions, report.after) == ((), ("a1",))
        assert [one.id for one in report.pending] == ["b2", "c3"]
        assert table_names(at_one.engine) == {"one", "alembic_version"}
    assert autosync.current(at_one.engine, scripts).after == report.after

    add(scripts, "c3", 'op.execute("DROP TABLE IF EXISTS half")', "b2")
    done = autosync.sync(at_one.engine, models, revisions=scripts)
    assert done.in_sync
    assert "extra" in table_names(at_one.engine)


def test_a_table_that_is_locked(postgresql: LiveDatabase, scripts: Path) -> None:
    autosync.upgrade(postgresql.engine, scripts)
    add(scripts, "c3", 'op.add_column("one", sa.Column("more", sa.Integer))', "b2")
    with postgresql.engine.connect() as other:
        transaction = other.begin()
        other.execute(sa.text("SELECT * FROM one"))
        with pytest.raises(autosync.LockNotAcquired, match="a table that it needs is locked") as c:
            autosync.upgrade(postgresql.engine, scripts, deadline=0.2)
        transaction.rollback()
    assert [entry.object for entry in c.value.report.pending] == ["c3 what c3 does"]
    assert autosync.upgrade(postgresql.engine, scripts).after == ("c3",)


def test_somebody_else_holds_the_lock(database: LiveDatabase, scripts: Path) -> None:
    """Another one that is at work; of MariaDB's and PostgreSQL's locks, autosync's own."""
    holds = {
        "sqlite": "BEGIN EXCLUSIVE",
        "postgresql": f"SELECT pg_advisory_lock({database.lock})",
        "mariadb": f"SELECT GET_LOCK('{database.lock}', 0)",
    }
    driver = database.engine.raw_connection()
    driver.cursor().execute(holds[database.name])
    with pytest.raises(autosync.LockNotAcquired):
        autosync.upgrade(database.engine, scripts, deadline=0.3)
    driver.rollback()
    driver.invalidate()
    assert table_names(database.engine) == set()


KILL = """
import os, pathlib, signal

there = pathlib.Path({marker!r})
if not there.exists():
    there.touch()
    op.create_table("half", sa.Column("id", sa.Integer, primary_key=True))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_in_the_middle(database: LiveDatabase, scripts: Path, tmp_path: Path) -> None:
    """Its locks are gone with it, and the next one goes on with what is there."""
    add(scripts, "c3", KILL.format(marker=str(tmp_path / "killed")), "b2")
    with pytest.raises(EOFError):
        together(1, "upgrade", database.url, scripts)
    done = ("b2",) if database.name == "mariadb" else ()
    assert autosync.current(database.engine, scripts).after == done
    assert ("half" in table_names(database.engine)) == bool(done)
    assert autosync.upgrade(database.engine, scripts).after == ("c3",)


# --- branches -------------------------------------------------------------------------------------


def test_branches_go_to_all_heads(database: LiveDatabase, scripts: Path) -> None:
    add(scripts, "x9", table("three"), "a1")
    add(scripts, "other", table("four"))  # a second base
    report = autosync.upgrade(database.engine, scripts)
    assert set(report.after) == set(report.latest) == {"b2", "x9", "other"}
    assert table_names(database.engine) >= {"one", "two", "three", "four"}

    add(scripts, "merged", "pass", "b2", "x9")
    merged = autosync.upgrade(database.engine, scripts)
    assert set(merged.before) == {"b2", "x9", "other"}
    assert set(merged.after) == {"merged", "other"}
    assert [one.id for one in merged.revisions] == ["merged"]


# --- where a database stands ----------------------------------------------------------------------


def test_tables_without_a_version(
    database: LiveDatabase, scripts: Path, models: sa.MetaData
) -> None:
    models.tables["one"].create(database.engine)
    for call in (
        lambda: autosync.upgrade(database.engine, scripts),
        lambda: autosync.sync(database.engine, models, revisions=scripts),
        lambda: autosync.plan(database.engine, models, revisions=scripts),
    ):
        with pytest.raises(autosync.NotUnderVersionControl) as caught:
            call()
        assert caught.value.tables == ("one",)
        assert f"autosync upgrade --revisions {scripts} --stamp b2;\n" in str(caught.value)
        assert f"autosync upgrade --revisions {scripts} --stamp base;\n" in str(caught.value)
    assert "looks older than the models: it lacks table extra" in str(caught.value)
    assert table_names(database.engine) == {"one"}

    models.create_all(database.engine)
    with pytest.raises(autosync.NotUnderVersionControl, match="looks like the latest revision"):
        autosync.sync(database.engine, models, revisions=scripts)


def test_a_stamp(database: LiveDatabase, scripts: Path, models: sa.MetaData) -> None:
    models.tables["one"].create(database.engine)
    with pytest.raises(autosync.UnknownRevision, match="zz"):
        autosync.upgrade(database.engine, scripts, stamp="zz")
    assert table_names(database.engine) <= {"one", "alembic_version"}

    report = autosync.upgrade(database.engine, scripts, stamp="a1")
    assert report.stamped
    assert [one.id for one in report.revisions] == ["b2"]
    assert table_names(database.engine) == {"one", "two", "alembic_version"}
    with pytest.raises(autosync.UnknownRevision, match="at b2 already"):
        autosync.upgrade(database.engine, scripts, stamp="a1")
    assert autosync.sync(database.engine, models, revisions=scripts).in_sync


def test_the_plan_of_a_new_database(
    database: LiveDatabase, scripts: Path, models: sa.MetaData
) -> None:
    plan = autosync.plan(database.engine, models, revisions=scripts)
    assert [entry.title for entry in plan.pending] == [
        "revision b2",
        "table extra",
        "table one",
        "table two",
    ]
    assert "put at this revision" in plan.pending[0].hazards[0]
    assert table_names(database.engine) == set()
    report = autosync.sync(database.engine, models, revisions=scripts)
    assert [e.title for e in report.applied] == [e.title for e in plan.pending]
    assert report.to_dict()["upgrade"]["stamped"] is True


def test_what_is_cut_off_after_the_stamp_is_finished(
    database: LiveDatabase, scripts: Path, models: sa.MetaData
) -> None:
    class Killed(Exception):
        pass

    def listen(event: autosync.Event) -> None:
        if isinstance(event, autosync.Planned):
            raise Killed

    with pytest.raises(Killed):
        autosync.sync(database.engine, models, revisions=scripts, on_event=listen)
    assert table_names(database.engine) == {"alembic_version"}
    assert autosync.sync(database.engine, models, revisions=scripts).in_sync
    assert table_names(database.engine) == {"one", "two", "extra", "alembic_version"}


def test_a_database_that_is_ahead(database: LiveDatabase, scripts: Path) -> None:
    autosync.upgrade(database.engine, scripts)
    (scripts / "versions" / "b2.py").unlink()
    with pytest.raises(autosync.UnknownRevision, match="at revision b2, which"):
        autosync.upgrade(database.engine, scripts)


def test_waiting_for_the_one_that_upgrades(
    database: LiveDatabase, scripts: Path, models: sa.MetaData
) -> None:
    autosync.sync(database.engine, models, revisions=scripts)
    add(scripts, "c3", table("three"), "b2")
    with pytest.raises(autosync.WaitTimedOut, match="it lacks revision c3"):
        autosync.wait(database.engine, models, revisions=scripts, timeout=0)
    with pytest.raises(autosync.OutOfSync):
        autosync.check(database.engine, models, revisions=scripts)
    autosync.upgrade(database.engine, scripts)
    autosync.wait(database.engine, models, revisions=scripts, timeout=0)


# --- SQLite's foreign keys ------------------------------------------------------------------------


@pytest.fixture
def enforcing(sqlite: LiveDatabase, scripts: Path) -> LiveDatabase:
    """Every connection enforces foreign keys, and a child's rows go with their parent's."""

    @sa.event.listens_for(sqlite.engine, "connect")
    def enforce(driver, _record):
        driver.execute("PRAGMA foreign_keys = ON")

    autosync.upgrade(sqlite.engine, scripts)
    with sqlite.engine.begin() as connection:
        for statement in (
            "CREATE TABLE child (id INTEGER PRIMARY KEY, one_id INTEGER REFERENCES one (id)"
            " ON DELETE CASCADE)",
            "INSERT INTO one (id) VALUES (1)",
            "INSERT INTO child VALUES (1, 1)",
        ):
            connection.exec_driver_sql(statement)
    return sqlite


def test_a_table_made_anew_keeps_what_points_at_it(enforcing: LiveDatabase, scripts: Path) -> None:
    body = 'with op.batch_alter_table("one", recreate="always") as batch:\n'
    add(scripts, "c3", body + '    batch.add_column(sa.Column("more", sa.Integer))', "b2")
    autosync.upgrade(enforcing.engine, scripts)
    assert rows(enforcing.engine, "SELECT id, one_id FROM child") == [(1, 1)]
    assert rows(enforcing.engine, "SELECT id, more FROM one") == [(1, None)]
    assert rows(enforcing.engine, "PRAGMA foreign_keys") == [(1,)]


def test_rows_that_point_nowhere_are_not_left(enforcing: LiveDatabase, scripts: Path) -> None:
    add(scripts, "c3", 'op.execute("DELETE FROM one")', "b2")
    with pytest.raises(autosync.RevisionFailed, match="point nowhere: 1 of child in one"):
        autosync.upgrade(enforcing.engine, scripts)
    assert rows(enforcing.engine, "SELECT id FROM one") == [(1,)]
    assert autosync.current(enforcing.engine, scripts).after == ("b2",)
    with (
        enforcing.engine.connect() as connection,
        connection.begin(),
        pytest.raises(autosync.UnusableConnection, match="foreign keys"),
    ):
        autosync.upgrade(connection, scripts)


# --- env.py ---------------------------------------------------------------------------------------

COOKBOOK = """
from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table="our_version")
with context.begin_transaction():
    context.run_migrations()
"""
LOGGING = """
import logging.config
from alembic import context

if context.config.config_file_name is not None:
    logging.config.fileConfig(context.config.config_file_name)
"""
UNASKED = """
from alembic import context
from logging.config import fileConfig

fileConfig(context.config.config_file_name)
"""
BRANCHED = """
from alembic import context

connectable = context.config.attributes.get("connection", None)
with connectable.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
CONFIGURED = """
[alembic]
script_location = revisions
sqlalchemy.url = driver://

[loggers]
keys = root

[handlers]
keys =

[formatters]
keys =

[logger_root]
level = CRITICAL
handlers =
"""
PREPARED = ENV.replace(
    "    context.configure(",
    '    connection.exec_driver_sql("SELECT 1")\n'
    '    connection = connection.execution_options(schema_translate_map={"a": "b"})\n'
    "    context.configure(",
)
ASYNC = """
import asyncio
from alembic import context
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import async_engine_from_config

config = context.config


def run(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()


async def main():
    section = config.get_section(config.config_ini_section)
    engine = async_engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(main())
"""
TWICE = ENV + "\n    context.configure(connection=connection)\n"
IDLE = "from alembic import context\n"
BROKEN = "raise LookupError('no such thing')\n"


def test_an_env_of_the_cookbook(database: LiveDatabase, tmp_path: Path) -> None:
    made = repository(tmp_path, COOKBOOK)
    add(made, "a1", table("one"))
    assert autosync.upgrade(database.engine, made).after == ("a1",)
    assert table_names(database.engine) == {"one", "our_version"}
    assert autosync.upgrade(database.engine, made).revisions == ()


def test_an_env_of_the_older_cookbook(database: LiveDatabase, tmp_path: Path) -> None:
    """Until SQLAlchemy 2, a connection had a `connect()`."""
    made = repository(tmp_path, BRANCHED)
    add(made, "a1", table("one"))
    with database.engine.connect() as connection:
        had = hasattr(connection, "connect")
        with connection.begin():
            assert autosync.upgrade(connection, made).after == ("a1",)
        assert hasattr(connection, "connect") is had
        assert not connection.closed
    assert autosync.current(database.engine, made).after == ("a1",)


@pytest.mark.parametrize("template", [LOGGING, UNASKED])
def test_logging_is_the_applications(sqlite: LiveDatabase, tmp_path: Path, template: str) -> None:
    made = repository(tmp_path, template + ENV)
    add(made, "a1", table("one"))
    ini = tmp_path / "alembic.ini"
    ini.write_text(CONFIGURED)
    root = list(logging.getLogger().handlers)
    for place in (ini, tmp_path, made):
        assert autosync.upgrade(sqlite.engine, place).after == ("a1",)
    ini.unlink()
    assert autosync.upgrade(sqlite.engine, made).after == ("a1",)
    assert logging.getLogger().handlers == root
    assert not logging.getLogger("autosync").disabled
    assert logging.config.fileConfig.__module__ == "logging.config"


def test_what_env_py_imports_may_set_up_its_own_logging(
    sqlite: LiveDatabase, tmp_path: Path
) -> None:
    """Only the file of the repository is left alone, and only as long as env.py runs."""
    own = tmp_path / "own.ini"
    own.write_text(CONFIGURED + "[logger_own]\nlevel = ERROR\nhandlers =\nqualname = own\n")
    own.write_text(own.read_text().replace("keys = root", "keys = root,own"))
    options = "disable_existing_loggers=False"
    other = f"import logging\nfileConfig({str(own)!r}, {options})\nlogging.kept = fileConfig\n"
    repository(tmp_path, UNASKED + other + ENV)
    ini = tmp_path / "alembic.ini"
    ini.write_text(CONFIGURED)
    root = list(logging.getLogger().handlers)
    try:
        autosync.current(sqlite.engine, ini)
        assert logging.getLogger("own").level == logging.ERROR
        logging.getLogger("own").setLevel(logging.NOTSET)
        kept = vars(logging).pop("kept")
        kept(str(ini), disable_existing_loggers=False)
        assert logging.getLogger().level == logging.CRITICAL
    finally:
        logging.getLogger().setLevel(logging.WARNING)
        logging.getLogger().handlers[:] = root


def test_an_env_for_asyncio(sqlite: LiveDatabase, tmp_path: Path) -> None:
    """Its engine is of its own kind, and nothing is done there."""
    made = repository(tmp_path, ASYNC)
    add(made, "a1", table("one"))
    other = f"sqlite+aiosqlite:///{tmp_path / 'other.db'}"
    (tmp_path / "alembic.ini").write_text(
        f"[alembic]\nscript_location = revisions\nsqlalchemy.url = {other}\n"
    )
    assert autosync.upgrade(sqlite.engine, made).after == ("a1",)
    assert table_names(sqlite.engine) == {"one", "alembic_version"}


def test_an_engine_for_asyncio(sqlite: LiveDatabase, scripts: Path) -> None:
    async def main() -> autosync.UpgradeReport:
        engine = create_async_engine(sqlite.url.set(drivername="sqlite+aiosqlite"))
        async with engine.begin() as connection:
            report = await connection.run_sync(autosync.upgrade, scripts)
        await engine.dispose()
        return report

    assert asyncio.run(main()).after == ("b2",)
    assert table_names(sqlite.engine) == {"one", "two", "alembic_version"}


@pytest.mark.parametrize(
    ("env", "words"),
    [
        (PREPARED, "has prepared the connection"),
        (TWICE, "more than one connection"),
        (IDLE, "has not called context.run_migrations"),
        (BROKEN, "env.py failed: LookupError: no such thing"),
    ],
    ids=["prepared", "twice", "idle", "broken"],
)
def test_an_env_that_cannot_be_used(
    sqlite: LiveDatabase, tmp_path: Path, env: str, words: str
) -> None:
    made = repository(tmp_path, env)
    add(made, "a1", table("one"))
    with pytest.raises(autosync.InvalidRepository, match=words):
        autosync.upgrade(sqlite.engine, made)
    assert table_names(sqlite.engine) == set()


INDEX = """
op.create_table("three", sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
with op.get_context().autocommit_block():
    op.create_index("ix_three_n", "three", ["n"], postgresql_concurrently=True)
"""


def test_a_block_outside_of_the_transaction(postgresql: LiveDatabase, scripts: Path) -> None:
    """The lock is kept, by two processes that run it at the same moment."""
    add(scripts, "c3", INDEX, "b2")
    add(scripts, "d4", table("four"), "c3")
    outcomes = together(2, "upgrade", postgresql.url, scripts)
    assert [outcome.said for outcome in outcomes] == ["", ""]
    assert sorted(len(outcome.report.revisions) for outcome in outcomes) == [0, 4]
    assert autosync.current(postgresql.engine, scripts).after == ("d4",)
    held = (
        "SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory'"
    )
    assert rows(postgresql.engine, f"{held} AND datname = current_database()") == []


def test_what_fails_after_such_a_block(postgresql: LiveDatabase, scripts: Path) -> None:
    """All of the revision that has one stays, or it would be run again; so does what was before."""
    add(scripts, "c3", INDEX, "b2")
    add(scripts, "d4", table("four"), "c3")
    add(scripts, "e5", FAILS, "d4")
    with pytest.raises(autosync.RevisionFailed, match="before it: a1, b2, c3; what came after"):
        autosync.upgrade(postgresql.engine, scripts)
    assert autosync.current(postgresql.engine, scripts).after == ("c3",)
    assert table_names(postgresql.engine) == {"one", "two", "three", "alembic_version"}


def test_what_fails_in_such_a_block(postgresql: LiveDatabase, scripts: Path) -> None:
    add(scripts, "c3", INDEX + '    op.execute("no statement")', "b2")
    with pytest.raises(autosync.RevisionFailed, match=r"ended the transaction.* half done") as c:
        autosync.upgrade(postgresql.engine, scripts)
    assert (c.value.report.after, [one.id for one in c.value.report.pending]) == (("b2",), ["c3"])
    assert autosync.current(postgresql.engine, scripts).after == ("b2",)
    assert "three" in table_names(postgresql.engine)


def test_a_block_where_there_can_be_none(database: LiveDatabase, scripts: Path) -> None:
    add(
        scripts, "c3", 'with op.get_context().autocommit_block():\n    op.execute("SELECT 1")', "b2"
    )
    with database.engine.connect() as connection:
        transaction = connection.begin()
        with pytest.raises(autosync.RevisionFailed, match="alembic upgrade"):
            autosync.upgrade(connection, scripts)
        transaction.rollback()


def test_a_connection_that_is_lost(database: LiveDatabase, scripts: Path) -> None:
    if database.name == "sqlite":
        return
    suicide = {
        "postgresql": "SELECT pg_terminate_backend(pg_backend_pid())",
        "mariadb": "KILL CONNECTION_ID()",
    }
    add(scripts, "c3", f'op.execute("{suicide[database.name]}")', "b2")
    with pytest.raises(autosync.ConnectionLost, match="revision c3 what c3 does") as caught:
        autosync.upgrade(database.engine, scripts)
    left = ["c3"] if database.name == "mariadb" else ["a1", "b2", "c3"]
    assert [entry.name for entry in caught.value.report.pending] == left
    add(scripts, "c3", "pass", "b2")
    assert autosync.upgrade(database.engine, scripts).after == ("c3",)


# --- what is no repository ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ((), "it has no migrate.cfg, no alembic.ini, .* and no env.py"),
        (("migrate.cfg", "alembic.ini"), "both a migrate.cfg and an alembic.ini"),
    ],
)
def test_what_is_no_repository(
    sqlite: LiveDatabase, tmp_path: Path, files: tuple[str, ...], words: str
) -> None:
    folder = tmp_path / "some"
    folder.mkdir()
    for name in files:
        (folder / name).touch()
    with pytest.raises(autosync.InvalidRepository, match=words):
        autosync.current(sqlite.engine, folder)
    with pytest.raises(autosync.InvalidRepository, match="no such file or folder"):
        autosync.current(sqlite.engine, tmp_path / "nowhere")


def test_a_revision_with_an_error_in_it(sqlite: LiveDatabase, scripts: Path) -> None:
    (scripts / "versions" / "c3.py").write_text("this is no Python")
    with pytest.raises(autosync.InvalidRepository, match="SyntaxError"):
        autosync.upgrade(sqlite.engine, scripts)


def test_a_snapshot_has_no_revisions(scripts: Path, models: sa.MetaData) -> None:
    kept = autosync.Snapshot.of(models, "sqlite")
    with pytest.raises(TypeError, match="a snapshot has none"):
        autosync.plan(kept, models, revisions=scripts)
