"""How a statement of MySQL is cancelled: KILL QUERY, over a second connection."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.ddl import send
from autosync.dialects.cancelling import beside

SESSION = text("SELECT CONNECTION_ID()")
RUNNING = text("""
    SELECT p.id FROM information_schema.processlist p
    WHERE p.id = :id AND p.info = :sql AND p.user = SUBSTRING_INDEX(USER(), '@', 1)
""")
"""Behind a proxy the second connection may lead to another server, where somebody else has the
number."""


def canceller(connection: Connection, sql: str) -> Callable[[], object]:
    """A function that cancels ``sql`` while it runs on this connection."""
    asked = {"id": connection.execute(SESSION).scalar(), "sql": sql}

    def cancel() -> None:
        beside(connection, _cancel)

    def _cancel(other: Connection) -> None:
        session = other.execute(RUNNING, asked).scalar()
        if session is not None:
            send(other, f"KILL QUERY {int(session)}")

    return cancel
