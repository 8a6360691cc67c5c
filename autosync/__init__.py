"""create_all() for the database one already has.

import autosync
report = autosync.sync(engine, Base.metadata)
"""

from autosync.acceptance import Acceptance
from autosync.api import check, plan, sync
from autosync.blockers import Blocker
from autosync.capture import snapshot
from autosync.errors import (
    ApplyError,
    AutosyncError,
    ChangesRefused,
    ComparisonFailed,
    ConflictingModels,
    ConnectionLost,
    EmptyMetaData,
    InvalidAcceptance,
    InvalidInfo,
    InvalidRepository,
    InvalidSnapshot,
    LockNotAcquired,
    NoSuchSchema,
    NotUnderVersionControl,
    NotWritten,
    OutOfSync,
    RevisionFailed,
    StatementFailed,
    UnknownRevision,
    UnusableConnection,
    UnusableRepository,
    UpgradeError,
    VerificationFailed,
    WaitTimedOut,
)
from autosync.events import (
    Event,
    Planned,
    RevisionBegun,
    RevisionEnded,
    StatementBegun,
    StatementEnded,
    Upgrading,
    Verified,
    Waiting,
)
from autosync.handover import Handover, revision
from autosync.plan import Accepted, Addition, Entry, Note, Plan, Refusal, Report, Undecided
from autosync.remedy import Remedy
from autosync.revisions import Adoption, Revision, UpgradeReport, adopt, current, upgrade
from autosync.schema import Kind
from autosync.snapshot import Snapshot
from autosync.waiting import wait

__all__ = [
    "Acceptance",
    "Accepted",
    "Addition",
    "Adoption",
    "ApplyError",
    "AutosyncError",
    "Blocker",
    "ChangesRefused",
    "ComparisonFailed",
    "ConflictingModels",
    "ConnectionLost",
    "EmptyMetaData",
    "Entry",
    "Event",
    "Handover",
    "InvalidAcceptance",
    "InvalidInfo",
    "InvalidRepository",
    "InvalidSnapshot",
    "Kind",
    "LockNotAcquired",
    "NoSuchSchema",
    "NotUnderVersionControl",
    "NotWritten",
    "Note",
    "OutOfSync",
    "Plan",
    "Planned",
    "Refusal",
    "Remedy",
    "Report",
    "Revision",
    "RevisionBegun",
    "RevisionEnded",
    "RevisionFailed",
    "Snapshot",
    "StatementBegun",
    "StatementEnded",
    "StatementFailed",
    "Undecided",
    "UnknownRevision",
    "UnusableConnection",
    "UnusableRepository",
    "UpgradeError",
    "UpgradeReport",
    "Upgrading",
    "VerificationFailed",
    "Verified",
    "WaitTimedOut",
    "Waiting",
    "adopt",
    "check",
    "current",
    "plan",
    "revision",
    "snapshot",
    "sync",
    "upgrade",
    "wait",
]
