"""create_all() for the database one already has.

import autosync
report = autosync.sync(engine, Base.metadata)
"""

from autosync.acceptance import Acceptance
from autosync.api import check, plan, sync
from autosync.blockers import Blocker
from autosync.capture import snapshot
from autosync.changes import Kind
from autosync.errors import (
    ApplyError,
    AutosyncError,
    ChangesRefused,
    ComparisonFailed,
    ConflictingModels,
    ConnectionLost,
    EmptyMetaData,
    InvalidInfo,
    InvalidSnapshot,
    LockNotAcquired,
    NoSuchSchema,
    OutOfSync,
    StatementFailed,
    UnusableConnection,
    VerificationFailed,
    WaitTimedOut,
)
from autosync.events import Event, Planned, StatementBegun, StatementEnded, Verified, Waiting
from autosync.plan import Accepted, Addition, Entry, Note, Plan, Refusal, Report, Undecided
from autosync.snapshot import Snapshot
from autosync.waiting import wait

__all__ = [
    "Acceptance",
    "Accepted",
    "Addition",
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
    "InvalidInfo",
    "InvalidSnapshot",
    "Kind",
    "LockNotAcquired",
    "NoSuchSchema",
    "Note",
    "OutOfSync",
    "Plan",
    "Planned",
    "Refusal",
    "Report",
    "Snapshot",
    "StatementBegun",
    "StatementEnded",
    "StatementFailed",
    "Undecided",
    "UnusableConnection",
    "VerificationFailed",
    "Verified",
    "WaitTimedOut",
    "Waiting",
    "check",
    "plan",
    "snapshot",
    "sync",
    "wait",
]
