"""Whatever a user can do wrong is one line that says what to do, and never holds a password."""

import shlex
import signal
import socket
import subprocess
import sys
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from autosync.credentials import Secrets, kept, masked
from autosync.dialects.connecting import EXTRAS, advice
from autosync.failures import complaint
from tests.cli.conftest import (
    ROOT,
    address,
    assert_failed,
    assert_one_line,
    create_customer,
    execute,
)
from tests.servers import PASSWORD
from tests.servers.database import SQLALCHEMY

SERVERS = pytest.mark.databases("postgresql", "mariadb")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("plan", "no TARGET: name the models"),
        ("plan shop:Base", "no database: give --db URL, or set DATABASE_URL"),
        ("plan shop:Base --db ''", "no database"),
        ("plan shop:Base --db shop.py", "the file shop.py is sqlite:///shop.py if SQLite made it"),
        ("snapshot shop:Base --db sqlite://", "a snapshot of models needs --dialect"),
        ("plan shop:Base --formt json", "No such option"),
        ("plan shop:Base --format xml", "xml"),
        ("plan shop:Base --allow everything", "enum-labels"),
        ("plan shop:Base --deadline -1", "--deadline"),
        ("plan shop:Base --max-rows-scanned many", "--max-rows-scanned"),
        ("sync shop:Base --on-refused ignore", "warn"),
        ("plan a b", "b"),
        ("plam", "No such command"),
        ("explain column-typ", "there is no code column-typ; did you mean column-type"),
        ("explain 42", "autosync explain lists all"),
    ],
)
def test_usage(app, command, words):
    assert_failed(app.run(*shlex.split(command)), 2, words)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "cannot be understood; a database URL is dialect+driver://"),
        ("postgresql//me:open-sesame@localhost/shop", "cannot be understood"),
        ("postgresql://me:open-sesame@localhost:port/shop", "cannot be understood"),
        ("postgresql://me:open@sesame@localhost/shop", "write it as %40"),
        ("postgres://me:open-sesame@localhost/shop", "no database postgres; did you mean postgr"),
        ("nosuch://me:open-sesame@localhost/shop", "no database nosuch; is its dialect's package"),
        ("mysql+pymsql://me:open-sesame@localhost/shop", "pymsql for mysql; did you mean pymysql"),
    ],
)
def test_a_url_that_cannot_be_used(app, url, words):
    result = app.run("plan", "shop:Base", "--db", url)
    assert_failed(result, 2, words)
    assert "sesame" not in result.stderr


@pytest.mark.parametrize(
    ("url", "driver", "words"),
    [
        ("mysql+pymysql://me:open-sesame@h/d", "pymysql", "'sqlalchemy-autosync[mysql]'"),
        ("mariadb+pymysql://me:open-sesame@h/d", "pymysql", "'sqlalchemy-autosync[mysql]'"),
        ("mysql+mysqldb://me:open-sesame@h/d", "MySQLdb", "write mysql+pymysql:// in the URL"),
        ("oracle+cx_oracle://me:open-sesame@h/d", "cx_Oracle", "install the Python package"),
        ("postgresql+asyncpg://me:open-sesame@h/d", "asyncpg", "asyncpg is not installed"),
    ],
)
def test_a_driver_that_is_not_installed(app, monkeypatch, url, driver, words):
    monkeypatch.setitem(sys.modules, driver, None)
    result = app.run("plan", "shop:Base", "--db", url)
    assert_failed(result, 1, f"the driver {driver} is not installed", words)
    assert "sesame" not in result.stderr


@pytest.mark.skipif(SQLALCHEMY < (2, 0), reason="SQLAlchemy 1.4 has no dialect for psycopg 3")
def test_the_driver_that_is_installed_is_named(app, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg2", None)
    result = app.run("plan", "shop:Base", "--db", "postgresql+psycopg2://me:secret@h/d")
    assert_failed(result, 1, "psycopg2 is not installed: write postgresql+psycopg:// in the URL")


def test_the_extras_are_those_of_the_distribution():
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    for extra in EXTRAS.values():
        assert extra.driver in config["options.extras_require"][extra.name].lower()


@SERVERS
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "wrong-word"}, "check the user and the password"),
        ({"username": "nobody-known", "password": "wrong-word"}, "check the user and the password"),
        ({"database": "no_such_database"}, "autosync adds tables, not databases"),
        ({"host": "no-such-host.invalid"}, "the host"),
    ],
)
def test_a_server_that_does_not_let_us_in(app, database, change, words):
    result = app.run("plan", "shop:Base", "--db", address(database, **change))
    assert_failed(result, 1, "cannot connect to", "***@", words)
    assert "wrong-word" not in result.stderr
    assert PASSWORD not in result.stderr


