"""From the plan to the file of the next revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from sqlalchemy.engine import Connection

from autosync.api import plan
from autosync.binds import Bind, connected
from autosync.errors import NotUnderVersionControl, UnusableRepository
from autosync.handover.items import Item, items, left
from autosync.handover.readable import check_readable
from autosync.handover.report import Handover
from autosync.models import MetaDataLike
from autosync.plan import Plan
from autosync.revisions import current
from autosync.revisions.report import names
from autosync.revisions.repository import Place, Repository, recognised

WRITERS = {
    "alembic": "autosync.handover.alembic",
    "sqlalchemy-migrate": "autosync.handover.migrate",
}
"""Who writes a revision, by the kind of the repository."""


def written(
    bind: Bind,
    metadata: MetaDataLike,
    place: Place,
    message: str,
    *,
    pending: bool,
    settings: Mapping[str, Any],
) -> Handover:
    """As :func:`autosync.revision`."""
    repository = recognised(place)
    _check_latest(bind, place, settings["deadline"])
    found = plan(bind, metadata, **settings)
    with connected(bind) as (connection, _):
        chosen = items(found, pending=pending)
        check_readable(connection, chosen)
        return _write(connection, repository, message, found, chosen)


def _check_latest(bind: Bind, place: Place, deadline: float) -> None:
    """A revision that is made for what is there has to come after all that made it."""
    report = current(bind, place, deadline=deadline)
    if not (report.controlled or not report.latest):
        raise NotUnderVersionControl(
            f"the database is not under version control of {place}, so nothing says which revision "
            f"the new one comes after: autosync upgrade --revisions {place} --stamp REVISION",
            report,
            (),
        )
    if report.pending:
        raise UnusableRepository(
            f"the database is at {names(report.before)} of {place}, and the new revision comes "
            f"after {names(report.latest)}: what the ones between them do would be in it again\n"
            f"  nothing was written\n  run them first: autosync upgrade --revisions {place}",
            report,
        )


def _write(
    connection: Connection,
    repository: Repository,
    message: str,
    found: Plan,
    chosen: Sequence[Item],
) -> Handover:
    rest = left(found, chosen)
    if not chosen:
        return Handover(left=tuple(rest))
    writer = import_module(WRITERS[repository.kind])
    id_, path, held = writer.write(repository, connection, message, chosen, rest)
    return Handover(
        id_,
        path,
        written=tuple(item.entry for item in chosen if item not in held),
        held=tuple(item.entry for item in chosen if item in held),
        left=tuple(rest),
    )
