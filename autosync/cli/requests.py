"""What a command is to do, of what its options say: values, checked against one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from autosync import config
from autosync.addresses import Address, is_url
from autosync.cli.options import CONFIGURATION
from autosync.config import Configuration, Setting
from autosync.ownership import distrust
from autosync.report.formats import STDOUT, Output
from autosync.revisions.repository import ALEMBIC_FILE, PROJECT_FILE, is_project
from autosync.selection import EVERYTHING, PARTS


class Request(NamedTuple):
    """What a command is to do: ``settings`` are the options of :func:`autosync.plan`.

    ``against`` is the file of a snapshot that stands for the database; ``db`` is then None.
    ``environment`` is an Alembic repository whose env.py is to be honoured, and then has what
    ``target`` and ``db`` do not say.
    """

    target: str
    db: Address | None
    lock_key: Setting | None
    against: str | None
    environment: str | None
    schemas: Sequence[str]
    outputs: Sequence[Output]
    fail_on: str
    settings: dict[str, Any]


class SnapshotRequest(NamedTuple):
    """What is to be put into a snapshot: a database or, of models, what a ``dialect`` would be."""

    target: str | None
    db: Address | None
    dialect: str | None
    schemas: Sequence[str]
    output: str
    rows: bool
    deadline: float


class UpgradeRequest(NamedTuple):
    """What of a repository is to be run, or told: ``stamp`` is for a database without a version."""

    db: Address
    lock_key: Setting | None
    revisions: str
    format: str
    deadline: float
    stamp: str | None


class RevisionRequest(NamedTuple):
    """What goes into a new revision: ``settings`` are options of :func:`autosync.plan`."""

    target: str
    db: Address
    revisions: str
    message: str
    pending: bool
    format: str
    settings: dict[str, Any]


class AdoptRequest(NamedTuple):
    """From which repository to which a database is to be taken."""

    db: Address
    lock_key: Setting | None
    old: str
    new: str
    format: str
    deadline: float


def request() -> Request:
    """What the current command is told. Raises ``click.UsageError`` where something is missing."""
    context = click.get_current_context()
    given = context.params
    environment = _environment(context) if given.get("alembic") else None
    if not environment:
        _check_target(context)
    against = None if environment else given.get("against")
    url = _no_url if against else _url if environment else _needed_url
    settings = _settings(context)
    if against:
        _check_no_revisions(context)
    elif not environment:
        settings["revisions"] = _repository(context)
    return Request(
        given["target"] or "",
        url(context),
        _lock_key(context),
        against,
        environment,
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
    if context.get_parameter_source("target") is ParameterSource.COMMANDLINE and not dialect:
        raise click.UsageError(
            "a snapshot of models needs --dialect, of a database it has no TARGET", context
        )
    db = _no_url(context) if dialect else _needed_url(context)
    _check_folder(given["output"], context)
    names = ("schema", "output", "rows", "deadline")
    return SnapshotRequest(given["target"], db, dialect, *(given[name] for name in names))


def upgrade_request() -> UpgradeRequest:
    """The same of a command that is about revisions only."""
    context = click.get_current_context()
    given = context.params
    repository = _needed_repository(context)
    db = _needed_url(context)
    lock_key, format_ = _lock_key(context), given["format_"]
    return UpgradeRequest(db, lock_key, repository, format_, given["deadline"], given.get("stamp"))


def revision_request() -> RevisionRequest:
    """The same of the command that writes a revision."""
    context = click.get_current_context()
    given = context.params
    _check_target(context)
    repository = _needed_repository(context)
    return RevisionRequest(
        given["target"],
        _needed_url(context),
        repository,
        given["message"],
        given["pending"],
        given["format_"],
        _settings(context),
    )


def adopt_request() -> AdoptRequest:
    """The same of the command that goes from one repository to another."""
    context = click.get_current_context()
    given = context.params
    names = ("old_repository", "alembic_directory", "format_", "deadline")
    told = (given[name] for name in names)
    return AdoptRequest(_needed_url(context), _lock_key(context), *told)


def _check_target(context: click.Context) -> None:
    if not context.params["target"]:
        raise click.UsageError("no TARGET: name the models, for example shop.models:Base", context)


def _settings(context: click.Context) -> dict[str, Any]:
    """The options of a comparison, as far as the command has them."""
    given = context.params
    names = ("allow", "exclude", "max_rows_scanned", "deadline", "timeout")
    settings = {name: given[name] for name in names if name in given}
    settings["include"] = list(_of_schemas(given["include"], given["schema"]))
    settings["accept"] = context.meta[CONFIGURATION].acceptances
    return settings


def _lock_key(context: click.Context) -> Setting | None:
    """The secret of those who synchronize: only the file says it, others would see an option."""
    configuration: Configuration = context.meta[CONFIGURATION]
    return configuration.settings.get("lock_key")


def _needed_repository(context: click.Context) -> str:
    repository = _repository(context)
    if repository is None:
        raise click.UsageError(
            "no repository: give --revisions PATH, or set revisions in the configuration", context
        )
    return repository


def _repository(context: click.Context) -> str | None:
    """The path; what the file says is meant from where the file is."""
    path: str | None = context.params["revisions"]
    configuration: Configuration = context.meta[CONFIGURATION]
    filed = context.get_parameter_source("revisions") is ParameterSource.DEFAULT_MAP
    if path and filed and configuration.path is not None:
        return str(configuration.path.parent / path)
    return path


def _environment(context: click.Context) -> str:
    """The Alembic repository, as Alembic finds it where nothing is said."""
    if context.get_parameter_source("against") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--alembic and --against are two things to choose from", context)
    repository = _repository(context)
    if repository is None:
        repository = PROJECT_FILE if is_project(Path(PROJECT_FILE)) else ALEMBIC_FILE
    if not Path(repository).exists():
        raise click.UsageError(
            f"there is no {repository} here: give --revisions PATH, the {ALEMBIC_FILE} or the "
            "folder of an Alembic environment",
            context,
        )
    if context.params["revisions"] is None:
        _check_owner(Path(repository), context)
    return repository


def _check_owner(path: Path, context: click.Context) -> None:
    """Nobody has named it, and it says which code is run."""
    why = distrust(path, path.stat())
    if why:
        raise click.UsageError(
            f"{path}: {why}; if you trust it, name it: --revisions {path}", context
        )


def _check_no_revisions(context: click.Context) -> None:
    """They are of a database; what the environment or a file says is not meant."""
    if context.get_parameter_source("revisions") is ParameterSource.COMMANDLINE:
        raise click.UsageError(
            "--revisions and --against are two things to choose from: a snapshot does not tell "
            "at which revision its database was",
            context,
        )


def _needed_url(context: click.Context) -> Address:
    db = _url(context)
    if not db:
        raise click.UsageError("no database: give --db URL, or set DATABASE_URL", context)
    return db


def _no_url(context: click.Context) -> Address | None:
    """None, and nobody may ask for one: what the environment or a file says is not meant."""
    if context.get_parameter_source("db") is ParameterSource.COMMANDLINE:
        instead = "--against" if context.params.get("against") else "--dialect"
        raise click.UsageError(f"--db and {instead} are two things to choose from", context)
    return None


def _url(context: click.Context) -> Address | None:
    """The database: as the file has it where it was asked for by its name on the command line."""
    configuration: Configuration = context.meta[CONFIGURATION]
    filed = configuration.settings.get("url")
    source = context.get_parameter_source("db")
    if filed is not None and source is not ParameterSource.COMMANDLINE:
        by_name = context.get_parameter_source("database") is ParameterSource.COMMANDLINE
        if by_name or source is ParameterSource.DEFAULT_MAP:
            return config.expanded(filed.value, filed.place)
    return Address(context.params["db"]) if context.params["db"] else None


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
    if is_url(path):
        # and not a word of it: there may be a password in it
        raise click.UsageError(
            "--output is the file that the report goes to, and was given a URL; the database is "
            "--db, or DATABASE_URL",
            context,
        )
    if path != STDOUT and not Path(path).parent.is_dir():
        raise click.UsageError(f"there is no folder {Path(path).parent} for {path}", context)
