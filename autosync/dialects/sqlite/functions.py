"""Functions of SQLite that do what Python's do; none can be the default of a new column."""

from __future__ import annotations

from collections.abc import Mapping

from autosync.dialects import functions
from autosync.dialects.functions import Spelling

_DIGITS = "lower(hex(randomblob(16)))"

SPELLINGS: Mapping[str, Spelling] = {
    functions.NOW: Spelling("(datetime('now', 'localtime'))"),
    functions.UTC_NOW: Spelling("(datetime('now'))"),
    functions.TODAY: Spelling("(date('now', 'localtime'))"),
    functions.EPOCH: Spelling("((julianday('now') - 2440587.5) * 86400.0)"),
    functions.UUID_DIGITS: Spelling(f"({_DIGITS})"),
    functions.TOKEN: Spelling("(lower(hex(randomblob(32))))"),
}
