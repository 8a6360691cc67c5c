"""How PostgreSQL's statements are cancelled: by the driver, or by pg_cancel_backend()."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.dialects.cancelling import beside

SESSION = text("""
    SELECT pid, extract(epoch FROM backend_start)::pg_catalog.text AS since
    FROM pg_catalog.pg_stat_activity
    WHERE pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()
""")
CANCEL = text("""
    SELECT pg_catalog.pg_cancel_backend(pid) FROM pg_catalog.pg_stat_activity
    WHERE pid OPERATOR(pg_catalog.=) CAST(:pid AS int)
      AND extract(epoch FROM backend_start)::pg_catalog.text
          OPERATOR(pg_catalog.=) CAST(:since AS pg_catalog.text)
      AND state OPERATOR(pg_catalog.=) 'active' AND query OPERATOR(pg_catalog.<>) ''
      AND pg_catalog.starts_with(CAST(:sql AS pg_catalog.text), query)
""")
"""Nobody else's: the pid is used again, and behind a pooler it may serve somebody else by now. The
server keeps the beginning of a statement only."""


def canceller(connection: Connection, sql: str) -> Callable[[], object]:
    """A function that cancels ``sql`` while it runs on this connection, which is in no transaction.

    The drivers of libpq ask the server by the protocol, which a pooler passes on to the session
    that is at work. Others have no such way: behind a pooler, nothing is cancelled then.
    """
    driver: Any = connection.connection.driver_connection
    cancel: Callable[[], object] | None = getattr(driver, "cancel", None)
    if cancel is not None:
        return cancel
    with connection.begin():
        pid, since = connection.execute(SESSION).one()
    asked = {"pid": pid, "since": since, "sql": sql}

    def cancel_beside() -> None:
        beside(connection, _cancel)

    def _cancel(other: Connection) -> None:
        other.execute(CANCEL, asked)

    return cancel_beside
