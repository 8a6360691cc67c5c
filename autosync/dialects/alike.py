"""Columns that are alike in all but their names, which most columns of a database are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autosync.schema import Column, Definition


class Alike(dict[tuple[Any, ...], Definition]):
    """The definitions of live columns, by what the catalog says of them, names aside.

    ``make`` gives the column that the catalog speaks of; its name does not matter. It is asked once
    for all columns of which the catalog says the same.
    """

    def __init__(self, make: Callable[[Any], Column]) -> None:
        self._make = make

    def __missing__(self, said: tuple[Any, ...]) -> Definition:
        definition = self[said] = Definition(self._make(said))
        return definition
