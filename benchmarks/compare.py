"""Who reports differences where there are none?

Creates every case of the round trip (`tests/roundtrip`) with `create_all()`, and asks autosync and
Alembic's `compare_metadata()`, with types and defaults on, what is missing: nothing is. Prints a
Markdown table for each database, and the cases of which one of them says otherwise.

    python benchmarks/compare.py [--database sqlite] [--only TEXT] [--readme]
"""

import argparse
import datetime
import logging
import re
import sys
import tempfile
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]  # the cases and the servers are those of the tests

from tests.roundtrip.case import Case  # noqa: E402
from tests.roundtrip.cases import CASES  # noqa: E402
from tests.roundtrip.lacking import takes  # noqa: E402
from tests.roundtrip.stage import Stage  # noqa: E402
from tests.roundtrip.witness import Verdict, by_alembic, by_autosync  # noqa: E402
from tests.servers import KINDS, Missing, Servers  # noqa: E402
from tests.servers.database import DRIVERS, Databases  # noqa: E402

README = ROOT / "README.md"
WIDTH = 100
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB", "mysql": "MySQL"}
BEGIN, END = "<!-- compare: begin -->\n", "<!-- compare: end -->"
HEAD = (
    "| | cases | in sync: autosync | in sync: Alembic | Alembic: false difference | exception |\n"
    "| --- | --: | --: | --: | --: | --: |\n"
)


@dataclass(frozen=True)
class Tried:
    """One case, and what both say of it."""

    case: Case
    autosync: Verdict
    alembic: Verdict

    @property
    def is_telling(self) -> bool:
        return {self.autosync.outcome, self.alembic.outcome} != {"in sync"}


@dataclass(frozen=True)
class Result:
    """All cases of one database."""

    name: str
    release: str
    tried: Sequence[Tried]

    @property
    def server(self) -> str:
        return f"{TITLES[self.name]} {self.release}"


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    cases = [case for case in CASES if options.only in case.name]
    names = options.database or list(TITLES)
    try:
        results = ask(names, cases)
    except Missing as error:
        print(f"a server is not installed: {error}", file=sys.stderr)
        for kind in KINDS.values():
            print(f"to install it: {kind.install}", file=sys.stderr)
        return 1
    print(total(results))
    for result in results:
        print(details(result))
    if options.readme:
        write(README, total(results))
    wrong = [one for result in results for one in result.tried if one.autosync.outcome != "in sync"]
    return 1 if wrong else 0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    made.add_argument("--database", action="append", choices=list(DRIVERS), help="repeatable")
    made.add_argument("--only", default="", metavar="TEXT", help="cases with this in their name")
    made.add_argument("--readme", action="store_true", help="write the totals into README.md")
    return made


def ask(names: Iterable[str], cases: Sequence[Case]) -> list[Result]:
    """Ask both about all cases on these databases."""
    servers = Servers()
    databases = Databases(servers)
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(databases, Path(folder))
        try:
            return [ask_of(name, cases, stage) for name in names]
        finally:
            stage.close()
            databases.close()
            servers.stop()


def ask_of(name: str, cases: Iterable[Case], stage: Stage) -> Result:
    tried = []
    release = ""
    for case in cases:
        if name in case.databases and takes(name, case):
            with stage.created(case, name) as engine:
                ours = by_autosync(engine, case.metadata())
                theirs = by_alembic(engine, case.metadata())
                release = release_of(engine)
            tried.append(Tried(case, ours, theirs))
    return Result(name, release, tried)


def release_of(engine: Engine) -> str:
    """The version of the server; a packager's own numbers behind it are left out."""
    with engine.connect() as connection:
        numbers = connection.dialect.server_version_info or ()
    return ".".join(str(each) for each in numbers if isinstance(each, int))


def total(results: Sequence[Result]) -> str:
    """The totals, as the README has them."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    servers = ", ".join(result.server for result in results)
    about = (
        f"By `make compare` on {today}, with SQLAlchemy {sa.__version__}, "
        f"Alembic {version('alembic')}, {servers}:"
    )
    return f"{textwrap.fill(about, WIDTH)}\n\n{HEAD}" + "".join(map(row, results))


def row(result: Result) -> str:
    ours = Counter(one.autosync.outcome for one in result.tried)
    theirs = Counter(one.alembic.outcome for one in result.tried)
    numbers = (
        len(result.tried),
        ours["in sync"],
        theirs["in sync"],
        theirs["differs"],
        theirs["fails"],
    )
    return f"| {TITLES[result.name]} | " + " | ".join(map(str, numbers)) + " |\n"


def details(result: Result) -> str:
    """The cases of a database that are not in sync for both."""
    lines = [f"### {result.server}\n", "| case | autosync | Alembic |", "| --- | --- | --- |"]
    for one in result.tried:
        if one.is_telling:
            cells = map(cell, (one.case.name, str(one.autosync), str(one.alembic)))
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


def write(readme: Path, totals: str) -> None:
    """Put the totals between the README's two marks."""
    marks = re.compile(f"(?<={re.escape(BEGIN)}).*(?={re.escape(END)})", re.DOTALL)
    readme.write_text(marks.sub(lambda _: totals, readme.read_text()))


if __name__ == "__main__":
    sys.exit(main())
