"""Events as one line that changes, for whoever watches."""

from __future__ import annotations

from collections.abc import Callable

from autosync.escape import one_line
from autosync.events import (
    Event,
    Planned,
    RevisionBegun,
    RevisionEnded,
    StatementBegun,
    StatementEnded,
    Upgrading,
    Waiting,
)
from autosync.report.text import summary


class Progress:
    """A listener that says what goes on.

    While a statement is begun again and again, the line goes on saying for whom that waits.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._tried: str | None = None

    def __call__(self, event: Event) -> None:
        """Say what the event means."""
        if isinstance(event, StatementEnded) and event.error is not None:
            self._tried = event.sql
        elif not isinstance(event, StatementBegun) or event.sql != self._tried:
            self._say(one_line(line(event)))


def line(event: Event) -> str:
    """What goes on."""
    if isinstance(event, Waiting):
        first = event.blockers[0] if event.blockers else event.unseen or "somebody"
        more = len(event.blockers) - 1
        return f"waiting for {event.wanted}: {first}{f', and {more} more' * (more > 0)}"
    if isinstance(event, (Upgrading, RevisionBegun, RevisionEnded)):
        return _of_revisions(event)
    if isinstance(event, StatementBegun):
        return f"running {event.sql}"
    if isinstance(event, StatementEnded):
        return f"done after {event.seconds:.1f} s: {event.sql}"
    before = "planned" if isinstance(event, Planned) else "verified"
    return f"{before}: {summary(event.plan)}"


def _of_revisions(event: Upgrading | RevisionBegun | RevisionEnded) -> str:
    if isinstance(event, Upgrading):
        return f"to be run: {', '.join(f'revision {one.id}' for one in event.revisions)}"
    if isinstance(event, RevisionBegun):
        return f"running revision {event.revision}"
    return f"done after {event.revision.seconds:.1f} s: revision {event.revision}"
