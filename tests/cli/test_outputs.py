"""--format and --output, --fail-on, and what is asked before anything is applied."""

import json

import pytest
import sqlalchemy as sa

from autosync.report.formats import FORMATS
from tests.cli.conftest import assert_failed, assert_one_line, create_customer
from tests.test_escapes import LAYOUT, NAME, raw


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


HOSTILE = """
    import sqlalchemy as sa
    name = {name!r}
    metadata = sa.MetaData()
    check = sa.CheckConstraint(sa.func.no_such_function(sa.column(name)) == 1, name="c")
    sa.Table("hostile", metadata, sa.Column(name, sa.Integer, primary_key=True), check)
"""


@pytest.mark.parametrize("name", FORMATS)
def test_names_do_nothing_on_a_terminal(app, sqlite, name):
    """Nor in a file that is shown on one; not even half a character, which has no encoding."""
    app.write("shop.py", HOSTILE.format(name=f"\udcff{NAME}"))
    create_customer(sqlite, sa.Column(NAME, sa.Integer))
    formats = ("--format", name, "--output", "report", "--format", "text")
    result = app.run("plan", "shop:metadata", "--db", str(sqlite.url), *formats)
    assert (result.exit_code, result.stderr) == (3, "")
    assert raw(result.stdout) == set()
    assert r"\udcffx\x1b[2J" in result.stdout
    report = (app.folder / "report").read_text(encoding="utf-8")
    assert "hostile" in report
    assert raw(report, LAYOUT.get(name, "\n")) == set()


def test_names_do_nothing_in_a_failure(app, sqlite):
    """Nor in the traceback of one, which is asked for."""
    app.write("shop.py", HOSTILE.format(name=NAME))
    create_customer(sqlite)
    command = ("sync", "--yes", "shop:metadata", "--db", str(sqlite.url))
    result = app.run(*command)
    assert result.exit_code == 1
    assert_one_line(result.stderr, "rejected a statement", r"x\x1b[2J")
    traced = app.run(*command, AUTOSYNC_TRACEBACK="1")
    assert "Traceback (most recent call last)" in traced.stderr
    assert raw(result.stderr + traced.stderr) <= {"\t"}
