"""What autosync refuses, handed over to a person: the next revision of a repository, to be edited.

autosync.revision(engine, Base.metadata, "migrations", "longer names")
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from autosync.acceptance import Acceptance
from autosync.api import MAX_ROWS_SCANNED
from autosync.handover.report import Handover

if TYPE_CHECKING:
    from autosync.binds import Bind
    from autosync.models import MetaDataLike
    from autosync.revisions.repository import Place

__all__ = ["Handover", "revision"]


def revision(
    bind: Bind,
    metadata: MetaDataLike,
    repository: Place,
    message: str,
    *,
    pending: bool = False,
    allow: Collection[str] = (),
    include: Collection[str] = (),
    exclude: Collection[str] = (),
    accept: Collection[Acceptance] = (),
    max_rows_scanned: int = MAX_ROWS_SCANNED,
    deadline: float = 60.0,
) -> Handover:
    """Write the next revision of a repository, with what :func:`autosync.sync` refuses.

    ``repository`` is as for :func:`autosync.upgrade`, and the database has to be at its latest
    revision. ``message`` is what the revision is called. With ``pending``, what would be added is
    in it, too. All else is as for :func:`autosync.plan`; refusals that are accepted are left out.

    Each operation has its code, its reason and its consequence as a comment. What may lose values,
    what is only a guess, and what needs a value that nobody has said yet is a comment itself, and
    says so; for what takes more than an operation there is the remedy in words. The database is
    only read. Where there is nothing to write, no file is written. A column or a table that was
    renamed is compared when it has its name: what differs of it is for the revision after that.

    Raises :class:`~autosync.errors.InvalidRepository`, also for one with several heads,
    :class:`~autosync.errors.UnusableRepository` where revisions are pending,
    :class:`~autosync.errors.NotUnderVersionControl`, :class:`~autosync.errors.NotWritten` for a
    table that SQLAlchemy cannot read as it is, and what :func:`autosync.plan` raises.
    """
    from autosync.handover.writing import written

    return written(
        bind,
        metadata,
        repository,
        message,
        pending=pending,
        settings={
            "allow": allow,
            "include": include,
            "exclude": exclude,
            "accept": accept,
            "max_rows_scanned": max_rows_scanned,
            "deadline": deadline,
        },
    )
