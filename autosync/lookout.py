"""Tells a listener what is going on, and sees who is in the way."""

from __future__ import annotations

import time

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from autosync.blockers import Sighting, Wanted
from autosync.dialects.base import Dialect
from autosync.events import Event, Listener, ListenerFailed, Waiting
from autosync.logs import log

INTERVAL = 1.0
"""Seconds between two questions for who is in the way."""
PATIENCE = 0.1
"""Seconds that such a question itself may wait."""
NOT_ASKED = Sighting(unseen="who is in the way could not be asked")


class Lookout:
    """On the connection that waits, which must be in no unit while it is asked."""

    def __init__(
        self, connection: Connection, dialect: Dialect, listener: Listener | None = None
    ) -> None:
        self.connection = connection
        self.dialect = dialect
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
        """Tell the listener for whom we wait, now and then.

        Raises the error of a connection that is lost: whoever goes on would be given another one,
        which has none of its locks and settings.
        """
        if self._listener is None or time.monotonic() < self._next:
            return
        found = self._asked(wanted)
        self._next = time.monotonic() + INTERVAL
        self.tell(Waiting(str(wanted), found.blockers, found.unseen))

    def see(self, wanted: Wanted) -> Sighting:
        """Who is in the way. Raises nothing: it must never hide the error that it is asked for."""
        try:
            return self._asked(wanted)
        except DBAPIError:
            return NOT_ASKED

    def _asked(self, wanted: Wanted) -> Sighting:
        """Who is in the way, or why that is not known. Raises the error of a lost connection."""
        try:
            with self.dialect.reading(self.connection, PATIENCE):
                return self.dialect.blockers(self.connection, wanted)
        except Exception as error:
            log.debug("%s: %s: %s", NOT_ASKED.unseen, type(error).__name__, error)
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            return NOT_ASKED
