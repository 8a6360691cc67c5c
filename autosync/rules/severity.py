"""What breaks the application, and what only differs: the order of what is refused."""

from __future__ import annotations

from collections.abc import Iterable

from autosync.changes import MISSING, Change
from autosync.plan import Severity
from autosync.rules.base import Finding, Rule
from autosync.schema import Key

LACKING = {
    ("table", MISSING),
    ("column", MISSING),
    ("enum", MISSING),
    ("sequence", MISSING),
    ("view", MISSING),
}
"""What the models cannot do without, whatever the rule that refuses it."""


def severity(
    change: Change, rule: Rule, finding: Finding, lacking: set[tuple[Key, str]]
) -> Severity:
    """How bad a refused change is, where the columns of ``lacking`` are refused too.

    What such a column was refused for, a key perhaps, is as bad as the column.
    """
    if (change.kind, change.difference) in LACKING:
        return "breaks"
    if change.difference == MISSING and lacking & _about(change):
        return "breaks"
    return finding.severity or rule.severity


def lacking_columns(refused: Iterable[Change]) -> set[tuple[Key, str]]:
    """The missing columns among changes."""
    missing = [c for c in refused if (c.kind, c.difference) == ("column", MISSING)]
    return {place for change in missing for place in _about(change)}


def _about(change: Change) -> set[tuple[Key, str]]:
    return {(change.key, name) for name in change.columns}
