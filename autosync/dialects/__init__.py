"""All that knows a database by name. To support one more is to add one folder."""

from __future__ import annotations

from importlib import import_module

from sqlalchemy.engine import Connection

from autosync.dialects.base import Dialect

_HOMES = {
    "postgresql": ("autosync.dialects.postgresql", "PostgreSQL"),
    "mysql": ("autosync.dialects.mysql", "MySQL"),
    "mariadb": ("autosync.dialects.mysql", "MariaDB"),
    "sqlite": ("autosync.dialects.sqlite", "SQLite"),
}


def dialect_for(connection: Connection) -> Dialect:
    """The dialect that serves this connection; the generic one where there is no folder for it."""
    name = connection.dialect.name
    if getattr(connection.dialect, "is_mariadb", False):
        name = "mariadb"
    module, class_ = _HOMES.get(name, ("autosync.dialects.generic", "Generic"))
    dialect: Dialect = getattr(import_module(module), class_)(connection)
    return dialect
