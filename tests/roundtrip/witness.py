"""Two witnesses of one database: what autosync and what Alembic say of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Engine

import autosync

Outcome = Literal["in sync", "differs", "fails"]
ALEMBIC = tuple(int(part) for part in version("alembic").split(".")[:2])


@dataclass(frozen=True)
class Verdict:
    """What a witness says of a database, and about what."""

    outcome: Outcome
    about: str = ""

    def __str__(self) -> str:
        return f"{self.outcome}: {self.about}" if self.about else self.outcome


IN_SYNC = Verdict("in sync")


def by_autosync(engine: Engine, metadata: sa.MetaData) -> Verdict:
    """What autosync says; a note is a difference, too."""
    try:
        plan = autosync.plan(engine, metadata)
    except Exception as error:  # noqa: BLE001 - to fail is an outcome
        return Verdict("fails", one_line(error))
    entries = [*plan.pending, *plan.refused, *plan.undecided, *plan.notes]
    return differs(f"{entry.difference} of {entry.kind} {entry.object}" for entry in entries)


def by_alembic(engine: Engine, metadata: sa.MetaData) -> Verdict:
    """What Alembic says with types and defaults on, of the schemas that the models are in."""
    schemas = {table.schema for table in metadata.tables.values()}

    def is_ours(name: str | None, kind: str, parents: Any) -> bool:
        return kind != "schema" or name in schemas

    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_schemas": schemas != {None},
        "include_name": is_ours,
    }
    try:
        with engine.connect() as connection, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the tests make errors of them
            context = MigrationContext.configure(connection, opts=options)
            return differs(described(compare_metadata(context, metadata)))
    except Exception as error:  # noqa: BLE001 - to fail is an outcome
        return Verdict("fails", one_line(error))


def differs(about: Iterable[str]) -> Verdict:
    """The verdict on these differences."""
    listed = "; ".join(about)
    return Verdict("differs", listed) if listed else IN_SYNC


def described(found: Iterable[Any]) -> Iterator[str]:
    """Alembic's differences in a few words each; those of one column come as a list."""
    for one in found:
        if isinstance(one, list):
            yield from described(one)
        elif one[0].startswith("modify_"):
            aspect, _, table, column, _, before, after = one
            yield f"{aspect} of {table}.{column}: {spelled(before)} -> {spelled(after)}"
        else:
            yield f"{one[0]} {spelled(getattr(one[1], 'name', None) or one[1])}"


def spelled(value: Any) -> str:
    argument = getattr(value, "arg", value)
    return " ".join(str(getattr(argument, "text", argument)).split())


def one_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"
