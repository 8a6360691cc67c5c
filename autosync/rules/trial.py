"""The server's own word on additions to which no rule objects, before they are planned."""

from __future__ import annotations

from collections.abc import Sequence

from autosync.changes import Change
from autosync.dialects.limits import Rejection
from autosync.facts import Facts
from autosync.remedy import advice
from autosync.rules.base import Finding, refuses
from autosync.rules.hazards import TRIED

LIMIT, NOT_ACCEPTED = "limit-exceeded", "not-accepted"


@refuses(
    NOT_ACCEPTED,
    title="The server does not take it",
    consequence="The statement would fail.",
)
def not_accepted(change: Change, facts: Facts) -> Finding:
    """The server was asked, and said no: to a default that is no value of the type, for instance.
    MySQL, MariaDB and PostgreSQL are asked: what is to be added is added to an empty temporary copy
    of the table, on PostgreSQL only where nothing else can tell.
    """
    return Finding("the server does not take it")


def findings(changes: Sequence[Change], facts: Facts) -> dict[int, tuple[str, Finding]]:
    """The code and the finding for each addition that the server does not take, by its id."""
    found: dict[int, tuple[str, Finding]] = {}
    for group in _groups(changes):
        for place, rejection in facts.rejections(group).items():
            code = LIMIT if rejection.is_limit else NOT_ACCEPTED
            found[id(group[place])] = code, _finding(rejection)
    return found


def _groups(changes: Sequence[Change]) -> list[list[Change]]:
    """New tables, each by itself, and the additions to each table that is there."""
    by_table: dict[object, list[Change]] = {}
    for change in changes:
        if change.difference == "missing" and change.kind in TRIED:
            by_table.setdefault(change.key, []).append(change)
    return list(by_table.values())


def _finding(rejection: Rejection) -> Finding:
    return Finding(rejection.reason, advice(rejection.advice))
