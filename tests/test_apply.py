"""Applying: locks, deadlines, failures, and what they leave behind."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, MetaData, String, Table

import autosync
from autosync import apply
from tests.corpus.case import metadata
from tests.corpus.catalog import catalog
from tests.servers.database import LiveDatabase
from tests.tables import COMPRESSED, Unforeseen


def old(**options: str) -> MetaData:
    metadata = MetaData()
    Table("users", metadata, Column("id", Integer, primary_key=True), **options)
    Table("cities", metadata, Column("id", Integer, primary_key=True))
    return metadata


def new() -> MetaData:
    metadata = MetaData()
    Table(
        "users",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("mail", String(40), unique=True),
        Column("city", ForeignKey("cities.id"), index=True),
        Column("kind", sa.Enum("a", "b", name="kinds"), nullable=False, default="a"),
    )
    Table("cities", metadata, Column("id", Integer, primary_key=True), Column("name", String(9)))
    Table("a", metadata, Column("id", Integer, primary_key=True), Column("b", ForeignKey("b.id")))
    Table("b", metadata, Column("id", Integer, primary_key=True), Column("a", ForeignKey("a.id")))
    return metadata


def test_deadline(database: LiveDatabase) -> None:
    """When it passes, nothing waits on, and the report says what is pending."""
    old().create_all(database.engine)
    engine = database.create_engine(
        connect_args={"timeout": 0.1} if database.name == "sqlite" else {}
    )
    with database.create_engine().begin() as other:
        if database.name == "sqlite":
            other.exec_driver_sql("BEGIN IMMEDIATE")
        other.execute(old().tables["users"].insert().values(id=1))
        started = time.monotonic()
        with pytest.raises(autosync.LockNotAcquired, match="1 seconds") as caught:
            autosync.sync(engine, new(), deadline=1)
        assert time.monotonic() - started < 4
    assert caught.value.report.pending
    report = autosync.sync(engine, new())
    assert report.in_sync
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT kind FROM users")).scalar() == "a"


def test_it_waits_for_its_turn(database: LiveDatabase) -> None:
    """A transaction that ends within the deadline only delays it."""
    old().create_all(database.engine)
    release = threading.Event()
    started = threading.Event()

    def hold() -> None:
        with database.create_engine().begin() as other:
            if database.name == "sqlite":
                other.exec_driver_sql("BEGIN IMMEDIATE")
            other.execute(old().tables["users"].insert().values(id=1))
            started.set()
            release.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    started.wait(20)
    timer = threading.Timer(0.5, release.set)
    timer.start()
    try:
        assert autosync.sync(database.engine, new()).in_sync
    finally:
        release.set()
        thread.join()


def violating(md: MetaData) -> None:
    """A check that no database can make, on a table of which nobody is asked."""
    Table(
        "users",
        md,
        Column("id", Integer, primary_key=True),
        Column("fine", Integer),
        Column("age", Integer),
        CheckConstraint(Unforeseen("age"), name="ck_age"),
    )
    Table("later", md, Column("id", Integer, primary_key=True))


def test_a_failing_statement(database: LiveDatabase) -> None:
    """It says which, what the database said, and what was applied; nothing is half done."""
    old(**COMPRESSED).create_all(database.engine)
    with pytest.raises(autosync.StatementFailed) as caught:
        autosync.sync(database.engine, metadata(violating))
    error = caught.value
    assert "ck_age" in error.statement
    assert error.statement in str(error)
    assert isinstance(error.__cause__, sa.exc.DBAPIError)
    columns = {column["name"] for column in sa.inspect(database.engine).get_columns("users")}
    assert "age" not in columns
    assert {entry.object for entry in error.report.applied} == {"later"}
    assert sa.inspect(database.engine).has_table("later")
    assert "ck_age" in {entry.name for entry in error.failed}
    assert "no_such_function" in error.failed[0].error.lower()
    assert error.report.pending == ()
    assert list(error.report.statements) == [e.sql for e in error.report.applied]
    # the session is usable, and nothing is locked
    assert autosync.plan(database.engine, metadata(violating)).pending


@pytest.mark.databases("sqlite", "postgresql")
def test_a_failure_inside_a_handed_in_transaction(database: LiveDatabase) -> None:
    """The caller's own work is still there to be committed."""
    old().create_all(database.engine)
    with database.engine.begin() as connection:
        connection.execute(old().tables["cities"].insert().values(id=1))
        with pytest.raises(autosync.StatementFailed):
            autosync.sync(connection, metadata(violating))
    with database.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT id FROM cities")).scalar() == 1


def test_reading_does_not_write(database: LiveDatabase) -> None:
    """A dry run sends nothing that would change the database, and leaves no transaction open."""
    old().create_all(database.engine)
    before = catalog(database.engine)
    autosync.plan(database.engine, new())
    assert catalog(database.engine) == before


@pytest.mark.databases("postgresql")
def test_reading_beside_an_open_alter(database: LiveDatabase) -> None:
    """An uncommitted ALTER of another table is in nobody's way; of ours, it is waited for."""
    old().create_all(database.engine)
    others = MetaData()
    Table("cities", others, Column("id", Integer, primary_key=True))
    with database.create_engine().connect() as connection:
        transaction = connection.begin()
        connection.execute(sa.text("ALTER TABLE users ADD COLUMN z integer DEFAULT 1"))
        started = time.monotonic()
        assert autosync.sync(database.engine, others).in_sync
        assert time.monotonic() - started < 1
        models = old()
        models.tables["users"].append_column(Column("z", Integer, server_default="1"))
        with pytest.raises(autosync.LockNotAcquired):
            autosync.sync(database.engine, models, deadline=1)
        transaction.rollback()
    assert autosync.sync(database.engine, models).in_sync


