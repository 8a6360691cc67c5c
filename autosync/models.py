"""What the caller hands over as "the models", made into SQLAlchemy objects in one list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa

from autosync.errors import EmptyMetaData
from autosync.views import DeclaredView, is_view, views_of

MetaDataLike = sa.MetaData | Any
"""A MetaData, anything with a ``.metadata`` (a declarative base, SQLModel, Flask-SQLAlchemy's
``db``, the ``elixir`` module), or an iterable of these."""


class Models(NamedTuple):
    """The tables, views and sequences of one or several MetaDatas."""

    tables: tuple[sa.Table, ...]
    views: tuple[DeclaredView, ...]
    sequences: tuple[sa.Sequence, ...]


def collect(metadata: MetaDataLike, *, allow_empty: bool = False) -> Models:
    """The models behind ``metadata``.

    Raises ``TypeError`` for what is no MetaData and has none, and :class:`EmptyMetaData` where
    there is no table at all and ``allow_empty`` is False.
    """
    found = list(dict.fromkeys(_metadatas(metadata)))
    tables = [table for one in found for table in one.tables.values()]
    if not tables and not allow_empty:
        raise EmptyMetaData(
            "the MetaData holds no table: were the modules that define the models imported? "
            'Import them first, or pass allow={"empty-metadata"} if there are none on purpose'
        )
    return Models(
        tables=tuple(table for table in tables if not is_view(table)),
        views=tuple(view for one in found for view in views_of(one)),
        sequences=_sequences(found),
    )


def _metadatas(value: MetaDataLike) -> Iterator[sa.MetaData]:
    if isinstance(value, sa.MetaData):
        yield value
    elif isinstance(getattr(value, "metadata", None), sa.MetaData):
        yield value.metadata
    elif isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        for one in value:
            yield from _metadatas(one)
    else:
        raise TypeError(
            f"expected a MetaData, something with a .metadata, or several of these; "
            f"got {type(value).__name__}"
        )


def _sequences(metadatas: list[sa.MetaData]) -> tuple[sa.Sequence, ...]:
    # a column's own sequence is registered there, too
    return tuple(s for one in metadatas for s in one._sequences.values())
