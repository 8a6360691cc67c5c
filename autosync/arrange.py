"""Verdicts -> Plan: the entries, and the ordered statements in their units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateSequence, sort_tables_and_constraints

from autosync.changes import MISSING, Change
from autosync.declared import with_server_default
from autosync.dialects.base import Dialect
from autosync.dialects.steps import NewColumn, Step
from autosync.facts import Facts
from autosync.plan import (
    SEVERITIES,
    Addition,
    LateKey,
    Note,
    Plan,
    Refusal,
    Statement,
    Undecided,
    Unit,
)
from autosync.rules import Verdict
from autosync.rules.severity import lacking_columns, severity
from autosync.schema import Column, Key

DIFFERENT_TEXTS = "the texts differ, and the server could not be asked whether they mean the same"
UNREAD = "whether the database has it could not be read, or not compared"


@dataclass(slots=True)
class _Batch:
    """A unit in the making: its steps, its tables, and the existing tables that it points at."""

    steps: list[Step] = field(default_factory=list)
    keys: set[Key] = field(default_factory=set)
    parents: set[Key] = field(default_factory=set)


def arrange(verdicts: Sequence[Verdict], facts: Facts) -> Plan:
    """The plan that follows from the verdicts."""
    additive = [verdict for verdict in verdicts if verdict.additive]
    changes = [verdict.change for verdict in additive]
    late = _late_keys(changes, facts) if facts.late is None else facts.late
    batches = list(_batches(changes, facts, late))
    if facts.dialect.unit_is_everything and batches:
        batches = [_merged(batches)]
    compiler = facts.dialect.compiler
    sql = {id(step): compiler.sql(step.element) for batch in batches for step in batch.steps}
    makers = _makers(batches, sql)
    undecided = [verdict.change for verdict in verdicts if not verdict.change.certain]
    noted = [v for v in verdicts if v.rule is not None and v.rule.outcome == "note"]
    return Plan(
        dialect=facts.dialect.name or compiler.dialect.name,
        pending=tuple(_addition(verdict, makers) for verdict in additive),
        refused=_refusals(verdicts),
        undecided=tuple(_undecided(change) for change in sorted(undecided, key=lambda c: c.place)),
        notes=tuple(_note(v) for v in sorted(noted, key=lambda v: v.change.place)),
        units=tuple(
            Unit(
                frozenset(batch.keys),
                tuple(_statement(step, sql[id(step)], facts) for step in batch.steps),
                concurrent=any(step.concurrent for step in batch.steps),
            )
            for batch in batches
        ),
        late=late,
    )


def _statement(step: Step, sql: str, facts: Facts) -> Statement:
    compile_ = facts.dialect.compiler.sql
    guard = tuple(compile_(element) for element in step.guard)
    cleanup = tuple(compile_(element) for element in step.cleanup)
    return Statement(sql, guard, cleanup)


# --- the statements -----------------------------------------------------------------------------


def _batches(changes: list[Change], facts: Facts, late: frozenset[LateKey]) -> Iterator[_Batch]:
    """What is needed comes first: types, labels and sequences, new tables, existing tables, the
    keys that had to wait for both, views.
    """
    yield from _types(changes, facts)
    batches, trailing = _new_tables(changes, facts, late)
    yield from batches
    yield from _existing_tables(changes, facts)
    if trailing.steps:
        yield trailing
    yield from _views(changes)


def _types(changes: list[Change], facts: Facts) -> Iterator[_Batch]:
    """New types and sequences together; each extended type by itself, for a new label cannot be
    used before it is committed (facts, section 6).
    """
    dialect = facts.dialect
    new = _Batch()
    for change in changes:
        if change.kind == "enum" and change.difference == MISSING:
            new.steps.append(Step(dialect.create_enum(change.declared), (change.declared.origin,)))
        elif change.kind == "sequence":
            sequence = change.declared.origin
            new.steps.append(Step(CreateSequence(sequence), (sequence,)))
        else:
            continue
        new.keys |= _users(change, facts)
    if new.steps:
        yield new
    for change in changes:
        if change.kind == "enum" and change.difference == "labels":
            origin = (change.declared.origin,)
            steps = [Step(e, origin) for e in dialect.add_labels(change.declared, change.live)]
            yield _Batch(steps, _users(change, facts))


def _users(change: Change, facts: Facts) -> set[Key]:
    """The tables whose comparison brings a type or a sequence up again."""
    return {
        key
        for key, table in facts.declared.tables.items()
        if change.kind == "sequence"
        or any(facts.enum_key(column) == change.key for column in table.columns.values())
    }


def _late_keys(changes: list[Change], facts: Facts) -> frozenset[LateKey]:
    """The foreign keys of new tables that cannot be created with them: those that close a cycle,
    and those that point at a new column of an existing table.
    """
    if not facts.dialect.compiler.dialect.supports_alter:
        return frozenset()
    new = {id(c.declared.origin): c for c in changes if c.kind == "table"}
    cyclic = [key for table, keys in _sorted(new.values()) if table is None for key in keys]
    late = {(new[id(key.table)].key, tuple(c.name for c in key.columns)) for key in cyclic}
    for change in new.values():
        for key in change.declared.foreign_keys:
            target = facts.live.tables.get(key.target)
            if target is not None and facts.is_new(key.target, key.target_columns):
                late.add((change.key, key.columns))
    return frozenset(late)


def _new_tables(
    changes: list[Change], facts: Facts, late: frozenset[LateKey]
) -> tuple[list[_Batch], _Batch]:
    """New tables in the order of their keys, in batches, and the keys that come later."""
    dialect = facts.dialect
    new = {id(c.declared.origin): c for c in changes if c.kind == "table"}
    batches, trailing = [_Batch()], _Batch()
    for table, _ in _sorted(new.values()):
        if table is None:
            continue
        change = new[id(table)]
        foreign = {
            key.origin: (change.key, key.columns) in late for key in change.declared.foreign_keys
        }
        parents = {k.target for k in change.declared.foreign_keys} & set(facts.live.tables)
        batch = batches[-1]
        if len(batch.keys) >= dialect.tables_per_unit or _too_many(batch, parents, dialect):
            batch = _Batch()
            batches.append(batch)
        inline = [key for key, is_late in foreign.items() if not is_late]
        batch.steps += _named(dialect.create_table(table, inline), table)
        batch.keys.add(change.key)
        batch.parents |= parents
        for key, is_late in foreign.items():
            if is_late:
                trailing.steps.append(Step(dialect.add_constraint(key), (key, table)))
                trailing.keys.add(change.key)
    targets = {key.target for c in new.values() for key in c.declared.foreign_keys}
    if trailing.keys <= batches[-1].keys and not targets & set(facts.live.tables):
        # a cycle within one unit is closed there
        batches[-1].steps += trailing.steps
        trailing = _Batch()
    return [batch for batch in batches if batch.steps], trailing


def _sorted(changes: Iterable[Change]) -> list[Any]:
    """SQLAlchemy's (table, its keys) in an order that works, and (None, keys that close cycles)."""
    sort: Any = sort_tables_and_constraints
    return list(sort([change.declared.origin for change in changes]))


