"""Schema revisions beside the models: repositories of sqlalchemy-migrate and of Alembic.

    autosync.upgrade(engine, "migrations")
    autosync.sync(engine, Base.metadata, revisions="migrations")

What is a revision is recognised and run by the library that it was written for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autosync.binds import Bind, connected
from autosync.deadline import Deadline
from autosync.events import Listener, ListenerFailed
from autosync.revisions.report import Adoption, Revision, UpgradeReport

if TYPE_CHECKING:
    from autosync.plan import Plan
    from autosync.revisions.alembic import Compare
    from autosync.revisions.repository import Place
    from autosync.revisions.running import Found

"""Seconds that it may take to read what stands in the place of a version table."""

__all__ = ["Adoption", "Revision", "UpgradeReport", "adopt", "current", "upgrade"]


def upgrade(
    bind: Bind,
    repository: Place,
    *,
    stamp: str | None = None,
    deadline: float = 60.0,
    on_event: Listener | None = None,
    lock_key: str | None = None,
) -> UpgradeReport:
    """Run the revisions of a repository that the database lacks, each once, in order.

    ``repository`` is the path of a repository of sqlalchemy-migrate (its folder, with
    ``migrate.cfg``) or of Alembic (``alembic.ini``, its folder, or the script directory with
    ``env.py``). ``bind`` is as for :func:`autosync.sync`.

    A new database begins at no revision, and all of them are run. One that has tables and is not
    under version control is refused, but with ``stamp``: that puts it at this revision, and what
    comes after it is run. Of Alembic's branches, all are run, to all heads.

    What several processes start at once, one of them does: it holds the lock over all revisions,
    and looks again under it. ``deadline`` is in seconds, for waiting; a revision that is at work is
    not ended by it. On PostgreSQL and SQLite, all that is pending is one transaction, which only
    Alembic's ``autocommit_block()`` ends (PostgreSQL): if a table is locked, it is rolled back and
    tried again, so a revision must do nothing outside of the database that it may not do twice.
    MariaDB and MySQL commit with every DDL statement, and each of those is tried again by itself.
    On SQLite, foreign keys are not enforced meanwhile, and checked at the end if they were before.

    ``on_event`` is called with :class:`~autosync.events.Upgrading`,
    :class:`~autosync.events.RevisionBegun`, :class:`~autosync.events.RevisionEnded` and
    :class:`~autosync.events.Waiting`; what it raises ends the upgrade there. ``lock_key`` is as for
    :func:`autosync.sync`.

    Raises :class:`~autosync.errors.InvalidRepository`, :class:`~autosync.errors.UnknownRevision`,
    :class:`~autosync.errors.UnusableRepository`, :class:`~autosync.errors.NotUnderVersionControl`
    and :class:`~autosync.errors.RevisionFailed`, the last three with the report; and
    :class:`~autosync.errors.LockNotAcquired`, :class:`~autosync.errors.ConnectionLost` and
    :class:`~autosync.errors.UnusableConnection`, as :func:`autosync.sync` does.
    """
    return upgraded(
        bind, repository, Deadline(deadline), stamp=stamp, listener=on_event, lock_key=lock_key
    )


def current(bind: Bind, repository: Place, *, deadline: float = 60.0) -> UpgradeReport:
    """Where the database stands, and what is pending. Writes nothing.

    Takes and raises what :func:`upgrade` does before it writes anything. It says of any database
    where it stands: one that is not under version control has ``controlled`` False.
    """
    from autosync.revisions.repository import recognised
    from autosync.revisions.running import Upgrade

    found = recognised(repository)
    with connected(bind, revising=True) as (connection, own):
        return Upgrade(connection, found, Deadline(deadline), own=own).current()


def adopt(
    bind: Bind,
    old: Place,
    new: Place,
    *,
    deadline: float = 60.0,
    on_event: Listener | None = None,
    lock_key: str | None = None,
) -> Adoption:
    """Take a database from a repository of sqlalchemy-migrate over to one of Alembic.

    ``old`` is the path of the one, at whose latest version the database has to be; ``new`` is the
    folder of the other. Where that is not there yet, it is made, as ``alembic init`` makes it,
    with a baseline: a first revision that makes a new database what this one is. The database is
    stamped with it, and what comes after it is run, as :func:`upgrade` does. One that is under
    Alembic's control already is only upgraded.

    It needs no sqlalchemy-migrate, and any SQLAlchemy will do. The old table with the version is
    left as it is. The baseline has the tables and views of the default schema; ``without`` of what
    is returned says what it lacks, as far as autosync can see that.

    Raises :class:`~autosync.errors.InvalidRepository`,
    :class:`~autosync.errors.NotUnderVersionControl` where the database is not under control of the
    old one, :class:`~autosync.errors.UnusableRepository` where versions of that are pending, and
    what :func:`upgrade` raises.
    """
    from autosync.revisions.adoption import adopt

    return adopt(bind, old, new, Deadline(deadline), listener=on_event, lock_key=lock_key)


def compared(bind: Bind | None, repository: Place, compare: Compare) -> Plan:
    """A comparison as the env.py of an Alembic repository would have it. Writes nothing.

    Without a ``bind``, it is on the connection that env.py makes. ``compare`` is given the
    database, env.py's ``target_metadata`` (None where it has none) and the options of
    :func:`autosync.plan` that what it configures comes to. What is pending of the revisions comes
    before all that it returns.
    """
    from autosync.revisions.repository import environment_of

    found = environment_of(repository)
    if bind is None:
        return found.compared(None, compare)
    with connected(bind, revising=True) as (connection, _):
        return found.compared(connection, compare)


def looked_for(bind: Bind, repository: Place, deadline: Deadline) -> tuple[Found, UpgradeReport]:
    """What a synchronization that runs revisions would begin with. Writes nothing."""
    from autosync.revisions.repository import recognised
    from autosync.revisions.running import Upgrade

    found = recognised(repository)
    with connected(bind, revising=True) as (connection, own):
        return Upgrade(connection, found, deadline, own=own).looked_for()


def upgraded(
    bind: Bind,
    repository: Place,
    deadline: Deadline,
    *,
    stamp: str | None = None,
    models: bool = False,
    listener: Listener | None = None,
    lock_key: str | None = None,
) -> UpgradeReport:
    """The same, within a deadline that is for more than this.

    Where ``models`` are to make what a new database has, it is only stamped with the latest.
    """
    from autosync.revisions.repository import recognised
    from autosync.revisions.running import Upgrade

    found = recognised(repository)
    with connected(bind, revising=True) as (connection, own):
        work = Upgrade(
            connection,
            found,
            deadline,
            own=own,
            stamp=stamp,
            models=models,
            listener=listener,
            lock_key=lock_key,
        )
        try:
            return work.run()
        except ListenerFailed as failed:
            raise failed.cause from None
