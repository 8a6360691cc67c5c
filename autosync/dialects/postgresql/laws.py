"""Laws of PostgreSQL: for each one function, which says what it forbids."""

from __future__ import annotations

from autosync.dialects.laws import Ground, Item, Law
from autosync.dialects.postgresql import limits
from autosync.schema import Check, Index, PrimaryKey, Unique

VIRTUAL = (
    "Declare the column with Computed(..., persisted=True); or leave it out, for an index may have "
    "the expression itself in its place."
)


def against(item: Item, ground: Ground, version: int) -> Law | None:
    """The first law that forbids a constraint or an index on a server of this version."""
    laws = (_virtual(item, ground), _nulls(item, version), _partitioned(item, ground, version))
    return next((law for law in laws if law is not None), None)


def _virtual(item: Item, ground: Ground) -> Law | None:
    """Since 18 there are virtual columns, which nothing but a check can be on."""
    virtual = sorted(ground.virtual.intersection(_columns(item)))
    if not virtual or (isinstance(item, Check) and not _is_exclusion(item)):
        return None
    name = ", ".join(virtual)
    return Law(
        f"{name} is a virtual computed column, on which there can be no key or index", VIRTUAL
    )


def _nulls(item: Item, version: int) -> Law | None:
    if not isinstance(item, Unique | Index) or item.nulls_distinct:
        return None
    if version >= limits.NULLS_NOT_DISTINCT:
        return None
    return Law(
        f"PostgreSQL {version} does not know NULLS NOT DISTINCT, which came with "
        f"{limits.NULLS_NOT_DISTINCT}",
        "Make the columns NOT NULL, or the index one of coalesce(column, ...).",
    )


def _partitioned(item: Item, ground: Ground, version: int) -> Law | None:
    """A unique index is kept in each partition, so it must contain the partition key."""
    if not (ground.partition_key and _keeps_apart(item)):
        return None
    if _is_exclusion(item) and version < limits.PARTITIONED_EXCLUSIONS:
        return Law(
            f"a partitioned table of PostgreSQL {version} has no exclusion constraint, which came "
            f"with {limits.PARTITIONED_EXCLUSIONS}",
            "Put the constraint on each partition.",
        )
    if set(ground.partition_key) <= set(item.columns):
        return None
    key = ", ".join(ground.partition_key)
    return Law(
        f"on a partitioned table, what is unique has to contain the partition key ({key})",
        "In the models, make it unique together with the columns of that key; an expression in the "
        "key leaves nothing but a unique index on each partition.",
    )


def _columns(item: Item) -> tuple[str, ...]:
    return (*item.columns, *item.include) if isinstance(item, Index) else item.columns


def _keeps_apart(item: Item) -> bool:
    if isinstance(item, PrimaryKey):
        return bool(item.columns)
    return (
        isinstance(item, Unique) or _is_exclusion(item) or (isinstance(item, Index) and item.unique)
    )


def _is_exclusion(item: Item) -> bool:
    return isinstance(item, Check) and item.origin.__visit_name__ == "exclude_constraint"
