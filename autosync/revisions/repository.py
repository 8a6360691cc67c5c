"""A repository of revisions: which kind it is, and what is asked of each kind."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from configparser import Error as ParserError
from configparser import RawConfigParser
from contextlib import AbstractContextManager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from sqlalchemy.engine import Connection

from autosync.errors import InvalidRepository
from autosync.revisions.report import Revision, UpgradeReport

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from autosync.revisions.alembic import AlembicRepository

Place = str | PathLike[str]

MIGRATE_FILE = "migrate.cfg"
ALEMBIC_FILE = "alembic.ini"
ALEMBIC_SECTION = "alembic"
PROJECT_FILE = "pyproject.toml"
ENVIRONMENT = "env.py"


@dataclass(frozen=True, slots=True)
class State:
    """Where a database stands: ``bookkeeping`` is the name of the repository's own table in it."""

    controlled: bool
    current: tuple[str, ...]
    latest: tuple[str, ...]
    pending: tuple[Revision, ...]
    bookkeeping: str


class Watch(Protocol):
    """Is told by a repository what it runs."""

    @property
    def are_one(self) -> bool:
        """Whether all revisions are in one transaction, which they may not end."""

    def begin(self, revision: Revision) -> None:
        """It begins."""

    def end(self) -> None:
        """It is done, and so is its entry in the version table."""

    def interrupted(self) -> AbstractContextManager[None]:
        """A block of the revision that is at work which has to be outside of that transaction.

        Raises :class:`~autosync.errors.AutosyncError` where there can be none.
        """


class Repository(ABC):
    """One repository. What it raises while it reads is an :class:`InvalidRepository`."""

    kind: ClassVar[str] = ""
    base: ClassVar[str] = ""
    """What a database is stamped with for which no revision has run."""

    def __init__(self, place: Place) -> None:
        self.place = str(place)

    @abstractmethod
    def look(self, connection: Connection) -> State:
        """Where the database stands. Writes nothing.

        Raises :class:`~autosync.errors.UnknownRevision` if it is at one that is not here.
        """

    def check_usable(self, report: UpgradeReport) -> None:
        """Raise :class:`~autosync.errors.UnusableRepository` if what is pending cannot be run."""
        return

    @abstractmethod
    def stamp(self, connection: Connection, revision: str | None) -> None:
        """Put the database at a revision, None for the latest, without running anything.

        Raises :class:`~autosync.errors.UnknownRevision`.
        """

    @abstractmethod
    def run(self, connection: Connection, watch: Watch) -> None:
        """Run all that is pending, on this connection."""


def recognised(place: Place) -> Repository:
    """The repository at a path: a folder, or the configuration file in it.

    Alembic's may be an alembic.ini, or a pyproject.toml with a section [tool.alembic].

    Raises :class:`InvalidRepository` where there is none, or where it could be either kind.
    """
    path = Path(place)
    if path.is_file():
        make = _of_file(path)
        if make is None:
            raise _none(
                place,
                f"it is neither a {MIGRATE_FILE} nor has it a section [alembic] or [tool.alembic]",
            )
        return make(place, path)
    if not path.is_dir():
        raise _none(place, "there is no such file or folder")
    found = [name for name in (MIGRATE_FILE, ALEMBIC_FILE) if (path / name).is_file()]
    if ALEMBIC_FILE not in found and is_project(path / PROJECT_FILE):
        found.append(PROJECT_FILE)
    if len(found) > 1:
        raise _none(place, f"it has both a {' and an '.join(found)}: name the file that is meant")
    if found:
        return recognised_file(place, path / found[0])
    if (path / ENVIRONMENT).is_file():
        return _alembic(place, path)
    raise _none(
        place,
        f"it has no {MIGRATE_FILE}, no {ALEMBIC_FILE}, no {PROJECT_FILE} with [tool.alembic] and "
        f"no {ENVIRONMENT}",
    )


def environment_of(place: Place) -> AlembicRepository:
    """The same, of Alembic. Raises :class:`InvalidRepository` for one of another kind."""
    from autosync.revisions.alembic import AlembicRepository

    found = recognised(place)
    if isinstance(found, AlembicRepository):
        return found
    raise InvalidRepository(
        f"{place} is a repository of {found.kind}, and has no {ENVIRONMENT} that says what is to "
        f"be compared; name the {ALEMBIC_FILE} or the folder of one of Alembic"
    )


def recognised_file(place: Place, path: Path) -> Repository:
    """The repository of a configuration file that is called as usual."""
    return (_migrate if path.name == MIGRATE_FILE else _alembic)(place, path)


def _of_file(path: Path) -> Callable[[Place, Path], Repository] | None:
    if path.name == MIGRATE_FILE:
        return _migrate
    if path.name == PROJECT_FILE:
        return _alembic if is_project(path) else None
    parser = RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (ParserError, UnicodeDecodeError):
        return None
    return _alembic if parser.has_section(ALEMBIC_SECTION) else None


def is_project(path: Path) -> bool:
    """Whether it is a pyproject.toml in which Alembic is configured."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False
    return "alembic" in content.get("tool", {})


def _migrate(place: Place, path: Path) -> Repository:
    from autosync.revisions.migrate import MigrateRepository

    return MigrateRepository(place, path.parent)


def _alembic(place: Place, path: Path) -> Repository:
    from autosync.revisions.alembic import AlembicRepository

    return AlembicRepository(place, path)


def _none(place: Place, why: str) -> InvalidRepository:
    return InvalidRepository(
        f"{place} is no repository of revisions: {why}; name the folder or the configuration file "
        f"of one of sqlalchemy-migrate ({MIGRATE_FILE}) or Alembic ({ALEMBIC_FILE}, {ENVIRONMENT})"
    )
