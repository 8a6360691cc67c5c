"""What of a plan goes into a revision, in which way, and in which order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from autosync.changes import MISSING, Change
from autosync.plan import Addition, Entry, Plan, Refusal
from autosync.remedy import Sql
from autosync.rules import FOLLOWS, Verdict
from autosync.schema import Key

Way = Literal["add", "again", "alter", "loosen", "rename", "sql", "steps"]
"""How it is done: create it; drop and create it; alter the column; let it be NULL; give it the new
name; run the statements of the remedy; add the column, fill it, and only then restrict it."""

WAYS: Mapping[str, Way] = {
    "renamed": "rename",
    "likely-rename": "rename",
    "column-type": "alter",
    "column-nullable": "alter",
    "column-default": "alter",
    "column-collation": "alter",
    "not-null-without-default": "steps",
    "rewrites-table": "steps",
    "required-column": "loosen",
    "foreign-key-missing": "add",
    "unique-missing": "add",
    "check-missing": "add",
    "index-missing": "add",
    "large-table": "sql",
    "constraint-unsupported": "add",
    FOLLOWS: "add",
    "foreign-key-differs": "again",
    "unique-differs": "again",
    "check-differs": "again",
    "index-differs": "again",
    "foreign-key-not-valid": "sql",
    "check-not-valid": "sql",
    "not-null-not-valid": "sql",
    "index-invalid": "sql",
    "column-invisible": "sql",
    "index-invisible": "sql",
    "constraint-not-enforced": "sql",
    "enum-labels": "sql",
    "schema-missing": "sql",
    "primary-key": "sql",
    "table-options": "sql",
    "view-differs": "sql",
}
"""By the code of a refusal. What is not here is for a person to think of."""

LOSES = "DESTRUCTIVE: values may be lost. Look at the rows, then uncomment it"
DROPS = "DESTRUCTIVE: rights and triggers of the view may be lost. Look at them, then uncomment it"
UNSURE = "TO DECIDE: uncomment it if that is what happened"
EMPTY = "TO FILL IN: give the rows a value in place of the three dots, then uncomment it"
WAITS = "TO DO LATER: it needs what is commented out above; uncomment it with that"

BY_HAND = "BY HAND: what runs the revisions cannot do it on this database"

PARTS = {"unique", "index", "check", "foreign_key"}
_ORDER = (
    "database",
    "enum",
    "sequence",
    "column",
    "primary_key",
    "unique",
    "index",
    "check",
    "table",
    "foreign_key",
    "view",
    "revision",
)


Identity = tuple[str, str, Key, str | None, tuple[str, ...]]
"""The parts of a change that no other of the plan shares; its printable name may be shared."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a plan, with the change that it is about; ``held`` says why what is to be done
    is only written as a comment, empty if it is not. ``names`` are the old ones of what is to be
    renamed, or what it needs; ``added`` are the columns of its table that other items add.
    """

    entry: Refusal | Addition
    change: Change
    way: Way
    held: str = ""
    names: tuple[str, ...] = ()
    added: frozenset[str] = frozenset()

    @property
    def statements(self) -> tuple[Sql, ...]:
        """The statements of the remedy, without what others do."""
        if not isinstance(self.entry, Refusal):
            return ()
        return tuple(one for one in self.entry.remedy.sql if one.adds not in self.added)

    @property
    def code(self) -> str:
        """The code of the refusal, or that it is pending."""
        return self.entry.code if isinstance(self.entry, Refusal) else "pending"


def items(plan: Plan, *, pending: bool) -> list[Item]:
    """What can be written, in order: what others need comes first."""
    entries: list[Refusal | Addition] = [*plan.refused, *(plan.pending if pending else ())]
    verdicts = {_identity(verdict.change): verdict for verdict in plan.verdicts}
    # of the database itself there is none
    judged = [(entry, verdicts[_place(entry)]) for entry in entries if _place(entry) in verdicts]
    found = [item for entry, verdict in judged for item in _item(entry, verdict)]
    return sorted(_knowing(_waiting(found, plan)), key=lambda item: _rank(item.change))


def _knowing(found: list[Item]) -> list[Item]:
    """Items that know what the others add to their tables."""
    new: dict[Key, set[str]] = {}
    for item in found:
        if (item.change.kind, item.change.difference) == ("column", MISSING):
            new.setdefault(item.change.key, set()).add(str(item.change.name))
    return [replace(one, added=frozenset(new.get(one.change.key, ()))) for one in found]


def left(plan: Plan, written: Collection[Item]) -> list[Refusal]:
    """The refusals that are not among what is written."""
    entries = {id(item.entry) for item in written}
    return [entry for entry in plan.refused if id(entry) not in entries]


def _identity(change: Change) -> Identity:
    return change.kind, change.difference, change.key, change.name, change.columns


def _place(entry: Entry) -> Identity:
    """The same of an entry, in which what stands alone has its name in place of a table's."""
    owner, name = (entry.name, None) if entry.table is None else (entry.table, entry.name)
    return entry.kind, entry.difference, (entry.schema, owner or ""), name, entry.columns


def _item(entry: Refusal | Addition, verdict: Verdict) -> Iterator[Item]:
    change = verdict.change
    if isinstance(entry, Addition):
        yield Item(entry, change, "add")
        return
    way = WAYS.get(entry.code)
    if way == "steps" and change.declared.computed is not None:
        way = "add"
    if way == "sql" and not entry.remedy.sql:
        way = "add" if change.difference == MISSING and change.kind in PARTS else None
    if way is None or (way == "add" and entry.remedy.is_advice):
        return
    finding = verdict.finding
    names = finding.names if finding is not None else ()
    yield Item(entry, change, way, _held(entry), names)


def _held(entry: Refusal) -> str:
    if entry.code == "likely-rename":
        return UNSURE
    if entry.remedy.loses:
        return DROPS if entry.kind == "view" else LOSES
    return ""


def _waiting(found: list[Item], plan: Plan) -> list[Item]:
    """What needs something that is not done has to wait for it, and so has what needs that."""
    done = {item.entry.title for item in found if item.held != UNSURE}
    undone = {entry.title for entry in plan.refused} - done
    while True:
        late = [one for one in found if one.code == FOLLOWS and not undone.isdisjoint(one.names)]
        found = [replace(one, held=WAITS) if one in late else one for one in found]
        if undone.issuperset(one.entry.title for one in late):
            return found
        undone |= {one.entry.title for one in late}


def _rank(change: Change) -> tuple[int, tuple[str, str], str]:
    return _ORDER.index(change.kind), change.place, change.name or ""
