"""The state of a database that decides how something is written."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from autosync.changes import Change
from autosync.dialects import dialect_for
from autosync.handover.readable import reflected
from autosync.schema import FETCHED, Key


def has_default(change: Change) -> bool:
    """Whether a new column has a server default that can be set."""
    default = change.declared.default
    return default not in (None, FETCHED) and default.upper() != "NULL"


def leaves_index(connection: Connection, change: Change) -> bool:
    """Whether a key has an index of its name, which the database made for it, and would keep."""
    if change.kind != "foreign_key":
        return False
    schema, table = change.key
    names = {one["name"] for one in sa.inspect(connection).get_indexes(table, schema=schema)}
    kept = {index.name for index in change.origin.table.indexes}
    return change.live.name in names - kept


def is_index(connection: Connection, change: Change) -> bool:
    """Whether what is there is an index, which may stand for a unique constraint."""
    if change.kind != "unique":
        return change.kind == "index"
    schema, table = change.key
    found = sa.inspect(connection).get_unique_constraints(table, schema=schema)
    return all(one["name"] != change.live.name for one in found)


def misread(connection: Connection, key: Key) -> set[str]:
    """The names by which SQLAlchemy takes constraints that have others; a table that is made anew
    would have these.
    """
    live = dialect_for(connection).read(connection, {key}).tables[key]
    items: tuple[Any, ...] = (*live.checks, *live.uniques, *live.foreign_keys, live.primary_key)
    seen = {str(one.name) for one in reflected(connection, key).constraints if one.name is not None}
    return seen - {item.name for item in items}


def sees(connection: Connection, key: Key, name: str) -> bool:
    """Whether SQLAlchemy sees a constraint under its name."""
    return any(constraint.name == name for constraint in reflected(connection, key).constraints)


def has_computed(connection: Connection, key: Key) -> bool:
    """Whether a table that is there has computed columns."""
    table = dialect_for(connection).read(connection, {key}).tables.get(key)
    return table is not None and any(one.computed is not None for one in table.columns.values())
