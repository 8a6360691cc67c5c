"""Many changes of models at once, each as a value, so that one can be tried without the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from tests.drift.blueprint import Blueprint

Models = tuple[Blueprint, ...]


@dataclass(frozen=True)
class Edit:
    """One change of the models of a database.

    ``tables`` are what it changes, ``points`` what its foreign keys point at. ``evidence`` names
    what several edits are judged by together: a column that came and one that went may be one that
    got another name. ``sql`` is what the database has, whether or not the edit is made.
    """

    title: str
    apply: Callable[[Models], Models]
    tables: frozenset[str]
    points: frozenset[str] = frozenset()
    evidence: frozenset[str] = frozenset()
    sql: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return self.title


def edited(models: Models, edits: Iterable[Edit]) -> Models:
    """The models after these edits."""
    for edit in edits:
        models = edit.apply(models)
    return models


def with_its_needs(edit: Edit, edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edit, and those others without which it is not the same one, in their order."""
    among = tuple(edits)
    chosen = {id(edit)}
    while True:
        more = {id(one) for one in among if any(_needs(o, one) for o in among if id(o) in chosen)}
        if more <= chosen:
            return tuple(one for one in among if id(one) in chosen)
        chosen |= more


def _needs(edit: Edit, other: Edit) -> bool:
    """Whether the one is about what the other changes."""
    return bool(edit.evidence & other.evidence or edit.points & other.tables)


def changed(name: str, how: Callable[[Blueprint], Blueprint]) -> Callable[[Models], Models]:
    """Replace a table."""

    def apply(models: Models) -> Models:
        return tuple(how(one) if one.name == name else one for one in models)

    return apply


def with_field(column: str, **changes: Any) -> Callable[[Blueprint], Blueprint]:
    """Replace what a column has."""

    def how(table: Blueprint) -> Blueprint:
        fields = (replace(f, **changes) if f.name == column else f for f in table.fields)
        return replace(table, fields=tuple(fields))

    return how


def without_field(name: str) -> Callable[[Blueprint], Blueprint]:
    """Remove a column, and all that is about it."""

    def how(table: Blueprint) -> Blueprint:
        return replace(
            table,
            fields=tuple(one for one in table.fields if one.name != name),
            uniques=tuple(one for one in table.uniques if name not in one.fields),
            checks=tuple(one for one in table.checks if one.field != name),
            indexes=tuple(one for one in table.indexes if name not in one.fields),
            references=tuple(one for one in table.references if one.field != name),
        )

    return how
