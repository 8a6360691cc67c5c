"""Runs a page: its files are written, its commands and its Python executed, in their order."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from autosync.config import tomllib
from tests.docs.markdown import Block, Page
from tests.docs.shell import Shell, agrees, commands

NOT_RUN = {
    r"pip install ": "it would change the environment that the tests run in",
}
"""Commands that are not run, as patterns of how they begin, and the reason for each."""
DATA = {
    "json": json.loads,
    "toml": tomllib.loads,
    "yaml": lambda text: list(yaml.safe_load_all(text)),
}
"""What reads the text of a block that is no code."""


class Run:
    """What a page has done so far: its folder, its shell, its Python names.

    With ``writing``, an output that is not what the page shows is no failure: ``text`` is then the
    page as it should be.
    """

    def __init__(self, page: Page, folder: Path, shell: Shell) -> None:
        self.page = page
        self.folder = folder
        self.shell = shell
        self.writing = False
        self.text = page.text
        self.names: dict[str, Any] = {"__name__": "page"}
        self.printed: str | None = None

    def go(self) -> None:
        """Run the whole page."""
        for block in self.page.blocks:
            with self._at(block):
                self._block(block)

    @contextlib.contextmanager
    def _at(self, block: Block) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            error.add_note(f"docs/{self.page.name}, line {block.line}")
            raise

    def _block(self, block: Block) -> None:
        printed, self.printed = self.printed, None
        if block.language in DATA:
            DATA[block.language](block.text)
        if block.file is not None:
            self._write(block.file, block.text)
        elif block.language == "python":
            self.printed = self._python(block)
        elif block.language == "console":
            self._console(block)
        elif block.language == "text":
            assert printed is not None, "a text stands after the Python that prints it"
            self._compare("```text\n", block.text, printed)
        else:
            assert block.language in DATA, f"nothing is known of {block.language!r}"

    def _compare(self, before: str, shown: str, said: str) -> None:
        """Hold against each other what stands after some text, and what it should be."""
        if agrees(shown, said):
            return
        assert self.writing, f"{before}{said}"
        said = "\n".join(line.rstrip() for line in said.strip("\n").splitlines())
        self.text = self.text.replace(before + shown, f"{before}{said}\n")

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        importlib.invalidate_caches()

    def _python(self, block: Block) -> str:
        # so that a traceback has the line of the page
        code = "\n" * (block.line - 1) + block.text
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(code, f"docs/{self.page.name}", "exec"), self.names)
        return out.getvalue()

    def _console(self, block: Block) -> None:
        told = list(commands(block.text))
        assert told, "a console block has commands, which begin with a dollar sign"
        for number, command in enumerate(told):
            if any(re.match(pattern, command.text) for pattern in NOT_RUN):
                continue
            status, said = self.shell.run(command.text)
            if command.shown:
                self._compare(f"$ {command.text}\n", command.shown, said)
            asked = told[number + 1 : number + 2]
            if not (asked and asked[0].text == "echo $?"):
                assert status == 0, f"{command.text}\n{said}"


@contextlib.contextmanager
def prepared(
    page: Page, folder: Path, programs: Path, env: dict[str, str], patch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """A page that is about to be run, in its folder; afterwards nothing of it is left."""
    patch.chdir(folder)
    patch.syspath_prepend(str(folder))
    for name, value in env.items():
        patch.setenv(name, value)
    known, engines = set(sys.modules), set()

    def note(connection: sa.engine.Connection) -> None:
        engines.add(connection.engine)

    sa.event.listen(sa.engine.Engine, "engine_connect", note)
    run = Run(page, folder, Shell(folder, programs, env))
    try:
        yield run
    finally:
        sa.event.remove(sa.engine.Engine, "engine_connect", note)
        run.shell.close()
        for engine in engines:
            engine.dispose()
        for name in set(sys.modules) - known:
            if _place(sys.modules[name]).startswith(str(folder)):
                del sys.modules[name]


def _place(module: ModuleType) -> str:
    """The file of a module, or the folder of a package that has none."""
    folders = list(getattr(module, "__path__", []))
    return str(getattr(module, "__file__", None) or (folders[0] if folders else ""))
