"""MariaDB for a test run."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from tests import programs
from tests.servers import releases
from tests.servers.base import Missing
from tests.servers.mysql import FAST, OUR_USER, MySQL

INSTALL = (
    "--auth-root-authentication-method=normal",
    "--skip-name-resolve",
    "--skip-test-db",
)
SYSTEM_TABLES = ("system_tables", "performance_tables", "system_tables_data", "sys_schema")


class MariaDB(MySQL):
    """A MariaDB server of our own: the machine's, or one of the tree that is given."""

    install = "apt-get install mariadb-server"
    collation: ClassVar[str] = "utf8mb4_general_ci"
    fast: ClassVar[Sequence[str]] = (*FAST, "--innodb-log-file-size=16M")

    @classmethod
    def require(cls, tree: Path | None) -> None:
        """Raise `Missing` unless `mariadbd` and `mariadb-install-db` are installed."""
        if tree is None:
            for program in ("mariadbd", "mariadb-install-db"):
                find_program(program)

    def program(self) -> list[str]:
        """Return the command that runs the server's program, and where it finds its own files."""
        if (tree := self.settings["tree"]) is None:
            return [find_program("mariadbd"), "--no-defaults"]
        found = releases.command(tree, "usr/sbin/mariadbd")
        files = [f"--lc-messages-dir={tree}/usr/share/mariadb", f"--basedir={tree}/usr"]
        return [*found, "--no-defaults", *files]

    def make_database(self) -> None:
        """Make the system tables, and the script that creates our user."""
        self.write("init.sql", OUR_USER)
        data = f"--datadir={self.get_data_directory()}"
        if (tree := self.settings["tree"]) is None:
            self.run(
                find_program("mariadb-install-db"), "--no-defaults", data, *INSTALL, *self.fast
            )
            return
        texts = [tree / f"usr/share/mariadb/mariadb_{each}.sql" for each in SYSTEM_TABLES]
        script = "CREATE DATABASE mysql;\nUSE mysql;\n" + "".join(map(Path.read_text, texts))
        self.run(*self.program(), "--bootstrap", data, *self.fast, stdin=script)

    def own_options(self) -> Sequence[str]:
        """Return what only this server knows: nothing."""
        return ()


def find_program(name: str) -> str:
    """Return the path of a program, also where only root's PATH would lead to it."""
    found = programs.find(name)
    if found is None:
        raise Missing(f"command not found: {name}")
    return found
