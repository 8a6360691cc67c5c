"""The verdict on each change. Default deny: what no rule admits is refused.

To add a rule is to add one function to a file of this folder: its code, ``explain`` text, row in
the README and obligation to be tested follow from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from autosync.changes import MISSING, Change, printable
from autosync.facts import Facts
from autosync.rules import (  # noqa: F401 - importing registers; the order is the order of asking
    acceptance,
    capabilities,
    columns,
    constraints,
    dormant,
    enums,
    extras,
    indexes,
    limits,
    names,
    renames,
    rights,
    tables,
    trial,
    views,
)
from autosync.rules.base import EXCLUDED, RULES, Finding, Rule, refuses
from autosync.rules.hazards import hazards
from autosync.rules.tables import NOT_RENDERED, not_rendered
from autosync.rules.targets import needs_more
from autosync.schema import Column, ForeignKey, Key, Unrendered

ADDITIVE = {
    ("table", MISSING),
    ("column", MISSING),
    ("column", "unfinished"),
    ("foreign_key", MISSING),
    ("foreign_key", "valid"),
    ("unique", MISSING),
    ("check", MISSING),
    ("index", MISSING),
    ("index", "valid"),
    ("enum", MISSING),
    ("enum", "labels"),
    ("sequence", MISSING),
    ("view", MISSING),
    ("view", "definition"),
}
"""What may be applied if no rule objects."""

A_USER = "the column that uses it"
FOLLOWS = "depends-on-refused"
"""The code of what is refused for the sake of something else."""
LACKING = {MISSING, "kind", "labels", "columns", "expression", "definition", "valid", "enforced"}
"""The differences that leave the database without what the models declare."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A change, and what is to become of it: additive if there is no ``rule``."""

    change: Change
    rule: Rule | None = None
    finding: Finding | None = None
    hazards: tuple[str, ...] = ()

    @property
    def additive(self) -> bool:
        """Whether the change is to be applied."""
        return self.rule is None and self.change.certain

    @property
    def is_refused(self) -> bool:
        """Whether the change is more than an addition."""
        return self.rule is not None and self.rule.outcome == "refused"

    @property
    def is_undecided(self) -> bool:
        """Whether the change is only a possible one."""
        return not (self.change.certain or self.is_excluded)

    @property
    def is_note(self) -> bool:
        """Whether the change hurts nobody."""
        return self.rule is not None and self.rule.outcome == "note"

    @property
    def is_excluded(self) -> bool:
        """Whether the change is not selected, and nothing is said of it."""
        return self.rule is EXCLUDED


@refuses(
    "unknown-change",
    title="A difference that no rule knows",
    consequence="Nothing is done about it.",
)
def unknown_change(change: Change, facts: Facts) -> Finding:
    """A difference for which autosync has no rule is refused, whatever it is."""
    return Finding(f"the {change.difference} of this {change.kind} differs")


@refuses(
    FOLLOWS,
    title="It needs something that was refused",
    consequence="It is not created either.",
)
def depends_on_refused(change: Change, facts: Facts) -> Finding:
    """A new object that needs another one which was refused is refused with it: a key to a table
    that is not created, a column whose constraint cannot be added, a constraint of such a column.
    """
    return Finding("it needs something else that was refused")


def judge(changes: Iterable[Change], facts: Facts) -> list[Verdict]:
    """A verdict on each change, in their order."""
    verdicts = _with_dependencies([_judge(change, facts) for change in changes], facts)
    rejected = trial.findings([v.change for v in verdicts if v.additive], facts)
    if not rejected:
        return verdicts
    tried = [_tried(verdict, rejected) for verdict in verdicts]
    return _with_dependencies(_with_their_indexes(tried, rejected), facts)


def _tried(verdict: Verdict, rejected: Mapping[int, tuple[str, Finding]]) -> Verdict:
    """The verdict on what the server was asked about."""
    if id(verdict.change) not in rejected:
        return verdict
    code, finding = rejected[id(verdict.change)]
    return Verdict(verdict.change, RULES[code], finding)


def _with_their_indexes(verdicts: list[Verdict], rejected: Collection[int]) -> list[Verdict]:
    """Columns wait for the indexes that the server does not take: what was refused would be called
    something else as soon as they were there.
    """
    lost = [v.change for v in verdicts if id(v.change) in rejected and v.change.kind == "index"]
    titles = {(one.key, name): one.title for one in lost for name in one.columns}
    return [
        _dependent(verdict, titles.get((verdict.change.key, verdict.change.name or "")), set())
        if verdict.additive and verdict.change.kind == "column"
        else verdict
        for verdict in verdicts
    ]


def _judge(change: Change, facts: Facts) -> Verdict:
    if not facts.is_selected(change):
        return Verdict(change, EXCLUDED, Finding("it is not selected"))
    if not change.certain:
        return Verdict(change)
    return _unrendered(change, facts) or _by_rules(change, facts)


def _unrendered(change: Change, facts: Facts) -> Verdict | None:
    """The verdict on what has no text on this database, and on what is about such a column: there
    is nothing in it that another rule could look at.
    """
    if isinstance(change.declared, Unrendered):
        return Verdict(change, RULES[NOT_RENDERED], not_rendered(change, facts))
    table = None if change.declared is None else facts.declared.tables.get(change.key)
    for part in () if table is None else table.unrendered:
        if part.kind == "column" and part.name in change.columns:
            needed = f"column {printable('column', change.key, part.name, ())}"
            return _dependent(Verdict(change), needed, set())
    return None


