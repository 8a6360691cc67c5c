"""The texts of statements: what is shown is what is executed, and is laid out without tabs."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

import autosync
from tests.servers.database import LiveDatabase

TEXTS = [
    "a, \n\tb",
    "it's, \n\tnot",
    "'', \n\t''",
    '", \n\t"',
    "`, \n\t`",
    "-- , \n\t",
    "\\', \n\t",
]
"""Defaults that look like the layout of a statement."""
LAYOUT = re.compile(r"\t|[ \t]\n")


def models(*texts: str) -> sa.MetaData:
    metadata = sa.MetaData()
    columns = [
        sa.Column(f"c{number}", sa.String(40), server_default=text)
        for number, text in enumerate(texts)
    ]
    sa.Table("note", metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
    return metadata


def test_a_statement_is_laid_out_without_tabs(database: LiveDatabase) -> None:
    """What is sent is what the plan, the report and the events show."""
    sent: list[str] = []
    sa.event.listen(
        database.engine,
        "before_cursor_execute",
        lambda connection, cursor, statement, *rest: sent.append(statement),
    )
    events: list[autosync.Event] = []
    [create] = autosync.sync(
        database.engine, models("one", "another"), on_event=events.append
    ).statements
    assert "CREATE TABLE note (\n    id " in create
    assert not LAYOUT.search(create)
    assert create in sent
    assert autosync.StatementBegun(create) in events


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_quoted_stays_as_it_is(database: LiveDatabase, text: str) -> None:
    metadata = models(text, "another")
    assert autosync.sync(database.engine, metadata).in_sync
    note = metadata.tables["note"]
    with database.engine.begin() as connection:
        connection.execute(note.insert().values(id=1))
        assert connection.execute(sa.select(note.c.c0)).scalar() == text
