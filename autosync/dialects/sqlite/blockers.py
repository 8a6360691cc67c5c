"""Which processes hold locks on the file, as far as the system tells.

SQLite itself tells nothing. Linux lists the locks of all processes in /proc/locks, by the number of
the file. The file itself must not be opened here: closing it again would drop the locks of this
whole process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.engine import Connection

from autosync.blockers import Blocker, Sighting, blocker

LOCKS = Path("/proc/locks")
PENDING = 0x40000000
"""The first of the bytes that SQLite locks in the file; no data is there."""
LAST = PENDING + 511
WRITER = 120
"""The byte of the -shm file that the one writer locks where the journal is a WAL."""

UNKNOWN = "SQLite does not tell who holds its locks, nor does this system"
HERE = "this process itself, on another connection"
INCOMPLETE = "SQLite tells only of processes on this machine, and not since when"


class Lock(NamedTuple):
    """One line of /proc/locks."""

    pid: int
    mode: str
    file: tuple[int, int, int]
    first: int
    last: int


def blockers(connection: Connection, *, busy_here: bool) -> Sighting:
    """The processes with a lock on the database; ours counts unless ``busy_here``, because then
    this connection has one itself.
    """
    files = connection.exec_driver_sql("PRAGMA database_list").all()
    path = next((row[2] for row in files if row[1] == "main"), "")
    if not path or not LOCKS.exists():
        return Sighting(unseen=UNKNOWN)
    held = dict(_held(Path(path)))
    if busy_here:
        held.pop(os.getpid(), None)
    return Sighting(tuple(_process(pid, what) for pid, what in sorted(held.items())), INCOMPLETE)


def _held(path: Path) -> Iterator[tuple[int, str]]:
    """(process, what it holds) of each that is in the way of a writer."""
    shared = path.with_name(f"{path.name}-shm")
    file, wal = _number(path), _number(shared) if shared.exists() else None
    for lock in _locks():
        if lock.file == wal and lock.first <= WRITER <= lock.last and lock.mode == "WRITE":
            yield lock.pid, "the write lock"
        elif lock.file == file and lock.first <= LAST and lock.last >= PENDING:
            # with a WAL, everybody has a shared lock for as long as it is connected
            if lock.mode == "WRITE":
                yield lock.pid, "a write lock"
            elif wal is None:
                yield lock.pid, "a read lock"


def _number(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return os.major(found.st_dev), os.minor(found.st_dev), found.st_ino


def _locks() -> Iterator[Lock]:
    for line in LOCKS.read_text().splitlines():
        # 1: POSIX  ADVISORY  WRITE 3781 fe:00:1474576 0 EOF; one that waits has "->" before POSIX
        _, kind, _, mode, pid, file, first, last = line.split()[:8]
        if kind == "POSIX":
            major, minor, inode = file.split(":")
            end = int(first) if last == "EOF" else int(last)
            yield Lock(
                int(pid), mode, (int(major, 16), int(minor, 16), int(inode)), int(first), end
            )


def _process(pid: int, holds: str) -> Blocker:
    import pwd  # not everywhere

    home = Path("/proc", str(pid))
    try:
        user = pwd.getpwuid(home.stat().st_uid).pw_name
        name = (home / "comm").read_text()
    except (OSError, KeyError):
        return blocker(pid, holds)
    here = HERE if pid == os.getpid() else None
    return blocker(pid, holds, user=user, application=name, state=here)
