"""How much SQLite takes: as it was built, and as the connection is set."""

from __future__ import annotations

import sqlite3
import sys
from typing import Any

from sqlalchemy.engine import Connection

COLUMNS = 2_000
"""The columns of a table, of an SQLite that is built as usual."""
_BUILT = "MAX_COLUMN="


def columns(connection: Connection) -> int:
    """How many columns a table can have."""
    options = connection.exec_driver_sql("PRAGMA compile_options").scalars().all()
    driver: Any = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection) and sys.version_info >= (3, 11):
        return driver.getlimit(sqlite3.SQLITE_LIMIT_COLUMN)
    built = (int(one[len(_BUILT) :]) for one in options if one.startswith(_BUILT))
    return next(built, COLUMNS)
