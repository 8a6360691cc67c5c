"""The command line: ``autosync plan | check | sync | wait | ...``."""

from __future__ import annotations

import io
import json
import logging
import platform
import sys
import warnings
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import click
import sqlalchemy as sa
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from autosync.cli import examples, force, options, requests, running, upgrading
from autosync.cli.program import Program, shown_warning
from autosync.cli.running import OnRefused
from autosync.credentials import masked
from autosync.escape import escaped
from autosync.failures import USAGE, Failure, did_you_mean
from autosync.report import console
from autosync.report.explanation import HEADINGS, all_codes, explanation, table
from autosync.rules import RULES

DISTRIBUTION = "sqlalchemy-autosync"
SHELLS: dict[str, type[ShellComplete]] = {
    "bash": BashComplete,
    "zsh": ZshComplete,
    "fish": FishComplete,
}


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
    epilog=examples.PROGRAM,
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
    warnings.formatwarning = shown_warning
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(USAGE)


@main.command(epilog=examples.PLAN)
@options.comparing
def plan(**_: Any) -> int:
    """Show what sync would do, without doing it.

    TARGET is where the models are, as package.module:attribute: a declarative base, a MetaData,
    anything with a .metadata, or a list of these. The current directory is importable.

    Writes nothing. Exits with 0 only if the database is in sync, 3 if something is pending, 4 if
    something is refused or could not be compared; --fail-on says which of that counts.
    """
    return running.plan(requests.request())


@main.command(epilog=examples.CHECK)
@options.comparing
def check(**_: Any) -> int:
    """Tell by the exit status whether the database is in sync.

    The same as plan, report and status included, by the name that says what it is for in a script:
    0 in sync, 3 something is pending, 4 something is refused or could not be compared.
    """
    return running.plan(requests.request())


