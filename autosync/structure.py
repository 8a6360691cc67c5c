"""Keys, constraints and indexes: the same is what does the same, whatever it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any, TypeVar

from autosync.changes import EXTRA, MISSING, TWICE, Change
from autosync.equality import Equality
from autosync.naming import Named, namesake, other_names
from autosync.schema import Check, ForeignKey, Index, Kind, PrimaryKey, Table, Unique
from autosync.twins import superfluous

Item = TypeVar("Item", bound=Named)
KEY_ASPECTS = ("on_delete", "on_update", "match", "deferrable", "deferred", "temporal")


def compare_structure(live: Table, declared: Table, equality: Equality) -> Iterator[Change]:
    """The differences between the keys, constraints and indexes of one table."""
    for kind, changes in _differences(live, declared, equality):
        for change in changes:
            if kind not in live.unread:
                yield change
            elif change.declared is not None:
                on_new_columns = bool(set(change.columns) - set(live.columns))
                yield replace(change, certain=on_new_columns, live=None)


def _differences(
    live: Table, declared: Table, equality: Equality
) -> Iterator[tuple[Kind, Iterator[Change]]]:
    """What differs, by kind; what is the same word by word, as most is, is not looked at."""
    yield "primary_key", _primary_key(live, declared, equality)
    if not _are_twins(live.foreign_keys, declared.foreign_keys):
        yield "foreign_key", _foreign_keys(live, declared, equality)
    if not (
        _are_twins(live.uniques, declared.uniques)
        and _are_twins([i for i in live.indexes if i.unique or not i.implicit], declared.indexes)
    ):
        yield from _indexed(live, declared, equality)
    if not _are_twins(live.checks, declared.checks):
        yield "check", _checks(live, declared, equality)
    if not _are_twins(live.exclusions, declared.exclusions):
        yield "check", _exclusions(live, declared, equality)


def _indexed(
    live: Table, declared: Table, equality: Equality
) -> Iterator[tuple[Kind, Iterator[Change]]]:
    """The differences of unique constraints and indexes."""
    recast = _recast(live, declared, equality)
    yield "index", (_redefined(declared, ours, theirs, equality) for theirs, ours in recast)
    rest = live._replace(indexes=_without(live.indexes, [one for one, _ in recast]))
    declared = declared._replace(indexes=_without(declared.indexes, [one for _, one in recast]))
    uniques = list(_uniques(rest, declared, equality))
    indexes = list(_indexes(rest, declared, equality))
    extra = [_own(change) for change in (*uniques, *indexes) if change.difference == EXTRA]
    twice = superfluous(live, extra)
    yield "unique", _with_twins(uniques, twice)
    yield "index", _with_twins(indexes, twice)


def _own(change: Change) -> Index | Unique:
    """The live index or constraint that is extra."""
    own: Index | Unique = change.live
    return own.origin if isinstance(own.origin, Index) else own


def _with_twins(changes: Iterable[Change], twice: Sequence[Index | Unique]) -> Iterator[Change]:
    """The changes, with those of what is there twice as such; what the database has made for a key
    is no difference.
    """
    for change in changes:
        if change.difference != EXTRA:
            yield change
            continue
        own = _own(change)
        if any(own is one for one in twice):
            kind: Kind = "index" if isinstance(own, Index) else "unique"
            yield replace(change, kind=kind, difference=TWICE, live=own)
        elif not (change.kind == "index" and change.live.implicit):
            yield change


def _are_twins(live: Sequence[Any], declared: Sequence[Any]) -> bool:
    """Whether both sides have the same, word by word, in any order.

    A name counts where both have one.
    """
    if len(live) != len(declared):
        return False
    names = {item[1:-1]: item.name for item in live}
    for item in declared:
        if item[1:-1] not in names:
            return False
        name = names.pop(item[1:-1])
        if name != item.name and None not in (name, item.name):
            return False
    return True


def _primary_key(live: Table, declared: Table, equality: Equality) -> Iterator[Change]:
    ours, theirs = declared.primary_key, live.primary_key
    if ours.columns == theirs.columns or [*map(equality.fold, ours.columns)] == [
        *map(equality.fold, theirs.columns)
    ]:
        for aspect in ("deferrable", "temporal") if ours.columns else ():
            if getattr(theirs, aspect) != getattr(ours, aspect):
                yield Change(
                    "primary_key", aspect, declared.key, ours.name, ours.columns, ours, theirs
                )
        yield from other_names("primary_key", declared, [(theirs, ours)], equality)
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
        for aspect in KEY_ASPECTS:
            if getattr(theirs, aspect) != getattr(ours, aspect):
                yield _keyed("foreign_key", aspect, declared, ours, theirs)
        if _standing(theirs) != "kept":
            yield _keyed("foreign_key", _standing(theirs), declared, ours, theirs)
    yield from other_names("foreign_key", declared, pairs, equality)
    for ours in missing:
        other = _counterpart(ours, extra)
        if other is None:
            yield _keyed("foreign_key", MISSING, declared, ours, None)
        else:
            extra.remove(other)
            aspect = "target" if other.columns == ours.columns else "columns"
            yield _keyed("foreign_key", aspect, declared, ours, other)
    for theirs in extra:
        yield _keyed("foreign_key", EXTRA, declared, None, theirs)


def _standing(live: ForeignKey | Check) -> str:
    """Whether a live constraint is kept; or the aspect in which it is not.

    The database has not validated what it does not enforce, and cannot.
    """
    if not live.enforced:
        return "enforced"
    return "kept" if live.valid else "valid"


def _counterpart(ours: ForeignKey, extra: list[ForeignKey]) -> ForeignKey | None:
    """The live key in the place of a declared one: of its columns, or else of its name."""
    alike = [key for key in extra if key.columns == ours.columns]
    alike += [key for key in extra if key.name is not None and key.name == ours.name]
    return alike[0] if alike else None


def _reference(key: ForeignKey, equality: Equality) -> tuple[object, ...]:
    columns, targets = map(equality.fold, key.columns), map(equality.fold, key.target_columns)
    # a target that was not read, or that does not fit, has fewer columns
    return frozenset(zip_longest(columns, targets)), key.target


def _uniques(live: Table, declared: Table, equality: Equality) -> Iterator[Change]:
    """Unique constraints and plain unique indexes, which count as each other."""
    pairs, missing, extra = _match(
        _all_uniques(live), _all_uniques(declared), _folded_columns(equality)
    )
    missing = [one for one in missing if not _is_kept_by_key(one, live.primary_key, equality)]
    missing = _wanted_once(pairs, missing, equality)
    for theirs, ours in pairs:
        for aspect in ("nulls_distinct", "deferrable", "deferred", "temporal"):
            if getattr(theirs, aspect) != getattr(ours, aspect):
                yield _otherwise(aspect, declared, ours, theirs)
        if isinstance(theirs.origin, Index) and not theirs.origin.visible:
            yield _keyed("index", "visible", declared, ours, theirs.origin)
    yield from other_names("unique", declared, pairs, equality)
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
            yield _otherwise("columns", declared, ours, other)
    for theirs in extra:
        yield _keyed("unique", EXTRA, declared, None, theirs)


def _wanted_once(
    pairs: Sequence[tuple[Unique, Unique]], missing: Sequence[Unique], equality: Equality
) -> list[Unique]:
    """The missing ones, without constraints that say the same: some databases make one of them."""
    structure = _folded_columns(equality)
    said = {structure(ours) for _, ours in pairs if not isinstance(ours.origin, Index)}
    wanted = []
    for ours in missing:
        is_index = isinstance(ours.origin, Index)
        if is_index or structure(ours) not in said:
            wanted.append(ours)
        if not is_index:
            said.add(structure(ours))
    return wanted


def _is_kept_by_key(unique: Unique, key: PrimaryKey, equality: Equality) -> bool:
    """Whether the primary key keeps these columns unique; some databases then make nothing more."""
    if unique.deferrable or key.deferrable or not key.columns:
        return False
    return [*map(equality.fold, unique.columns)] == [*map(equality.fold, key.columns)]


def _otherwise(aspect: str, table: Table, ours: Unique, theirs: Unique) -> Change:
    """What is unique on both sides, but not in the same way; two indexes are compared as such."""
    if isinstance(ours.origin, Index) and isinstance(theirs.origin, Index):
        return _keyed("index", "definition", table, ours.origin, theirs.origin)
    return _keyed("unique", aspect, table, ours, theirs)


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


def _recast(live: Table, declared: Table, equality: Equality) -> list[tuple[Index, Index]]:
    """(live, declared) indexes of one name, only one of which does what a unique constraint does.

    An index that serves under another name, or another declaration, is none of them.
    """
    named = {index.name: index for index in live.indexes if index.valid}
    pairs = [
        (named[ours.name], ours)
        for ours in declared.indexes
        if ours.name in named and _is_unique(ours) != _is_unique(named[ours.name])
    ]
    if not pairs:
        return []
    structure = _folded_columns(equality)
    there, wanted = (set(map(structure, _all_uniques(side))) for side in (live, declared))
    return [
        (theirs, ours)
        for theirs, ours in pairs
        if (
            structure(_as_unique(ours)) not in there
            if _is_unique(ours)
            else structure(_as_unique(theirs)) not in wanted
            and not any(_same_index(one, ours, live, equality) for one in live.indexes)
        )
    ]


def _without(indexes: Sequence[Index], taken: Sequence[Index]) -> list[Index]:
    return [index for index in indexes if not any(index is one for one in taken)]


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
        alike = (index for index in theirs if _same_index(index, ours, live, equality))
        same = namesake(alike, ours)
        if same is not None:
            theirs.remove(same)
            if not same.valid:
                yield _keyed("index", "valid", declared, ours, same)
            elif not same.visible:
                yield _keyed("index", "visible", declared, ours, same)
            yield from other_names("index", declared, [(same, ours)], equality)
            continue
        named = next((index for index in theirs if index.name == ours.name), None)
        if named is None:
            others = theirs or (ours.unique and _all_uniques(live))
            yield _missing_index(declared, ours, certain=equality.certain or not others)
        else:
            theirs.remove(named)
            yield _redefined(declared, ours, named, equality)
    for index in theirs:
        yield _keyed("index", EXTRA, declared, None, index)


def _redefined(table: Table, ours: Index, theirs: Index, equality: Equality) -> Change:
    """An index that is another one; with expressions, it may be the same in other words."""
    change = _keyed("index", "definition", table, ours, theirs)
    return replace(change, certain=equality.certain or not ours.is_textual)


def _same_index(live: Index, declared: Index, table: Table, equality: Equality) -> bool:
    def same(part: str, other: str) -> bool:
        if live.unique:
            return part == other or equality.same_expression(part, other)
        return equality.same_part(table, part, other)

    return (
        live.unique == declared.unique
        and live.include == declared.include
        and live.nulls_distinct == declared.nulls_distinct
        and live.method == declared.method
        and len(live.parts) == len(declared.parts)
        and all(map(same, live.parts, declared.parts))
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
    names = {check.name for check in declared.checks}
    # one without a name must not take what another has the name of, nor what a type brings
    theirs = sorted(live.checks, key=lambda check: (check.implicit, check.name in names))
    unmatched: list[Check] = []
    for ours in declared.checks:
        alike = (c for c in theirs if equality.same_expression(c.text, ours.text))
        same = namesake(alike, ours)
        if same is None:
            unmatched.append(ours)
        else:
            theirs.remove(same)
            if _standing(same) != "kept":
                aspect = _standing(same)
                yield Change("check", aspect, declared.key, same.name, ours.columns, ours, same)
            yield from other_names("check", declared, [(same, ours)], equality)
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


def _exclusions(live: Table, declared: Table, equality: Equality) -> Iterator[Change]:
    """Exclusion constraints, which are compared as checks are."""
    return _checks(
        live._replace(checks=live.exclusions),
        declared._replace(checks=declared.exclusions),
        equality,
    )


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
            other = namesake(same, item) or same[0]
            same.remove(other)
            pairs.append((other, item))
        else:
            missing.append(item)
    return pairs, missing, [item for items in left.values() for item in items]
