"""autosync.alembic: revisions that add what was added before them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table

import autosync
from autosync.alembic import ExistsOtherwise, op
from tests.servers.database import LiveDatabase

Revision = Callable[[Any], None]


def models() -> MetaData:
    md = MetaData()
    Table("city", md, Column("id", Integer, primary_key=True), Column("name", String(80)))
    Table(
        "customer",
        md,
        Column("id", Integer, primary_key=True),
        Column("name", String(50), nullable=False),
        Column("phone", String(20), index=True),
        Column("code", String(9), server_default="x"),
        Column("city_id", ForeignKey("city.id", name="fk_city")),
        sa.UniqueConstraint("name", "code", name="uq_name"),
        sa.CheckConstraint("city_id > 0", name="ck_id"),
    )
    return md


def create_city(to: Any) -> None:
    to.create_table(
        "city", Column("id", Integer, primary_key=True), Column("name", String(80), nullable=True)
    )


def create_customer(to: Any) -> None:
    to.create_table(
        "customer",
        Column("id", Integer, nullable=False),
        Column("name", String(50), nullable=False),
        Column("phone", String(20)),
        Column("code", String(9), server_default="x"),
        Column("city_id", Integer),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name="fk_city"),
        sa.UniqueConstraint("name", "code", name="uq_name"),
        sa.CheckConstraint("city_id > 0", name="ck_id"),
    )


SAME: dict[str, Revision] = {
    "table": create_city,
    "table with keys": create_customer,
    "column": lambda to: to.add_column("customer", Column("phone", String(20))),
    "column with a default": lambda to: to.add_column(
        "customer", Column("code", String(9), server_default="x")
    ),
    "column with a key": lambda to: to.add_column(
        "customer", Column("city_id", Integer, ForeignKey("city.id", name="fk_city"))
    ),
    "index": lambda to: to.create_index("ix_customer_phone", "customer", ["phone"]),
    "index by another name": lambda to: to.create_index("ix_other", "customer", ["phone"]),
    "unique": lambda to: to.create_unique_constraint("uq_name", "customer", ["name", "code"]),
    "foreign key": lambda to: to.create_foreign_key(
        "fk_city", "customer", "city", ["city_id"], ["id"]
    ),
    "check": lambda to: to.create_check_constraint("ck_id", "customer", "city_id > 0"),
}
OTHERWISE: dict[str, tuple[Revision, str]] = {
    "table": (lambda to: to.create_table("city", Column("id", Integer), Column("x", Integer)), "x"),
    "column": (lambda to: to.add_column("customer", Column("phone", Integer)), "phone"),
    "nullable": (
        lambda to: to.add_column("customer", Column("phone", String(20), nullable=False)),
        "NULL",
    ),
    "column without its key": (
        lambda to: to.add_column("customer", Column("phone", String(20), unique=True)),
        "unique",
    ),
    "index": (
        lambda to: to.create_index("ix_customer_phone", "customer", ["phone"], unique=True),
        "ix_customer_phone",
    ),
    "foreign key": (
        lambda to: to.create_foreign_key(
            "fk_city", "customer", "city", ["city_id"], ["id"], ondelete="CASCADE"
        ),
        "CASCADE",
    ),
}


@contextmanager
def running(database: LiveDatabase, **options: Any) -> Iterator[sa.engine.Connection]:
    """A revision is running, on this connection."""
    with database.engine.connect() as connection, connection.begin():
        context = MigrationContext.configure(connection, opts=options)
        with Operations.context(context):
            yield connection


@pytest.mark.parametrize("revision", SAME.values(), ids=list(SAME))
def test_what_is_there_is_skipped(
    database: LiveDatabase, revision: Revision, caplog: pytest.LogCaptureFixture
) -> None:
    autosync.sync(database.engine, models())
    with caplog.at_level(logging.INFO, "autosync"), running(database):
        revision(op)
    assert "is there already" in caplog.text
    assert autosync.check(database.engine, models())


@pytest.mark.parametrize(("revision", "words"), OTHERWISE.values(), ids=list(OTHERWISE))
def test_what_is_there_and_differs_is_told(
    database: LiveDatabase, revision: Revision, words: str
) -> None:
    autosync.sync(database.engine, models())
    with (
        pytest.raises(ExistsOtherwise, match="not as the revision has it") as caught,
        running(database),
    ):
        revision(op)
    assert words in str(caught.value)
    assert caught.value.entries
    assert autosync.check(database.engine, models())


def test_what_is_not_there_is_made(database: LiveDatabase) -> None:
    """By Alembic, as in a new database."""
    with running(database):
        create_city(op)
        create_customer(op)
        op.create_index("ix_customer_phone", "customer", ["phone"])
    assert autosync.check(database.engine, models())
    more = models()
    more.tables["customer"].append_column(Column("born", sa.Date))
    with running(database):
        op.add_column("customer", Column("born", sa.Date))
        op.execute("INSERT INTO city (id, name) VALUES (1, 'x')")
    assert autosync.check(database.engine, more)


def without_constraints(column: Column[Any]) -> Column[Any]:
    default = "x" if column.server_default is not None else None
    kept = {"primary_key": column.primary_key, "nullable": column.nullable}
    return Column(column.name, column.type, server_default=default, **kept)


@pytest.mark.databases("postgresql", "mariadb")
def test_constraints_that_are_not_there_are_made(database: LiveDatabase) -> None:
    bare = models()
    customer = bare.tables["customer"]
    plain = MetaData()
    bare.tables["city"].to_metadata(plain)
    Table("customer", plain, *map(without_constraints, customer.columns))
    plain.create_all(database.engine)
    with running(database):
        op.create_index("ix_customer_phone", "customer", ["phone"])
        op.create_unique_constraint("uq_name", "customer", ["name", "code"])
        op.create_foreign_key("fk_city", "customer", "city", ["city_id"], ["id"])
        op.create_check_constraint("ck_id", "customer", "city_id > 0")
    assert autosync.check(database.engine, models())


def test_in_a_batch(database: LiveDatabase) -> None:
    """As it is written for SQLite."""
    autosync.sync(database.engine, models())
    with running(database), op.batch_alter_table("customer") as batch:
        batch.add_column(Column("phone", String(20)))
        batch.add_column(Column("born", sa.Date))
        batch.create_index("ix_customer_phone", ["phone"])
    more = models()
    more.tables["customer"].append_column(Column("born", sa.Date))
    assert autosync.check(database.engine, more)


def test_a_script_is_written_whole(postgresql: LiveDatabase) -> None:
    """For a database that cannot be looked into."""
    autosync.sync(postgresql.engine, models())
    written: list[str] = []
    buffer: Any = type("Buffer", (), {"write": written.append, "flush": lambda self: None})()
    with running(postgresql, as_sql=True, output_buffer=buffer):
        op.add_column("customer", Column("phone", String(20)))
    assert "ADD COLUMN phone VARCHAR(20)" in "".join(written)
