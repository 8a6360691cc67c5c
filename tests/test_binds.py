"""What may be handed in: engines, connections with their transactions, several models."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table
from sqlalchemy.pool import StaticPool

import autosync
from tests.servers.database import SQLALCHEMY, LiveDatabase


def old() -> MetaData:
    metadata = MetaData()
    Table("users", metadata, Column("id", Integer, primary_key=True))
    return metadata


def new() -> MetaData:
    metadata = MetaData()
    Table("users", metadata, Column("id", Integer, primary_key=True), Column("name", String(9)))
    Table("groups", metadata, Column("id", Integer, primary_key=True))
    return metadata


@pytest.fixture
def engine(database: LiveDatabase) -> sa.engine.Engine:
    old().create_all(database.engine)
    return database.engine


def columns(engine: sa.engine.Engine) -> set[str]:
    return {column["name"] for column in sa.inspect(engine).get_columns("users")}


def test_an_engine(engine: sa.engine.Engine) -> None:
    assert len(autosync.sync(engine, new()).applied) == 2
    assert columns(engine) == {"id", "name"}


def test_an_engine_in_autocommit(database: LiveDatabase) -> None:
    old().create_all(database.engine)
    engine = database.create_engine(isolation_level="AUTOCOMMIT")
    assert len(autosync.sync(engine, new()).applied) == 2
    assert autosync.plan(engine, new()).in_sync


def test_an_engine_with_one_connection(database: LiveDatabase) -> None:
    old().create_all(database.engine)
    options: dict[str, Any] = {"poolclass": StaticPool}
    engine = database.create_engine(**options)
    assert len(autosync.sync(engine, new()).applied) == 2
    assert autosync.plan(engine, new()).in_sync


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize("with_work", [False, True])
def test_a_connection_keeps_its_transaction(engine: sa.engine.Engine, *, with_work: bool) -> None:
    with engine.connect() as connection:
        transaction = connection.begin()
        if with_work:
            connection.execute(old().tables["users"].insert().values(id=7))
        report = autosync.sync(connection, new())
        assert len(report.applied) == 2
        assert autosync.plan(connection, new()).in_sync
        transaction.rollback()
    assert columns(engine) == {"id"}
    assert not sa.inspect(engine).has_table("groups")
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM users")).scalar() == 0


@pytest.mark.databases("sqlite", "postgresql")
def test_a_connection_commits_when_its_owner_does(engine: sa.engine.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(old().tables["users"].insert().values(id=7))
        autosync.sync(connection, new())
        connection.execute(new().tables["users"].insert().values(id=8, name="x"))
    assert columns(engine) == {"id", "name"}
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM users")).scalar() == 2


@pytest.mark.skipif(SQLALCHEMY < (2, 0), reason="1.4 begins no transaction by itself")
@pytest.mark.databases("sqlite", "postgresql")
def test_a_fresh_connection_is_left_for_its_owner_to_commit(engine: sa.engine.Engine) -> None:
    with engine.connect() as connection:
        autosync.sync(connection, new())
        assert connection.in_transaction()
    assert columns(engine) == {"id"}
    with engine.connect() as connection:
        autosync.sync(connection, new())
        connection.commit()
    assert columns(engine) == {"id", "name"}


def test_a_dry_run_leaves_a_fresh_connection_fresh(engine: sa.engine.Engine) -> None:
    with engine.connect() as connection:
        autosync.plan(connection, new())
        assert not connection.in_transaction()


def test_mariadb_says_that_it_commits(
    mariadb: LiveDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    old().create_all(mariadb.engine)
    with mariadb.engine.begin() as connection:
        report = autosync.sync(connection, new())
    assert all("commits the transaction" in " ".join(e.hazards) for e in report.applied)
    assert "commits the open transaction" in caplog.text


def test_postgresql_lock_timeout_is_put_back(postgresql: LiveDatabase) -> None:
    old().create_all(postgresql.engine)
    show = sa.text("SHOW lock_timeout")
    with postgresql.engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL lock_timeout = '7s'"))
        autosync.sync(connection, new())
        assert connection.execute(show).scalar() == "7s"


def test_mariadb_session_is_put_back(mariadb: LiveDatabase) -> None:
    old().create_all(mariadb.engine)
    show = sa.text(
        "SELECT @@SESSION.lock_wait_timeout, @@SESSION.innodb_lock_wait_timeout, "
        f"IS_USED_LOCK('{mariadb.lock}')"
    )
    with mariadb.engine.connect() as connection:
        before = connection.execute(show).one()
        autosync.sync(connection, new())
        assert connection.execute(show).one() == before


def test_sqlite_session_is_put_back(sqlite: LiveDatabase) -> None:
    engine = sqlite.create_engine(connect_args={"timeout": 3})
    old().create_all(engine)
    with engine.connect() as connection:
        autosync.sync(connection, new())
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 3000


def test_postgresql_in_autocommit_is_refused(postgresql: LiveDatabase) -> None:
    engine = postgresql.create_engine(isolation_level="AUTOCOMMIT")
    if SQLALCHEMY < (2, 0):
        engine = postgresql.create_engine(isolation_level="AUTOCOMMIT", future=True)
    with engine.connect() as connection, pytest.raises(autosync.UnusableConnection, match="Engine"):
        autosync.sync(connection, new())


def test_anything_else_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="Engine or a Connection"):
        autosync.plan("sqlite://", new())  # type: ignore[arg-type]


ASYNC = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
}


@pytest.mark.databases("sqlite", "postgresql")
def test_async(engine: sa.engine.Engine, database: LiveDatabase) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine

    async def main() -> tuple[autosync.Report, autosync.Plan]:
        bind = create_async_engine(database.url.set(drivername=ASYNC[database.name]))
        async with bind.begin() as connection:
            report = await connection.run_sync(autosync.sync, new())
        async with bind.connect() as connection:
            plan = await connection.run_sync(autosync.plan, new())
        await bind.dispose()
        return report, plan

    report, plan = asyncio.run(main())
    assert len(report.applied) == 2
    assert plan.in_sync
    assert columns(engine) == {"id", "name"}


class Base:
    """Anything that has a ``.metadata``."""

    metadata = new()


def test_what_has_a_metadata(engine: sa.engine.Engine) -> None:
    assert len(autosync.plan(engine, Base).pending) == 2
    assert len(autosync.plan(engine, [Base, new()]).pending) == 2


def test_several(engine: sa.engine.Engine) -> None:
    other = MetaData()
    Table("cities", other, Column("id", Integer, primary_key=True))
    report = autosync.sync(engine, [Base, other])
    assert {entry.object for entry in report.applied} == {"groups", "cities", "users.name"}


def test_two_that_disagree(engine: sa.engine.Engine) -> None:
    with pytest.raises(autosync.ConflictingModels, match="users is declared twice"):
        autosync.plan(engine, [new(), old()])


@pytest.mark.parametrize("wrong", [None, 1, "models", object()])
def test_no_metadata(engine: sa.engine.Engine, wrong: object) -> None:
    with pytest.raises(TypeError, match="expected a MetaData"):
        autosync.plan(engine, wrong)


def test_an_empty_metadata(engine: sa.engine.Engine) -> None:
    with pytest.raises(autosync.EmptyMetaData, match="imported"):
        autosync.plan(engine, MetaData())
    plan = autosync.plan(engine, MetaData(), allow={"empty-metadata"})
    assert plan.in_sync
    assert [note.object for note in plan.notes] == ["users"]


def test_unknown_options(engine: sa.engine.Engine) -> None:
    with pytest.raises(ValueError, match="indexs"):
        autosync.plan(engine, new(), allow={"indexs"})
    with pytest.raises(ValueError, match="on_refused"):
        autosync.sync(engine, new(), on_refused="ignore")  # type: ignore[arg-type]


def tenants() -> MetaData:
    metadata = MetaData()
    Table("plain", metadata, Column("id", Integer, primary_key=True))
    Table(
        "orders",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("plain_id", ForeignKey("plain.id")),
        Column("kind", sa.Enum("a", "b", name="kinds", schema="tenant")),
        Column("note", String(9), index=True),
        schema="tenant",
    )
    return metadata


def test_schema_translate_map(postgresql: LiveDatabase) -> None:
    with postgresql.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA acme")
        connection.exec_driver_sql("CREATE TABLE acme.orders (id serial PRIMARY KEY)")
    engine = postgresql.engine.execution_options(schema_translate_map={"tenant": "acme"})
    report = autosync.sync(engine, tenants())
    assert not report.refused
    assert any("ALTER TABLE acme.orders" in sql for sql in report.statements)
    assert autosync.plan(engine, tenants()).in_sync
    inspector = sa.inspect(postgresql.engine)
    assert len(inspector.get_columns("orders", schema="acme")) == 4
    assert [e["schema"] for e in inspector.get_enums(schema="*")] == ["acme"]


def test_schema_translate_map_of_the_default_schema(postgresql: LiveDatabase) -> None:
    with postgresql.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA acme")
    engine = postgresql.engine.execution_options(schema_translate_map={None: "acme"})
    autosync.sync(engine, new())
    assert autosync.plan(engine, new()).in_sync
    assert set(sa.inspect(postgresql.engine).get_table_names(schema="acme")) == {"users", "groups"}
    assert sa.inspect(postgresql.engine).get_table_names() == []


def test_search_path(postgresql: LiveDatabase) -> None:
    """A table that an unqualified name reaches is the declared one, in whatever schema it is."""
    old().create_all(postgresql.engine)
    with postgresql.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA first")
    engine = postgresql.create_engine(connect_args={"options": "-csearch_path=first,public"})
    report = autosync.sync(engine, new())
    assert {entry.object for entry in report.applied} == {"groups", "users.name"}
    assert autosync.plan(engine, new()).in_sync
    assert columns(postgresql.engine) == {"id", "name"}
    assert sa.inspect(postgresql.engine).get_table_names(schema="first") == ["groups"]


def test_public_by_name(postgresql: LiveDatabase) -> None:
    """``schema="public"`` is the same as none where public is the default schema."""
    metadata = MetaData()
    Table("users", metadata, Column("id", Integer, primary_key=True), schema="public")
    Table(
        "cars",
        metadata,
        Column("u", ForeignKey("public.users.id")),
        Column("id", Integer, primary_key=True),
    )
    old().create_all(postgresql.engine)
    report = autosync.sync(postgresql.engine, metadata)
    assert [entry.object for entry in report.applied] == ["cars"]
    assert autosync.plan(postgresql.engine, metadata).in_sync


def test_a_temporary_table_in_the_way(postgresql: LiveDatabase) -> None:
    old().create_all(postgresql.engine)
    with postgresql.engine.connect() as connection:
        connection.execute(sa.text("CREATE TEMP TABLE users (id int)"))
        plan = autosync.plan(connection, new())
        assert [(e.object, e.code) for e in plan.refused] == [("users", "not-a-table")]
        assert "temporary table" in plan.refused[0].reason


def test_extensions_are_nobodys_difference(postgresql: LiveDatabase) -> None:
    with postgresql.engine.begin() as connection:
        found = connection.exec_driver_sql(
            "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_stat_statements'"
        ).scalar()
        assert found, "postgresql-contrib is part of Debian's postgresql package"
        connection.exec_driver_sql("CREATE EXTENSION pg_stat_statements")
    old().create_all(postgresql.engine)
    plan = autosync.plan(postgresql.engine, old())
    assert plan.in_sync
    assert not plan.notes


def test_another_schema_of_sqlite(sqlite: LiveDatabase, tmp_path: Any) -> None:
    engine = sqlite.engine

    @sa.event.listens_for(engine, "connect")
    def attach(connection: Any, record: Any) -> None:
        connection.execute(f"ATTACH '{tmp_path / 'other.db'}' AS other")

    metadata = MetaData()
    Table("users", metadata, Column("id", Integer, primary_key=True))
    Table("cars", metadata, Column("id", Integer, primary_key=True), schema="other")
    metadata.create_all(engine)
    more = MetaData()
    Table("users", more, Column("id", Integer, primary_key=True))
    Table(
        "cars",
        more,
        Column("id", Integer, primary_key=True),
        Column("x", Integer, index=True),
        schema="other",
    )
    report = autosync.sync(engine, more)
    assert [entry.object for entry in report.applied] == [
        "other.cars.x",
        "other.cars.ix_other_cars_x",
    ]
    assert autosync.plan(engine, more).in_sync


def test_another_database_of_mariadb(mariadb: LiveDatabase, databases: Any, tmp_path: Any) -> None:
    with databases.fresh("mariadb", tmp_path) as other:
        schema = other.url.database
        metadata = MetaData()
        Table("users", metadata, Column("id", Integer, primary_key=True))
        Table("cars", metadata, Column("id", Integer, primary_key=True), schema=schema)
        metadata.create_all(mariadb.engine)
        more = MetaData()
        Table(
            "users",
            more,
            Column("id", Integer, primary_key=True),
            Column("car", ForeignKey(f"{schema}.cars.id")),
        )
        Table(
            "cars",
            more,
            Column("id", Integer, primary_key=True),
            Column("x", Integer),
            schema=schema,
        )
        report = autosync.sync(mariadb.engine, more)
        assert {e.object for e in report.applied} == {f"{schema}.cars.x", "users.car", "users(car)"}
        assert autosync.plan(mariadb.engine, more).in_sync
        more.drop_all(mariadb.engine)
