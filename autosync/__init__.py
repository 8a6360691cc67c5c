"""create_all() for the database one already has.

import autosync
report = autosync.sync(engine, Base.metadata)
"""

from autosync.api import check, plan, sync
from autosync.changes import Kind
from autosync.errors import (
    ApplyError,
    AutosyncError,
    ChangesRefused,
    ComparisonFailed,
    ConflictingModels,
    EmptyMetaData,
    InvalidInfo,
    LockNotAcquired,
    OutOfSync,
    StatementFailed,
    UnusableConnection,
    VerificationFailed,
)
from autosync.plan import Addition, Entry, Note, Plan, Refusal, Report, Undecided

__all__ = [
    "Addition",
    "ApplyError",
    "AutosyncError",
    "ChangesRefused",
    "ComparisonFailed",
    "ConflictingModels",
    "EmptyMetaData",
    "Entry",
    "InvalidInfo",
    "Kind",
    "LockNotAcquired",
    "Note",
    "OutOfSync",
    "Plan",
    "Refusal",
    "Report",
    "StatementFailed",
    "Undecided",
    "UnusableConnection",
    "VerificationFailed",
    "check",
    "plan",
    "sync",
]
