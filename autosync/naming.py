"""Names of keys, indexes and checks that do the same: a difference only if a person chose it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol, TypeVar

from autosync.changes import Change
from autosync.schema import Index, Kind, PrimaryKey, Table


class Named(Protocol):
    """What has a name, or none that anyone knows."""

    @property
    def name(self) -> str | None:
        """Its name."""


class Naming(Protocol):
    """What a database makes of names."""

    def fold(self, name: str) -> str:
        """A name as the database tells it from others."""

    def is_chosen(self, item: Any) -> bool:
        """Whether a person chose the name of a SQLAlchemy constraint or index."""


One = TypeVar("One", bound=Named)


def other_names(
    kind: Kind, table: Table, pairs: Iterable[tuple[Any, Any]], naming: Naming
) -> Iterator[Change]:
    """Of (live, declared) pairs that do the same, those whose declared name is another one.

    A name that nobody chose, because SQLAlchemy, a naming convention or the database made it, is
    no difference; nor is one that the database does not keep.
    """
    for theirs, ours in pairs:
        if ours.name == theirs.name or ours.name is None or theirs.name is None:
            continue
        if naming.fold(ours.name) == naming.fold(theirs.name):
            continue
        if naming.is_chosen(_origin(ours, table)):
            yield Change(kind, "name", table.key, ours.name, ours.columns, ours, theirs)


def _origin(ours: Any, table: Table) -> Any:
    if isinstance(ours, PrimaryKey):
        return table.origin.primary_key
    return ours.origin.origin if isinstance(ours.origin, Index) else ours.origin


def namesake(alike: Iterable[One], wanted: Named) -> One | None:
    """Of those that do the same, the one with the wanted name, or else the first."""
    first = None
    for one in alike:
        if one.name == wanted.name:
            return one
        first = first or one
    return first