@SERVERS
def test_a_server_that_is_down(app, database):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = address(database, port=unused.getsockname()[1])
        result = app.process("check", "shop:Base", DATABASE_URL=url)
    assert (result.returncode, result.stdout) == (1, "")
    assert_one_line(result.stderr, "cannot connect to", "is the server running")
    assert PASSWORD not in result.stderr


def test_a_server_that_is_down_behind_asyncio(app):
    url = "postgresql+asyncpg://me:open-sesame@127.0.0.1:1/shop"
    result = app.process("plan", "shop:Base", "--db", url)
    assert (result.returncode, result.stdout) == (1, "")
    assert_one_line(result.stderr, "cannot connect to", "is the server running")
    assert "sesame" not in result.stderr


@SERVERS
def test_an_option_that_the_driver_does_not_know(app, database):
    url = address(database, query={"pasword": "open-up"})
    result = app.run("plan", "shop:Base", "--db", url)
    assert_failed(result, 1, "check the options after the ?")
    assert "open-up" not in result.stderr


@contextmanager
def reader(database):
    """The URL of a user who may read, and nothing else."""
    name = f"reader_{database.url.database}"
    user = {"postgresql": f'"{name}"', "mariadb": f"'{name}'@'%%'"}[database.name]
    granted = {
        "postgresql": f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}",
        "mariadb": f"GRANT SELECT ON `{database.url.database}`.* TO {user}",
    }[database.name]
    password = {"postgresql": "PASSWORD", "mariadb": "IDENTIFIED BY"}[database.name]
    execute(database, f"CREATE USER {user} {password} 'tell-nobody'", granted)
    try:
        yield address(database, username=name, password="tell-nobody")
    finally:
        if database.name == "postgresql":
            execute(database, f"DROP OWNED BY {user}")
        execute(database, f"DROP USER {user}")


@SERVERS
def test_a_user_without_the_right(app, database):
    create_customer(database)
    with reader(database) as url:
        plan = app.run("plan", "shop:Base", "--db", url)
        result = app.run("sync", "--yes", "shop:Base", "--db", url)
    assert (plan.exit_code, plan.stderr) == (3, "")
    assert_not_permitted(result, "GRANT")
    assert "tell-nobody" not in result.output


