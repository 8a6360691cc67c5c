"""Modules as they are written: their definitions, attributes and calls, by file and line.

Source may be anything, or be gone: what cannot be read or parsed is not there.
"""

from __future__ import annotations

import ast
import contextlib
import re
import sys
import sysconfig
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

from autosync.plan import Location

One = TypeVar("One")

REPOSITORY = ((".git",), ("pyproject.toml", "setup.cfg", "setup.py"))
"""What marks the root of a repository: the first of these that any parent has."""
INSTALLED = {"site-packages", "dist-packages"}
STANDALONE = ("Table", "CreateView", "create_view", "create_materialized_view", "Sequence")
"""What makes a thing of the database outside of any class."""
_STANDALONE = re.compile(rf"\b({'|'.join(STANDALONE)})\s*\(")
_NAME_AT = {
    "CreateView": 1,
    "CheckConstraint": 1,
    "ForeignKeyConstraint": 2,
    "UniqueConstraint": None,
    "PrimaryKeyConstraint": None,
    "ExcludeConstraint": None,
}
"""Which positional argument is the name of what a call makes, where it is not the first."""
STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib")).resolve()


class Spot(NamedTuple):
    """A part of a file, or the whole of it."""

    file: Path
    node: ast.AST

    @property
    def location(self) -> Location:
        """Where it begins; of a class or a function, where it does without its decorators."""
        return Location(_relative(self.file), getattr(self.node, "lineno", 1))


Calls = dict[str | None, dict[str | None, list[Spot]]]
"""Calls by what they call, and by the literal name that they give."""


class Sources:
    """The modules that are imported; each is read and parsed at most once."""

    def __init__(self) -> None:
        self._trees: dict[Path, ast.Module | None] = {}
        self._classes: dict[Path, dict[str, list[Spot]]] = {}
        self._calls: dict[Spot, Calls] = {}

    def class_(self, class_: type) -> Spot | None:
        """The definition of a class; None where there is none, or more than one may be it."""
        whole = self._whole(_file(sys.modules.get(class_.__module__)))
        if whole is None:
            return None
        if whole.file not in self._classes:
            self._classes[whole.file] = _classes(whole)
        return only(self._classes[whole.file].get(class_.__qualname__, []))

    def assigned(self, module: ModuleType, name: str) -> Spot | None:
        """What a module binds a name of its own to; of several statements, the last."""
        whole = self._whole(_file(module))
        return bound(whole, name) if whole else None

    def calls(self, spot: Spot, makers: Iterable[str]) -> list[Spot]:
        """The calls, anywhere inside, of what is called one of ``makers``, in whatever module."""
        found = self._calls_in(spot)
        return [
            call for maker in makers for calls in found.get(maker, {}).values() for call in calls
        ]

    def beside(self, spot: Spot, makers: Iterable[str], name: str) -> list[Spot]:
        """The calls that give a literal name, anywhere in the file in which ``spot`` is."""
        found = self._calls_in(self._whole(spot.file) or spot)
        return [call for maker in makers for call in found.get(maker, {}).get(name, [])]

    def standalone(self, maker: str, name: str) -> list[Spot]:
        """The calls of a ``maker``, one of :data:`STANDALONE`, that give a literal name."""
        files = (file for file, text in self._makers if _may_give(text, name))
        wholes = [whole for whole in map(self._whole, files) if whole]
        found = [self._calls_in(whole).get(maker, {}) for whole in wholes]
        return [call for calls in found for call in calls.get(name, [])]

    def _calls_in(self, spot: Spot) -> Calls:
        if spot not in self._calls:
            self._calls[spot] = _calls(spot)
        return self._calls[spot]

    @cached_property
    def _makers(self) -> list[tuple[Path, str]]:
        """The modules that may make what stands alone; what is installed does not count."""
        files = {_file(module) for module in list(sys.modules.values())}
        own = sorted(file for file in files if file and not is_installed(file))
        texts = [(file, _read(file) or "") for file in own]
        return [(file, text) for file, text in texts if _STANDALONE.search(text)]

    def _whole(self, file: Path | None) -> Spot | None:
        if file is None:
            return None
        if file not in self._trees:
            self._trees[file] = _parsed(_read(file))
        tree = self._trees[file]
        return Spot(file, tree) if tree else None


def _file(module: Any) -> Path | None:
    """The file of a module, or of whatever stands in the place of one."""
    with contextlib.suppress(Exception):
        return Path(vars(module)["__file__"]).resolve()
    return None


def _read(file: Path) -> str | None:
    try:
        with tokenize.open(file) as source:
            return source.read()
    except (OSError, SyntaxError, ValueError):
        return None


def _may_give(text: str, name: str) -> bool:
    """Whether a module may say this name: what is no identifier could be spelled in many ways."""
    return not name.isidentifier() or f'"{name}"' in text or f"'{name}'" in text


