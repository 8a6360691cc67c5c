"""`autosync upgrade`, `autosync current`, and --revisions."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import App, address, assert_failed, assert_one_line
from tests.cli.test_terminal import Terminal
from tests.report.checks import report_schema
from tests.revisions.library import table_names
from tests.revisions.scripts import add, repository, table
from tests.servers.database import LiveDatabase

SHOP = """
    import sqlalchemy as sa

    metadata = sa.MetaData()
    for name in ("one", "two", "extra"):
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
"""
REPOSITORY = ("--revisions", "revisions")


@pytest.fixture
def shop(app: App) -> App:
    """An application with models, a repository of two revisions, and a configuration."""
    app.write("shop.py", SHOP)
    made = repository(app.folder)
    add(made, "a1", table("one"))
    add(made, "b2", table("two"), "a1")
    return app


def configure(shop: App, database: LiveDatabase, text: str = "") -> None:
    url = address(database)
    shop.write("autosync.toml", f'target = "shop:metadata"\nurl = "{url}"\n{text}')


def test_upgrade_and_current(shop: App, database: LiveDatabase) -> None:
    configure(shop, database)
    if database.name != "sqlite":
        before = shop.run("current", *REPOSITORY)
        assert (before.exit_code, before.stderr) == (3, "")
        assert before.stdout.startswith("alembic, revisions: not under version control")

    assert_failed(shop.run("upgrade", *REPOSITORY), 2, "nobody to be asked", "autosync current")
    done = shop.run("upgrade", *REPOSITORY, "--yes")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("alembic, revisions: from no revision to b2\n\nRun\n  + a1")
    assert table_names(database.engine) == {"one", "two", "alembic_version"}

    after = shop.run("current", *REPOSITORY, "--format", "json")
    assert after.exit_code == 0
    assert json.loads(after.stdout)["to"] == ["b2"]


def test_the_configuration(shop: App, sqlite: LiveDatabase, monkeypatch: Any) -> None:
    configure(shop, sqlite, 'revisions = "revisions"\n')
    (shop.folder / "deep").mkdir()
    assert shop.run("upgrade", "--yes").exit_code == 0
    monkeypatch.chdir(shop.folder / "deep")
    done = shop.run("current")
    assert (done.exit_code, done.stderr) == (0, ""), "it is meant from where the file is"
    assert '"revisions"  (autosync.toml: revisions)' in shop.run("config").stdout


def test_what_is_missing(shop: App, sqlite: LiveDatabase) -> None:
    assert_failed(shop.run("current", "--db", str(sqlite.url)), 2, "--revisions PATH")
    assert_failed(shop.run("current", *REPOSITORY), 2, "no database")
    against = shop.run("check", "shop:metadata", *REPOSITORY, "--against", "shop.py")
    assert_failed(against, 2, "--revisions and --against")
    sqlite.engine.connect().close()
    nothing = shop.run("current", "--revisions", "nowhere", "--db", str(sqlite.url))
    assert_failed(nothing, 1, "nowhere is no repository of revisions")


def test_tables_without_a_version(shop: App, database: LiveDatabase) -> None:
    configure(shop, database)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE one (id INTEGER NOT NULL PRIMARY KEY)")
    words = "autosync upgrade --revisions revisions --stamp b2;"
    assert_failed(shop.run("upgrade", *REPOSITORY, "--yes"), 4, words)
    assert_failed(shop.run("plan", *REPOSITORY), 4, words, "it looks older than the models")
    done = shop.run("upgrade", *REPOSITORY, "--stamp", "a1", "--yes")
    assert done.exit_code == 0
    assert "  + b2 what b2 does" in done.stdout


def test_plan_check_and_sync(shop: App, sqlite: LiveDatabase) -> None:
    configure(shop, sqlite)
    shop.run("upgrade", *REPOSITORY, "--yes")
    add(shop.folder / "revisions", "c3", table("three"), "b2")
    plan = shop.run("plan", *REPOSITORY)
    assert plan.exit_code == 3
    assert (
        "  + revision c3 what c3 does\n      ! what else is said here is as of now" in plan.stdout
    )
    formats = ("markdown", "github", "sarif", "junit", "html", "json", "sql")
    outputs = [part for name in formats for part in ("--format", name, "--output", f"plan.{name}")]
    found = shop.run("check", *REPOSITORY, *outputs)
    assert found.exit_code == 3, found.output
    written = {name: (shop.folder / f"plan.{name}").read_text("utf-8") for name in formats}
    assert [name for name in formats if "c3" not in written[name]] == []
    assert "autosync_has_no_script_for_this_plan" in written["sql"]
    done = shop.run("sync", *REPOSITORY, "--yes", "--format", "json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert [error.message for error in report_schema().iter_errors(told)] == []
    assert [one["id"] for one in told["upgrade"]["revisions"]] == ["c3"]
    assert shop.run("check", *REPOSITORY).exit_code == 0
    assert shop.run("wait", *REPOSITORY, "--timeout", "0").exit_code == 0


def test_a_revision_that_fails(shop: App, sqlite: LiveDatabase) -> None:
    configure(shop, sqlite)
    shop.run("upgrade", *REPOSITORY, "--yes")
    add(shop.folder / "revisions", "c3", 'op.execute("no statement")', "b2")
    failed = shop.run("sync", *REPOSITORY, "--yes")
    assert failed.exit_code == 1
    assert_one_line(failed.stderr, "revision c3 what c3 does of revisions failed", "rolled back")
    assert "extra" not in table_names(sqlite.engine)


@pytest.mark.parametrize("command", ["upgrade", "sync"])
def test_it_asks_on_a_terminal(shop: App, sqlite: LiveDatabase, command: str) -> None:
    configure(shop, sqlite)
    Path(str(sqlite.url.database)).touch()
    shop.run("upgrade", *REPOSITORY, "--yes")
    add(shop.folder / "revisions", "c3", table("three"), "b2")
    terminal = Terminal(80)
    everything = dict.fromkeys(("stdin", "stdout", "stderr"), terminal.theirs)
    with shop.start(command, *REPOSITORY, env={"TERM": "xterm"}, **everything) as process:
        terminal.until("Apply this?")
        assert "c3 what c3 does" in terminal.plain
        os.write(terminal.ours, b"y\n")
        assert process.wait(60) == 0
    terminal.close()
    assert "three" in table_names(sqlite.engine)


def test_no_file_is_left_where_there_is_no_repository(shop: App) -> None:
    """What is wrong on the command line is told before a database is made."""
    arguments = ("shop:metadata", "--yes", "--revisions", "nowhere", "--db", "sqlite:///new.db")
    assert_failed(shop.run("sync", *arguments), 1, "nowhere is no repository of revisions")
    assert not (shop.folder / "new.db").exists()
