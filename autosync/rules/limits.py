"""Limits of the database, whatever the rows are."""

from __future__ import annotations

from autosync.changes import MISSING, Change
from autosync.dialects.laws import Item
from autosync.facts import Facts
from autosync.remedy import advice
from autosync.rules.base import Finding, refuses
from autosync.rules.capabilities import described, items
from autosync.schema import Check, Index


@refuses(
    "limit-exceeded",
    *((kind, MISSING) for kind in ("table", "column", "foreign_key", "unique", "index")),
    title="A limit of the database would be exceeded",
    consequence="The statement would fail.",
)
def limit_exceeded(change: Change, facts: Facts) -> Finding | None:
    """SQLite has at most 2,000 columns in a table, unless it was built or set otherwise: the
    connection is asked. PostgreSQL has 1,600, and those that were dropped count; and 32 in an index
    or a key. Of several new columns, the first that fit are added. MySQL and MariaDB are asked on
    an empty temporary copy of the table: whether a row would be too large, an index too long or one
    too many; and whether a primary key is demanded of every table.
    """
    most = facts.column_limit
    if change.kind == "column":
        return None if most is None else _too_many_columns(change, facts, most)
    wide = change.kind == "table" and most is not None and _too_wide(change, facts, most)
    return wide or _too_long(change, facts)


def _too_long(change: Change, facts: Facts) -> Finding | None:
    """Of an index or a key."""
    most = facts.dialect.most_indexed_columns
    sizes = {described(item): _size(item) for item in items(change)}
    name = max(sizes, key=sizes.__getitem__)
    if most is None or sizes[name] <= most:
        return None
    return Finding(
        f"{name} has {sizes[name]} columns, and the database takes {most}",
        advice("Leave out the columns that tell the least, or use several indexes."),
    )


def _size(item: Item) -> int:
    """How many columns the database keeps in an index for it."""
    if isinstance(item, Check):
        return 0
    return len(item.parts) + len(item.include) if isinstance(item, Index) else len(item.columns)


def _too_wide(change: Change, facts: Facts, most: int) -> Finding | None:
    size = len(change.declared.columns)
    if size <= most:
        return None
    return Finding(
        f"it has {size:,} columns, and the database takes {most:,}",
        advice("Divide it into several tables of one key."),
    )


def _too_many_columns(change: Change, facts: Facts, most: int) -> Finding | None:
    declared = facts.declared.tables[change.key].columns
    new = [name for name in declared if facts.is_absent(change.key, (name,))]
    live = facts.live.tables[change.key]
    there = len(live.columns) + live.dropped
    if there + new.index(change.declared.name) < most:
        return None
    dropped = f" ({live.dropped:,} of them were dropped, and count)" if live.dropped else ""
    return Finding(
        f"the table would have {there + len(new):,} columns{dropped}, and the database takes "
        f"{most:,}",
        advice("Give the new columns a table of their own, of the same key."),
    )
