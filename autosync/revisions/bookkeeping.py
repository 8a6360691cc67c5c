"""Whether the table of versions may be read: others could have put their code in the way."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from autosync.dialects import dialect_for
from autosync.dialects.base import Dialect
from autosync.dialects.transactions import end
from autosync.errors import InvalidRepository
from autosync.rights import Untrusted, check_trusted
from autosync.schema import Key


def check_bookkeeping(connection: Connection, key: Key) -> None:
    """Raise :class:`InvalidRepository` where to ask for a revision would be to run what others have
    written: a view in the place of the table, what hangs on the table, or what the search path
    offers for the operators in the questions of Alembic and sqlalchemy-migrate.
    """
    is_begun = connection.in_transaction()
    try:
        obstacle = _obstacle(connection, dialect_for(connection), key)
    finally:
        if not is_begun:
            end(connection)
    if obstacle:
        raise InvalidRepository(f"no revision is read from {key[1]}: {obstacle}; nothing was done")


def _obstacle(connection: Connection, dialect: Dialect, key: Key) -> str:
    try:
        check_trusted(connection, dialect)
    except Untrusted as error:
        return "; ".join(refusal.reason for refusal in error.plan.refused)
    for table in dialect.read(connection, {key}).tables.values():
        if found := dialect.obstacle_to_reading(connection, table, ()):
            return f"{found}, and reading it would run what others have written"
    return ""
