"""The plugin for pytest, in a pytest of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

from tests.servers.database import LiveDatabase

SHOP = """
    import sqlalchemy as sa

    metadata = sa.MetaData()
    sa.Table("customer", metadata, sa.Column("id", sa.Integer, primary_key=True))
"""


class Project:
    """A project with a test of its own, and the pytest that is run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("shop", SHOP)
        self.write("test_nothing", "def test_nothing(): pass")

    def write(self, name: str, source: str) -> None:
        (self.folder / f"{name}.py").write_text(dedent(source))

    def run(self, *arguments: str, **variables: str) -> Run:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
        env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        env |= variables
        done = subprocess.run(
            command,
            check=False,
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
        )
        counts = {
            outcome: int(count)
            for count, outcome in re.findall(r"(\d+) (passed|failed)", done.stdout)
        }
        return Run(done.returncode, counts, done.stdout, done.stderr)


class Run(NamedTuple):
    """What came of it."""

    status: int
    counts: dict[str, int]
    stdout: str
    stderr: str


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder)


def url(database: LiveDatabase) -> str:
    return database.url.render_as_string(hide_password=False)


def test_a_test_that_fails_until_it_is_in_sync(project: Project, database: LiveDatabase) -> None:
    with database.engine.connect():  # a SQLite file comes to be
        pass
    options = ("--autosync", "shop:metadata", "--autosync-db", url(database))
    failed = project.run(*options)
    assert failed.counts == {"passed": 1, "failed": 1}
    report = failed.stdout.partition("_ autosync: shop:metadata _")[2].partition("=====")[0]
    first, second, *_ = report.strip("_\n").splitlines()
    assert first == "the database is not in sync with the models"
    assert second == f"{database.name}: 1 to be applied"
    assert "CREATE TABLE customer" in report
    assert "During handling" not in report
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE customer (id INTEGER NOT NULL PRIMARY KEY)")
    if database.name == "sqlite":
        assert project.run(*options).counts == {"passed": 2}


def test_without_it_nothing_is_added(project: Project) -> None:
    assert project.run().counts == {"passed": 1}


def test_what_cannot_be_done_is_told_in_a_line(project: Project) -> None:
    failed = project.run("--autosync", "shop:metadat", "--autosync-db", "sqlite:///no.db")
    assert failed.counts == {"passed": 1, "failed": 1}
    assert "has no attribute metadat; did you mean metadata?\n" in failed.stdout


@pytest.mark.parametrize("name", ["AUTOSYNC_DB", "DATABASE_URL"])
def test_the_environment_names_the_database(
    project: Project, sqlite: LiveDatabase, name: str
) -> None:
    with sqlite.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE customer (id VARCHAR(9) NOT NULL PRIMARY KEY)")
    failed = project.run("--autosync", "shop:metadata", **{name: url(sqlite)})
    assert failed.counts == {"passed": 1, "failed": 1}
    assert "at:  shop.py:5\n" in failed.stdout


def test_it_needs_a_database(project: Project) -> None:
    result = project.run("--autosync", "shop:metadata")
    assert result.status == pytest.ExitCode.USAGE_ERROR
    assert "--autosync needs --autosync-db URL, or DATABASE_URL" in result.stderr


def test_the_fixture(project: Project) -> None:
    project.write(
        "test_database",
        """
        import pytest
        import sqlalchemy as sa
        import shop

        @pytest.fixture
        def engine():
            engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
            yield engine
            engine.dispose()

        def test_created(autosync_check, engine):
            shop.metadata.create_all(engine)
            assert autosync_check(engine, shop.metadata).in_sync

        def test_excluded(autosync_check, engine):
            assert autosync_check(engine, shop.metadata, exclude=["customer"]).in_sync

        def test_empty(autosync_check, engine):
            autosync_check(engine, shop.metadata)
        """,
    )
    result = project.run("test_database.py")
    assert result.counts == {"passed": 2, "failed": 1}
    assert "CREATE TABLE customer" in result.stdout
