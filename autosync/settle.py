"""Asks the server about what texts cannot decide: step 3 of the method.

What the models declare is made as a temporary table, read back with the server's own spelling, and
compared like with like. No user's table is touched.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from sqlalchemy.engine import Connection

from autosync.changes import MISSING, Change
from autosync.compare import compare_table, compare_view, keys_in_doubt
from autosync.schema import Column, Columns, Key, Schema, Table, View

if TYPE_CHECKING:
    from autosync.dialects.base import Dialect


class _OnColumns(Protocol):
    @property
    def columns(self) -> tuple[str, ...]: ...


Item = TypeVar("Item", bound=_OnColumns)
UNREADABLE = {("table", MISSING), ("view", MISSING)}
"""What no view that is there can read."""


class Spelled:
    """Equality of texts that the server itself has spelled: what differs, differs."""

    certain = True

    def __init__(self, dialect: Dialect) -> None:
        self.fold = dialect.fold
        self.is_chosen = dialect.is_chosen
        self.key_forbids_null = dialect.key_forbids_null
        self.same_part = dialect.same_part
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

    def same_view(self, live: View, declared: View) -> bool:
        """The same text, or the same by normalisation."""
        return self._dialect.same_view(live, declared)


def settle(
    connection: Connection, dialect: Dialect, live: Schema, declared: Schema, changes: list[Change]
) -> list[Change]:
    """``changes`` with every doubt settled that the server could settle.

    What it could not stays uncertain; it is reported as undecided.
    """
    settled = _tables(connection, dialect, live, declared, changes)
    return _views(connection, dialect, live, settled)


def _compared(live: Table, declared: Table, dialect: Dialect) -> tuple[Table, Table]:
    """Both sides of a table; what Python-side defaults imply stays where the database has one."""
    filled = {dialect.fold(one.name) for one in live.columns.values() if one.default is not None}
    columns = Columns.of(
        one if dialect.fold(one.name) in filled else one._replace(implied_default=None)
        for one in declared.columns.values()
    )
    return live, declared._replace(columns=columns)


def _tables(
    connection: Connection, dialect: Dialect, live: Schema, declared: Schema, changes: list[Change]
) -> list[Change]:
    keys = keys_in_doubt(changes)
    if not keys:
        return changes
    both = (_without_unmade(live.tables[key], declared.tables[key], dialect) for key in keys)
    pairs = [_compared(*sides, dialect) for sides in both]
    doubts = dialect.tables_not_to_ask(connection, pairs)
    askable = [pair for pair in pairs if pair[1].key not in doubts]
    probed = dict(dialect.probe(connection, askable, live)) if askable else {}
    for pair in askable:
        if pair[1].key not in probed:
            probed |= _without_rejected(connection, dialect, live, pair, changes)
    settled = [
        replace(change, certain=True)
        if dialect.differs_surely(change) or _is_computed_from_new(change, live, dialect)
        else _doubted(change, doubts)
        for change in changes
        if change.key not in probed or _is_left_out(change, *probed[change.key])
    ]
    read = {_identity(change): change for change in changes}
    for ours, theirs in probed.values():
        found = compare_table(ours, theirs, Spelled(dialect))
        settled.extend(_as_read(change, read.get(_identity(change))) for change in found)
    return settled


def _without_unmade(live: Table, declared: Table, dialect: Dialect) -> tuple[Table, Table]:
    """Both sides without the columns that are to be computed from what the live table lacks: no
    copy of it could have them.
    """
    names = {
        column.name
        for column in declared.columns.values()
        if column.name in live.columns and _lacks_source(column, live, dialect)
    }
    return (_without(live, names), _without(declared, names)) if names else (live, declared)


def _lacks_source(column: Column, live: Table, dialect: Dialect) -> bool:
    there = set(map(dialect.fold, live.columns))
    return not there.issuperset(map(dialect.fold, column.computed_from))


def _is_computed_from_new(change: Change, live: Schema, dialect: Dialect) -> bool:
    """Whether a column is to be computed from one that is not there, as no live column can be."""
    return change.difference == "computed" and _lacks_source(
        change.declared, live.tables[change.key], dialect
    )


def _without_rejected(
    connection: Connection,
    dialect: Dialect,
    live: Schema,
    pair: tuple[Table, Table],
    changes: list[Change],
) -> Mapping[Key, tuple[Table, Table]]:
    """Both sides of a table that the server would not make, without the columns for which it would
    not: each of those in doubt is tried by itself. Empty if none was taken.
    """
    key = pair[1].key
    of_columns = [c for c in changes if c.key == key and c.kind == "column" and not c.certain]
    unclear = {name for change in of_columns for name in change.columns}
    if len(unclear) <= 1 or any(not check.columns for check in pair[0].checks):
        return {}

    def probed(left_out: set[str]) -> Mapping[Key, tuple[Table, Table]]:
        ours, theirs = (_without(table, left_out) for table in pair)
        return dialect.probe(connection, [(ours, theirs)], live)

    taken = {name for name in unclear if probed(unclear - {name})}
    return probed(unclear - taken) if taken else {}


def _without(table: Table, names: set[str]) -> Table:
    """A table without these columns, and without what names them."""

    def kept(items: Sequence[Item]) -> list[Item]:
        return [item for item in items if names.isdisjoint(item.columns)]

    return table._replace(
        columns=Columns.of(c for c in table.columns.values() if c.name not in names),
        foreign_keys=kept(table.foreign_keys),
        uniques=kept(table.uniques),
        checks=kept(table.checks),
        indexes=kept(table.indexes),
        exclusions=kept(table.exclusions),
    )


def _is_left_out(change: Change, live: Table, declared: Table) -> bool:
    """Whether a change is about a column of neither of these sides."""
    return any(name not in live.columns and name not in declared.columns for name in change.columns)


def _as_read(change: Change, read: Change | None) -> Change:
    """A change with the values that were read, as it would be if nothing else of its table were
    in doubt.
    """
    return change if read is None else replace(read, certain=change.certain)


def _identity(change: Change) -> tuple[object, ...]:
    # constraints need no name, and several may be on the same columns
    side = change.origin if change.declared is not None else change.live
    about = None if side is None or change.kind == "column" else id(side)
    return change.kind, change.difference, change.key, change.name, change.columns, about


def _views(
    connection: Connection, dialect: Dialect, live: Schema, changes: list[Change]
) -> list[Change]:
    doubtful = [c for c in changes if c.kind == "view" and not c.certain]
    if not doubtful:
        return changes
    missing = {c.key for c in changes if (c.kind, c.difference) in UNREADABLE}
    settled = [change for change in changes if change not in doubtful]
    askable = []
    for change in doubtful:
        if _needs_more(change.declared, live, missing, dialect):
            settled.append(replace(change, certain=True))
        elif None in (change.live.definition, change.declared.definition):
            settled.append(change)
        else:
            askable.append(change)
    pairs = [(change.live, change.declared) for change in askable]
    doubts = dialect.views_not_to_ask(connection, pairs) if pairs else {}
    pairs = [pair for pair in pairs if pair[1].key not in doubts]
    probed = dialect.probe_views(connection, pairs) if pairs else {}
    for change in askable:
        if change.key in probed:
            settled.extend(compare_view(*probed[change.key], Spelled(dialect)))
        else:
            settled.append(_doubted(change, doubts))
    return settled


def _doubted(change: Change, doubts: Mapping[Key, str]) -> Change:
    """A change with the reason for which the server must not be asked about it, if there is one."""
    return change if change.certain else replace(change, doubt=doubts.get(change.key))


def _needs_more(view: View, live: Schema, missing: Collection[Key], dialect: Dialect) -> bool:
    """Whether a view reads what is not there, which no live view can do."""
    for key, name in view.reads:
        table = live.tables.get(key)
        columns = () if table is None else table.columns
        if key in missing or (
            # the columns of a view are not always known
            name is not None and columns and dialect.fold(name) not in map(dialect.fold, columns)
        ):
            return True
    return False
