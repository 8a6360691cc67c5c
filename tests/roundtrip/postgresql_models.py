"""What the cases of PostgreSQL are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.types import UserDefinedType

from tests.roundtrip.case import Models

ONLY = ("postgresql",)

Items = Callable[[], list[Any]]


class Spelled(UserDefinedType):
    """A type by the words that it is given."""

    cache_ok = True

    def __init__(self, words: str) -> None:
        self.words = words

    def get_col_spec(self, **kw: Any) -> str:
        return self.words


def setup(*statements: str) -> dict[str, tuple[str, ...]]:
    """What is run before the models are created."""
    return {"postgresql": statements}


def key() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer, primary_key=True)


def number(name: str, *items: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, *items, **options)


def word(name: str, *items: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(40), *items, **options)


def table(items: Items, name: str = "t", **options: Any) -> Models:
    """Models with one table of these items."""
    return lambda md: sa.Table(name, md, *items(), **options)


def of(items: Items, **options: Any) -> Models:
    """Models with one table ``t`` of these items behind an integer key."""
    return table(lambda: [key(), *items()], **options)


def family(items: Items) -> Models:
    """Models with a table ``parent``, and a table ``t`` of these items that may point at it."""

    def define(md: sa.MetaData) -> None:
        unique = sa.UniqueConstraint("a", "b")
        sa.Table("parent", md, key(), number("a"), word("b"), unique)
        of(items)(md)

    return define


def wide(items: Items, **options: Any) -> Models:
    """Models with one table ``t`` of these items behind a column of each kind."""
    return of(
        lambda: [
            number("a"),
            number("b"),
            word("s"),
            sa.Column("txt", sa.Text),
            sa.Column("n", sa.Numeric(9, 2)),
            sa.Column("f", sa.Float),
            sa.Column("d", sa.Date),
            sa.Column("ts", sa.DateTime(timezone=True)),
            sa.Column("ok", sa.Boolean),
            sa.Column("j", pg.JSONB),
            sa.Column("tags", pg.ARRAY(sa.Text)),
            sa.Column("numbers", pg.ARRAY(sa.Integer)),
            sa.Column("r", pg.INT4RANGE),
            sa.Column("during", pg.TSTZRANGE),
            sa.Column("u", pg.UUID),
            sa.Column("order", sa.Integer),
            sa.Column("Mixed Case", sa.String(9)),
            sa.Column("e", sa.Enum("x", "it's", name="e")),
            sa.Column("bytes", sa.LargeBinary),
            *items(),
        ],
        **options,
    )


def column(name: str, type_: Any = sa.Integer) -> Any:
    return sa.column(name, type_)
