"""Settings that autosync relies on in its own transactions, whatever a role or a database sets.

It is set with SET LOCAL, and gone with the transaction: a session's own settings would stay behind
in the pool of a PgBouncer. What decides the meaning of what models declare is left as it is: the
``search_path``, the time zone, the order of day and month, where tables are put.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import TextClause

from autosync.dialects.postgresql import limits, locks


class Setting(NamedTuple):
    """A setting, and the value that it is to have; in the versions that have it."""

    name: str
    value: str
    since: int = 0
    until: int = limits.NEWEST + 1


RELIED_ON = (
    # a deadline of our own, and how many rows may be read, are the limits
    Setting("statement_timeout", "0"),
    Setting("idle_in_transaction_session_timeout", "0"),
    Setting("transaction_timeout", "0", since=17),
    # how texts are read and spelled
    Setting("standard_conforming_strings", "on"),
    Setting("quote_all_identifiers", "off"),
    Setting("DateStyle", "ISO"),  # the order of day and month stays
    Setting("bytea_output", "hex"),
    Setting("extra_float_digits", "1"),
    Setting("transform_null_equals", "off"),
    # how queries of the catalog are planned
    Setting("jit", "off"),
    Setting("plan_cache_mode", "auto"),
    Setting("from_collapse_limit", "8"),
    Setting("join_collapse_limit", "8"),
    Setting("force_parallel_mode", "off", until=16),
    Setting("debug_parallel_query", "off", since=16),
    *(
        Setting(f"enable_{way}", "on")
        for way in (
            "bitmapscan",
            "hashagg",
            "hashjoin",
            "indexonlyscan",
            "indexscan",
            "material",
            "mergejoin",
            "nestloop",
            "seqscan",
            "sort",
            "tidscan",
        )
    ),
)

CAUSES = {
    "25006": "default_transaction_read_only",
    "25P03": "idle_in_transaction_session_timeout",
    "25P04": "transaction_timeout",
    "57P05": "idle_session_timeout",
    "57014": "statement_timeout",
}
"""By the code of an error, the setting that may be its cause."""


@lru_cache
def _of(version: int) -> tuple[Setting, ...]:
    return tuple(one for one in RELIED_ON if one.since <= version < one.until)


@lru_cache
def _setting(version: int) -> TextClause:
    sets = (f"pg_catalog.set_config('{one.name}', '{one.value}', true)" for one in _of(version))
    return text(f"SELECT {', '.join(sets)}, {_PATIENCE}, {_WRITING}")


@lru_cache
def _asking(version: int) -> TextClause:
    asked = (f"pg_catalog.current_setting('{one.name}')" for one in _of(version))
    return text(f"SELECT {', '.join(asked)}")


_PATIENCE = "pg_catalog.set_config('lock_timeout', :patience, true)"
_WRITING = """pg_catalog.current_setting('transaction_read_only')::boolean
       AND pg_catalog.current_setting('default_transaction_read_only')::boolean
       AND NOT pg_catalog.pg_is_in_recovery() AS is_read_only"""
READ_WRITE = text("SET TRANSACTION READ WRITE")
"""Has to be the first statement of a transaction."""


def rely(connection: Connection, version: int, patience: float) -> bool:
    """Set what autosync relies on, and a lock_timeout of so many seconds, until the transaction
    ends.

    Tells whether the transaction is read-only, and only because that is the default.
    """
    waiting = {"patience": locks.milliseconds(patience)}
    return bool(connection.execute(_setting(version), waiting).one().is_read_only)


def current(connection: Connection, version: int) -> Sequence[Any]:
    """The values in force of all that :func:`rely` sets, for :func:`restore`."""
    return list(connection.execute(_asking(version)).one())


def restore(connection: Connection, version: int, values: Sequence[Any]) -> None:
    """Set what was in force."""
    query = text("SELECT pg_catalog.set_config(:name, :value, true)")
    for one, value in zip(_of(version), values, strict=True):
        connection.execute(query, {"name": one.name, "value": value})
