"""Virtual environments with the applications in them, and how a program runs in one."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENVS = Path(sys.prefix) / "applications"
DRIVERS = ("PyMySQL[rsa]==1.2.4", "psycopg[binary]==3.3.9", "psycopg2-binary==2.9.13")
AUTOSYNC = ("-e", f"{ROOT}[alembic]")
SECONDS = 600


class Failed(Exception):
    """A program that did not succeed, with the last thing that it said."""


class Environment:
    """A virtual environment; it is made when it is first asked for, and kept."""

    def __init__(self, requirements: Sequence[str], *, bare: bool = False) -> None:
        self.folder = VENVS / requirements[0].replace("==", "-")
        self.requirements = [*requirements, *DRIVERS, *(() if bare else AUTOSYNC)]

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    def make(self) -> None:
        """Install what is asked for, if it is not what is there."""
        done, wanted = self.folder / "requirements.txt", "\n".join(self.requirements)
        if not done.exists() or done.read_text() != wanted:
            execute([sys.executable, "-m", "venv", "--clear", str(self.folder)])
            execute([self.python, "-m", "pip", "install", "--quiet", *self.requirements])
            done.write_text(wanted)

    def run(
        self,
        code: str,
        *arguments: str,
        folder: Path,
        settings: Mapping[str, str],
        good: Sequence[int] = (0,),
    ) -> str:
        """Run Python code, and return what it printed; raise `Failed` if it exits otherwise."""
        bin_ = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": bin_, **settings}
        return execute([self.python, "-c", code, *arguments], folder, environment, good)


def execute(
    command: Sequence[str],
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    good: Sequence[int] = (0,),
) -> str:
    """Run a program to its end, and return what it printed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode not in good:
        raise Failed(done.stderr.strip() or f"{command[0]} exited with {done.returncode}")
    return done.stdout
