"""What is more than the database takes, whatever the rows are."""

from __future__ import annotations

from autosync.changes import MISSING, Change
from autosync.facts import Facts
from autosync.remedy import advice
from autosync.rules.base import Finding, refuses


@refuses(
    "limit-exceeded",
    ("table", MISSING),
    ("column", MISSING),
    title="A limit of the database would be exceeded",
    consequence="The statement would fail.",
)
def limit_exceeded(change: Change, facts: Facts) -> Finding | None:
    """SQLite has at most 2,000 columns in a table, unless it was built or set otherwise: the
    connection is asked. Of several new columns, the first that fit are added. MySQL and MariaDB
    are asked on an empty temporary copy of the table: whether a row would be too large, an index
    too long or one too many; and whether a primary key is demanded of every table.
    """
    most = facts.column_limit
    if most is None:
        return None
    return (_too_wide if change.kind == "table" else _too_many_columns)(change, facts, most)


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
    there = len(facts.live.tables[change.key].columns)
    if there + new.index(change.declared.name) < most:
        return None
    return Finding(
        f"the table would have {there + len(new):,} columns, and the database takes {most:,}",
        advice("Give the new columns a table of their own, of the same key."),
    )
