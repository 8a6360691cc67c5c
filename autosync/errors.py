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
    from autosync.plan import Failed, Plan, Report
    from autosync.revisions.report import Revision, UpgradeReport


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


class InvalidAcceptance(AutosyncError):
    """An acceptance has an invalid fingerprint; the text says which, and what to write."""


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
    """The database rejected ``statement`` (its SQL); ``__cause__`` is the driver's error.

    It may have rejected others, too: ``failed`` has an entry for each addition that could not be
    made. All that needs none of them was applied.
    """

    def __init__(self, message: str, report: Report, statement: str) -> None:
        super().__init__(message, report)
        self.statement = statement

    @property
    def failed(self) -> tuple[Failed, ...]:
        """What could not be added, with the words of the database."""
        return self.report.failed


class ConnectionLost(ApplyError):
    """The server was restarted, or ended the session; ``__cause__`` is the driver's error.

    What was being done at that moment is ``pending``, though the server may have finished it.
    """


class VerificationFailed(ApplyError):
    """After applying, the database still lacks something that was neither refused nor undecided."""


class InvalidRepository(AutosyncError):
    """A path is no repository of revisions, or one that cannot be read; the text says why."""


class UnknownRevision(AutosyncError):
    """A revision is not in the repository: the one that the database is at, or is to be at."""


class UpgradeError(AutosyncError):
    """The revisions of a repository could not be brought to their end.

    ``report`` says where the database stands, what this process ran and what is still pending.
    """

    def __init__(self, message: str, report: UpgradeReport) -> None:
        super().__init__(message)
        self.report = report


class UnusableRepository(UpgradeError):
    """What is pending cannot be run here; the text says why, and what to do. Nothing was done."""


class NotUnderVersionControl(UpgradeError):
    """The database has ``tables``, and nothing says at which revision it is. Nothing was done."""

    def __init__(self, message: str, report: UpgradeReport, tables: tuple[str, ...]) -> None:
        super().__init__(message, report)
        self.tables = tables


class NotWritten(AutosyncError):
    """A revision cannot be written; the text says because of what. No file was written."""


class RevisionFailed(UpgradeError):
    """A revision failed, and what was to follow it was not done. ``__cause__`` is its own error.

    ``revision`` is the one, None if what runs them failed. Where the database commits with every
    DDL statement it may be half done, which the text then says.
    """

    def __init__(self, message: str, report: UpgradeReport, revision: Revision | None) -> None:
        super().__init__(message, report)
        self.revision = revision
