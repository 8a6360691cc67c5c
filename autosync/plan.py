"""What is to be done, and what became of it: Plan and Report, as values."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from autosync.digest import digest
from autosync.escape import escaped_json
from autosync.remedy import NO_REMEDY, Remedy, advice
from autosync.schema import Key, Kind
from autosync.sketch import Sketch

if TYPE_CHECKING:
    from autosync.revisions.report import UpgradeReport
    from autosync.rules import Verdict

JSON_VERSION = 1

Severity = Literal["breaks", "differs"]
"""Of what is refused: whether the models fail as it is, or the two sides only differ."""
SEVERITIES: tuple[Severity, ...] = ("breaks", "differs")
"""The worst first."""


class Location(NamedTuple):
    """A line of a file of the models; ``path`` is relative to the repository where it is in one."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a report.

    ``kind`` is what it is about, ``difference`` is ``missing``, ``extra`` or the aspect that
    differs. ``schema`` is None for the default schema. ``table`` is None for an enum type or a
    sequence, ``name`` for a table itself and for what the database names. ``object`` is the
    printable name. ``location`` is where the models say so, if that was looked for
    (:func:`autosync.source.located`).
    """

    kind: Kind
    difference: str
    schema: str | None
    table: str | None
    name: str | None
    columns: tuple[str, ...]
    object: str
    location: Location | None = None

    @property
    def title(self) -> str:
        """What it is about, in words: its kind and its name."""
        return f"{self.kind.replace('_', ' ')} {self.object}"

    @property
    def identity(self) -> Identity:
        """What tells it from all others of a plan, and is the same in the next one."""
        return self.kind, self.difference, self.object, self.columns


@dataclass(frozen=True, slots=True)
class Addition(Entry):
    """What is to be added, or was: ``sql`` is all that makes it, ``hazards`` what it costs."""

    sql: str = ""
    hazards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed(Addition):
    """What was to be added, and the database refused: ``error`` are its words."""

    error: str = ""
    remedy: Remedy = NO_REMEDY

    @classmethod
    def of(cls, entry: Addition, error: str, cause: str | None = None) -> Failed:
        """This addition, with what the database said of it, and what that may come of."""
        same = {one.name: getattr(entry, one.name) for one in fields(Addition)}
        return cls(**same, error=error, remedy=advice(cause or TRY_AGAIN))


TRY_AGAIN = (
    "Remove what the database complains of, or change the models. The next run tries it again; "
    "what needs it waits until then."
)


@dataclass(frozen=True, slots=True)
class Refusal(Entry):
    """What is not done, why, what follows from it, and what to do. ``code`` is stable.

    ``severity`` is ``breaks`` where the models fail as it is, and ``differs`` where only the two
    sides differ. What breaks comes first. ``sides`` are both of them, as far as this is about them,
    in JSON.
    """

    code: str = ""
    severity: Severity = "differs"
    reason: str = ""
    consequence: str = ""
    remedy: Remedy = NO_REMEDY
    sides: str = field(default="", repr=False)

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits that change with what is refused, and why."""
        place = self.schema, self.table, self.name, self.columns
        said = self.code, self.severity, self.kind, self.difference, self.reason
        return digest(*place, *said, self.sides)


@dataclass(frozen=True, slots=True)
class Accepted(Refusal):
    """What is refused, and somebody has accepted: ``because`` is their reason, and it holds until
    the end of the day ``until`` in UTC (None: for ever).
    """

    because: str = ""
    until: datetime.date | None = None

    @classmethod
    def of(cls, refusal: Refusal, because: str, until: datetime.date | None) -> Accepted:
        """This refusal, accepted."""
        same = {one.name: getattr(refusal, one.name) for one in fields(Refusal)}
        return cls(**same, because=because, until=until)


@dataclass(frozen=True, slots=True)
class Undecided(Entry):
    """What could not be compared: ``declared`` and ``live`` are the texts of both sides."""

    reason: str = ""
    declared: str | None = None
    live: str | None = None


@dataclass(frozen=True, slots=True)
class Note(Entry):
    """A difference that hurts nobody. ``code`` is stable; there need be no ``remedy``."""

    code: str = ""
    reason: str = ""
    remedy: Remedy = NO_REMEDY


