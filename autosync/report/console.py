"""Lines on the screen: coloured and wrapped by Rich on a terminal, plain anywhere else."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, TextIO

import click

from autosync.escape import escaped, one_line
from autosync.report.text import Line, Role

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

STYLES: dict[Role, str] = {
    "summary": "bold",
    "heading": "bold underline",
    "addition": "green",
    "refusal": "bold red",
    "note": "",
    "sql": "cyan",
    "comment": "cyan",
    "detail": "",
    "hazard": "yellow",
}

_LEAD = re.compile(r"(?:(?:at|why|so|do): +|[-+x?!] )?\s*")
"""What stands before the words of a line; where the line is wrapped, they stay aligned."""
_COMMENT = "-- "
_NARROWEST = 10
"""Columns that are left for the words on even the narrowest terminal."""


def show(lines: Iterable[Line], *, err: bool = False) -> None:
    """Print lines to stdout, or to stderr."""
    stream = sys.stderr if err else sys.stdout
    if not stream.isatty():
        click.echo(_text(lines), err=err)
        return
    console = _console(stream)
    for line in lines:
        for part in _wrapped(console, line):
            console.print(part, soft_wrap=True)


def _text(lines: Iterable[Line]) -> str:
    return "\n".join(" " * line.indent + line.text for line in lines).rstrip()


class Say:
    """Tells a person at a terminal what is going on; without a ``console``, nobody."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console
        self._status = None if console is None else console.status("")

    def __call__(self, text: str) -> None:
        """Say it in place of what was said before."""
        if self._console is None or self._status is None:
            return
        from rich.text import Text

        # shortened, since what is wider than the terminal would leave its lines behind
        room = max(self._console.width - 3, 1)
        self._status.update(Text(one_line(text)[:room]))

    @contextmanager
    def spinning(self) -> Iterator[Say]:
        """A spinner for as long as the block runs."""
        with self._status or nullcontext():
            yield self

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Without the spinner, for as long as something else is on the screen."""
        if self._status is None:
            yield
            return
        self._status.stop()
        try:
            yield
        finally:
            self._status.start()


def progress() -> AbstractContextManager[Say]:
    """A spinner on stderr for as long as the block runs, and what sets its text.

    Nothing at all where stderr is no terminal.
    """
    console = _console(sys.stderr) if sys.stderr.isatty() else None
    if console is None or console.is_dumb_terminal:
        return Say().spinning()
    return Say(console).spinning()


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    return Console(
        file=stream,
        force_terminal=True,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
        highlight=False,
        markup=False,
        emoji=False,
    )


def _wrapped(console: Console, line: Line) -> Iterator[Text]:
    """The text of a line, cut between words to fit; a longer word is cut inside.

    A statement is left to the terminal: whoever copies it gets it whole.
    """
    from rich.text import Text

    match = _LEAD.match(line.text)
    lead = " " * line.indent + (match.group() if match else "")
    words = line.text[len(lead) - line.indent :]
    if line.role == "sql":
        yield Text(f"{lead}{words}", style=STYLES[line.role])
        return
    mark = _COMMENT if line.role == "comment" else ""
    room = max(console.width - len(lead + mark), _NARROWEST)
    parts = Text(words.removeprefix(mark)).wrap(console, room, overflow="fold")
    for number, part in enumerate(parts):
        before = (" " * len(lead) if number else lead) + mark
        # a line that begins here may be a command where the whole one was none
        yield Text.assemble(before, escaped(part.plain), style=STYLES[line.role])
