"""The trial of an application on one database, whose result is a `Verdict`."""

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from applications.environments import Environment, Failed
from applications.installed import Found, Installed
from applications.published import Application
from tests.realworld.rows import insert_rows
from tests.servers.database import Databases

T = TypeVar("T")
Rows = dict[str, list[str]]
BOOKKEEPING = "alembic_version"
UNCHECKED = {  # rows of tables that point at each other have no order
    "postgresql": "SET LOCAL session_replication_role = replica",
    "mariadb": "SET FOREIGN_KEY_CHECKS = 0",
    "mysql": "SET FOREIGN_KEY_CHECKS = 0",
}
DONE = "reach the head"


@dataclass
class Verdict:
    """The findings on one database, and where they are not as expected."""

    application: str
    database: str
    head: int = 0
    """How many differences there are at the latest revision."""
    applied: int = 0
    """How many additions there were at the older one."""
    afterwards: str = ""
    """The result of the migrations after that."""
    revisions: str = ""
    """The result of the migrations where autosync runs them before it adds anything."""
    alone: str = ""
    """Whether env.py loads by itself, or only with what the application does before it."""
    wrong: list[str] = field(default_factory=list)

    def expect(self, what: str, found: object, expected: object) -> None:
        if found != expected:
            self.wrong.append(f"{what}:\n      found    {found}\n      expected {expected}")


class Trial:
    """The trial of one application on one database."""

    def __init__(self, application: Application, database: str, databases: Databases) -> None:
        self.application = application
        self.database = database
        self.databases = databases
        self.verdict = Verdict(application.name, database)

    def run(self) -> Verdict:
        """Try all, each on a database of its own."""
        try:
            head = self.at_head()
            self.at_older(head)
            self.revisions_first(head)
        except Failed as failure:
            self.verdict.wrong.append(str(failure))
        return self.verdict

    def at_head(self) -> Found:
        """All that is said of what the application's own migrations have made is known."""
        with self.born() as (installed, _):
            installed.migrate()
            plan = installed.plan()
        expected = self.application.differences(self.database)
        self.verdict.expect("at the head", said(plan), expected)
        self.verdict.head = len(said(plan))
        return plan

    def at_older(self, head: Found) -> None:
        """All that was promised is done, and all that was there stays; the migrations may go on."""
        verdict = self.verdict
        with self.older() as (installed, engine):
            old = reflected(engine)
            before = rows(engine, old)
            planned = installed.plan()
            verdict.expect(
                "tables that a plan leaves", set(reflected(engine).tables), set(old.tables)
            )
            done = installed.sync()
            verdict.expect("applied", done.entries["applied"], planned.pending)
            verdict.expect("failed", done.entries["failed"], ())
            verdict.expect("statements", done.statements, planned.statements)
            verdict.expect("what is left", done.rest, planned.rest)
            verdict.expect("rows", rows(engine, old), before)
            again = installed.plan()
            verdict.expect("pending after it", again.pending, ())
            verdict.expect("said after it", again.rest, planned.rest)
            verdict.applied = len(planned.pending)
            self.afterwards(installed, head)

    def afterwards(self, installed: Installed, head: Found) -> None:
        """The migrations may fail on what is there already; if not, the end is the same."""
        known = self.application.afterwards.get(self.database, DONE)
        self.verdict.afterwards, _ = self.attempt("afterwards", known, installed.migrate)
        if self.verdict.afterwards == DONE:
            self.verdict.expect("at the head, afterwards", installed.plan().rest, head.rest)

    def revisions_first(self, head: Found) -> None:
        """With the application's own env.py, autosync runs the revisions, then adds the rest."""
        verdict = self.verdict
        with self.older() as (installed, engine):
            verdict.alone = installed.alone()
            verdict.expect("env.py", verdict.alone == "alone", self.application.alone)
            tables, at = set(reflected(engine).tables), installed.current()
            verdict.expect("the revision", at["to"], [self.application.older])
            planned = installed.plan(*installed.revisions)
            pending = [f"revision {each['id']}: missing" for each in at["pending"]]
            found = [each for each in planned.pending if each.startswith("revision ")]
            verdict.expect("pending revisions", found, pending)
            verdict.expect("tables that a plan leaves", set(reflected(engine).tables), tables)
            known = self.application.revisions.get(self.database, DONE)
            verdict.revisions, done = self.attempt(
                "the revisions first", known, lambda: installed.sync(*installed.revisions)
            )
            if done is not None:
                added = [one for one in done.entries["applied"] if not one.startswith("revision ")]
                verdict.expect("added after the revisions", added, list(head.pending))
                verdict.expect("left after the revisions", done.rest, head.rest)
                again = installed.plan(*installed.revisions)
                verdict.expect("pending at last", again.pending, ())

    def attempt(self, what: str, known: str, work: Callable[[], T]) -> tuple[str, T | None]:
        """Do what may fail as it is known to; return how it ended, and what it made."""
        try:
            made = work()
        except Failed as failure:
            said = " ".join(str(failure).split())
            found = known if known in said else shortened(str(failure))
            self.verdict.expect(what, found, known)
            return found, None
        self.verdict.expect(what, DONE, known)
        return DONE, made

    @contextmanager
    def older(self) -> Iterator[tuple[Installed, Engine]]:
        """A database at the older revision, with rows."""
        with self.born() as (installed, engine):
            installed.migrate(self.application.older)
            fill(engine, self.application, UNCHECKED.get(self.database))
            yield installed, engine

    @contextmanager
    def born(self) -> Iterator[tuple[Installed, Engine]]:
        """A new database, as the application's migrations begin with it."""
        application = self.application
        environment = Environment(application.requirements)
        environment.make()
        with (
            tempfile.TemporaryDirectory() as folder,
            self.databases.fresh(self.database, Path(folder)) as live,
        ):
            installed = Installed(application, environment, live, Path(folder))
            if application.ancestor is not None:
                installed.bear(application.ancestor)
            yield installed, live.engine


def said(plan: Found) -> list[str]:
    """Return all that a plan says."""
    return sorted([*(f"pending {each}" for each in plan.pending), *plan.rest])


def shortened(text: str) -> str:
    """Return the line of a traceback that says what it is."""
    lines = [line for line in text.splitlines() if re.match(r"[\w.]+: ", line)]
    return (lines or text.splitlines() or [""])[-1]


def reflected(engine: Engine) -> sa.MetaData:
    """Return the application's tables as they are, with types that all databases have."""
    metadata = sa.MetaData()
    sa.event.listen(metadata, "column_reflect", generic)
    metadata.reflect(engine)
    metadata.remove(metadata.tables[BOOKKEEPING])
    return metadata


def generic(_inspector: object, _table: object, column: dict[str, Any]) -> None:
    column["type"] = column["type"].as_generic()


def fill(engine: Engine, application: Application, unchecked: str | None) -> None:
    """Insert rows into all tables, with the values that the migrations can read."""
    metadata = reflected(engine)
    with engine.begin() as connection:
        if unchecked is not None:
            connection.exec_driver_sql(unchecked)
        insert_rows(connection, metadata)
        for place, value in application.values.items():
            table, column = place.split(".")
            if table in metadata.tables:
                connection.execute(metadata.tables[table].update().values({column: value}))
    engine.dispose()


def rows(engine: Engine, metadata: sa.MetaData) -> Rows:
    """Return the rows of all tables, with the columns that the tables had."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(sa.select(table))))
            for table in metadata.sorted_tables
        }
