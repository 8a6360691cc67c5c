"""A repository of sqlalchemy-migrate. It is read by autosync, and run by sqlalchemy-migrate 0.13.

That cannot be imported with SQLAlchemy 2; where a database stands can be told without it.
"""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Collection
from configparser import Error as ParserError
from configparser import RawConfigParser
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from autosync.credentials import said
from autosync.dialects import dialect_for
from autosync.errors import InvalidRepository, UnknownRevision, UnusableRepository
from autosync.revisions.bookkeeping import check_bookkeeping
from autosync.revisions.report import Revision, UpgradeReport
from autosync.revisions.repository import MIGRATE_FILE, Place, Repository, State, Watch

SECTION = "db_settings"
VERSIONS = "versions"
LONGEST = 40
"""Characters of a message that get into the name of a file, as with Alembic."""
LAST_SQLALCHEMY = (1, 4)
"""The last SQLAlchemy that sqlalchemy-migrate can be imported with."""

_SCRIPT = re.compile(r"(\d{3,})_?(.*)\.(py|sql)")
_OPERATIONS = ("upgrade", "downgrade")


class MigrateRepository(Repository):
    """A folder with migrate.cfg and versions; ``name`` is what it is called in a database."""

    kind = "sqlalchemy-migrate"
    base = "0"

    def __init__(self, place: Place, path: Path) -> None:
        super().__init__(place)
        self._path = path
        self.name = self._setting("repository_id")
        self._table = sa.Table(
            self._setting("version_table"),
            sa.MetaData(),
            sa.Column("repository_id", sa.String(250), primary_key=True),
            sa.Column("repository_path", sa.Text),
            sa.Column("version", sa.Integer),
        )

    @property
    def bookkeeping(self) -> str:
        """The name of the table that says at which version a database is."""
        return str(self._table.name)

    def look(self, connection: Connection) -> State:
        """Where the database stands, by the row of this repository; version 0 is no revision."""
        versions = self._versions()
        version = self._version(connection)
        if version and version not in versions:
            raise UnknownRevision(
                f"the database is at version {version}, which {self.place} does not have: it was "
                "brought there by a newer release; use that one, or restore the script"
            )
        pending = [number for number in versions if number > (version or 0)]
        return State(
            controlled=version is not None,
            current=(str(version),) if version else (),
            latest=(str(max(versions)),) if versions else (),
            pending=tuple(Revision(str(number), versions[number]) for number in pending),
            bookkeeping=self.bookkeeping,
        )

    def check_usable(self, report: UpgradeReport) -> None:
        """Nothing of it runs with SQLAlchemy 2."""
        if not report.pending or _sqlalchemy() <= LAST_SQLALCHEMY:
            return
        left = ", ".join(str(one) for one in report.pending)
        raise UnusableRepository(
            f"{self.place} is a repository of sqlalchemy-migrate, which cannot be imported with "
            f"SQLAlchemy {sa.__version__}; pending: {left}\n"
            "  nothing was done\n"
            "  run them from an environment of its own: pip install 'sqlalchemy-autosync[migrate]' "
            f"(SQLAlchemy 1.4), autosync upgrade --revisions {self.place}; then start this again",
            report,
        )

    def stamp(self, connection: Connection, revision: str | None) -> None:
        """As ``version_control`` does, or an update of what that has made."""
        number = self._number(revision, self._versions())
        row = {"repository_path": str(self._path), "version": number}
        with nullcontext() if connection.in_transaction() else connection.begin():
            if self._version(connection) is None:
                self._table.create(connection, checkfirst=True)
                connection.execute(self._table.insert().values(repository_id=self.name, **row))
            else:
                ours = self._table.c.repository_id == self.name
                connection.execute(self._table.update().where(ours).values(**row))

    def run(self, connection: Connection, watch: Watch) -> None:
        """With sqlalchemy-migrate, on an Engine that has nothing but this connection."""
        from autosync.revisions.held import engine_of

        schema, repository = self._imported()
        repository.Repository.clear()  # it keeps what it has read before, for ever
        engine = engine_of(connection, savepoints=watch.are_one)
        controlled = schema.ControlledSchema(engine, str(self._path))
        versions = self._versions()
        changes = controlled.changeset()
        with warnings.catch_warnings():
            # of its way to import them; what is wrong with one is so known before any has run
            warnings.simplefilter("ignore", DeprecationWarning)
            for change in changes.values():
                getattr(change, "module", None)
        for number, change in changes:
            done = int(number) + changes.step
            watch.begin(Revision(str(done), versions[done]))
            controlled.runchange(number, change, changes.step)
            watch.end()

    def write(self, message: str, script: str) -> tuple[str, Path]:
        """Add a script of Python after the latest version; its version, and its file."""
        version = max(self._versions(), default=0) + 1
        slug = "_".join(re.findall(r"\w+", message.lower()))[:LONGEST].strip("_") or "unnamed"
        path = self._path / VERSIONS / f"{version:03}_{slug}.py"
        path.write_text(script, encoding="utf-8")
        return str(version), path

    def _imported(self) -> tuple[Any, Any]:
        try:
            with warnings.catch_warnings():
                # of its age: pkg_resources, and escapes in its strings
                warnings.simplefilter("ignore")
                schema = import_module("migrate.versioning.schema")
                return schema, import_module("migrate.versioning.repository")
        except ImportError as error:
            raise self._unreadable(
                f"sqlalchemy-migrate cannot be imported: {error}; install it: "
                "pip install 'sqlalchemy-autosync[migrate]'"
            ) from error

    # --- what is in it --------------------------------------------------------------------------

    def _setting(self, name: str) -> str:
        parser = RawConfigParser()
        try:
            parser.read(self._path / MIGRATE_FILE, encoding="utf-8")
            return parser.get(SECTION, name)
        except (ParserError, UnicodeDecodeError) as error:
            raise self._unreadable(f"{MIGRATE_FILE}: {said(error)}") from error

    def _versions(self) -> dict[int, str]:
        """The versions, in order, with what they are called."""
        folder = self._path / VERSIONS
        if not folder.is_dir():
            raise self._unreadable(f"it has no folder {VERSIONS}")
        titles: dict[int, set[str]] = defaultdict(set)
        for path in folder.iterdir():
            match = _SCRIPT.fullmatch(path.name)
            if match is not None:
                titles[int(match[1])].add(_title(match[2], match[3]))
        return {number: " / ".join(sorted(titles[number] - {""})) for number in sorted(titles)}

    def _version(self, connection: Connection) -> int | None:
        """The version of the database, None where it is not under version control."""
        key = None, self.bookkeeping
        check_bookkeeping(connection, key)
        if not dialect_for(connection).has_table(connection, key):
            return None
        ours = self._table.c.repository_id == self.name
        row = connection.execute(sa.select(self._table.c.version).where(ours)).first()
        return None if row is None else int(row[0] or 0)

    def _number(self, revision: str | None, versions: Collection[int]) -> int:
        if revision is None:
            return max(versions, default=0)
        number = int(revision) if revision.isdecimal() else -1
        if number and number not in versions:
            raise UnknownRevision(
                f"{self.place} has no version {revision}; it has {', '.join(map(str, versions))}"
            )
        return number

    def _unreadable(self, why: str) -> InvalidRepository:
        return InvalidRepository(
            f"the sqlalchemy-migrate repository {self.place} cannot be used: {why}"
        )


def _title(name: str, extension: str) -> str:
    """The description in a script's name: of SQL, without the database and the operation."""
    words = name.split("_")
    if extension == "sql" and words[-1] in _OPERATIONS:
        words = words[:-2]
    return " ".join(words).strip()


def _sqlalchemy() -> tuple[int, int]:
    major, minor = sa.__version__.split(".")[:2]
    return int(major), int(minor)
