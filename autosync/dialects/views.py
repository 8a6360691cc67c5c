"""Views: what the database keeps of them, when two are the same, and how one is replaced."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateIndex, DDLElement

from autosync.ddl import CreateView, DropView
from autosync.dialects.texts import normal_text
from autosync.schema import Key, Schema, View
from autosync.views import DeclaredView

Pair = tuple[View, View]
"""A live view and the declared one."""


class Views:
    """The part of a dialect that is about views."""

    @abstractmethod
    def indexes_of(self, table: sa.Table) -> list[sa.Index]:
        """The indexes that SQLAlchemy creates here."""

    def with_definitions(
        self, connection: Connection, live: Schema, keys: Collection[Key]
    ) -> Schema:
        """``live`` with the definitions of these views, as far as the database tells of them."""
        return live

    def same_view(self, live: View, declared: View) -> bool:
        """Whether two views have one definition, as far as their texts tell."""
        if live.definition is None or declared.definition is None:
            return False
        return self.normal_query(live.definition) == self.normal_query(declared.definition)

    def normal_query(self, text: str) -> str:
        """The text of a SELECT in its normal form."""
        return normal_text(text.strip().rstrip(";"))

    def probe_views(self, connection: Connection, pairs: Sequence[Pair]) -> Mapping[Key, Pair]:
        """Pairs, of which those that the server spells alike have one definition.

        A view it could not do is left out.
        """
        return {}

    def obstacle_to_replacing(self, live: View, declared: View) -> str | None:
        """Why the view cannot be replaced without losing what hangs on it, None if it can."""
        return "this database has no way to replace a view that is known to lose nothing"

    def create_view(self, view: DeclaredView) -> list[DDLElement]:
        """CREATE VIEW, and the indexes of a materialized one."""
        return [view.create, *map(CreateIndex, self.indexes_of(view.table))]

    def replace_view(self, live: View, declared: View) -> list[DDLElement]:
        """What gives a live view the declared definition, whatever may be lost by it."""
        view = declared.origin
        drop = DropView(view.table, materialized=view.materialized)
        return [drop, *self.create_view(view)]

    def views_of_all(
        self, connection: Connection, tables: Mapping[Key, Sequence[str]]
    ) -> Mapping[Key, Sequence[Key]]:
        """The views that show all columns of a table, in their order, as ``SELECT *`` made them.

        They will not show a new one. ``tables`` are those that are asked for, with their columns.
        """
        return {}


def shows_all(shown: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether what a view shows has all of these columns, one after the other."""
    wanted, size = tuple(columns), len(columns)
    return any(tuple(shown[place : place + size]) == wanted for place in range(len(shown)))


def create_or_replace(
    view: DeclaredView, manner: str = "", *, settings: str = "", check: str = ""
) -> DDLElement:
    """CREATE OR REPLACE VIEW, with words in each of the places that have any."""
    return CreateView(
        view.table,
        view.selectable,
        manner=" ".join(filter(None, ["OR REPLACE", manner])),
        settings=settings,
        check=check,
    )
