"""What must not happen: found by reviews, kept by tests."""

from __future__ import annotations

import time
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, MetaData, String, Table

import autosync
from autosync import apply
from tests.servers.database import SQLALCHEMY, LiveDatabase


def users(*more: Any) -> MetaData:
    metadata = MetaData()
    Table("users", metadata, Column("id", Integer, primary_key=True), *more)
    return metadata


def insert_two(engine: sa.engine.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO users (id) VALUES (1), (2)"))


def test_percent_signs_stay_single(database: LiveDatabase) -> None:
    """Whoever comes first on an engine, SQLAlchemy's DDL or ours, both write what is declared."""
    engine = database.engine
    before = MetaData()
    Table("a", before, Column("x", String(9), server_default="10%"), Column("y", Integer))
    before.create_all(engine)
    users().create_all(engine)
    insert_two(engine)
    models = users(
        Column("p", String(9), server_default="50%s"), Column("q", String(9), default="60%")
    )
    autosync.sync(engine, [before, models])
    after = MetaData()
    Table("b", after, Column("x", String(9), server_default="100%s"), Column("y", Integer))
    after.create_all(engine)
    with engine.begin() as connection:
        connection.execute(after.tables["b"].insert().values(y=1))
        assert connection.execute(sa.select(after.tables["b"].c.x)).scalar() == "100%s"
        assert connection.execute(sa.select(models.tables["users"].c.p)).scalar() == "50%s"
    assert autosync.plan(engine, [before, models, after]).in_sync


def test_a_default_is_never_evaluated(postgresql: LiveDatabase) -> None:
    """A function in a default is not called by any question that a rule asks."""
    engine = postgresql.engine
    users().create_all(engine)
    insert_two(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE log (n int); CREATE TABLE p (id int PRIMARY KEY)"))
        connection.execute(sa.text("INSERT INTO p VALUES (1), (2), (5)"))
        connection.execute(
            sa.text(
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS "
                "$$ INSERT INTO log VALUES (1); SELECT 5 $$"
            )
        )
    models = users(Column("p_id", ForeignKey("p.id"), server_default=sa.text("f()")))
    Table("p", models, Column("id", Integer, primary_key=True, autoincrement=False))
    report = autosync.sync(engine, models)
    assert {entry.object for entry in report.refused} == {"users.p_id", "users(p_id)"}
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM log")).scalar() == 0


def test_rows_that_a_policy_hides_are_rows(postgresql: LiveDatabase) -> None:
    """A table that looks empty to its owner is not taken for empty."""
    engine = postgresql.engine
    users().create_all(engine)
    insert_two(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP ROLE IF EXISTS owner_of_rows"))
        connection.execute(sa.text("CREATE ROLE owner_of_rows LOGIN PASSWORD 'x'"))
        connection.execute(sa.text("ALTER TABLE users OWNER TO owner_of_rows"))
        connection.execute(sa.text("ALTER TABLE users ENABLE ROW LEVEL SECURITY"))
        connection.execute(sa.text("ALTER TABLE users FORCE ROW LEVEL SECURITY"))
    owner = sa.create_engine(postgresql.url.set(username="owner_of_rows", password="x"))
    try:
        plan = autosync.plan(owner, users(Column("must", Integer, nullable=False)))
    finally:
        owner.dispose()
    assert [entry.code for entry in plan.refused] == ["not-null-without-default"]
    assert "the database gave no answer" in plan.refused[0].reason


@pytest.mark.databases("sqlite", "postgresql")  # in MariaDB, names of indexes are a table's own
def test_a_name_that_something_else_has_fails_at_once(database: LiveDatabase) -> None:
    """It is not mistaken for another process that is doing the same."""
    engine = database.engine
    users(Column("name", String(9)), Column("x", Integer)).create_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE INDEX ix_taken ON users (name)")
    models = users(Column("name", String(9)), Column("x", Integer))
    Table("cars", models, Column("id", Integer, primary_key=True), Column("n", Integer))
    Index("ix_taken", models.tables["cars"].c.n)
    started = time.monotonic()
    with pytest.raises(autosync.StatementFailed, match="already exists"):
        autosync.sync(engine, models, deadline=30)
    assert time.monotonic() - started < 5


def test_nothing_runs_that_was_not_planned(database: LiveDatabase) -> None:
    """What only becomes possible by what was applied is left to the next run."""
    engine = database.engine
    users(Column("kind", String(9))).create_all(engine)
    insert_two(engine)
    models = users(
        Column("kind", String(9)),
        Column("age", Integer),
        CheckConstraint("age > 0 OR kind IS NULL", name="ck"),
    )
    plan = autosync.plan(engine, models)
    report = autosync.sync(engine, models)
    assert report.statements == plan.statements
    assert len(set(report.statements)) == len(report.statements)


@pytest.mark.skipif(SQLALCHEMY < (2, 0), reason="ddl_if came with SQLAlchemy 2")
def test_what_is_for_another_database_is_not_created(database: LiveDatabase) -> None:
    """``ddl_if`` holds for constraints and indexes, as it does in create_all()."""

    def models() -> MetaData:
        metadata = users(Column("x", Integer), CheckConstraint("x > 0").ddl_if(dialect="oracle"))
        Index("ix_x", metadata.tables["users"].c.x).ddl_if(dialect="oracle")
        return metadata

    assert len(autosync.sync(database.engine, models()).statements) == 1
    assert autosync.plan(database.engine, models()).in_sync
    assert sa.inspect(database.engine).get_indexes("users") == []


def test_sqlite_in_autocommit_is_refused(sqlite: LiveDatabase) -> None:
    """Nobody would commit the transaction."""
    options: dict[str, Any] = {} if SQLALCHEMY >= (2, 0) else {"future": True}
    engine = sqlite.create_engine(isolation_level="AUTOCOMMIT", **options)
    with engine.connect() as connection, pytest.raises(autosync.UnusableConnection):
        autosync.sync(connection, users())


def test_sqlite_with_events_that_begin(sqlite: LiveDatabase) -> None:
    """The recipe of SQLAlchemy's documentation for transactional DDL."""
    options: dict[str, Any] = {} if SQLALCHEMY >= (2, 0) else {"future": True}
    engine = sqlite.create_engine(**options)
    sa.event.listen(engine, "connect", lambda dbapi, _: setattr(dbapi, "isolation_level", None))
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    users().create_all(engine)
    with engine.connect() as connection:
        autosync.sync(connection, users(Column("x", Integer)))
        connection.rollback()
        assert len(autosync.plan(connection, users(Column("x", Integer))).pending) == 1
        autosync.sync(connection, users(Column("x", Integer)))
        connection.commit()
    assert autosync.sync(engine, users(Column("x", Integer), Column("y", Integer))).in_sync


def test_mariadb_does_not_wait_behind_lock_tables(mariadb: LiveDatabase) -> None:
    """Counting rows has the deadline of everything else."""
    users().create_all(mariadb.engine)
    with mariadb.create_engine().connect() as connection:
        connection.exec_driver_sql("LOCK TABLES users WRITE")
        started = time.monotonic()
        with pytest.raises(autosync.LockNotAcquired):
            autosync.plan(mariadb.engine, users(Column("x", Integer, nullable=False)), deadline=1)
        assert time.monotonic() - started < 5
        connection.exec_driver_sql("UNLOCK TABLES")


def test_mariadb_in_a_transaction_is_not_trusted_about_emptiness(mariadb: LiveDatabase) -> None:
    """Its snapshot may be older than the rows, which would get invented values."""
    users().create_all(mariadb.engine)
    with mariadb.engine.begin() as connection:
        connection.execute(sa.text("SELECT count(*) FROM users"))
        insert_two(mariadb.create_engine())
        report = autosync.sync(connection, users(Column("x", Integer, nullable=False)))
    assert [entry.code for entry in report.refused] == ["not-null-without-default"]


def test_mariadb_invents_no_values_for_rows_that_come_in_between(
    mariadb: LiveDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table was empty when it was judged; the ALTER makes sure that it still is."""
    users().create_all(mariadb.engine)
    original = apply._Run._run

    def insert_first(self: Any, statement: Any, patience: float) -> None:
        monkeypatch.undo()
        insert_two(mariadb.create_engine())
        original(self, statement, patience)

    monkeypatch.setattr(apply._Run, "_run", insert_first)
    models = users(Column("x", Integer, nullable=False))
    report = autosync.sync(mariadb.engine, models)
    assert report.statements == ()
    assert [entry.code for entry in report.refused] == ["not-null-without-default"]
    insert_two_more = "INSERT INTO users (id) VALUES (3), (4)"
    with mariadb.create_engine().begin() as connection:  # no lock is left
        connection.exec_driver_sql(insert_two_more)


def test_types_that_listen_are_no_listeners(database: LiveDatabase) -> None:
    """SQLAlchemy's own enum types listen to the creation of tables; that is no hazard."""
    metadata = MetaData()
    Table(
        "t", metadata, Column("id", Integer, primary_key=True), Column("k", sa.Enum("a", name="k"))
    )
    plan = autosync.plan(database.engine, metadata)
    assert [entry.hazards for entry in plan.pending if entry.kind == "table"] == [()]
