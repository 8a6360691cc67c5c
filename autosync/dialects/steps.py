"""What a dialect makes of additions: elements that are yet to be statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.schema import DDLElement

from autosync.dialects.columns import unfinished


class NewColumn(NamedTuple):
    """A column to be added, with the constraints and indexes that come with it.

    A table is ``copied`` for it where the database has no other way.
    """

    column: sa.Column[Any]
    constraints: tuple[sa.Constraint, ...] = ()
    indexes: tuple[sa.Index, ...] = ()
    copied: bool = False


class Step(NamedTuple):
    """One statement to be, with the SQLAlchemy objects that it brings into being.

    ``guard`` locks the table for a statement that copies it; and asks for a row, for one that would
    invent values.
    An ``unchecked`` one may point at tables that are not there yet.
    A ``concurrent`` one runs outside of any transaction, and is a unit by itself; ``cleanup`` asks
    whether its failure has left something behind, and removes that.
    """

    element: DDLElement
    makes: tuple[Any, ...]
    guard: tuple[DDLElement, ...] = ()
    concurrent: bool = False
    cleanup: tuple[DDLElement, ...] = ()
    unchecked: bool = False


class Stages(NamedTuple):
    """How columns are added to a large table: ``first`` themselves, and ``later`` what belongs to
    them, one after the other. Those that wait for something are ``unfinished`` until then.
    """

    first: list[NewColumn]
    later: list[Any]
    unfinished: list[sa.Column[Any]]


def in_stages(new: Sequence[NewColumn], comes_along: Callable[[Any], bool]) -> Stages:
    """New columns with those of their constraints that come along, and the rest for later."""
    stages = Stages([], [], [])
    for one in new:
        along = tuple(item for item in one.constraints if comes_along(item))
        later = [item for item in (*one.constraints, *one.indexes) if item not in along]
        stages.first.append(NewColumn(unfinished(one.column) if later else one.column, along))
        stages.later.extend(later)
        if later:
            stages.unfinished.append(one.column)
    return stages
