"""Where cases are created: one database of each kind, emptied after each case."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy.engine import Engine

from tests.roundtrip.case import Case
from tests.servers.database import Databases, LiveDatabase, server_version

EMPTY = {
    "postgresql": ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"),
    "mariadb": ("DROP DATABASE `{0}`", "CREATE DATABASE `{0}` CHARACTER SET utf8mb4", "USE `{0}`"),
    "mysql": ("DROP DATABASE `{0}`", "CREATE DATABASE `{0}`", "USE `{0}`"),
}
"""What empties a database in less time than it takes to make another."""


class Stage:
    """Creates cases, each in an empty database."""

    def __init__(self, databases: Databases, folder: Path) -> None:
        self._databases = databases
        self._folder = folder
        self._kept: dict[str, LiveDatabase] = {}
        self._open = ExitStack()
        self._numbers = itertools.count(1)

    def close(self) -> None:
        """Drop the databases."""
        self._open.close()

    def version(self, name: str) -> int:
        """The major version of a server; of none, one that can do everything."""
        return server_version(self._databases.admin(name)) if name in EMPTY else 10_000

    @contextmanager
    def created(self, case: Case, name: str) -> Iterator[Engine]:
        """A database in which `create_all()` has just created the models of a case."""
        with self._empty(name, keep=name in EMPTY and not case.setup.get(name)) as live:
            with live.engine.begin() as connection:
                for statement in case.setup.get(name, ()):
                    connection.exec_driver_sql(statement)
            case.metadata().create_all(live.engine)
            yield live.engine

    @contextmanager
    def _empty(self, name: str, *, keep: bool) -> Iterator[LiveDatabase]:
        """A database that is empty, and that is kept for the next case if it can be emptied."""
        if not keep:
            # what a setup leaves behind may be more than what EMPTY removes
            folder = self._folder / str(next(self._numbers))
            folder.mkdir()
            with self._databases.fresh(name, folder) as live:
                yield live
            return
        if name not in self._kept:
            fresh = self._databases.fresh(name, self._folder)
            self._kept[name] = self._open.enter_context(fresh)
        live = self._kept[name]
        try:
            yield live
        finally:
            with live.engine.begin() as connection:
                for statement in EMPTY[name]:
                    connection.exec_driver_sql(statement.format(live.url.database))
