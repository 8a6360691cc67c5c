"""Asks the server whether it takes an addition: on an empty temporary copy of the table.

The copy has the columns and the indexes of the table, and none of its rows, keys and triggers. What
a temporary table cannot have is not asked about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import DDLElement

from autosync.changes import Change
from autosync.compiler import Compiler
from autosync.credentials import masked
from autosync.ddl import Action, AddTableConstraint, AlterTable, ColumnDefinition, send
from autosync.dialects.columns import addable
from autosync.dialects.limits import Rejection
from autosync.dialects.mysql import locks
from autosync.dialects.mysql.ddl import (
    CreateLikeTable,
    CreateTableWithIndexes,
    IndexDefinition,
    IndexOfKey,
)
from autosync.dialects.mysql.limits import CORRECT, LIMITS, OF_THE_COPY

TRIAL = "autosync_trial"


class Trial:
    """One connection, and how it compiles."""

    def __init__(self, connection: Connection, compiler: Compiler) -> None:
        self._connection = connection
        self._compiler = compiler

    def of_new_table(self, table: sa.Table, indexes: Sequence[sa.Index]) -> Rejection | None:
        """Why the server would not make this table, its foreign keys aside."""
        copied = _copy(table)
        names = {index.name for index in indexes}
        kept = [index for index in copied.indexes if index.name in names]
        create = CreateTableWithIndexes(copied, [], sorted(kept, key=lambda one: str(one.name)))
        with self._dropped():
            return self._rejection(create)

    def of_additions(self, table: sa.Table, changes: Sequence[Change]) -> Mapping[int, Rejection]:
        """Which additions to a table that is there the server would not take, by their places."""
        actions = {place: list(_actions(change, changes)) for place, change in enumerate(changes)}
        wanted = sorted((p for p in actions if actions[p]), key=lambda p: _order(changes[p]))
        if not wanted:
            return {}
        with self._dropped():
            rejection = self._rejection(CreateLikeTable(TRIAL, table))
            if rejection is not None:
                return dict.fromkeys(wanted, rejection) if rejection.is_limit else {}
            if self._altered(actions, wanted) is None:
                return {}
        found: dict[int, Rejection] = {}
        taken: list[int] = []
        for place in wanted:
            with self._dropped():
                self._send(CreateLikeTable(TRIAL, table))
                rejection = self._altered(actions, [*taken, place])
            if rejection is None:
                taken.append(place)
            else:
                found[place] = rejection
        return found

    def _altered(
        self, actions: Mapping[int, Sequence[DDLElement]], places: Sequence[int]
    ) -> Rejection | None:
        copy = sa.Table(TRIAL, sa.MetaData())
        return self._rejection(
            AlterTable(copy, [one for place in places for one in actions[place]])
        )

    def _rejection(self, element: DDLElement) -> Rejection | None:
        """The server's objection to a statement about the copy, None if it takes it."""
        try:
            self._send(element)
        except DBAPIError as error:
            number = locks.number(error)
            if error.connection_invalidated or number in locks.BUSY:
                raise
            return None if number in OF_THE_COPY else _rejection(number, error)
        return None

    def _send(self, element: DDLElement) -> None:
        send(self._connection, self._compiler.sql(element))

    @contextmanager
    def _dropped(self) -> Iterator[None]:
        try:
            yield
        finally:
            if not self._connection.invalidated:
                send(self._connection, f"DROP TEMPORARY TABLE IF EXISTS {TRIAL}")


def _copy(table: sa.Table) -> sa.Table:
    """A new table as a temporary one, in no schema."""
    to_metadata: Any = table.to_metadata
    copied: Any = to_metadata(sa.MetaData(), schema=None, name=TRIAL)
    copied._prefixes = ["TEMPORARY"]
    return cast(sa.Table, copied)


def _rejection(number: int | None, error: DBAPIError) -> Rejection:
    arguments = getattr(error.orig, "args", ())
    text = masked(str(arguments[-1] if arguments else error.orig).strip().rstrip("."))
    limit = LIMITS.get(number or 0)
    if limit is None:
        return Rejection(f"the server does not take it: {text}", CORRECT)
    return Rejection(f"{limit.what}: {text}", limit.advice, is_limit=True)


def _order(change: Change) -> tuple[bool, bool, bool]:
    """Columns first, those before the others that are computed from them; and last what has no
    name, to which the server gives one that is free.
    """
    is_column = change.kind == "column"
    computed = is_column and change.declared.computed is not None
    return not is_column, computed, change.name is None


def _actions(change: Change, changes: Sequence[Change]) -> Iterator[DDLElement]:
    """The actions that add it to the copy; none where a copy cannot tell."""
    origin: Any = change.origin
    if change.kind == "column":
        yield Action("ADD COLUMN {}", ColumnDefinition(addable(change.declared)))
    elif isinstance(origin, sa.Index):
        yield Action("ADD {}", IndexDefinition(origin))
    elif isinstance(origin, sa.ForeignKeyConstraint):
        count = len(change.columns)
        others = (one.columns[:count] for one in changes if one.kind in ("index", "unique"))
        if change.columns not in others:
            yield IndexOfKey(origin)
    elif isinstance(origin, sa.Constraint):
        yield AddTableConstraint(origin)
