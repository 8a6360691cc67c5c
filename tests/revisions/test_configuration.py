"""Where an Alembic repository is configured: alembic.ini, pyproject.toml, or both."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import autosync
from autosync.revisions import configuration
from tests.cli.conftest import App, address, assert_failed
from tests.revisions.scripts import ENV, add, table
from tests.servers.database import LiveDatabase

PROJECT = '[tool.alembic]\nscript_location = "%(here)s/our/scripts"\n'
RELATIVE = '[tool.alembic]\nscript_location = "our/scripts"\n'
DATED = '[tool.alembic]\nscript_location = "our/scripts"\nfile_template = "dated_%%(rev)s"\n'
MAKO = "revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a repository of one revision, and nothing that says where it is."""
    folder = tmp_path / "our project"
    (folder / "our" / "scripts" / "versions").mkdir(parents=True)
    (folder / "our" / "scripts" / "env.py").write_text(ENV)
    add(folder / "our" / "scripts", "a1", table("one"))
    return folder


@pytest.mark.parametrize("text", [PROJECT, RELATIVE])
def test_a_pyproject(sqlite: LiveDatabase, project: Path, text: str) -> None:
    (project / "pyproject.toml").write_text(text)
    for place in (project / "pyproject.toml", project, project / "our" / "scripts"):
        assert autosync.current(sqlite.engine, place).latest == ("a1",)
    assert autosync.upgrade(sqlite.engine, project).after == ("a1",)


def test_both_files(sqlite: LiveDatabase, project: Path) -> None:
    """What is only in one of them is in force, and alembic.ini comes first."""
    (project / "pyproject.toml").write_text(DATED)
    (project / "alembic.ini").write_text("[alembic]\n")
    (project / "our" / "scripts" / "script.py.mako").write_text(MAKO)
    metadata = sa.MetaData()
    sa.Table("one", metadata, sa.Column("id", sa.Integer, primary_key=True))
    for place in (project, project / "alembic.ini", project / "pyproject.toml"):
        assert autosync.upgrade(sqlite.engine, place).after == ("a1",)
        made = autosync.revision(sqlite.engine, metadata, place, "new", pending=True)
        assert made.path is None, "nothing is pending"
    sa.Table("two", metadata, sa.Column("id", sa.Integer, primary_key=True))
    made = autosync.revision(sqlite.engine, metadata, project, "new", pending=True)
    assert made.path is not None
    assert made.path.name == f"dated_{made.revision}.py"

    (project / "alembic.ini").write_text("[alembic]\nscript_location = elsewhere\n")
    with pytest.raises(autosync.InvalidRepository, match="elsewhere"):
        autosync.current(sqlite.engine, project)


def test_what_alembic_makes(
    sqlite: LiveDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own template for it; what autosync does and Alembic itself sees is the same."""
    monkeypatch.chdir(tmp_path)
    config: Any = Config("alembic.ini", toml_file="pyproject.toml")
    command.init(config, "migrations", template="pyproject")
    ini = tmp_path / "alembic.ini"
    ini.write_text(ini.read_text().replace("driver://user:pass@localhost/dbname", str(sqlite.url)))
    add(tmp_path / "migrations", "a1", table("one"))

    assert autosync.upgrade(sqlite.engine, tmp_path).after == ("a1",)
    add(tmp_path / "migrations", "b2", table("two"), "a1")
    alembic = [sys.executable, "-m", "alembic", "upgrade", "head"]
    subprocess.run(alembic, check=True, capture_output=True, timeout=60)
    assert autosync.current(sqlite.engine, "pyproject.toml").before == ("b2",)


def test_the_command_line(app: App, sqlite: LiveDatabase, project: Path) -> None:
    app.write("pyproject.toml", PROJECT.replace("%(here)s", project.as_posix()))
    done = app.run("upgrade", "--revisions", ".", "--db", address(sqlite), "--yes")
    assert (done.exit_code, done.stderr) == (0, "")
    checked = app.run("check", "--alembic", "--db", address(sqlite))
    assert_failed(checked, 1, "the env.py of pyproject.toml has no target_metadata")


def test_an_alembic_that_cannot_read_it(
    sqlite: LiveDatabase, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "pyproject.toml").write_text(PROJECT)

    def before(file_: str | None = None) -> Config:
        return Config(file_)

    monkeypatch.setattr(configuration, "Config", before)
    with pytest.raises(autosync.InvalidRepository, match=r"1\.16 is the first that can"):
        autosync.current(sqlite.engine, project)


@pytest.mark.parametrize("text", ["[tool.other]\n", "this is no TOML", "\xff"])
def test_a_pyproject_of_something_else(sqlite: LiveDatabase, project: Path, text: str) -> None:
    (project / "pyproject.toml").write_text(text, encoding="latin-1")
    with pytest.raises(autosync.InvalidRepository, match=r"no pyproject\.toml with"):
        autosync.current(sqlite.engine, project)
    with pytest.raises(autosync.InvalidRepository, match=r"\[tool\.alembic\]"):
        autosync.current(sqlite.engine, project / "pyproject.toml")
