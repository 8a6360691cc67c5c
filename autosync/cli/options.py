"""What the commands are told: by flags, by the environment, and by the configuration file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from autosync import api, config
from autosync.config import Configuration
from autosync.failures import USAGE, Failure
from autosync.report.formats import FORMATS, STDOUT
from autosync.selection import Pattern

Command = TypeVar("Command", bound=Callable[..., Any])

FAIL_ON = ("refused", "undecided", "pending", "never")
"""Each includes those before it, but for ``never``."""
CONFIGURATION = "autosync.configuration"
"""Where a context keeps what the file says."""
_FILED = "autosync.filed"
KEYS = {"url": "db"}
"""The keys of the configuration file that have another name than their option."""


def _configure(context: click.Context, option: click.Parameter, value: str | None) -> None:
    """Take the file's values for defaults, once it is known which file and which database."""
    said = context.meta.setdefault(_FILED, {})
    said[option.name] = value
    if context.resilient_parsing or len(said) < len((_config, _database)):
        return
    named = bool(said["config"])
    path = Path(said["config"]) if named else config.find(Path.cwd())
    if path is None and said["database"]:
        raise Failure(
            f"--database {said['database']} names a database of the configuration file, and there "
            f"is neither {config.OWN_FILE} nor [tool.autosync] in {config.PROJECT_FILE}",
            status=USAGE,
        )
    found = Configuration() if path is None else config.load(path, said["database"], named=named)
    context.meta[CONFIGURATION] = found
    context.default_map = {
        KEYS.get(name, name): setting.value for name, setting in found.settings.items()
    }


_config = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    envvar="AUTOSYNC_CONFIG",
    is_eager=True,
    expose_value=False,
    callback=_configure,
    help="The configuration file. Default: autosync.toml, or [tool.autosync] in pyproject.toml, "
    "here or in a folder above, if it is yours or root's.",
)
_database = click.option(
    "--database",
    metavar="NAME",
    envvar="AUTOSYNC_DATABASE",
    is_eager=True,
    expose_value=False,
    callback=_configure,
    help="Which of the databases that the configuration file names.",
)


def _check_patterns(
    context: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    for value in values:
        try:
            Pattern.parse(value)
        except ValueError as error:
            raise click.BadParameter(str(error), context, option) from error
    return values


def _patterns(name: str, text: str) -> Callable[[Command], Command]:
    return click.option(
        name,
        multiple=True,
        metavar="PATTERN",
        envvar=_variable(name),
        callback=_check_patterns,
        help=f"{text} Repeatable.",
    )


def _variable(name: str) -> str:
    return "AUTOSYNC_" + name.lstrip("-").upper().replace("-", "_")


_DATABASE = (
    click.option(
        "--db",
        metavar="URL",
        envvar=["AUTOSYNC_DB", "DATABASE_URL"],
        help="The database, as SQLAlchemy writes it: dialect+driver://user:password@host/name. "
        "Default: the environment variable DATABASE_URL, where a password is not seen by others.",
    ),
    _config,
    _database,
)
_PLACES = (click.argument("target", required=False, envvar="AUTOSYNC_TARGET"), *_DATABASE)
_revisions = click.option(
    "--revisions",
    metavar="PATH",
    envvar="AUTOSYNC_REVISIONS",
    help="A repository of revisions, of Alembic or sqlalchemy-migrate: its folder, or the "
    "configuration file in it. They come before all else.",
)
_COMMON = (
    *_PLACES,
    _revisions,
    click.option(
        "--allow",
        type=click.Choice(api.ALLOWANCES),
        multiple=True,
        envvar="AUTOSYNC_ALLOW",
        help="Allow what is added only on request: indexes on existing columns, labels of existing "
        "enum types; or models without any table. Repeatable.",
    ),
    _patterns("--include", "Look only at what matches: table, table.column, schema.table.column."),
    _patterns("--exclude", "Leave alone what matches; what needs it is refused."),
    _patterns("--schema", "Look only at this schema; other patterns are then about it."),
    click.option(
        "--max-rows-scanned",
        type=click.IntRange(min=0),
        metavar="ROWS",
        default=api.MAX_ROWS_SCANNED,
        show_default=True,
        envvar="AUTOSYNC_MAX_ROWS_SCANNED",
        help="How many rows a table may have for an addition that reads all of them.",
    ),
)
_REPORTING = (
    click.option(
        "--format",
        "formats",
        type=click.Choice(list(FORMATS)),
        multiple=True,
        default=["text"],
        show_default=True,
        help="How the report is written. Repeatable.",
    ),
    click.option(
        "--output",
        "outputs",
        type=click.Path(dir_okay=False, writable=True, allow_dash=True),
        multiple=True,
        metavar="FILE",
        help="Where to: the first one is for the first --format, and so on. Default: stdout.",
    ),
)
_fail_on = click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="pending",
    show_default=True,
    envvar="AUTOSYNC_FAIL_ON",
    help="What the exit status tells of: what is refused; that, and what could not be compared; "
    "that, and what is pending; or nothing.",
)


