"""What the previous version of an application goes on doing while the new one starts."""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

FULL, BARE = 5, 6
"""The numbers of two rows: one with a value for every column, one with what it cannot do without.

Both are there at the same time, for a default that is unique lets in only one.
"""
VALUES: Mapping[type[Any], Callable[[int], Any]] = {
    bool: lambda number: number % 2 == 0,
    int: lambda number: number,
    float: lambda number: number + 0.5,
    decimal.Decimal: decimal.Decimal,
    str: str,
    bytes: lambda number: bytes([number]),
    datetime.date: lambda number: datetime.date(2024, 2, number),
    datetime.time: datetime.time,
    datetime.datetime: lambda number: datetime.datetime(2024, 2, number),  # noqa: DTZ001
    datetime.timedelta: lambda number: datetime.timedelta(days=number),
    dict: lambda number: {"number": number},
    list: lambda _number: [],
    uuid.UUID: lambda number: uuid.UUID(int=number),
}

Row = dict[str, Any]


class Broken(NamedTuple):
    """A statement of old code that failed, and why."""

    kind: str
    table: str
    message: str


def run_old_code(engine: Engine, models: sa.MetaData) -> list[Broken]:
    """INSERT, SELECT, UPDATE and DELETE rows of the models; what failed, of which nothing is left.

    Each statement is a transaction of its own. What the table held before is not touched.
    """
    broken: list[Broken] = []
    rows: dict[tuple[sa.Table, int], Row] = {}
    for table, number in _places(models):
        row = _row(table, number, rows)
        with _noted(broken, "INSERT", table), engine.begin() as connection:
            rows[table, number] = row | _insert(connection, table, row)
    for table in models.sorted_tables:
        with _noted(broken, "SELECT", table), engine.begin() as connection:
            connection.execute(sa.select(*table.columns)).all()
    for (table, _), row in rows.items():
        values = {table.c[name]: value for name, value in row.items()}
        with _noted(broken, "UPDATE", table), engine.begin() as connection:
            update = sa.update(table).where(*_is(table, row)).values(values)
            assert connection.execute(update).rowcount >= 0
    for (table, _), row in reversed(rows.items()):
        with _noted(broken, "DELETE", table), engine.begin() as connection:
            gone = connection.execute(sa.delete(table).where(*_is(table, row)))
            assert gone.rowcount == 1, f"{table.name} has lost a row"
    return broken


class _noted:  # noqa: N801 - reads as what it does
    """A block whose failing statement is noted, and goes no further."""

    def __init__(self, broken: list[Broken], kind: str, table: sa.Table) -> None:
        self.broken = broken
        self.kind = kind
        self.table = table

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: Any, error: Any, _traceback: Any) -> bool:
        if isinstance(error, DBAPIError):
            self.broken.append(Broken(self.kind, self.table.name, str(error.orig)))
            return True
        return False


def _places(models: sa.MetaData) -> Iterator[tuple[sa.Table, int]]:
    """The rows that are inserted: parents before children."""
    for table in models.sorted_tables:
        yield table, FULL
        yield table, BARE


def _row(table: sa.Table, number: int, rows: Mapping[tuple[sa.Table, int], Row]) -> Row:
    # without a key, nothing would tell a bare row from others
    bare = number == BARE and bool(table.primary_key.columns)
    given = [column for column in table.columns if _is_given(column, bare=bare)]
    return {column.name: _value(column, number, rows) for column in given}


def _is_given(column: sa.Column[Any], *, bare: bool) -> bool:
    """Whether an INSERT names the column."""
    if column.computed is not None or column.identity is not None:
        return False
    if column is column.table._autoincrement_column and not column.foreign_keys:
        return False
    return not bare or not (column.nullable or column.default or column.server_default)


def _value(column: sa.Column[Any], number: int, rows: Mapping[tuple[sa.Table, int], Row]) -> Any:
    for key in column.foreign_keys:
        parent = rows.get((key.column.table, number), {})
        return parent.get(key.column.name)
    kind: Any = column.type
    if type(kind).__name__ == "Variant":
        kind = kind.impl  # SQLAlchemy 1.4
    if isinstance(kind, sa.Enum):
        return next(iter(kind.enum_class)) if kind.enum_class else kind.enums[0]
    return VALUES[kind.python_type](number)


def _insert(connection: Connection, table: sa.Table, row: Row) -> Row:
    """Insert a row; its key."""
    result = connection.execute(sa.insert(table).values(row))
    key = result.inserted_primary_key or ()
    return {
        column.name: value for column, value in zip(table.primary_key.columns, key, strict=False)
    }


def _is(table: sa.Table, row: Row) -> list[Any]:
    """What is true of this row alone."""
    key = [column.name for column in table.primary_key.columns] or list(row)
    return [table.c[name] == row[name] for name in key]
