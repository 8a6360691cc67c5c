"""(live, declared) -> changes. Pure: no SQL, no connection.

Two texts that an :class:`Equality` does not take for equal make a change that is not yet certain;
the server is asked about those (``settle.py``) before anything is said of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from autosync.changes import EXTRA, MISSING, Change, Kind
from autosync.schema import (
    FETCHED,
    Check,
    Column,
    Enum,
    ForeignKey,
    Index,
    Key,
    Schema,
    Table,
    Unique,
)

Item = TypeVar("Item")

BOOKKEEPING = {"alembic_version", "migrate_version"}
"""Tables in which migration tools keep their version; they are nobody's difference."""


class Equality(Protocol):
    """When two texts of one database mean the same."""

    certain: bool
    """Whether what is not equal is known to differ."""

    def fold(self, name: str) -> str:
        """A column's name as the database tells it from others."""

    def same_type(self, live: Column, declared: Column) -> bool:
        """Whether the types are the same, collation aside."""

    def same_default(self, live: Column, declared: Column, text: str | None) -> bool:
        """Whether the live default means ``text``, the declared one."""

    def same_expression(self, live: str, declared: str) -> bool:
        """Whether two expressions are the same."""

    def same_collation(self, live: str | None, declared: str | None) -> bool:
        """Whether two collations are the same."""

    def same_method(self, live: str | None, declared: str | None) -> bool:
        """Whether two index methods are the same."""


def compare(live: Schema, declared: Schema, equality: Equality) -> list[Change]:
    """Every difference: by table, and within a table in the order of the models."""
    changes = [
        *_enums(live, declared),
        *_sequences(live, declared),
        *_tables(live, declared, equality),
        *_views(live, declared),
    ]
    return sorted(changes, key=lambda change: (change.key[0] or "", change.key[1]))


def _enums(live: Schema, declared: Schema) -> Iterator[Change]:
    for key, enum in declared.enums.items():
        existing = live.enums.get(key)
        if existing is None:
            yield Change("enum", MISSING, key, declared=enum)
        elif existing.kind != "enum":
            yield Change("enum", "kind", key, declared=enum, live=existing)
        else:
            yield from _labels(existing, enum)


def _labels(live: Enum, declared: Enum) -> Iterator[Change]:
    common = [label for label in declared.labels if label in live.labels]
    if any(label not in live.labels for label in declared.labels):
        yield Change("enum", "labels", declared.key, declared=declared, live=live)
    if any(label not in declared.labels for label in live.labels):
        yield Change("enum", "extra_labels", declared.key, declared=declared, live=live)
    if common != [label for label in live.labels if label in declared.labels]:
        yield Change("enum", "order", declared.key, declared=declared, live=live)


def _sequences(live: Schema, declared: Schema) -> Iterator[Change]:
    for key, sequence in declared.sequences.items():
        if key not in live.sequences:
            yield Change("sequence", MISSING, key, declared=sequence, certain=live.sequences_known)


def _views(live: Schema, declared: Schema) -> Iterator[Change]:
    for key, view in declared.views.items():
        if key not in live.others and key not in live.tables:
            yield Change("view", MISSING, key, declared=view)


def _tables(live: Schema, declared: Schema, equality: Equality) -> Iterator[Change]:
    for key, table in declared.tables.items():
        existing = live.tables.get(key)
        if existing is None:
            yield Change("table", MISSING, key, declared=table)
        elif existing.kind != "table":
            yield Change("table", "kind", key, declared=table, live=existing)
        else:
            yield from compare_table(existing, table, equality)
    for key, kind in live.others.items():
        if kind == "table" and key[1] not in BOOKKEEPING:
            yield Change("table", EXTRA, key)


