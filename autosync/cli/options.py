"""What the commands are told: by flags, by the environment, and by the configuration file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
from click.core import ParameterSource

from autosync import api, config
from autosync.config import Configuration
from autosync.failures import USAGE, Failure
from autosync.report.formats import FORMATS, STDOUT, Output
from autosync.selection import EVERYTHING, PARTS, Pattern

Command = TypeVar("Command", bound=Callable[..., Any])

FAIL_ON = ("refused", "undecided", "pending", "never")
"""Each includes those before it, but for ``never``."""
CONFIGURATION = "autosync.configuration"
"""Where a context keeps what the file says."""
_FILED = "autosync.filed"
KEYS = {"url": "db"}
"""The keys of the configuration file that have another name than their option."""


class Request(NamedTuple):
    """What a command is to do: ``settings`` are the options of :func:`autosync.plan`.

    ``against`` is the file of a snapshot that stands for the database; ``db`` is then empty.
    """

    target: str
    db: str
    against: str | None
    schemas: Sequence[str]
    outputs: Sequence[Output]
    fail_on: str
    settings: dict[str, Any]


class SnapshotRequest(NamedTuple):
    """What is to be put into a snapshot: a database or, of models, what a ``dialect`` would be."""

    target: str | None
    db: str
    dialect: str | None
    schemas: Sequence[str]
    output: str
    rows: bool
    deadline: float


class UpgradeRequest(NamedTuple):
    """What of a repository is to be run, or told: ``stamp`` is for a database without a version."""

    db: str
    revisions: str
    format: str
    deadline: float
    stamp: str | None


def _configure(context: click.Context, option: click.Parameter, value: str | None) -> None:
    """Take the file's values for defaults, once it is known which file and which database."""
    said = context.meta.setdefault(_FILED, {})
    said[option.name] = value
    if context.resilient_parsing or len(said) < len((_config, _database)):
        return
    path = Path(said["config"]) if said["config"] else config.find(Path.cwd())
    if path is None and said["database"]:
        raise Failure(
            f"--database {said['database']} names a database of the configuration file, and there "
            f"is neither {config.OWN_FILE} nor [tool.autosync] in {config.PROJECT_FILE}",
            status=USAGE,
        )
    found = Configuration() if path is None else config.load(path, said["database"])
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
    "here or in a folder above.",
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
    return _decorated(command, *_COMMON, _against, *_REPORTING, _fail_on, _deadline)


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


def configuring(command: Command) -> Command:
    """The options of what only shows what is in force."""
    return _decorated(command, *_COMMON, _fail_on, _deadline)


def _decorated(command: Command, *decorators: Callable[[Command], Command]) -> Command:
    for decorate in reversed(decorators):
        command = decorate(command)
    return command


def request() -> Request:
    """What the current command is told. Raises ``click.UsageError`` where something is missing."""
    context = click.get_current_context()
    given = context.params
    if not given["target"]:
        raise click.UsageError("no TARGET: name the models, for example shop.models:Base", context)
    against = given.get("against")
    db = _no_url(context) if against else _needed_url(context)
    names = ("allow", "exclude", "max_rows_scanned", "deadline", "timeout")
    settings = {name: given[name] for name in names if name in given}
    settings["include"] = list(_of_schemas(given["include"], given["schema"]))
    settings["accept"] = context.meta[CONFIGURATION].acceptances
    if against:
        _check_no_revisions(context)
    else:
        settings["revisions"] = _repository(context)
    return Request(
        given["target"],
        db,
        against,
        given["schema"],
        _outputs(given["formats"], given["outputs"]),
        given.get("fail_on", "never"),
        settings,
    )


def snapshot_request() -> SnapshotRequest:
    """The same of a command that makes a snapshot."""
    context = click.get_current_context()
    given = context.params
    dialect = given["dialect"]
    if dialect and not given["target"]:
        raise click.UsageError("no TARGET: --dialect makes a snapshot of models", context)
    db = _no_url(context) if dialect else _needed_url(context)
    _check_folder(given["output"], context)
    names = ("schema", "output", "rows", "deadline")
    return SnapshotRequest(given["target"], db, dialect, *(given[name] for name in names))


def upgrade_request() -> UpgradeRequest:
    """The same of a command that is about revisions only."""
    context = click.get_current_context()
    given = context.params
    repository = _repository(context)
    if repository is None:
        raise click.UsageError(
            "no repository: give --revisions PATH, or set revisions in the configuration", context
        )
    db = _needed_url(context)
    return UpgradeRequest(db, repository, given["format_"], given["deadline"], given.get("stamp"))


def _repository(context: click.Context) -> str | None:
    """The path; what the file says is meant from where the file is."""
    path: str | None = context.params["revisions"]
    configuration: Configuration = context.meta[CONFIGURATION]
    filed = context.get_parameter_source("revisions") is ParameterSource.DEFAULT_MAP
    if path and filed and configuration.path is not None:
        return str(configuration.path.parent / path)
    return path


def _check_no_revisions(context: click.Context) -> None:
    """They are of a database; what the environment or a file says is not meant."""
    if context.get_parameter_source("revisions") is ParameterSource.COMMANDLINE:
        raise click.UsageError(
            "--revisions and --against are two things to choose from: a snapshot does not tell "
            "at which revision its database was",
            context,
        )


def _needed_url(context: click.Context) -> str:
    db = _url(context)
    if not db:
        raise click.UsageError("no database: give --db URL, or set DATABASE_URL", context)
    return db


def _no_url(context: click.Context) -> str:
    """None, and nobody may ask for one: what the environment or a file says is not meant."""
    if context.get_parameter_source("db") is ParameterSource.COMMANDLINE:
        instead = "--against" if context.params.get("against") else "--dialect"
        raise click.UsageError(f"--db and {instead} are two things to choose from", context)
    return ""


def _url(context: click.Context) -> str | None:
    """The database: as the file has it where it was asked for by its name on the command line."""
    configuration: Configuration = context.meta[CONFIGURATION]
    filed = configuration.settings.get("url")
    source = context.get_parameter_source("db")
    if filed is not None and source is not ParameterSource.COMMANDLINE:
        by_name = context.get_parameter_source("database") is ParameterSource.COMMANDLINE
        if by_name or source is ParameterSource.DEFAULT_MAP:
            return config.expanded(filed.value, filed.place)
    url: str | None = context.params["db"]
    return url


def _of_schemas(patterns: Sequence[str], schemas: Sequence[str]) -> Iterator[str]:
    """The patterns, in these schemas where they name none."""
    for pattern in patterns or [EVERYTHING] * bool(schemas):
        count = pattern.count(".") + 1
        if not schemas or count >= PARTS:
            yield pattern
        else:
            rest = f".{EVERYTHING}" * (PARTS - 1 - count)
            yield from (f"{schema}.{pattern}{rest}" for schema in schemas)


def _outputs(formats: Sequence[str], paths: Sequence[str]) -> list[Output]:
    context = click.get_current_context()
    if len(paths) > len(formats):
        raise click.UsageError("there are more --output than --format", context)
    places = [*paths, *[STDOUT] * (len(formats) - len(paths))]
    if places.count(STDOUT) > 1:
        raise click.UsageError(
            "only one --format can go to stdout: give --output for each", context
        )
    for path in places:
        _check_folder(path, context)
    return [Output(*one) for one in zip(formats, places, strict=True)]


def _check_folder(path: str, context: click.Context) -> None:
    if path != STDOUT and not Path(path).parent.is_dir():
        raise click.UsageError(f"there is no folder {Path(path).parent} for {path}", context)
