"""Snapshots as values and as files: what is in them, what is not, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, UniqueConstraint
from sqlalchemy.engine import Engine

import autosync
from autosync import Snapshot
from tests.servers.database import LiveDatabase

SECRET = "s3cret-in-a-row"


def shop(*more: Column[Any]) -> MetaData:
    md = MetaData()
    Table(
        "customer",
        md,
        Column("id", Integer, primary_key=True),
        Column("name", String(50), nullable=False, server_default="x"),
        Column("boss_id", ForeignKey("customer.id"), index=True),
        *more,
        UniqueConstraint("name", name="uq_name"),
    )
    return md


def made(engine: Engine, rows: int = 0) -> MetaData:
    md = shop()
    md.create_all(engine)
    with engine.begin() as connection:
        for number in range(rows):
            values = {"id": number + 1, "name": f"{SECRET}-{number}"}
            connection.execute(md.tables["customer"].insert().values(**values))
    return md


def test_a_table_without_a_name() -> None:
    """SQLite has such tables, and no other database can be made to."""
    models = MetaData()
    Table("", models, Column("id", Integer, primary_key=True))
    data = autosync.Snapshot.of(models, "sqlite").to_json()
    assert autosync.plan(autosync.Snapshot.from_json(data), models) == autosync.Plan("sqlite")
    (entry,) = autosync.plan(autosync.Snapshot.of(shop(), "sqlite"), models).pending
    assert entry.sql.startswith('CREATE TABLE "" (')


def test_it_is_the_same_each_time(database: LiveDatabase) -> None:
    made(database.engine)
    first = autosync.snapshot(database.engine)
    database.engine.dispose()
    assert autosync.snapshot(database.engine).to_json() == first.to_json()
    assert first.dialect == database.name
    assert Snapshot.from_json(first.to_json()) == first


def test_a_handed_in_connection_keeps_its_transaction(database: LiveDatabase) -> None:
    made(database.engine)
    with database.engine.connect() as connection, connection.begin() as block:
        kept = autosync.snapshot(connection)
        assert block.is_active
    assert kept == autosync.snapshot(database.engine)


def test_what_is_created_in_another_order_is_written_alike(database: LiveDatabase) -> None:
    """Tables, keys and indexes by name; columns in their order, which means something."""
    md = MetaData()
    Table("b", md, Column("x", Integer, index=True), Column("y", Integer, index=True))
    Table("a", md, Column("x", Integer, primary_key=True))
    md.create_all(database.engine)
    text = autosync.snapshot(database.engine).to_json()
    tables = json.loads(text)["tables"]
    assert [table["key"] for table in tables] == ["a", "b"]
    assert [column["name"] for column in tables[1]["columns"]] == ["x", "y"]
    assert [index["name"] for index in tables[1]["indexes"]] == ["ix_b_x", "ix_b_y"]


def test_there_is_no_data_in_it_and_no_credentials(database: LiveDatabase) -> None:
    made(database.engine, rows=3)
    text = autosync.snapshot(database.engine, rows=True).to_json()
    assert SECRET not in text
    url = database.url
    hidden = [part for part in (url.password, url.username, url.host) if part]
    assert not any(f'"{part}"' in text for part in hidden)


def test_rows_are_told_on_request(database: LiveDatabase) -> None:
    made(database.engine, rows=3)
    assert autosync.snapshot(database.engine).schema.tables[None, "customer"].rows is None
    kept = autosync.snapshot(database.engine, rows=True)
    assert kept.schema.tables[None, "customer"].rows == 3
    assert json.loads(kept.to_json())["tables"][0]["rows"] == 3


def test_what_the_rows_decide_is_a_condition(database: LiveDatabase) -> None:
    """A NOT NULL column without a default: refused, unless the table is known to be empty."""
    made(database.engine)
    models = shop(Column("born", sa.Date, nullable=False))

    unknown = autosync.plan(autosync.snapshot(database.engine), models)
    [refusal] = unknown.refused
    assert refusal.code == "not-null-without-default"
    assert "the table may have rows: the snapshot does not tell" in refusal.reason

    [addition] = autosync.plan(autosync.snapshot(database.engine, rows=True), models).pending
    assert "the table was empty when the snapshot was made" in " ".join(addition.hazards)

    made_rows = shop()
    with database.engine.begin() as connection:
        connection.execute(made_rows.tables["customer"].insert().values(id=1, name="x"))
    [refusal] = autosync.plan(autosync.snapshot(database.engine, rows=True), models).refused
    assert "and the table has rows" in refusal.reason


def test_a_large_table_is_a_condition(database: LiveDatabase) -> None:
    made(database.engine)
    models = shop(Column("code", String(9), index=True))
    plan = autosync.plan(autosync.snapshot(database.engine), models)
    index = next(entry for entry in plan.pending if entry.kind == "index")
    assert "if the table has more than 100,000 rows" in index.hazards[0]


def test_it_takes_the_options_of_a_plan(database: LiveDatabase) -> None:
    made(database.engine)
    models = shop(Column("code", String(9)))
    kept = autosync.snapshot(database.engine)
    assert autosync.plan(kept, models, exclude=["customer.code"]).in_sync
    with pytest.raises(autosync.OutOfSync):
        autosync.check(kept, models)
    assert autosync.check(kept, shop()).in_sync


def test_it_cannot_be_synchronized() -> None:
    kept = Snapshot.of(shop(), "sqlite")
    bind: Any = kept
    with pytest.raises(TypeError, match="expected an Engine or a Connection, got Snapshot"):
        autosync.sync(bind, shop())


@pytest.mark.databases("postgresql")
def test_schemas(database: LiveDatabase) -> None:
    """Those that are asked for are read; one that is not is said to be missing from it."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA audit")
    models = MetaData()
    Table("entry", models, Column("id", Integer, primary_key=True), schema="audit")
    models.create_all(database.engine)

    kept = autosync.snapshot(database.engine, schemas=["audit"])
    assert kept.schemas == ("audit", "public")
    assert autosync.plan(kept, models).in_sync

    [refusal] = autosync.plan(autosync.snapshot(database.engine), models).refused
    assert refusal.code == "schema-missing"
    assert "the snapshot has no schema 'audit'" in refusal.reason

    with pytest.raises(autosync.NoSuchSchema) as caught:
        autosync.snapshot(database.engine, schemas=["audti"])
    assert caught.value.schema == "audti"
    assert "audit" in caught.value.known


