"""Who holds the locks that we want: pg_locks, pg_blocking_pids() and pg_stat_activity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.blockers import LOCK, LONGEST, Blocker, Purpose, Sighting, Wanted, blocker
from autosync.literals import Lexis

LEXIS = Lexis(texts="'", names='"', escapes=True, dollars=True, standard=True)
"""Whether other sessions have standard_conforming_strings is not known."""

EXCLUSIVE = {"AccessExclusiveLock"}
WRITING = {
    "RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock", "ShareRowExclusiveLock",
    "ExclusiveLock", *EXCLUSIVE,
}  # fmt: skip
ANY = {"AccessShareLock", "RowShareLock", *WRITING}
CONFLICTS: Mapping[Purpose, set[str]] = {
    "read": EXCLUSIVE,
    "reference": WRITING,
    "index": WRITING,
    "build": WRITING,
    "alter": ANY,
}
"""The locks of others that are in the way of each purpose."""

TABLE_LOCKS = text("""
    WITH RECURSIVE wanted AS (
        SELECT c.oid, n.nspname, c.relname
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
        WHERE c.relname OPERATOR(pg_catalog.=) ANY (CAST(:names AS pg_catalog.text[]))
          AND (n.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(false))
               OR n.nspname OPERATOR(pg_catalog.=) ANY (CAST(:schemas AS pg_catalog.text[])))
      UNION
        SELECT i.inhrelid, w.nspname, w.relname
        FROM wanted w
        JOIN pg_catalog.pg_inherits i ON i.inhparent OPERATOR(pg_catalog.=) w.oid
    )
    SELECT DISTINCT l.pid, w.nspname, w.relname, l.mode,
           pg_catalog.concat(w.relname, ' (', l.mode,
                             CASE WHEN l.granted THEN ')' ELSE ', waiting)' END) AS what,
           p.gid, p.owner::pg_catalog.text,
           extract(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) p.prepared) AS age
    FROM pg_catalog.pg_locks l
    JOIN wanted w ON w.oid OPERATOR(pg_catalog.=) l.relation
    LEFT JOIN pg_catalog.pg_locks t
      ON l.pid IS NULL AND t.virtualtransaction OPERATOR(pg_catalog.=) l.virtualtransaction
         AND t.locktype OPERATOR(pg_catalog.=) 'transactionid'
    LEFT JOIN pg_catalog.pg_prepared_xacts p
      ON p.transaction OPERATOR(pg_catalog.=) t.transactionid
    WHERE l.locktype OPERATOR(pg_catalog.=) 'relation'
      AND l.database OPERATOR(pg_catalog.=) (
            SELECT oid FROM pg_catalog.pg_database
            WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
      AND (l.pid IS NULL OR l.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid())
""")
"""Also those who wait: we queue behind them. A prepared transaction has no session."""

ADVISORY_LOCKS = text("""
    SELECT l.pid, CAST(:what AS pg_catalog.text) AS what FROM pg_catalog.pg_locks l
    WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.granted
      AND l.objsubid OPERATOR(pg_catalog.=) 1
      AND l.database OPERATOR(pg_catalog.=) (
            SELECT oid FROM pg_catalog.pg_database
            WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
      AND ((l.classid::bigint OPERATOR(pg_catalog.<<) 32) OPERATOR(pg_catalog.|) l.objid::bigint)
            OPERATOR(pg_catalog.=) CAST(:key AS bigint)
      AND l.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
""")

OLD_SNAPSHOTS = text("""
    SELECT a.pid, 'an old snapshot' AS what FROM pg_catalog.pg_stat_activity a
    WHERE a.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
      AND a.backend_xmin IS NOT NULL
      AND a.backend_type OPERATOR(pg_catalog.=) 'client backend'
      AND a.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
      AND a.xact_start OPERATOR(pg_catalog.<)
          (pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) interval '1 second')
""")
"""An index that is built CONCURRENTLY waits for everybody who might look for what it lacks."""

SESSIONS = text("""
    WITH RECURSIVE way (pid) AS (
        SELECT pg_catalog.unnest(CAST(:pids AS int[]))
      UNION
        SELECT pg_catalog.unnest(pg_catalog.pg_blocking_pids(way.pid)) FROM way
    )
    SELECT a.pid, a.usename, a.application_name, a.state,
           CASE WHEN a.backend_type OPERATOR(pg_catalog.<>) 'client backend'
                THEN a.backend_type END AS worker,
           extract(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) a.xact_start)
             AS age,
           pg_catalog.left(a.query, CAST(:longest AS int)) AS query,
           a.query OPERATOR(pg_catalog.=) '<insufficient privilege>' AS hidden
    FROM pg_catalog.pg_stat_activity a JOIN way ON way.pid OPERATOR(pg_catalog.=) a.pid
    WHERE a.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
    ORDER BY a.xact_start NULLS LAST, a.pid
""")
"""Those in the way, and those that are in theirs; the oldest transaction first."""

OTHERS = "what another of these waits for"
HIDDEN = "of sessions of other roles one sees more as a member of pg_read_all_stats"


def blockers(connection: Connection, wanted: Wanted, lock_key: int) -> Sighting:
    """Who holds what is wanted; ``lock_key`` is that of the lock between synchronizers."""
    holds: dict[int, set[str]] = {}
    prepared: list[Blocker] = []
    for row in _locks(connection, wanted, lock_key):
        if row.pid is None:
            prepared.append(_prepared(row))
        else:
            holds.setdefault(row.pid, set()).add(row.what)
    asked = {"pids": list(holds), "longest": 2 * LONGEST}
    sessions = connection.execute(SESSIONS, asked).all() if holds else []
    seen = (_session(row, ", ".join(sorted(holds.get(row.pid, {OTHERS})))) for row in sessions)
    return Sighting((*prepared, *seen), HIDDEN if any(row.hidden for row in sessions) else "")


def _locks(connection: Connection, wanted: Wanted, lock_key: int) -> list[Any]:
    """Rows of who holds what."""
    if wanted.lock:
        return list(connection.execute(ADVISORY_LOCKS, {"key": lock_key, "what": LOCK}))
    tables = wanted.tables
    asked = {
        "names": sorted({name for _, name in tables}),
        "schemas": sorted({schema for schema, _ in tables if schema is not None}),
    }
    rows = []
    for row in connection.execute(TABLE_LOCKS, asked):
        purpose = tables.get((row.nspname, row.relname)) or tables.get((None, row.relname))
        if purpose is not None and row.mode in CONFLICTS[purpose]:
            rows.append(row)
    if "build" in tables.values():
        rows += connection.execute(OLD_SNAPSHOTS)
    return rows


def _prepared(row: Any) -> Blocker:
    return blocker(
        None,
        row.what,
        user=row.owner,
        application=row.gid,
        state="prepared transaction",
        age=row.age,
    )


def _session(row: Any, holds: str) -> Blocker:
    """One session. Of another role's, the server shows neither state nor statement."""
    return blocker(
        row.pid,
        holds,
        user=row.usename,
        application=row.application_name or row.worker,
        state=row.state,
        age=row.age,
        statement=None if row.hidden else row.query,
        lexis=LEXIS,
    )
