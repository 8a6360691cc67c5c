"""The checks of this project. `nox --list` shows them; `make test` runs those that CI runs."""

import shutil

import nox

nox.options.sessions = ["lint", "package", "docs", "tests"]
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_existing_virtualenvs = True

SQLALCHEMY = {"1.4": ">=1.4,<1.5", "2.0": ">=2.0,<2.1", "2.1": ">=2.1,<2.2"}
PROCESSES = "3"  # of which one often waits for its server
NEWEST = list(SQLALCHEMY)[-1]
ONCE = [  # of the servers, the fixtures, the terminal and the browser, whatever SQLAlchemy there is
    "tests/cli",
    "tests/docs",
    "tests/examples/test_ci.py",
    "tests/facts/test_mariadb.py",
    "tests/facts/test_mysql.py",
    "tests/facts/test_postgresql.py",
    "tests/facts/test_sqlite.py",
    "tests/postgresql",
    "tests/realworld",
    "tests/remedies/test_pasting.py",
    "tests/remedies/test_run.py",
    "tests/report",
    "tests/revisions/test_cli.py",
    "tests/revisions/test_environment.py",
    "tests/secrets",
    "tests/security",
    "tests/snapshot",
    "tests/source",
    "tests/test_blockers.py",
    "tests/test_cancelling.py",
    "tests/test_credentials.py",
    "tests/test_disk_full.py",
    "tests/test_escapes.py",
    "tests/test_events.py",
    "tests/test_hostile_texts.py",
    "tests/test_inclusion.py",
    "tests/test_injection.py",
    "tests/test_large.py",
    "tests/test_lower_case.py",
    "tests/test_overtaken.py",
    "tests/test_pytest_plugin.py",
    "tests/test_reading.py",
    "tests/test_rights.py",
    "tests/test_runners.py",
    "tests/test_safety.py",
    "tests/test_servers.py",
    "tests/test_sql_modes.py",
    "tests/test_surroundings.py",
    "tests/test_taken.py",
    "tests/test_targets.py",
    "tests/test_waiting.py",
    "tests/torture",
]
ENDS = [  # what 2.0 does as either 1.4 or 2.1 does it: `nox -s matrix` runs it there, too
    "tests/corpus",
    "tests/handover",
    "tests/remedies",
    "tests/revisions/test_adoption.py",
    "tests/test_connections.py",
]
VERSIONS = [
    "postgresql:12",
    "postgresql:14",
    "postgresql:17",
    "postgresql:18",
    "mysql:9.7",
    "mariadb:11.8",
]
NEWER = ["postgresql:18", "mysql:9.7"]
OF_THE_SERVER = [  # what may differ with the version of the server
    "tests/corpus",
    "tests/drift",
    "tests/facts",
    "tests/roundtrip",
    "tests/realworld",
    "tests/test_apply.py",
    "tests/test_company.py",
    "tests/test_judged_once.py",
]
SHARE = [  # of it, what each run has on the newest PostgreSQL and on MySQL
    "tests/company",
    "tests/drift/test_drift.py",
    "tests/facts/test_mysql.py",
    "tests/postgresql/test_states.py",
    "tests/test_company.py",
    "tests/test_judged_once.py",
    "tests/test_taken.py",
]
LEFT_OUT = {"1.4": ONCE, "2.0": [*ONCE, *ENDS], "2.1": []}


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and types."""
    session.install("-q", "-e", ".[lint]", f"SQLAlchemy{SQLALCHEMY['2.1']}")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")


@nox.session
def package(session: nox.Session) -> None:
    """Install the package as a user does, without extras, and use it outside the checkout."""
    shutil.rmtree("build", ignore_errors=True)  # setuptools would ship what an older build left
    session.install("-q", ".")
    session.chdir(session.create_tmp())
    session.run("python", "-I", "-c", OUTSIDE)
    session.run("autosync", "--help", silent=True)


OUTSIDE = """\
import importlib.resources, sys
import autosync
assert "site-packages" in autosync.__file__, autosync.__file__
assert importlib.resources.files(autosync).joinpath("py.typed").is_file()
assert importlib.resources.files("autosync.report").joinpath("report.schema.json").is_file()
from autosync.report import html
assert html.render(autosync.Plan("any")).startswith("<!doctype html>")
"""


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation, with warnings as errors, into docs/_build/html."""
    session.install("-q", "-e", ".[docs]", f"SQLAlchemy{SQLALCHEMY[NEWEST]}")
    anew = ["-a", "-E", "-d", "docs/_build/doctrees"]
    strictly = ["-W", "--keep-going", "-n", "-q", *session.posargs]
    session.run("python", "-m", "sphinx", *anew, *strictly, "docs", "docs/_build/html")


