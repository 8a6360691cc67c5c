"""MariaDB for a test run, in the same shape as `testing.postgresql`."""

import os
import shutil
from typing import Any, ClassVar

import pymysql

from tests.servers.base import PASSWORD, Missing, Server

PROGRAM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin")
FAST = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=0",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=16M",
    "--skip-log-bin",
)
OUR_USER = f"""\
CREATE USER IF NOT EXISTS 'autosync'@'%' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON *.* TO 'autosync'@'%' WITH GRANT OPTION;
"""


class MariaDB(Server):
    """A MariaDB server of our own, with no care for durability unless it is to be `durable`."""

    DEFAULT_SETTINGS: ClassVar = {
        "auto_start": 2,
        "base_dir": None,
        "port": None,
        "copy_data_from": None,
        "durable": False,
    }
    subdirectories = ("data", "tmp")
    install = "apt-get install mariadb-server"
    users = ("mysql",)
    pid_file = "tmp/mariadb.pid"

    @classmethod
    def require(cls) -> None:
        """Raise `Missing` unless `mariadbd` and `mariadb-install-db` are installed."""
        for program in ("mariadbd", "mariadb-install-db"):
            find_program(program)

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

    def make_database(self) -> None:
        """Make the system tables, and the script that creates our user."""
        self.write("init.sql", OUR_USER)
        self.run(
            find_program("mariadb-install-db"),
            "--no-defaults",
            f"--datadir={self.get_data_directory()}",
            "--auth-root-authentication-method=normal",
            "--skip-name-resolve",
            "--skip-test-db",
            *FAST,
        )

    def server_command(self) -> list[str]:
        """Return the command that runs the server."""
        return [
            find_program("mariadbd"),
            "--no-defaults",  # the machine's own configuration is none of our business
            f"--datadir={self.get_data_directory()}",
            f"--tmpdir={self.base_dir}/tmp",
            f"--socket={self.base_dir}/tmp/mariadb.sock",
            f"--pid-file={self.base_dir}/{self.pid_file}",
            f"--init-file={self.base_dir}/init.sql",
            f"--port={self.settings['port']}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--max-connections=200",
            "--character-set-server=utf8mb4",  # as Debian and the Docker image have it
            "--collation-server=utf8mb4_general_ci",
            *(() if self.settings["durable"] else FAST),
        ]

    def is_server_available(self) -> bool:
        """Try to connect."""
        try:
            pymysql.connect(**self.dsn()).close()
        except pymysql.Error:
            return False
        return True


def find_program(name: str) -> str:
    """Return the path of a program, also where only root's PATH would lead to it."""
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(PROGRAM_FOLDERS))
    if found is None:
        raise Missing(f"command not found: {name}")
    return found
