"""A configuration file that nobody has named is followed only if it is ours, or root's."""

import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from autosync.cli import main
from tests.cli.conftest import assert_failed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="files have no number of an owner")
ONLY_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
US, OTHER = 4711, 4712


@contextmanager
def as_user(number):
    """As somebody else than root, for as long as the block runs."""
    os.seteuid(number)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def below(app, monkeypatch):
    """A folder below the application's, in which everybody may look around."""
    folder = app.folder / "deep" / "er"
    folder.mkdir(parents=True)
    temporary = Path(tempfile.gettempdir())
    for one in (app.folder, *(one for one in app.folder.parents if temporary in one.parents)):
        one.chmod(one.stat().st_mode | 0o055)
    monkeypatch.chdir(folder)
    return app


def configure(app, name="autosync.toml"):
    section = "[tool.autosync]\n" if name == "pyproject.toml" else ""
    app.write(name, f'{section}fail_on = "never"\n')
    return app.folder / name


def read(app, *arguments):
    result = app.run("config", *arguments)
    assert result.exit_code == 0, result.stderr
    return 'fail_on          = "never"' in result.stdout


@ONLY_ROOT
@pytest.mark.parametrize("name", ["autosync.toml", "pyproject.toml"])
def test_somebody_elses_is_refused(below, name):
    """The error names the file, its owner, and what to do."""
    path = configure(below, name)
    os.chown(path, OTHER, OTHER)
    result = below.run("config")
    words = [f"{path}: it belongs to the user number {OTHER}, and you are the user root"]
    assert_failed(result, 2, *words, f"name it: --config {path}, or AUTOSYNC_CONFIG")
    assert read(below, "--config", str(path))
    assert 'fail_on          = "never"' in below.run("config", AUTOSYNC_CONFIG=str(path)).stdout


@ONLY_ROOT
@pytest.mark.parametrize(("owner", "follows"), [(0, True), (US, True), (OTHER, False)])
def test_ours_and_roots_are_followed(below, owner, follows):
    path = configure(below)
    os.chown(path, owner, owner)
    with as_user(US):
        result = below.run("config")
    assert (result.exit_code == 0) is follows, result.stderr


@ONLY_ROOT
def test_with_sudo_it_may_be_that_users(below, monkeypatch):
    """As git has it; but who is not root has not come by sudo."""
    path = configure(below)
    os.chown(path, OTHER, OTHER)
    monkeypatch.setenv("SUDO_UID", str(OTHER))
    assert read(below)
    with as_user(US):
        assert_failed(below.run("config"), 2, "it belongs to the user number")
    monkeypatch.setenv("SUDO_UID", "root")
    assert_failed(below.run("config"), 2, "it belongs to the user number")


@ONLY_ROOT
def test_a_link_is_its_owners_too(below):
    path = configure(below, "other.toml")
    link = below.folder / "autosync.toml"
    link.symlink_to(path)
    assert read(below)
    os.chown(link, OTHER, OTHER, follow_symlinks=False)
    assert_failed(below.run("config"), 2, "it belongs to")
    os.chown(link, 0, 0, follow_symlinks=False)
    os.chown(path, OTHER, OTHER)
    assert_failed(below.run("config"), 2, "the file belongs to")


@ONLY_ROOT
def test_in_the_folder_of_somebody_else(below):
    """Who may move files into it, such as one of ours that is meant for something else."""
    configure(below)
    os.chown(below.folder, OTHER, OTHER)
    assert_failed(below.run("config"), 2, "its folder belongs to the user number")


def test_what_anybody_can_write(below):
    path = configure(below)
    path.chmod(0o646)
    assert_failed(below.run("config"), 2, f"anybody can write to it (chmod o-w {path})")
    path.chmod(0o664)
    assert read(below)


@ONLY_ROOT
def test_what_a_foreign_group_can_write(below):
    path = configure(below)
    os.chown(path, 0, OTHER)
    path.chmod(0o664)
    assert_failed(below.run("config"), 2, f"the group number {OTHER} can write to it", "chmod g-w")
    path.chmod(0o644)
    assert read(below)


def test_in_a_folder_that_anybody_can_write(below):
    """Such as /tmp: what is ours there is ours."""
    configure(below)
    below.folder.chmod(0o1777)
    assert read(below)


@ONLY_ROOT
def test_somebody_elses_project_is_none_of_our_business(below):
    """As long as it does not configure autosync."""
    below.write("pyproject.toml", '[project]\nname = "x"\n')
    os.chown(below.folder / "pyproject.toml", OTHER, OTHER)
    assert below.run("config").exit_code == 0


@ONLY_ROOT
def test_an_alembic_environment_that_nobody_named(app, sqlite):
    app.write("alembic.ini", "[alembic]\nscript_location = nowhere\n")
    os.chown(app.folder / "alembic.ini", OTHER, OTHER)
    command = ["check", "--alembic", "shop:Base", "--db", str(sqlite.url)]
    result = CliRunner().invoke(main, command)
    assert_failed(
        result, 2, "alembic.ini: it belongs to the user number", "--revisions alembic.ini"
    )
    named = CliRunner().invoke(main, [*command, "--revisions", "alembic.ini"])
    assert "belongs to" not in named.stderr


@ONLY_ROOT
@pytest.mark.parametrize("name", ["alembic.ini", "pyproject.toml"])
def test_what_lies_beside_the_scripts_that_were_named(app, sqlite, name):
    """It could say that revisions are somewhere else; who owns the scripts may say so."""
    section = "alembic" if name == "alembic.ini" else "tool.alembic"
    quote = "" if name == "alembic.ini" else '"'
    app.write(name, f"[{section}]\nscript_location = {quote}migrations{quote}\n")
    app.write("migrations/env.py", "")
    os.chown(app.folder / name, OTHER, OTHER)
    command = ["current", "--revisions", "migrations", "--db", str(sqlite.url)]
    with sqlite.engine.connect():
        result = app.run(*command)
    assert_failed(result, 1, f"{name}: it belongs to the user number", "name it in place of that")
    os.chown(app.folder / "migrations", OTHER, OTHER)
    assert "it belongs to" not in app.run(*command).stderr
