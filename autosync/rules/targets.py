"""Targets that a foreign key may have: unique columns or, on some databases, others."""

from __future__ import annotations

from collections.abc import Callable

from autosync.facts import Facts
from autosync.schema import ForeignKey, Key, PrimaryKey, Table, Unique

Columns = tuple[str, ...]


def is_allowed(key: ForeignKey, facts: Facts) -> bool:
    """Whether the database lets a key point at these columns, as they are or will be."""
    return is_unique(key, facts) or _is_enough(key, facts)


def is_unique(key: ForeignKey, facts: Facts) -> bool:
    """Whether the columns that a key points at are, or will be, unique together."""
    return any(_fits(key, one, facts) for one in _of(key.target, facts, _keys_of))


def needs_more(key: ForeignKey, facts: Facts) -> bool:
    """Whether a key needs an index or a constraint on its target that is not there yet."""
    live = facts.live.tables.get(key.target)
    if live is not None and any(_fits(key, one, facts) for one in _keys_of(live)):
        return False
    return not _is_enough(key, facts)


def _fits(key: ForeignKey, columns: Columns, facts: Facts) -> bool:
    wanted, there = (tuple(map(facts.dialect.fold, one)) for one in (key.target_columns, columns))
    return wanted == there if facts.dialect.wants_target_in_order else set(wanted) == set(there)


def _is_enough(key: ForeignKey, facts: Facts) -> bool:
    """Whether the target needs not be unique, where the database wants an index at most."""
    if facts.target_rule == "any":
        return True
    length = len(key.target_columns)
    return facts.target_rule == "index" and any(
        _fits(key, columns[:length], facts) for columns in _of(key.target, facts, _indexes_of)
    )


def _of(key: Key, facts: Facts, columns_of: Callable[[Table], list[Columns]]) -> list[Columns]:
    """These columns of a table as it is, and those that are declared of new columns."""
    declared, live = facts.declared.tables.get(key), facts.live.tables.get(key)
    found = [] if live is None else columns_of(live)
    if declared is not None:
        found += [columns for columns in columns_of(declared) if facts.is_new(key, columns)]
    return found


def _keys_of(table: Table) -> list[Columns]:
    """The columns that are unique together, whatever the rows."""
    indexes = [
        index.columns
        for index in table.indexes
        if index.unique and index.valid and not index.predicate and index.parts == index.columns
    ]
    constraints: list[PrimaryKey | Unique] = [table.primary_key, *table.uniques]
    firm = [one.columns for one in constraints if not (one.deferrable or one.temporal)]
    return [columns for columns in [*firm, *indexes] if columns]


def _indexes_of(table: Table) -> list[Columns]:
    """The columns of what a row can be found by; a foreign key has an index of its own."""
    indexes = [index.columns for index in table.indexes if index.parts == index.columns]
    return [*_keys_of(table), *indexes, *(key.columns for key in table.foreign_keys)]