def _by_rules(change: Change, facts: Facts) -> Verdict:
    pair = (change.kind, change.difference)
    for rule in RULES.values():
        if pair in rule.on:
            finding = rule.judge(change, facts)
            if finding is not None:
                return Verdict(change, rule, finding)
    if pair in ADDITIVE:
        return Verdict(change, hazards=hazards(change, facts))
    return Verdict(change, RULES["unknown-change"], unknown_change(change, facts))


def _with_dependencies(verdicts: list[Verdict], facts: Facts) -> list[Verdict]:
    """Refuse what needs something refused, until nothing more follows."""
    while True:
        lacking = [v for v in verdicts if v.rule is not None and v.change.difference in LACKING]
        missing = [verdict.change for verdict in lacking]
        broken = {id(v): _broken(v.change, missing, facts) for v in verdicts if v.additive}
        if not any(broken.values()):
            return verdicts
        excluded = {verdict.change.title for verdict in lacking if verdict.is_excluded}
        verdicts = [_dependent(v, broken.get(id(v)), excluded) for v in verdicts]


def _dependent(verdict: Verdict, needed: str | None, excluded: set[str]) -> Verdict:
    """The verdict on what needs something that will not be there."""
    if needed is None:
        return verdict
    if needed == A_USER and excluded:
        return Verdict(verdict.change, EXCLUDED, Finding("nothing that is selected uses it"))
    why = "is not selected: select it, too" if needed in excluded else "was refused"
    finding = Finding(f"it needs {needed}, which {why}", names=(needed,))
    return Verdict(verdict.change, RULES[FOLLOWS], finding)


def _broken(change: Change, refused: list[Change], facts: Facts) -> str | None:
    """The refused object that ``change`` needs, None if it needs none of them."""
    if change.kind == "enum" and change.difference == MISSING:
        return None if _has_new_user(change, refused, facts) else A_USER
    if change.kind == "sequence" and _is_orphaned(change, refused, facts):
        return A_USER
    needs = _reads if change.kind == "view" else _needs
    for other in refused:
        if needs(change, other, facts):
            return other.title
    return None


def _needs(change: Change, other: Change, facts: Facts) -> bool:
    if other.kind == "enum":
        return _uses_enum(change, other, facts)
    if any(_points_at(key, other, facts) for key in _keys(change)):
        return True
    if change.key != other.key or other is change:
        return False
    if other.kind == "table":
        return True
    if other.kind == "column":
        computed_from = getattr(change.declared, "computed_from", ())
        return other.name in change.columns or other.name in computed_from
    # a column stands and falls with its constraints; a plain index can be made later
    is_vital = change.difference == "unfinished" or _is_constraint(other)
    return change.kind == "column" and change.name in other.columns and is_vital


def _reads(change: Change, other: Change, facts: Facts) -> bool:
    """Whether a view reads what ``other`` was to make, or to give other columns."""
    reads = change.declared.reads
    if other.kind == "view" and other.difference == "definition":
        there = other.live.columns
        read = {name for key, name in reads if key == other.key and name is not None}
        return other is not change and bool(there) and not read.issubset(there)
    place = other.key, other.name if other.kind == "column" else None
    return other.kind in ("table", "column", "view") and place in reads


def _is_constraint(change: Change) -> bool:
    return change.kind in ("foreign_key", "unique", "check") or (
        change.kind == "index" and change.declared.unique
    )


def _points_at(key: ForeignKey, other: Change, facts: Facts) -> bool:
    """Whether a foreign key needs what ``other`` was to make."""
    if key.target != other.key:
        return False
    needed = set(key.target_columns)
    if other.kind in ("unique", "index", "primary_key"):
        return needed == set(other.columns) and needs_more(key, facts)
    return other.kind == "table" or (other.kind == "column" and other.name in needed)


def _keys(change: Change) -> Iterable[ForeignKey]:
    if change.kind == "table":
        return [key for key in change.declared.foreign_keys if key.target != change.key]
    return [change.declared] if change.kind == "foreign_key" else []


def _uses_enum(change: Change, enum: Change, facts: Facts) -> bool:
    """Whether a new column is of a refused type, or has a refused label as its default."""
    used: Iterable[Column] = []
    if change.kind == "table":
        used = change.declared.columns.values()
    elif change.kind == "column":
        used = [change.declared]
    typed = [column for column in used if facts.enum_key(column) == enum.key]
    if enum.difference != "labels":
        return bool(typed)
    lacking = [label for label in enum.declared.labels if label not in enum.live.labels]
    defaults = [column.default_when_added or "" for column in typed]
    literals = ["'" + label.replace("'", "''") + "'" for label in lacking]
    return any(literal in default for literal in literals for default in defaults)


def _has_new_user(enum: Change, refused: list[Change], facts: Facts) -> bool:
    """Whether a table or a column that will be created is of this type."""
    gone = _named(refused)
    return any(
        facts.enum_key(column) == enum.key and facts.is_new(key, (name,))
        for key, table in facts.declared.tables.items()
        if (key, None) not in gone
        for name, column in table.columns.items()
        if (key, name) not in gone
    )


def _named(changes: list[Change]) -> set[tuple[Key, str | None]]:
    """What changes are about, for looking up: a column, or (None) a whole table."""
    return {(change.key, change.name) for change in changes}


def _is_orphaned(sequence: Change, refused: list[Change], facts: Facts) -> bool:
    """Whether the only column that uses a sequence was refused."""
    gone = _named(refused)
    users = [
        (key, name)
        for key, table in facts.declared.tables.items()
        for name, column in table.columns.items()
        if column.origin.default is sequence.declared.origin
    ]
    return bool(users) and all((k, n) in gone or (k, None) in gone for k, n in users)


__all__ = ["RULES", "Finding", "Rule", "Verdict", "judge"]
