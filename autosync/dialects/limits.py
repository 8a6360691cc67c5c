"""Limits that a server is known to have, or names when it is asked: before anything is planned."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar, NamedTuple

from sqlalchemy.engine import Connection

from autosync.changes import Change
from autosync.schema import Column, ForeignKey, Key, Schema, Table


class Rejection(NamedTuple):
    """Why a server would not take something, and a way out; ``is_limit`` where that is a figure."""

    reason: str
    advice: str
    is_limit: bool = False


class Limits:
    """The part of a dialect that knows, or asks, what its server takes.

    Here nothing is known: the statements will tell.
    """

    tries_additions: ClassVar[bool] = False
    """Whether :meth:`rejections` asks the server."""

    def is_doubtful(self, change: Change, declared: Table) -> bool:
        """Whether nothing but the server can tell whether it takes an addition to a table."""
        return self.tries_additions

    def rejections(
        self, connection: Connection, live: Schema, declared: Table, changes: Sequence[Change]
    ) -> Mapping[int, Rejection]:
        """Which of these additions to one table, or that of the table itself, the server would not
        take, by their places; each as if those before it that it takes were there.

        No table of anybody's is touched for it.
        """
        return {}

    def copied_tables(
        self, connection: Connection, live: Schema, declared: Schema, keys: Collection[Key]
    ) -> Mapping[Key, str]:
        """Which of these tables are copied for the columns that they lack, and why."""
        return {}

    def copied_default(self, column: Column) -> str | None:
        """Why a table is copied for a new column with this default, which gives all rows the same
        value; None if it is not.
        """
        return None

    def obstacle_to_key(
        self, connection: Connection, live: Schema, child: Table, key: ForeignKey, parent: Table
    ) -> str | None:
        """Why the database would not let a new key of ``child`` point at ``parent``, the types of
        their columns aside.
        """
        return None
