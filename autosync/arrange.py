"""Verdicts -> Plan: the ordered statements, in their units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateSequence, sort_tables_and_constraints

from autosync.changes import MISSING, Change
from autosync.dependencies import (
    Thing,
    after,
    circles,
    needs_of_columns,
    needs_of_key,
    needs_of_view,
)
from autosync.dialects.base import Dialect
from autosync.dialects.columns import addable
from autosync.dialects.steps import NewColumn, Step
from autosync.entries import inside_column, notes, pending, refused, undecided
from autosync.facts import Facts
from autosync.plan import Identity, Part, Plan, Statement, Unit
from autosync.rules import Verdict
from autosync.schema import ForeignKey, Key
from autosync.sketch import sketches

LateKey = tuple[Key, tuple[str, ...]]
"""A foreign key of a new table that has to be added afterwards: the table, and the columns."""


@dataclass(slots=True)
class _Part:
    """A part in the making: its steps, its tables, the existing tables that it points at; and what
    it gives, and needs of others.
    """

    steps: list[Step] = field(default_factory=list)
    keys: set[Key] = field(default_factory=set)
    parents: set[Key] = field(default_factory=set)
    gives: set[Thing] = field(default_factory=set)
    needs: set[Thing] = field(default_factory=set)


_Batch = list[_Part]
"""A unit in the making."""


def arrange(verdicts: Sequence[Verdict], facts: Facts) -> Plan:
    """The plan that follows from the verdicts."""
    changes = [verdict.change for verdict in verdicts if verdict.additive]
    batches = list(_batches(changes, facts, _late_keys(changes, facts)))
    if facts.dialect.unit_is_everything and batches:
        batches = [list(chain(*batches))]
    compiler = facts.dialect.compiler
    steps = [step for part in chain(*batches) for step in part.steps]
    sql = {id(step): compiler.sql(step.element) for step in steps}
    entries, makes = pending(verdicts, steps, sql)
    places = iter(after([(part.gives, part.needs) for part in chain(*batches)]))

    def made(part: _Part) -> Part:
        return Part(
            frozenset(part.keys),
            tuple(_statement(step, sql[id(step)], part, facts) for step in part.steps),
            frozenset[Identity]().union(*(makes[id(step)] for step in part.steps)),
            frozenset(part.parents),
            next(places),
        )

    return Plan(
        dialect=facts.dialect.name or compiler.dialect.name,
        pending=entries,
        refused=refused(verdicts),
        undecided=undecided(verdicts),
        notes=notes(verdicts),
        tables=sketches(verdicts, facts.declared, facts.live),
        units=tuple(
            Unit(
                tuple(map(made, batch)),
                concurrent=any(step.concurrent for part in batch for step in part.steps),
            )
            for batch in batches
        ),
        verdicts=tuple(verdicts),
    )


def _statement(step: Step, sql: str, part: _Part, facts: Facts) -> Statement:
    compile_ = facts.dialect.compiler.sql
    guard = tuple(compile_(element) for element in step.guard)
    cleanup = tuple(compile_(element) for element in step.cleanup)
    locked = frozenset((part.keys | part.parents) & facts.live.tables.keys())
    return Statement(sql, guard, cleanup, step.unchecked, locked)


def _batches(changes: list[Change], facts: Facts, late: frozenset[LateKey]) -> Iterator[_Batch]:
    """What is needed comes first: types, labels and sequences, new tables, existing tables, the
    keys that had to wait for both, views.
    """
    yield from _types(changes, facts)
    batches, trailing = _new_tables(changes, facts, late)
    yield from batches
    yield from _existing_tables(changes, facts)
    if trailing.steps:
        yield [trailing]
    yield from _views(changes, facts)


def _types(changes: list[Change], facts: Facts) -> Iterator[_Batch]:
    """New types and sequences together; each extended type by itself, for a new label cannot be
    used before it is committed (facts, section 6).
    """
    dialect = facts.dialect
    new: _Batch = []
    for change in changes:
        if change.kind == "enum" and change.difference == MISSING:
            step = Step(dialect.create_enum(change.declared), (change.declared.origin,))
        elif change.kind == "sequence":
            sequence = change.declared.origin
            step = Step(CreateSequence(sequence), (sequence,))
        else:
            continue
        new.append(_type([step], change, facts))
    if new:
        yield new
    for change in changes:
        if change.kind == "enum" and change.difference == "labels":
            origin = (change.declared.origin,)
            steps = [Step(e, origin) for e in dialect.add_labels(change.declared, change.live)]
            yield [_type(steps, change, facts)]


def _type(steps: list[Step], change: Change, facts: Facts) -> _Part:
    given: Thing = ("sequence",) if change.kind == "sequence" else ("enum", change.key)
    return _Part(steps, _users(change, facts), gives={given})


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
    and those that point at a new column of an existing table. SQLAlchemy leaves all keys of a
    table in a cycle for later, also those that point at what is there.
    """
    if not facts.dialect.compiler.dialect.supports_alter:
        return frozenset()
    new = {id(c.declared.origin): c for c in changes if c.kind == "table"}
    cyclic = [key for table, keys in _sorted(new.values()) if table is None for key in keys]
    left = {id(key) for key in cyclic}

    def is_late(key: ForeignKey) -> bool:
        if key.target not in facts.live.tables:
            return id(key.origin) in left
        return facts.is_new(key.target, key.target_columns)

    keys = ((change.key, key) for change in new.values() for key in change.declared.foreign_keys)
    return frozenset((table, key.columns) for table, key in keys if is_late(key))


