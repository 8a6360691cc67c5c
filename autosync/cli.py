"""The command line: ``autosync plan | check | sync | wait | ...``."""

from __future__ import annotations

import io
import json
import logging
import platform
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

import click
import sqlalchemy as sa
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete
from sqlalchemy.engine import Engine

from autosync import api, options, waiting
from autosync.connect import connect, on_engine, parse
from autosync.credentials import Secrets, masked, shown
from autosync.escape import escaped, one_line
from autosync.events import Event, Planned
from autosync.failures import (
    INTERRUPTED,
    PENDING,
    REFUSED,
    USAGE,
    Failure,
    did_you_mean,
    told,
)
from autosync.options import FAIL_ON
from autosync.plan import Findings
from autosync.report import console
from autosync.report.console import Say
from autosync.report.explanation import HEADINGS, all_codes, explanation, table
from autosync.report.formats import FORMATS, Output, write
from autosync.report.progress import Progress
from autosync.report.text import lines
from autosync.rules import RULES
from autosync.target import load

DISTRIBUTION = "sqlalchemy-autosync"
IN_SYNC = 0
SHELLS: dict[str, type[ShellComplete]] = {
    "bash": BashComplete,
    "zsh": ZshComplete,
    "fish": FishComplete,
}
OnRefused = Literal["warn", "raise"]


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
  autosync check shop.models:Base --fail-on refused --format json
  autosync sync shop.models:Base --yes --on-refused raise
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
  autosync sync shop.models:Base --yes --allow indexes --deadline 10
"""
_WAIT_EXAMPLE = """\b
Example:
  autosync wait shop.models:Base --timeout 120 && exec gunicorn shop.wsgi
"""
_CONFIG_EXAMPLE = """\b
Example, and what it needs in pyproject.toml:
  autosync config --database staging

\b
  [tool.autosync]
  target = "shop.models:Base"
  fail_on = "refused"

\b
  [tool.autosync.databases.staging]
  url = "postgresql+psycopg://shop:${STAGING_PASSWORD}@db.example/shop"
"""
_RULES_EXAMPLE = """\b
Example:
  autosync rules --format markdown > codes.md
"""
_COMPLETION_EXAMPLES = """\b
Examples, for bash, zsh and fish:
  autosync completion bash > ~/.local/share/bash-completion/completions/autosync
  source <(autosync completion zsh)
  autosync completion fish > ~/.config/fish/completions/autosync.fish
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
    message = one_line(masked(error.format_message()))
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


def _codes(context: click.Context, option: click.Parameter, begun: str) -> list[str]:
    return [code for code in RULES if code.startswith(begun)]


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


@main.command(epilog=_PLAN_EXAMPLE)
@options.comparing
def plan(**_: Any) -> int:
    """Show what sync would do, without doing it.

    TARGET is where the models are, as package.module:attribute: a declarative base, a MetaData,
    anything with a .metadata, or a list of these. The current directory is importable.

    Writes nothing. Exits with 0 only if the database is in sync, 3 if something is pending, 4 if
    something is refused or could not be compared; --fail-on says which of that counts.
    """
    asked = options.request()
    return _status(_run(_plan, asked), asked.fail_on)


@main.command(epilog=_CHECK_EXAMPLE)
@options.comparing
def check(**_: Any) -> int:
    """Tell by the exit status whether the database is in sync.

    The same as plan, report and status included, by the name that says what it is for in a script:
    0 in sync, 3 something is pending, 4 something is refused or could not be compared.
    """
    asked = options.request()
    return _status(_run(_plan, asked), asked.fail_on)


@main.command(epilog=_SYNC_EXAMPLES)
@options.comparing
@click.option("--dry-run", is_flag=True, help="Show what would be done, as plan does.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before anything is applied.")
@click.option(
    "--on-refused",
    type=click.Choice(["warn", "raise"]),
    default="warn",
    show_default=True,
    help="What to do if something is refused: apply the rest, or nothing at all.",
)
def sync(*, dry_run: bool, yes: bool, on_refused: OnRefused, **_: Any) -> int:
    """Add to the database what the models need, and refuse the rest.

    TARGET is where the models are, as package.module:attribute: a declarative base, a MetaData,
    anything with a .metadata, or a list of these. The current directory is importable.

    Shows the plan and asks before it applies anything. Where nobody can be asked, it needs --yes.

    Exits with 0 if the database is in sync afterwards, 4 if something remains that is refused or
    could not be compared.
    """
    asked = options.request()
    if dry_run:
        return _status(_run(_plan, asked), asked.fail_on)
    if not yes:
        _check_somebody_is_there()
    action = partial(_sync if yes else _ask_and_sync, on_refused=on_refused)
    return _status(_run(action, asked, may_create=True), asked.fail_on)


