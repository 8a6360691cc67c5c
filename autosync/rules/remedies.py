"""How rules build their remedies."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.schema import DDLElement
from sqlalchemy.sql.base import Executable

from autosync.changes import Change
from autosync.ddl import AddColumn, AlterTable
from autosync.dialects.columns import addable
from autosync.facts import Facts
from autosync.remedy import Batch, Part, Remedy, Sql, Words


def run(facts: Facts, *elements: Executable, loses: bool = False) -> Remedy:
    """Run statements."""
    return Remedy(tuple(map(facts.dialect.statement, elements)), loses)


def first(change: Change, facts: Facts) -> Remedy:
    """The steps that must come before an index or a constraint can be added: its new columns,
    and an index that has its name.
    """
    dialect, table = facts.dialect, facts.declared.tables[change.key]
    steps: list[Sql] = []
    for name in change.columns:
        column = table.columns[name]
        if facts.is_absent(change.key, (name,)) and (column.nullable or facts.fills(column)):
            added = dialect.statement(AlterTable(table.origin, [AddColumn(addable(column))]))
            steps.append(replace(added, adds=name))
    live = facts.live.tables[change.key].indexes
    if change.live is None and any(index.name == change.name for index in live if index.name):
        steps.append(dialect.statement(dialect.drop_index(table.origin, str(change.name))))
    return Remedy(tuple(steps))


def altered(
    facts: Facts, element: DDLElement, batch: str, table: sa.Table, *, loses: bool = False
) -> Remedy:
    """Run a statement, or where the database cannot alter, write a revision.

    ``batch`` is the operation inside Alembic's ``batch_alter_table``, which makes the table anew
    and copies its rows.
    """
    return Remedy((alteration(facts, element, batch, table),), loses)


def alteration(facts: Facts, element: DDLElement, batch: str, table: sa.Table) -> Part:
    """The same as a part of a remedy."""
    statement = facts.dialect.statement(element)
    if facts.dialect.alters_columns:
        return statement
    # a quote that Python escapes ends a string of SQL
    return Batch(table.name, batch, statement.exact and r"\'" not in f"{table.name!r}{batch}")


def knowing(words: str, remedy: Remedy) -> Remedy:
    """A remedy, and what to know first."""
    return Remedy((Words(words), *remedy.parts), remedy.loses)


def on_request(allowance: str, by_hand: Remedy) -> Remedy:
    """The remedy of what is done as soon as somebody allows it."""
    return knowing(f"autosync does it with --allow {allowance}; or by hand:", by_hand)