def _new_tables(
    changes: list[Change], facts: Facts, late: frozenset[LateKey]
) -> tuple[list[_Batch], _Part]:
    """New tables in the order of their keys, in batches, and the keys that come later.

    The tables of a circle are one part, which closes it: nobody finds them without their keys.
    """
    dialect = facts.dialect
    by_table = {id(c.declared.origin): c for c in changes if c.kind == "table"}
    ordered = [by_table[id(table)] for table, _ in _sorted(by_table.values()) if table is not None]
    new = {change.key: change for change in ordered}
    places = {key: place for place, key in enumerate(new)}
    needs = {key: [one.target for one in new[key].declared.foreign_keys] for key in new}
    to_make = set(new)
    batches: list[_Batch] = [[]]
    trailing = _Part()
    for circle in circles(needs):
        part = _Part(keys=set(circle), gives={("table", key) for key in circle})
        part.parents = {target for key in circle for target in needs[key]} & set(facts.live.tables)
        if _is_full(batches[-1], part.parents, dialect):
            batches.append([])
        batches[-1].append(part)
        unclosed: list[ForeignKey] = []
        for change in (new[key] for key in sorted(circle, key=places.__getitem__)):
            table, keys = change.declared.origin, change.declared.foreign_keys
            part.needs |= needs_of_columns(change.key, change.declared.columns, facts)
            to_make.remove(change.key)
            waiting = [key for key in keys if (change.key, key.columns) in late]
            inline = [key.origin for key in keys if key not in waiting]
            cyclic = [key for key in waiting if key.target not in facts.live.tables]
            rest = [key for key in waiting if key not in cyclic]
            part.needs.update(*(needs_of_key(key) for key in keys if key not in rest))
            unclosed += cyclic
            closed = [key for key in unclosed if key.target not in to_make]
            unclosed = [key for key in unclosed if key.target in to_make]
            if dialect.creates_keys_ahead:
                ahead = [key.origin for key in cyclic if key in unclosed]
                inline += [key.origin for key in cyclic if key in closed]
                part.steps += _named(dialect.create_table_ahead(table, inline, ahead), table)
            else:
                part.steps += _named(dialect.create_table(table, inline), table)
                part.steps += [_late_step(key, dialect) for key in closed]
            if rest:
                trailing.steps += [_late_step(key, dialect) for key in rest]
                trailing.keys.add(change.key)
                trailing.parents |= part.parents
                trailing.needs |= {("table", change.key)}.union(*map(needs_of_key, rest))
    return [batch for batch in batches if batch], trailing


def _late_step(key: ForeignKey, dialect: Dialect) -> Step:
    """ADD CONSTRAINT for a key of a new table, as which it counts."""
    return Step(dialect.add_constraint(key.origin), (key.origin, key.origin.table))


def _sorted(changes: Iterable[Change]) -> list[Any]:
    """SQLAlchemy's (table, its keys) in an order that works, and (None, keys that close cycles)."""
    sort: Any = sort_tables_and_constraints
    return list(sort([change.declared.origin for change in changes]))


def _named(steps: list[Step], table: sa.Table) -> list[Step]:
    """Steps of a new table, each of which counts as making the table."""
    return [step._replace(makes=(table, *step.makes)) for step in steps]


def _is_full(batch: _Batch, parents: set[Key], dialect: Dialect) -> bool:
    """Whether a batch should not take one more new table, which points at these existing ones.

    It would lock a second existing table, which invites deadlocks; or one for too long.
    """
    before = set().union(*(part.parents for part in batch))
    locked = before | parents
    most = dialect.tables_per_locked_parent if locked else dialect.tables_per_unit
    second = dialect.one_parent_per_statement and len(locked) > max(1, len(before))
    return sum(len(part.keys) for part in batch) >= most or second


def _existing_tables(changes: list[Change], facts: Facts) -> Iterator[_Batch]:
    by_table: dict[Key, list[Change]] = {}
    for change in changes:
        if change.key in facts.live.tables and change.kind not in ("enum", "sequence", "view"):
            by_table.setdefault(change.key, []).append(change)
    for key in _targets_first(by_table):
        own = sorted(by_table[key], key=_is_last)
        table = facts.declared.tables[key].origin
        taken = _names_taken(key, facts)
        for group, parents in _groups(own, facts):
            columns = sorted(
                (c for c in group if (c.kind, c.difference) == ("column", MISSING)),
                key=lambda c: _position(c, facts),
            )
            if not columns:
                for change in group:
                    steps = list(facts.dialect.with_names([_alone(change, facts)], taken))
                    yield from _chain(key, [change], [steps], parents, facts)
                continue
            new = _new_columns(columns, group, facts)
            if _is_altered_gently(group, facts):
                units = facts.dialect.alter_large_table(table, new)
            else:
                empty = facts.has_rows(key) is False
                units = [facts.dialect.alter_table(table, new, empty=empty)]
            units = [list(facts.dialect.with_names(steps, taken)) for steps in units]
            yield from _chain(key, group, units, parents, facts)


