"""Runs the commands of the pages in copies of one process, which has imported what they need.

Starting Python and importing SQLAlchemy is nearly all that a command takes. So what is on the PATH
of a page is a script of three lines: it says who it is, and a copy of this process does its work,
with its arguments, its environment, its folder and its streams, all of which /proc has.
"""

from __future__ import annotations

import os
import pkgutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

PROGRAMS = {"autosync": "autosync.cli:main", "alembic": "alembic.config:main"}
NEEDED = ("psycopg", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql", "autosync.apply")
PROC = Path("/proc")
REQUESTS = "requests"
READY = b"ready\n"
# in shells of their own: while this one is looked at, nothing in it may be redirected
SCRIPT = """\
#!/bin/sh
mkfifo "{folder}/$$"
(echo $$ > "{folder}/{requests}")
exit "$(cat "{folder}/$$")"
"""


@contextmanager
def served(folder: Path) -> Iterator[Path]:
    """A folder for the PATH; it is empty where there is no /proc, and the real ones are run."""
    if not (PROC / "self" / "fd").exists():
        yield folder
        return
    os.mkfifo(folder / REQUESTS)
    programs = folder / "bin"
    programs.mkdir()
    for name in PROGRAMS:
        (programs / name).write_text(SCRIPT.format(folder=folder, requests=REQUESTS))
        (programs / name).chmod(0o755)
    command = [sys.executable, __file__, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            assert server.stdout.readline() == READY, "what the programs need cannot be imported"
            yield programs
        finally:
            server.kill()


def serve(folder: Path) -> NoReturn:
    """Make a copy for each script that asks."""
    for name in (*PROGRAMS.values(), *NEEDED):
        pkgutil.resolve_name(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.write(1, READY)
    # open for writing as well, so that there is always somebody who may write
    with (folder / REQUESTS).open("r+b", buffering=0) as requests:
        while True:
            number = requests.readline().decode().strip()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                status = work(PROC / number)
                (folder / number).write_text(f"{status & 0xFF}\n")
                os._exit(0)


def work(script: Path) -> int:
    """Be the program that a script stands for, and return its status."""
    for number in range(3):
        how = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_APPEND
        os.dup2(os.open(script / "fd" / str(number), how), number)
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - until the end
    sys.stderr = open(2, "w", closefd=False, buffering=1, errors="backslashreplace")  # noqa: SIM115
    os.chdir(script / "cwd")
    os.environb.clear()
    for one in (script / "environ").read_bytes().split(b"\0"):
        name, _, value = one.partition(b"=")
        if name:
            os.environb[name] = value
    _, *sys.argv = (script / "cmdline").read_bytes().decode().split("\0")[:-1]
    try:
        pkgutil.resolve_name(PROGRAMS[Path(sys.argv[0]).name])()
        status = 0
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else int(left.code is not None)
    except Exception:  # noqa: BLE001 - Python itself prints whatever comes so far
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status


if __name__ == "__main__":
    del sys.path[0]  # this folder, whose modules are nobody else's
    serve(Path(sys.argv[1]))
