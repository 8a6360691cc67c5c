"""--format and --output, --fail-on, and what is asked before anything is applied."""

import json

import pytest
import sqlalchemy as sa

from autosync.report.formats import FORMATS
from tests.cli.conftest import assert_failed, assert_one_line, create_customer
from tests.runners import obeyed
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


HINT = "##vso[task.complete]\n::stop-commands::x"


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", HINT, "--db", "sqlite://"],
        ["plan", f"shop:{HINT}", "--db", "sqlite://"],
        ["plan", f"{HINT}.py:Base", "--db", "sqlite://"],
        ["plan", "shop:Base", "--db", HINT],
        ["plan", "shop:Base", "--db", f"{HINT}://me@host/shop"],
        ["plan", "shop:Base", "--db", f"sqlite:///{HINT}"],
        ["plan", "shop:Base", "--db", "sqlite://", "--output", f"{HINT}/plan"],
        ["plan", "shop:Base", "--db", "sqlite://", "--schema", HINT],
        ["plan", "shop:Base", "--db", "sqlite://", "--include", f"a.b.c.{HINT}"],
        ["plan", "shop:Base", "--db", "sqlite://", "--revisions", HINT],
        ["plan", "shop:Base", "--db", "sqlite://", "--allow", HINT],
        ["plan", "shop:Base", "--database", HINT],
        ["check", "shop:Base", "--against", f"{HINT}.json"],
        ["check", "shop:Base", "--against", "hostile.json"],
        ["upgrade", "--db", "sqlite://", "--revisions", HINT, "--yes"],
        ["explain", HINT],
        [HINT],
    ],
    ids=str,
)
def test_what_is_given_commands_no_build_server(app, arguments):
    """Options, files, and what is in them."""
    (app.folder / "hostile.json").write_text(json.dumps({HINT: HINT, "version": 1}))
    result = app.run(*arguments)
    assert result.exit_code in (1, 2)
    assert_one_line(result.stderr)
    assert obeyed(result.output) == []


@pytest.mark.parametrize(
    "name", ["AUTOSYNC_TARGET", "DATABASE_URL", "AUTOSYNC_ALLOW", "AUTOSYNC_FAIL_ON"]
)
def test_the_environment_commands_no_build_server(app, name):
    given = {"AUTOSYNC_TARGET": "shop:Base", "DATABASE_URL": "sqlite://", name: HINT}
    result = app.run("plan", **given)
    assert_failed(result, 2)
    assert obeyed(result.stderr) == []
    shown = app.run("config", **given)
    assert obeyed(shown.output) == []


def test_the_file_commands_no_build_server(app, sqlite):
    app.write("autosync.toml", f"exclude = [{json.dumps(HINT)}]")
    shown = app.run("config", "shop:Base", "--db", str(sqlite.url))
    assert r"\x23#vso[" in shown.stdout
    assert obeyed(shown.stdout) == []
    app.write("autosync.toml", f"{json.dumps(HINT)} = 1")
    result = app.run("plan", "shop:Base", "--db", str(sqlite.url))
    assert_failed(result, 2, r"\x23#vso[")
    assert obeyed(result.stderr) == []


@pytest.mark.parametrize("name", [*FORMATS, "snapshot"])
def test_names_command_no_build_server(app, sqlite, name):
    """Whatever goes to stdout; annotations are for the server, and say the names as data."""
    create_customer(sqlite, sa.Column(HINT, sa.Integer, nullable=False))
    command = ("plan", "shop:Base", "--format", name) if name in FORMATS else (name,)
    result = app.run(*command, "--db", str(sqlite.url))
    assert result.stderr == ""
    ours = [line for line in result.stdout.splitlines() if line.startswith(("::error", "::notice"))]
    assert bool(ours) == (name == "github")
    assert obeyed(result.stdout) == ours
