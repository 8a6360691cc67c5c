"""Who holds the locks that we want: by the metadata locks, and the processlist.

MySQL tells of them in performance_schema, to those who may read that; MariaDB with its plugin
METADATA_LOCK_INFO. Without it all that is known is who has a transaction open.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import TextClause

from autosync.blockers import LOCK, LONGEST, Blocker, Purpose, Sighting, Wanted, blocker
from autosync.literals import Lexis
from autosync.schema import Key

LEXIS = Lexis(names="`")
"""Whether other sessions have ANSI_QUOTES or NO_BACKSLASH_ESCAPES is not known."""

ANY = ("MDL_",)
WRITING = ("MDL_SHARED_WRITE", "MDL_SHARED_UPGRADABLE", "MDL_SHARED_NO_", "MDL_EXCLUSIVE")
EXCLUSIVE = ("MDL_SHARED_NO_READ_WRITE", "MDL_EXCLUSIVE")
CONFLICTS: Mapping[Purpose, tuple[str, ...]] = {
    "read": EXCLUSIVE,
    "reference": WRITING,
    "index": ANY,
    "build": ANY,
    "alter": ANY,
}
"""How the locks of others begin that are in the way of each purpose. Whatever alters a table wants
it to itself at the end.
"""

DATABASE = text("SELECT DATABASE()")
HOLDER = text("SELECT IS_USED_LOCK(:lock), CONNECTION_ID()")


class TableLocks(NamedTuple):
    """Where a server tells of its metadata locks.

    ``works`` asks whether it does, and ``held`` for the session, schema, table and mode of each
    that others have. A lock on all tables has no table. ``hint`` is what to do if it does not, and
    ``awaited`` asks for the tables that a session waits for.
    """

    works: TextClause
    held: TextClause
    hint: str
    awaited: TextClause | None = None


METADATA_LOCK_INFO = TableLocks(
    text("""
        SELECT 1 FROM information_schema.plugins
        WHERE plugin_name = 'METADATA_LOCK_INFO' AND plugin_status = 'ACTIVE'
    """),
    text("""
        SELECT thread_id, CASE WHEN table_schema = DATABASE() THEN NULL ELSE table_schema END,
               table_name, lock_mode
        FROM information_schema.metadata_lock_info
        WHERE lock_type = 'Table metadata lock' AND thread_id <> CONNECTION_ID()
    """),
    "the server does not tell who holds which table before INSTALL SONAME 'metadata_lock_info'",
)
PERFORMANCE_SCHEMA = TableLocks(
    # whoever reads the table holds a lock on it, which is in it
    text("""
        SELECT 1 FROM performance_schema.metadata_locks
        WHERE object_schema = 'performance_schema' AND object_name = 'metadata_locks' LIMIT 1
    """),
    text("""
        SELECT t.processlist_id,
               CASE WHEN l.object_schema = DATABASE() THEN NULL ELSE l.object_schema END,
               CASE l.object_type WHEN 'TABLE' THEN l.object_name END,
               CASE l.object_type WHEN 'TABLE' THEN CONCAT('MDL_', l.lock_type)
                   WHEN 'BACKUP LOCK' THEN 'LOCK INSTANCE FOR BACKUP'
                   ELSE 'FLUSH TABLES WITH READ LOCK' END
        FROM performance_schema.metadata_locks l
        JOIN performance_schema.threads t ON t.thread_id = l.owner_thread_id
        WHERE t.processlist_id <> CONNECTION_ID() AND l.lock_status = 'GRANTED'
          AND (l.object_type = 'TABLE'
               OR (l.object_type IN ('BACKUP LOCK', 'GLOBAL') AND l.lock_type = 'SHARED'))
    """),
    "the server does not tell this role who holds which table before GRANT SELECT ON "
    "performance_schema.*, nor of the sessions of other users before GRANT PROCESS ON *.*",
    text("""
        SELECT CASE WHEN l.object_schema = DATABASE() THEN NULL ELSE l.object_schema END,
               l.object_name
        FROM performance_schema.metadata_locks l
        JOIN performance_schema.threads t ON t.thread_id = l.owner_thread_id
        WHERE t.processlist_id = :id AND l.lock_status = 'PENDING' AND l.object_type = 'TABLE'
    """),
)
HELD = text("""
    SELECT CASE WHEN l.object_schema = DATABASE() THEN NULL ELSE l.object_schema END,
           CASE l.object_type WHEN 'TABLE' THEN l.object_name END
    FROM performance_schema.metadata_locks l
    JOIN performance_schema.threads t ON t.thread_id = l.owner_thread_id
    WHERE t.processlist_id <> CONNECTION_ID()
      AND (l.object_type = 'TABLE'
           OR (l.object_type IN ('BACKUP LOCK', 'GLOBAL') AND l.lock_type = 'SHARED'))
""")
"""The tables that others have, or wait for; none for what keeps everybody from altering any."""
TIED = text("""
    SELECT table_name, referenced_table_name FROM information_schema.referential_constraints
    WHERE constraint_schema = DATABASE()
""")
SESSIONS = """
    SELECT p.id, p.user, p.command, p.state, LEFT(p.info, :longest), {age}
    FROM information_schema.processlist p {transactions}
    WHERE p.id <> CONNECTION_ID() ORDER BY 6 DESC, p.id
