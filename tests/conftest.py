"""The databases that the tests run on.

`--database NAME` (repeatable) chooses some of sqlite, postgresql, mariadb and mysql; without it, a
run has the first three. `--database NAME:VERSION` takes a version that `make servers` has fetched,
in the place of the machine's own.
`@pytest.mark.databases("postgresql", ...)` restricts a test that uses the `database` fixture.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.processes import listen_to_interrupts
from tests.security import places, sent
from tests.servers import KINDS, Missing, Servers, go_without, lacking
from tests.servers.database import DRIVERS, USUAL, Databases, LiveDatabase
from tests.servers.releases import RELEASES

CHOICES = [*DRIVERS, *(f"{name}:{version}" for name in RELEASES for version in RELEASES[name])]
SERVERS = pytest.StashKey[Servers]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--database`."""
    parser.addoption(
        "--database",
        action="append",
        choices=CHOICES,
        metavar="NAME[:VERSION]",
        help=f"run on this database only; repeatable (default: {', '.join(USUAL)})",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the servers, of which none may be missing in CI; check what PostgreSQL is asked."""
    config.addinivalue_line("markers", "databases(*names): run `database` on these only")
    if (missing := missing_servers(config)) and os.environ.get("CI"):
        raise pytest.UsageError("; ".join(missing))
    places.check_all()
    sent.check_all()
    listen_to_interrupts()
    workerinput = getattr(config, "workerinput", {})
    config.stash[SERVERS] = Servers(workerinput.get("servers", {}), versions(config))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start the servers in pytest-xdist's controller, and tell a worker where they are."""
    servers = node.config.stash[SERVERS]
    wanted = versions(node.config)
    servers.start(name for name in wanted if name in KINDS and not lacking(name, wanted[name]))
    node.workerinput["servers"] = servers.addresses


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers that this process started."""
    if servers := config.stash.get(SERVERS, None):
        servers.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what could not be tested."""
    if missing := missing_servers(terminalreporter.config):
        terminalreporter.section("SERVERS MISSING", sep="!", red=True, bold=True)
        for line in missing:
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
    return list(versions(config))


def versions(config: pytest.Config) -> dict[str, str]:
    """Return the databases of this run, each with its version; "" is the machine's own."""
    chosen = config.getoption("--database") or USUAL
    wanted = dict(each.partition(":")[::2] for each in chosen)
    return {name: wanted[name] for name in DRIVERS if name in wanted}


def missing_servers(config: pytest.Config) -> list[str]:
    """Return one line for each selected server that is not there."""
    lines = (lacking(name, version) for name, version in versions(config).items())
    return [line for line in lines if line]


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
        go_without(error)


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


@pytest.fixture
def mysql(request: pytest.FixtureRequest, databases: Databases) -> Iterator[LiveDatabase]:
    """A fresh MySQL database."""
    yield from fresh("mysql", request, databases)
