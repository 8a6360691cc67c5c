"""The effect of an addition on triggers, subscribers, heirs and the other nodes of a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from autosync.changes import MISSING, Change
from autosync.facts import Facts
from autosync.schema import qualified
from autosync.surroundings import NOTHING, Attached


def around(change: Change, facts: Facts) -> Iterator[str]:
    """The costs to others than those who read and write the table itself."""
    if change.difference != MISSING or change.kind in ("view", "enum", "sequence"):
        return
    if change.key in facts.live.tables:
        attached = facts.around().attached.get(change.key, NOTHING)
        if change.kind == "column":
            yield from _triggers(attached)
            yield from _publications(attached)
            yield from _heirs(change, facts, attached)
        yield from _nodes(facts)
    elif change.kind == "table":
        yield from _keyless(change, facts)


def _triggers(attached: Attached) -> Iterator[str]:
    """A trigger of the table takes a whole row, and knows only the columns that there were."""
    if attached.triggers:
        yield (
            f"{_named('trigger', attached.triggers)} will see rows with one more column: what "
            "copies whole rows, as INSERT INTO history SELECT NEW.*, fails at the next write"
        )


def _publications(attached: Attached) -> Iterator[str]:
    """A subscriber cannot take a row with a column that its table does not have."""
    if attached.publications:
        yield (
            f"its rows are passed on by {_named('publication', attached.publications)}: a "
            "subscriber stops until its own table has the column"
        )


def _heirs(change: Change, facts: Facts, attached: Attached) -> Iterator[str]:
    """Tables that inherit from it get the column, and are locked for that."""
    if not attached.heirs:
        return
    yield f"{_named('table', map(qualified, attached.heirs))} will inherit it"
    having = [key for key, columns in attached.heirs.items() if change.columns[0] in columns]
    if having:
        yield (
            f"a column of this name in {_named('table', map(qualified, having))} is merged with "
            "it, if it is of the same type"
        )


def _keyless(change: Change, facts: Facts) -> Iterator[str]:
    """The server refuses to change rows that it could not tell a subscriber of."""
    publications = facts.around().keyless.get(change.key)
    if publications:
        yield (
            f"it will be in {_named('publication', publications)}, and has no primary key: UPDATE "
            "and DELETE of its rows are refused"
        )


def _nodes(facts: Facts) -> Iterator[str]:
    """The lock between synchronizers is a node's own, and so is the one on a table."""
    nodes = facts.around().nodes
    if nodes:
        yield (
            f"it is done on all {nodes} nodes of the cluster: transactions that are open on the "
            "table end with error 1213, on every node"
        )


def _named(what: str, names: Iterable[str]) -> str:
    listed = sorted(names)
    return f"the {what}{'s'[: len(listed) != 1]} {', '.join(listed)}"
