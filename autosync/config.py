"""The configuration file: ``[tool.autosync]`` in pyproject.toml, or autosync.toml."""

from __future__ import annotations

import datetime
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from autosync.acceptance import Acceptance
from autosync.addresses import Address
from autosync.failures import USAGE, Failure, did_you_mean
from autosync.ownership import distrust

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OWN_FILE = "autosync.toml"
PROJECT_FILE = "pyproject.toml"
DATABASES = "databases"
ACCEPT = "accept"

_VARIABLE = re.compile(r"\$\{(\w+)\}")


class Kind(NamedTuple):
    """What a key takes, in words, and what tells whether a value is that."""

    words: str
    fits: Callable[[Any], bool]


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


TEXT = Kind("a string", lambda value: isinstance(value, str))
TEXTS = Kind("a list of strings", _is_texts)
NUMBER = Kind("a number", _is_number)
DAY = Kind("a date, such as 2027-01-31 without quotes", lambda v: type(v) is datetime.date)
TABLES = Kind("a list of tables", lambda v: isinstance(v, list) and all(map(_is_table, v)))


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


KEYS: Mapping[str, Kind] = {
    "target": TEXT,
    "url": TEXT,
    "allow": TEXTS,
    "include": TEXTS,
    "exclude": TEXTS,
    "schema": TEXTS,
    "fail_on": TEXT,
    "max_rows_scanned": NUMBER,
    "deadline": NUMBER,
    "revisions": TEXT,
    "lock_key": TEXT,
    ACCEPT: TABLES,
}
"""What may be set, at the top and for each of the named databases."""
ACCEPTANCE: Mapping[str, Kind] = {
    "code": TEXT,
    "object": TEXT,
    "fingerprint": TEXT,
    "reason": TEXT,
    "until": DAY,
}


class Setting(NamedTuple):
    """A value, and the place that it came from."""

    value: Any
    place: str


class Configuration(NamedTuple):
    """What a file says, for one of its databases; nothing, where there is no file."""

    path: Path | None = None
    settings: Mapping[str, Setting] = {}

    @property
    def acceptances(self) -> tuple[Acceptance, ...]:
        """The refusals that are accepted."""
        setting = self.settings.get(ACCEPT)
        return () if setting is None else tuple(Acceptance(**one) for one in setting.value)


def find(start: Path) -> Path | None:
    """The configuration file of a folder, or of the nearest one above it that has one, up to the
    root of the file system.
    """
    for folder in (start, *start.parents):
        if (folder / OWN_FILE).is_file():
            return folder / OWN_FILE
        project = folder / PROJECT_FILE
        if project.is_file() and _section(_parsed(project), project) is not None:
            return project
    return None


def load(path: Path, database: str | None = None, *, named: bool = True) -> Configuration:
    """What a file says; with ``database``, what it says of that one comes before the rest.

    Raises :class:`~autosync.failures.Failure` for a file that cannot be read, a database that it
    does not name, an unknown key and a value of the wrong kind; and where nobody ``named`` it, for
    one that belongs to somebody else.
    """
    section = _section(_parsed(path, named=named), path) or {}
    databases = section.pop(DATABASES, {})
    if not (_is_table(databases) and all(map(_is_table, databases.values()))):
        raise _wrong(path, f"{DATABASES} is a table of tables, one for each database")
    settings = _settings(section, path, "")
    for name, values in databases.items():
        found = _settings(values, path, f"{DATABASES}.{name}.")
        if name == database:
            settings |= found
    if database is not None and database not in databases:
        near = did_you_mean(database, databases) or f"; there is {', '.join(databases) or 'none'}"
        raise _wrong(path, f"there is no database {database!r}{near}")
    return Configuration(path, settings)


def expanded(text: str, place: str) -> Address:
    """``text`` with each ``${NAME}`` replaced by the environment variable of that name, and where
    in it these stand: they are secrets.
    """
    missing = [name for name in _VARIABLE.findall(text) if name not in os.environ]
    if missing:
        raise Failure(
            f"{place} needs the environment variable {missing[0]}, which is not set", status=USAGE
        )
    made, spans, done = "", [], 0
    for match in _VARIABLE.finditer(text):
        made += text[done : match.start()]
        spans.append((len(made), len(made) + len(os.environ[match[1]])))
        made, done = made + os.environ[match[1]], match.end()
    return Address(made + text[done:], tuple(spans))


def secret(setting: Setting | None) -> str | None:
    """A setting that nobody else may know, expanded; None where it is not set."""
    if setting is None:
        return None
    text = expanded(setting.value, setting.place).text
    if not text:
        raise Failure(
            f"{setting.place} is empty: give a secret that all synchronizers share, or take it out",
            status=USAGE,
        )
    return text


def _parsed(path: Path, *, named: bool = True) -> dict[str, Any]:
    try:
        if not named:
            _check_owner(path, path.stat())
        with path.open(encoding="utf-8") as file:
            if not named:
                # once more: it may be another one by now
                _check_owner(path, os.fstat(file.fileno()))
            return tomllib.loads(file.read())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(path, f"it cannot be read: {error}") from error


def _check_owner(path: Path, found: os.stat_result) -> None:
    why = distrust(path, found)
    if why:
        raise _wrong(
            path,
            f"{why}. What it says is not followed, since nobody has named it, and it decides which "
            "database is changed and which code is imported. If you trust it, name it: "
            f"--config {shlex.quote(str(path))}, or AUTOSYNC_CONFIG",
        )


def _section(content: dict[str, Any], path: Path) -> dict[str, Any] | None:
    if path.name != PROJECT_FILE:
        return content
    section: dict[str, Any] | None = content.get("tool", {}).get("autosync")
    return section


def _settings(values: Mapping[str, Any], path: Path, prefix: str) -> dict[str, Setting]:
    _check(values, KEYS, path, prefix, more=[] if prefix else [DATABASES])
    for number, one in enumerate(values.get(ACCEPT, []), 1):
        which = f"{prefix}{ACCEPT}[{number}]"
        _check(one, ACCEPTANCE, path, f"{which}.")
        lacking = [name for name in ACCEPTANCE if name not in one and name != "until"]
        if lacking:
            raise _wrong(path, f"{which} needs {', '.join(lacking)}{_advice(lacking)}")
    return {name: Setting(value, f"{path.name}: {prefix}{name}") for name, value in values.items()}


def _advice(lacking: Iterable[str]) -> str:
    if "fingerprint" not in lacking:
        return ""
    return "; a refusal's fingerprint is in autosync plan --format json"


def _check(
    values: Mapping[str, Any],
    kinds: Mapping[str, Kind],
    path: Path,
    prefix: str,
    more: Iterable[str] = (),
) -> None:
    for name, value in values.items():
        if name not in kinds:
            near = did_you_mean(name, [*kinds, *more]) or f"; there is {', '.join([*kinds, *more])}"
            raise _wrong(path, f"there is no key {prefix}{name}{near}")
        if not kinds[name].fits(value):
            raise _wrong(path, f"{prefix}{name} is {kinds[name].words}, not {_briefly(value)}")


def _briefly(value: Any) -> str:
    # not all that is in it: it may be a URL
    return "a list" if isinstance(value, list) else "a table" if _is_table(value) else repr(value)


def _wrong(path: Path, said: str) -> Failure:
    return Failure(f"{path}: {said}", status=USAGE)