@main.command(epilog=examples.SYNC)
@options.synchronizing
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
    could not be compared. Whatever --fail-on says, it is 1 if an addition could not be applied.
    """
    asked = requests.request()
    if dry_run:
        return running.plan(asked)
    if yes:
        return running.sync(asked, on_refused)
    _check_somebody_is_there("sync", "plan")
    return running.ask_and_sync(asked, on_refused)


@main.command(epilog=examples.WAIT)
@options.waiting
def wait(**_: Any) -> int:
    """Wait until the database suffices for the models.

    For those who start beside the one that synchronizes: needs no right but to read. A database
    suffices if nothing is pending, and nothing refused that breaks the models; one that is ahead
    of them, or only differs, does. A server that does not answer yet is waited for, too, and so is
    the file of a database.

    Exits with 0 as soon as the database suffices, whatever else the report says. When the time is
    over: 3 if something is pending, 4 if something is refused that breaks the models, 1 if the
    database could not be read.
    """
    return running.wait(requests.request())


@main.command(epilog=examples.UPGRADE)
@options.upgrading
@click.option(
    "--stamp",
    metavar="REVISION",
    help="Of a database that is not under version control: it is at this revision. What comes "
    "after it is run.",
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask before anything is run.")
def upgrade(*, yes: bool, **_: Any) -> int:
    """Run the revisions of a repository that the database lacks.

    It is one of Alembic or of sqlalchemy-migrate, recognised by what is in it. sync runs them
    first, if it is given --revisions; this is for those alone.

    Shows what is pending and asks before it runs anything. Where nobody can be asked, it needs
    --yes. A database that has tables and no version is refused, but with --stamp.

    Exits with 0 if the database is at the latest revision afterwards, 4 if it is refused.
    """
    asked = requests.upgrade_request()
    if not yes:
        _check_somebody_is_there("upgrade", "current")
    return upgrading.upgrade(asked, yes=yes)


@main.command(epilog=examples.CURRENT)
@options.upgrading
def current(**_: Any) -> int:
    """Tell at which revision of a repository the database is.

    Writes nothing. Exits with 0 if that is the latest, 3 if revisions are pending.
    """
    return upgrading.current(requests.upgrade_request())


@main.command(epilog=examples.REVISION)
@options.handing_over
def revision(**_: Any) -> None:
    """Write what is refused into the next revision of a repository.

    For a person to look at, complete and keep: each operation has its code, its reason and its
    consequence as a comment. What may lose values, what is only a guess, and what needs a value is
    a comment itself. Of --revisions; the database has to be at the latest one, and is only read.

    Where there is nothing to write, no file is written. Exits with 0 in any case.
    """
    upgrading.revision(requests.revision_request())


@main.command(epilog=examples.ADOPT)
@click.argument("old_repository", type=click.Path(exists=True))
@click.argument("alembic_directory", type=click.Path())
@options.adopting
@click.option("-y", "--yes", is_flag=True, help="Do not ask before anything is written.")
def adopt(*, yes: bool, **_: Any) -> None:
    """Take a database from sqlalchemy-migrate over to Alembic.

    The database has to be at the latest version of OLD_REPOSITORY. In ALEMBIC_DIRECTORY, an Alembic
    environment is made (with alembic.ini beside it) that begins with a baseline: a revision which
    makes a new database what this one is. The database is stamped with it. Where the environment is
    there already, as for the next database, this one is only stamped, and upgraded.

    Needs no sqlalchemy-migrate, and works with any SQLAlchemy.
    """
    asked = requests.adopt_request()
    if not yes:
        _check_somebody_is_there("adopt", "current")
    upgrading.adopt(asked, yes=yes)


@main.command(epilog=examples.SNAPSHOT)
@options.snapshotting
def snapshot(**_: Any) -> None:
    """Write what a comparison reads of a database to a file.

    check --against compares with that, in place of a database. It is JSON, the same for databases
    that are alike, without data and without credentials. With TARGET and --dialect it is made of
    models, and needs no database either: so the models of one branch can be held against those of
    another.

    Reads the default schema, and those that --schema names.
    """
    running.snapshot(requests.snapshot_request())


@main.command("config", epilog=examples.CONFIG)
@options.configuring
def config(**_: Any) -> None:
    """Show what is in force, and where each value came from.

    The command line comes before the environment, and that before the configuration file. Writes
    nothing, and opens no database.
    """
    told = list(force.in_force())
    width = max(len(one.name) for one in told)
    for one in told:
        value = "(not set)" if one.value is None else escaped(masked(_written(one.value)))
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


def _check_somebody_is_there(command: str, look: str) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(
            f"{command} asks before it applies, and here is nobody to be asked: give --yes, or "
            f"look with autosync {look} first",
            click.get_current_context(),
        )


@main.command(epilog=examples.EXPLAIN)
@click.argument("code", required=False, shell_complete=_codes)
def explain(code: str | None) -> None:
    """Say what a code in a report means; without CODE, list all."""
    if code is None:
        console.show(all_codes())
    elif code in RULES:
        console.show(explanation(RULES[code]))
    else:
        near = did_you_mean(code, RULES)
        raise Failure(
            f"there is no code {code}{near or '; autosync explain lists all'}", status=USAGE
        )


@main.command(epilog=examples.RULES)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "markdown"]),
    default="text",
    show_default=True,
    help="How the list is written.",
)
def rules(format_: str) -> None:
    """List all codes that a report can have.

    autosync explain says more of each.
    """
    if format_ == "text":
        console.show(all_codes())
        return
    sections = (f"## {heading}\n\n{table(outcome)}" for outcome, heading in HEADINGS.items())
    click.echo("\n".join(sections), nl=False)


@main.command(epilog=examples.COMPLETION)
@click.argument("shell", type=click.Choice(list(SHELLS)))
def completion(shell: str) -> None:
    """Print what makes a shell complete commands, options and codes."""
    click.echo(SHELLS[shell](main, {}, "autosync", "_AUTOSYNC_COMPLETE").source())