@main.command(epilog=_WAIT_EXAMPLE)
@options.waiting
def wait(**_: Any) -> int:
    """Wait until the database suffices for the models.

    For those who start beside the one that synchronizes: needs no right but to read. A database
    suffices if nothing is pending, and nothing refused that breaks the models; one that is ahead
    of them, or only differs, does. A server that does not answer yet is waited for, too.

    Exits with 0 as soon as the database suffices, whatever else the report says. When the time is
    over: 3 if something is pending, 4 if something is refused that breaks the models, 1 if the
    database could not be read.
    """
    _run(_wait, options.request())
    return IN_SYNC


@main.command("config", epilog=_CONFIG_EXAMPLE)
@options.configuring
def config(**_: Any) -> None:
    """Show what is in force, and where each value came from.

    The command line comes before the environment, and that before the configuration file. Writes
    nothing, and opens no database.
    """
    told = list(options.in_force())
    width = max(len(one.name) for one in told)
    for one in told:
        value = "(not set)" if one.value is None else escaped(_written(one.value))
        place = f"  ({escaped(one.place)})" if one.place else ""
        click.echo(f"{one.name.ljust(width)} = {value}{place}")


def _written(value: object) -> str:
    """A value as a configuration file has it."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name} = {_written(one)}' for name, one in value.items())}}}"
    return (
        json.dumps(value)
        if isinstance(value, str)
        else "(not set)"
        if value is None
        else str(value)
    )


def _check_somebody_is_there() -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(
            "sync asks before it applies, and here is nobody to be asked: give --yes, or look with "
            "autosync plan first",
            click.get_current_context(),
        )


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


def _run(
    action: Callable[..., Findings], asked: options.Request, *, may_create: bool = False
) -> Findings:
    """Do it, write the report, and return it."""
    try:
        findings = _worked(action, asked, may_create=may_create)
    except Failure as failure:
        if failure.report is not None:
            _report(failure.report, asked)
        raise
    _report(findings, asked)
    return findings


def _report(findings: Findings, asked: options.Request) -> None:
    write(findings, asked.outputs, lambda output: _print(findings, output))


def _print(findings: Findings, output: Output) -> None:
    if output.format == "text":
        console.show(lines(findings))
    else:
        # in bytes: it is UTF-8, whatever the terminal's encoding is
        text = FORMATS[output.format](findings)
        click.echo(text.rstrip("\n").encode(errors="backslashreplace"))


def _worked(
    action: Callable[..., Findings], asked: options.Request, *, may_create: bool
) -> Findings:
    secrets = Secrets()

    def act(engine: Engine) -> Findings:
        return action(engine, models, say, **asked.settings)

    # what the application prints must not get into the report
    with told(secrets), redirect_stdout(sys.stderr), console.progress() as say:
        url = parse(asked.db)
        secrets.add(url)
        say(f"importing {asked.target}")
        models = load(asked.target, allow_empty="empty-metadata" in asked.settings["allow"])
        say(f"comparing {asked.target} with {shown(url)}")
        return on_engine(url, act, may_create=may_create)


def _status(findings: Findings, fail_on: str) -> int:
    """What could not be compared is never taken for equal, nor for a mere addition."""
    counted = FAIL_ON[: FAIL_ON.index(fail_on) + 1] if fail_on != "never" else ()
    for what, status in (("refused", REFUSED), ("undecided", REFUSED), ("pending", PENDING)):
        if what in counted and getattr(findings, what):
            return status
    return IN_SYNC


@main.command(epilog=_RULES_EXAMPLE)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "markdown"]),
    default="text",
    show_default=True,
    help="How the list is written.",
)
def rules(format_: str) -> None:
    """List all codes that a report can have; explain says more of one."""
    if format_ == "text":
        console.show(all_codes())
        return
    sections = (f"## {heading}\n\n{table(outcome)}" for outcome, heading in HEADINGS.items())
    click.echo("\n".join(sections), nl=False)


@main.command(epilog=_COMPLETION_EXAMPLES)
@click.argument("shell", type=click.Choice(list(SHELLS)))
def completion(shell: str) -> None:
    """Print what makes a shell complete the commands, options and codes of autosync."""
    click.echo(SHELLS[shell](main, {}, "autosync", "_AUTOSYNC_COMPLETE").source())


@main.command(epilog=_EXPLAIN_EXAMPLE)
@click.argument("code", required=False, shell_complete=_codes)
def explain(code: str | None) -> None:
    """Say what a code in a report means; without CODE, list them all."""
    if code is None:
        console.show(all_codes())
    elif code in RULES:
        console.show(explanation(RULES[code]))
    else:
        near = did_you_mean(code, RULES)
        raise Failure(
            f"there is no code {code}{near or '; autosync explain lists all'}", status=USAGE
        )
