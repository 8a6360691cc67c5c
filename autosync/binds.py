"""What is handed in as the database: an Engine, a Connection or, to compare with, a Snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.engine import Connection, Engine

from autosync.credentials import Secrets, kept
from autosync.dialects import dialect_for
from autosync.dialects.transactions import at_level
from autosync.snapshot import Snapshot

Bind = Engine | Connection


@contextmanager
def connected(bind: Bind, *, revising: bool = False) -> Iterator[tuple[Connection, bool]]:
    """A connection of our own for an Engine, or the one that was handed in.

    One for ``revising`` has transactions, whatever the others have. No message shows the secrets
    of its URL.
    """
    if not isinstance(bind, (Connection, Engine)):
        raise TypeError(
            f"expected an Engine or a Connection, got {type(bind).__name__}; an AsyncEngine is "
            "used through its connection: await conn.run_sync(autosync.sync, metadata)"
        )
    with kept(Secrets(bind.engine.url)):
        if isinstance(bind, Connection):
            # SQLAlchemy 1.4's own style commits by itself where no transaction was begun
            own = not getattr(bind, "_is_future", True) and not bind.in_transaction()
            yield bind, own
            return
        with bind.connect() as opened:
            dialect = dialect_for(opened)
            level = dialect.revision_level if revising else dialect.isolation_level
            yield opened if level is None else at_level(opened, level), True


@contextmanager
def comparable(bind: Bind | Snapshot) -> Iterator[tuple[Connection, bool]]:
    """The same; of a snapshot, what stands for a connection."""
    if isinstance(bind, Snapshot):
        offline: Any = bind.connection()
        yield offline, True
        return
    with connected(bind) as found:
        yield found