def _plain(entry: Entry) -> dict[str, Any]:
    """An entry as JSON has it: lists for tuples, an object for the location, days as texts."""
    # not asdict(), which copies all that there is in them; what repr() has not is for us alone
    values = {one.name: getattr(entry, one.name) for one in fields(entry) if one.repr}
    plain = {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items()
    }
    plain["location"] = entry.location and entry.location._asdict()
    if isinstance(entry, Failed | Refusal | Note):
        plain |= {"remedy": str(entry.remedy), "statements": list(entry.remedy.statements)}
    if isinstance(entry, Refusal):
        plain["fingerprint"] = entry.fingerprint
    if isinstance(entry, Accepted):
        plain["until"] = entry.until and entry.until.isoformat()
    return plain


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    ``guard`` is how to lock its table first, and to ask for a row, where it may only run while
    there is none. ``cleanup`` is how to ask whether its failure has left something behind, and how
    to remove that. An ``unchecked`` one may point at tables that are not there yet. ``keys`` are
    the tables that it locks.
    """

    sql: str
    guard: tuple[str, ...] = ()
    cleanup: tuple[str, ...] = ()
    unchecked: bool = False
    keys: frozenset[Key] = frozenset()


Identity = tuple[str, str, str, tuple[str, ...]]
"""Tells an entry from all others of a plan, and is the same in the next one."""


@dataclass(frozen=True, slots=True)
class Part:
    """Statements none of which is of use without the others, such as a new table's.

    ``keys`` are the tables that they are about, ``parents`` the existing ones that new foreign keys
    point at, and ``makes`` the additions that they make, or help to make. ``after`` are the parts
    that have to come first, by their places among all parts of the plan.
    """

    keys: frozenset[Key]
    statements: tuple[Statement, ...]
    makes: frozenset[Identity] = frozenset()
    parents: frozenset[Key] = frozenset()
    after: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Unit:
    """Parts that are carried out in one transaction, where the database has one for DDL.

    A ``concurrent`` unit is one statement that no transaction may hold.
    """

    parts: tuple[Part, ...]
    concurrent: bool = False

    @property
    def keys(self) -> frozenset[Key]:
        """The tables that it is about."""
        return frozenset().union(*(part.keys for part in self.parts))

    @property
    def parents(self) -> frozenset[Key]:
        """The existing tables that new foreign keys point at."""
        return frozenset().union(*(part.parents for part in self.parts))

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All of them, in order."""
        return tuple(statement for part in self.parts for statement in part.statements)


@dataclass(frozen=True, slots=True)
class Findings:
    """What a plan and a report have in common."""

    dialect: str
    pending: tuple[Addition, ...] = ()
    failed: tuple[Failed, ...] = ()
    refused: tuple[Refusal, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    notes: tuple[Note, ...] = ()
    tables: tuple[Sketch, ...] = field(default=(), repr=False)
    """The tables of which something is to be added, or is refused: what a diagram needs."""

    @property
    def in_sync(self) -> bool:
        """Whether nothing is pending, failed, refused (and not accepted) or undecided."""
        return not (self.pending or self.failed or self.refused or self.undecided)

    def to_dict(self) -> dict[str, Any]:
        """The whole value as plain data, with ``"version": 1``."""
        return {
            "version": JSON_VERSION,
            "dialect": self.dialect,
            "in_sync": self.in_sync,
            **{name: [_plain(e) for e in getattr(self, name)] for name in self._lists()},
            "statements": list(self.statements),
            "tables": [
                {**sketch._asdict(), "columns": [column._asdict() for column in sketch.columns]}
                for sketch in self.tables
            ],
        }

    def to_json(self, *, indent: int | None = 2) -> str:
        """:meth:`to_dict` as JSON; what would steer a terminal is escaped in it."""
        return escaped_json(json.dumps(self.to_dict(), indent=indent, ensure_ascii=False))

    def __str__(self) -> str:
        """The report for people, as plain text."""
        from autosync.report.text import render

        return render(self)

    @property
    def statements(self) -> tuple[str, ...]:
        """The SQL, in order."""
        raise AssertionError("a plan and a report each have their own")

    def _lists(self) -> tuple[str, ...]:
        return ("pending", "refused", "accepted", "undecided", "notes")


@dataclass(frozen=True, slots=True)
class Plan(Findings):
    """What a synchronization would do. A dry run is a plan that nobody applied."""

    units: tuple[Unit, ...] = field(default=(), repr=False)
    verdicts: tuple[Verdict, ...] = field(default=(), repr=False, compare=False)
    """What it was made of, in this process: it is not pickled with the rest."""

    def __reduce__(self) -> tuple[Any, ...]:
        """A plan can go to another process, the models that it is about need not."""
        kept = tuple(getattr(self, one.name) for one in fields(self) if one.name != "verdicts")
        return type(self), kept

    @property
    def statements(self) -> tuple[str, ...]:
        """The SQL that would be executed, in order."""
        return tuple(statement.sql for unit in self.units for statement in unit.statements)

    __str__ = Findings.__str__


@dataclass(frozen=True, slots=True)
class Report(Findings):
    """What became of a plan.

    ``failed`` is what the database refused. ``pending`` is empty unless applying stopped before the
    end, something failed that it needs, or a right was missing for it.
    ``upgrade`` tells what became of the revisions, where there was a repository of them.
    """

    applied: tuple[Addition, ...] = ()
    executed: tuple[str, ...] = field(default=(), repr=False)
    upgrade: UpgradeReport | None = None

    @classmethod
    def of(
        cls, plan: Plan, applied: Iterable[Addition] = (), executed: Iterable[str] = ()
    ) -> Report:
        """The report on what was done, with ``plan`` as what remains."""
        return cls(
            dialect=plan.dialect,
            pending=plan.pending,
            refused=plan.refused,
            accepted=plan.accepted,
            undecided=plan.undecided,
            notes=plan.notes,
            tables=plan.tables,
            applied=tuple(applied),
            executed=tuple(executed),
        )

    @property
    def statements(self) -> tuple[str, ...]:
        """The SQL that this process executed, in order."""
        return self.executed

    def to_dict(self) -> dict[str, Any]:
        """The whole value as plain data; with ``"upgrade"`` where there were revisions."""
        plain = Findings.to_dict(self)
        return plain if self.upgrade is None else {**plain, "upgrade": self.upgrade.to_dict()}

    def _lists(self) -> tuple[str, ...]:
        return ("applied", "failed", "pending", "refused", "accepted", "undecided", "notes")

    __str__ = Findings.__str__
