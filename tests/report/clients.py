"""The databases' own clients, which run a script as somebody at a terminal would."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy.engine import URL

from tests.servers import Missing

INSTALL = {
    "psql": "apt-get install postgresql-client",
    "mariadb": "apt-get install mariadb-client",
    "sqlite3": "apt-get install sqlite3",
}


def run(url: URL, script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in ``folder``, with the client of the database and without its own settings.

    Raises :class:`~tests.servers.Missing` where there is no such client.
    """
    file = folder / "script.sql"
    file.write_bytes(script.encode())
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    name = url.get_backend_name()
    if name == "sqlite":
        command = [program("sqlite3"), str(url.database)]
    elif name == "postgresql":
        where = [f"--host={url.host}", f"--port={url.port}", f"--username={url.username}"]
        command = [program("psql"), *where, "--no-psqlrc", f"--file={file}", str(url.database)]
        environment["PGPASSWORD"] = str(url.password)
    else:
        where = [f"--host={url.host}", f"--port={url.port}", f"--user={url.username}"]
        options = ["--default-character-set=utf8mb4", f"--password={url.password}"]
        command = [program("mariadb"), *where, *options, str(url.database)]
    with file.open() as script_file:
        return subprocess.run(
            command,
            stdin=script_file,
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            env=environment,
            timeout=120,
        )


def program(name: str) -> str:
    """The path of a client."""
    found = shutil.which(name)
    if found is None:
        raise Missing(f"{name} is not installed. To install it: {INSTALL[name]}")
    return found
