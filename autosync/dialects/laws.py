"""Laws of a server, which hold whatever the rows are."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from autosync.schema import Check, ForeignKey, Index, PrimaryKey, Unique

Item = PrimaryKey | ForeignKey | Unique | Check | Index


class Ground(NamedTuple):
    """The table that a constraint or an index is to be on, as far as laws are about it.

    ``virtual`` are the columns that are computed when they are read.
    """

    virtual: frozenset[str] = frozenset()
    partition_key: tuple[str, ...] = ()


class Law(NamedTuple):
    """Why the server does not take a constraint or an index, and what to do instead."""

    reason: str
    instead: str


class Laws:
    """The part of a dialect that knows what its server takes from nobody."""

    types_are_relations: ClassVar[bool] = False
    """Whether a table has a type of its name, so that an enum type cannot have it."""
    most_indexed_columns: ClassVar[int | None] = None
    """How many columns an index, or a key that has one, can have; None for no known limit."""

    def law(self, item: Item, ground: Ground) -> Law | None:
        """The law that forbids a declared constraint or index, None if none is known."""
        return None

    def is_built_in(self, connection: Connection, name: str) -> bool:
        """Whether a type of this name is the database's own, and found before all others."""
        return False

    def partition_key(self, table: sa.Table) -> tuple[str, ...]:
        """The columns by which a declared table is divided."""
        return ()