"""
WITH_AGE = text(
    SESSIONS.format(
        age="TIMESTAMPDIFF(MICROSECOND, t.trx_started, SYSDATE(6)) / 1000000",
        transactions="LEFT JOIN information_schema.innodb_trx t ON t.trx_mysql_thread_id = p.id",
    )
)
WITHOUT_AGE = text(SESSIONS.format(age="NULL", transactions=""))
"""The transactions are shown to those who may see all sessions, and to nobody else."""

WAITING = "Waiting for table metadata lock"
PERHAPS = "perhaps a table: its transaction is open"
QUEUE = "a place in the queue for a table"
NO_RIGHT = "of the sessions of other users one sees more after GRANT PROCESS ON *.*"


class Session(NamedTuple):
    """One line of the processlist, and the age of its transaction."""

    id: int
    user: str | None = None
    command: str | None = None
    state: str | None = None
    statement: str | None = None
    age: float | None = None

    def holding(self, what: str) -> Blocker:
        """The session as one that is in the way."""
        state = self.state or ("active" if self.command else None)
        if self.command == "Sleep":
            state = "idle" if self.age is None else "idle in transaction"
        return blocker(
            self.id,
            what,
            user=self.user,
            state=state,
            age=self.age,
            statement=self.statement,
            lexis=LEXIS,
        )


def is_held(connection: Connection, keys: Collection[Key]) -> bool:
    """Whether another session of MySQL has one of these tables, or one that a key ties to them and
    that is locked as well, so that we should not wait for it: its next statement may be one that
    would have to wait for us, and it would die of that.

    False where the server does not tell.
    """
    if not keys:
        return False
    try:
        held = {tuple(row) for row in connection.execute(HELD)}
        tied = connection.execute(TIED).all() if held else []
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return False
    default = connection.execute(DATABASE).scalar() if held else None
    wanted = {(None if schema == default else schema, name) for schema, name in keys}
    others = {name for pair in tied for name in pair if not wanted.isdisjoint(_here(pair))}
    return any(name is None for _, name in held) or not held.isdisjoint(wanted | _here(others))


def _here(names: Iterable[str]) -> set[Key]:
    return {(None, name) for name in names}


def blockers(
    connection: Connection, wanted: Wanted, lock: str, table_locks: TableLocks
) -> Sighting:
    """Who holds what is wanted; and if that one waits for a table, who holds the table.

    ``lock`` is the name of the lock between synchronizers.
    """
    sessions, unseen = _sessions(connection)
    if not wanted.lock:
        return _table_holders(connection, wanted.tables, sessions, unseen, table_locks)
    holder, own = connection.execute(HOLDER, {"lock": lock}).one()
    if holder in (None, own):
        return Sighting()
    session = sessions.get(holder) or Session(holder)
    found = Sighting((session.holding(LOCK),), unseen)
    if session.state != WAITING:
        return found
    others = {id_: one for id_, one in sessions.items() if id_ != holder}
    tables = _awaited(connection, holder, table_locks) or wanted.tables
    behind = _table_holders(connection, tables, others, unseen, table_locks)
    return Sighting(found.blockers + behind.blockers, behind.unseen)


def _sessions(connection: Connection) -> tuple[dict[int, Session], str]:
    """The sessions that we may see, the oldest transaction first; and why there may be more."""
    asked, unseen = {"longest": 2 * LONGEST}, ""
    try:
        rows = connection.execute(WITH_AGE, asked).all()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        rows, unseen = connection.execute(WITHOUT_AGE, asked).all(), NO_RIGHT
    return {row[0]: Session(*row) for row in rows}, unseen


def _table_holders(
    connection: Connection,
    tables: Mapping[Key, Purpose],
    sessions: Mapping[int, Session],
    unseen: str,
    table_locks: TableLocks,
) -> Sighting:
    # we queue behind those who wait
    holds = {id_: {QUEUE} for id_, one in sessions.items() if one.state == WAITING}
    locks = _locks(connection, table_locks)
    if locks is None:
        holds |= {id_: {PERHAPS} for id_, one in sessions.items() if one.age is not None}
        found = [one.holding(*holds[id_]) for id_, one in sessions.items() if id_ in holds]
        return Sighting(tuple(found), "; ".join(filter(None, [table_locks.hint, unseen])))
    for thread, schema, name, mode in locks:
        purpose = tables.get((schema, name))
        if name is None:
            holds.setdefault(thread, set()).add(mode)
        elif purpose is not None and mode.startswith(CONFLICTS[purpose]):
            holds.setdefault(thread, set()).add(f"{name} ({mode})")
    known = [sessions[id_] for id_ in sessions if id_ in holds]
    hidden = [Session(id_) for id_ in holds if id_ not in sessions]
    found = [one.holding(", ".join(sorted(holds[one.id]))) for one in (*known, *hidden)]
    return Sighting(tuple(found), unseen)


def _locks(connection: Connection, table_locks: TableLocks) -> Sequence[Any] | None:
    """The metadata locks of others, None where the server does not tell of them."""
    try:
        if connection.execute(table_locks.works).first() is None:
            return None
        return connection.execute(table_locks.held).all()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return None


def _awaited(connection: Connection, session: int, table_locks: TableLocks) -> dict[Key, Purpose]:
    """The tables that another session waits for, as far as the server tells."""
    if table_locks.awaited is None or _locks(connection, table_locks) is None:
        return {}
    rows = connection.execute(table_locks.awaited, {"id": session}).all()
    return dict.fromkeys(rows, "alter")
