"""The command line: ``autosync plan | check | sync | wait | explain``."""

from __future__ import annotations

import io
import logging
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal, TypeVar

import click
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from autosync import api, waiting
from autosync.connect import connect, on_engine, parse
from autosync.failures import (
    INTERRUPTED,
    PENDING,
    REFUSED,
    USAGE,
    Failure,
    Secrets,
    did_you_mean,
    shown,
    told,
)
from autosync.plan import Findings
from autosync.report import console
from autosync.report.progress import Progress
from autosync.report.text import Line, escaped, lines
from autosync.rules import RULES, Rule
from autosync.target import load

DISTRIBUTION = "sqlalchemy-autosync"
IN_SYNC = 0

Command = TypeVar("Command", bound=Callable[..., Any])
Say = Callable[[str], None]
"""What tells a person at a terminal what is going on."""

_EPILOG = """\b
Exit status:
  0    in sync
  1    it could not be done
  2    the command line is wrong
  3    additive changes are pending
  4    something is refused, or could not be compared
  130  interrupted

\b
Examples:
  autosync plan shop.models:Base --db sqlite:///shop.db
  autosync check shop.models:Base --format json
  autosync sync shop.models:Base --on-refused raise
  autosync wait shop.models:Base --timeout 120
  autosync explain not-null-without-default
"""
_PLAN_EXAMPLE = """\b
Example:
  autosync plan shop.models:Base --db postgresql+psycopg://me@localhost/shop
"""
_CHECK_EXAMPLE = """\b
Example:
  autosync check shop.models:Base --db sqlite:///shop.db || echo "not in sync"
"""
_SYNC_EXAMPLES = """\b
Examples:
  autosync sync shop.models:Base --dry-run
  autosync sync shop.models:Base --allow indexes --deadline 10
"""
_WAIT_EXAMPLE = """\b
Example:
  autosync wait shop.models:Base --timeout 120 && exec gunicorn shop.wsgi
"""
_EXPLAIN_EXAMPLE = """\b
Example:
  autosync explain likely-rename
"""


class Program(click.Group):
    """A group of commands whose every failure is one line on stderr."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run, and exit with the status that the command returns."""
        if not options.get("standalone_mode", True):
            return super().main(*args, **options)
        try:
            status = super().main(*args, **{**options, "standalone_mode": False})
        except Failure as failure:
            status = _complain(str(failure), failure.status)
        except click.Abort:
            status = _complain("interrupted", INTERRUPTED)
        except click.ClickException as error:
            status = _complain(_usage(error), error.exit_code)
        sys.exit(status)


def _complain(message: str, status: int) -> int:
    click.echo(f"autosync: error: {message}", err=True)
    return status


def _usage(error: click.ClickException) -> str:
    message = escaped(" ".join(error.format_message().split()))
    context = getattr(error, "ctx", None)
    return f"{message} (see {context.command_path} --help)" if context else message


def _print_version(context: click.Context, option: click.Parameter, value: object) -> None:
    if not value or context.resilient_parsing:
        return
    try:
        ours = version(DISTRIBUTION)
    except PackageNotFoundError:
        ours = "(not installed: run from its source)"
    click.echo(f"autosync {ours}, SQLAlchemy {sa.__version__}, Python {platform.python_version()}")
    context.exit()


