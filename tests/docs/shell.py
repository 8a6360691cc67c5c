"""A shell that goes through the commands of a page, one after the other."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

MARK = "\x1e"
PREPARED = f"""\
exec 2>&1
mark() {{ local status=$?; printf '{MARK}%s{MARK}' "$status"; return "$status"; }}
"""
PATIENCE = 60.0


class Command(NamedTuple):
    """A line after a prompt, and what the page shows below it."""

    text: str
    shown: str


class Shell:
    """Bash, in a folder of its own; ``programs`` comes first on its PATH."""

    def __init__(self, folder: Path, programs: Path, env: Mapping[str, str]) -> None:
        places = [str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]
        # the pages write and change modules within a second: no bytecode of them can be trusted
        plain = {"PATH": os.pathsep.join(places), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "80"}
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AUTOSYNC", "DATAB"))}
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env={**inherited, **plain, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._send(PREPARED)

    def run(self, command: str) -> tuple[int, str]:
        """Run a command; return its status, and what it wrote to stdout and stderr."""
        self._send(f"{command}\nmark\n")
        said = b""
        until = time.monotonic() + PATIENCE
        while said.count(MARK.encode()) < 2:
            said += self._more(command, until)
        output, status, _ = said.decode().split(MARK)
        return int(status), output

    def close(self) -> None:
        """End it, and whatever it has left in the background."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def _send(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def _more(self, command: str, until: float) -> bytes:
        assert self.process.stdout is not None
        number = self.process.stdout.fileno()
        if not select.select([number], [], [], max(0.0, until - time.monotonic()))[0]:
            raise TimeoutError(command)
        read = os.read(number, 65536)
        if not read:
            raise EOFError(f"the shell has ended: {command}")
        return read


def commands(text: str) -> Iterator[Command]:
    """The commands of a console block; a backslash continues one on the next line."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        match = re.match(r"((?:.*\\\n)*.*)\n?", part)
        assert match is not None
        yield Command(match[1], part[match.end() :])


def agrees(shown: str, said: str) -> bool:
    """Whether an output is what a page shows of it, in which ``...`` stands for anything."""
    pattern = ".*".join(map(re.escape, _trimmed(shown).split("...")))
    return re.fullmatch(pattern, _trimmed(said), re.DOTALL) is not None


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