def compare_table(live: Table, declared: Table, equality: Equality) -> Iterator[Change]:
    """The differences of one table that exists."""
    yield from _columns(live, declared, equality)
    for kind, changes in (
        ("primary_key", _primary_key(live, declared, equality)),
        ("foreign_key", _foreign_keys(live, declared, equality)),
        ("unique", _uniques(live, declared, equality)),
        ("index", _indexes(live, declared, equality)),
        ("check", _checks(live, declared, equality)),
        ("check", _exclusions(live, declared)),
    ):
        for change in changes:
            if kind not in live.unread:
                yield change
            elif change.declared is not None:
                on_new_columns = bool(set(change.columns) - set(live.columns))
                yield replace(change, certain=on_new_columns, live=None)
    if live.comment != declared.comment:
        yield Change("table", "comment", declared.key, declared=declared, live=live)


def _columns(live: Table, declared: Table, equality: Equality) -> Iterator[Change]:
    existing = {equality.fold(name): column for name, column in live.columns.items()}
    wanted = {equality.fold(name) for name in declared.columns}
    for name, column in declared.columns.items():
        other = existing.get(equality.fold(name))
        if other is None:
            yield Change("column", MISSING, declared.key, name, (name,), declared=column)
        else:
            in_key = other.name in live.primary_key.columns
            for aspect, certain in _aspects(other, column, equality, in_key=in_key):
                yield Change("column", aspect, declared.key, name, (name,), column, other, certain)
    for name, column in live.columns.items():
        if equality.fold(name) not in wanted:
            yield Change("column", EXTRA, declared.key, name, (name,), live=column)


def _aspects(
    live: Column, declared: Column, equality: Equality, *, in_key: bool
) -> Iterator[tuple[str, bool]]:
    """The names of the aspects in which two columns differ, and whether that is certain."""
    if not equality.same_type(live, declared):
        yield "type", equality.certain
    if live.nullable != declared.nullable and not (live.nullable and in_key):
        yield "nullable", True
    yield from _generation(live, declared, equality)
    if not equality.same_collation(live.collation, declared.collation):
        yield "collation", True
    if live.comment != declared.comment:
        yield "comment", True


def _generation(live: Column, declared: Column, equality: Equality) -> Iterator[tuple[str, bool]]:
    """Where a value comes from when none is given: default, identity, computed."""
    if live.computed is not None or declared.computed is not None:
        yield from _computed(live, declared, equality)
    elif live.identity != declared.identity and (declared.identity or not declared.autoincrement):
        yield "identity", True
    elif declared.autoincrement:
        if not live.autoincrement:
            yield "autoincrement", True
    elif declared.default != FETCHED and declared.identity is None:
        yield from _default(live, declared, equality)


def _computed(live: Column, declared: Column, equality: Equality) -> Iterator[tuple[str, bool]]:
    if live.computed is None or declared.computed is None or live.stored != declared.stored:
        yield "computed", True
    elif not equality.same_expression(live.computed, declared.computed):
        yield "computed", equality.certain


def _default(live: Column, declared: Column, equality: Equality) -> Iterator[tuple[str, bool]]:
    if declared.default is not None:
        if not equality.same_default(live, declared, declared.default):
            yield "default", equality.certain
    elif live.default is not None and not live.autoincrement:
        expected = declared.implied_default
        if not equality.same_default(live, declared, expected):
            yield "extra_default", equality.certain or expected is None


def _primary_key(live: Table, declared: Table, equality: Equality) -> Iterator[Change]:
    ours, theirs = declared.primary_key, live.primary_key
    if [*map(equality.fold, ours.columns)] == [*map(equality.fold, theirs.columns)]:
        return
    new = [name for name in ours.columns if name not in live.columns]
    if ours.columns and not new:
        difference = "columns" if theirs.columns else MISSING
        yield Change("primary_key", difference, declared.key, ours.name, ours.columns, ours, theirs)
    elif not ours.columns:
        yield Change("primary_key", EXTRA, declared.key, theirs.name, theirs.columns, live=theirs)


