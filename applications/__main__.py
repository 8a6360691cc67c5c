"""Hold autosync against published applications, and print a table of what was found.

    python -m applications [--database NAME] [NAME ...]

Exits with 1 if something is not as `published.py` says.
"""

import argparse
import sys
import warnings
from collections.abc import Iterator, Sequence

from applications.published import ALL, APPLICATIONS
from applications.trial import Trial, Verdict
from tests.servers import Missing, Servers
from tests.servers.database import Databases

HEAD = (
    "application",
    "database",
    "at the head",
    "added at the older one",
    "migrations after it",
    "migrations before it, by autosync",
    "env.py loads",
)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    warnings.filterwarnings("ignore", "Cannot correctly sort tables")
    servers = Servers()
    databases = Databases(servers)
    verdicts = []
    try:
        for trial in trials(options.names, options.database or ALL, databases):
            verdicts.append(trial.run())
            show(verdicts[-1])
    except Missing as error:
        print(f"a server is not installed: {error}", file=sys.stderr)
        return 2
    finally:
        databases.close()
        servers.stop()
    print()
    print(table(verdicts))
    return 1 if any(verdict.wrong for verdict in verdicts) else 0


def parser() -> argparse.ArgumentParser:
    known = [application.name for application in APPLICATIONS]
    made = argparse.ArgumentParser(prog="applications", description=__doc__.partition("\n")[0])
    made.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}")
    made.add_argument("--database", action="append", choices=ALL)
    return made


def trials(names: Sequence[str], chosen: Sequence[str], databases: Databases) -> Iterator[Trial]:
    for application in APPLICATIONS:
        if application.name in (names or application.name):
            for database in application.databases:
                if database in chosen:
                    yield Trial(application, database, databases)


def show(verdict: Verdict) -> None:
    """Say how it went, and what was not as expected."""
    state = "not as expected" if verdict.wrong else "as expected"
    print(f"{verdict.application} on {verdict.database}: {state}", flush=True)
    for each in verdict.wrong:
        print(f"    {each}", flush=True)


def table(verdicts: Sequence[Verdict]) -> str:
    """Return the findings as a table in Markdown."""
    rows = [HEAD, tuple("---" for _ in HEAD), *map(cells, verdicts)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def cells(verdict: Verdict) -> tuple[str, ...]:
    differences = f"different: {verdict.head}" if verdict.head else "in sync"
    return (
        verdict.application,
        verdict.database,
        differences,
        str(verdict.applied),
        verdict.afterwards or "?",
        verdict.revisions or "?",
        verdict.alone or "?",
    )


if __name__ == "__main__":
    sys.exit(main())
