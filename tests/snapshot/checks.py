"""What must hold of every snapshot: it stands for its database, and promises no more than that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

import autosync
from autosync import Plan, Snapshot
from autosync.plan import Entry

UNKNOWN = "snapshot does not"
EMPTY = "was empty when the snapshot was made"


def assert_stands(
    engine: sa.engine.Engine,
    models: sa.MetaData,
    live: Plan,
    *,
    rows: bool = False,
    **options: Any,
) -> Plan:
    """A snapshot of the database gives the plan that the database gives, ``live``, but for what
    only a server could tell: that is undecided, refused for that reason, or said as a condition.
    """
    kept = autosync.snapshot(engine, schemas=_schemas(engine, models), rows=rows)
    assert Snapshot.from_json(kept.to_json()) == kept
    plan = autosync.plan(kept, models, **options)
    doubtful = _labels(plan.undecided)
    assert _labels(plan.notes) - doubtful == _labels(live.notes) - doubtful
    told, known = _by_label(plan), _by_label(live)
    for label, entry in told.items():
        if isinstance(entry, autosync.Addition) and label not in _labels(live.pending):
            assert _has_condition(entry), f"{label} is promised, but: {live}"
        if isinstance(entry, autosync.Refusal) and label not in _labels(live.refused):
            assert _follows(entry), f"{label} is refused without need: {entry}"
    for label in (*_labels(live.pending), *_labels(live.refused)):
        assert label in told, f"{label} is missed"
        entry, other = told[label], known[label]
        if isinstance(entry, autosync.Refusal) and isinstance(other, autosync.Refusal):
            assert entry.code == other.code or _follows(entry) or _follows(other), entry
    return plan


def assert_stands_for_models(models: sa.MetaData, dialect: str) -> None:
    """Models are in sync with a snapshot that was made of them."""
    plan = autosync.plan(Snapshot.of(models, dialect), models)
    assert plan.in_sync, str(plan)
    assert not plan.notes, str(plan)


def _follows(entry: autosync.Refusal) -> bool:
    """Whether it is refused for want of an answer, or with something that is."""
    return UNKNOWN in entry.reason or entry.code == "depends-on-refused"


def _has_condition(entry: autosync.Addition) -> bool:
    return any(UNKNOWN in hazard or EMPTY in hazard for hazard in entry.hazards)


def _schemas(engine: sa.engine.Engine, models: sa.MetaData) -> set[str]:
    items = [*models.tables.values(), *models._sequences.values()]
    named = {item.schema for item in items if item.schema is not None}
    return named.intersection(sa.inspect(engine).get_schema_names())


def _labels(entries: tuple[Entry, ...]) -> set[str]:
    return {_label(entry) for entry in entries}


def _label(entry: Entry) -> str:
    return f"{entry.kind} {entry.object}"


def _by_label(plan: Plan) -> Mapping[str, Entry]:
    entries: list[Entry] = [*plan.undecided, *plan.pending, *plan.refused]
    return {_label(entry): entry for entry in entries}