@pytest.mark.databases("postgresql")
def test_a_table_that_somebody_alters_is_waited_for(database: LiveDatabase) -> None:
    made(database.engine)
    with database.engine.begin() as other:
        other.exec_driver_sql("ALTER TABLE customer ADD CONSTRAINT c CHECK (id > 0)")
        with pytest.raises(autosync.LockNotAcquired, match="could not be read"):
            autosync.snapshot(database.engine, deadline=0.2)


@pytest.mark.parametrize("dialect", ["postgresql", "mariadb", "mysql", "sqlite"])
def test_models_against_models(dialect: str) -> None:
    """Those of a base branch against those of a change on top of it."""
    base = Snapshot.of(shop(), dialect)
    assert autosync.plan(base, shop()).in_sync
    changed = shop(Column("phone", String(20)))
    changed.tables["customer"].c["name"].type = String(60)
    plan = autosync.plan(base, changed)
    assert [entry.object for entry in plan.pending] == ["customer.phone"]
    code = "type-alike" if dialect == "sqlite" else "column-type"
    assert [entry.code for entry in (*plan.refused, *plan.notes)] == [code]


@pytest.mark.parametrize("prefix", ["mysql", "mariadb"])
def test_options_of_mariadb_under_both_names(prefix: str) -> None:
    """Most models have them under the name that most URLs of MariaDB begin with."""

    def models(engine: str, length: int) -> MetaData:
        md = MetaData()
        note = Table("note", md, Column("text", sa.Text), **{f"{prefix}_engine": engine})
        sa.Index("ix", note.c.text, **{f"{prefix}_length": length})
        return md

    base = Snapshot.of(models("InnoDB", 10), "mariadb")
    assert autosync.plan(base, models("InnoDB", 10)).in_sync
    plan = autosync.plan(base, models("Aria", 11))
    assert [entry.code for entry in plan.refused] == ["table-options"]
    assert [entry.object for entry in plan.undecided] == ["note.ix"]


def test_variants_for_mariadb_by_its_own_name() -> None:
    def models(length: int) -> MetaData:
        type_ = String(9).with_variant(String(length), "mariadb")
        md = MetaData()
        Table("note", md, Column("text", type_))
        return md

    plan = autosync.plan(Snapshot.of(models(10), "mariadb"), models(11))
    assert [entry.code for entry in plan.refused] == ["column-type"]


def test_a_dialect_that_nobody_knows() -> None:
    with pytest.raises(ValueError, match="knows no database 'postgres'"):
        Snapshot.of(shop(), "postgres")


def test_names_that_look_like_something_else() -> None:
    md = MetaData()
    Table("a.b", md, Column("c.d", Integer, primary_key=True), Column('"', Integer))
    Table("c", md, Column("x\u202ey", Integer, primary_key=True), schema="a")
    kept = Snapshot.of(md, "postgresql")
    assert set(kept.schema.tables) == {(None, "a.b"), ("a", "c")}
    assert "\u202e" not in kept.to_json()
    assert autosync.plan(kept, md).in_sync


# --- what is no snapshot --------------------------------------------------------------------------


def broken(**changes: Any) -> str:
    data = json.loads(Snapshot.of(shop(), "sqlite").to_json())
    table = data["tables"][0]
    for place, value in changes.items():
        (table if place.startswith("t_") else data)[place.removeprefix("t_")] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "this is no snapshot"),
        ("{", "this is no snapshot"),
        ("[]", "it has no version"),
        ("{}", "it has no version"),
        ('{"version": 1}', "it lacks 'dialect'"),
        (broken(version=2), "it has the version 2, and this autosync reads up to 1"),
        (broken(version="1"), "it has no version"),
        (broken(colour="red"), "has 'colour', which this version of autosync does not know"),
        (broken(dialect=3), "dialect is 3 where there should be a string"),
        (broken(tables={}), "tables is {} where there should be a list"),
        (broken(server_version=["15"]), "server_version[0] is '15' where there should be a number"),
        (
            broken(t_key=["a", "b", "c"]),
            "tables[0].key is ['a', 'b', 'c'] where there should be 2 values",
        ),
        (broken(t_columns=[{"name": "x"}]), "tables[0].columns[0] lacks 'type'"),
        (
            broken(t_columns=[{"name": "x", "type": "y", "nullable": 1}]),
            "tables[0].columns[0].nullable is 1 where there should be true or false",
        ),
        (broken(backend="nosuch"), "the snapshot is of nosuch, which SQLAlchemy does not know"),
    ],
)
def test_what_is_no_snapshot(text: str, words: str) -> None:
    with pytest.raises(autosync.InvalidSnapshot) as caught:
        autosync.plan(Snapshot.from_json(text), shop())
    assert words in str(caught.value)
