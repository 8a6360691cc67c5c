"""What a case of the corpus is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

ALL = ("sqlite", "postgresql", "mariadb", "mysql")
Models = Callable[[sa.MetaData], object]


@dataclass(frozen=True)
class Case:
    """A live database, the models it meets, and what must come of it.

    ``live`` and ``models`` define tables in the MetaData they are given. By database, ``setup`` is
    run before the live ones are created, ``ddl`` after. ``pending`` are ``"kind object"``;
    ``refused`` and ``notes`` map the same to a code. ``on`` says what is otherwise on some
    database. ``near`` is the code of the rule whose nearest safe neighbour this is, ``since`` the
    first SQLAlchemy that can declare it, ``server`` the first version of PostgreSQL that has it.
    """

    name: str
    live: Models
    models: Models
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    setup: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ddl: Mapping[str, Sequence[str]] = field(default_factory=dict)
    pending: Sequence[str] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    hazards: Mapping[str, str] = field(default_factory=dict)
    databases: Sequence[str] = ALL
    on: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    near: str | None = None
    since: tuple[int, int] = (1, 4)
    server: int = 0

    def expected(self, what: str, database: str) -> Any:
        """What is expected of the case on one database."""
        return self.on.get(database, {}).get(what, getattr(self, what))

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def metadata(models: Models) -> sa.MetaData:
    """The MetaData that models make."""
    made = sa.MetaData()
    models(made)
    return made
