"""Indexes."""

from __future__ import annotations

from autosync.changes import MISSING, Change
from autosync.facts import Facts
from autosync.remedy import advice
from autosync.rules.base import Finding, notes, refuses
from autosync.rules.gentle import by_hand
from autosync.rules.remedies import on_request, run
from autosync.schema import Index

ALLOW = "indexes"


@refuses(
    "index-missing",
    ("index", MISSING),
    title="Existing columns lack an index",
    consequence="Queries are slower than they could be.",
)
def index_missing(change: Change, facts: Facts) -> Finding | None:
    """An index on columns that exist is built only where ``allow={"indexes"}`` says so: building it
    holds up writing, and nobody but a person knows when that suits.
    """
    if facts.is_new(change.key, change.columns) or ALLOW in facts.allow:
        return None
    return Finding("the database has no such index", on_request(ALLOW, by_hand(change, facts)))


@refuses(
    "index-differs",
    ("index", "definition"),
    title="An index differs",
    consequence="Queries are planned otherwise, or (unique) other rows are kept apart.",
)
def index_differs(change: Change, facts: Facts) -> Finding:
    """The index of this name has other columns, order, method, predicate or uniqueness."""
    return Finding(
        f"the models have {_described(change.declared)}, the database has "
        f"{_described(change.live)}",
        run(facts, *facts.dialect.replace_index(change.origin, change.live.name)),
    )


def _described(index: Index) -> str:
    """An index in the order of the words of CREATE INDEX."""
    words = [
        "unique" if index.unique else "",
        f"using {index.method}" if index.method else "",
        f"({', '.join(index.parts)})",
        f"include ({', '.join(index.include)})" if index.include else "",
        "" if index.nulls_distinct else "nulls not distinct",
        f"where {index.predicate}" if index.predicate else "",
    ]
    return " ".join(filter(None, words))


@notes(
    "index-building",
    ("index", "valid"),
    ("column", "unfinished"),
    title="Another session is just building an index",
)
def index_building(change: Change, facts: Facts) -> Finding | None:
    """CREATE INDEX CONCURRENTLY of another session, or of one whose client has died, is at work on
    this table. What it has not finished when it ends is the next run's.
    """
    if not facts.is_at_work(change.key):
        return None
    return Finding("another session is at work on it")


@refuses(
    "index-invalid",
    ("index", "valid"),
    title="An index was never finished",
    consequence="It costs with every write, and no query uses it.",
)
def index_invalid(change: Change, facts: Facts) -> Finding | None:
    """CREATE INDEX CONCURRENTLY was interrupted, and left an index that is not valid. One that a
    synchronizer has left of a new column is finished by the next.
    """
    if facts.is_new(change.key, change.columns) and not facts.joined:
        return None
    if facts.live.tables[change.key].partition_key:
        return Finding(
            "the index is not valid: some partition has none that is a part of it",
            advice(
                f"Make the index of each partition, and attach it to {change.live.name} with ALTER "
                "INDEX ... ATTACH PARTITION ...; the last one makes it valid."
            ),
        )
    table = facts.declared.tables[change.key].origin
    rebuild = facts.dialect.rebuild_index(table, change.live.name)
    return Finding("the index is not valid", run(facts, rebuild))
