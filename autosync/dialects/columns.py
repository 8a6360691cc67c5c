"""Copies of declared columns, and the literals of their defaults."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import DefaultClause
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.expression import ScalarSelect, SelectBase
from sqlalchemy.sql.functions import AnsiFunction, current_timestamp, now
from sqlalchemy.sql.visitors import iterate

from autosync import schema as values
from autosync.compiler import Compiler

FACTORIES = (bool, dict, float, int, list, str)
"""Functions that make the same value each time."""
_QUERY = re.compile(r"\bSELECT\b", re.IGNORECASE)


def python_function(column: sa.Column[Any]) -> Any:
    """The callable that makes a column's Python-side default, None where none does."""
    default: Any = column.default
    # a Sequence is a default too, and in 1.4 one without these attributes
    if not getattr(default, "is_callable", False) or getattr(default, "is_clause_element", False):
        return None
    return getattr(default.arg, "__wrapped__", default.arg)


def implied_default(column: sa.Column[Any], compiler: Compiler) -> str | None:
    """The SQL of a NOT NULL column's Python-side default, None where it has none in SQL.

    A value that the type cannot render as a literal counts as none: the column is then judged as
    one without a default. So does an expression that no server default may be.
    """
    if column.nullable or column.server_default is not None:
        return None
    try:
        if _argument(column) is None:
            return None
        text = compiler.default(with_server_default(column))
    except Exception:  # noqa: BLE001 - a type's literal processor is the user's code
        return None
    return None if text is None or _QUERY.search(text) else text


def with_server_default(column: sa.Column[Any]) -> sa.Column[Any]:
    """A copy of ``column`` whose Python-side default is its server default.

    A value is rendered by the type's own literal processor or, for a type without one (JSON), as
    the string that its bind processor makes of it.
    """
    return with_default(column, _argument(column))


def with_default(column: sa.Column[Any], argument: Any) -> sa.Column[Any]:
    """A copy of ``column`` with this server default."""
    copied = _copy(column)
    copied.server_default = DefaultClause(argument)
    return copied


def addable(column: values.Column) -> sa.Column[Any]:
    """A declared column as it is added: its Python-side default implies a server default."""
    original: sa.Column[Any] = column.origin
    return original if column.implied_default is None else with_server_default(original)


def _argument(column: sa.Column[Any]) -> Any:
    """The Python-side default as a server default, None where its value is not certain."""
    default: Any = column.default
    if getattr(default, "is_clause_element", False):
        return _enclosed(default.arg) if all(map(_is_free, iterate(default.arg))) else None
    function = python_function(column)
    if function is None:
        value = default.arg if getattr(default, "is_scalar", False) else None
    else:
        value = function() if any(function is one for one in FACTORIES) else None
    return None if value is None else _literal(value, column.type)


def _enclosed(expression: Any) -> Any:
    """An expression; in parentheses if it is one like CURRENT_DATE, which MySQL wants so."""
    is_moment = isinstance(expression, (now, current_timestamp))
    if isinstance(expression, AnsiFunction) and not is_moment:
        return Grouping(expression)
    return expression


def _is_free(part: Any) -> bool:
    """Whether a part of an expression is no column, query, sequence, parameter or NULL."""
    if isinstance(part, sa.sql.elements.TextClause):
        return not part._bindparams
    if isinstance(part, sa.sql.elements.ColumnClause):
        return bool(part.is_literal)
    kinds = (SelectBase, ScalarSelect, sa.sql.elements.Null, sa.sql.functions.next_value)
    return not isinstance(part, kinds)


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
    if value == [] and isinstance(type_, sa.ARRAY):
        return sa.literal("{}", sa.String())
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
