"""What was accepted, and is no longer."""

from __future__ import annotations

from autosync.changes import Change
from autosync.facts import Facts
from autosync.rules.base import Finding, notes


@notes("acceptance-over", title="An acceptance that does not hold")
def acceptance_over(change: Change, facts: Facts) -> Finding:
    """A refusal was accepted, but the day until which that holds is over, what is refused has
    changed since (its fingerprint is another one), or it is not refused any more.
    """
    return Finding("it is over")
