"""How long a statement of this transaction waits for a lock, and the key of our own."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.engine import Connection

LOCK_KEY = int.from_bytes(b"autosync", "big")
"""The key of the advisory lock between synchronizers."""


def timeout(connection: Connection) -> str:
    """The lock_timeout that is in force, as :func:`set_timeout` takes it."""
    return str(
        connection.execute(text("SELECT pg_catalog.current_setting('lock_timeout')")).scalar()
    )


def set_timeout(connection: Connection, patience: float | str) -> None:
    """Set it to so many seconds, or to what was in force, until the transaction ends."""
    value = patience if isinstance(patience, str) else f"{max(int(patience * 1000), 1)}ms"
    setting = text("SELECT pg_catalog.set_config('lock_timeout', :value, true)")
    connection.execute(setting, {"value": value})
