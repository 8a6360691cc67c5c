"""Laws of the server, which hold whatever the rows are."""

from __future__ import annotations

from collections.abc import Iterator

from autosync.changes import MISSING, Change
from autosync.dialects.laws import Item
from autosync.facts import Facts
from autosync.remedy import advice
from autosync.rules.base import Finding, refuses
from autosync.rules.mending import add
from autosync.schema import Index, Table

CONSTRAINTS = ("foreign_key", "unique", "check", "index")


@refuses(
    "constraint-unsupported",
    ("table", MISSING),
    *((kind, MISSING) for kind in CONSTRAINTS),
    title="The database cannot add this constraint",
    consequence="The statement would fail.",
)
def constraint_unsupported(change: Change, facts: Facts) -> Finding | None:
    """SQLite adds a key only inside the definition of one new column, and with foreign_keys=ON only
    if the column has no default. PostgreSQL wants the partition key in whatever is unique in a
    partitioned table, has no index or key on a virtual column, and knows NULLS NOT DISTINCT since
    15. Of a database without a folder of its own nothing is known.
    """
    ground = facts.ground(change.key)
    for item in items(change):
        law = facts.dialect.law(item, ground)
        if law is not None:
            name = "" if change.kind != "table" else f"{described(item)}: "
            return Finding(f"{name}{law.reason}", advice(law.instead))
    if change.kind in ("table", "index") or change.key not in facts.live.tables:
        return None
    reason = _obstacle(change, facts)
    if reason is None:
        return None
    return Finding(reason, add(change, facts))


def items(change: Change) -> Iterator[Item]:
    """The constraints and indexes that a change brings along."""
    if change.kind != "table":
        yield change.declared
        return
    table: Table = change.declared
    yield table.primary_key
    for items in (table.foreign_keys, table.uniques, table.checks, table.indexes, table.exclusions):
        yield from items


def described(item: Item) -> str:
    """The name of a constraint or an index, or its columns."""
    columns = ", ".join(item.parts if isinstance(item, Index) else item.columns)
    return item.name or f"({columns})"


def _obstacle(change: Change, facts: Facts) -> str | None:
    """Why the database cannot add a constraint to an existing table, None if it can."""
    dialect = facts.dialect
    if not dialect.adds_constraints:
        return "it is not known whether this database can add a constraint to an existing table"
    if change.kind != "foreign_key" or not facts.is_new(change.key, change.columns):
        return None
    if len(change.columns) > 1 and not dialect.adds_composite_keys:
        return "a key of several columns cannot be added to an existing table"
    if dialect.adds_key_columns_with_default or not _has_default(change, facts):
        return None
    if facts.has_rows(change.key) is False:
        return None
    return "a column with a key and a default cannot be added to a table with rows"


def _has_default(change: Change, facts: Facts) -> bool:
    column = facts.declared.tables[change.key].columns[change.columns[0]]
    return column.default_when_added is not None
