"""Enum types."""

from __future__ import annotations

from autosync.changes import Change
from autosync.facts import Facts
from autosync.remedy import advice
from autosync.rules.base import Finding, refuses
from autosync.rules.remedies import on_request, run

ALLOW = "enum-labels"


@refuses(
    "enum-kind",
    ("enum", "kind"),
    title="Another type has the name of the enum type",
    consequence="The columns would be of that other type.",
    severity="breaks",
)
def enum_kind(change: Change, facts: Facts) -> Finding:
    """A domain or composite type has the name of a declared enum type."""
    return Finding(f"it is a {change.live.kind} in the database", advice("Rename one of the two."))


@refuses(
    "enum-labels",
    ("enum", "labels"),
    title="An enum type lacks labels",
    consequence="Writing one of them fails.",
    severity="breaks",
)
def enum_labels(change: Change, facts: Facts) -> Finding | None:
    """Labels are added only where ``allow={"enum-labels"}`` says so: they can never be removed, and
    older code that reads one of them fails.
    """
    missing = [label for label in change.declared.labels if label not in change.live.labels]
    for label in missing:
        problem = facts.dialect.name_problem(label)
        if problem is not None:
            reason = f"the label {label!r} cannot be kept: {problem}"
            return Finding(reason, advice("Shorten the label."))
    if ALLOW in facts.allow and not facts.joined:
        # in a transaction that is not ours, the new label could not be used until it is committed
        return None
    remedy = run(facts, *facts.dialect.add_labels(change.declared, change.live))
    return Finding(
        f"the database lacks {', '.join(map(repr, missing))}",
        remedy if facts.joined else on_request(ALLOW, remedy),
    )


@refuses(
    "enum-order",
    ("enum", "order"),
    title="The labels of an enum type are in another order",
    consequence="Sorting and comparing give other results than the models say.",
)
def enum_order(change: Change, facts: Facts) -> Finding:
    """The order of labels is the order of the values, and cannot be changed."""
    return Finding(
        f"the models have {', '.join(change.declared.labels)}, the database has "
        f"{', '.join(change.live.labels)}",
        advice(
            "Give the model the order of the database, or make a new type and convert the columns."
        ),
    )
