"""What can go wrong, as exceptions that carry the value and not only the text.

Every one is an :class:`AutosyncError`. What the driver or the server itself raises on connecting
or reading (``sqlalchemy.exc.DBAPIError``) passes through unchanged, as it does in ``create_all``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from autosync.escape import escaped_lines

if TYPE_CHECKING:
    from autosync.blockers import Blocker
    from autosync.plan import Plan, Report


class AutosyncError(Exception):
    """The base of all errors that autosync raises itself; its text cannot steer a terminal."""

    def __init__(self, message: str) -> None:
        super().__init__(escaped_lines(message))


class EmptyMetaData(AutosyncError):
    """The MetaData holds no table: most likely the models were not imported."""


class ConflictingModels(AutosyncError):
    """Two MetaDatas declare one table in different ways; the text says which."""


class InvalidInfo(AutosyncError):
    """``info["autosync"]`` of a table or a column cannot be meant so; the text says why."""


class ComparisonFailed(AutosyncError):
    """A ``compare_type``, ``compare_server_default`` or ``compare_against_backend`` raised, or gave
    no answer; the text says which, and for which column. ``__cause__`` is its own error.
    """


class InvalidSnapshot(AutosyncError):
    """A text is no snapshot, or none that this version can read; the text says why."""


class NoSuchSchema(AutosyncError):
    """A schema that was asked for is not there; ``known`` are those that are."""

    def __init__(self, schema: str, known: Collection[str]) -> None:
        super().__init__(f"the database has no schema {schema}")
        self.schema = schema
        self.known = known


class UnusableConnection(AutosyncError):
    """The connection that was handed in cannot be worked on safely; the text says why."""


class OutOfSync(AutosyncError):
    """:func:`autosync.check` found the database not in sync; ``plan`` says in what."""

    def __init__(self, plan: Plan, message: str | None = None) -> None:
        super().__init__(str(plan) if message is None else message)
        self.plan = plan


class WaitTimedOut(OutOfSync):
    """:func:`autosync.wait` waited in vain; ``plan`` says what the database still lacks.

    Where it could not be read at all, that is undecided in ``plan``, and ``__cause__`` says why.
    """


class ChangesRefused(AutosyncError):
    """``on_refused="raise"``: changes were refused and nothing was applied; ``report`` has them."""

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report


class ApplyError(AutosyncError):
    """Applying stopped before the end.

    ``report`` says what this process had applied (``applied``), what is still pending
    (``pending``) and what was refused. Running again continues from there.
    """

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report


class LockNotAcquired(ApplyError):
    """The deadline passed while other sessions held the lock.

    ``blockers`` are those that were in the way then and could be seen; the text shows them, and
    says where there may be more.
    """

    def __init__(self, message: str, report: Report, blockers: tuple[Blocker, ...] = ()) -> None:
        super().__init__(message, report)
        self.blockers = blockers


class StatementFailed(ApplyError):
    """The database rejected ``statement`` (its SQL); ``__cause__`` is the driver's error."""

    def __init__(self, message: str, report: Report, statement: str) -> None:
        super().__init__(message, report)
        self.statement = statement


class ConnectionLost(ApplyError):
    """The server was restarted, or ended the session; ``__cause__`` is the driver's error.

    What was being done at that moment is ``pending``, though the server may have finished it.
    """


class VerificationFailed(ApplyError):
    """After applying, the database still lacks something that was neither refused nor undecided."""
