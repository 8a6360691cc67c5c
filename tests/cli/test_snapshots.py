"""snapshot, and check --against: a comparison where there is no database."""

import json

import pytest
import sqlalchemy as sa

import autosync
from tests.cli.conftest import assert_failed, create_customer, execute
from tests.soon import soon


def test_a_database_then_against_it(app, database, url):
    create_customer(database, sa.Column("size", sa.String(7)))
    done = app.run("snapshot", "--db", url, "-o", "schema.json")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    text = (app.folder / "schema.json").read_text()
    assert text.rstrip() == autosync.snapshot(database.engine).to_json()
    database.engine.dispose()

    against = app.run("check", "shop:Base", "--against", "schema.json")
    live = app.run("check", "shop:Base", "--db", url)
    assert (against.exit_code, against.stderr) == (4, "")
    assert against.stdout.splitlines()[0] == live.stdout.splitlines()[0]
    assert "[column-type]" in against.stdout


def test_without_any_driver(app, postgresql):
    """Nothing is needed but SQLAlchemy: no server, no driver, no address."""
    create_customer(postgresql)
    (app.folder / "schema.json").write_text(autosync.snapshot(postgresql.engine).to_json())
    code = (
        "import sys; "
        "sys.modules.update(dict.fromkeys(['psycopg', 'psycopg2', 'asyncpg'])); "
        "from autosync.cli import main; main()"
    )
    done = app.python("-c", code, "plan", "shop:Base", "--against", "schema.json")
    assert (done.returncode, done.stderr) == (3, "")
    assert "+ column customer.phone" in done.stdout


def test_models_of_a_base_branch(app):
    done = app.run("snapshot", "shop:Base", "--dialect", "postgresql", "-o", "base.json")
    assert (done.exit_code, done.output) == (0, "")
    app.write(
        "changed.py",
        """
        from shop import Base, Customer, sa

        Customer.__table__.append_column(sa.Column("born", sa.Date))
        """,
    )
    done = app.run("check", "changed:Base", "--against", "base.json")
    assert done.exit_code == 3
    assert "ALTER TABLE customer ADD COLUMN born DATE" in done.stdout


def test_it_goes_to_stdout(app, database, url):
    create_customer(database)
    done = app.run("snapshot", "--db", url)
    assert json.loads(done.stdout)["dialect"] == database.name
    assert done.stdout == app.run("snapshot", "--db", url, "--output", "-").stdout


def test_rows(app, sqlite):
    create_customer(sqlite)
    execute(sqlite, "INSERT INTO customer VALUES (1, 'x')")
    [table] = json.loads(app.run("snapshot", "--db", str(sqlite.url), "--rows").stdout)["tables"]
    assert table["rows"] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["snapshot"], ["no database: give --db URL"]),
        (["snapshot", "--dialect", "sqlite"], ["no TARGET: --dialect makes a snapshot of models"]),
        (
            ["snapshot", "shop:Base", "--dialect", "sqlite", "--db", "sqlite://"],
            ["--db and --dialect are two things to choose from"],
        ),
        (
            ["check", "shop:Base", "--against", "schema.json", "--db", "sqlite://"],
            ["--db and --against are two things to choose from"],
        ),
        (
            ["snapshot", "shop:Base", "--dialect", "postgre"],
            ["SQLAlchemy knows no database 'postgre'; did you mean postgresql?"],
        ),
        (["check", "shop:Base", "--against", "nothing.json"], ["'nothing.json' does not exist"]),
        (["check", "shop:Base", "--against", "shop.py"], ["shop.py cannot be read", "no snapshot"]),
        (
            ["snapshot", "--db", "sqlite://", "-o", "no/where.json"],
            ["there is no folder no for no/where.json"],
        ),
        (
            ["check", "shop:Base", "--against", "schema.json", "--schema", "mian"],
            ["no table of the models is in the schema mian; did you mean main?"],
        ),
    ],
)
def test_what_cannot_be_meant(app, sqlite, arguments, words):
    create_customer(sqlite)
    (app.folder / "schema.json").write_text(autosync.snapshot(sqlite.engine).to_json())
    assert_failed(app.run(*arguments), 2, *words)


def test_the_environment_may_name_it(app, sqlite):
    """It is then nearer than a database that the environment names as well."""
    create_customer(sqlite)
    (app.folder / "schema.json").write_text(autosync.snapshot(sqlite.engine).to_json())
    names = {"AUTOSYNC_AGAINST": "schema.json", "DATABASE_URL": "postgresql://nowhere/nothing"}
    assert app.run("check", "shop:Base", **names).exit_code == 3


@pytest.mark.parametrize("command", ["plan", "check", "sync --yes"])
def test_a_schema_in_which_no_model_is(app, database, url, command):
    """The database would seem to be in sync, whatever is in it."""
    create_customer(database)
    name = {"postgresql": "public", "sqlite": "main"}.get(database.name, database.url.database)
    wrong = name[:-1] + "x"
    done = app.run(*command.split(), "shop:Base", "--db", url, "--schema", wrong)
    assert_failed(done, 2, f"no table of the models is in the schema {wrong}; did you mean {name}?")
    assert app.run("plan", "shop:Base", "--db", url, "--schema", name).exit_code == 3


def test_a_schema_that_the_database_lacks(app, postgresql):
    url = postgresql.url.render_as_string(hide_password=False)
    done = app.run("snapshot", "--db", url, "--schema", "pubic")
    assert_failed(done, 2, "the database has no schema pubic; did you mean public?")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"[" * 50_000, "nested too deeply"),
        (b'{"version": 1, "dialect": "\xff"}', "can't decode byte 0xff in position 27"),
        (b'{"version": 1, "version": 1}', "it has two values of the name 'version'"),
        (b'{"version": 1, "dialect": []}', "lacks 'backend'"),
        (b'{"version": NaN}', "it has NaN, which is no number"),
        (b"\x00" * 9, "this is no snapshot"),
        (b"", "this is no snapshot"),
    ],
)
def test_a_file_that_is_no_snapshot(app, data, words):
    (app.folder / "schema.json").write_bytes(data)
    with soon():
        result = app.run("check", "shop:Base", "--against", "schema.json")
    assert_failed(result, 2, "error: schema.json cannot be read: ", words)
    assert len(result.stderr) < 300


def test_a_file_without_an_end(app):
    """A link in a repository can lead anywhere."""
    (app.folder / "schema.json").symlink_to("/dev/zero")
    result = app.run("check", "shop:Base", "--against", "schema.json")
    assert_failed(result, 2, "schema.json cannot be read: this is no snapshot: it is larger than")


def test_a_snapshot_of_what_cannot_be_reached(app, sqlite):
    create_customer(sqlite)
    text = autosync.snapshot(sqlite.engine).to_json()
    (app.folder / "schema.json").write_text(text.replace('"sqlite"', '"nosuch"'))
    result = app.run("check", "shop:Base", "--against", "schema.json")
    assert_failed(result, 2, "schema.json cannot be read", "is of nosuch, which SQLAlchemy")
