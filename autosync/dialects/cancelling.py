"""Ends a statement that takes too long, from beside the connection that waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from sqlalchemy.engine import Connection, Engine

from autosync.credentials import said
from autosync.logs import log

AGAIN = 1.0
"""Seconds after which a statement that goes on is cancelled once more: it may not have begun, or
the server had no place for another connection."""
PATIENCE = 1.0
"""Seconds to wait for a cancelling that is under way when its statement has ended by itself."""


@contextmanager
def cancelled_after(seconds: float, cancel: Callable[[], object]) -> Iterator[None]:
    """A block whose statement is ended by ``cancel`` after a while, and every second from then on.

    A timeout of the session would be left behind in the pool of a PgBouncer.
    """
    done = Event()

    def watch() -> None:
        wait = max(seconds, 0)
        while not done.wait(wait):
            wait = AGAIN
            try:
                cancel()
            except Exception as error:  # noqa: BLE001 — of any driver; nobody else hears of it
                log.warning("a statement could not be cancelled: %s", said(error))

    watching = Thread(target=watch, name="autosync-cancel", daemon=True)
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join(PATIENCE)


def beside(connection: Connection, work: Callable[[Connection], None]) -> None:
    """Do something on a new connection to the same place, as the same user, in this thread.

    It is none of the pool's, which may have no more; and it has an event loop of its own where the
    driver wants one.
    """
    pool = connection.engine.pool.recreate()

    def run() -> None:
        try:
            with Engine(pool, connection.dialect, connection.engine.url).connect() as other:
                work(other)
        finally:
            pool.dispose()

    if not connection.dialect.is_async:
        run()
        return
    import asyncio  # costs time, and is here already

    from sqlalchemy.util import greenlet_spawn

    asyncio.run(greenlet_spawn(run))
