"""wait, and what sync shows of its progress: on a terminal, and nowhere else."""

import json
import socket
from contextlib import closing

import pytest
import sqlalchemy as sa

from autosync import Blocker, Plan, StatementBegun, StatementEnded, Verified, Waiting
from autosync.report.progress import Progress
from tests.cli.conftest import address, assert_failed, assert_one_line, create_customer, execute
from tests.cli.test_terminal import Terminal
from tests.servers import PASSWORD

SERVERS = pytest.mark.databases("postgresql", "mariadb")


def started(app, *arguments):
    """The command as a process, with a terminal as its stderr."""
    err = Terminal(200)
    process = app.start(*arguments, env={"TERM": "xterm-256color"}, stdout=-1, stderr=err.theirs)
    return process, err


def test_it_ends_when_another_has_synchronized(app, database, url):
    create_customer(database)
    process, err = started(app, "wait", "shop:Base", "--db", url, "--timeout", "30")
    with closing(err), process:
        err.until("waiting until")
        assert process.poll() is None
        assert app.run("sync", "--yes", "shop:Base", "--db", url).exit_code == 0
        out, _ = process.communicate(timeout=30)
    assert (process.returncode, out.endswith(": in sync\n")) == (0, True)


def test_a_database_that_is_ahead_or_only_differs_suffices(app, database, url):
    create_customer(
        database,
        sa.Column("phone", sa.String(50)),
        sa.Column("size", sa.Integer),
        sa.Column("x", sa.Integer),
    )
    result = app.run("wait", "shop:Base", "--db", url, "--timeout", "30")
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    assert "index-missing" in result.stdout
    assert app.run("check", "shop:Base", "--db", url).exit_code == 4


def test_when_the_time_is_over(app, database, url):
    """The report says what is lacking, the status of what kind it is."""
    create_customer(database)
    arguments = ("shop:Base", "--db", url, "--timeout", "0.2")
    result = app.run("wait", *arguments)
    assert result.exit_code == 3
    assert "To be applied" in result.stdout
    assert_one_line(result.stderr, "within 0.2 seconds", "it lacks column customer.phone")
    as_json = app.run("wait", *arguments, "--format", "json")
    assert as_json.exit_code == 3
    assert {entry["name"] for entry in json.loads(as_json.stdout)["pending"]} >= {"phone"}
    execute(database, "DROP TABLE customer")
    create_customer(database, sa.Column("born", sa.Date, nullable=False))
    breaking = app.run("wait", *arguments)
    assert breaking.exit_code == 4
    assert "breaks the models" in breaking.stdout


@SERVERS
def test_a_server_that_never_comes(app, database):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = address(database, port=unused.getsockname()[1])
        result = app.process("wait", "shop:Base", "--timeout", "0.2", DATABASE_URL=url)
    assert (result.returncode, result.stdout) == (1, "")
    assert_one_line(result.stderr, "within 0.2 seconds", "is the server running")
    assert PASSWORD not in result.stderr


@SERVERS
def test_a_wrong_password(app, database):
    url = address(database, password="wrong-word")
    result = app.run("wait", "shop:Base", "--timeout", "60", "--db", url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert_one_line(result.stderr, "check the user and the password")
    assert "wrong-word" not in result.stderr


@pytest.mark.databases("sqlite", "postgresql")
def test_a_driver_for_asyncio(app, database):
    name = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}[database.name]
    url = database.url.set(drivername=name).render_as_string(hide_password=False)
    create_customer(database)
    waited = app.process("wait", "shop:Base", "--db", url, "--timeout", "0.2")
    assert waited.returncode == 3
    assert_one_line(waited.stderr, "it lacks column customer.phone")
    away = "postgresql+asyncpg://me:open-sesame@127.0.0.1:1/shop"
    never = app.process("wait", "shop:Base", "--db", away, "--timeout", "0.2")
    assert (never.returncode, never.stdout) == (1, "")
    assert_one_line(never.stderr, "within 0.2 seconds", "is the server running")
    assert "sesame" not in never.stderr


@SERVERS
def test_sync_shows_whom_it_waits_for(app, database, url):
    """On the terminal while it waits, and in the one line of the error."""
    create_customer(database)
    with database.engine.connect() as other:
        transaction = other.begin()
        other.execute(sa.text("SELECT id FROM customer"))
        asked = {"postgresql": "SELECT pg_backend_pid()", "mariadb": "SELECT CONNECTION_ID()"}
        pid = other.execute(sa.text(asked[database.name])).scalar()
        process, err = started(app, "sync", "--yes", "shop:Base", "--db", url)
        with closing(err), process:
            err.until(f"waiting for customer: pid {pid}, user {database.url.username}")
            transaction.rollback()
            process.communicate(timeout=30)
    assert process.returncode == 0


def test_what_is_tried_again_does_not_hide_for_whom_it_waits():
    said = []
    show = Progress(said.append)
    sql = "ALTER\n  TABLE a"
    begun, late = StatementBegun(sql), StatementEnded(sql, 0.1, "late")
    waiting = Waiting("a", (Blocker(7, "a", user="me\x1b"), Blocker(8, "a")), "")
    done = StatementEnded(sql, 0.52)
    for event in (begun, late, waiting, begun, late, begun, done, Verified(Plan("any"))):
        show(event)
    assert said == [
        "running ALTER TABLE a",
        r"waiting for a: pid 7, user me\x1b, holds a, and 1 more",
        "done after 0.5 s: ALTER TABLE a",
        "verified: any: in sync",
    ]


def test_sync_shows_nothing_in_a_pipe(app, database, url):
    create_customer(database)
    result = app.process("sync", "--yes", "shop:Base", "--db", url, TERM="xterm-256color")
    assert (result.returncode, result.stderr) == (0, "")


@SERVERS
def test_who_was_in_the_way(app, database, url):
    create_customer(database)
    with database.engine.begin() as other:
        other.execute(sa.text("SELECT id FROM customer"))
        result = app.process("sync", "--yes", "shop:Base", "--db", url, "--deadline", "0.3")
    assert result.returncode == 1
    assert "To be applied" in result.stdout
    assert_one_line(result.stderr, "within 0.3 seconds", "in the way: pid", "idle in transaction")
    assert PASSWORD not in result.stderr


def test_a_file_that_comes(app, tmp_path):
    """Neither is it made by who waits, nor is one that never comes waited for without end."""
    path = tmp_path / "late.db"
    arguments = ("shop:Base", "--db", f"sqlite:///{path}")
    never = app.run("wait", *arguments, "--timeout", "0.2")
    assert_failed(never, 1, "late.db did not come to be within 0.2 seconds")
    assert not path.exists()
    process, err = started(app, "wait", *arguments, "--timeout", "30")
    with closing(err), process:
        err.until("waiting until")
        assert app.run("sync", "--yes", *arguments).exit_code == 0
        out, _ = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "sqlite: in sync\n")