def _named(steps: list[Step], table: sa.Table) -> list[Step]:
    """Steps of a new table, each of which counts as making the table."""
    return [step._replace(makes=(table, *step.makes)) for step in steps]


def _too_many(batch: _Batch, parents: set[Key], dialect: Dialect) -> bool:
    """Whether a batch would lock a second existing table, which invites deadlocks."""
    return dialect.one_parent_per_statement and len(batch.parents | parents) > max(
        1, len(batch.parents)
    )


def _existing_tables(changes: list[Change], facts: Facts) -> Iterator[_Batch]:
    by_table: dict[Key, list[Change]] = {}
    for change in changes:
        if change.key in facts.live.tables and change.kind not in ("enum", "sequence", "view"):
            by_table.setdefault(change.key, []).append(change)
    for key in _targets_first(by_table, facts):
        own = by_table[key]
        table = facts.declared.tables[key].origin
        for group, parents in _groups(own, facts):
            columns = sorted(
                (c for c in group if c.kind == "column"), key=lambda c: _position(c, facts)
            )
            if not columns:
                units = [[_alone(change, facts)] for change in group]
            elif _is_altered_gently(group, facts):
                units = facts.dialect.alter_large_table(table, _new_columns(columns, group))
            else:
                empty = facts.has_rows(key) is False
                new = _new_columns(columns, group)
                units = [facts.dialect.alter_table(table, new, empty=empty)]
            for steps in units:
                yield _Batch(steps, {key}, parents)


def _is_altered_gently(group: list[Change], facts: Facts) -> bool:
    """Whether new columns bring along what would read all rows of a large table."""
    return any(change.kind != "column" for change in group) and bool(facts.is_large(group[0].key))


def _alone(change: Change, facts: Facts) -> Step:
    """What adds something to columns that are there: long since, or because this run added them."""
    if change.difference == "valid" or facts.is_large(change.key):
        return facts.dialect.add_to_large_table(change.origin)
    return Step(facts.dialect.add_alone(change.origin), (change.origin,))


def _targets_first(by_table: dict[Key, list[Change]], facts: Facts) -> list[Key]:
    """Tables whose new columns others point at, before those others."""
    ordered: list[Key] = []

    def visit(key: Key, waiting: frozenset[Key]) -> None:
        for change in by_table[key]:
            target = change.declared.target if change.kind == "foreign_key" else key
            if target in by_table and target not in waiting | {key}:
                visit(target, waiting | {key})
        if key not in ordered:
            ordered.append(key)

    for key in by_table:
        visit(key, frozenset())
    return ordered


