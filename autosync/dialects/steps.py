"""What a dialect makes of additions: elements that are yet to be statements."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.schema import DDLElement


class NewColumn(NamedTuple):
    """A column to be added, with the constraints and indexes that come with it."""

    column: sa.Column[Any]
    constraints: tuple[sa.Constraint, ...] = ()
    indexes: tuple[sa.Index, ...] = ()


class Step(NamedTuple):
    """One statement to be, with the SQLAlchemy objects that it brings into being.

    ``guard`` locks the table for a statement that copies it; and asks for a row, for one that would
    invent values.
    A ``concurrent`` one runs outside of any transaction, and is a unit by itself; ``cleanup`` asks
    whether its failure has left something behind, and removes that.
    """

    element: DDLElement
    makes: tuple[Any, ...]
    guard: tuple[DDLElement, ...] = ()
    concurrent: bool = False
    cleanup: tuple[DDLElement, ...] = ()
