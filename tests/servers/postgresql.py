"""PostgreSQL for a test run, by `testing.postgresql`."""

import signal
from pathlib import Path
from typing import Any, ClassVar

import testing.postgresql

from tests.servers.base import PASSWORD, Missing, Server

FAST = (
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
)


class Postgresql(Server, testing.postgresql.Postgresql):
    """A PostgreSQL server of our own, with no care for durability unless it is to be `durable`."""

    DEFAULT_SETTINGS: ClassVar = {
        **testing.postgresql.Postgresql.DEFAULT_SETTINGS,
        "initdb_args": "-U postgres -A scram-sha-256 --encoding=UTF8 --locale=C --no-sync",
        "postgres_args": "-h 127.0.0.1 -F -c max_connections=200",
        "durable": False,
        "tree": None,
        "options": (),
    }
    install = "apt-get install postgresql"
    users = ("postgres",)
    stop_signal = signal.SIGINT
    crash_signals = (signal.SIGKILL, signal.SIGQUIT)
    pid_file = "data/postmaster.pid"

    @classmethod
    def require(cls, tree: Path | None) -> None:
        """Raise `Missing` unless `initdb` and `postgres` are installed."""
        if tree:
            return
        try:
            for program in ("initdb", "postgres"):
                testing.postgresql.find_program(program, ["bin"])
        except RuntimeError as error:
            raise Missing(str(error)) from error

    def initialize(self) -> None:
        """Find the programs: the machine's, or those of the tree that is given."""
        if tree := self.settings["tree"]:
            self.settings.update(initdb=f"{tree}/bin/initdb", postgres=f"{tree}/bin/postgres")
        super().initialize()

    def dsn(self, **kwargs: Any) -> dict[str, Any]:
        """Return the keywords of a DB-API `connect()`."""
        return super().dsn(**{"password": PASSWORD, "database": "postgres", **kwargs})

    def url(self, **kwargs: Any) -> str:
        """Return the address of one of the server's databases."""
        return "postgresql://{user}:{password}@{host}:{port}/{database}".format(
            **self.dsn(**kwargs)
        )

    def make_database(self) -> None:
        """Make the cluster."""
        secret = self.write("password", PASSWORD)
        arguments = self.settings["initdb_args"].split()
        self.run(self.initdb, "-D", self.get_data_directory(), *arguments, f"--pwfile={secret}")

    def server_command(self) -> list[str]:
        """Return the command that runs the server."""
        command = testing.postgresql.Postgresql.get_server_commandline(self)
        settings = [*(() if self.settings["durable"] else FAST), *self.settings["options"]]
        return [*command, *(part for setting in settings for part in ("-c", setting))]
