"""(live, declared) -> changes. Pure: no SQL, no connection.

Two texts that an :class:`Equality` does not take for equal make a change that is not yet certain;
the server is asked about those (``settle.py``) before anything is said of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from autosync.changes import EXTRA, MISSING, MORE, Change
from autosync.equality import Equality
from autosync.schema import (
    FETCHED,
    Column,
    Columns,
    Definition,
    Enum,
    Key,
    PrimaryKey,
    Schema,
    Table,
    View,
)
from autosync.structure import compare_structure

Same = set[tuple[Definition | None, Definition]]
"""Live and declared definitions that do not differ: most columns are alike."""

BOOKKEEPING = {"alembic_version", "migrate_version"}
"""Tables in which migration tools keep their version; they are nobody's difference."""


def compare(live: Schema, declared: Schema, equality: Equality) -> list[Change]:
    """Every difference: by table, and within a table in the order of the models."""
    changes = [
        *_enums(live, declared),
        *_sequences(live, declared),
        *_tables(live, declared, equality),
        *_views(live, declared, equality),
    ]
    return sorted(changes, key=lambda change: change.place)


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


def _views(live: Schema, declared: Schema, equality: Equality) -> Iterator[Change]:
    for key, view in declared.views.items():
        existing = live.tables.get(key)
        if existing is None:
            yield Change("view", MISSING, key, declared=view)
        elif existing.kind != view.kind:
            yield Change("view", "kind", key, declared=view, live=existing)
        else:
            yield from compare_view(live.views.get(key, View(key, Columns({}))), view, equality)


def compare_view(live: View, declared: View, equality: Equality) -> Iterator[Change]:
    """The difference of two views, if there is one."""
    if not equality.same_view(live, declared):
        known = None not in (live.definition, declared.definition)
        certain = equality.certain and known
        yield Change("view", "definition", declared.key, None, (), declared, live, certain)


def _tables(live: Schema, declared: Schema, equality: Equality) -> Iterator[Change]:
    same: Same = set()
    for key, table in declared.tables.items():
        existing = live.tables.get(key)
        if existing is None:
            yield Change("table", MISSING, key, declared=table)
        elif existing.kind != "table":
            yield Change("table", "kind", key, declared=table, live=existing)
        else:
            yield from compare_table(existing, table, equality, same)
    for key, kind in live.others.items():
        if kind == "table" and key[1] not in BOOKKEEPING:
            yield Change("table", EXTRA, key)
    if live.has_more:
        yield Change("table", MORE, (None, "..."))


def compare_table(
    live: Table, declared: Table, equality: Equality, same: Same | None = None
) -> Iterator[Change]:
    """The differences of one table that exists.

    ``same`` keeps what was found to be, for the other tables of the same comparison.
    """
    live = _without_generated_key(live, declared)
    changes = chain(
        _columns(live, declared, equality, set() if same is None else same),
        compare_structure(live, declared, equality),
    )
    yield from _with_unrendered(changes, live, declared) if declared.unrendered else changes
    if not _has_options(live, declared):
        yield Change("table", "options", declared.key, declared=declared, live=live)
    if live.comment != declared.comment and not equality.same_comment(
        live.comment, declared.comment
    ):
        yield Change("table", "comment", declared.key, declared=declared, live=live)


def _without_generated_key(live: Table, declared: Table) -> Table:
    """A live table without the key that the server has given it because the models give it none.

    Such a key numbers itself, and no SELECT shows it that does not name it.
    """
    names = live.primary_key.columns
    if len(names) != 1 or declared.primary_key.columns or names[0] in declared.columns:
        return live
    column = live.columns[names[0]]
    if not (column.invisible and column.autoincrement):
        return live
    kept = {name: one for name, one in live.columns.definitions.items() if name != column.name}
    return live._replace(columns=Columns(kept), primary_key=PrimaryKey())


def _with_unrendered(changes: Iterable[Change], live: Table, declared: Table) -> Iterator[Change]:
    """The differences with those of what has no text, which the database may still have."""
    known = {(one.kind, one.name) for one in declared.unrendered}
    for change in changes:
        if change.difference != EXTRA or (change.kind, change.name) not in known:
            yield change
    for one in declared.unrendered:
        is_new = any(name not in live.columns for name in one.columns)
        difference = MISSING if is_new else "unrendered"
        yield Change(one.kind, difference, declared.key, one.name, one.columns, declared=one)