def _foreign_keys(live: Table, declared: Table, equality: Equality) -> Iterator[Change]:
    def structure(key: ForeignKey) -> tuple[object, ...]:
        return _reference(key, equality)

    pairs, missing, extra = _match(live.foreign_keys, declared.foreign_keys, structure)
    for theirs, ours in pairs:
        for aspect in ("on_delete", "on_update", "deferrable", "deferred", "valid"):
            if getattr(theirs, aspect) != getattr(ours, aspect):
                yield _keyed("foreign_key", aspect, declared, ours, theirs)
    by_columns = {key.columns: key for key in extra}
    for ours in missing:
        other = by_columns.get(ours.columns)
        if other is None:
            yield _keyed("foreign_key", MISSING, declared, ours, None)
        else:
            extra.remove(other)
            yield _keyed("foreign_key", "target", declared, ours, other)
    for theirs in extra:
        yield _keyed("foreign_key", EXTRA, declared, None, theirs)


def _reference(key: ForeignKey, equality: Equality) -> tuple[object, ...]:
    columns, targets = map(equality.fold, key.columns), map(equality.fold, key.target_columns)
    return frozenset(zip(columns, targets, strict=True)), key.target


def _uniques(live: Table, declared: Table, equality: Equality) -> Iterator[Change]:
    """Unique constraints and plain unique indexes, which count as each other."""
    pairs, missing, extra = _match(
        _all_uniques(live), _all_uniques(declared), _folded_columns(equality)
    )
    for theirs, ours in pairs:
        for aspect in ("nulls_distinct", "deferrable", "deferred"):
            if getattr(theirs, aspect) != getattr(ours, aspect):
                yield _keyed("unique", aspect, declared, ours, theirs)
    named = {key.name: key for key in extra if key.name is not None}
    for ours in missing:
        other = named.get(ours.name) if ours.name is not None else None
        unfinished = next((i for i in live.indexes if _is_unfinished(i, ours)), None)
        if unfinished is not None:
            yield Change(
                "index", "valid", declared.key, unfinished.name, ours.columns, ours, unfinished
            )
        elif other is None:
            kind: Kind = "index" if isinstance(ours.origin, Index) else "unique"
            value = ours.origin if isinstance(ours.origin, Index) else ours
            yield Change(kind, MISSING, declared.key, ours.name, ours.columns, value)
        else:
            extra.remove(other)
            yield _keyed("unique", "columns", declared, ours, other)
    for theirs in extra:
        if theirs.columns != live.primary_key.columns:
            yield _keyed("unique", EXTRA, declared, None, theirs)


def _all_uniques(table: Table) -> list[Unique]:
    return [*table.uniques, *map(_as_unique, filter(_is_unique, table.indexes))]


def _is_unique(index: Index) -> bool:
    """Whether an index is what a unique constraint makes, and nothing more."""
    return index.unique and index.valid and not index.is_textual and not index.include


def _is_unfinished(index: Index, unique: Unique) -> bool:
    """Whether an index was begun, and never finished, to keep these columns unique."""
    return index.unique and not index.valid and index.parts == unique.columns


def _as_unique(index: Index) -> Unique:
    return Unique(index.name, index.columns, index.nulls_distinct, origin=index)


def _folded_columns(equality: Equality) -> Callable[[Unique], tuple[str, ...]]:
    return lambda key: tuple(equality.fold(name) for name in key.columns)


def _indexes(live: Table, declared: Table, equality: Equality) -> Iterator[Change]:
    wanted = _all_uniques(declared)
    theirs = [
        index
        for index in live.indexes
        if not _is_unique(index) and not any(_is_unfinished(index, one) for one in wanted)
    ]
    for ours in declared.indexes:
        if _is_unique(ours):
            continue
        same = next((index for index in theirs if _same_index(index, ours, equality)), None)
        if same is not None:
            theirs.remove(same)
            if not same.valid:
                yield _keyed("index", "valid", declared, ours, same)
            continue
        named = next((index for index in theirs if index.name == ours.name), None)
        if named is None:
            yield _missing_index(declared, ours, certain=equality.certain or not theirs)
        else:
            theirs.remove(named)
            change = _keyed("index", "definition", declared, ours, named)
            yield replace(change, certain=equality.certain or not ours.is_textual)
    for index in theirs:
        if not index.implicit:
            yield _keyed("index", EXTRA, declared, None, index)


