"""How a database holds the revisions of a repository: the lock, and what commits together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import ClassVar

from sqlalchemy.engine import Connection

from autosync.blockers import Wanted
from autosync.dialects.transactions import end


class Orphaned(Exception):
    """Revisions have left rows behind that point nowhere; the text says where."""


class Revising:
    """What most databases answer."""

    revision_level: ClassVar[str | None] = None
    """The isolation level of a connection of our own that runs revisions, None for the engine's."""
    revisions_are_one: ClassVar[bool] = False
    """Whether all revisions of an upgrade are one transaction; otherwise they commit themselves."""

    restates_columns: ClassVar[bool] = False
    """Whether Alembic alters or renames a column by stating it anew, in what words it knows."""

    can_be_interrupted: ClassVar[bool] = False
    """Whether that transaction can be ended, and begun anew, without that another one comes in."""

    @contextmanager
    def lock(self, connection: Connection, patience: float) -> Iterator[None]:
        """Hold what keeps other synchronizers out for the whole of applying. May raise Busy."""
        yield

    @contextmanager
    def revising(self, connection: Connection, patience: float, *, own: bool) -> Iterator[None]:
        """Hold that lock for all revisions, and their transaction where they are one.

        May raise Busy. ``own`` is as for a unit.
        """
        with self.lock(connection, patience):
            if own:
                # what begins a transaction would take one that is open for somebody else's
                end(connection)
            yield

    def interrupted(self, connection: Connection, seconds: float) -> AbstractContextManager[None]:
        """Commit, and begin anew after the block, for which the others are kept out as well."""
        raise AssertionError("revisions that cannot be interrupted are not")

    def is_repeatable(self, sql: str) -> bool:
        """Whether a statement of a revision that gave up on a lock can be run again by itself."""
        return False

    def letting_in(self, connection: Connection, wanted: Wanted) -> AbstractContextManager[None]:
        """A block for such a statement. Raises Busy where another session is in its way."""
        raise AssertionError("a database without such statements lets none in")

    def be_patient(self, connection: Connection, seconds: float) -> None:
        """Let each statement of the revisions wait for a lock that long, where it can be said."""
        return