def _has_options(live: Table, declared: Table) -> bool:
    options = declared.options
    return live.options == options or all(
        live.options.get(name) == value for name, value in options.items()
    )


def _columns(live: Table, declared: Table, equality: Equality, same: Same) -> Iterator[Change]:
    theirs, ours = live.columns.definitions, declared.columns.definitions
    names = {} if theirs.keys() == ours.keys() else _live_names(theirs, ours, equality)
    doubtful = [
        name
        for name, definition in ours.items()
        if (theirs.get(names.get(name, name)), definition) not in same
    ]
    for name in doubtful:
        there, column = names.get(name, name), declared.columns[name]
        if there not in theirs:
            yield Change("column", MISSING, declared.key, name, (name,), declared=column)
            continue
        other = live.columns[there]
        aspects = list(_aspects(other, column, equality))
        if not aspects:
            same.add((theirs[there], ours[name]))
        for aspect, certain in aspects:
            if aspect == "nullable" and _is_key(other, name, live, declared, equality):
                continue
            yield Change("column", aspect, declared.key, name, (name,), column, other, certain)
    known = {names.get(name, name) for name in ours}
    for name in theirs:
        if name not in known:
            column = live.columns[name]
            yield Change("column", EXTRA, declared.key, name, (name,), live=column)


def _is_key(other: Column, name: str, live: Table, declared: Table, equality: Equality) -> bool:
    """Whether it means nothing for a column on which side NULL is allowed: it is of the key."""
    if other.name not in live.primary_key.columns:
        return False
    is_declared_so = name in declared.primary_key.columns
    return other.nullable or (is_declared_so and equality.key_forbids_null(live, other))


def _live_names(
    live: Mapping[str, Any], declared: Mapping[str, Any], equality: Equality
) -> dict[str, str]:
    """The names of declared columns that the database spells in another way."""
    folded = {equality.fold(name): name for name in live}
    wanted = {name: equality.fold(name) for name in declared}
    return {name: folded[fold] for name, fold in wanted.items() if fold in folded}


def _aspects(live: Column, declared: Column, equality: Equality) -> Iterator[tuple[str, bool]]:
    """The names of the aspects in which two columns differ, and whether that is certain."""
    if not equality.same_type(live, declared):
        yield "type", equality.certain
    if live.nullable != declared.nullable:
        yield "nullable", True
    elif live.not_valid is not None and not declared.nullable:
        yield "valid", True
    yield from _generation(live, declared, equality)
    inherited = live.collation_inherited and declared.collation is None
    if not inherited and not equality.same_collation(live.collation, declared.collation):
        yield "collation", equality.certain
    if live.invisible:
        yield "invisible", True
    if live.is_unfinished:
        yield "unfinished", True
    elif live.comment != declared.comment and not equality.same_comment(
        live.comment, declared.comment
    ):
        yield "comment", True


def _generation(live: Column, declared: Column, equality: Equality) -> Iterator[tuple[str, bool]]:
    """Where a value comes from when none is given: default, identity, computed."""
    if live.computed is not None or declared.computed is not None:
        yield from _computed(live, declared, equality)
    elif live.identity != declared.identity and not (
        # a column that numbers itself may do so as an identity that takes given values, too
        declared.identity is None
        and declared.autoincrement
        and not (live.identity or "").startswith("ALWAYS")
    ):
        yield "identity", True
    elif declared.autoincrement:
        if not live.autoincrement:
            yield "autoincrement", True
    elif declared.default != FETCHED and declared.identity is None:
        yield from _default(live, declared, equality)


def _computed(live: Column, declared: Column, equality: Equality) -> Iterator[tuple[str, bool]]:
    stored = {live.stored, declared.stored} - {None}
    if live.computed is None or declared.computed is None or len(stored) > 1:
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


def keys_in_doubt(changes: Iterable[Change]) -> list[Key]:
    """The tables of which something was not certain."""
    doubtful = [c for c in changes if not c.certain and c.kind not in ("sequence", "view")]
    return list(dict.fromkeys(change.key for change in doubtful))
