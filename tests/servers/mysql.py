"""MySQL for a test run, in the same shape as `testing.postgresql`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pymysql

from tests.servers import releases
from tests.servers.base import PASSWORD, Missing, Server

OUR_USER = f"""\
CREATE USER IF NOT EXISTS 'autosync'@'%' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON *.* TO 'autosync'@'%' WITH GRANT OPTION;
"""
FAST = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=0",
    "--innodb-buffer-pool-size=64M",
    "--skip-log-bin",
)
SERVER = "usr/sbin/mysqld"
FIXED = ("--lower-case-table-names",)
"""The options that hold for as long as the data."""


class MySQL(Server):
    """A MySQL server of our own, with no care for durability unless it is to be `durable`."""

    DEFAULT_SETTINGS: ClassVar = {
        "auto_start": 2,
        "base_dir": None,
        "port": None,
        "copy_data_from": None,
        "durable": False,
        "tree": None,
        "options": (),
    }
    subdirectories = ("data", "tmp")
    install = f"{releases.FETCH} ARGS=mysql"
    users = ("mysql",)
    pid_file = "tmp/server.pid"
    collation: ClassVar[str] = "utf8mb4_0900_ai_ci"
    fast: ClassVar[Sequence[str]] = (*FAST, "--innodb-redo-log-capacity=32M")

    @classmethod
    def require(cls, tree: Path | None) -> None:
        """Raise `Missing` without a tree: no system brings MySQL."""
        if tree is None:
            raise Missing("MySQL is taken from a tree only")

    def dsn(self, **kwargs: Any) -> dict[str, Any]:
        """Return the keywords of a DB-API `connect()`."""
        where = {"host": "127.0.0.1", "port": self.settings["port"]}
        return {**where, "user": "autosync", "password": PASSWORD, "database": "mysql", **kwargs}

    def url(self, **kwargs: Any) -> str:
        """Return the address of one of the server's databases."""
        return "mysql://{user}:{password}@{host}:{port}/{database}".format(**self.dsn(**kwargs))

    def get_data_directory(self) -> str:
        """Return where the server keeps its data."""
        return f"{self.base_dir}/data"

    def program(self) -> list[str]:
        """Return the command that runs the server's program, and where it finds its own files."""
        tree = self.settings["tree"]
        found = releases.command(tree, SERVER)
        return [*found, "--no-defaults", f"--lc-messages-dir={tree}/usr/share/mysql"]

    def make_database(self) -> None:
        """Make the system tables, and the script that creates our user."""
        self.write("init.sql", OUR_USER)
        data = f"--datadir={self.get_data_directory()}"
        fixed = [option for option in self.settings["options"] if option.startswith(FIXED)]
        self.run(*self.program(), data, "--initialize-insecure", *self.quickly(), *fixed)

    def quickly(self) -> Sequence[str]:
        """Return the options that give up durability, unless it is wanted."""
        return () if self.settings["durable"] else self.fast

    def server_command(self) -> list[str]:
        """Return the command that runs the server."""
        return [
            *self.program(),  # without the machine's own configuration
            f"--datadir={self.get_data_directory()}",
            f"--tmpdir={self.base_dir}/tmp",
            f"--socket={self.base_dir}/tmp/server.sock",
            f"--pid-file={self.base_dir}/{self.pid_file}",
            f"--init-file={self.base_dir}/init.sql",
            f"--port={self.settings['port']}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--max-connections=200",
            "--character-set-server=utf8mb4",  # as Debian and the Docker images have it
            f"--collation-server={self.collation}",
            *self.quickly(),
            *self.own_options(),
            *self.settings["options"],
        ]

    def own_options(self) -> Sequence[str]:
        """Return what only this server knows."""
        return ("--mysqlx=OFF", "--secure-file-priv=NULL")

    def is_server_available(self) -> bool:
        """Try to connect."""
        try:
            pymysql.connect(**self.dsn()).close()
        except pymysql.Error:
            return False
        return True
