"""Renames: those that the models tell of, and those that only look like one."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import takewhile

from autosync.changes import MISSING, Change
from autosync.facts import Facts
from autosync.hints import hint
from autosync.remedy import Instead, Remedy, Sql, Words
from autosync.rules.base import Finding, refuses
from autosync.schema import Column, Key, Table

RENAME_SIMILARITY = 0.6
SHORTEST_PART = 3
FEW_COLUMNS = 3
"""Up to how many columns may two tables have in common without being alike."""
LONGEST = 256
"""Letters of a name that is compared letter by letter; few databases take as many."""

NO_RENAME = Words('or, if it is new: info={"autosync": {"new": True}} in the models')

_LETTERS = re.compile(r"[^\W_]+")


@refuses(
    "renamed",
    ("table", MISSING),
    ("column", MISSING),
    title="The models say that it was renamed",
    consequence="A new, empty one would appear beside the one that holds the values.",
)
def renamed(change: Change, facts: Facts) -> Finding | None:
    """The table or the column has ``info={"autosync": {"renamed_from": "old"}}``, and the database
    still has the old one. Renaming is not done at start-up, because code that runs elsewhere may
    still use the old name. As soon as the old one is gone, the hint means nothing and may go too.
    """
    if change.kind == "table":
        old = _said_table(change.declared, facts)
    else:
        column = _said_column(change.declared, change.key, facts)
        old = None if column is None else column.name
    if old is None:
        return None
    return Finding(
        f"the models say that it was {old!r}, which the database still has",
        Remedy((_rename(change, old, facts),)),
        names=(old,),
    )


@refuses(
    "likely-rename",
    ("table", MISSING),
    ("column", MISSING),
    title="A new table or column looks like an old one renamed",
    consequence="A new, empty one would appear beside the one that holds the values.",
)
def likely_rename(change: Change, facts: Facts) -> Finding | None:
    """A column is missing, and the same table has another, of the same type, which the models lack
    (an orphan). It looks renamed if the names are similar: one contains the other (three letters
    or more), or six tenths of their letters agree in order, with the words of each name in any
    order. With unlike names it may be renamed if both stand in the same place, equally
    far behind the same column, and adding the column would not help anyway: the orphan is NOT
    NULL without a default, so that these models cannot insert, or both belong to the primary key.
    A place says little, so there is no statement to copy then. A column with a foreign key was
    none without one.

    A table is missing, and the database has another with the same columns (names and types) which
    the models lack. Up to three columns, the names of the tables have to be similar too. Where the
    database has more such tables than are listed (100), they are not looked at.

    Several candidates are all named, the best first: the most similar name, then the same
    nullability, then the same place. ``info={"autosync": {"new": True}}`` on the column or table
    says that it is no rename: it is then added. ``{"renamed_from": "old"}`` says that it is one.
    """
    if change.kind == "table":
        names = tuple(key[1] for key in _like_table(change.declared, facts))
        same = "with the same columns"
    else:
        names = tuple(one.name for one in like_column(change.declared, change.key, facts))
        same = "of the same type"
        if names and not _is_named_alike(names[0], change.declared.name):
            return _in_its_place(names)
    if not names:
        return None
    first, *others = (_rename(change, name, facts) for name in names)
    return Finding(
        f"the database has {_listed(names)} {same}, which the models lack",
        Remedy((first, *map(Instead, others), NO_RENAME)),
        names=names,
    )


def _in_its_place(names: tuple[str, ...]) -> Finding:
    """The finding on a column of which nothing but its place says that it was another."""
    return Finding(
        f"it may be {_listed(names)} renamed, which the models lack, and the database has in the "
        "same place, of the same type",
        Remedy(
            (
                Words(
                    f'if it was: info={{"autosync": {{"renamed_from": {names[0]!r}}}}} in the '
                    "models, which gives the statement"
                ),
                NO_RENAME,
            )
        ),
        names=names,
    )


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(map(repr, names))


def _rename(change: Change, old: str, facts: Facts) -> Sql:
    new, dialect = change.declared.origin, facts.dialect
    rename = dialect.rename_table if change.kind == "table" else dialect.rename_column
    return dialect.statement(rename(new, old))


# --- columns ------------------------------------------------------------------------------------


def is_claimed(orphan: Column, key: Key, facts: Facts) -> bool:
    """Whether a missing column was, or probably was, this live one."""
    missing = [
        column
        for column in facts.declared.tables[key].columns.values()
        if facts.is_new(key, (column.name,))
    ]
    return any(
        _said_column(one, key, facts) == orphan or orphan in like_column(one, key, facts)
        for one in missing
    )


def like_column(column: Column, key: Key, facts: Facts) -> list[Column]:
    """The orphans that a missing column probably was, the likeliest first.

    What is added behind the others changes nothing of it.
    """
    said = hint(column.origin)
    if said.new or said.renamed_from:
        return []
    ranked = [
        ((likeness, orphan.nullable == column.nullable, in_place), orphan)
        for orphan in _orphans(key, facts)
        if _is_of_one_kind(orphan, column, key, facts)
        for likeness in [_likeness(orphan.name, column.name)]
        for in_place in [_in_one_place(orphan, column, key, facts)]
        if likeness >= RENAME_SIMILARITY or (in_place and _is_needed(orphan, column, key, facts))
    ]
    return [orphan for _, orphan in sorted(ranked, key=lambda one: one[0], reverse=True)]


def _said_column(column: Column, key: Key, facts: Facts) -> Column | None:
    """The live column that a missing one was, as the models say."""
    old = hint(column.origin).renamed_from
    if old is None:
        return None
    fold = facts.dialect.fold
    live = facts.live.tables[key].columns.values()
    return next((one for one in live if fold(one.name) == fold(old)), None)


def _orphans(key: Key, facts: Facts) -> list[Column]:
    """The live columns that the models have not, and do not tell of."""
    fold = facts.dialect.fold
    declared = facts.declared.tables[key].columns
    kept = {fold(name) for name in declared}
    kept |= {fold(hint(column.origin).renamed_from or "") for column in declared.values()}
    return [one for one in facts.live.tables[key].columns.values() if fold(one.name) not in kept]


def _is_of_one_kind(orphan: Column, column: Column, key: Key, facts: Facts) -> bool:
    if (orphan.computed is None) != (column.computed is None):
        return False
    live, declared = facts.live.tables[key], facts.declared.tables[key]
    if _points(column, declared) and not _points(orphan, live) and "foreign_key" not in live.unread:
        return False
    return facts.dialect.same_type(orphan, column)


def _points(column: Column, table: Table) -> bool:
    """Whether a column is in a foreign key."""
    return any(column.name in one.columns for one in table.foreign_keys)


def _is_needed(orphan: Column, column: Column, key: Key, facts: Facts) -> bool:
    """Whether these models fail as long as the orphan is there under its name."""
    in_keys = [
        one.name in table.primary_key.columns
        for one, table in (
            (orphan, facts.live.tables[key]),
            (column, facts.declared.tables[key]),
        )
    ]
    return facts.is_required(orphan) or all(in_keys)


def _in_one_place(orphan: Column, column: Column, key: Key, facts: Facts) -> bool:
    """Whether both stand equally far behind the same column, or the beginning.

    What stands behind them is no evidence: whatever is added to the table, comes there.
    """
    theirs = _before(orphan, facts.live.tables[key], facts)
    ours = _before(column, facts.declared.tables[key], facts)
    shared = set(theirs) & set(ours)
    since = [list(takewhile(lambda one: one not in shared, names)) for names in (theirs, ours)]
    nearest = [names[len(some) :][:1] for names, some in zip((theirs, ours), since, strict=True)]
    return len(since[0]) == len(since[1]) and nearest[0] == nearest[1]


def _before(column: Column, table: Table, facts: Facts) -> list[str]:
    """The names of the columns before one, the nearest first."""
    fold = facts.dialect.fold
    names = [fold(name) for name in table.columns]
    return names[: names.index(fold(column.name))][::-1]


# --- tables -------------------------------------------------------------------------------------


def _said_table(table: Table, facts: Facts) -> str | None:
    """The live table that a missing one was, as the models say."""
    old = hint(table.origin).renamed_from
    if old is None:
        return None
    fold, schema = facts.dialect.fold_table, table.key[0]
    others = facts.live.others.items()
    there = [name for (where, name), kind in others if where == schema and kind == "table"]
    unlisted = facts.unlisted((schema, old))
    if unlisted is not None and unlisted.kind == "table":
        there.append(unlisted.key[1])
    return next((name for name in there if fold(name) == fold(old)), None)


def _like_table(table: Table, facts: Facts) -> list[Key]:
    """The extra tables that a missing one probably was, the likeliest first."""
    said = hint(table.origin)
    if said.new or said.renamed_from:
        return []
    extras = facts.extra_tables()
    ranked = [
        (likeness, key)
        for key, other in extras.items()
        if key[0] == table.key[0] and _have_one_shape(other, table, facts)
        for likeness in [_likeness(key[1], table.key[1])]
        if likeness >= RENAME_SIMILARITY or len(table.columns) > FEW_COLUMNS
    ]
    told = {hint(one.origin).renamed_from for one in facts.declared.tables.values()}
    best_first = sorted(ranked, key=lambda one: one[0], reverse=True)
    return [key for _, key in best_first if key[1] not in told]


def _have_one_shape(live: Table, declared: Table, facts: Facts) -> bool:
    fold = facts.dialect.fold
    theirs = {fold(name): column for name, column in live.columns.items()}
    ours = {fold(name): column for name, column in declared.columns.items()}
    return theirs.keys() == ours.keys() and all(
        facts.dialect.same_type(theirs[name], column) for name, column in ours.items()
    )


# --- names --------------------------------------------------------------------------------------


def _is_named_alike(one: str, two: str) -> bool:
    return _likeness(one, two) >= RENAME_SIMILARITY


def _likeness(one: str, two: str) -> float:
    """How similar two names are, from 0 to 1."""
    one, two = one.lower(), two.lower()
    contained = min(len(one), len(two)) >= SHORTEST_PART and (one in two or two in one)
    likeness = max(_agreement(one, two), _agreement(_in_order(one), _in_order(two)))
    return max(likeness, RENAME_SIMILARITY) if contained else likeness


def _agreement(one: str, two: str) -> float:
    if max(len(one), len(two)) > LONGEST:
        return float(one == two)
    return SequenceMatcher(None, one, two).ratio()


def _in_order(name: str) -> str:
    return "_".join(sorted(_LETTERS.findall(name)))
