"""Hostile models: whatever their texts say, they name things or fail, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy.exc import DBAPIError

import autosync
from tests.servers.database import LiveDatabase

CANARY = "DROP TABLE canary"
HOSTILE = {
    "quote": f"x'; {CANARY}; --",
    "double quote": f'x"; {CANARY}; --',
    "backtick": f"x`; {CANARY}; --",
    "bracket": f"x]; {CANARY}; --",
    "comment": f"x */ {CANARY} /*",
    "dollar": f"x$$; {CANARY}; $$",
    "backslash": f"x\\'; {CANARY}; --",
    "percent": "%s %(x)s %% %",
    "colon": ":x ::y :name",
    "newline": f"x\n; {CANARY};\n--",
    "escape": "\x1b[2J\x1b]0;owned\x07",
    "override": "\u202egnirts",
    "nul": "x\x00y",
    "long": "y" * 10_000,
}


def before() -> MetaData:
    metadata = MetaData()
    Table("canary", metadata, Column("id", Integer, primary_key=True))
    Table("users", metadata, Column("id", Integer, primary_key=True))
    return metadata


def named(text: str) -> MetaData:
    """A table, a column, an index and a unique constraint of this name."""
    metadata = before()
    name = text[-30:]
    Table(text, metadata, Column("id", Integer, primary_key=True))
    metadata.tables["users"].append_column(Column(text, String(9)))
    Table(
        "named",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", Integer),
        sa.UniqueConstraint("a", name=f"u{name}"),
        sa.Index(f"i{name}", "a", "id"),
    )
    return metadata


def told(text: str) -> MetaData:
    """Defaults, comments, labels and checks with this text in them."""
    metadata = before()
    users = metadata.tables["users"]
    short = text[:40]
    users.append_column(Column("a", String(80), server_default=short, comment=text[:900]))
    users.append_column(Column("b", sa.Enum("x", short, name="letter")))
    users.append_column(Column("c", String(80), nullable=False, default=short))
    Table(
        "told",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("d", String(80)),
        sa.CheckConstraint(sa.column("d") != short, name="told_d"),
        comment=text[:900],
    )
    return metadata


@pytest.fixture
def watched(database: LiveDatabase) -> LiveDatabase:
    """A database with a canary, and a table with a row."""
    metadata = before()
    metadata.create_all(database.engine)
    with database.engine.begin() as connection:
        for table in metadata.tables.values():
            connection.execute(table.insert(), [{"id": 1}])
    return database


@pytest.mark.parametrize("make", [named, told])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_text(watched: LiveDatabase, text: str, make: Any) -> None:
    """It becomes a name or a value as it stands, or an error or a refusal; the canary lives on."""
    models = make(text)
    try:
        report = autosync.sync(watched.engine, models)
    except (autosync.AutosyncError, DBAPIError, sa.exc.SQLAlchemyError, ValueError):
        report = None
    with watched.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT id FROM canary")).scalar() == 1
        assert connection.execute(sa.text("SELECT id FROM users")).scalar() == 1
        there = set(sa.inspect(connection).get_table_names())
    wanted = {table.name for table in models.tables.values()}
    assert there <= wanted
    if report is not None and report.in_sync:
        assert there == wanted
        assert autosync.plan(watched.engine, models).in_sync


@pytest.mark.parametrize("make", [named, told])
@pytest.mark.parametrize("text", [HOSTILE["quote"], HOSTILE["percent"], HOSTILE["colon"]])
def test_what_looks_hostile_is_taken_as_it_stands(
    watched: LiveDatabase, text: str, make: Any
) -> None:
    """The databases take these, and so nothing of them may be refused or lost."""
    assert autosync.sync(watched.engine, make(text)).in_sync
    with watched.engine.connect() as connection:
        names = {column["name"] for column in sa.inspect(connection).get_columns("users")}
    assert (text if make is named else "a") in names
