"""Copies of declared columns, and the literals of their defaults."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import DefaultClause

from autosync import schema as values
from autosync.ddl import Compiler


def scalar_default(column: sa.Column[Any]) -> Any:
    """The scalar Python-side default of a column, None where it has none (or a callable)."""
    default: Any = column.default
    # a Sequence is a default too, and in 1.4 one without this attribute
    return default.arg if getattr(default, "is_scalar", False) else None


def implied_default(column: sa.Column[Any], compiler: Compiler) -> str | None:
    """The SQL literal of a NOT NULL column's scalar default, None where there is none.

    A value that the type cannot render as a literal counts as none: the column is then judged as
    one without a default.
    """
    if column.nullable or column.server_default is not None or scalar_default(column) is None:
        return None
    try:
        return compiler.default(with_server_default(column))
    except Exception:  # noqa: BLE001 - a type's literal processor is the user's code
        return None


def with_server_default(column: sa.Column[Any]) -> sa.Column[Any]:
    """A copy of ``column`` whose scalar Python-side default is its server default.

    The value is rendered by the type's own literal processor or, for a type without one (JSON), as
    the string that its bind processor makes of it.
    """
    copied = _copy(column)
    copied.server_default = DefaultClause(_literal(scalar_default(column), copied.type))
    return copied


def nullable_without_default(column: sa.Column[Any]) -> sa.Column[Any]:
    """A copy of ``column`` that can be added to any table: nullable, and without a default."""
    copied = _copy(column)
    copied.nullable, copied.server_default = True, None
    return copied


def unfinished(column: sa.Column[Any]) -> sa.Column[Any]:
    """A copy of ``column`` whose comment says that what belongs to it is still to come."""
    copied = _copy(column)
    copied.comment = values.UNFINISHED
    return copied


def _copy(column: sa.Column[Any]) -> sa.Column[Any]:
    """A copy of ``column``, alone in a table of the same name."""
    copied: sa.Column[Any] = column._copy()
    metadata = sa.MetaData(schema=column.table.metadata.schema)
    sa.Table(column.table.name, metadata, copied, schema=column.table.schema)
    return copied


class _Plain(DefaultDialect):
    """A dialect that binds JSON as text, where a driver's own would wrap it."""

    _json_serializer = None
    _json_deserializer = None


def _literal(value: Any, type_: sa.types.TypeEngine[Any]) -> Any:
    if isinstance(value, bytes):
        raise CompileError("bytes have no literal that means the same everywhere")
    dialect = _Plain()
    process = type_.bind_processor(dialect)
    if not type_.literal_processor(dialect) and process is not None:
        bound = process(value)
        if isinstance(bound, str):
            return sa.literal(bound, sa.String())
    return sa.literal(value, type_)


def has_bind_parameters(column: sa.Column[Any]) -> bool:
    """Whether the server default is a text with a ``:name`` in it, which compiles to NULL."""
    argument = getattr(column.server_default, "arg", None)
    return isinstance(argument, sa.sql.elements.TextClause) and bool(argument._bindparams)
