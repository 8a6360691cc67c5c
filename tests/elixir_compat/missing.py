"""What autosync finds missing, in the words of the witness."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

from tests.elixir_compat.witness import Missing


def missing_by_plan(plan: Any) -> Missing:
    """Return the missing tables, and the (table, column)s missing in existing tables."""
    return names(chain(plan.pending, plan.refused, plan.undecided))


def names(entries: Iterable[Any]) -> Missing:
    """Return the same of any entries."""
    missing = [entry for entry in entries if entry.difference == "missing"]
    tables = {key(entry) for entry in missing if entry.kind == "table"}
    columns = {(key(entry), entry.name) for entry in missing if entry.kind == "column"}
    return tables, columns


def key(entry: Any) -> str:
    """Return the key of the entry's table in a MetaData."""
    return f"{entry.schema}.{entry.table}" if entry.schema else entry.table
