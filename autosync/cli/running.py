"""What a command does between its options and its exit status: import, compare, report."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from typing import Any, Literal

import click
from sqlalchemy.engine import Engine

from autosync import api, waiting
from autosync.cli.options import FAIL_ON, Request
from autosync.connect import connect, on_engine, parse
from autosync.credentials import Secrets, shown
from autosync.events import Event, Planned
from autosync.failures import PENDING, REFUSED, Failure, told
from autosync.plan import Findings
from autosync.report import console
from autosync.report.console import Say
from autosync.report.formats import FORMATS, Output, write
from autosync.report.progress import Progress
from autosync.report.text import lines
from autosync.source import located
from autosync.target import load

IN_SYNC = 0
OnRefused = Literal["warn", "raise"]
Action = Callable[..., Findings]
"""What compares, given an Engine, the models, what tells a person, and the settings."""


def plan(asked: Request) -> int:
    """Compare, report, and tell by the exit status."""
    return _status(_run(_plan, asked), asked.fail_on)


def sync(asked: Request, on_refused: OnRefused) -> int:
    """Apply, report, and tell by the exit status."""
    action = partial(_sync, on_refused=on_refused)
    return _status(_run(action, asked, may_create=True), asked.fail_on)


def ask_and_sync(asked: Request, on_refused: OnRefused) -> int:
    """The same, if somebody agrees to the plan."""
    action = partial(_ask_and_sync, on_refused=on_refused)
    return _status(_run(action, asked, may_create=True), asked.fail_on)


def wait(asked: Request) -> int:
    """Wait until the database suffices."""
    _run(_wait, asked)
    return IN_SYNC


# --- the actions ----------------------------------------------------------------------------------


def _plan(engine: Engine, models: object, say: Say, **settings: Any) -> Findings:
    connect(engine)
    return api.plan(engine, models, **settings)


def _sync(engine: Engine, models: object, say: Say, **settings: Any) -> Findings:
    connect(engine)
    return api.sync(engine, models, on_event=Progress(say), **settings)


def _ask_and_sync(
    engine: Engine, models: object, say: Say, *, on_refused: OnRefused, **settings: Any
) -> Findings:
    """Apply just what was shown, and agreed to."""
    connect(engine)
    shown_plan = api.plan(engine, models, **settings)
    if shown_plan.statements:
        with say.paused():
            _ask(shown_plan)
    progress = Progress(say)

    def listen(event: Event) -> None:
        if isinstance(event, Planned) and event.plan.statements != shown_plan.statements:
            raise Failure(
                "nothing was applied: the database has changed since the plan was shown; look again"
            )
        progress(event)

    return api.sync(engine, models, on_refused=on_refused, on_event=listen, **settings)


def _ask(found: Findings) -> None:
    """Raise what ends the command, unless somebody agrees to the plan."""
    click.echo(f"{found}\n", err=True)
    try:
        agreed = click.confirm("Apply this?", err=True)
    except click.Abort as error:
        raise KeyboardInterrupt from error
    if not agreed:
        raise Failure("nothing was applied")


def _wait(engine: Engine, models: object, say: Say, **settings: Any) -> Findings:
    say(f"waiting until {shown(engine.url)} suffices")
    return waiting.wait(engine, models, **settings)


# --- running one ----------------------------------------------------------------------------------


def _run(action: Action, asked: Request, *, may_create: bool = False) -> Findings:
    """Do it, write the report, and return it."""
    secrets = Secrets()
    models: object = ()
    try:
        # what the application prints must not get into the report
        with told(secrets), redirect_stdout(sys.stderr), console.progress() as say:
            url = parse(asked.db)
            secrets.add(url)
            say(f"importing {asked.target}")
            models = load(asked.target, allow_empty="empty-metadata" in asked.settings["allow"])
            say(f"comparing {asked.target} with {shown(url)}")
            findings = on_engine(
                url,
                lambda engine: action(engine, models, say, **asked.settings),
                may_create=may_create,
            )
    except Failure as failure:
        if failure.report is not None:
            _report(failure.report, models, asked)
        raise
    return _report(findings, models, asked)


def _report(findings: Findings, models: object, asked: Request) -> Findings:
    placed = located(findings, models)
    write(placed, asked.outputs, lambda output: _print(placed, output))
    return placed


def _print(findings: Findings, output: Output) -> None:
    if output.format == "text":
        console.show(lines(findings))
        return
    # in bytes: it is UTF-8, whatever the terminal's encoding is
    text = FORMATS[output.format](findings).rstrip("\n")
    if text:
        click.echo(text.encode(errors="backslashreplace"))


def _status(findings: Findings, fail_on: str) -> int:
    """What could not be compared is never taken for equal, nor for a mere addition."""
    counted = FAIL_ON[: FAIL_ON.index(fail_on) + 1] if fail_on != "never" else ()
    for what, status in (("refused", REFUSED), ("undecided", REFUSED), ("pending", PENDING)):
        if what in counted and getattr(findings, what):
            return status
    return IN_SYNC
