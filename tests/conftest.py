"""The databases that the tests run on.

`--database NAME` (repeatable) restricts a run to some of sqlite, postgresql and mariadb.
`@pytest.mark.databases("postgresql", ...)` restricts a test that uses the `database` fixture.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.processes import listen_to_interrupts
from tests.security import places, sent
from tests.servers import KINDS, Missing, Servers, installed
from tests.servers.database import DRIVERS, Databases, LiveDatabase

SERVERS = pytest.StashKey[Servers]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--database`."""
    parser.addoption(
        "--database",
        action="append",
        choices=list(DRIVERS),
        help="run on this database only; repeatable (default: all)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the servers, of which none may be missing in CI; check what PostgreSQL is asked."""
    config.addinivalue_line("markers", "databases(*names): run `database` on these only")
    if (lacking := missing_servers(config)) and os.environ.get("CI"):
        raise pytest.UsageError("; ".join(lacking))
    places.check_all()
    sent.check_all()
    listen_to_interrupts()
    workerinput = getattr(config, "workerinput", {})
    config.stash[SERVERS] = Servers(workerinput.get("servers", {}))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start the servers in pytest-xdist's controller, and tell a worker where they are."""
    servers = node.config.stash[SERVERS]
    servers.start(name for name in selected(node.config) if name in KINDS and installed(name))
    node.workerinput["servers"] = servers.addresses


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers that this process started."""
    if servers := config.stash.get(SERVERS, None):
        servers.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what could not be tested."""
    if lacking := missing_servers(terminalreporter.config):
        terminalreporter.section("SERVERS MISSING", sep="!", red=True, bold=True)
        for line in lacking:
            terminalreporter.line(line, red=True, bold=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that uses `database` once on each database."""
    if "database" not in metafunc.fixturenames:
        return
    names = selected(metafunc.config)
    if marker := metafunc.definition.get_closest_marker("databases"):
        if unknown := set(marker.args) - set(DRIVERS):
            raise pytest.UsageError(f"no such database: {', '.join(sorted(unknown))}")
        names = [name for name in names if name in marker.args]
    metafunc.parametrize("database", names, indirect=True)


def selected(config: pytest.Config) -> list[str]:
    """Return the names of the databases of this run, in a fixed order."""
    chosen = config.getoption("--database") or DRIVERS
    return [name for name in DRIVERS if name in chosen]


def missing_servers(config: pytest.Config) -> list[str]:
    """Return one line for each selected server that is not installed."""
    return [
        f"{name} is not installed, and its tests do not run. To install it: {KINDS[name].install}"
        for name in selected(config)
        if name in KINDS and not installed(name)
    ]


def fresh(
    name: str, request: pytest.FixtureRequest, databases: Databases
) -> Iterator[LiveDatabase]:
    """Make a database for a test, or skip the test."""
    if name not in selected(request.config):
        pytest.skip(f"--database leaves out {name}")
    try:
        with databases.fresh(name, request.getfixturevalue("tmp_path")) as live:
            yield live
    except Missing as error:
        pytest.skip(f"{name} is not installed: {error}")


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Iterator[Databases]:
    """The source of fresh databases."""
    source = Databases(pytestconfig.stash[SERVERS])
    yield source
    source.close()


@pytest.fixture
def database(request: pytest.FixtureRequest, databases: Databases) -> Iterator[LiveDatabase]:
    """A fresh database, on each selected database in turn."""
    yield from fresh(request.param, request, databases)


@pytest.fixture
def sqlite(request: pytest.FixtureRequest, databases: Databases) -> Iterator[LiveDatabase]:
    """A fresh SQLite database."""
    yield from fresh("sqlite", request, databases)


@pytest.fixture
def postgresql(request: pytest.FixtureRequest, databases: Databases) -> Iterator[LiveDatabase]:
    """A fresh PostgreSQL database."""
    yield from fresh("postgresql", request, databases)


@pytest.fixture
def mariadb(request: pytest.FixtureRequest, databases: Databases) -> Iterator[LiveDatabase]:
    """A fresh MariaDB database."""
    yield from fresh("mariadb", request, databases)
