"""wait(): for those who start beside the one that synchronizes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from autosync.acceptance import Acceptance
from autosync.api import DEADLINE, MAX_ROWS_SCANNED, plan
from autosync.binds import Bind
from autosync.comparators import CompareServerDefault, CompareType
from autosync.credentials import Secrets, kept, said
from autosync.deadline import Deadline
from autosync.dialects.connecting import is_not_let_in, is_not_up
from autosync.errors import LockNotAcquired, UnusableConnection, WaitTimedOut
from autosync.escape import escaped, one_line
from autosync.inclusion import IncludeName, IncludeObject
from autosync.logs import log
from autosync.models import MetaDataLike
from autosync.plan import Entry, Plan
from autosync.reading import NOTHING_READ

if TYPE_CHECKING:
    from autosync.revisions.repository import Place

MOST_SHOWN = 10
"""How much of what is lacking a message names."""


def wait(
    bind: Bind,
    metadata: MetaDataLike,
    *,
    timeout: float = DEADLINE,
    allow: Collection[str] = (),
    include: Collection[str] = (),
    exclude: Collection[str] = (),
    accept: Collection[Acceptance] = (),
    max_rows_scanned: int = MAX_ROWS_SCANNED,
    compare_type: CompareType | None = None,
    compare_server_default: CompareServerDefault | None = None,
    include_object: IncludeObject | None = None,
    include_name: IncludeName | None = None,
    revisions: Place | None = None,
) -> Plan:
    """Wait until the database suffices for these models; somebody else synchronizes it.

    It suffices where nothing is pending, and nothing refused that breaks the models: a database
    that is ahead of them does, and so does one that only differs. Needs no right but to read.
    Returns the plan that sufficed. ``timeout`` is in seconds; all else is as for
    :func:`autosync.plan`.

    A server that cannot be reached (not yet, or not any more), is just starting up or restarted in
    the meantime is waited for as well, but for one that does not let us in. A Connection must be in
    no transaction, which might see nothing of what happens, and be in the way of it.

    Raises :class:`WaitTimedOut` with the last plan, :class:`UnusableConnection`, and what
    :func:`autosync.plan` raises.
    """
    if isinstance(bind, Connection) and bind.in_transaction():
        raise UnusableConnection(
            "the connection is in a transaction, which may see the database as it was when it "
            "began, and may be in the way of whoever is to change it: end it first, or hand in the "
            "Engine"
        )
    look = partial(
        plan,
        bind,
        metadata,
        allow=allow,
        include=include,
        exclude=exclude,
        accept=accept,
        max_rows_scanned=max_rows_scanned,
        compare_type=compare_type,
        compare_server_default=compare_server_default,
        include_object=include_object,
        include_name=include_name,
        revisions=revisions,
    )
    deadline = Deadline(timeout)
    found: Plan | None = None
    trouble: Exception | None = None
    reason = ""
    for _ in deadline.polls():
        trouble = None
        try:
            found = look(deadline=deadline.left())
            if suffices(found):
                return found
        except LockNotAcquired as error:
            trouble = error
        except Exception as error:
            if isinstance(error, TypeError) or not _is_away(error, bind):
                raise
            trouble = error
        before, reason = reason, _reason(found, trouble, bind)
        if reason != before:
            log.info("waiting: %s", reason)
    if found is None:
        nothing = replace(NOTHING_READ, reason=reason)
        found = Plan(bind.dialect.name, undecided=(nothing,))
    message = (
        f"the database did not suffice for these models within {timeout:g} seconds: {reason}; look "
        "what has become of the one that synchronizes it, or give a longer timeout"
    )
    raise WaitTimedOut(found, message) from trouble


def suffices(found: Plan) -> bool:
    """Whether models can work on a database with this plan."""
    return not _lacking(found)


def _lacking(found: Plan) -> list[Entry]:
    breaking = [entry for entry in found.refused if entry.severity == "breaks"]
    return [*found.pending, *breaking]


def _is_away(error: Exception, bind: Bind) -> bool:
    """Whether a server could not be reached, or went away, and may come."""
    text = str(getattr(error, "orig", None) or error)
    if (isinstance(error, DBAPIError) and error.connection_invalidated) or is_not_up(text):
        return True
    if isinstance(error, (OperationalError, InterfaceError)):
        # an error of connecting belongs to no statement
        return error.statement is None and not is_not_let_in(text)
    driver: Any = bind.dialect.dbapi
    # what SQLAlchemy lets through as it is, from connecting and from choosing an isolation level
    return isinstance(error, (OSError, driver.OperationalError))


def _reason(found: Plan | None, trouble: Exception | None, bind: Bind) -> str:
    """What is in the way, on one line."""
    if trouble is not None:
        with kept(Secrets(bind.engine.url)):
            return one_line(said(trouble))
    lacking = _lacking(found) if found else []
    names = [f"{entry.kind.replace('_', ' ')} {entry.object}" for entry in lacking[:MOST_SHOWN]]
    more = len(lacking) - len(names)
    return escaped("it lacks " + ", ".join([*names, *[f"{more} more"] * (more > 0)]))