@click.group(
    cls=Program,
    epilog=_EPILOG,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
@click.pass_context
def main(context: click.Context) -> None:
    """create_all(), for the database you already have.

    Compares SQLAlchemy models with a live database, adds the tables and columns that are missing,
    and refuses, with a reason and a remedy, whatever is more than an addition.

    The report goes to stdout, all else to stderr.
    """
    # Python prints what no handler takes: warnings that the report has, and the tracebacks of
    # SQLAlchemy's pool when a server goes away
    logging.lastResort = logging.NullHandler()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(USAGE)


def _text(findings: Findings) -> None:
    console.show(lines(findings))


def _json(findings: Findings) -> None:
    # in bytes: JSON is UTF-8, whatever the terminal's encoding is
    click.echo(findings.to_json().encode(errors="backslashreplace"))


FORMATS: dict[str, Callable[[Findings], None]] = {"text": _text, "json": _json}
"""What prints a report, by the name of the format."""

_COMMON = (
    click.argument("target", required=False),
    click.option(
        "--db",
        metavar="URL",
        envvar="DATABASE_URL",
        help="The database, as SQLAlchemy writes it: dialect+driver://user:password@host/name. "
        "Default: the environment variable DATABASE_URL, where a password is not seen by others.",
    ),
    click.option(
        "--format",
        "format_",
        type=click.Choice(list(FORMATS)),
        default="text",
        show_default=True,
        help="How the report is written.",
    ),
    click.option(
        "--allow",
        type=click.Choice(api.ALLOWANCES),
        multiple=True,
        help="Allow what is added only on request: indexes on existing columns, labels of existing "
        "enum types; or models without any table. Repeatable.",
    ),
    click.option(
        "--max-rows-scanned",
        type=click.IntRange(min=0),
        metavar="ROWS",
        default=api.MAX_ROWS_SCANNED,
        show_default=True,
        help="How many rows a table may have for an addition that reads all of them.",
    ),
)


def _seconds(name: str, text: str) -> Callable[[Command], Command]:
    """An option for how long something may take."""
    return click.option(
        name,
        type=click.FloatRange(min=0),
        metavar="SECONDS",
        default=api.DEADLINE,
        show_default=True,
        help=text,
    )


_deadline = _seconds("--deadline", "How long to wait for locks, in all.")
_timeout = _seconds("--timeout", "How long to wait, in all.")


def _common(command: Command) -> Command:
    """TARGET, and the options that all commands with one have."""
    for decorate in reversed(_COMMON):
        command = decorate(command)
    return command


@main.command(epilog=_PLAN_EXAMPLE)
@_common
@_deadline
def plan(target: str | None, db: str | None, format_: str, **settings: Any) -> int:
    """Show what sync would do, without doing it.

    TARGET is where the models are, as package.module:attribute: a declarative base, a MetaData,
    anything with a .metadata, or a list of these. The current directory is importable.

    Writes nothing. Exits with 0 only if the database is in sync, 3 if something is pending, 4 if
    something is refused or could not be compared.
    """
    return _status(_run(_plan, target, db, format_, settings))


@main.command(epilog=_CHECK_EXAMPLE)
@_common
@_deadline
def check(target: str | None, db: str | None, format_: str, **settings: Any) -> int:
    """Tell by the exit status whether the database is in sync.

    The same as plan, report and status included, by the name that says what it is for in a script:
    0 in sync, 3 something is pending, 4 something is refused or could not be compared.
    """
    return _status(_run(_plan, target, db, format_, settings))


@main.command(epilog=_SYNC_EXAMPLES)
@_common
@_deadline
@click.option("--dry-run", is_flag=True, help="Show what would be done, as plan does.")
@click.option(
    "--on-refused",
    type=click.Choice(["warn", "raise"]),
    default="warn",
    show_default=True,
    help="What to do if something is refused: apply the rest, or nothing at all.",
)
def sync(
    target: str | None,
    db: str | None,
    format_: str,
    *,
    dry_run: bool,
    on_refused: Literal["warn", "raise"],
    **settings: Any,
) -> int:
    """Add to the database what the models need, and refuse the rest.

    TARGET is where the models are, as package.module:attribute: a declarative base, a MetaData,
    anything with a .metadata, or a list of these. The current directory is importable.

    Exits with 0 if the database is in sync afterwards, 4 if something remains that is refused or
    could not be compared.
    """
    action = _plan if dry_run else partial(_sync, on_refused=on_refused)
    return _status(_run(action, target, db, format_, settings, may_create=not dry_run))


@main.command(epilog=_WAIT_EXAMPLE)
@_common
@_timeout
def wait(target: str | None, db: str | None, format_: str, **settings: Any) -> int:
    """Wait until the database suffices for the models.

    For those who start beside the one that synchronizes: needs no right but to read. A database
    suffices if nothing is pending, and nothing refused that breaks the models; one that is ahead
    of them, or only differs, does. A server that does not answer yet is waited for, too.

    Exits with 0 as soon as the database suffices, whatever else the report says. When the time is
    over: 3 if something is pending, 4 if something is refused that breaks the models, 1 if the
    database could not be read.
    """
    _run(_wait, target, db, format_, settings)
    return IN_SYNC


def _plan(engine: Engine, models: object, say: Say, **settings: Any) -> Findings:
    connect(engine)
    return api.plan(engine, models, **settings)


def _sync(engine: Engine, models: object, say: Say, **settings: Any) -> Findings:
    connect(engine)
    return api.sync(engine, models, on_event=Progress(say), **settings)


def _wait(engine: Engine, models: object, say: Say, **settings: Any) -> Findings:
    say(f"waiting until {shown(engine.url)} suffices")
    return waiting.wait(engine, models, **settings)


def _run(
    action: Callable[..., Findings],
    target: str | None,
    db: str | None,
    format_: str,
    settings: dict[str, Any],
    *,
    may_create: bool = False,
) -> Findings:
    """Do it, print the report, and return it."""
    if not target:
        raise click.UsageError(
            "no TARGET: name the models, for example shop.models:Base", click.get_current_context()
        )
    if not db:
        raise click.UsageError(
            "no database: give --db URL, or set DATABASE_URL", click.get_current_context()
        )
    try:
        findings = _worked(action, target, db, settings, may_create=may_create)
    except Failure as failure:
        if failure.report is not None:
            FORMATS[format_](failure.report)
        raise
    FORMATS[format_](findings)
    return findings


def _worked(
    action: Callable[..., Findings],
    target: str,
    db: str,
    settings: dict[str, Any],
    *,
    may_create: bool,
) -> Findings:
    secrets = Secrets()

    def act(engine: Engine) -> Findings:
        return action(engine, models, say, **settings)

    # what the application prints must not get into the report
    with told(secrets), redirect_stdout(sys.stderr), console.progress() as say:
        url = parse(db)
        secrets.add(url)
        say(f"importing {target}")
        models = load(target, allow_empty="empty-metadata" in settings["allow"])
        say(f"comparing {target} with {shown(url)}")
        return on_engine(url, act, may_create=may_create)


def _status(findings: Findings) -> int:
    """What could not be compared is never taken for equal, nor for a mere addition."""
    if findings.refused or findings.undecided:
        return REFUSED
    return PENDING if findings.pending else IN_SYNC


@main.command(epilog=_EXPLAIN_EXAMPLE)
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Say what a code in a report means; without CODE, list them all."""
    if code is None:
        console.show(_all_codes())
    elif code in RULES:
        console.show(_explanation(RULES[code]))
    else:
        near = did_you_mean(code, RULES)
        raise Failure(
            f"there is no code {code}{near or '; autosync explain lists all'}", status=USAGE
        )


def _all_codes() -> Iterator[Line]:
    width = max(map(len, RULES))
    for outcome, heading in (("refused", "Refused"), ("note", "Notes")):
        yield Line(0, "heading", heading)
        for rule in RULES.values():
            if rule.outcome == outcome:
                yield Line(2, "detail", f"{rule.code.ljust(width)}  {rule.title}")
        yield Line(0, "detail", "")


def _explanation(rule: Rule) -> Iterator[Line]:
    yield Line(0, "summary", rule.title)
    outcome = "refused: it is not done" if rule.outcome == "refused" else "a note: it hurts nobody"
    yield Line(0, "detail", f"[{rule.code}] {outcome}")
    for text in (*rule.explanation.split("\n\n"), rule.consequence):
        if text:
            yield Line(0, "detail", "")
            yield Line(0, "detail", " ".join(text.replace("``", "`").split()))