def _names_taken(key: Key, facts: Facts) -> set[str]:
    """The names of indexes that a table has, or is to have."""
    tables = facts.live.tables[key], facts.declared.tables[key]
    items: list[Any] = [item for table in tables for item in (*table.indexes, *table.uniques)]
    return {facts.dialect.fold(item.name) for item in items if item.name}


def _chain(
    key: Key, group: list[Change], units: list[list[Step]], parents: set[Key], facts: Facts
) -> Iterator[_Batch]:
    """Units of which each needs the one before it; together they make the group."""
    names = {c.declared.name for c in group if (c.kind, c.difference) == ("column", MISSING)}
    new: set[Thing] = {("column", key, name) for name in names}
    needs = {("column", key, name) for change in group for name in change.columns} - new
    needs |= needs_of_columns(key, names, facts)
    for change in group:
        if change.kind == "foreign_key":
            needs |= needs_of_key(change.declared)
    link = object()
    for place, steps in enumerate(units):
        gives = {("link", link, place)} | (new if place == len(units) - 1 else set())
        yield [_Part(steps, {key}, parents, gives, needs | {("link", link, place - 1)})]


def _is_last(change: Change) -> bool:
    """Whether it says that all else is there."""
    return change.difference == "unfinished"


def _is_altered_gently(group: list[Change], facts: Facts) -> bool:
    """Whether new columns bring along what would read all rows of a large table."""
    return any(change.kind != "column" for change in group) and bool(facts.is_large(group[0].key))


def _alone(change: Change, facts: Facts) -> Step:
    """What adds something to columns that are there: long since, or unfinished."""
    if change.difference == "unfinished":
        return facts.dialect.finish_column(addable(change.declared))
    if (change.kind, change.difference) == ("index", "valid"):
        return facts.dialect.finish_index(change.origin, change.live.name)
    if change.difference == "valid" or facts.is_large(change.key):
        return facts.dialect.add_to_large_table(change.origin)
    return Step(facts.dialect.add_alone(change.origin), (change.origin,))


def _targets_first(by_table: dict[Key, list[Change]]) -> list[Key]:
    """Tables whose new columns others point at, before those others."""
    targets = {
        key: [change.declared.target for change in changes if change.kind == "foreign_key"]
        for key, changes in by_table.items()
    }
    return list(chain(*circles(targets)))


def _groups(changes: list[Change], facts: Facts) -> Iterator[tuple[list[Change], set[Key]]]:
    """The additions to one table: as few groups as each may lock one other table at most.

    What shares a column stays together, so that a column never comes without its constraints.
    """
    clusters: list[tuple[list[Change], set[Key]]] = []
    for change in changes:
        parents = {change.declared.target} - {change.key} if change.kind == "foreign_key" else set()
        if not facts.is_absent(change.key, change.columns):
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
    new = {name for name in _about(change) if facts.is_absent(change.key, (name,))}
    return any(new & _about(other) for other in cluster)


def _about(change: Change) -> set[str]:
    """The columns that a change names, also inside a computed one."""
    return {*change.columns, *getattr(change.declared, "computed_from", ())}


def _new_columns(columns: list[Change], group: list[Change], facts: Facts) -> list[NewColumn]:
    """Columns with what belongs to them: with the last of its new columns, for several."""
    owners = {id(column): ([], []) for column in columns}  # type: ignore[var-annotated]
    for change in group:
        if change.kind == "column":
            continue
        owner = [column for column in columns if column.name in change.columns][-1]
        item = change.origin
        if isinstance(item, sa.Index):
            owners[id(owner)][1].append(item)
        elif not inside_column(item):
            owners[id(owner)][0].append(item)
    return [
        NewColumn(
            addable(column.declared),
            tuple(owners[id(column)][0]),
            tuple(owners[id(column)][1]),
            copied=facts.copied_for(column.key, column.declared) is not None,
        )
        for column in columns
    ]


def _views(changes: list[Change], facts: Facts) -> Iterator[_Batch]:
    pending = {change.key: change for change in changes if change.kind == "view"}
    for key in _read_first([key for key in facts.declared.views if key in pending], facts):
        change, view = pending[key], pending[key].declared.origin
        if change.difference == MISSING:
            elements = facts.dialect.create_view(view)
        else:
            elements = facts.dialect.replace_view(change.live, change.declared)
        steps = [Step(element, (view,)) for element in elements]
        yield [_Part(steps, {key}, gives={("view", key)}, needs=needs_of_view(key, facts))]


def _read_first(keys: list[Key], facts: Facts) -> list[Key]:
    """Views in the order of the models, but those that others read before those others."""
    needs = {key: needs_of_view(key, facts) for key in keys}
    reads = {key: [one for one in keys if ("view", one) in needs[key]] for key in keys}
    return list(chain(*circles(reads)))
