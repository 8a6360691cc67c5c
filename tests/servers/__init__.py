"""The database servers of a test run: started once, when needed, and gone with it."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.servers import releases
from tests.servers.base import PASSWORD, Missing, Server, go_without
from tests.servers.mariadb import MariaDB
from tests.servers.mysql import MySQL
from tests.servers.postgresql import Postgresql

__all__ = ["KINDS", "PASSWORD", "Missing", "Servers", "go_without", "lacking"]

KINDS: Mapping[str, type[Server]] = {
    "postgresql": Postgresql,
    "mariadb": MariaDB,
    "mysql": MySQL,
}


class Servers:
    """The addresses of the servers, by database; a server starts when it is first asked for.

    `versions` says, by database, which version to take; the machine's own where it says nothing.
    Under pytest-xdist the controller starts them, and the workers are given the addresses.
    """

    def __init__(
        self,
        addresses: Mapping[str, str] = {},
        versions: Mapping[str, str] = {},
        **settings: Any,
    ) -> None:
        self.addresses = dict(addresses)
        self.versions = dict(versions)
        self.settings = settings
        self.running: dict[str, Server] = {}

    def address(self, name: str) -> str:
        """Return the URL of a server, or raise `Missing`."""
        if name not in self.addresses:
            self.running[name] = self.another(name)
            self.addresses[name] = self.running[name].url()
        return self.addresses[name]

    def another(self, name: str, **settings: Any) -> Server:
        """Start one more server of this version, which the caller stops, or raise `Missing`."""
        return KINDS[name](
            tree=programs(name, self.versions.get(name)), **self.settings, **settings
        )

    def start(self, names: Iterable[str]) -> None:
        """Start several servers at the same time."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.address, names))

    def stop(self) -> None:
        """Stop what was started here."""
        while self.running:
            self.running.popitem()[1].stop()


def programs(name: str, version: str | None = None) -> Path | None:
    """Return the tree with a server's programs, None for the machine's own; or raise `Missing`."""
    version = version or releases.DEFAULT.get(name)
    tree = releases.tree(name, version) if version else None
    KINDS[name].require(tree)
    return tree


def lacking(name: str, version: str | None = None) -> str | None:
    """Say in one line how to get a server that is not there; None if it is."""
    if name not in KINDS:
        return None
    try:
        programs(name, version)
    except Missing as error:
        how = releases.FETCH if version else KINDS[name].install
        return f"{error}, and its tests do not run. To install it: {how}"
    return None
