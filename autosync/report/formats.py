"""The formats of a report by their names, and where each is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from autosync import files
from autosync.failures import Failure
from autosync.plan import Findings

Renderer = Callable[[Findings], str]

STDOUT = "-"


def _in_module(name: str) -> Renderer:
    """The renderer in a module of this package, which is imported when it is needed."""

    def render(findings: Findings) -> str:
        rendered: str = import_module(f"autosync.report.{name}").render(findings)
        return rendered

    return render


FORMATS: Mapping[str, Renderer] = {
    "text": _in_module("text"),
    "json": Findings.to_json,
    "html": _in_module("html"),
    "markdown": _in_module("markdown"),
    "github": _in_module("github"),
    "sarif": _in_module("sarif"),
    "junit": _in_module("junit"),
    "sql": _in_module("sql"),
}


class Output(NamedTuple):
    """A format, and the file that it goes to, or :data:`STDOUT`."""

    format: str
    path: str


def write(findings: Findings, outputs: Iterable[Output], show: Callable[[Output], None]) -> None:
    """Write the report to each file, and ``show`` what goes to stdout.

    Raises :class:`~autosync.failures.Failure` for a file that cannot be written.
    """
    for output in outputs:
        if output.path == STDOUT:
            show(output)
        else:
            write_file(Path(output.path), FORMATS[output.format](findings))


def write_file(path: Path, text: str) -> None:
    """Write a text in UTF-8, with an end of line, into a file that nobody else may read.

    Raises :class:`~autosync.failures.Failure`.
    """
    try:
        files.write(path, (text.rstrip("\n") + "\n").encode(errors="backslashreplace"))
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from error