def _groups(changes: list[Change], facts: Facts) -> Iterator[tuple[list[Change], set[Key]]]:
    """The additions to one table: as few groups as each may lock one other table at most.

    What shares a column stays together, so that a column never comes without its constraints.
    """
    clusters: list[tuple[list[Change], set[Key]]] = []
    for change in changes:
        parents = {change.declared.target} - {change.key} if change.kind == "foreign_key" else set()
        if not facts.is_new(change.key, change.columns):
            yield [change], parents
            continue
        mine: tuple[list[Change], set[Key]] = ([change], parents)
        for cluster in [c for c in clusters if _touch(c[0], change, facts)]:
            clusters.remove(cluster)
            mine = (cluster[0] + mine[0], cluster[1] | mine[1])
        clusters.append(mine)
    merged: list[tuple[list[Change], set[Key]]] = []
    for group, parents in clusters:
        for kept in merged:
            together = kept[1] | parents
            if not facts.dialect.one_parent_per_statement or len(together) <= 1:
                kept[0].extend(group)
                kept[1].update(parents)
                break
        else:
            merged.append((list(group), set(parents)))
    yield from merged


def _position(change: Change, facts: Facts) -> tuple[bool, int]:
    """The place of a new column: as in the models, but computed ones after what they need."""
    place = list(facts.declared.tables[change.key].columns).index(change.declared.name)
    return change.declared.computed is not None, place


def _touch(cluster: list[Change], change: Change, facts: Facts) -> bool:
    new = {name for name in _about(change) if facts.is_new(change.key, (name,))}
    return any(new & _about(other) for other in cluster)


def _about(change: Change) -> set[str]:
    """The columns that a change names, also inside a computed one."""
    return {*change.columns, *getattr(change.declared, "computed_from", ())}


def _new_columns(columns: list[Change], group: list[Change]) -> list[NewColumn]:
    """Columns with what belongs to them: with the last of its new columns, for several."""
    owners = {id(column): ([], []) for column in columns}  # type: ignore[var-annotated]
    for change in group:
        if change.kind == "column":
            continue
        owner = [column for column in columns if column.name in change.columns][-1]
        item = change.origin
        if isinstance(item, sa.Index):
            owners[id(owner)][1].append(item)
        elif not _inside_column(item):
            owners[id(owner)][0].append(item)
    return [
        NewColumn(
            _addable(column.declared), tuple(owners[id(column)][0]), tuple(owners[id(column)][1])
        )
        for column in columns
    ]


def _inside_column(constraint: Any) -> bool:
    """Whether a check stands inside its column's definition, and comes with it."""
    return isinstance(constraint, sa.CheckConstraint) and constraint.is_column_level


def _addable(column: Column) -> sa.Column[Any]:
    original: sa.Column[Any] = column.origin
    return original if column.implied_default is None else with_server_default(original)


def _views(changes: list[Change]) -> Iterator[_Batch]:
    for change in changes:
        if change.kind == "view":
            view = change.declared
            yield _Batch([Step(view._creator_ddl, (view,))], {change.key})


def _merged(batches: list[_Batch]) -> _Batch:
    merged = _Batch()
    for batch in batches:
        merged.steps += batch.steps
        merged.keys |= batch.keys
    return merged


# --- the entries --------------------------------------------------------------------------------


def _makers(batches: list[_Batch], sql: dict[int, str]) -> dict[Any, list[str]]:
    """The statements that bring each SQLAlchemy object into being; columns go by name, since one
    with a default of ours is a copy.
    """
    makers: dict[Any, list[str]] = {}
    for batch in batches:
        for step in batch.steps:
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
    if _inside_column(change.origin):
        statements = makers.get(_identity(change.origin.parent), statements)
    return Addition(**_common(change), sql=";\n".join(statements), hazards=verdict.hazards)


def _refusals(verdicts: Sequence[Verdict]) -> tuple[Refusal, ...]:
    """What is refused: what breaks the models first."""
    refused = [v for v in verdicts if v.rule is not None and v.rule.outcome == "refused"]
    lacking = lacking_columns(verdict.change for verdict in refused)
    entries = [
        _refusal(verdict, lacking) for verdict in sorted(refused, key=lambda v: v.change.place)
    ]
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
    )


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
        reason=DIFFERENT_TEXTS if change.live is not None else UNREAD,
        declared=_text(change.declared, change.difference),
        live=_text(change.live, change.difference),
    )


def _text(value: Any, aspect: str) -> str | None:
    for name in (aspect, "text", "predicate"):
        text = getattr(value, name, None)
        if isinstance(text, str):
            return text
    return None if value is None else str(getattr(value, "parts", None) or "")
