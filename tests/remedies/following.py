"""A person who follows a remedy: runs its statements, fills in a value, writes a revision."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from autosync.ddl import send
from autosync.plan import Note, Refusal
from autosync.remedy import Batch, Fill, Instead, Words

VALUES: dict[type, str] = {
    bool: "true",
    int: "1",
    float: "1.5",
    decimal.Decimal: "1",
    str: "'a'",
    datetime.date: "'2020-02-02'",
    datetime.datetime: "'2020-02-02 02:02:02'",
    datetime.time: "'02:02:02'",
}
"""What somebody fills in for three dots, by the type of the models."""


def follow(engine: Engine, entry: Refusal | Note, models: sa.MetaData) -> None:
    """Do what the remedy of an entry says, in the place of a person."""
    for part in entry.remedy.parts:
        if isinstance(part, (Words, Instead)):
            continue
        if isinstance(part, Batch):
            _revise(engine, part)
            continue
        sql, alone = part.text if hasattr(part, "text") else "", getattr(part, "alone", False)
        if isinstance(part, Fill):
            sql = part.sql.text.replace("...", _value(entry, models), 1)
        _run(engine, sql, alone=alone)


def _run(engine: Engine, sql: str, *, alone: bool) -> None:
    if not alone:
        with engine.begin() as connection:
            send(connection, sql)
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        send(connection, sql)


def _value(entry: Refusal | Note, models: sa.MetaData) -> str:
    name = entry.table if entry.schema is None else f"{entry.schema}.{entry.table}"
    column = models.tables[str(name)].c[str(entry.name)]
    if isinstance(column.type, sa.Enum):
        return f"'{column.type.enums[0]}'"
    return VALUES[column.type.python_type]


def _revise(engine: Engine, part: Batch) -> None:
    """What an Alembic revision with this operation does."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    with engine.begin() as connection:
        op: Any = Operations(MigrationContext.configure(connection))
        with op.batch_alter_table(part.table) as batch:
            for operation in part.operations:
                exec(f"batch.{operation}", {"batch": batch, "sa": sa})
