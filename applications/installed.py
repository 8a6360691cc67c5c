"""One application with one database: its migrations, and autosync, run in its environment."""

import json
from collections.abc import Iterable, Mapping
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from applications.environments import Environment, Failed
from applications.published import Ancestor, Application
from tests.servers.database import LiveDatabase

MIGRATE = "from alembic.config import main; main()"
AUTOSYNC = "from autosync.cli import main; main()"
REPORTED = (0, 3, 4)
OUTCOMES = ("applied", "failed", "pending", "refused", "undecided", "notes")


@dataclass(frozen=True)
class Found:
    """A plan or a report: its entries in words, by outcome, and its statements."""

    entries: Mapping[str, tuple[str, ...]]
    statements: tuple[str, ...]

    @property
    def pending(self) -> tuple[str, ...]:
        return self.entries["pending"]

    @property
    def rest(self) -> list[str]:
        """Whatever is not done."""
        names = ("refused", "undecided", "notes")
        return sorted(f"{name} {entry}" for name in names for entry in self.entries[name])


def found(report: Mapping[str, Any]) -> Found:
    entries = {name: tuple(map(worded, report.get(name, ()))) for name in OUTCOMES}
    return Found(entries, tuple(report["statements"]))


def worded(entry: Mapping[str, Any]) -> str:
    """Return an entry in one line: the object, and the code or the reason."""
    place = [entry.get(key) for key in ("schema", "table", "name")]
    columns = ", ".join(entry.get("columns") or ())
    name = ".".join(part for part in place if part) + (f"({columns})" if columns else "")
    said = entry.get("code") or entry.get("reason") or entry.get("difference")
    return f"{entry['kind']} {name}: {said}"


class Installed:
    """An application and a database, in a folder of their own."""

    def __init__(
        self, application: Application, environment: Environment, live: LiveDatabase, folder: Path
    ) -> None:
        self.application = application
        self.environment = environment
        self.folder = folder
        self.url = live.url.render_as_string(hide_password=False)
        self.configuration = folder / "alembic.ini"
        self.configure()

    def configure(self) -> None:
        """Write the application's own configuration, with the address of this database."""
        [packages] = self.environment.folder.glob("lib/python*/site-packages")
        own = packages / self.application.configuration
        parser = ConfigParser(interpolation=None)
        parser.read(own)
        scripts = parser["alembic"]["script_location"].replace("%(here)s", str(own.parent))
        if "{" in scripts:  # a template's place
            scripts = "alembic"
        parser["alembic"]["script_location"] = str(own.parent / scripts)
        parser["alembic"]["sqlalchemy.url"] = self.url.replace("%", "%%")
        parser["alembic"].pop("version_locations", None)
        with self.configuration.open("w") as file:
            parser.write(file)

    def run(self, code: str, *arguments: str, good: Iterable[int] = (0,)) -> str:
        return self.environment.run(
            code,
            *arguments,
            folder=self.folder,
            settings={"DATABASE_URL": self.url},
            good=tuple(good),
        )

    def bear(self, ancestor: Ancestor) -> None:
        """Make the tables as the older release does."""
        environment = Environment(ancestor.requirements, bare=True)
        environment.make()
        url = self.url.replace("+psycopg:", "+psycopg2:")  # SQLAlchemy 1.4 has none for psycopg 3
        environment.run(ancestor.code, folder=self.folder, settings={"DATABASE_URL": url})

    def migrate(self, revision: str = "head") -> None:
        """Run the application's migrations to a revision."""
        where = ("-c", str(self.configuration))
        self.run(self.application.prelude + MIGRATE, *where, "upgrade", revision)

    def plan(self, *options: str) -> Found:
        target = self.application.target
        return found(json.loads(self.autosync("plan", target, *options)))

    def sync(self, *options: str) -> Found:
        target = self.application.target
        return found(json.loads(self.autosync("sync", target, "--yes", *options)))

    def current(self) -> dict[str, Any]:
        """Return where autosync finds the database, by the application's own env.py."""
        return json.loads(self.autosync("current", *self.revisions))

    def alone(self) -> str:
        """Say whether env.py can be loaded without what the application does before it."""
        options = (*self.revisions, "--format", "json")
        try:
            self.run(AUTOSYNC, "current", *options, good=REPORTED)
        except Failed:
            return "with its application"
        return "alone"

    def autosync(self, command: str, *arguments: str) -> str:
        """Run autosync, and return its report."""
        options = (*arguments, "--format", "json")
        return self.run(self.application.prelude + AUTOSYNC, command, *options, good=REPORTED)

    @property
    def revisions(self) -> tuple[str, str]:
        """The argument by which autosync finds the revisions."""
        return ("--revisions", str(self.configuration))
