"""What a drift is: one aspect of a live database that is no longer as the models say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from autosync.plan import Plan, Report
from tests.servers.database import SQLALCHEMY

ALL = ("sqlite", "postgresql", "mariadb", "mysql")
Models = Callable[[sa.MetaData], object]


@dataclass(frozen=True)
class Drift:
    """Models, what became of their database, and all that must be found.

    ``models`` and ``live`` define tables in the MetaData they are given. By database, ``setup`` is
    run before ``live``, or the models themselves, are created, and ``sql`` after. ``finds`` maps
    ``"kind object difference"`` to a code. ``since`` is the first SQLAlchemy that can declare it,
    ``server`` the first version of PostgreSQL that has it.
    """

    name: str
    models: Models
    finds: Mapping[str, str]
    live: Models | None = None
    setup: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sql: Mapping[str, Sequence[str]] = field(default_factory=dict)
    databases: Sequence[str] = ALL
    since: tuple[int, int] = (1, 4)
    server: int = 0

    def runs_on(self) -> list[str]:
        """The databases that have the aspect; a drift that is made by SQL is only where that is."""
        if self.since > SQLALCHEMY:
            return []
        return [name for name in self.databases if name in self.sql or not self.sql]

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def metadata(models: Models) -> sa.MetaData:
    """The MetaData that models make."""
    made = sa.MetaData()
    models(made)
    return made


def table(*items: Any, name: str = "t", key: bool = True, **options: Any) -> Models:
    """Models with one table of these items, behind an integer key.

    A column is copied for each MetaData; what cannot be copied is a function that makes it.
    """

    def define(md: sa.MetaData) -> None:
        first = [sa.Column("id", sa.Integer, primary_key=True)] if key else []
        sa.Table(name, md, *first, *(fresh(item) for item in items), **options)

    return define


def fresh(item: Any) -> Any:
    """The item made anew, for one more table."""
    return item() if callable(item) else item._copy()


def together(*models: Models) -> Models:
    """Several models as one."""

    def define(md: sa.MetaData) -> None:
        for one in models:
            one(md)

    return define


def findings(plan: Plan | Report) -> dict[str, str]:
    """Everything that is still to be said of a database, as ``"kind object difference"`` and a
    code.
    """
    found = [
        *((entry, "pending") for entry in plan.pending),
        *((entry, "undecided") for entry in plan.undecided),
        *((entry, entry.code) for entry in (*plan.refused, *plan.notes)),
    ]
    return {f"{entry.kind} {entry.object} {entry.difference}": code for entry, code in found}