def _seconds(name: str, text: str) -> Callable[[Command], Command]:
    """An option for how long something may take."""
    return click.option(
        name,
        type=click.FloatRange(min=0),
        metavar="SECONDS",
        default=api.DEADLINE,
        show_default=True,
        envvar=_variable(name),
        help=text,
    )


_deadline = _seconds("--deadline", "How long to wait for locks, in all.")
_timeout = _seconds("--timeout", "How long to wait, in all.")


_format = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the report is written.",
)
_against = click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    envvar="AUTOSYNC_AGAINST",
    help="A snapshot to compare with, in place of a database: see autosync snapshot.",
)
_alembic = click.option(
    "--alembic",
    is_flag=True,
    help="Compare as an env.py of Alembic says: with its target_metadata, include_object, "
    "include_name, include_schemas, compare_type, compare_server_default and version_table; "
    "without --db, on its connection. Of --revisions, or alembic.ini or pyproject.toml here.",
)
_SNAPSHOT = (
    click.option(
        "--dialect",
        metavar="NAME",
        help="Make it of the models, as create_all() would make this database: postgresql, "
        "mariadb, mysql or sqlite.",
    ),
    click.option(
        "--schema",
        multiple=True,
        metavar="SCHEMA",
        envvar="AUTOSYNC_SCHEMA",
        help="Read this schema, too. Repeatable.",
    ),
    click.option("--rows", is_flag=True, help="Tell how many rows each table has, about."),
    click.option(
        "-o",
        "--output",
        type=click.Path(dir_okay=False, writable=True, allow_dash=True),
        default=STDOUT,
        metavar="FILE",
        help="Where to. Default: stdout.",
    ),
)


def comparing(command: Command) -> Command:
    """The options of what compares, and reports."""
    return _decorated(command, *_COMMON, _against, _alembic, *_REPORTING, _fail_on, _deadline)


def synchronizing(command: Command) -> Command:
    """The options of what applies, and reports."""
    return _decorated(command, *_COMMON, *_REPORTING, _fail_on, _deadline)


def snapshotting(command: Command) -> Command:
    """The options of what makes a snapshot."""
    return _decorated(command, *_PLACES, *_SNAPSHOT, _deadline)


def waiting(command: Command) -> Command:
    """The options of what waits."""
    return _decorated(command, *_COMMON, *_REPORTING, _timeout)


def upgrading(command: Command) -> Command:
    """The options of what runs revisions, or tells of them."""
    return _decorated(command, *_DATABASE, _revisions, _format, _deadline)


_message = click.option(
    "-m", "--message", required=True, help="What the revision is called, in a few words."
)
_pending = click.option(
    "--pending", is_flag=True, help="Write what sync would add, too, and not leave it to sync."
)


def handing_over(command: Command) -> Command:
    """The options of what writes a revision."""
    return _decorated(command, _message, *_COMMON, _pending, _format, _deadline)


def adopting(command: Command) -> Command:
    """The options of what takes a database from one repository over to another."""
    return _decorated(command, *_DATABASE, _format, _deadline)


def configuring(command: Command) -> Command:
    """The options of what only shows what is in force."""
    return _decorated(command, *_COMMON, _fail_on, _deadline)


def _decorated(command: Command, *decorators: Callable[[Command], Command]) -> Command:
    for decorate in reversed(decorators):
        command = decorate(command)
    return command
