"""Where the models say what an entry of a plan or a report is about: the file and the line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

import sqlalchemy as sa

from autosync.changes import EXTRA, MORE
from autosync.declaration import CONSTRAINTS, Declaration, Declarations
from autosync.models import MetaDataLike, Models, collect
from autosync.plan import Entry, Findings, Location
from autosync.syntax import Sources, Spot, only

FindingsT = TypeVar("FindingsT", bound=Findings)
Item = TypeVar("Item")
_Named = dict[str, dict["str | None", Item]]
"""Items by name, and by schema."""


def located(findings: FindingsT, models: MetaDataLike) -> FindingsT:
    """``findings`` with the ``location`` of each entry that is about something of the models.

    That is the line of the attribute, the constraint or the class, or of the call that makes the
    table. What has no source, or may have it in two places, keeps None. It reads the source of
    imported modules, and raises only what :func:`autosync.models.collect` raises.
    """
    lines = _Lines(collect(models, allow_empty=True))
    lists: dict[str, Any] = {
        name: tuple(replace(entry, location=lines.of(entry)) for entry in getattr(findings, name))
        for name in findings._lists()
    }
    return replace(findings, **lists)


class _Lines:
    """The lines of some models."""

    def __init__(self, models: Models) -> None:
        self._sources = Sources()
        views = [view.table for view in models.views]
        self._declarations = Declarations(self._sources, (*models.tables, *views))
        self._views = _named((view, view) for view in views)
        columns = [column for table in models.tables for column in table.columns]
        self._tables = _named((table, table) for table in models.tables)
        self._enums = _named((_enum(column), column) for column in columns)
        self._sequences = _named((_sequence(column), column) for column in columns)

    def of(self, entry: Entry) -> Location | None:
        """Where an entry belongs, None where the models do not declare what it is about."""
        spot = self._spot(entry)
        return spot.location if spot else None

    def _spot(self, entry: Entry) -> Spot | None:
        if entry.kind == "enum":
            return self._user(entry, self._enums)
        if entry.kind == "sequence":
            made = self._sources.standalone("Sequence", entry.name or "")
            return self._user(entry, self._sequences) or only(made)
        declaration = self._declaration(entry)
        if declaration is None:
            return None
        if entry.kind == "column":
            return declaration.column(entry.name or "")
        return declaration.constraint(entry) if entry.kind in CONSTRAINTS else declaration.whole

    def _declaration(self, entry: Entry) -> Declaration | None:
        if entry.kind == "table" and entry.difference in (EXTRA, MORE):
            return None
        tables = self._views if entry.kind == "view" else self._tables
        table = _pick(tables, entry.schema, entry.table)
        return None if table is None else self._declarations.of(table)

    def _user(self, entry: Entry, users: _Named[sa.Column[Any]]) -> Spot | None:
        """The first column that uses a type or a sequence."""
        column = _pick(users, entry.schema, entry.name)
        return None if column is None else self._declarations.of(column.table).column(column.name)


def _named(pairs: Iterable[tuple[Any, Item]]) -> _Named[Item]:
    """Items by the name and the schema of what each is paired with; of several, the first."""
    found: _Named[Item] = {}
    for owner, item in pairs:
        if owner is not None:
            found.setdefault(str(owner.name), {}).setdefault(owner.schema, item)
    return found


def _pick(items: _Named[Item], schema: str | None, name: str | None) -> Item | None:
    """The item of this schema and name; or of this name, if only one schema has it.

    A schema that is the default one, or is translated, has another name in the database.
    """
    schemas = items.get(name or "", {})
    if schema in schemas:
        return schemas[schema]
    return next(iter(schemas.values())) if len(schemas) == 1 else None


def _enum(column: sa.Column[Any]) -> sa.Enum | None:
    type_: Any = column.type
    while isinstance(type_, (sa.types.TypeDecorator, sa.ARRAY)):
        type_ = type_.item_type if isinstance(type_, sa.ARRAY) else type_.impl
    return type_ if isinstance(type_, sa.Enum) else None


def _sequence(column: sa.Column[Any]) -> sa.Sequence | None:
    """The sequence that a column takes its values from, on either side."""
    server = getattr(column.server_default, "arg", None)
    used: Any = getattr(server, "sequence", column.default)
    return used if isinstance(used, sa.Sequence) else None
