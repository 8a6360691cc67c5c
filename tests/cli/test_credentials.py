"""The command line never shows a password, and lets it be kept out of the process list."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from autosync.cli import main
from autosync.failures import Failure
from autosync.report.formats import FORMATS
from tests.cli.conftest import assert_failed, create_customer
from tests.test_credentials import PASSWORD, TELLTALES, account

__all__ = ["account"]
SERVERS = pytest.mark.databases("postgresql", "mariadb")
NOISY = """
    import logging
    logging.basicConfig(level=logging.DEBUG)
    for name in ("psycopg", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    from shop import Base
"""
MISPLACED = "postgresql://me:s3same/more@host/shop"


@pytest.fixture
def url(account):
    """A URL as somebody writes it, with a password that needs encoding."""
    address = account.set(password="PLACE").render_as_string(hide_password=False)
    return address.replace("PLACE", quote(PASSWORD, safe=""))


def assert_discreet(*results):
    """That something was said, and the password was not."""
    for result in results:
        said = result.stdout + result.stderr
        assert said
        assert [telltale for telltale in TELLTALES if telltale in said] == []


@SERVERS
def test_every_command(app, database, url):
    """With all that an application may log at its loudest."""
    create_customer(database)
    app.write("noisy.py", NOISY)
    env = {"AUTOSYNC_DB": url, "AUTOSYNC_TRACEBACK": "1"}
    plans = [app.run("plan", "shop:Base", "--format", name, **env) for name in FORMATS]
    config = app.run("config", **env)
    applied = app.process("sync", "--yes", "noisy:Base", **env)
    waited = app.run("wait", "shop:Base", **env)
    assert (applied.returncode, waited.exit_code) == (0, 0)
    assert "INFO:autosync:applied" in applied.stderr
    assert ":***@" in config.stdout
    assert_discreet(*plans, config, applied, waited)


@SERVERS
def test_every_failure(app, database, url):
    name = f"keeper_{database.url.database}"
    port = f":{database.url.port}/"
    wrong = [
        url.replace(name, "nobody-known"),
        url.replace(f"/{database.url.database}", "/no_such_database"),
        url.replace(port, ":1/"),
        url.replace("@127.0.0.1", "@nowhere.invalid"),
        url.replace(quote(PASSWORD, safe=""), "s3same@host"),
        url.replace(port, ":port/"),
        url.replace("://", "//"),
        url.replace("+", "+no"),
        url + ("&" if "?" in url else "?") + "pasword=s3same",
    ]
    for one in wrong:
        for more in ({}, {"AUTOSYNC_TRACEBACK": "1"}):
            result = app.run("plan", "shop:Base", AUTOSYNC_DB=one, **more)
            assert result.exit_code in (1, 2), one
            assert_discreet(result)
        assert_discreet(app.run("config", AUTOSYNC_DB=one))


@SERVERS
def test_an_application_that_tells_it(app, url):
    app.write("shop.py", f"raise RuntimeError({PASSWORD!r} + ' does not work')\n")
    result = app.run("plan", "shop:Base", AUTOSYNC_DB=url)
    assert_failed(result, 1, "RuntimeError: *** does not work")
    assert_discreet(result)


@SERVERS
def test_a_deadline_that_passes(app, database, url):
    create_customer(database)
    arguments = ("sync", "--yes", "shop:Base", "--deadline", "0.3", "--format", "json")
    with database.engine.connect() as other, other.begin():
        other.exec_driver_sql("SELECT id FROM customer").all()
        result = app.process(*arguments, AUTOSYNC_DB=url, AUTOSYNC_TRACEBACK="1")
    assert result.returncode == 1
    assert "within 0.3 seconds" in result.stderr
    assert_discreet(result)


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "shop:Base", MISPLACED],
        ["plan", "--database", MISPLACED, "shop:Base"],
        ["plan", "shop:Base", "--db", "sqlite://", "--deadline", MISPLACED],
        ["plan", "shop:Base", "--db", "sqlite://", "--config", MISPLACED],
        ["plan", MISPLACED, "--db", "sqlite://"],
        ["plan", "shop:Base", "--db", "sqlite://", "--output", MISPLACED],
        ["plan", "shop:Base", "--db", "sqlite://", "--output", MISPLACED.replace("//", "/")],
        ["plan", "shop:Base", "--db", "sqlite://", "--output", "x://h/d?password=s3same"],
        ["snapshot", "--db", "sqlite://", "--output", MISPLACED],
        ["plan", "shop:Base", "--db", "sqlite://", "--against", MISPLACED],
        ["current", "--db", "sqlite://", "--revisions", MISPLACED],
        ["adopt", MISPLACED, MISPLACED, "--db", "sqlite://", "--yes"],
        ["explain", MISPLACED],
        [MISPLACED],
    ],
)
def test_a_url_in_the_wrong_place(app, arguments):
    result = app.run(*arguments)
    assert_failed(result, 1 if "--revisions" in arguments else 2)
    assert_discreet(result)


def test_a_url_as_output(app):
    """It is a usage error that says what is meant, and repeats nothing of it."""
    result = app.run("plan", "shop:Base", "--db", "sqlite://", "--output", MISPLACED)
    assert_failed(result, 2, "--output is the file that the report goes to, and was given a URL")
    assert "host" not in result.stderr


@pytest.mark.parametrize("variable", ["TARGET", "REVISIONS", "EXCLUDE", "SCHEMA"])
def test_a_url_in_the_wrong_variable(app, variable):
    result = app.run("config", **{f"AUTOSYNC_{variable}": MISPLACED.replace("/more", "")})
    assert result.exit_code == 0
    assert_discreet(result)


@pytest.mark.parametrize(
    "text",
    [
        f'url = ["{MISPLACED}"]',
        'url = {user = "me", password = "s3same"}',
        f'url = "{MISPLACED}"\nurl = 1',
        f'exclude = "{MISPLACED}"',
        'password = "s3same"',
    ],
)
def test_a_url_in_a_file_that_is_wrong(app, text):
    app.write("autosync.toml", text)
    result = app.run("plan", "shop:Base", "--db", "sqlite://")
    assert_failed(result, 2)
    assert_discreet(result)


def test_a_repository_that_cannot_be_read(app):
    """The parser of alembic.ini repeats what it stumbles over, such as a % in a password."""
    url = "postgresql://me:%40s3same@host/shop"
    app.write("alembic.ini", f"[alembic]\nscript_location = here\nsqlalchemy.url = {url}\n")
    app.write("here/env.py", "")
    for more in ({}, {"AUTOSYNC_TRACEBACK": "1"}):
        result = app.run("current", "--db", "sqlite://", "--revisions", "alembic.ini", **more)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "InterpolationSyntaxError: section alembic, option sqlalchemy.url" in result.stderr
        assert_discreet(result)


def test_a_url_of_alembic_that_is_wrong(app):
    """Half of the password is taken for the host, which the driver then does not find."""
    url = "postgresql://me:open@s3same@host.invalid/shop"
    app.write("alembic.ini", f"[alembic]\nscript_location = here\nsqlalchemy.url = {url}\n")
    app.write("here/env.py", CONNECTING)
    for more in ({}, {"AUTOSYNC_TRACEBACK": "1"}):
        result = app.run("check", "shop:Base", "--alembic", **more)
        assert result.exit_code == 1
        assert "host.invalid" in result.stderr
        assert_discreet(result)


CONNECTING = """
    from alembic import context
    from sqlalchemy import create_engine

    engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
    with engine.connect() as connection:
        context.configure(connection=connection)
        context.run_migrations()
"""


@pytest.mark.databases("mariadb")
def test_a_file_of_the_driver_that_cannot_be_read(app, database):
    app.write("my.cnf", "s3same\n[client]\n")
    url = database.url.update_query_dict({"read_default_file": str(app.folder / "my.cnf")})
    address = url.render_as_string(hide_password=False)
    for more in ({}, {"AUTOSYNC_TRACEBACK": "1"}):
        result = app.run("plan", "shop:Base", AUTOSYNC_DB=address, **more)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "MissingSectionHeaderError" in result.stderr
        assert_discreet(result)


@SERVERS
def test_whoever_collects_errors(app, url):
    """They follow the causes and contexts of an error, and find nothing."""
    wrong = url.replace(":s3same", ":wrong-s3same")
    with pytest.raises(Failure) as caught:
        main(["plan", "shop:Base", "--db", wrong], standalone_mode=False)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert [telltale for telltale in TELLTALES if telltale in str(caught.value)] == []


@pytest.mark.databases("mariadb")
def test_a_snapshot_with_a_secret_name(app, database, monkeypatch):
    """The schema of a MariaDB is its database; the snapshot is as good without it."""
    create_customer(database)
    monkeypatch.setenv("NAME", database.url.database)
    template = database.url.set(database="NAME").render_as_string(hide_password=False)
    app.write("autosync.toml", f'url = "{template.replace("/NAME", "/${NAME}")}"\n')
    assert app.run("snapshot", "--output", "kept.json").exit_code == 0
    assert database.url.database not in (app.folder / "kept.json").read_text()
    here = app.run("check", "shop:Base", "--format", "json")
    there = app.run("check", "shop:Base", "--format", "json", "--against", "kept.json")
    pending = [[one["object"] for one in json.loads(r.stdout)["pending"]] for r in (here, there)]
    assert (
        pending[0] == pending[1] == ["customer.phone", "customer.size", "customer.ix_customer_size"]
    )


@pytest.mark.databases("postgresql")
def test_what_others_log(app, database):
    """A driver at its loudest, and SQLAlchemy, in a process whose application asks for that."""
    name = "zq_secret_database"
    execute_outside(database, f'CREATE DATABASE "{name}"')
    try:
        app.write("noisy.py", NOISY)
        address = database.url.set(database="NAME").render_as_string(hide_password=False)
        app.write("autosync.toml", f'url = "{address.replace("/NAME", "/${NAME}")}"\n')
        result = app.process("sync", "--yes", "noisy:Base", NAME=name)
    finally:
        execute_outside(database, f'DROP DATABASE "{name}"')
    assert result.returncode == 0, result.stderr
    for logger in ("psycopg", "sqlalchemy.engine.Engine", "sqlalchemy.pool.impl.QueuePool"):
        assert f"DEBUG:{logger}" in result.stderr
    assert "applied: " in result.stderr
    assert name not in result.stdout + result.stderr


def execute_outside(database, statement):
    """Run a statement that no transaction may hold."""
    with database.create_engine(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.databases("postgresql")
@pytest.mark.parametrize(
    ("variable", "options"),
    [("AUTOSYNC_DB", []), ("DATABASE_URL", []), ("SECRET_URL", ["--database", "shop"])],
)
def test_the_process_list(app, database, url, variable, options):
    """There is a way to keep the password out of it; and nobody adds to the arguments."""
    app.write("autosync.toml", '[databases.shop]\nurl = "${SECRET_URL}"\n')
    app.write("models.py", "print('loaded', flush=True)\nfrom shop import Base\n")
    arguments = ["wait", *options, "models:Base"]
    with app.start(*arguments, env={variable: url}, stdout=-1, stderr=-1) as process:
        assert process.stderr.readline() == "loaded\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        listed = Path(f"/proc/{process.pid}/cmdline").read_text()
        process.terminate()
    assert listed.rstrip("\0").split("\0")[-len(arguments) :] == arguments
    assert [telltale for telltale in TELLTALES if telltale in listed] == []
