"""What a command does between its options and its exit status: import, compare, report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any, Literal

import click
from sqlalchemy.engine import URL, Engine

from autosync import api, capture, config, waiting
from autosync.cli import environment
from autosync.cli.options import FAIL_ON
from autosync.cli.reaching import check_schemas, known_url
from autosync.cli.requests import Request, SnapshotRequest
from autosync.connect import await_file, connect, on_engine
from autosync.credentials import Secrets, shown
from autosync.dialects import DIALECTS
from autosync.errors import InvalidSnapshot, NoSuchSchema
from autosync.events import Event, Listener, Planned, Upgrading
from autosync.failures import FAILED, PENDING, REFUSED, USAGE, Failure, did_you_mean, told
from autosync.plan import Findings, Report
from autosync.report import console
from autosync.report.console import Say
from autosync.report.formats import FORMATS, STDOUT, Output, write, write_file
from autosync.report.progress import Progress
from autosync.report.text import Line, lines
from autosync.revisions.repository import recognised
from autosync.snapshot import LARGEST, Snapshot
from autosync.source import located
from autosync.target import load

IN_SYNC = 0
OnRefused = Literal["warn", "raise"]
Action = Callable[..., Findings]
"""What compares, given an Engine, the models, what tells a person, and the settings."""
CHANGED = "nothing was applied: the database has changed since the plan was shown; look again"


def plan(asked: Request) -> int:
    """Compare, report, and tell by the exit status."""
    return _status(_run(_plan, asked), asked.fail_on)


def sync(asked: Request, on_refused: OnRefused) -> int:
    """Apply, report, and tell by the exit status."""
    return _synchronized(partial(_sync, on_refused=on_refused), asked)


def ask_and_sync(asked: Request, on_refused: OnRefused) -> int:
    """The same, if somebody agrees to the plan."""
    return _synchronized(partial(_ask_and_sync, on_refused=on_refused), asked)


def _synchronized(action: Action, asked: Request) -> int:
    """The status; also one who asked for none has to know that it was not done."""
    report = _run(action, asked, may_create=True)
    return _status(report, asked.fail_on) or (FAILED if report.pending else IN_SYNC)


def wait(asked: Request) -> int:
    """Wait until the database suffices."""
    _run(_wait, asked, may_create=True)
    return IN_SYNC


# --- the actions ----------------------------------------------------------------------------------


def _plan(engine: Engine, models: object, asked: Request, say: Say) -> Findings:
    _reach(engine, models, asked)
    return api.plan(engine, models, **asked.settings)


def _sync(
    engine: Engine, models: object, asked: Request, say: Say, *, on_refused: OnRefused
) -> Findings:
    _reach(engine, models, asked)
    return _applied(engine, models, asked, on_refused, Progress(say))


def _ask_and_sync(
    engine: Engine, models: object, asked: Request, say: Say, *, on_refused: OnRefused
) -> Findings:
    """Apply just what was shown, and agreed to."""
    shown_plan = _plan(engine, models, asked, say)
    revisions = [entry.name for entry in shown_plan.pending if entry.kind == "revision"]
    if shown_plan.statements or revisions:
        with say.paused():
            ask(lines(shown_plan))
    progress = Progress(say)

    def listen(event: Event) -> None:
        if isinstance(event, Upgrading):
            check_shown(event, revisions)
        # what follows revisions was shown as it would have been before them
        if isinstance(event, Planned) and not revisions:
            check_same(event, shown_plan)
        progress(event)

    return _applied(engine, models, asked, on_refused, listen)


def _applied(
    engine: Engine, models: Any, asked: Request, on_refused: OnRefused, listener: Listener
) -> Report:
    return api.sync(
        engine,
        models,
        on_refused=on_refused,
        on_event=listener,
        lock_key=config.secret(asked.lock_key),
        **asked.settings,
    )


def check_same(event: Planned, shown_plan: Findings) -> None:
    """Raise what ends the command, if it is about to apply something else than was shown."""
    if event.plan.statements != shown_plan.statements:
        raise Failure(CHANGED)


def check_shown(event: Upgrading, shown: Sequence[str | None]) -> None:
    """Raise what ends the command, if it is about to run others than were shown."""
    if [one.id for one in event.revisions] != list(shown):
        raise Failure(CHANGED)


def ask(found: Iterable[Line]) -> None:
    """Raise what ends the command, unless somebody agrees to the plan."""
    console.show(found, err=True)
    click.echo(err=True)
    try:
        agreed = click.confirm("Apply this?", err=True)
    except click.Abort as error:
        raise KeyboardInterrupt from error
    if not agreed:
        raise Failure("nothing was applied")


def _wait(engine: Engine, models: object, asked: Request, say: Say) -> Findings:
    say(f"waiting until {shown(engine.url)} suffices")
    # connecting would make the file, which is for the one that synchronizes
    left = await_file(engine.url, asked.settings["timeout"])
    return waiting.wait(engine, models, **{**asked.settings, "timeout": left})


def _reach(engine: Engine, models: object, asked: Request) -> None:
    """Fail here for what would fail, or do nothing, later."""
    if asked.settings.get("revisions"):
        # connecting may make the file of a database
        recognised(asked.settings["revisions"])
    connect(engine)
    check_schemas(asked.schemas, models, engine.dialect.default_schema_name)


# --- snapshots ------------------------------------------------------------------------------------


def snapshot(asked: SnapshotRequest) -> None:
    """Make one, and write it."""
    secrets = Secrets()
    with told(secrets), redirect_stdout(sys.stderr), console.progress() as say:
        made = _of_models(asked, say) if asked.dialect else _of_database(asked, say, secrets)
    text = made.to_json()
    if asked.output == STDOUT:
        click.echo(text.encode(errors="backslashreplace"))
    else:
        write_file(Path(asked.output), text)


def _of_models(asked: SnapshotRequest, say: Say) -> Snapshot:
    say(f"importing {asked.target}")
    models = load(str(asked.target))
    try:
        return Snapshot.of(models, str(asked.dialect))
    except ValueError as error:
        near = did_you_mean(str(asked.dialect), DIALECTS)
        raise Failure(f"{error}{near}", status=USAGE) from error


def _of_database(asked: SnapshotRequest, say: Say, secrets: Secrets) -> Snapshot:
    assert asked.db is not None
    url = known_url(asked.db, secrets)
    say(f"reading {shown(url)}")

    def take(engine: Engine) -> Snapshot:
        connect(engine)
        return capture.snapshot(
            engine, schemas=asked.schemas, rows=asked.rows, deadline=asked.deadline
        )

    try:
        return on_engine(url, take)
    except NoSuchSchema as error:
        near = did_you_mean(error.schema, error.known)
        raise Failure(f"{error}{near}", status=USAGE) from error


# --- running one ----------------------------------------------------------------------------------


def _run(action: Action, asked: Request, *, may_create: bool = False) -> Findings:
    """Do it, write the report, and return it."""
    secrets = Secrets()
    models: object = ()
    try:
        # what the application prints must not get into the report
        with told(secrets), redirect_stdout(sys.stderr), console.progress() as say:
            # before anything is imported, which may tell it
            url = known_url(asked.db, secrets) if asked.db else None
            if asked.environment:
                findings, models = environment.compare(asked, say, secrets)
            else:
                say(f"importing {asked.target}")
                models = load(asked.target, allow_empty="empty-metadata" in asked.settings["allow"])
                findings = _compared(action, url, models, asked, say, may_create=may_create)
    except Failure as failure:
        if failure.report is not None:
            _report(failure.report, models, asked)
        raise
    return _report(findings, models, asked)


def _compared(
    action: Action, url: URL | None, models: object, asked: Request, say: Say, *, may_create: bool
) -> Findings:
    if url is None:
        return _against_snapshot(models, asked, say)
    say(f"comparing {asked.target} with {shown(url)}")
    work = partial(action, models=models, asked=asked, say=say)
    return on_engine(url, work, may_create=may_create)


def _against_snapshot(models: object, asked: Request, say: Say) -> Findings:
    path = str(asked.against)
    say(f"comparing {asked.target} with {path}")
    try:
        kept = Snapshot.from_json(_text(path))
        kept.connection()
    except (OSError, UnicodeDecodeError, InvalidSnapshot) as error:
        raise Failure(f"{path} cannot be read: {error}", status=USAGE) from error
    check_schemas(asked.schemas, models, kept.schema.default_schema)
    return api.plan(kept, models, **asked.settings)


def _text(path: str) -> str:
    """The text of a file; of one that is too large, or endless, more than a snapshot may have."""
    with Path(path).open("rb") as file:
        return file.read(LARGEST + 1).decode()


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
