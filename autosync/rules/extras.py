"""What only the database has, and what hurts nobody: notes, never refusals."""

from __future__ import annotations

from autosync.changes import EXTRA, Change
from autosync.facts import Facts
from autosync.rules.base import Finding, notes

ONLY_LIVE = "only the database has it"


@notes("table-extra", ("table", EXTRA), title="A table that only the database has")
def table_extra(change: Change, facts: Facts) -> Finding:
    """The models do not have this table. It is left alone."""
    return Finding(ONLY_LIVE)


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
    "default-extra",
    ("column", "extra_default"),
    title="A server default that only the database has",
    consequence="Rows that leave the column out get this value.",
)
def default_extra(change: Change, facts: Facts) -> Finding:
    """The models declare no server default for the column. It is left alone."""
    return Finding(f"the database has the default {change.live.default}")


@notes("comment-differs", ("table", "comment"), ("column", "comment"), title="A comment differs")
def comment_differs(change: Change, facts: Facts) -> Finding:
    """Comments change nothing for rows or code."""
    return Finding(
        f"the models have {change.declared.comment!r}, the database has {change.live.comment!r}"
    )


@notes("label-extra", ("enum", "extra_labels"), title="Labels that only the database has")
def label_extra(change: Change, facts: Facts) -> Finding:
    """The models do not have these labels. Reading a row that has one of them fails in Python."""
    extra = [label for label in change.live.labels if label not in change.declared.labels]
    return Finding(f"only the database has {', '.join(map(repr, extra))}")
