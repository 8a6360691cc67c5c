"""Revisions on PostgreSQL: all of an upgrade is one transaction, with the advisory lock in it.

A lock of the session would outlive its owner behind a pooler. So where a revision has to end the
transaction, another connection holds another lock meanwhile, in a transaction as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateIndex, DDLElement
from sqlalchemy.sql.base import Executable

from autosync.ddl import Action, AlterTable, DefaultOf, Identifier, Raw, TypeOf, send
from autosync.dialects.base import Busy, Dialect
from autosync.dialects.postgresql import locks
from autosync.dialects.postgresql.ddl import AlterEnum, Reindex
from autosync.dialects.transactions import at_level, rolled_back
from autosync.schema import Column

INTERRUPTED = "interrupted"
"""What the lock is for that is held while a revision works outside of the transaction."""


class Revising(Dialect):
    """What PostgreSQL does otherwise."""

    revision_level = "READ COMMITTED"
    revisions_are_one = True
    can_be_interrupted = True
    _database: str | None = None

    def lock_key(self, connection: Connection, purpose: str = "") -> int:
        """The key of the advisory lock between synchronizers, or of another one of theirs."""
        if self._database is None:
            self._database = str(connection.execute(locks.CURRENT_DATABASE).scalar())
        return locks.key(self._database, self.lock_secret, purpose)

    def is_outside(self, element: Executable) -> bool:
        """What works beside others is several transactions by itself; and a label can be used only
        when it is committed.
        """
        if isinstance(element, CreateIndex):
            return bool(element.element.dialect_options["postgresql"]["concurrently"])
        return isinstance(element, (AlterEnum, Reindex))

    def alter_type(self, column: sa.Column[Any], live: Column) -> DDLElement:
        """ALTER COLUMN ... TYPE, with USING where a cast is none that the server makes by itself; a
        default goes and comes back, for it would not be cast at all.
        """
        name, options = Identifier(column.name), self.type_options(column)
        retype = Action("ALTER COLUMN {} TYPE {}", name, TypeOf(column))
        target = Column(column.name, self.type_text(column))
        if not options or self.key_types_agree(live, target):
            return AlterTable(column.table, [retype])
        retype = Action(
            "ALTER COLUMN {} TYPE {} USING {}", name, TypeOf(column), self._cast(column)
        )
        if live.default is None:
            return AlterTable(column.table, [retype])
        drop = Action("ALTER COLUMN {} DROP DEFAULT", name)
        default: Any = DefaultOf(column)
        if column.server_default is None:
            default = Action("({})::text::{}", Raw(live.default), TypeOf(column))
        again = Action("ALTER COLUMN {} SET DEFAULT {}", name, default)
        return AlterTable(column.table, [drop, retype, again])

    def type_options(self, column: sa.Column[Any]) -> Mapping[str, Any]:
        """USING, without which a type that is not of the same kind cannot be had.

        Text needs none, and would be cut off by it without a word; a computed column takes none.
        """
        if column.computed is not None:
            return {}
        if isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum):
            return {}
        return {"postgresql_using": self.compiler.sql(self._cast(column))}

    def _cast(self, column: sa.Column[Any]) -> Action:
        # one enum type becomes another only by way of its labels
        cast = "{}::{}" if self.enum(column) is None else "{}::text::{}"
        return Action(cast, Identifier(column.name), TypeOf(column))

    @contextmanager
    def revising(self, connection: Connection, patience: float, *, own: bool) -> Iterator[None]:
        """A transaction as that of a unit; of our own, it may be another one at the end."""
        if not own:
            with self.unit(connection, patience, own=False):
                _check_free(connection, self.lock_key(connection, INTERRUPTED))
                yield
            return
        connection.begin()
        try:
            locks.set_timeout(connection, patience)
            if not connection.execute(locks.TRY, {"key": self.lock_key(connection)}).scalar():
                raise Busy("another synchronizer holds the advisory lock")
            _check_free(connection, self.lock_key(connection, INTERRUPTED))
            yield
        except BaseException:
            open_ = connection.get_transaction()
            if open_ is not None:
                open_.rollback()
            raise
        _commit(connection)

    @contextmanager
    def interrupted(self, connection: Connection, seconds: float) -> Iterator[None]:
        """With the other lock in the transaction of another connection."""
        with connection.engine.connect() as opened:
            other = at_level(opened, "READ COMMITTED")
            with other.begin():
                other.execute(locks.TAKE, {"key": self.lock_key(connection, INTERRUPTED)})
                # ends what a driver may have left open of the query, for whose snapshot a
                # CREATE INDEX CONCURRENTLY would wait for ever
                send(other, "SAVEPOINT autosync_meanwhile")
                _commit(connection)
                try:
                    yield
                finally:
                    if not connection.invalidated:
                        connection.begin()
                        locks.set_timeout(connection, seconds)
                        connection.execute(locks.TAKE, {"key": self.lock_key(connection)})

    def be_patient(self, connection: Connection, seconds: float) -> None:
        """By lock_timeout, until the transaction ends."""
        locks.set_timeout(connection, seconds)


def _commit(connection: Connection) -> None:
    open_ = connection.get_transaction()
    assert open_ is not None
    open_.commit()


def _check_free(connection: Connection, key: int) -> None:
    """Raise Busy while somebody works outside of its transaction. The lock is not kept."""
    with rolled_back(connection):
        free = connection.execute(locks.TRY, {"key": key}).scalar()
    if not free:
        raise Busy("another synchronizer is at a revision outside of its transaction")
