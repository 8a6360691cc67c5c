"""What the page on databases says can be added to a table with rows is what is added."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Computed, ForeignKey, ForeignKeyConstraint, Integer, String, func

import autosync
from tests.docs.markdown import page
from tests.servers.database import LiveDatabase

COLUMNS = ("postgresql", "mariadb", "sqlite")
VOLATILE = {
    "postgresql": sa.text("gen_random_uuid()::text"),
    "mariadb": sa.text("(uuid())"),
    "sqlite": sa.text("(random())"),
}


def pair() -> list[Any]:
    return [
        Column("x", Integer),
        Column("y", Integer),
        ForeignKeyConstraint(["x", "y"], ["place.x", "place.y"]),
    ]


def new(row: str, database: str) -> list[Any]:
    """What a row of the table is about."""
    return {
        "nullable": [Column("x", Integer)],
        "with a constant default": [Column("x", Integer, server_default="7")],
        "with the current time as its default": [
            Column("x", sa.DateTime, server_default=func.current_timestamp())
        ],
        "with a default that differs from row to row": [
            Column("x", String(40), server_default=VOLATILE[database])
        ],
        "NOT NULL with a scalar Python-side default": [
            Column("x", Integer, default=7, nullable=False)
        ],
        "NOT NULL without any default": [Column("x", Integer, nullable=False)],
        "computed and stored": [Column("x", Integer, Computed("id * 2", persisted=True))],
        "with a foreign key": [Column("x", ForeignKey("city.id"))],
        "with a foreign key and a default": [
            Column("x", ForeignKey("city.id"), server_default="1")
        ],
        "of a foreign key of several columns": pair(),
        "of the primary key": [Column("x", Integer, primary_key=True)],
    }[row]


def models(*more: Any) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("city", metadata, Column("id", Integer, primary_key=True))
    sa.Table("place", metadata, *[Column(n, Integer, primary_key=True) for n in ("x", "y")])
    sa.Table("customer", metadata, Column("id", Integer, primary_key=True), *more)
    return metadata


def promised() -> dict[str, list[str]]:
    """The cells of the table, by its rows."""
    text = page("reference/databases.md").text.partition("| a new column |")[2]
    table = text.partition("\n\n")[0].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return {row: cells for row, *cells in rows}


def codes(cells: list[str]) -> list[str | None]:
    """The code of each refusal; "the same" is that of the cell to the left."""
    found: list[str | None] = []
    for cell in cells:
        match = re.match(r"refused, (?:the same|\[([\w-]+)\])", cell)
        assert match or cell.startswith("yes"), cell
        found.append(match and (match[1] or found[-1]))
    return found


def test_the_contract_is_kept(database: LiveDatabase) -> None:
    older = models()
    older.create_all(database.engine)
    with database.engine.begin() as connection:
        connection.execute(older.tables["city"].insert().values(id=1))
        connection.execute(older.tables["customer"].insert().values(id=1))
    place = COLUMNS.index(database.name)
    for row, cells in promised().items():
        plan = autosync.plan(database.engine, models(*new(row, database.name)))
        said = {refusal.code for refusal in plan.refused} - {"depends-on-refused"}
        code = codes(cells)[place]
        assert said == ({code} if code else set()), (row, plan.refused)
        assert plan.refused or plan.pending, row
