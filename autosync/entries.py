"""Verdicts -> the entries of a plan: what people and programs read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import sqlalchemy as sa

from autosync.canonical import aspect
from autosync.changes import Change
from autosync.dialects.steps import Step
from autosync.plan import SEVERITIES, Addition, Identity, Note, Refusal, Undecided
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
    verdicts: Iterable[Verdict], steps: Sequence[Step], sql: Mapping[int, str]
) -> tuple[tuple[Addition, ...], Mapping[int, Set[Identity]]]:
    """What is to be added, and which of it each step makes, or helps to make, by the step's id;
    ``sql`` has its text.
    """
    makers = _makers(steps)
    makes: dict[int, set[Identity]] = {id(step): set() for step in steps}
    entries = []
    for verdict in verdicts:
        if verdict.additive:
            own = _steps_of(verdict.change, makers)
            entry = _addition(verdict, dict.fromkeys(sql[id(step)] for step in own))
            entries.append(entry)
            for step in own:
                makes[id(step)].add(entry.identity)
    return tuple(entries), makes


def undecided(verdicts: Iterable[Verdict]) -> tuple[Undecided, ...]:
    """What could not be compared."""
    doubtful = [verdict for verdict in verdicts if verdict.is_undecided]
    changes = [verdict.change for verdict in doubtful]
    return tuple(_undecided(change) for change in sorted(changes, key=lambda c: c.place))


def notes(verdicts: Iterable[Verdict]) -> tuple[Note, ...]:
    """What hurts nobody."""
    noted = [verdict for verdict in verdicts if verdict.is_note]
    return tuple(_note(v) for v in sorted(noted, key=lambda v: v.change.place))


def _makers(steps: Iterable[Step]) -> dict[Any, list[Step]]:
    """The steps that bring each SQLAlchemy object into being; columns go by name, since one with a
    default of ours is a copy.
    """
    makers: dict[Any, list[Step]] = {}
    for step in steps:
        for item in step.makes:
            makers.setdefault(_identity(item), []).append(step)
    return makers


def _steps_of(change: Change, makers: Mapping[Any, list[Step]]) -> list[Step]:
    own = makers.get(_identity(change.origin), [])
    if inside_column(change.origin):
        own = makers.get(_identity(change.origin.parent), own)
    return own


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


def _addition(verdict: Verdict, statements: Iterable[str]) -> Addition:
    sql = ";\n".join(statements)
    return Addition(**_common(verdict.change), sql=sql, hazards=verdict.hazards)


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
