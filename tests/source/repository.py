"""Models in a repository of their own, in which the lines are marked that an entry is to get."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from types import ModuleType

from autosync.models import MetaDataLike
from autosync.plan import Entry, Findings, Location

MARK = re.compile(r"# @ (.*)")
OLD = "left_over"

Lacking = Callable[[MetaDataLike], "dict[str, Location | None]"]
PLAIN = """
    from sqlalchemy import (
        CheckConstraint, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Sequence, String,
        UniqueConstraint,
    )
    from sqlalchemy.orm import column_property, declarative_base, deferred

    Base = declarative_base()
"""


class Repository:
    """A repository with the package ``shop`` in its folder ``src``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.package = root / "src" / "shop"
        self.package.mkdir(parents=True)
        (root / ".git").mkdir()
        (self.package / "__init__.py").touch()

    def write(self, **sources: str) -> None:
        """Write modules of the package."""
        for name, source in sources.items():
            (self.package / f"{name}.py").write_text(dedent(source), encoding="utf-8")

    def load(self, **sources: str) -> ModuleType:
        """Write modules of the package, and import the last one."""
        self.write(**sources)
        importlib.invalidate_caches()
        return importlib.import_module(f"shop.{[*sources][-1]}")

    def marked(self) -> dict[str, Location]:
        """What is marked in the package, ``# @ kind object; kind object``, and where."""
        return {
            what: Location(path.relative_to(self.root).as_posix(), number)
            for path in self.package.glob("*.py")
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
            if (mark := MARK.search(line))
            for what in mark[1].split("; ")
        }


def entries(findings: Findings) -> list[Entry]:
    return [entry for name in findings._lists() for entry in getattr(findings, name)]


def places(findings: Findings) -> dict[str, Location | None]:
    """The location of each entry, by its kind and object."""
    return {f"{entry.kind} {entry.object}": entry.location for entry in entries(findings)}


def check(found: dict[str, Location | None], repository: Repository) -> None:
    """Compare what is marked with what was found of it."""
    marked = repository.marked()
    assert marked
    assert {what: found.get(what, "no such entry") for what in marked} == marked


def plain(source: str) -> str:
    """A module of declarative classes, as every SQLAlchemy has them."""
    return dedent(PLAIN) + dedent(source)
