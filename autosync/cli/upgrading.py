"""What the commands do that are about revisions only."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import TypeVar

import click
from sqlalchemy.engine import Engine

from autosync import config, handover, revisions
from autosync.cli.reaching import known_url
from autosync.cli.requests import AdoptRequest, RevisionRequest, UpgradeRequest
from autosync.cli.running import IN_SYNC, ask, check_shown
from autosync.connect import connect, on_engine
from autosync.credentials import Secrets, shown
from autosync.deadline import Deadline
from autosync.escape import escaped
from autosync.events import Event, Listener, Upgrading
from autosync.failures import PENDING, told
from autosync.handover import Handover
from autosync.report import console
from autosync.report.console import Say
from autosync.report.progress import Progress
from autosync.report.text import Line
from autosync.revisions import Adoption, UpgradeReport
from autosync.revisions.repository import recognised
from autosync.target import add_current_directory, load

Asked = TypeVar("Asked", UpgradeRequest, AdoptRequest, RevisionRequest)
Written = TypeVar("Written", UpgradeReport, Adoption, Handover)
Action = Callable[[Engine, Asked, Say], Written]


def upgrade(asked: UpgradeRequest, *, yes: bool) -> int:
    """Run what is pending, and report; without ``yes``, if somebody agrees to it."""
    _run(_upgrade if yes else _ask_and_upgrade, asked, asked.revisions, may_create=True)
    return IN_SYNC


def current(asked: UpgradeRequest) -> int:
    """Report where the database stands, and tell by the exit status whether that is the latest."""
    return PENDING if _run(_current, asked, asked.revisions).pending else IN_SYNC


def adopt(asked: AdoptRequest, *, yes: bool) -> None:
    """Go from one repository to another, and report; without ``yes``, if somebody agrees to it."""
    _run(_adopt if yes else _ask_and_adopt, asked, asked.old)


def revision(asked: RevisionRequest) -> None:
    """Write what is refused into a new revision, and report what of it there is to look at."""
    _run(_revision, asked, asked.revisions)


def _revision(engine: Engine, asked: RevisionRequest, say: Say) -> Handover:
    say(f"importing {asked.target}")
    models = load(asked.target)
    return handover.revision(
        engine, models, asked.revisions, asked.message, pending=asked.pending, **asked.settings
    )


def _adopt(engine: Engine, asked: AdoptRequest, say: Say) -> Adoption:
    return revisions.adopt(
        engine,
        asked.old,
        asked.new,
        deadline=asked.deadline,
        on_event=Progress(say),
        lock_key=config.secret(asked.lock_key),
    )


def _ask_and_adopt(engine: Engine, asked: AdoptRequest, say: Say) -> Adoption:
    found = revisions.current(engine, asked.old, deadline=asked.deadline)
    with say.paused():
        ask(
            _plain(
                f"{found}\n\nTo be stamped with the baseline in {escaped(asked.new)}, which is "
                "made if there is none: what comes after it will be run"
            )
        )
    return _adopt(engine, asked, say)


def _current(engine: Engine, asked: UpgradeRequest, say: Say) -> UpgradeReport:
    return revisions.current(engine, asked.revisions, deadline=asked.deadline)


def _upgrade(engine: Engine, asked: UpgradeRequest, say: Say) -> UpgradeReport:
    return _upgraded(engine, asked, Progress(say))


def _upgraded(engine: Engine, asked: UpgradeRequest, listener: Listener) -> UpgradeReport:
    return revisions.upgrade(
        engine,
        asked.revisions,
        stamp=asked.stamp,
        deadline=asked.deadline,
        on_event=listener,
        lock_key=config.secret(asked.lock_key),
    )


def _ask_and_upgrade(engine: Engine, asked: UpgradeRequest, say: Say) -> UpgradeReport:
    """Run just what was shown, and agreed to."""
    if asked.stamp:
        found = _current(engine, asked, say)
        said = (
            f"{found}\n\nTo be stamped with {escaped(asked.stamp)}: what comes after it will be run"
        )
    else:
        found = revisions.looked_for(engine, asked.revisions, Deadline(asked.deadline))[1]
        said = str(found)
    if asked.stamp or found.pending:
        with say.paused():
            ask(_plain(said))
    progress = Progress(say)

    def listen(event: Event) -> None:
        if isinstance(event, Upgrading) and not asked.stamp:
            check_shown(event, [one.id for one in found.pending])
        progress(event)

    return _upgraded(engine, asked, listen)


def _plain(said: str) -> list[Line]:
    return [Line(0, "detail", line) for line in said.split("\n")]


def _run(
    action: Action[Asked, Written], asked: Asked, repository: str, *, may_create: bool = False
) -> Written:
    """Do it, and write the report; a database is only made for a repository that is there."""
    secrets = Secrets()
    # what an env.py and the revisions print must not get into the report
    with told(secrets), redirect_stdout(sys.stderr), console.progress() as say:
        url = known_url(asked.db, secrets)
        say(f"looking at {shown(url)}")
        add_current_directory()
        recognised(repository)

        def work(engine: Engine) -> Written:
            connect(engine)
            return action(engine, asked, say)

        report = on_engine(url, work, may_create=may_create)
    text = report.to_json() if asked.format == "json" else str(report)
    click.echo(text.encode(errors="backslashreplace"))
    return report
