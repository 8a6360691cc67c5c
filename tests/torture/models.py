"""The models that the processes meet: an old version, and several new ones."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, MetaData, String, Table

ALLOW = ("enum-labels",)


def _id() -> Column[Any]:
    return Column("id", Integer, primary_key=True)


def _letters(labels: str) -> Any:
    """An enum type of PostgreSQL, which can be given more labels; elsewhere a string."""
    return sa.Enum(*labels, name="letters").with_variant(String(5), "mysql")


def old(labels: str = "ab") -> MetaData:
    """What the database was made for."""
    metadata = MetaData()
    Table(
        "users",
        metadata,
        _id(),
        Column("name", String(20), nullable=False),
        Column("letter", _letters(labels)),
    )
    Table("cities", metadata, _id(), Column("name", String(20)))
    return metadata


def new() -> MetaData:
    """Types, labels, tables with keys in a cycle, and columns with all that they can have."""
    metadata = old("abc")
    users, cities = metadata.tables["users"], metadata.tables["cities"]
    cities.append_column(Column("mayor", String(20)))
    users.append_column(Column("mail", String(40), unique=True))
    users.append_column(Column("city", ForeignKey("cities.id"), index=True))
    users.append_column(Column("age", Integer))
    users.append_constraint(CheckConstraint("age > 0", name="ck_age"))
    mood = sa.Enum("calm", "loud", name="moods")
    users.append_column(Column("mood", mood, nullable=False, default="calm"))
    Table("a", metadata, _id(), Column("b", ForeignKey("b.id", name="fk_b"), index=True))
    Table("b", metadata, _id(), Column("a", ForeignKey("a.id", name="fk_a")))
    Table("visits", metadata, _id(), Column("who", ForeignKey("users.id")), Column("mood", mood))
    return metadata


def newer() -> MetaData:
    """The version after that."""
    metadata = new()
    metadata.tables["cities"].append_column(Column("size", Integer, index=True))
    Table("c", metadata, _id(), Column("a", ForeignKey("a.id")))
    return metadata


def other() -> MetaData:
    """A branch: it knows nothing of the new version, and the new version nothing of it."""
    metadata = old()
    metadata.tables["users"].append_column(Column("shoe", Integer))
    metadata.tables["cities"].append_column(Column("river", String(20), index=True))
    Table("shoes", metadata, _id(), Column("owner", ForeignKey("users.id")))
    return metadata


def large() -> MetaData:
    """What is added to a large table beside its readers and writers, where that is possible."""
    metadata = old()
    users = metadata.tables["users"]
    users.append_column(Column("nick", String(20), index=True))
    users.append_column(Column("mail", String(40), unique=True))
    return metadata


def large_with_key() -> MetaData:
    """A key that has to be validated, since a default gives the rows a value."""
    metadata = large()
    key = ForeignKey("cities.id", name="fk_city")
    metadata.tables["users"].append_column(Column("city", Integer, key, server_default="1"))
    return metadata
