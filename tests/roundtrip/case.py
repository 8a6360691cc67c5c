"""What a case of the round trip is: something that SQLAlchemy can create."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

ALL = ("sqlite", "postgresql", "mariadb", "mysql")
Models = Callable[[sa.MetaData], object]


@dataclass(frozen=True)
class Case:
    """Models that `create_all()` creates, and that are then in sync.

    ``define`` adds tables to the MetaData it is given. By database, ``setup`` is run before they
    are created. ``since`` is the first SQLAlchemy that can declare them, ``server`` the first
    version of PostgreSQL that takes them. ``fact`` names the fact that this case shows, if it is
    one of those that Alembic gets wrong (``test_alembic.py``).
    """

    name: str
    define: Models
    databases: Sequence[str] = ALL
    setup: Mapping[str, Sequence[str]] = field(default_factory=dict)
    since: tuple[int, int] = (1, 4)
    server: int = 0
    fact: str | None = None

    def metadata(self) -> sa.MetaData:
        """The models, made anew."""
        made = sa.MetaData()
        self.define(made)
        return made

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def columns(*made: sa.Column[Any] | Callable[[], sa.Column[Any]]) -> Models:
    """Models with one table ``t`` of these columns, behind an integer key."""

    def define(md: sa.MetaData) -> None:
        fresh = [column() if callable(column) else column._copy() for column in made]
        sa.Table("t", md, sa.Column("id", sa.Integer, primary_key=True), *fresh)

    return define


def types(*made: Any) -> Models:
    """Models with one table ``t`` that has a column of each of these types: c0, c1, ..."""
    return columns(*(sa.Column(f"c{number}", type_) for number, type_ in enumerate(made)))


def defaults(type_: Any, *made: Any) -> Models:
    """Models with one table ``t`` that has a column of the type with each server default."""
    return columns(
        *(sa.Column(f"c{n}", type_, server_default=default) for n, default in enumerate(made))
    )
