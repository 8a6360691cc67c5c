"""The needs that parts of a plan have of each other: types, tables, columns, views."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from typing import Any

from autosync.facts import Facts
from autosync.schema import ForeignKey, Key

Thing = tuple[Any, ...]
"""Something that a part gives and others need: ``(kind, key)``, or ``("column", key, name)``."""


def after(parts: Sequence[tuple[Set[Thing], Set[Thing]]]) -> list[frozenset[int]]:
    """For each part, of which ``parts`` has what it gives and what it needs, the places of those
    before it that give what it needs.
    """
    givers: dict[Thing, set[int]] = {}
    found = []
    for place, (gives, needs) in enumerate(parts):
        found.append(frozenset[int]().union(*(givers.get(thing, ()) for thing in needs)))
        for thing in gives:
            givers.setdefault(thing, set()).add(place)
    return found


def circles(needs: Mapping[Key, Collection[Key]]) -> list[list[Key]]:
    """The keys in their order, but each after those it needs; those of a circle, which need each
    other, are together.

    Tarjan's algorithm, without recursion: they may be more than can recurse.
    """
    found: list[list[Key]] = []
    number: dict[Key, int] = {}
    lowest: dict[Key, int] = {}
    open_: dict[Key, None] = {}
    for first in needs:
        path = [(first, iter(needs[first]))] if first not in number else []
        while path:
            key, others = path[-1]
            if key not in number:
                number[key] = lowest[key] = len(number)
                open_[key] = None
            other = next((one for one in others if one in needs), None)
            if other is not None and other not in number:
                path.append((other, iter(needs[other])))
            elif other is not None:
                if other in open_:
                    lowest[key] = min(lowest[key], number[other])
            else:
                path.pop()
                if path:
                    above = path[-1][0]
                    lowest[above] = min(lowest[above], lowest[key])
                if lowest[key] == number[key]:
                    found.append([one for one in open_ if number[one] >= number[key]])
                    for one in found[-1]:
                        del open_[one]
    return found


def needs_of_columns(key: Key, names: Iterable[str], facts: Facts) -> set[Thing]:
    """The types and sequences that columns of a declared table may need."""
    declared = facts.declared.tables[key].columns
    enums = (facts.enum_key(declared[name]) for name in names)
    return {("sequence",), *(("enum", enum) for enum in enums if enum is not None)}


def needs_of_key(key: ForeignKey) -> set[Thing]:
    """The table and the columns that a foreign key points at."""
    return {("table", key.target), *(("column", key.target, name) for name in key.target_columns)}


def needs_of_view(key: Key, facts: Facts) -> set[Thing]:
    """All that a view may read, by the words of its definition: tables, columns and other views."""
    view = facts.declared.views[key]
    words = set(re.findall(r"\w+", view.definition or ""))
    read = {table for table, _ in view.reads}
    needs: set[Thing] = set()
    for other in facts.declared.tables.values():
        if other.key in read or other.key[1] in words:
            needs.add(("table", other.key))
            needs |= {("column", other.key, name) for name in other.columns if name in words}
    return needs | {("view", one) for one in facts.declared.views if one in read or one[1] in words}
