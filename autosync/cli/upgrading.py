"""What the commands do that are about revisions only."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import redirect_stdout

import click
from sqlalchemy.engine import Engine

from autosync import revisions
from autosync.cli.options import UpgradeRequest
from autosync.cli.running import IN_SYNC, ask, check_shown, known_url
from autosync.connect import connect, on_engine
from autosync.credentials import Secrets
from autosync.deadline import Deadline
from autosync.escape import escaped
from autosync.events import Event, Upgrading
from autosync.failures import PENDING, told
from autosync.report import console
from autosync.report.console import Say
from autosync.report.progress import Progress
from autosync.revisions import UpgradeReport

Action = Callable[[Engine, UpgradeRequest, Say], UpgradeReport]


def upgrade(asked: UpgradeRequest, *, yes: bool) -> int:
    """Run what is pending, and report; without ``yes``, if somebody agrees to it."""
    _run(_upgrade if yes else _ask_and_upgrade, asked, may_create=True)
    return IN_SYNC


def current(asked: UpgradeRequest) -> int:
    """Report where the database stands, and tell by the exit status whether that is the latest."""
    return PENDING if _run(_current, asked).pending else IN_SYNC


def _current(engine: Engine, asked: UpgradeRequest, say: Say) -> UpgradeReport:
    return revisions.current(engine, asked.revisions, deadline=asked.deadline)


def _upgrade(engine: Engine, asked: UpgradeRequest, say: Say) -> UpgradeReport:
    return revisions.upgrade(
        engine,
        asked.revisions,
        stamp=asked.stamp,
        deadline=asked.deadline,
        on_event=Progress(say),
    )


def _ask_and_upgrade(engine: Engine, asked: UpgradeRequest, say: Say) -> UpgradeReport:
    """Run just what was shown, and agreed to."""
    if asked.stamp:
        shown = _current(engine, asked, say)
        said = (
            f"{shown}\n\nTo be stamped with {escaped(asked.stamp)}: what comes after it will be run"
        )
    else:
        shown = revisions.looked_for(engine, asked.revisions, Deadline(asked.deadline))[1]
        said = str(shown)
    if asked.stamp or shown.pending:
        with say.paused():
            ask(said)
    progress = Progress(say)

    def listen(event: Event) -> None:
        if isinstance(event, Upgrading) and not asked.stamp:
            check_shown(event, [one.id for one in shown.pending])
        progress(event)

    return revisions.upgrade(
        engine, asked.revisions, stamp=asked.stamp, deadline=asked.deadline, on_event=listen
    )


def _run(action: Action, asked: UpgradeRequest, *, may_create: bool = False) -> UpgradeReport:
    """Do it, and write the report."""
    secrets = Secrets()
    # what an env.py and the revisions print must not get into the report
    with told(secrets), redirect_stdout(sys.stderr), console.progress() as say:
        url = known_url(asked.db, secrets)
        say(f"looking at {asked.revisions}")

        def work(engine: Engine) -> UpgradeReport:
            connect(engine)
            return action(engine, asked, say)

        report = on_engine(url, work, may_create=may_create)
    text = report.to_json() if asked.format == "json" else str(report)
    click.echo(text.encode(errors="backslashreplace"))
    return report
