"""Models in a line, for tests about what becomes of several tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Index, Integer, MetaData, Table
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ColumnElement

COMPRESSED = {"mysql_row_format": "COMPRESSED"}
"""Options of a table that MySQL and MariaDB cannot be asked about, so that what they say to a new
column or to the table itself is known when it is applied.
"""
NEVER = {"mysql_partition_by": "HASH (no_such_function)"}
"""Options of a table that MySQL and MariaDB never make, and cannot be asked about."""


class Unforeseen(ColumnElement[bool]):
    """A condition about a column that no database takes, and that none rejects when it is asked: in
    a table with the options COMPRESSED, that is, or a new one with the options NEVER.
    """

    inherit_cache = False
    type = sa.Boolean()

    def __init__(self, column: str, *, new: bool = False) -> None:
        self.column = column
        self.new = new


@compiles(Unforeseen)
def _unforeseen(element: Unforeseen, compiler: Any, **kw: Any) -> str:
    return f"no_such_function({compiler.preparer.quote(element.column)}) = 1"


@compiles(Unforeseen, "mysql")
@compiles(Unforeseen, "mariadb")
def _unforeseen_function(element: Unforeseen, compiler: Any, **kw: Any) -> str:
    # MySQL looks for functions first, also in a temporary table
    name = compiler.preparer.quote(element.column)
    return f"{name} = 1" if element.new else _unforeseen(element, compiler)


@compiles(Unforeseen, "postgresql")
def _unforeseen_relation(element: Unforeseen, compiler: Any, **kw: Any) -> str:
    # it may come with another table of the plan
    name = compiler.preparer.quote(element.column)
    return f"{name} > CAST(CAST('no_such_function' AS regclass) AS oid)"


def made(*tables: tuple[Any, ...], **options: Any) -> MetaData:
    """Tables, each a name and columns, with a primary key ``id`` unless a column is another one.

    All of them have the same options.
    """
    metadata = MetaData()
    for name, *items in tables:
        own = any(item.primary_key for item in items if isinstance(item, Column))
        key = [] if own else [Column("id", Integer, primary_key=True)]
        Table(name, metadata, *key, *items, **options)
    return metadata


def attach(index: Index, table: Table) -> None:
    """Make an index one of the table's, also if it is of text alone."""
    if index.table is None:
        table.append_constraint(index)
