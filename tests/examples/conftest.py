"""What the tests of the examples share: an old database, and a way to run a program on it."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.servers.database import SQLALCHEMY

ROOT = Path(__file__).parents[2]

# These examples are written for SQLAlchemy 2: with Mapped and mapped_column(), or with packages
# that need it. The Elixir-style one runs on SQLAlchemy 1.4 too.
collect_ignore = (
    []
    if SQLALCHEMY >= (2, 0)
    else ["test_demo.py", "test_fastapi_async.py", "test_flask_sqlalchemy.py", "test_sqlmodel.py"]
)


@dataclass(frozen=True)
class OldDatabase:
    """A SQLite file, seen without SQLAlchemy."""

    path: Path

    def script(self, sql: str) -> None:
        """Run statements."""
        with closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(sql)

    def rows(self, sql: str) -> list[Any]:
        """Return the rows of a query."""
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(sql).fetchall()

    def schema_version(self) -> int:
        """Return the number that SQLite raises with every DDL statement."""
        return int(self.rows("PRAGMA schema_version")[0][0])


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OldDatabase:
    """An empty database, which DATABASE_URL points at."""
    database = OldDatabase(tmp_path / "old.db")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{database.path}")
    return database


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """Run an example as a program, with warnings as errors, and return what it prints."""

    def run_example(path: str, *arguments: str) -> str:
        plain = {"COLUMNS": "80", "FORCE_COLOR": "", "PYTHONPATH": str(ROOT)}
        process = subprocess.run(
            [sys.executable, "-W", "error", ROOT / "examples" / path, *arguments],
            cwd=tmp_path,
            env={**os.environ, **plain},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (process.returncode, process.stderr) == (0, ""), process.stderr
        return process.stdout

    return run_example
