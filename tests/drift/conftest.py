"""Databases that are emptied after each use, because making a new one takes longer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.conftest import selected
from tests.servers import Missing, go_without
from tests.servers.database import Databases, LiveDatabase

EMPTY = {
    "postgresql": ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"),
    "mariadb": ("DROP DATABASE `{0}`", "CREATE DATABASE `{0}` CHARACTER SET utf8mb4", "USE `{0}`"),
    "mysql": ("DROP DATABASE `{0}`", "CREATE DATABASE `{0}`", "USE `{0}`"),
}
Ground = Callable[[str], AbstractContextManager[Engine]]


@pytest.fixture(scope="module")
def ground(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    """An empty database by name, for as long as it is used."""
    with ExitStack() as stack:
        opened: dict[str, LiveDatabase] = {}

        @contextmanager
        def empty(name: str) -> Iterator[Engine]:
            if name not in selected(request.config):
                pytest.skip(f"--database leaves out {name}")
            if name == "sqlite":
                yield from _in_memory()
                return
            if name not in opened:
                opened[name] = _open(stack, databases, name, tmp_path_factory)
            live = opened[name]
            try:
                yield live.engine
            finally:
                _empty(live)

        yield empty


def _in_memory() -> Iterator[Engine]:
    engine = sa.create_engine("sqlite://")
    try:
        yield engine
    finally:
        engine.dispose()


def _open(
    stack: ExitStack, databases: Databases, name: str, folders: pytest.TempPathFactory
) -> LiveDatabase:
    try:
        return stack.enter_context(databases.fresh(name, folders.mktemp(name)))
    except Missing as error:
        go_without(error)


def _empty(live: LiveDatabase) -> None:
    with live.engine.begin() as connection:
        for statement in EMPTY[live.name]:
            connection.exec_driver_sql(statement.format(live.url.database))
