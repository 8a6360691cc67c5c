"""Verdicts -> the entries of a plan: what people and programs read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from autosync.canonical import aspect
from autosync.changes import Change
from autosync.dialects.steps import Step
from autosync.plan import SEVERITIES, Addition, Note, Refusal, Undecided
from autosync.rules import FOLLOWS, Finding, Verdict
from autosync.rules.severity import lacking_columns, severity
from autosync.schema import Key

DIFFERENT_TEXTS = "the texts differ, and the server could not be asked whether they mean the same"
NOT_ASKED = "the texts differ, and the server is not asked whether they mean the same: "
UNKNOWN = (
    "the database does not show its definition to this role, or SQLAlchemy cannot write down that "
    "of the models"
)
UNREAD = "whether the database has it could not be read, or not compared"


def pending(
    verdicts: Iterable[Verdict], steps: Iterable[Step], sql: Mapping[int, str]
) -> tuple[Addition, ...]:
    """What is to be added; ``sql`` has the text of each step by its id."""
    makers = _makers(steps, sql)
    return tuple(_addition(verdict, makers) for verdict in verdicts if verdict.additive)


def undecided(verdicts: Iterable[Verdict]) -> tuple[Undecided, ...]:
    """What could not be compared."""
    doubtful = [verdict for verdict in verdicts if verdict.is_undecided]
    changes = [verdict.change for verdict in doubtful]
    return tuple(_undecided(change) for change in sorted(changes, key=lambda c: c.place))


def notes(verdicts: Iterable[Verdict]) -> tuple[Note, ...]:
    """What hurts nobody."""
    noted = [verdict for verdict in verdicts if verdict.is_note]
    return tuple(_note(v) for v in sorted(noted, key=lambda v: v.change.place))


def _makers(steps: Iterable[Step], sql: Mapping[int, str]) -> dict[Any, list[str]]:
    """The statements that bring each SQLAlchemy object into being; columns go by name, since one
    with a default of ours is a copy.
    """
    makers: dict[Any, list[str]] = {}
    for step in steps:
        for item in step.makes:
            statements = makers.setdefault(_identity(item), [])
            if sql[id(step)] not in statements:
                statements.append(sql[id(step)])
    return makers


def _identity(item: Any) -> Any:
    if isinstance(item, sa.Column):
        return item.table.schema, item.table.name, item.name
    return id(item)


def _common(change: Change) -> dict[str, Any]:
    schema, owner = change.key
    standing_alone = change.kind in ("enum", "sequence")
    return {
        "kind": change.kind,
        "difference": change.difference,
        "schema": schema,
        "table": None if standing_alone else owner,
        "name": owner if standing_alone else change.name,
        "columns": change.columns,
        "object": change.object,
    }


def _addition(verdict: Verdict, makers: dict[Any, list[str]]) -> Addition:
    change = verdict.change
    statements = makers.get(_identity(change.origin), [])
    if inside_column(change.origin):
        statements = makers.get(_identity(change.origin.parent), statements)
    return Addition(**_common(change), sql=";\n".join(statements), hazards=verdict.hazards)


def _causes_first(verdict: Verdict) -> tuple[tuple[str, str], bool]:
    """By table; what is refused for the sake of something else comes after that."""
    return verdict.change.place, verdict.rule is not None and verdict.rule.code == FOLLOWS


def refused(verdicts: Sequence[Verdict]) -> tuple[Refusal, ...]:
    """What is refused: what breaks the models first."""
    found = [verdict for verdict in verdicts if verdict.is_refused]
    lacking = lacking_columns(verdict.change for verdict in found)
    entries = [_refusal(verdict, lacking) for verdict in sorted(found, key=_causes_first)]
    return tuple(sorted(entries, key=lambda entry: SEVERITIES.index(entry.severity)))


def _refusal(verdict: Verdict, lacking: set[tuple[Key, str]]) -> Refusal:
    assert verdict.rule is not None
    assert verdict.finding is not None
    return Refusal(
        **_common(verdict.change),
        code=verdict.rule.code,
        severity=severity(verdict.change, verdict.rule, verdict.finding, lacking),
        reason=verdict.finding.reason,
        consequence=verdict.rule.consequence,
        remedy=verdict.finding.remedy,
        sides=_sides(verdict.change, verdict.finding),
    )


def _sides(change: Change, finding: Finding) -> str:
    """What the models and the database have, as far as they differ, and what else it is about."""
    sides = [
        None if side is None else aspect(side, change.difference)
        for side in (change.declared, change.live)
    ]
    return json.dumps([*sides, finding.names], ensure_ascii=False, sort_keys=True)


def _note(verdict: Verdict) -> Note:
    assert verdict.rule is not None
    assert verdict.finding is not None
    return Note(
        **_common(verdict.change),
        code=verdict.rule.code,
        reason=verdict.finding.reason,
        remedy=verdict.finding.remedy,
    )


def _undecided(change: Change) -> Undecided:
    return Undecided(
        **_common(change),
        reason=_doubt(change),
        declared=_text(change.declared, change.difference),
        live=_text(change.live, change.difference),
    )


def _doubt(change: Change) -> str:
    if change.live is None:
        return UNREAD
    if change.doubt is not None:
        return NOT_ASKED + change.doubt
    definitions = (getattr(side, "definition", "") for side in (change.live, change.declared))
    return UNKNOWN if None in definitions else DIFFERENT_TEXTS


def _text(value: Any, aspect: str) -> str | None:
    for name in (aspect, "text", "predicate"):
        text = getattr(value, name, None)
        if isinstance(text, str):
            return text
    return None if value is None else str(getattr(value, "parts", None) or "")


def inside_column(constraint: Any) -> bool:
    """Whether a check stands inside its column's definition, and comes with it."""
    return isinstance(constraint, sa.CheckConstraint) and constraint.is_column_level
