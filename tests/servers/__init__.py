"""The database servers of a test run: started once, when needed, and gone with it."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.servers.base import PASSWORD, Missing, Server
from tests.servers.mariadb import MariaDB
from tests.servers.postgresql import Postgresql

__all__ = ["KINDS", "PASSWORD", "Missing", "Servers", "installed"]

KINDS: Mapping[str, type[Server]] = {"postgresql": Postgresql, "mariadb": MariaDB}


class Servers:
    """The addresses of the servers, by database; a server starts when it is first asked for.

    Under pytest-xdist the controller starts them, and the workers are given the addresses.
    """

    def __init__(self, addresses: Mapping[str, str] = {}, **settings: Any) -> None:
        self.addresses = dict(addresses)
        self.running: dict[str, Server] = {}
        self.settings = settings

    def address(self, name: str) -> str:
        """Return the URL of a server, or raise `Missing`."""
        if name not in self.addresses:
            KINDS[name].require()
            self.running[name] = KINDS[name](**self.settings)
            self.addresses[name] = self.running[name].url()
        return self.addresses[name]

    def start(self, names: Iterable[str]) -> None:
        """Start several servers at the same time."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.address, names))

    def stop(self) -> None:
        """Stop what was started here."""
        while self.running:
            self.running.popitem()[1].stop()


def installed(name: str) -> bool:
    """Say whether a server's programs are on this machine."""
    try:
        KINDS[name].require()
    except Missing:
        return False
    return True
