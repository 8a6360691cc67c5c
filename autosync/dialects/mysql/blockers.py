"""Who holds the locks that we want: METADATA_LOCK_INFO where it is loaded, and the processlist.

MariaDB's plugin of that name tells who holds which table. Without it nothing does, and all that is
known is who has a transaction open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

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

HOLDER = text("SELECT IS_USED_LOCK(:lock), CONNECTION_ID()")
PLUGIN = text("""
    SELECT 1 FROM information_schema.plugins
    WHERE plugin_name = 'METADATA_LOCK_INFO' AND plugin_status = 'ACTIVE'
""")
TABLE_LOCKS = text("""
    SELECT thread_id, CASE WHEN table_schema = DATABASE() THEN NULL ELSE table_schema END,
           table_name, lock_mode
    FROM information_schema.metadata_lock_info
    WHERE lock_type = 'Table metadata lock' AND thread_id <> CONNECTION_ID()
""")
HELD = text("""
    SELECT CASE WHEN m.object_schema = DATABASE() THEN NULL ELSE m.object_schema END, m.object_name
    FROM performance_schema.metadata_locks m
    JOIN performance_schema.threads t ON t.thread_id = m.owner_thread_id
    WHERE m.object_type = 'TABLE' AND t.processlist_id <> CONNECTION_ID()
""")
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
NO_PLUGIN = (
    "the server does not tell who holds which table before INSTALL SONAME 'metadata_lock_info'"
)
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


def blockers(connection: Connection, wanted: Wanted, lock: str) -> Sighting:
    """Who holds what is wanted; and if that one waits for a table, who holds the table.

    ``lock`` is the name of the lock between synchronizers.
    """
    sessions, unseen = _sessions(connection)
    if not wanted.lock:
        return _table_holders(connection, wanted.tables, sessions, unseen)
    holder, own = connection.execute(HOLDER, {"lock": lock}).one()
    if holder in (None, own):
        return Sighting()
    session = sessions.get(holder) or Session(holder)
    found = Sighting((session.holding(LOCK),), unseen)
    if session.state != WAITING:
        return found
    others = {id_: one for id_, one in sessions.items() if id_ != holder}
    behind = _table_holders(connection, wanted.tables, others, unseen)
    return Sighting(found.blockers + behind.blockers, behind.unseen)


def is_held(connection: Connection, tables: Collection[Key]) -> bool:
    """Whether anybody else uses one of these tables, or one that a key ties to them, which are
    locked as well; as far as MySQL lets us see that.
    """
    try:
        held = {tuple(row) for row in connection.execute(HELD)}
        tied = connection.execute(TIED).all() if held else []
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return False
    others = {(None, name) for pair in tied for name in pair if (None, pair[0]) in tables}
    others |= {(None, name) for pair in tied for name in pair if (None, pair[1]) in tables}
    return not held.isdisjoint({*tables, *others})


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
) -> Sighting:
    # we queue behind those who wait
    holds = {id_: {QUEUE} for id_, one in sessions.items() if one.state == WAITING}
    if connection.execute(PLUGIN).first() is None:
        holds |= {id_: {PERHAPS} for id_, one in sessions.items() if one.age is not None}
        found = [one.holding(*holds[id_]) for id_, one in sessions.items() if id_ in holds]
        return Sighting(tuple(found), "; ".join(filter(None, [NO_PLUGIN, unseen])))
    for thread, schema, name, mode in connection.execute(TABLE_LOCKS):
        purpose = tables.get((schema, name))
        if purpose is not None and mode.startswith(CONFLICTS[purpose]):
            holds.setdefault(thread, set()).add(f"{name} ({mode})")
    known = [sessions[id_] for id_ in sessions if id_ in holds]
    hidden = [Session(id_) for id_ in holds if id_ not in sessions]
    found = [one.holding(", ".join(sorted(holds[one.id]))) for one in (*known, *hidden)]
    return Sighting(tuple(found), unseen)
