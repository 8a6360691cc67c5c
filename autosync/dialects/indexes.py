"""What a declared index is about: its columns, and the order of its parts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import TextClause, UnaryExpression

from autosync import schema as values
from autosync.declared import named_in

MODIFIERS = {
    operators.desc_op: "DESC",
    operators.asc_op: "",
    getattr(operators, "nulls_first_op", None): "NULLS FIRST",
    getattr(operators, "nulls_last_op", None): "NULLS LAST",
}


def without_order(expression: Any) -> tuple[Any, list[str]]:
    """A part of an index without its DESC and NULLS FIRST, and those words."""
    order: list[str] = []
    while isinstance(expression, UnaryExpression) and expression.modifier in MODIFIERS:
        order.insert(0, MODIFIERS[expression.modifier])
        expression = expression.element
    return expression, [word for word in order if word]


_PLAIN = re.compile(
    r"""\s*(?:"((?:[^"]|"")+)"|`((?:[^`]|``)+)`|(\w+))\s*(\(\s*\d+\s*\))?(?:\s+(ASC|DESC))?\s*""",
    re.IGNORECASE,
)


def plain(text: str, table: Any, fold: Callable[[str], str]) -> str | None:
    """A part of an index that was written as text, as if it were a column: the name without quotes,
    the length that there may be, and no ASC. None where it is more than that.
    """
    match = _PLAIN.fullmatch(text)
    if match is None:
        return None
    double, back, bare, length, order = match.groups()
    # without quotes, its case means nothing
    name = bare.lower() if bare else (double or back).replace('""', '"').replace("``", "`")
    column = next((c.name for c in table.columns if fold(c.name) == fold(name)), None)
    if column is None:
        return None
    words = [column + re.sub(r"\s", "", length or ""), (order or "").upper()]
    return " ".join(word for word in words if word not in ("", "ASC"))


def columns_of(index: sa.Index) -> tuple[str, ...]:
    """The columns of an index, and those that are named in a part made of text."""
    known = tuple(column.name for column in index.columns)
    texts = [str(part) for part in index.expressions if isinstance(part, TextClause)]
    if not texts:
        return known
    table: Any = index.table
    return (*known, *sorted(named_in(" ".join(texts), table) - set(known)))


def with_predicate(index: values.Index, predicate: str | None) -> values.Index:
    """An index with its predicate; it is about the columns that this names, too."""
    if predicate is None:
        return index
    named = named_in(predicate, index.origin.table) - set(index.columns)
    return index._replace(predicate=predicate, columns=(*index.columns, *sorted(named)))


def unique_index(constraint: sa.UniqueConstraint, name: str) -> sa.Index:
    """The unique index that does what the constraint would."""
    table = constraint.table
    copied = sa.Table(
        table.name,
        sa.MetaData(),
        *(sa.Column(column.name, column.type) for column in constraint.columns),
        schema=table.schema,
    )
    columns = [copied.c[column.name] for column in constraint.columns]
    return sa.Index(name, *columns, unique=True)
