"""What a rule is, and where each is registered: its code, title, reason and remedy in one place."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from autosync.changes import Change
from autosync.facts import Facts
from autosync.plan import Severity
from autosync.remedy import NO_REMEDY, Remedy

Outcome = Literal["refused", "note", "excluded"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule has to say of one change: why, and what to do about it.

    ``severity`` is given where it is not that of the rule; ``names`` are those of what else it
    is about: what was, or may have been, renamed; or what is needed.
    """

    reason: str
    remedy: Remedy = NO_REMEDY
    severity: Severity | None = None
    names: tuple[str, ...] = ()


Judge = Callable[[Change, Facts], "Finding | None"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``on`` are the (kind, difference) pairs that it looks at, ``explanation`` is the
    docstring of its function.
    """

    code: str
    title: str
    outcome: Outcome
    consequence: str
    on: tuple[tuple[str, str], ...]
    severity: Severity
    explanation: str
    judge: Judge


RULES: dict[str, Rule] = {}
"""All rules by their code, in the order in which they are asked."""

EXCLUDED = Rule(
    code="excluded",
    title="It is not selected",
    outcome="excluded",
    consequence="Nothing is done about it, nor said.",
    on=(),
    severity="differs",
    explanation="",
    judge=lambda change, facts: None,
)
"""No rule of the database's, but of the user's."""


def _register(
    outcome: Outcome,
    code: str,
    title: str,
    consequence: str,
    on: tuple[tuple[str, str], ...],
    *,
    severity: Severity = "differs",
) -> Callable[[Judge], Judge]:
    def register(judge: Judge) -> Judge:
        explanation = inspect.cleandoc(judge.__doc__ or "")
        RULES[code] = Rule(code, title, outcome, consequence, on, severity, explanation, judge)
        return judge

    return register


def refuses(
    code: str, *on: tuple[str, str], title: str, consequence: str, severity: Severity = "differs"
) -> Callable[[Judge], Judge]:
    """Register a function that refuses a change by returning a Finding."""
    return _register("refused", code, title, consequence, on, severity=severity)


def notes(
    code: str, *on: tuple[str, str], title: str, consequence: str = ""
) -> Callable[[Judge], Judge]:
    """Register a function that takes a change for a mere note by returning a Finding."""
    return _register("note", code, title, consequence, on)
