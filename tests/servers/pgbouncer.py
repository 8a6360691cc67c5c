"""PgBouncer in transaction mode, in front of one database, for as long as a test needs it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import URL

from tests import programs
from tests.servers.base import KEEPER, PREFIX, Missing, free_port, unprivileged_user

INSTALL = "apt-get install pgbouncer"
CONFIGURATION = """\
[databases]
{name} = host={host} port={port} dbname={name} user={user} password={password} pool_size=4
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
ignore_startup_parameters = extra_float_digits
"""


@contextmanager
def pgbouncer(url: URL) -> Iterator[URL]:
    """Start it in front of the database of `url`, and give its own; raise `Missing` without it."""
    program = programs.find("pgbouncer")
    if program is None:
        raise Missing(f"pgbouncer is not installed. To install it: {INSTALL}")
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    port = free_port()
    user = unprivileged_user(("postgres",)) if os.geteuid() == 0 else None
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        CONFIGURATION.format(
            name=url.database,
            host=url.host,
            port=url.port,
            user=url.username,
            password=url.password,
            own_port=port,
        )
    )
    if user:
        shutil.chown(folder, user)
        shutil.chown(settings, user)
    keeper = [sys.executable, "-I", "-S", str(KEEPER), str(os.getpid()), user or "-", str(folder)]
    command = [*keeper, str(int(signal.SIGINT)), program, "-q", str(settings)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield url.set(port=port)
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(port: int, process: "subprocess.Popen[bytes]", limit: float = 20.0) -> None:
    """Wait until somebody listens on the port."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            raise RuntimeError(f"pgbouncer ended with status {process.returncode}")
        time.sleep(0.02)
    raise RuntimeError("pgbouncer does not answer")
