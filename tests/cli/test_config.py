"""The configuration file, the environment, and the flags: what is in force, and by whom."""

import re

import pytest
import sqlalchemy as sa

from tests.cli.conftest import SHOP, assert_failed, create_customer

PROJECT = """
    [project]
    name = "shop"

    [tool.autosync]
    target = "shop:Base"
    fail_on = "refused"
    exclude = ["customer.phone"]

    [tool.autosync.databases.staging]
    url = "${STAGING}"
    exclude = ["customer.size"]
"""


@pytest.fixture
def project(app, sqlite):
    app.write("pyproject.toml", PROJECT)
    create_customer(sqlite)
    return app


def lines(app, *arguments, **env):
    """What autosync config says, by name."""
    result = app.run("config", *arguments, **env)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    said = [line.partition(" = ") for line in result.stdout.splitlines()]
    return {name.strip(): value for name, _, value in said}


def test_the_file_says_it_all(project, sqlite):
    """Exit 0, since only what is refused counts; and the column phone is left alone."""
    result = project.run("check", "--database", "staging", STAGING=str(sqlite.url))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "customer.phone" in result.stdout
    assert "customer.size" not in result.stdout
    result = project.run("check", "--db", str(sqlite.url), "--fail-on", "pending")
    assert result.exit_code == 3
    assert "customer.phone" not in result.stdout
    assert "customer.size" in result.stdout


def test_it_is_found_from_below_and_a_file_of_its_own_comes_first(project, monkeypatch):
    project.write("autosync.toml", 'fail_on = "never"\n[databases.local]\nurl = "sqlite://"\n')
    (project.folder / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(project.folder / "deep" / "er")
    told = lines(project, "--database", "local")
    assert told["config"] == f'"{project.folder / "autosync.toml"}"'
    assert told["fail_on"] == '"never"  (autosync.toml: fail_on)'
    assert told["url"] == '"sqlite://"  (autosync.toml: databases.local.url)'
    assert told["target"] == "(not set)  (default)"


def test_flags_beat_the_environment_and_that_beats_the_file(project):
    assert lines(project)["fail_on"] == '"refused"  (pyproject.toml: fail_on)'
    env = {"AUTOSYNC_FAIL_ON": "undecided"}
    assert lines(project, **env)["fail_on"] == '"undecided"  (environment)'
    assert lines(project, "--fail-on", "never", **env)["fail_on"] == '"never"  (command line)'
    assert lines(project)["deadline"] == "60.0  (default)"


def test_a_database_that_was_asked_for_by_its_name_is_that_one(project, sqlite):
    """Whatever DATABASE_URL says; but --db is as explicit, and wins."""
    env = {"STAGING": str(sqlite.url), "DATABASE_URL": "sqlite:///no/such/place.db"}
    assert project.run("check", "--database", "staging", **env).exit_code == 0
    assert_failed(project.run("check", **env), 1, "no/such")
    result = project.run("check", "--database", "staging", "--db", env["DATABASE_URL"], **env)
    assert_failed(result, 1, "no/such")


def test_no_password_is_shown(project):
    project.write("autosync.toml", 'url = "postgresql://me:secret@host/shop"\n')
    assert lines(project)["url"] == '"postgresql://me:***@host/shop"  (autosync.toml: url)'
    told = lines(project, DATABASE_URL="postgresql://me:secret@host/shop")
    assert told["url"] == '"postgresql://me:***@host/shop"  (environment)'


ACCEPT = """
    [[accept]]
    code = "column-type"
    object = "customer.size"
    fingerprint = "{fingerprint}"
    reason = "the old importer writes words"
    until = 2999-12-31
"""


def test_what_is_accepted(app, sqlite):
    app.write("shop.py", SHOP.replace(", index=True", ""))
    create_customer(sqlite, sa.Column("size", sa.String(7)))
    command = ["check", "shop:Base", "--db", str(sqlite.url), "--fail-on", "refused"]
    assert app.run(*command).exit_code == 4
    app.write("autosync.toml", ACCEPT.format(fingerprint="0c1f52aa"))
    older = app.run(*command)
    assert_failed(older, 2, "'0c1f52aa', which is invalid: it takes 32 hexadecimal digits")
    advised = re.findall('write fingerprint = "([0-9a-f]{32})"', older.stderr)
    app.write("autosync.toml", ACCEPT.format(fingerprint="0" * 32))
    changed = app.run(*command)
    assert changed.exit_code == 4
    fingerprint = changed.stdout.partition("but is ")[2].partition(" by now")[0]
    assert advised == [fingerprint]
    app.write("autosync.toml", ACCEPT.format(fingerprint=fingerprint))
    accepted = app.run(*command)
    assert accepted.exit_code == 0
    assert "accepted until 2999-12-31: the old importer writes words" in accepted.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fail_onn = 1", ["no key fail_onn", "did you mean fail_on?"]),
        ("colour = 1", ["no key colour", "there is target, url"]),
        ("deadline = true", ["deadline is a number, not True"]),
        ("exclude = 'a'", ["exclude is a list of strings"]),
        ("databases = 1", ["databases is a table of tables"]),
        ("[databases.a]\nurll = ''", ["no key databases.a.urll", "did you mean url?"]),
        ("[[accept]]\ncode = 'x'", ["accept[1] needs object, fingerprint, reason; a refusal's"]),
        ("[[accept]]\ncode = 'x'\nuntil = '2020'", ["accept[1].until is a date"]),
        ("a = ", ["cannot be read"]),
        ("fail_on = 'sometimes'", ["autosync.toml: fail_on: 'sometimes' is not one of 'refused'"]),
        ("include = ['a..b']", ["a pattern is table"]),
    ],
)
def test_a_file_that_is_wrong(app, sqlite, text, words):
    app.write("autosync.toml", text)
    assert_failed(app.run("plan", "shop:Base", "--db", str(sqlite.url)), 2, *words)


def test_a_database_that_is_not_there(project):
    result = project.run("plan", "--database", "stagin")
    assert_failed(result, 2, "no database 'stagin'; did you mean staging?")


def test_a_database_without_a_file(app):
    result = app.run("plan", "shop:Base", "--database", "staging")
    assert_failed(result, 2, "there is neither autosync.toml nor [tool.autosync]")


def test_a_variable_that_is_not_set(project):
    result = project.run("plan", "--database", "staging")
    words = "pyproject.toml: databases.staging.url needs the environment variable STAGING"
    assert_failed(result, 2, words)


def test_a_wrong_value_is_told_with_its_place(app):
    """It is the variable, or the command line, that is to be changed."""
    asked = ("config", "shop:Base")
    by_variable = app.run(*asked, AUTOSYNC_FAIL_ON="sometimes")
    assert_failed(by_variable, 2, "error: AUTOSYNC_FAIL_ON: 'sometimes' is not one of 'refused'")
    by_option = app.run(*asked, "--fail-on", "sometimes")
    assert_failed(by_option, 2, "Invalid value for '--fail-on'", "see autosync config --help")
