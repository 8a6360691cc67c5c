"""--format and --output, --fail-on, and what is asked before anything is applied."""

import json

import pytest
import sqlalchemy as sa

from tests.cli.conftest import assert_failed, create_customer


@pytest.fixture
def command(app, sqlite):
    create_customer(sqlite, sa.Column("size", sa.String(7)))
    return ("plan", "shop:Base", "--db", str(sqlite.url))


def test_several_at_once(app, command):
    """The first file is for the first format; what has none goes to stdout."""
    plain = app.run(*command).stdout
    formats = ("--format", "json", "--format", "text")
    result = app.run(*command, *formats, "--output", "plan.json")
    assert (result.exit_code, result.stdout) == (4, plain)
    found = json.loads((app.folder / "plan.json").read_text())
    assert found == json.loads(app.run(*command, "--format", "json").stdout)
    result = app.run(*command, *formats, "--output", "a.json", "--output", "a.txt")
    assert result.stdout == ""
    assert (app.folder / "a.txt").read_text() == plain
    assert app.run(*command, "--output", "-").stdout == plain


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--output", "a", "--output", "b"], "there are more --output than --format"),
        (["--format", "text", "--format", "json"], "only one --format can go to stdout"),
        (["--output", "no/such/a"], "there is no folder no/such"),
    ],
)
def test_outputs_that_cannot_be(app, command, options, words):
    assert_failed(app.run(*command, *options), 2, words)


@pytest.mark.parametrize(
    ("refused", "fail_on", "status"),
    [
        (True, "pending", 4),
        (True, "undecided", 4),
        (True, "refused", 4),
        (True, "never", 0),
        (False, "pending", 3),
        (False, "undecided", 0),
        (False, "refused", 0),
        (False, "never", 0),
    ],
)
def test_what_the_status_tells_of(app, sqlite, refused, fail_on, status):
    create_customer(sqlite, *[sa.Column("size", sa.String(7))] * refused)
    arguments = ("--db", str(sqlite.url), "--fail-on", fail_on)
    assert app.run("plan", "shop:Base", *arguments).exit_code == status


def test_sync_asks(app, sqlite):
    create_customer(sqlite)
    result = app.run("sync", "shop:Base", "--db", str(sqlite.url))
    assert_failed(result, 2, "nobody to be asked: give --yes")
    columns = sa.inspect(sqlite.engine).get_columns("customer")
    assert [column["name"] for column in columns] == ["id", "name"]
