"""What the servers of a test run have in common."""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import pytest
from testing.common.database import Database

PASSWORD = "open-sesame"
KEEPER = Path(__file__).with_name("keeper.py")
PREFIX = "autosync-"
MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3
PORTS = range(20_000, 32_000)  # below what systems give to outgoing connections


class Missing(Exception):
    """A program is not installed on this machine."""


def go_without(error: Missing) -> NoReturn:
    """Skip a test that needs what is missing; in CI, where nothing may be, it fails."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))


class Server(Database):
    """A server of our own: a temporary folder (in memory, if it fits) and a free port.

    `testing.common.database` gives it its life cycle (start, stop, cleanup). Added here is what
    that lacks: the server runs as an unprivileged user when the tests run as root, and it never
    outlives them. A subclass has `dsn()` and `url()` besides.
    """

    DEFAULT_BOOT_TIMEOUT = 60.0
    install: ClassVar[str]
    users: ClassVar[tuple[str, ...]]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    crash_signals: ClassVar[tuple[signal.Signals, ...]] = (signal.SIGKILL,)
    pid_file: ClassVar[str]

    def __init__(self, **settings: Any) -> None:
        folder = tempfile.mkdtemp(prefix=PREFIX, dir=temporary_folder())
        super().__init__(base_dir=folder, **settings)

    def cleanup(self) -> None:
        """Remove the folder, unless the server still runs or this is a forked child."""
        if self.child_process is None and self._owner_pid == os.getpid():
            shutil.rmtree(self.base_dir, ignore_errors=True)

    def halt(self, how: signal.Signals) -> None:
        """End the server with a signal, and leave its data and its port for another `start()`."""
        os.kill(int(Path(self.base_dir, self.pid_file).read_text().split()[0]), how)
        self.child_process.wait(self.DEFAULT_BOOT_TIMEOUT)
        self.child_process = None

    @classmethod
    def require(cls, tree: Path | None) -> None:
        """Raise `Missing` unless the machine, or the tree if one is given, has the programs."""
        raise NotImplementedError

    def make_database(self) -> None:
        """Fill the empty data folder."""
        raise NotImplementedError

    def server_command(self) -> list[str]:
        """Return the command that runs the server."""
        raise NotImplementedError

    def initialize(self) -> None:
        """Find the user to run as, and give it the server's folder."""
        super().initialize()
        self.user = unprivileged_user(self.users) if os.geteuid() == 0 else None
        self.give_away(self.base_dir)

    def prestart(self) -> None:
        """Choose the port: one that no connection of a test can take before the server does."""
        self.settings["port"] = self.settings["port"] or free_port()

    def initialize_database(self) -> None:
        """Give the folders to the server's user, and fill them."""
        for folder in self.subdirectories:
            self.give_away(Path(self.base_dir, folder))
        self.make_database()

    def get_server_commandline(self) -> list[str]:
        """Put the keeper in front of the server's command."""
        keeper = [sys.executable, "-I", "-S", str(KEEPER)]
        about = [str(os.getpid()), self.user or "-", self.base_dir, str(int(self.stop_signal))]
        return [*keeper, *about, *self.server_command()]

    def give_away(self, path: Path | str) -> None:
        """Let the server's user have a file or a folder."""
        if self.user:
            shutil.chown(path, self.user, primary_group(self.user))

    def write(self, name: str, text: str) -> Path:
        """Write a file that the server's user may read."""
        path = Path(self.base_dir, name)
        path.write_text(text)
        self.give_away(path)
        return path

    def run(self, *command: str, stdin: str | None = None) -> None:
        """Run one of the server's programs to its end, as the server's user."""
        who: dict[str, Any] = {}
        if self.user:
            who = {"user": self.user, "group": primary_group(self.user), "extra_groups": []}
        done = subprocess.run(
            command,
            cwd=self.base_dir,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            **who,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as candidate:
            if candidate.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError(f"all ports from {PORTS.start} to {PORTS.stop} are taken")


def temporary_folder() -> Path | None:
    """Return a folder in memory, where creating a database is ten times as fast as on a disk."""
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if roomy else None


def unprivileged_user(preferred: tuple[str, ...]) -> str:
    """Return the first of these users that the machine has, else `nobody`."""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((user for user in preferred if user in known), "nobody")


def primary_group(user: str) -> int:
    """Return the group that the user belongs to first."""
    return pwd.getpwnam(user).pw_gid
