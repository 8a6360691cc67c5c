"""Temporary copies of new tables, on which a server says whether it would take them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from autosync.schema import Column, Table

if TYPE_CHECKING:
    from autosync.dialects.base import Dialect

PROBE = "autosync_trial"
TEMPORARY = "TEMPORARY"


def statements(
    dialect: Dialect, table: Table, name: str, *prefixes: str, schema: str | None = None
) -> list[str]:
    """What would make a table of this name, and all that belongs to it except its foreign keys."""
    copied = _copied(table.origin, name, schema)
    copied._prefixes = list(prefixes)  # not UNLOGGED, say, which no temporary table can be
    return [dialect.compiler.sql(step.element) for step in dialect.create_table(copied, [])]


def _copied(table: sa.Table, name: str, schema: Any) -> sa.Table:
    copied = table.to_metadata(sa.MetaData(), schema=schema, name=name)
    for key in list(copied.foreign_key_constraints):
        copied.constraints.discard(key)
        copied.foreign_keys.difference_update(key.elements)
    for column in copied.columns:
        # as it is there: where the type's own schema is, and what a foreign key made of it
        column.type = table.columns[column.key].type
    for index in copied.indexes:
        for options in index.dialect_options.values():
            # what is built beside the traffic is not built in a transaction
            if "concurrently" in options:
                options["concurrently"] = False
    return copied


def is_plain(table: Table, is_own_type: Callable[[str], bool]) -> bool:
    """Whether a table has nothing that a server could object to: columns of the server's own types,
    with defaults that are sure to fit, and no expressions.
    """
    columns = all(_is_plain_column(column, is_own_type) for column in table.columns.values())
    textual = any(index.is_textual for index in table.indexes)
    return columns and not (textual or table.checks or table.exclusions)


def _is_plain_column(column: Column, is_own_type: Callable[[str], bool]) -> bool:
    if column.computed or column.collation or not is_own_type(column.type):
        return False
    return column.default is None or _fits(column.default, column.type.lower())


def _fits(default: str, type_: str) -> bool:
    """Whether a default is a small number for a number, or a short text for a text."""
    if SHORT_TEXT.fullmatch(default):
        sized = SIZED.fullmatch(type_)
        return bool(sized) and len(default) - 2 <= int(sized[1] if sized else 0)
    return bool(NUMBER.fullmatch(type_) and SMALL.fullmatch(default))


NUMBER = re.compile(r"(big|small|tiny)?int(eger)?(\(\d+\))?|float|double( precision)?|real")
SIZED = re.compile(r"(?:var)?char(?:acter)?(?: varying)?\((\d+)\)")
SMALL = re.compile(r"'?-?\d{1,2}'?")
SHORT_TEXT = re.compile(r"'[\w .,/:-]*'")
