"""Tables as SQLAlchemy's Inspector sees them, for callables that were written for Alembic."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from autosync.schema import Key


class Reflection:
    """Reflects what is asked for, each table at most once."""

    def __init__(self, connection: Connection) -> None:
        self._inspector = sa.inspect(connection)
        self._tables: dict[Key, sa.Table] = {}

    def table(self, key: Key) -> sa.Table:
        """The table as the database has it."""
        if key not in self._tables:
            make: Any = sa.Table  # whose stubs do not know that an Inspector will do
            schema, name = key
            self._tables[key] = make(
                name,
                sa.MetaData(),
                schema=schema,
                autoload_with=self._inspector,
                resolve_fks=False,
            )
        return self._tables[key]