@pytest.mark.databases("postgresql")
def test_without_the_right_to_make_temporary_tables(database: LiveDatabase) -> None:
    """What the server cannot be asked about is undecided, and not taken for equal."""
    live, models = MetaData(), MetaData()
    Table(
        "t",
        live,
        Column("id", Integer, primary_key=True),
        Column("x", String(9), server_default=sa.text("lower('A')")),
    )
    Table(
        "t",
        models,
        Column("id", Integer, primary_key=True),
        Column("x", String(9), server_default=sa.text("lower( 'A' )")),
    )
    live.create_all(database.engine)
    assert autosync.plan(database.engine, models).in_sync
    name = database.url.database
    with database.engine.begin() as connection:
        connection.execute(sa.text(f'REVOKE TEMP ON DATABASE "{name}" FROM public'))
        connection.execute(sa.text("DROP ROLE IF EXISTS reader"))
        connection.execute(sa.text("CREATE ROLE reader LOGIN PASSWORD 'reader'"))
        connection.execute(sa.text("GRANT SELECT ON t TO reader"))
    engine = sa.create_engine(database.url.set(username="reader", password="reader"))
    try:
        plan = autosync.plan(engine, models)
    finally:
        engine.dispose()
    assert [(entry.object, entry.difference) for entry in plan.undecided] == [("t.x", "default")]
    assert "could not be asked" in plan.undecided[0].reason
    assert not plan.in_sync
    assert not plan.refused


def test_units_of_postgresql(postgresql: LiveDatabase) -> None:
    """One existing table for each transaction, and one foreign parent at most."""
    old().create_all(postgresql.engine)
    units = [
        tuple(s.sql for s in unit.statements)
        for unit in autosync.plan(postgresql.engine, new()).units
    ]
    altering = [[sql for sql in unit if sql.startswith("ALTER TABLE")] for unit in units]
    existing = [[sql for sql in unit if "users" in sql or "cities" in sql] for unit in altering]
    assert [len(unit) for unit in existing if unit] == [1, 1]


def test_a_thousand_tables(postgresql: LiveDatabase) -> None:
    """New tables come in batches, so that no transaction needs too many locks."""
    models = MetaData()
    for number in range(1000):
        Table(f"t{number}", models, Column("id", Integer, primary_key=True, autoincrement=False))
    plan = autosync.plan(postgresql.engine, models)
    assert max(len(unit.statements) for unit in plan.units) == 500
    assert len(plan.units) == 2


def test_sqlite_rolls_everything_back(
    sqlite: LiveDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even with the driver's default transaction control, which leaks DDL."""
    old().create_all(sqlite.engine)
    before = catalog(sqlite.engine)
    executed: list[str] = []
    original = apply._Run._run

    def fail_at_the_third(self: Any, statement: Any, patience: float) -> None:
        if len(executed) == 2:
            raise RuntimeError("interrupted")
        executed.append(statement.sql)
        original(self, statement, patience)

    monkeypatch.setattr(apply._Run, "_run", fail_at_the_third)
    with pytest.raises(RuntimeError, match="interrupted"):
        autosync.sync(sqlite.engine, new())
    monkeypatch.undo()
    assert catalog(sqlite.engine) == before
    assert autosync.sync(sqlite.engine, new()).in_sync


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_sqlite_journals(sqlite: LiveDatabase, journal: str) -> None:
    """A reader in the middle of a transaction holds up neither side for long."""
    with sqlite.engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA journal_mode = {journal}")
    old().create_all(sqlite.engine)
    engine = sqlite.create_engine()
    if journal == "wal":
        with engine.connect() as reader:
            reader.exec_driver_sql("BEGIN")
            reader.exec_driver_sql("SELECT * FROM users").all()
            assert autosync.sync(sqlite.engine, new()).in_sync
            reader.exec_driver_sql("ROLLBACK")
    else:
        assert autosync.sync(sqlite.engine, new()).in_sync


def test_nothing_to_do_takes_no_lock(database: LiveDatabase) -> None:
    """A no-op start writes nothing and sends few statements, however many tables there are."""
    models = new()
    models.create_all(database.engine)
    sent: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *a: sent.append(a[2]))
    assert autosync.sync(database.engine, models).in_sync
    assert len(sent) <= 8
    assert not [sql for sql in sent if "lock(" in sql.lower() or "CREATE" in sql]


def test_a_chain_longer_than_can_recurse(sqlite: LiveDatabase) -> None:
    """Each table gets a column that points at the next table."""
    before, after = MetaData(), MetaData()
    for number in range(sys.getrecursionlimit() + 100):
        for models in (before, after):
            Table(f"t{number}", models, Column("id", Integer, primary_key=True))
        column = Column("next", ForeignKey(f"t{number + 1}.id"))
        after.tables[f"t{number}"].append_column(column)
    Table(f"t{number + 1}", before, Column("id", Integer, primary_key=True))
    Table(f"t{number + 1}", after, Column("id", Integer, primary_key=True))
    before.create_all(sqlite.engine)

    plan = autosync.plan(sqlite.engine, after)

    assert len(plan.statements) == len(before.tables) - 1
    assert plan.statements[0].startswith(f"ALTER TABLE t{number} ")
