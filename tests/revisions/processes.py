"""Real processes that upgrade or synchronize: for what is raced, and for what imports `migrate`.

sqlalchemy-migrate alters SQLAlchemy's classes for the whole process that imports it.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import URL

import autosync
from tests.revisions.library import entities
from tests.torture.processes import CONTEXT, LIMIT, Process


class Outcome(NamedTuple):
    """What a process's call returned, or its error: the type, the text and the report."""

    report: Any
    error: str = ""
    said: str = ""
    logged: tuple[str, ...] = ()


class Call(NamedTuple):
    """What is to be called: `upgrade`, `sync` or `plan`, with what."""

    what: str
    url: URL
    repository: Path
    options: dict[str, Any]


def together(count: int, what: str, url: URL, repository: Path, **options: Any) -> list[Outcome]:
    """Let so many processes do the same at the same moment."""
    barrier = CONTEXT.Barrier(count)
    call = Call(what, url, repository, options)
    members = [Process(_work, barrier, call) for _ in range(count)]
    try:
        for member in members:
            member.__enter__()
        return [member.receive() for member in members]
    finally:
        for member in members:
            member.__exit__()


def alone(what: str, url: URL, repository: Path, **options: Any) -> Outcome:
    """Do it: in a process of its own, if that has to be."""
    if (repository / "migrate.cfg").exists():
        return together(1, what, url, repository, **options)[0]
    return _outcome(Call(what, url, repository, options), lambda: None)


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _work(pipe: Any, barrier: Any, call: Call) -> None:
    pipe.send(_outcome(call, lambda: barrier.wait(LIMIT)))


def _outcome(call: Call, ready: Callable[[], object]) -> Outcome:
    options = dict(call.options)
    future = {} if options.pop("legacy", True) else {"future": True}
    engine = sa.create_engine(call.url, **future)
    lines, log = _Lines(), logging.getLogger("autosync")
    log.addHandler(lines)
    before = log.level
    log.setLevel(logging.INFO)
    try:
        function = getattr(autosync, call.what)
        if call.what == "upgrade":
            ready()
            report = function(engine, call.repository, **options)
        else:
            models = entities()
            ready()
            report = function(engine, models, revisions=call.repository, **options)
        return Outcome(report, logged=tuple(lines.lines))
    except Exception as error:  # noqa: BLE001 - the test shows what it was
        ours = isinstance(error, autosync.AutosyncError)
        said = str(error) if ours else traceback.format_exc()
        return Outcome(getattr(error, "report", None), type(error).__name__, said)
    finally:
        engine.dispose()
        log.setLevel(before)
        log.removeHandler(lines)
