"""Tables as SQLAlchemy's Inspector sees them, for callables that were written for Alembic."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from autosync.dialects.base import Dialect
from autosync.rights import check_trusted
from autosync.schema import Key


class Reflection:
    """Reflects what is asked for, each table at most once.

    The first one raises :class:`autosync.rights.Untrusted` where the Inspector's own queries could
    run what others have put into the database.
    """

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect
        self._tables: dict[Key, sa.Table] = {}

    def table(self, key: Key) -> sa.Table:
        """The table as the database has it."""
        if not self._tables:
            check_trusted(self._connection, self._dialect)
        if key not in self._tables:
            make: Any = sa.Table  # whose stubs do not know that an Inspector will do
            schema, name = key
            self._tables[key] = make(
                name,
                sa.MetaData(),
                schema=schema,
                autoload_with=self._connection,
                resolve_fks=False,
            )
        return self._tables[key]
