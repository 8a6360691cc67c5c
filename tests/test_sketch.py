"""What a plan tells of the tables that change."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table

import autosync
from autosync.sketch import Sketch
from tests.servers.database import LiveDatabase


def test_the_tables_that_change(database: LiveDatabase) -> None:
    """Those that stay as they are, or are only noted, are not among them."""
    old = MetaData()
    Table("cities", old, Column("id", Integer, primary_key=True), Column("extra", Integer))
    Table(
        "users",
        old,
        Column("id", Integer, primary_key=True),
        Column("name", String(20)),
        Column("must", String(9), nullable=False),
    )
    old.create_all(database.engine)
    new = MetaData()
    Table("cities", new, Column("id", Integer, primary_key=True))
    Table(
        "users",
        new,
        Column("id", Integer, primary_key=True),
        Column("name", Integer),
        Column("city", ForeignKey("cities.id")),
    )
    Table("pets", new, Column("id", Integer, primary_key=True), Column("owner", Integer))
    plan = autosync.plan(database.engine, new)
    assert [shape(table) for table in plan.tables] == [
        ("pets", "new", {"id": "new, key", "owner": "new"}),
        (
            "users",
            "kept",
            {"id": "kept, key", "name": "refused", "city": "new, cities", "must": "refused"},
        ),
    ]


def shape(sketch: Sketch) -> tuple[str, str, dict[str, str]]:
    columns = {
        column.name: ", ".join(
            filter(None, [column.state, "key" if column.is_key else "", column.target or ""])
        )
        for column in sketch.columns
    }
    return sketch.table, sketch.state, columns
