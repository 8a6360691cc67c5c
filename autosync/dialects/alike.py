"""Columns that are alike in all but their names, which most columns of a database are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autosync.schema import Column


class Alike:
    """Makes live columns; what a definition means is worked out once for all that have the same.

    ``make`` gives the column of a definition; its name does not matter.
    """

    def __init__(self, make: Callable[[Any], Column]) -> None:
        self._make = make
        self._known: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def column(self, name: str, definition: tuple[Any, ...]) -> Column:
        """The column of this name and definition."""
        values = self._known.get(definition)
        if values is None:
            values = self._known[definition] = self._make(definition)[1:]
        return Column._make((name, *values))
