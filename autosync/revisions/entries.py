"""Revisions as entries of a plan and a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection, Engine

from autosync.changes import MISSING
from autosync.errors import NotUnderVersionControl
from autosync.plan import Addition, Plan, Report
from autosync.revisions.report import Revision, UpgradeReport

if TYPE_CHECKING:
    from autosync.binds import Bind
    from autosync.deadline import Deadline
    from autosync.events import Listener
    from autosync.revisions.repository import Place

MOST_SHOWN = 5
"""How much of what is lacking a message names."""

STAMPED = "the database is new: it is put at this revision, and made from the models"
AS_OF_NOW = "what else is said here is as of now: it may differ when the revisions have run"


def additions(report: UpgradeReport) -> tuple[Addition, ...]:
    """What is still to be run, as what is pending."""
    return tuple(entries(report.pending, AS_OF_NOW))


def with_pending(plan: Plan, bind: object, repository: Place, deadline: Deadline) -> Plan:
    """A plan that has the pending revisions before all else. Writes nothing.

    Raises :class:`~autosync.errors.NotUnderVersionControl` where :func:`after_upgrade` does.
    """
    if not isinstance(bind, (Engine, Connection)):
        raise TypeError("revisions are looked for in a database, and a snapshot has none of it")
    from autosync.revisions import looked_for

    try:
        found, report = looked_for(bind, repository, deadline)
    except NotUnderVersionControl as error:
        raise _described(error, plan) from None
    first = _stamps(report) if found.is_new else additions(report)
    return pending_first(plan, first, found.state.bookkeeping)


def pending_first(plan: Plan, first: Iterable[Addition], bookkeeping: str) -> Plan:
    """A plan with revisions before all else, and without a word of their own table."""
    notes = tuple(n for n in plan.notes if not (n.kind == "table" and n.table == bookkeeping))
    return replace(plan, pending=(*first, *plan.pending), notes=notes)


def after_upgrade(
    add: Callable[[], Report],
    look: Callable[[], Plan],
    bind: Bind,
    repository: Place,
    *,
    deadline: Deadline,
    listener: Listener | None,
    lock_key: str | None,
) -> Report:
    """What ``add`` reports, when the revisions have run. A new database is left for it to make.

    There the stamp is first: whatever is cut off after it, the next call goes on with, while tables
    without one would be nobody's. ``look`` tells what a database that is refused looks like.
    """
    from autosync.revisions import upgraded

    try:
        report = upgraded(
            bind, repository, deadline, models=True, listener=listener, lock_key=lock_key
        )
    except NotUnderVersionControl as error:
        raise _described(error, look()) from None
    added = add()
    ran = tuple(entries(report.revisions)) or (_stamps(report) if report.stamped else ())
    return replace(added, applied=(*ran, *added.applied), upgrade=report)


def _described(error: NotUnderVersionControl, plan: Plan) -> NotUnderVersionControl:
    """The same, with what the models say to the tables."""
    lacking = [*plan.pending, *(entry for entry in plan.refused if entry.severity == "breaks")]
    if lacking:
        shown = ", ".join(entry.title for entry in lacking[:MOST_SHOWN])
        more = f" and {len(lacking) - MOST_SHOWN} more" if len(lacking) > MOST_SHOWN else ""
        said = f"it looks older than the models: it lacks {shown}{more}"
    else:
        said = "it looks like the latest revision: it has all that the models need"
    return NotUnderVersionControl(f"{error};\n  {said}", error.report, error.tables)


def _stamps(report: UpgradeReport) -> tuple[Addition, ...]:
    latest = (Revision(one) for one in report.latest)
    return tuple(replace(one, hazards=(STAMPED,)) for one in entries(latest))


def entries(revisions: Iterable[Revision], hazard: str | None = None) -> Iterable[Addition]:
    """Revisions, the first of which has a hazard."""
    for one in revisions:
        took = None if one.seconds is None else f"took {one.seconds:.1f} s"
        said = hazard if took is None else took
        yield Addition(
            kind="revision",
            difference=MISSING,
            schema=None,
            table=None,
            name=one.id,
            columns=(),
            object=str(one),
            hazards=() if said is None else (said,),
        )
        hazard = None
