"""Reading the catalog, again and again while something is in the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from autosync.blockers import Wanted
from autosync.deadline import Deadline
from autosync.errors import LockNotAcquired
from autosync.logs import log
from autosync.lookout import Lookout
from autosync.plan import Plan, Report, Undecided

Result = TypeVar("Result")

NOTHING_READ = Undecided(
    kind="table",
    difference="unread",
    schema=None,
    table=None,
    name=None,
    columns=(),
    object="(all)",
    reason="the catalog could not be read within the deadline",
)


def read_within(
    deadline: Deadline, lookout: Lookout, wanted: Wanted, read: Callable[[], Result]
) -> Result:
    """What ``read`` returns. Raises :class:`LockNotAcquired` if that takes too long.

    ``wanted`` are the tables that it reads, for the question of who is in the way.
    """
    dialect = lookout.dialect
    for patience in deadline.tries():
        try:
            with dialect.reading(lookout.connection, patience):
                return read()
        except DBAPIError as error:
            if not dialect.is_busy(error):
                raise
            log.debug("reading again: %s", error.orig)
            lookout.waiting(wanted)
    found = lookout.see(wanted)
    raise LockNotAcquired(
        f"the catalog could not be read within {deadline.seconds:g} seconds: another session "
        f"holds an exclusive lock on one of its tables\n{found}",
        Report.of(Plan(dialect.name, undecided=(NOTHING_READ,))),
        found.blockers,
    )
