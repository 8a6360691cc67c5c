"""What an Alembic repository is configured with: alembic.ini, pyproject.toml, or both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.config import Config

from autosync.errors import InvalidRepository
from autosync.ownership import distrust
from autosync.revisions.repository import ALEMBIC_FILE, PROJECT_FILE, is_project

LOCATION = "script_location"


def configuration(path: Path) -> Config:
    """Alembic's own, of one of these files, or of a script directory and the files beside it.

    Where the scripts are is meant from where the file is, as the files of a project are.
    """
    if path.is_file():
        return _of_files(path.parent, path, named=path)
    found = _of_files(path.parent, path.parent / ALEMBIC_FILE, named=path)
    location = found.get_main_option(LOCATION)
    if location is None or Path(location).resolve() != path.resolve():
        found = Config()
        found.set_main_option(LOCATION, literal(path))
    return found


def literal(value: object) -> str:
    """A value for a configuration file, in which % begins a variable."""
    return str(value).replace("%", "%%")


def _of_files(folder: Path, path: Path, named: Path) -> Config:
    """Of a file and, as Alembic does, of the one of the other kind in its folder."""
    project = folder / PROJECT_FILE
    ini = folder / ALEMBIC_FILE if path == project else path
    files: dict[str, Any] = {"file_": str(ini)} if ini.is_file() else {}
    if is_project(project):
        files["toml_file"] = str(project)
    for file in map(Path, files.values()):
        _check_owner(file, named)
    try:
        found = Config(**files)
    except TypeError:
        raise InvalidRepository(
            f"{project} configures Alembic, and the installed Alembic cannot read it: 1.16 is the "
            "first that can; install that, or write an alembic.ini"
        ) from None
    location = _location(found)
    if location is not None:
        beside = folder / location
        is_beside = beside != folder and beside.is_dir()
        found.set_main_option(LOCATION, literal(beside if is_beside else location))
    return found


def _check_owner(file: Path, named: Path) -> None:
    """It says where scripts are that are run, and was found beside what was named."""
    why = "" if file == named else distrust(file, file.stat(), named)
    if why:
        raise InvalidRepository(
            f"{file}: {why}; what it says of {named} is not followed: if you trust it, name it in "
            "place of that"
        )


def _location(config: Config) -> str | None:
    """Where the scripts are, by whichever file says it."""
    said = config.get_main_option(LOCATION)
    if said is None and getattr(config, "toml_file_name", None):
        said = str(config.get_alembic_option(LOCATION) or "") or None
    return said