def _same_index(live: Index, declared: Index, equality: Equality) -> bool:
    return (
        live.unique == declared.unique
        and live.include == declared.include
        and live.nulls_distinct == declared.nulls_distinct
        and equality.same_method(live.method, declared.method)
        and len(live.parts) == len(declared.parts)
        and all(
            one == other or equality.same_expression(one, other)
            for one, other in zip(live.parts, declared.parts, strict=True)
        )
        and (live.predicate is None) == (declared.predicate is None)
        and (
            live.predicate is None
            or declared.predicate is None
            or equality.same_expression(live.predicate, declared.predicate)
        )
    )


def _missing_index(table: Table, index: Index, *, certain: bool) -> Change:
    """An index that was not found; one with expressions may still be there in other words."""
    change = _keyed("index", MISSING, table, index, None)
    return replace(change, certain=certain or not index.is_textual)


def _checks(live: Table, declared: Table, equality: Equality) -> Iterator[Change]:
    theirs = list(live.checks)
    unmatched: list[Check] = []
    for ours in declared.checks:
        same = next((c for c in theirs if equality.same_expression(c.text, ours.text)), None)
        if same is None:
            unmatched.append(ours)
        else:
            theirs.remove(same)
            if not same.valid:
                yield Change("check", "valid", declared.key, same.name, ours.columns, ours, same)
    for ours in unmatched:
        certain = equality.certain or not theirs
        named = next((c for c in theirs if c.name is not None and c.name == ours.name), None)
        if named is not None and certain:
            theirs.remove(named)
        difference = MISSING if named is None else "expression"
        yield Change(
            "check", difference, declared.key, ours.name, ours.columns, ours, named, certain
        )
    for check in theirs:
        if check.implicit:
            continue
        yield Change(
            "check",
            EXTRA,
            declared.key,
            check.name,
            check.columns,
            live=check,
            certain=equality.certain or not unmatched,
        )


def _exclusions(live: Table, declared: Table) -> Iterator[Change]:
    """Exclusion constraints are told apart by name and number; their text is not compared."""
    names = {check.name for check in live.exclusions}
    unnamed = len(live.exclusions) - sum(c.name in names for c in declared.exclusions)
    for ours in declared.exclusions:
        if ours.name in names:
            continue
        if unnamed > 0 and ours.name is None:
            unnamed -= 1
        else:
            yield Change("check", MISSING, declared.key, ours.name, ours.columns, ours)
    if len(live.exclusions) > len(declared.exclusions):
        ours_all = {check.name for check in declared.exclusions}
        for theirs in live.exclusions:
            if theirs.name not in ours_all:
                yield Change("check", EXTRA, declared.key, theirs.name, theirs.columns, live=theirs)


def _keyed(
    kind: Kind,
    difference: str,
    table: Table,
    ours: ForeignKey | Unique | Index | None,
    theirs: ForeignKey | Unique | Index | None,
) -> Change:
    shown = ours if ours is not None else theirs
    assert shown is not None
    return Change(kind, difference, table.key, shown.name, shown.columns, ours, theirs)


def _match(
    live: Sequence[Item], declared: Sequence[Item], structure: Callable[[Item], object]
) -> tuple[list[tuple[Item, Item]], list[Item], list[Item]]:
    """Pairs of the same structure, and what is left on either side (declared, live)."""
    left: dict[object, list[Item]] = {}
    for item in live:
        left.setdefault(structure(item), []).append(item)
    pairs: list[tuple[Item, Item]] = []
    missing: list[Item] = []
    for item in declared:
        same = left.get(structure(item))
        if same:
            pairs.append((same.pop(0), item))
        else:
            missing.append(item)
    return pairs, missing, [item for items in left.values() for item in items]


def keys_in_doubt(changes: Iterable[Change]) -> list[Key]:
    """The tables of which something was not certain."""
    return list(dict.fromkeys(c.key for c in changes if not c.certain and c.kind != "sequence"))
