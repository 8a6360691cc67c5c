"""Statements that go into a revision as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from autosync.changes import Change
from autosync.dialects import dialect_for
from autosync.dialects.base import Dialect
from autosync.schema import FETCHED, Key

COMMENT = "--"


def statements(remedy: str) -> Iterator[str]:
    """The statements of a remedy, without its comments."""
    lines = [line for line in remedy.splitlines() if not line.startswith(COMMENT)]
    for text in "\n".join(lines).split(";\n"):
        bare = text.strip().removesuffix(";")
        if bare:
            yield bare


def fill(column: sa.Column[Any], dialect: Dialect) -> str:
    """What gives the rows a value, which is still to be said."""
    update = sa.update(column.table).values({column: sa.literal_column("...")})
    text = dialect.compiler.sql(update.where(column.is_(None)))
    return " ".join(text.split())


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


def has_computed(connection: Connection, key: Key) -> bool:
    """Whether a table that is there has computed columns."""
    table = dialect_for(connection).read(connection, {key}).tables.get(key)
    return table is not None and any(one.computed is not None for one in table.columns.values())
