"""TARGET: where the models are, as ``package.module:attribute``."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa

from autosync.errors import EmptyMetaData
from autosync.failures import USAGE, Failure, did_you_mean
from autosync.models import collect

_NAMES = r"\w+(?:\.\w+)*"
_TARGET = re.compile(rf"({_NAMES})(?::({_NAMES})?)?")
_MANY = 5


def load(target: str, *, allow_empty: bool = False) -> object:
    """What ``target`` names, imported with the current directory first: one or more MetaDatas.

    Without ``:attribute`` it is the module itself, which must then have a ``metadata``. Raises
    :class:`~autosync.failures.Failure`.
    """
    match = _TARGET.fullmatch(target)
    if match is None or Path(match[1]).is_file():
        raise Failure(_malformed(target), status=USAGE)
    name, path = match.groups()
    module = _imported(name)
    found = _attribute(module, path)
    _check(found, module, target, allow_empty=allow_empty)
    return found


def _malformed(target: str) -> str:
    said = f"TARGET is package.module:attribute, for example shop.models:Base, but not {target!r}"
    path, _, attribute = target.partition(":")
    if "/" not in path and not path.endswith(".py"):
        return said
    module = ".".join(Path(path).with_suffix("").parts)
    return f"{said}; did you mean {module}:{attribute or 'Base'}?"


def add_current_directory() -> str:
    """Make what is in the current directory importable, and return its path."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    importlib.invalidate_caches()
    return here


def _imported(name: str) -> ModuleType:
    here = add_current_directory()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise Failure(_not_found(name, error.name, here), status=USAGE) from error
        raise Failure(_broken(name, error, here)) from error
    except (Exception, SystemExit) as error:
        raise Failure(_broken(name, error, here)) from error


def _not_found(name: str, missing: str, here: str) -> str:
    """``missing`` is the part of the dotted name that is not there."""
    parent, _, last = missing.rpartition(".")
    package = sys.modules.get(parent) if parent else None
    if parent and not hasattr(package, "__path__"):
        said = f"{parent} is a module and no package, so there is no {missing}"
        return f"{said}; did you mean {parent}:{name.removeprefix(parent + '.')}?"
    if parent:
        near = did_you_mean(last, _modules(getattr(package, "__path__", [])))
        return f"the package {parent} has no module {last}{near}"
    near = did_you_mean(last, [*_modules([here]), *_modules(sys.path)])
    return f"there is no module {last} in {here}, nor is it installed{near}"


def _modules(path: Iterable[str]) -> list[str]:
    return [found.name for found in pkgutil.iter_modules(list(path))]


def _broken(name: str, error: BaseException, here: str) -> str:
    said = traceback.format_exception_only(type(error), error)[-1].strip()
    message = f"importing {name} failed: {said} ({_place(error, here)})"
    if isinstance(error, ModuleNotFoundError):
        message += "; run autosync in the environment in which the application is installed"
    elif isinstance(error, SystemExit):
        message += '; a script needs its if __name__ == "__main__" to be imported'
    return message


def _place(error: BaseException, here: str) -> str:
    """The last line of the user's own code on the way to the error, or else of any."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_relative(error.filename, here)}, line {error.lineno}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<")
    ]
    own = [f for f in frames if f.filename.startswith(here) and "site-packages" not in f.filename]
    last = (own or frames)[-1]
    return f"{_relative(last.filename, here)}, line {last.lineno}"


def _relative(filename: str, here: str) -> str:
    path = Path(filename)
    return str(path.relative_to(here)) if path.is_relative_to(here) else filename


def _attribute(module: ModuleType, path: str | None) -> Any:
    found: Any = module
    name = module.__name__ + ":"
    for part in path.split(".") if path else []:
        try:
            found = getattr(found, part)
        except AttributeError as error:
            near = did_you_mean(part, (n for n in dir(found) if not n.startswith("__")))
            hint = near or _candidates(module)
            said = f"{name.rstrip(':.')} has no attribute {part}{hint}"
            raise Failure(said, status=USAGE) from error
        name += f"{part}."
    return found


def _check(found: Any, module: ModuleType, target: str, *, allow_empty: bool) -> None:
    try:
        collect(found, allow_empty=allow_empty)
    except TypeError as error:
        kind = f"is a {type(found).__name__}," if found is not module else "is a module"
        said = f"{target} {kind} without a MetaData in .metadata{_candidates(module)}"
        raise Failure(said, status=USAGE) from error
    except EmptyMetaData as error:
        raise Failure(
            f"the MetaData of {target} holds no table: name a module that imports all models, or "
            "give --allow empty-metadata if there are none on purpose"
        ) from error


def _candidates(module: ModuleType) -> str:
    names = list(_with_metadata(module))[:_MANY]
    return f"; did you mean {' or '.join(f'{module.__name__}:{n}' for n in names)}?" * bool(names)


def _with_metadata(module: ModuleType) -> Iterator[str]:
    """The names in a module that stand for models: a MetaData, a declarative base and the like."""
    for name, value in vars(module).items():
        # looking into a proxy may raise anything
        with contextlib.suppress(Exception):
            held = value if isinstance(value, sa.MetaData) else getattr(value, "metadata", None)
            one_of_many = hasattr(value, "__table__") or isinstance(value, (sa.Table, ModuleType))
            if isinstance(held, sa.MetaData) and not one_of_many and not name.startswith("_"):
                yield name
