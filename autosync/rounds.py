"""One round through a plan: what has become of its parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError

from autosync.plan import Addition, Identity, Part, Plan, Unit
from autosync.schema import Key


class Rejected(Exception):
    """The database did not carry out a statement, and not because somebody was in the way."""

    def __init__(self, error: DBAPIError, sql: str) -> None:
        super().__init__(str(error.orig))
        self.error = error
        self.sql = sql


class Item(NamedTuple):
    """A unit of a plan, and the places of its parts among all parts."""

    unit: Unit
    places: range

    @property
    def keys(self) -> frozenset[Key]:
        """All tables that it was judged by."""
        return self.unit.keys | self.unit.parents


@dataclass(slots=True)
class Round:
    """What has become of the parts of one plan, each known by its place."""

    plan: Plan
    parts: list[Part]
    uses: Counter[Key]
    """How many units were judged by each table."""
    done: set[int] = field(default_factory=set)
    dropped: set[int] = field(default_factory=set)
    """What failed, what another session has changed, and what comes after that."""
    ran: set[tuple[int, int]] = field(default_factory=set)
    """Statements that stay, whatever becomes of their parts."""
    rejected: dict[str, Rejected] = field(default_factory=dict)
    has_changed: bool = False
    """Whether another session has changed something that was judged."""

    @classmethod
    def of(cls, plan: Plan, is_open: Callable[[Part], bool]) -> Round:
        """A round that leaves out what is not open."""
        parts = [part for unit in plan.units for part in unit.parts]
        shut = {place for place, part in enumerate(parts) if not is_open(part)}
        uses = Counter(key for unit in plan.units for key in unit.keys | unit.parents)
        return cls(plan, parts, uses, dropped=shut)

    def items(self) -> Iterator[Item]:
        """The units, in order."""
        start = 0
        for unit in self.plan.units:
            yield Item(unit, range(start, start + len(unit.parts)))
            start += len(unit.parts)

    def left(self, item: Item) -> list[int]:
        """The places of what is to be carried out."""
        return [place for place in item.places if self.is_left(place)]

    def is_left(self, place: int) -> bool:
        """Whether a part is to be carried out; what comes after something dropped is not."""
        if self.parts[place].after & self.dropped:
            self.dropped.add(place)
        return place not in self.done and place not in self.dropped

    def is_last_of(self, item: Item) -> bool:
        """Whether no other unit was judged by the tables that this one is about."""
        return all(self.uses[key] == 1 for key in item.unit.keys)

    def applied(self) -> list[Addition]:
        """What was added, to its end."""
        makers: dict[Identity, set[int]] = {}
        for place, part in enumerate(self.parts):
            for identity in part.makes:
                makers.setdefault(identity, set()).add(place)
        return [
            entry
            for entry in self.plan.pending
            if entry.identity in makers and makers[entry.identity] <= self.done
        ]


def ways(entry: Addition) -> Iterator[Identity]:
    """The identity of an addition, and the one that it has where another process has begun it."""
    yield entry.identity
    if entry.kind == "column":
        yield replace(entry, difference="unfinished").identity
