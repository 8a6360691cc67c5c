"""Takes a database from a repository of sqlalchemy-migrate over to one of Alembic."""

from __future__ import annotations

from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path

from alembic import command
from alembic.config import Config

from autosync.binds import Bind, connected
from autosync.deadline import Deadline
from autosync.errors import InvalidRepository, NotUnderVersionControl, UnusableRepository
from autosync.events import Listener
from autosync.revisions import current, upgraded
from autosync.revisions.alembic import AlembicRepository
from autosync.revisions.baseline import Baseline, baseline
from autosync.revisions.migrate import MigrateRepository
from autosync.revisions.report import Adoption, Revision, names
from autosync.revisions.repository import ALEMBIC_FILE, ENVIRONMENT, Place, recognised
from autosync.revisions.running import BOOKKEEPING

BASELINE = "baseline of"
"""How the title of one begins; the name and the version of the old repository follow."""
NO_WAY_BACK = 'raise NotImplementedError("before the baseline, there was sqlalchemy-migrate")'


def adopt(
    bind: Bind,
    old: Place,
    new: Place,
    deadline: Deadline,
    *,
    listener: Listener | None = None,
    lock_key: str | None = None,
) -> Adoption:
    """As :func:`autosync.adopt`, within a deadline that is for more than this."""
    repository = _old(old)
    known = _known(new, repository)
    upgrade = partial(upgraded, bind, new, deadline, listener=listener, lock_key=lock_key)
    if known is not None and current(bind, new, deadline=deadline.left()).before:
        return Adoption(known.id, None, (), upgrade())
    title = _title(bind, repository, deadline)
    if known is None:
        with connected(bind) as (connection, _):
            made = baseline(connection, {*BOOKKEEPING, repository.bookkeeping})
        id_, written = _written(new, title, made)
        return Adoption(id_, written, made.without, upgrade(stamp=id_))
    if known.title != title:
        raise InvalidRepository(
            f"{new} begins with the '{known.title}', and the database is at what would be the "
            f"'{title}': bring it to that version, or name a new folder for another baseline"
        )
    return Adoption(known.id, None, (), upgrade(stamp=known.id))


def _old(place: Place) -> MigrateRepository:
    found = recognised(place)
    if isinstance(found, MigrateRepository):
        return found
    raise InvalidRepository(
        f"{place} is a repository of {found.kind}, not of {MigrateRepository.kind}: there is "
        "nothing to be taken over"
    )


def _title(bind: Bind, repository: MigrateRepository, deadline: Deadline) -> str:
    """What the baseline is called. Raises where the database is not at the latest version."""
    place = repository.place
    report = current(bind, place, deadline=deadline.left())
    if not report.controlled:
        raise NotUnderVersionControl(
            f"the database is not under version control of {place}, so nothing says that it is as "
            "its versions leave it: look whether it is the right database and the right "
            "repository",
            report,
            (),
        )
    if report.pending:
        left = ", ".join(str(one) for one in report.pending)
        raise UnusableRepository(
            f"the database is at {names(report.before)} of {place}, and not at its latest version; "
            f"pending: {left}\n"
            "  nothing was done\n"
            f"  run them first: autosync upgrade --revisions {place}, with SQLAlchemy 1.4",
            report,
        )
    return f"{BASELINE} {repository.name} {names(report.before)}"


def _known(place: Place, repository: MigrateRepository) -> Revision | None:
    """The baseline that is there, None where there is nothing yet."""
    folder = Path(place)
    if not (folder / ENVIRONMENT).is_file():
        if folder.exists() and (folder.is_file() or any(folder.iterdir())):
            raise InvalidRepository(
                f"{place} is neither an Alembic environment (it has no {ENVIRONMENT}) nor empty: "
                "name a new folder, or the one that alembic init has made"
            )
        return None
    bases = AlembicRepository(place, folder).bases
    for one in bases:
        if one.title.startswith(f"{BASELINE} {repository.name} "):
            return one
    if bases:
        raise InvalidRepository(
            f"{place} has revisions, and none of them is a {BASELINE} {repository.name}: name a "
            "new folder; or, if one of them leaves a database as this one is, autosync upgrade "
            f"--revisions {place} --stamp REVISION"
        )
    return None


def _written(place: Place, title: str, made: Baseline) -> tuple[str, Path]:
    folder = Path(place)
    if not (folder / ENVIRONMENT).is_file():
        with redirect_stdout(StringIO()):  # Alembic tells of each file
            command.init(Config(str(folder.parent / ALEMBIC_FILE)), str(folder))
    repository = AlembicRepository(place, folder)
    return repository.write(title, made.upgrade, NO_WAY_BACK, made.imports)
