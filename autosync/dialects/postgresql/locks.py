"""How long a statement of this transaction waits for a lock, and the keys of our own."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.dialects.lock_names import lock_digest

TRY = text("SELECT pg_catalog.pg_try_advisory_xact_lock(:key)")
TAKE = text("SELECT pg_catalog.pg_advisory_xact_lock(:key)")
CURRENT_DATABASE = text("SELECT pg_catalog.current_database()")
KEY_BYTES = 8


def key(database: str, secret: str | None, purpose: str) -> int:
    """The key of an advisory lock."""
    return int.from_bytes(lock_digest(database, secret, purpose)[:KEY_BYTES], "big", signed=True)


def milliseconds(patience: float) -> str:
    """So many seconds, as a lock_timeout that is one."""
    return f"{max(int(patience * 1000), 1)}ms"


def timeout(connection: Connection) -> str:
    """The lock_timeout that is in force, as :func:`set_timeout` takes it."""
    return str(
        connection.execute(text("SELECT pg_catalog.current_setting('lock_timeout')")).scalar()
    )


def set_timeout(connection: Connection, patience: float | str) -> None:
    """Set it to so many seconds, or to what was in force, until the transaction ends."""
    value = patience if isinstance(patience, str) else milliseconds(patience)
    setting = text("SELECT pg_catalog.set_config('lock_timeout', :value, true)")
    connection.execute(setting, {"value": value})
