"""plan, check, sync and explain: what they print, do, and exit with."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

import autosync
from autosync.cli.running import _status
from autosync.plan import Plan, Undecided
from autosync.rules import RULES
from tests.cli.conftest import create_customer, execute


def columns(database):
    return [column["name"] for column in sa.inspect(database.engine).get_columns("customer")]


def conflicting():
    """An INTEGER in the models, so this is refused; the column phone can be added."""
    return sa.Column("size", sa.String(7))


@pytest.mark.parametrize("command", ["plan", "check"])
def test_plan_and_check_tell_the_status_and_write_nothing(app, database, url, command):
    execute(database, "CREATE TABLE other (id INTEGER)")

    def run():
        result = app.run(*command.split(), "shop:Base", "--db", url)
        assert result.stderr == ""
        assert "To be applied" in result.stdout
        return result.exit_code

    assert run() == 3
    assert sa.inspect(database.engine).get_table_names() == ["other"]
    create_customer(database)
    assert run() == 3
    assert columns(database) == ["id", "name"]
    execute(database, "DROP TABLE customer")
    create_customer(database, conflicting())
    assert run() == 4
    assert columns(database) == ["id", "name", "size"]


def test_sync_then_in_sync(app, database, url):
    create_customer(database)
    done = app.run("sync", "--yes", "shop:Base", "--db", url)
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    assert columns(database) == ["id", "name", "phone", "size"]
    assert "in sync (3 applied)" in done.stdout
    for command in ("plan", "check", "sync --yes"):
        again = app.run(*command.split(), "shop:Base", "--db", url)
        assert (again.exit_code, again.stderr) == (0, "")
        assert again.stdout.endswith(": in sync\n")


def test_sync_exits_with_4_if_something_is_refused(app, database, url):
    create_customer(database, conflicting())
    result = app.run("sync", "--yes", "shop:Base", "--db", url)
    assert (result.exit_code, result.stderr) == (4, ""), result.output
    assert "phone" in columns(database)
    assert "[column-type]" in result.stdout


def test_on_refused_raise_applies_nothing(app, database, url):
    create_customer(database, conflicting())
    result = app.run("sync", "--yes", "shop:Base", "--db", url, "--on-refused", "raise")
    assert result.exit_code == 4
    assert "phone" not in columns(database)
    assert "[column-type]" in result.stdout
    assert "nothing was applied" in result.stderr


def test_dry_run_is_the_plan(app, database, url):
    create_customer(database, conflicting())
    dry = app.run("sync", "--yes", "shop:Base", "--db", url, "--dry-run")
    assert dry.exit_code == 4
    assert dry.stdout == app.run("plan", "shop:Base", "--db", url).stdout
    assert "phone" not in columns(database)


def test_real_processes(app, database, url):
    create_customer(database, sa.Column("size", sa.Integer))
    for command, status in [("check", 4), ("plan", 4), ("sync --yes", 4), ("check", 4)]:
        result = app.process(*command.split(), "shop:Base", DATABASE_URL=url)
        assert (result.returncode, result.stderr) == (status, "")
        assert "index-missing" in result.stdout
    for command, status in [("check", 3), ("sync --yes", 0), ("check", 0)]:
        result = app.process(*command.split(), "shop:Base", "--allow", "indexes", DATABASE_URL=url)
        assert (result.returncode, result.stderr) == (status, "")


def test_in_a_pipe_the_text_is_the_plan_unwrapped(app, database, url):
    create_customer(database, conflicting())
    result = app.process("plan", "shop:Base", "--db", url, COLUMNS="20")
    metadata = sa.MetaData()
    sa.Table(
        "customer",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("phone", sa.String(50)),
        sa.Column("size", sa.Integer, index=True),
    )
    places = [line for line in result.stdout.splitlines() if line.startswith("      at:  ")]
    assert set(places) == {"      at:  shop.py:12"}
    unplaced = result.stdout.replace(places[0] + "\n", "")
    assert unplaced == f"{autosync.plan(database.engine, metadata)}\n"


def test_json(app, database, url):
    create_customer(database, conflicting())
    result = app.process("plan", "shop:Base", "--db", url, "--format", "json")
    assert (result.returncode, result.stderr) == (4, "")
    found = json.loads(result.stdout)
    assert found["version"] == 1
    assert [entry["name"] for entry in found["pending"]] == ["phone"]
    assert "column-type" in [entry["code"] for entry in found["refused"]]


def test_json_is_utf_8_and_text_is_escaped_where_the_terminal_cannot(app, sqlite):
    execute(sqlite, 'CREATE TABLE "名前" (id INTEGER)')
    arguments = ("plan", "shop:Base", "--db", str(sqlite.url))
    as_json = app.process(*arguments, "--format", "json", PYTHONIOENCODING="latin-1")
    assert json.loads(as_json.stdout)["notes"][0]["table"] == "名前"
    as_text = app.process(*arguments, PYTHONIOENCODING="latin-1")
    assert (as_text.returncode, as_text.stderr) == (3, "")
    assert r"table \u540d\u524d" in as_text.stdout


def test_what_the_application_prints_is_not_in_the_report(app, sqlite):
    create_customer(sqlite)
    app.write("loud.py", "print('hello from the application')\nfrom shop import Base\n")
    result = app.process("plan", "loud:Base", "--db", str(sqlite.url), "--format", "json")
    assert json.loads(result.stdout)
    assert result.stderr == "hello from the application\n"


def test_options_reach_the_library(app, sqlite, monkeypatch):
    seen = {}

    def remember(engine, models, **settings):
        seen.update(settings)
        return Plan("sqlite")

    monkeypatch.setattr("autosync.api.sync", remember)
    options = [
        "--allow",
        "indexes",
        "--allow",
        "enum-labels",
        "--max-rows-scanned",
        "7",
        "--deadline",
        "0.5",
    ]
    create_customer(sqlite)
    options += ["--max-rows-scanned", "7", "--schema", "main", "--include", "cust*"]
    options += ["--exclude", "customer.notes"]
    assert app.run("sync", "--yes", "shop:Base", "--db", str(sqlite.url), *options).exit_code == 0
    assert callable(seen.pop("on_event"))
    assert seen == {
        "allow": ("indexes", "enum-labels"),
        "max_rows_scanned": 7,
        "deadline": 0.5,
        "on_refused": "warn",
        "lock_key": None,
        "include": ["main.cust*.*"],
        "exclude": ("customer.notes",),
        "accept": (),
        "revisions": None,
    }


def test_what_could_not_be_applied_is_told_to_everybody(app, sqlite):
    """Also to one who does not want to hear of refusals."""
    create_customer(sqlite)
    url = f"sqlite:///file:{sqlite.url.database}?mode=ro&uri=true"
    for fail_on, status in [("never", 1), ("refused", 4)]:
        result = app.run("sync", "--yes", "shop:Base", "--db", url, "--fail-on", fail_on)
        assert result.exit_code == status
        assert "[missing-right]" in result.stdout


def test_undecided_is_never_taken_for_equal_nor_for_an_addition():
    entry = Undecided("column", "default", None, "t", "c", ("c",), "t.c", reason="unknown")
    assert _status(Plan("sqlite", undecided=(entry,)), "undecided") == 4


@pytest.mark.databases("sqlite", "postgresql")
def test_a_driver_for_asyncio(app, database):
    name = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}[database.name]
    url = database.url.set(drivername=name).render_as_string(hide_password=False)
    create_customer(database)
    for command, status in [("check", 3), ("sync --yes", 0), ("check", 0)]:
        result = app.process(*command.split(), "shop:Base", "--db", url)
        assert (result.returncode, result.stderr) == (status, "")


def test_sync_creates_a_database_file_and_plan_does_not(app):
    path = app.folder / "new.db"
    for arguments in (["plan"], ["check"], ["sync", "--dry-run"]):
        result = app.run(*arguments, "shop:Base", "--db", "sqlite:///new.db")
        assert result.exit_code == 1
        assert "new.db does not exist" in result.stderr
        assert not path.exists()
    assert app.run("sync", "--yes", "shop:Base", "--db", "sqlite:///new.db").exit_code == 0
    assert path.exists()


@pytest.mark.filterwarnings("ignore:Selection of the SingletonThreadPool")
def test_a_file_may_be_a_uri(app):
    for url in ("sqlite:///file:new.db?mode=rwc&uri=true", "duckdb:///new.db"):
        assert "does not exist" in app.run("plan", "shop:Base", "--db", url).stderr
    assert not (app.folder / "new.db").exists()
    for url in ("sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"):
        result = app.run("plan", "shop:Base", "--db", url)
        assert result.exit_code == 3, result.output


@pytest.mark.parametrize("code", sorted(RULES))
def test_explain(app, code):
    result = app.run("explain", code)
    assert (result.exit_code, result.stderr) == (0, "")
    rule = RULES[code]
    for text in (rule.code, rule.title, rule.consequence):
        assert text in result.stdout
    first = rule.explanation.replace("``", "`").split()[:5]
    assert " ".join(first) in result.stdout


def test_explain_without_a_code_lists_them_all(app):
    result = app.run("explain")
    assert result.exit_code == 0
    assert all(f"  {code} " in result.stdout for code in RULES)


def test_version(app):
    result = app.run("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("autosync ")
    assert f"SQLAlchemy {sa.__version__}" in result.stdout


@pytest.mark.parametrize(
    "command", ["plan", "check", "sync", "wait", "config", "rules", "explain", "completion"]
)
def test_help_has_examples(app, command):
    result = app.run(*command.split(), "--help")
    assert result.exit_code == 0
    assert f"  autosync {command} " in result.stdout


def test_help_lists_commands_and_statuses(app):
    result = app.run("-h")
    assert result.exit_code == 0
    for words in ("plan ", "check ", "sync ", "wait ", "explain ", "Exit status", "stderr"):
        assert words in result.stdout
    without_arguments = app.run()
    assert without_arguments.exit_code == 2
    assert without_arguments.stderr == result.stdout


def test_rules_lists_every_code(app):
    listed = app.run("rules").stdout
    assert listed == app.run("explain").stdout
    assert all(f"  {code} " in listed for code in RULES)
    markdown = app.run("rules", "--format", "markdown").stdout
    assert all(f"| `{code}` | " in markdown for code in RULES)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("autosync pl", "plain,plan"),
        ("autosync plan --fail-on nev", "plain,never"),
        ("autosync explain likely", "plain,likely-rename"),
    ],
)
def test_completion(app, words, expected):
    """What the script of the shell asks for at each key."""
    script = Path(sys.executable).with_name("autosync")
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    env = {**os.environ, "_AUTOSYNC_COMPLETE": "bash_complete", **asked}
    done = subprocess.run([script], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [expected]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell(app, shell):
    script = app.run("completion", shell).stdout
    assert f"_AUTOSYNC_COMPLETE={shell}_complete" in script
