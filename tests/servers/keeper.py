"""Run one database server for exactly as long as the test run that asked for it.

    python keeper.py PARENT_PID USER FOLDER SIGNAL COMMAND...

A test run that is killed cannot clean up after itself. So the server is a child of this small
process: when the parent has gone, however it went, it stops the server and removes its folder.
USER is "-" unless the server must not run as the user of the tests.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from typing import NoReturn

INTERVAL = 0.1
PATIENCE = 5


def main(parent: int, user: str, folder: str, stop_signal: int, command: list[str]) -> int:
    """Start the server, wait until either it or the parent ends, and tidy up."""
    with contextlib.suppress(PermissionError):
        os.setsid()  # Ctrl-C in the terminal is for pytest, which then stops the server
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, leave)
    alive, theirs = os.pipe()
    server = start(command, user, theirs)
    os.close(theirs)
    try:
        while server.poll() is None and os.getppid() == parent:
            time.sleep(INTERVAL)
    finally:
        stop(server, stop_signal)
        # its end, when the last process has closed it: those of a server that was killed outlive it
        select.select([alive], [], [], PATIENCE)
        if os.getppid() != parent:
            shutil.rmtree(folder, ignore_errors=True)
    return server.returncode


def leave(signum: int, _frame: object) -> NoReturn:
    """Turn a signal into an ordinary exit, so that the server is stopped first."""
    sys.exit(0)


def start(command: list[str], user: str, pipe: int) -> "subprocess.Popen[bytes]":
    """Start the server, as another user if one is given; its processes all hold the pipe."""
    if user == "-":
        return subprocess.Popen(command, pass_fds=[pipe])
    group = primary_group(user)
    return subprocess.Popen(command, pass_fds=[pipe], user=user, group=group, extra_groups=[])


def primary_group(user: str) -> int:
    """Return the group that the user belongs to first."""
    import pwd

    return pwd.getpwnam(user).pw_gid


def stop(server: "subprocess.Popen[bytes]", stop_signal: int) -> None:
    """Ask the server to stop, and kill it if it does not."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    if server.poll() is not None:
        return
    server.send_signal(stop_signal)
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    _, parent_pid, user_name, base, number, *rest = sys.argv
    sys.exit(main(int(parent_pid), user_name, base, int(number), rest))
