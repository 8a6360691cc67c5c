"""What is not permitted."""

from __future__ import annotations

from autosync.changes import Change
from autosync.facts import Facts
from autosync.rules.base import Finding, refuses


@refuses(
    "missing-right",
    title="What is to be applied is not permitted",
    consequence="Nothing is applied, not even what is permitted.",
    severity="breaks",
)
def missing_right(change: Change, facts: Facts) -> Finding:
    """The role may not do what is pending, or nobody may: the database is a standby, or read-only.
    ``sync`` asks before it touches anything, and only where something is pending; the remedy has
    what an administrator has to run. A dry run does not ask.

    MySQL and MariaDB hide from a role the tables on which it has no right, and the columns that it
    may not read. What looks missing to such a role is not taken for missing.
    """
    return Finding("it is not permitted")