def _parsed(text: str | None) -> ast.Module | None:
    if text is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python thinks of it, it has said already
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@cache
def is_installed(file: Path) -> bool:
    """Whether a file came with a package or with Python, and is nobody's own."""
    return bool(INSTALLED.intersection(file.parts)) or file.is_relative_to(STANDARD_LIBRARY)


def _relative(file: Path) -> str:
    root = _repository(file.parent) or Path.cwd()
    return (file.relative_to(root) if file.is_relative_to(root) else file).as_posix()


@cache
def _repository(folder: Path) -> Path | None:
    parents = (folder, *folder.parents)
    return next(
        (one for marks in REPOSITORY for one in parents if any((one / m).exists() for m in marks)),
        None,
    )


def only(found: Iterable[One]) -> One | None:
    """The one that was found; None where there are several, for any would be a guess."""
    distinct = list(dict.fromkeys(found))
    return distinct[0] if len(distinct) == 1 else None


def bound(spot: Spot, name: str) -> Spot | None:
    """The statement of a class or a module that binds ``name`` there; of several, the last."""
    found = [one for one in _statements(spot.node) if _binds(one, name)]
    return Spot(spot.file, found[-1]) if found else None


def contains(spot: Spot, part: Spot) -> bool:
    """Whether ``part`` is inside ``spot``."""
    return spot.file == part.file and any(node is part.node for node in ast.walk(spot.node))


def arguments(spot: Spot) -> list[Spot]:
    """The positional arguments of a call."""
    return [Spot(spot.file, node) for node in getattr(spot.node, "args", [])]


def given_name(spot: Spot) -> str | None:
    """The literal name that a call gives to what it makes."""
    position = _NAME_AT.get(maker(spot) or "", 0)
    given = [] if position is None else arguments(spot)[position : position + 1]
    return _literal(given[0].node if given else keyword(spot, "name"))


def mentioned(spot: Spot) -> tuple[str | None, ...]:
    """The columns that a call for a constraint or an index is given, in a word each."""
    given = arguments(spot)
    if maker(spot) == "ForeignKeyConstraint":
        columns = given[0].node if given else keyword(spot, "columns")
        return tuple(map(word, getattr(columns, "elts", [])))
    return tuple(word(one.node) for one in given[1 if maker(spot) == "Index" else 0 :])


def assigned_call(spot: Spot) -> Spot | None:
    """The call whose result a statement assigns."""
    value = getattr(spot.node, "value", None)
    return Spot(spot.file, value) if isinstance(value, ast.Call) else None


def maker(spot: Spot) -> str | None:
    """What a call calls, None for what is no call."""
    return word(spot.node.func) if isinstance(spot.node, ast.Call) else None


def keyword(spot: Spot, name: str) -> ast.expr | None:
    """A keyword argument of a call."""
    given = getattr(spot.node, "keywords", [])
    return next((one.value for one in given if one.arg == name), None)


def word(node: ast.AST) -> str | None:
    """What an expression says in a word: a literal text, a name, or what stands after a dot."""
    return _literal(node) or getattr(node, "attr", None) or getattr(node, "id", None)


def _literal(node: ast.AST | None) -> str | None:
    value = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) else None


def _calls(spot: Spot) -> Calls:
    found: Calls = {}
    for node in ast.walk(spot.node):
        if isinstance(node, ast.Call):
            call = Spot(spot.file, node)
            found.setdefault(maker(call), {}).setdefault(given_name(call), []).append(call)
    return found


_SCOPES = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements of a scope in their order, also those inside its conditions and blocks."""
    waiting = [*ast.iter_child_nodes(node)][::-1]
    while waiting:  # each elif is inside the one before, and they may be more than can recurse
        child = waiting.pop()
        if isinstance(child, ast.stmt):
            yield child
        if not isinstance(child, (*_SCOPES, ast.expr)):
            waiting += [*ast.iter_child_nodes(child)][::-1]


def _classes(scope: Spot, prefix: str = "") -> dict[str, list[Spot]]:
    """The classes in a scope, and in those inside of it, by the names that Python gives them."""
    found: dict[str, list[Spot]] = {}
    for statement in _statements(scope.node):
        if isinstance(statement, _SCOPES):
            spot, name = Spot(scope.file, statement), prefix + statement.name
            is_class = isinstance(statement, ast.ClassDef)
            if is_class:
                found.setdefault(name, []).append(spot)
            for inner, spots in _classes(
                spot, f"{name}." if is_class else f"{name}.<locals>."
            ).items():
                found.setdefault(inner, []).extend(spots)
    return found


def _binds(statement: ast.stmt, name: str) -> bool:
    if isinstance(statement, _SCOPES):
        return statement.name == name
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    single = [one for target in targets for one in getattr(target, "elts", [target])]
    return any(isinstance(one, ast.Name) and one.id == name for one in single)
