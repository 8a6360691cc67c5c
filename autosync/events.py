"""What a listener of :func:`autosync.sync` is told, step by step, as frozen values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from autosync.blockers import Blocker

if TYPE_CHECKING:
    from autosync.plan import Plan
    from autosync.revisions.report import Revision


class Planned(NamedTuple):
    """The database was read and compared; ``plan`` is what will be done. Always the first, but for
    what tells of revisions.
    """

    plan: Plan


class Waiting(NamedTuple):
    """Somebody is in the way of a lock on ``wanted``, and it is tried again.

    ``blockers`` are those that could be seen, and ``unseen`` says why there may be more. It comes
    once a second at most.
    """

    wanted: str
    blockers: tuple[Blocker, ...]
    unseen: str


class StatementBegun(NamedTuple):
    """A statement is about to be sent."""

    sql: str


class StatementEnded(NamedTuple):
    """The statement that had begun has ended, after so many ``seconds``.

    ``error`` is what the database said against it, None if it did not; where a lock was not to be
    had, the statement is begun again.
    """

    sql: str
    seconds: float
    error: str | None = None


class Verified(NamedTuple):
    """The database was read once more after the statements; ``plan`` is what remains."""

    plan: Plan


class Upgrading(NamedTuple):
    """These revisions of a repository will be run, in this order."""

    revisions: tuple[Revision, ...]


class RevisionBegun(NamedTuple):
    """A revision is about to be run; again, where a lock was not to be had."""

    revision: Revision


class RevisionEnded(NamedTuple):
    """The revision that had begun is done, after ``revision.seconds``.

    Where all revisions are one transaction, it may still be rolled back; the report tells.
    """

    revision: Revision


Event = (
    Planned
    | Waiting
    | StatementBegun
    | StatementEnded
    | Verified
    | Upgrading
    | RevisionBegun
    | RevisionEnded
)
Listener = Callable[[Event], object]


class ListenerFailed(Exception):
    """Carries what a listener has raised past all that deals with errors of the database."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause
