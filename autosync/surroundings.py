"""The surroundings of tables, which feel it when those are altered, as values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from autosync.schema import Key


class Attached(NamedTuple):
    """The objects that hang on a table: its triggers, the publications that pass its rows on, and
    the tables that inherit its columns, with those that each has.
    """

    triggers: tuple[str, ...] = ()
    publications: tuple[str, ...] = ()
    heirs: Mapping[Key, Collection[str]] = {}


NOTHING = Attached()


class Surroundings(NamedTuple):
    """The objects that hang on each table that is there; the publications that a new keyless one
    would be in, and by which nobody could change its rows; and how many nodes the cluster has.
    """

    attached: Mapping[Key, Attached] = {}
    keyless: Mapping[Key, tuple[str, ...]] = {}
    nodes: int = 0