@pytest.mark.databases("postgresql")
def test_a_server_that_is_read_only(app, database, url):
    create_customer(database)
    name = database.url.database
    execute(database, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    assert_not_permitted(app.run("sync", "--yes", "shop:Base", "--db", url), "read-only")


def test_a_file_that_is_read_only(app, sqlite):
    create_customer(sqlite)
    url = f"sqlite:///file:{sqlite.url.database}?mode=ro&uri=true"
    assert app.run("plan", "shop:Base", "--db", url).exit_code == 3
    assert_not_permitted(app.run("sync", "--yes", "shop:Base", "--db", url), "cannot be written")


def assert_not_permitted(result, *words):
    """Refused before anything was touched, with what is needed, and all of it still pending."""
    assert result.exit_code == 4
    for word in ("[missing-right]", "column customer.", *words):
        assert word in result.stdout


def test_a_folder_that_is_not_there(app):
    for command in ("plan", "sync --yes"):
        result = app.run(*command.split(), "shop:Base", "--db", "sqlite:///no/such/shop.db")
        assert_failed(result, 1, "there is no folder no/such for the database shop.db")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder no one may write to")
def test_a_folder_that_cannot_be_written(app):
    result = app.run("sync", "--yes", "shop:Base", "--db", "sqlite:////proc/shop.db")
    assert_failed(result, 1, "unable to open database file; its folder must exist, and you must")


def test_a_file_that_is_no_database(app):
    app.write("shop.db", "this is a letter to my grandmother, and no database at all" * 20)
    result = app.run("plan", "shop:Base", "--db", "sqlite:///shop.db")
    assert_failed(result, 1, "file is not a database; check the path in the URL")


@contextmanager
def locked(database):
    """Another session that keeps everyone else out."""
    engine = database.create_engine(isolation_level=None)
    with engine.connect() as connection:
        if database.name == "sqlite":
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
        elif database.name == "postgresql":
            connection.exec_driver_sql("LOCK TABLE customer IN ACCESS EXCLUSIVE MODE")
        else:
            connection.exec_driver_sql("SELECT * FROM customer FOR UPDATE")
        yield
        connection.exec_driver_sql("ROLLBACK")


def test_a_database_that_is_locked(app, database, url):
    create_customer(database)
    if database.name == "sqlite":
        url += "?timeout=0.1"
    with locked(database):
        result = app.run("sync", "--yes", "shop:Base", "--db", url, "--deadline", "0.5")
    assert result.exit_code == 1, result.output
    assert_one_line(result.stderr, "within 0.5 seconds", "another session")
    assert "in sync" not in result.stdout


def test_a_server_that_goes_away(app, postgresql):
    create_customer(postgresql)
    url = address(postgresql, query={"application_name": "to be ended"})
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
    pipes = {"stdout": -1, "stderr": -1}
    app.write("models.py", "print('loaded', flush=True)\nfrom shop import Base\n")
    with (
        locked(postgresql),
        app.start("sync", "--yes", "models:Base", "--db", url, **pipes) as process,
    ):
        assert process.stderr.readline() == "loaded\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        execute(postgresql, end + "'to be ended'")
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert_one_line(err, "the database says: ")


@pytest.mark.databases("sqlite", "postgresql")
def test_ctrl_c(app, database, url):
    create_customer(database)
    app.write("models.py", "print('loaded', flush=True)\nfrom shop import Base\n")
    pipes = {"stdout": -1, "stderr": -1}
    with (
        locked(database),
        app.start("sync", "--yes", "models:Base", "--db", url, **pipes) as process,
    ):
        assert process.stderr.readline() == "loaded\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert_one_line(err, "interrupted")


def test_models_that_cannot_be_created(app, sqlite):
    app.write(
        "broken.py",
        """
        import sqlalchemy as sa
        metadata = sa.MetaData()
        sa.Table("a", metadata, sa.Column("b", sa.Integer, sa.ForeignKey("nowhere.id")))
        """,
    )
    create_customer(sqlite)
    result = app.run("plan", "broken:metadata", "--db", str(sqlite.url))
    assert_failed(result, 1, "SQLAlchemy says", "nowhere")


def test_a_defect_of_ours_is_one_line_and_shown_on_request(app, sqlite, monkeypatch):
    def fail(*arguments, **settings):
        raise KeyError("open-sesame at postgresql://me:tell-nobody@h/d")

    monkeypatch.setattr("autosync.api.plan", fail)
    create_customer(sqlite)
    url = f"{sqlite.url}?timeout=5"
    result = app.run("plan", "shop:Base", "--db", url)
    assert_failed(result, 1, "unexpected KeyError", "please report this", "AUTOSYNC_TRACEBACK=1")
    traced = app.run("plan", "shop:Base", "--db", url, AUTOSYNC_TRACEBACK="1")
    assert "Traceback (most recent call last)" in traced.stderr
    assert "tell-nobody" not in result.stderr + traced.stderr


@pytest.mark.parametrize(
    ("url", "text", "shown"),
    [
        ("x://u:open%20sesame@h", "open sesame, open%20sesame, open+sesame", "***, ***, ***"),
        ("x://u:a@h", "a database: 'a'", "a database: '***'"),
        ("x://h/d?password=tell-nobody&ssl=on", "ssl is on: tell-nobody", "ssl is on: ***"),
        ("x://h/d", "at y://me:tell@nobody@h/d", "at y://me:***@h/d"),
        ("x://h/d", "dsn host=h password='tell nobody' user=me", "dsn host=h password=*** user=me"),
    ],
)
def test_secrets(url, text, shown):
    secrets = Secrets()
    secrets.add(make_url(url))
    with kept(secrets):
        assert masked(text) == shown


def test_advice_is_given_only_where_it_is_known():
    assert advice("FATAL: database is on fire") == ""
    assert "percent-encoded" in advice("(1045, \"Access denied for user 'me'@'localhost'\")")
    assert "owner" in advice("(1044, \"Access denied for user 'me'@'%' to database 'd'\")")


def test_a_complaint_without_words_is_its_type():
    assert complaint(ConnectionResetError()) == "ConnectionResetError"
    error = sa.exc.OperationalError("SELECT 1", {}, ValueError("no\n good."))
    assert complaint(error) == "no good"
