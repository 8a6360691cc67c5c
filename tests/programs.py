"""The programs that the tests need of the system; `python tests/programs.py` says what is missing.

It exits with 1 if CI is set, and any is; `--install` installs them first (with apt-get, as root).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin")
"""Where only root's PATH would lead to."""
PACKAGES: Mapping[str, Sequence[str]] = {
    "postgresql": ("initdb", "postgres", "psql"),
    "mariadb-server": ("mariadbd", "mariadb-install-db", "mariadb"),
    "pgbouncer": ("pgbouncer",),
    "chromium": ("chromium",),
    "sqlite3": ("sqlite3",),
    "npm": ("npm", "node"),
}
"""Debian's packages, each with the programs of it that are needed."""


def find(name: str) -> str | None:
    """The path of a program, None if there is no such."""
    folders = [*FOLDERS, *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(folders))


def missing() -> list[str]:
    """The packages of which a program is missing."""
    return [package for package, names in PACKAGES.items() if not all(map(find, names))]


def install(packages: Sequence[str]) -> str:
    """The command that installs these packages."""
    return f"apt-get install -y {' '.join(packages)}"


def main(arguments: Sequence[str]) -> int:
    """Say what is missing, and what to do about it."""
    if "--install" in arguments and (packages := missing()):
        for command in ("apt-get update -qq", f"{install(packages)} -qq"):
            subprocess.run(command.split(), stdout=subprocess.DEVNULL, check=True)
    if not (packages := missing()):
        return 0
    sys.stderr.write(
        f"missing: {', '.join(packages)}. What needs them is not tested. To install them:\n"
        f"  {install(packages)}\n"
    )
    return 1 if os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
