"""Believable rows for the tables of a release."""

import datetime
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

Rows = list[tuple[Any, ...]]
ROWS = 3
NOON = datetime.datetime(2024, 2, 29, 12, 0, 30)  # noqa: DTZ001 - the columns have no time zone


def insert_rows(
    connection: Connection, metadata: sa.MetaData, first: int = 1, last: int = ROWS
) -> None:
    """Insert rows number `first` to `last` into every table, parents before children.

    What may be NULL is NULL in every third row.
    """
    for table in metadata.sorted_tables:
        numbers = range(first, last + 1)
        rows = [make_row(table, n) for n in numbers if n == 1 or not is_single(table)]
        if rows:
            connection.execute(table.insert(), rows)


def is_single(table: sa.Table) -> bool:
    """Whether a check allows one row only, as in Optuna's version_info."""
    return any(isinstance(each, sa.CheckConstraint) for each in table.constraints)


def make_row(table: sa.Table, number: int) -> dict[str, Any]:
    """Return one row, with a value for every column."""
    return {column.name: make_value(column, number) for column in table.columns}


def make_value(column: sa.Column, number: int) -> Any:
    """Return what a column holds in row `number` of its table."""
    if number % 3 == 0 and column.nullable and not is_unique(column):
        return None
    for key in column.foreign_keys:
        return make_value(key.column, number)
    return sample(column, number)


def is_unique(column: sa.Column) -> bool:
    """Whether a constraint or an index keeps the values of a column apart."""
    table = column.table
    unique = [each for each in table.constraints if isinstance(each, sa.UniqueConstraint)]
    unique += [index for index in table.indexes if index.unique]
    return any(column.name in each.columns for each in unique)


def sample(column: sa.Column, number: int) -> Any:
    """Return a value of the column's type; no two numbers give the same, where types permit."""
    kind = column.type.impl if isinstance(column.type, sa.TypeDecorator) else column.type
    for type_, make in SAMPLES.items():
        if isinstance(kind, type_):
            return make(kind, column.name, number)
    raise TypeError(f"no sample of {column.type!r}")


SAMPLES: dict[type[Any], Callable[[Any, str, int], Any]] = {  # a Text and an Enum are Strings too
    sa.Boolean: lambda kind, name, number: number % 2 == 1,
    sa.Integer: lambda kind, name, number: number,
    sa.Float: lambda kind, name, number: number + 0.25,
    sa.DateTime: lambda kind, name, number: NOON + datetime.timedelta(days=number),
    sa.Date: lambda kind, name, number: NOON.date() + datetime.timedelta(days=number),
    sa.LargeBinary: lambda kind, name, number: bytes([0, number, 255]),
    sa.Enum: lambda kind, name, number: kind.enums[number % len(kind.enums)],
    sa.Text: lambda kind, name, number: f'{{"{name}": "№ {number}, it\'s 100%"}}',
    sa.String: lambda kind, name, number: f"{number}-é-{name}"[: kind.length],
}


def all_rows(connection: Connection, metadata: sa.MetaData) -> dict[str, Rows]:
    """Return the rows of every table, in the order of their keys."""
    return {table.name: table_rows(connection, table) for table in metadata.sorted_tables}


def table_rows(connection: Connection, table: sa.Table) -> Rows:
    query = sa.select(table).order_by(*table.primary_key.columns)
    return [tuple(row) for row in connection.execute(query)]
