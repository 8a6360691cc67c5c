"""What can be added to a large table beside its readers and writers, by autosync or by people."""

from __future__ import annotations

from autosync.changes import Change
from autosync.facts import Facts
from autosync.remedy import Remedy, together
from autosync.rules.remedies import first, run


def is_gentle(change: Change, facts: Facts) -> bool:
    """Whether what belongs to a large table can be added while others read and write it.

    It runs outside of any transaction, and so never on a connection that was handed in.
    """
    columns = facts.declared.tables[change.key].columns
    filled = any(
        facts.fills(columns[name]) for name in change.columns if facts.is_new(change.key, (name,))
    )
    divided = bool(facts.live.tables[change.key].partition_key)
    return not facts.joined and facts.dialect.is_gentle(
        change.origin, filled=filled, divided=divided
    )


def by_hand(change: Change, facts: Facts) -> Remedy:
    """The statements that add an index or a constraint, and hold up the least."""
    dialect = facts.dialect
    # a partitioned table takes neither CONCURRENTLY nor NOT VALID
    partitioned = bool(facts.live.tables[change.key].partition_key)
    elements = [dialect.add_alone(change.origin)] if partitioned else dialect.gently(change.origin)
    return together([first(change, facts), run(facts, *elements)])