@nox.session
@nox.parametrize("sqlalchemy", list(SQLALCHEMY), ids=list(SQLALCHEMY))
def tests(session: nox.Session, sqlalchemy: str) -> None:
    """Run the tests on one SQLAlchemy; arguments after `--` go to pytest.

    With the newest, all of them; with the oldest, all that have to do with SQLAlchemy; with the one
    between, what all compare with.
    """
    install(session, sqlalchemy)
    others = [f"--ignore={path}" for path in LEFT_OUT[sqlalchemy]]
    pytest = ["python", "-m", "pytest", "-n", PROCESSES]
    session.run(*pytest, *others, *session.posargs)
    if sqlalchemy == NEWEST and not session.posargs:
        session.run("python", "-m", "tests.servers.fetch", *NEWER)
        session.run(*pytest, *(f"--database={version}" for version in NEWER), *SHARE)


@nox.session
@nox.parametrize("sqlalchemy", list(SQLALCHEMY), ids=list(SQLALCHEMY))
def matrix(session: nox.Session, sqlalchemy: str) -> None:
    """Run all tests on one SQLAlchemy, before a release."""
    install(session, sqlalchemy)
    session.run("python", "-m", "pytest", "-n", PROCESSES, *session.posargs)


@nox.session
def servers(session: nox.Session) -> None:
    """Fetch the servers of other versions; arguments after `--` name some of them."""
    install(session, NEWEST)
    session.run("python", "-m", "tests.servers.fetch", *session.posargs)


@nox.session
def versions(session: nox.Session) -> None:
    """Run what depends on the server on each version that there is; arguments name versions."""
    install(session, NEWEST)
    chosen = [each for each in session.posargs if each in VERSIONS]
    others = [each for each in session.posargs if each not in VERSIONS]
    for version in chosen or VERSIONS:
        session.run("python", "-m", "tests.servers.fetch", version)
        pytest = ["python", "-m", "pytest", "-n", PROCESSES, "--database", version]
        session.run(*pytest, *(others or OF_THE_SERVER))


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the tests on SQLAlchemy 2.0, and show the lines that none of them reaches."""
    install(session, "2.0")
    session.run("python", "-m", "pytest", "-n", PROCESSES, "--cov", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure against what else there is."""
    session.install("-q", "-e", ".[bench]", f"SQLAlchemy{SQLALCHEMY['2.1']}")
    session.run("python", "benchmarks/catalog.py", *session.posargs)


@nox.session
def stall(session: nox.Session) -> None:
    """Measure how long an application waits while its tables are altered."""
    session.install("-q", "-e", ".[bench]", f"SQLAlchemy{SQLALCHEMY['2.1']}")
    session.run("python", "benchmarks/traffic.py", *session.posargs)


@nox.session
def torture(session: nox.Session) -> None:
    """Run all of the torture; traffic by itself, for it is measured by time."""
    install(session, NEWEST)
    pytest = ["python", "-m", "pytest", *session.posargs]
    whole = {"AUTOSYNC_TORTURE": "1"}
    traffic = [f"tests/torture/test_{name}.py" for name in ("galera", "traffic", "upgrading")]
    others = [f"--ignore={path}" for path in traffic]
    session.run(*pytest, "-n", PROCESSES, "tests/torture", *others, env=whole)
    session.run(*pytest, *traffic, env=whole)


@nox.session
def compare(session: nox.Session) -> None:
    """Count the false differences, Alembic's and ours."""
    session.install("-q", "-e", ".[bench]", f"SQLAlchemy{SQLALCHEMY['2.1']}")
    session.run("python", "benchmarks/compare.py", *session.posargs)


@nox.session
def applications(session: nox.Session) -> None:
    """Hold autosync against published applications, in environments of their own."""
    session.install("-q", "-e", ".[bench]", f"SQLAlchemy{SQLALCHEMY['2.1']}")
    session.run("python", "-m", "applications", *session.posargs)


def install(session: nox.Session, sqlalchemy: str) -> None:
    """Install the project with all that its tests need on this SQLAlchemy."""
    extras = "test,test-legacy" if sqlalchemy == "1.4" else "test,examples"
    if sqlalchemy == NEWEST:
        extras += ",browser"
    session.install("-q", "-e", f".[{extras}]", f"SQLAlchemy{SQLALCHEMY[sqlalchemy]}")
