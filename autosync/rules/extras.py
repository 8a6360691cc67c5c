"""What only the database has, and what hurts nobody: notes, never refusals."""

from __future__ import annotations

from autosync.changes import EXTRA, MORE, TWICE, Change
from autosync.facts import Facts
from autosync.rules.base import Finding, notes
from autosync.rules.remedies import run
from autosync.schema import MOST_OTHERS
from autosync.twins import named_twins

ONLY_LIVE = "only the database has it"


@notes("table-extra", ("table", EXTRA), title="A table that only the database has")
def table_extra(change: Change, facts: Facts) -> Finding:
    """The models do not have this table. It is left alone."""
    return Finding(ONLY_LIVE)


@notes("more-extra", ("table", MORE), title="More tables that only the database has")
def more_extra(change: Change, facts: Facts) -> Finding:
    """The models have so few of this database's tables that the others are not all listed."""
    return Finding(f"only the first {MOST_OTHERS} of the database's other tables are listed")


@notes("column-extra", ("column", EXTRA), title="A column that only the database has")
def column_extra(change: Change, facts: Facts) -> Finding:
    """The models do not have this column, and need not: it is nullable or has a default."""
    return Finding(ONLY_LIVE)


@notes(
    "constraint-extra",
    ("foreign_key", EXTRA),
    ("unique", EXTRA),
    ("check", EXTRA),
    title="A constraint that only the database has",
    consequence="A row that breaks it is refused, which the models do not expect.",
)
def constraint_extra(change: Change, facts: Facts) -> Finding:
    """The models do not have this key or check. It is left alone."""
    return Finding(ONLY_LIVE)


@notes("index-extra", ("index", EXTRA), title="An index that only the database has")
def index_extra(change: Change, facts: Facts) -> Finding:
    """The models do not have this index. It is left alone."""
    return Finding(ONLY_LIVE)


@notes(
    "index-twice",
    ("index", TWICE),
    ("unique", TWICE),
    title="An index that the database has twice",
    consequence="Every write pays for both.",
)
def index_twice(change: Change, facts: Facts) -> Finding:
    """The models do not have this index or unique constraint, and another one, or the primary key,
    does all that it does. It is left alone.
    """
    twins = named_twins(facts.live.tables[change.key], change.live)
    return Finding(f"{' and '.join(twins)} {'do' if len(twins) > 1 else 'does'} the same")


@notes(
    "default-extra",
    ("column", "extra_default"),
    title="A server default that only the database has",
    consequence="Rows that leave the column out get this value.",
)
def default_extra(change: Change, facts: Facts) -> Finding:
    """The models declare no server default for the column. It is left alone."""
    said = f" ({change.said_by} says that they differ)" if change.said_by else ""
    return Finding(f"the database has the default {change.live.default}{said}")


@notes("type-alike", ("column", "type"), title="A type of another name that behaves alike")
def type_alike(change: Change, facts: Facts) -> Finding:
    """SQLite converts values by the affinity of a type, and enforces no length: ``FLOAT`` and
    ``DOUBLE``, ``DATETIME`` and ``TIMESTAMP``, ``VARCHAR(5)`` and ``VARCHAR`` hold the same.
    """
    return Finding(
        f"the models have {change.declared.type}, the database has {change.live.type or 'none'}, "
        "and they hold the same values"
    )


@notes("comment-differs", ("table", "comment"), ("column", "comment"), title="A comment differs")
def comment_differs(change: Change, facts: Facts) -> Finding:
    """Comments change nothing for rows or code."""
    return Finding(
        f"the models have {change.declared.comment!r}, the database has {change.live.comment!r}"
    )


@notes(
    "other-name",
    ("primary_key", "name"),
    ("foreign_key", "name"),
    ("unique", "name"),
    ("check", "name"),
    ("index", "name"),
    title="A key, index or check has another name",
)
def other_name(change: Change, facts: Facts) -> Finding:
    """What the models declare under one name does its work under another. Only a name that somebody
    chose counts: not one that SQLAlchemy, a naming convention or the database made.
    """
    table = facts.declared.tables[change.key].origin
    rename = facts.dialect.rename_item(table, change.kind, change.live, change.declared.name)
    said = f"the database calls it {change.live.name}"
    return Finding(said) if rename is None else Finding(said, run(facts, rename))


@notes("label-extra", ("enum", "extra_labels"), title="Labels that only the database has")
def label_extra(change: Change, facts: Facts) -> Finding:
    """The models do not have these labels. Reading a row that has one of them fails in Python."""
    extra = [label for label in change.live.labels if label not in change.declared.labels]
    return Finding(f"only the database has {', '.join(map(repr, extra))}")
