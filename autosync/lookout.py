"""Tells a listener what is going on, and sees who is in the way."""

from __future__ import annotations

import logging
import time

from sqlalchemy.engine import Connection

from autosync.blockers import Sighting, Wanted
from autosync.dialects.base import Dialect
from autosync.events import Event, Listener, ListenerFailed, Waiting

log = logging.getLogger("autosync")

INTERVAL = 1.0
"""Seconds between two questions for who is in the way."""
PATIENCE = 0.1
"""Seconds that such a question itself may wait."""


class Lookout:
    """On the connection that waits, which must be in no unit while it is asked."""

    def __init__(
        self, connection: Connection, dialect: Dialect, listener: Listener | None = None
    ) -> None:
        self._connection = connection
        self._dialect = dialect
        self._listener = listener
        self._next = time.monotonic()

    def tell(self, event: Event) -> None:
        """Tell the listener, if there is one. Raises :class:`ListenerFailed`."""
        if self._listener is None:
            return
        try:
            self._listener(event)
        except Exception as error:
            raise ListenerFailed(error) from error

    def waiting(self, wanted: Wanted) -> None:
        """Tell the listener for whom we wait, now and then."""
        if self._listener is None or time.monotonic() < self._next:
            return
        found = self.see(wanted)
        self._next = time.monotonic() + INTERVAL
        self.tell(Waiting(str(wanted), found.blockers, found.unseen))

    def see(self, wanted: Wanted) -> Sighting:
        """Who is in the way. Raises nothing: what went wrong is why there may be more."""
        try:
            with self._dialect.reading(self._connection, PATIENCE):
                return self._dialect.blockers(self._connection, wanted)
        except Exception:
            # it must never hide the error that it is asked for
            log.debug("who is in the way could not be asked", exc_info=True)
            return Sighting(unseen="who is in the way could not be asked")
