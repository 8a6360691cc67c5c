"""Asks the server about what texts cannot decide: step 3 of the method.

What the models declare is made as a temporary table, read back with the server's own spelling, and
compared like with like. No user's table is touched.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection

from autosync.changes import Change
from autosync.compare import compare_table, keys_in_doubt
from autosync.schema import Column, Schema

if TYPE_CHECKING:
    from autosync.dialects.base import Dialect


class Spelled:
    """Equality of texts that the server itself has spelled: what differs, differs."""

    certain = True

    def __init__(self, dialect: Dialect) -> None:
        self.fold = dialect.fold
        self.is_chosen = dialect.is_chosen
        self.same_collation = dialect.same_collation
        self.same_comment = dialect.same_comment
        self._dialect = dialect

    def same_type(self, live: Column, declared: Column) -> bool:
        """The same text, or the same by normalisation."""
        return live.type == declared.type or self._dialect.same_type(live, declared)

    def same_default(self, live: Column, declared: Column, text: str | None) -> bool:
        """The same text, or the same by normalisation."""
        return live.default == text or self._dialect.same_default(live, declared, text)

    def same_expression(self, live: str, declared: str) -> bool:
        """The same text, or the same by normalisation."""
        return live == declared or self._dialect.same_expression(live, declared)


def settle(
    connection: Connection, dialect: Dialect, live: Schema, declared: Schema, changes: list[Change]
) -> list[Change]:
    """``changes`` with every doubt settled that the server could settle.

    What it could not stays uncertain; it is reported as undecided.
    """
    keys = keys_in_doubt(changes)
    if not keys:
        return changes
    pairs = [(live.tables[key], declared.tables[key]) for key in keys]
    probed = dialect.probe(connection, pairs, live)
    settled = [
        replace(change, certain=True) if dialect.differs_surely(change) else change
        for change in changes
        if change.key not in probed
    ]
    for ours, theirs in probed.values():
        settled.extend(compare_table(ours, theirs, Spelled(dialect)))
    return settled
