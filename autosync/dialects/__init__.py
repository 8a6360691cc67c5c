"""All that knows a database by name. To support one more is to add one folder."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sqlalchemy.engine import Connection

from autosync.dialects.base import Dialect
from autosync.dialects.offline import Unconnected, offline

_HOMES = {
    "postgresql": ("autosync.dialects.postgresql", "PostgreSQL"),
    "mysql": ("autosync.dialects.mysql", "MySQL"),
    "mariadb": ("autosync.dialects.mysql.mariadb", "MariaDB"),
    "sqlite": ("autosync.dialects.sqlite", "SQLite"),
}
DIALECTS = tuple(_HOMES)
"""The names of the databases that have a folder here."""


def dialect_for(connection: Connection | Unconnected, lock_key: str | None = None) -> Dialect:
    """The dialect that serves this connection; the generic one where there is no folder for it.

    Where it stands for a database that is not there, what was read of that one answers.
    ``lock_key`` is the secret from which the name of the lock between synchronizers is made.
    """
    name = connection.dialect.name
    if getattr(connection.dialect, "is_mariadb", False):
        name = "mariadb"
    module, class_ = _HOMES.get(name, ("autosync.dialects.generic", "Generic"))
    home: Any = getattr(import_module(module), class_)
    make: Any = offline(home) if isinstance(connection, Unconnected) else home
    dialect: Dialect = make(connection, lock_key)
    return dialect
