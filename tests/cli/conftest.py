"""An application in a folder of its own, and the command line run in that folder."""

import logging
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from autosync.cli import main
from tests.processes import Process

ROOT = Path(__file__).parents[2]
SHOP = """
    import sqlalchemy as sa
    from sqlalchemy.orm import declarative_base

    Base = declarative_base()

    class Customer(Base):
        __tablename__ = "customer"
        id = sa.Column(sa.Integer, primary_key=True)
        name = sa.Column(sa.String(50), nullable=False)
        phone = sa.Column(sa.String(50))
        size = sa.Column(sa.Integer, index=True)
"""


class App:
    """An application's folder, which is the current directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, source: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(source))

    def run(self, *arguments: str, **env: str) -> Result:
        """Run the command line in this process."""
        return CliRunner().invoke(main, arguments, env=env, prog_name="autosync")

    def start(self, *arguments: str, **options) -> Process:
        """Start the command line as a process."""
        command = [sys.executable, "-W", "ignore", "-m", "autosync", *arguments]
        env = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
        return Process(command, cwd=self.folder, env=env, text=True, **options)

    def python(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run Python in the folder."""
        return subprocess.run(
            [sys.executable, "-W", "ignore", *arguments],
            cwd=self.folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False, text=True,
            capture_output=True, timeout=60,
        )  # fmt: skip

    def process(self, *arguments: str, **env: str) -> subprocess.CompletedProcess:
        """Run the command line as a process."""
        pipe = subprocess.PIPE
        with self.start(*arguments, env=env, stdout=pipe, stderr=pipe) as process:
            out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)


@pytest.fixture
def app(tmp_path, monkeypatch) -> App:
    """An application with its models in shop.py."""
    folder = tmp_path / "app"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(logging, "lastResort", logging.lastResort)
    before = set(sys.modules)
    for name in ("DATABASE_URL", "NO_COLOR", "COLUMNS", "FORCE_COLOR", "AUTOSYNC_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    made = App(folder)
    made.write("shop.py", SHOP)
    yield made
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(folder)):
            del sys.modules[name]


@pytest.fixture
def url(database) -> str:
    """The address of the database, with its password."""
    return address(database)


def address(database, /, **changes) -> str:
    return database.url.set(**changes).render_as_string(hide_password=False)


def create_customer(database, *more: sa.Column) -> None:
    """The table of an older release, which had neither phone nor size; and more columns."""
    columns = [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(50), nullable=False),
    ]
    sa.Table("customer", sa.MetaData(), *columns, *more).create(database.engine)


def execute(database, *statements: str) -> None:
    with database.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def assert_failed(result: Result, status: int, *words: str) -> None:
    """Exactly one line on stderr, which holds these words; nothing on stdout."""
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    assert_one_line(result.stderr, *words)


def assert_one_line(stderr: str, *words: str) -> None:
    assert stderr.startswith("autosync: error: ")
    assert stderr.count("\n") == 1
    for word in words:
        assert word in stderr
