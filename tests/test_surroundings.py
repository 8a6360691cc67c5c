"""What is around a table that is altered: triggers, publications, heirs; and what becomes of it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy.exc import DBAPIError

import autosync
from tests.servers.database import LiveDatabase

HISTORY = {
    "postgresql": [
        "CREATE TABLE history AS SELECT * FROM users WHERE false",
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN INSERT INTO history SELECT NEW.*; RETURN NEW; END'",
        "CREATE TRIGGER audit AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION keep()",
        "CREATE TRIGGER silent AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION keep()",
        "ALTER TABLE users DISABLE TRIGGER silent",
    ],
    "mariadb": [
        "CREATE TABLE history AS SELECT * FROM users LIMIT 0",
        "CREATE TRIGGER audit AFTER INSERT ON users FOR EACH ROW "
        "INSERT INTO history SELECT * FROM users WHERE id = NEW.id",
    ],
    "sqlite": [
        "CREATE TABLE history AS SELECT * FROM users LIMIT 0",
        "CREATE TRIGGER audit AFTER INSERT ON Users FOR EACH ROW BEGIN "
        "INSERT INTO history SELECT * FROM users WHERE id = NEW.id; END",
    ],
}
HISTORY["mysql"] = HISTORY["mariadb"]


def users(*more: str) -> MetaData:
    metadata = MetaData()
    key = Column("id", Integer, primary_key=True, autoincrement=False)
    columns = [Column(name, String(20)) for name in ("name", *more)]
    Table("users", metadata, key, *columns)
    return metadata


def keyless() -> MetaData:
    metadata = users()
    Table("log", metadata, Column("line", String(20)))
    return metadata


@pytest.fixture
def live(database: LiveDatabase) -> LiveDatabase:
    users().create_all(database.engine)
    return database


def run(database: LiveDatabase, *statements: str) -> None:
    with database.create_engine(isolation_level="AUTOCOMMIT").connect() as connection:
        for sql in statements:
            connection.exec_driver_sql(sql)


def hazards(plan: autosync.Plan) -> str:
    return "\n".join(hazard for entry in plan.pending for hazard in entry.hazards)


ALL = pytest.mark.databases("sqlite", "postgresql", "mariadb", "mysql")


@ALL
def test_triggers_are_named(live: LiveDatabase) -> None:
    """One that copies whole rows does fail afterwards; those that do nothing are not named."""
    run(live, *HISTORY[live.name], "INSERT INTO users VALUES (1, 'before')")
    plan = autosync.plan(live.engine, users("more"))
    assert "the trigger audit will see rows with one more column" in hazards(plan)
    assert autosync.sync(live.engine, users("more")).in_sync
    with pytest.raises(DBAPIError):
        run(live, "INSERT INTO users (id, name) VALUES (2, 'after')")


@ALL
def test_where_nothing_hangs_nothing_is_said(live: LiveDatabase) -> None:
    assert hazards(autosync.plan(live.engine, users("more"))) == ""


@ALL
def test_it_costs_nothing_where_nothing_is_pending(live: LiveDatabase) -> None:
    """And one or two questions, for the whole database, where something is."""
    sent: list[str] = []
    sa.event.listen(live.engine, "before_cursor_execute", lambda *a: sent.append(a[2]))
    words = ("pg_trigger", "information_schema.triggers", "type = 'trigger'")
    assert autosync.plan(live.engine, users()).in_sync
    assert [sql for sql in sent if any(word in sql for word in words)] == []
    metadata = users("more")
    for number in range(5):
        key = Column("id", Integer, primary_key=True)
        Table(f"t{number}", metadata, key)
    metadata.create_all(live.engine)
    for number in range(5):
        metadata.tables[f"t{number}"].append_column(Column("more", Integer))
    assert len(autosync.plan(live.engine, metadata).pending) == 6
    assert len([sql for sql in sent if any(word in sql for word in words)]) == 1


@pytest.mark.parametrize("which", ["TABLE users", "ALL TABLES", "ALL TABLES IN SCHEMA public"])
def test_publications_are_named(postgresql: LiveDatabase, which: str) -> None:
    if "SCHEMA" in which and version(postgresql) < (15,):
        return  # there are none
    users().create_all(postgresql.engine)
    run(postgresql, f"CREATE PUBLICATION p FOR {which.replace('ALL TABLES IN', 'TABLES IN')}")
    said = hazards(autosync.plan(postgresql.engine, users("more")))
    assert "its rows are passed on by the publication p: a subscriber stops" in said


def test_a_publication_of_some_columns(postgresql: LiveDatabase) -> None:
    """Does not pass on a new one, and so nobody stops."""
    if version(postgresql) < (15,):
        return  # it cannot be limited
    users().create_all(postgresql.engine)
    run(postgresql, "CREATE PUBLICATION p FOR TABLE users (id, name)")
    assert hazards(autosync.plan(postgresql.engine, users("more"))) == ""


@pytest.mark.parametrize("rows", ["insert, update, delete", "insert"])
def test_a_table_without_a_key_in_all_tables(postgresql: LiveDatabase, rows: str) -> None:
    users().create_all(postgresql.engine)
    updates = "update" in rows
    run(postgresql, f"CREATE PUBLICATION p FOR ALL TABLES WITH (publish = '{rows}')")
    plan = autosync.plan(postgresql.engine, keyless())
    assert ("it will be in the publication p" in hazards(plan)) == updates
    assert autosync.sync(postgresql.engine, keyless()).in_sync
    run(postgresql, "INSERT INTO log VALUES ('x')")
    if updates:
        with pytest.raises(DBAPIError, match="replica identity"):
            run(postgresql, "UPDATE log SET line = 'y'")


def test_heirs_are_named(postgresql: LiveDatabase) -> None:
    """They get the column; what they had by its name is merged."""
    users().create_all(postgresql.engine)
    run(
        postgresql,
        "CREATE TABLE members (since INTEGER) INHERITS (users)",
        "CREATE TABLE guests (more VARCHAR(20)) INHERITS (members)",
    )
    said = hazards(autosync.plan(postgresql.engine, users("more")))
    assert "the tables guests, members will inherit it" in said
    assert "a column of this name in the table guests is merged with it" in said
    assert autosync.sync(postgresql.engine, users("more")).in_sync
    inspector = sa.inspect(postgresql.engine)
    for name in ("members", "guests"):
        assert "more" in {column["name"] for column in inspector.get_columns(name)}


def test_partitions_are_no_heirs(postgresql: LiveDatabase) -> None:
    """They are the table itself."""
    run(
        postgresql,
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(20)) PARTITION BY RANGE (id)",
        "CREATE TABLE users_1 PARTITION OF users FOR VALUES FROM (0) TO (9)",
    )
    assert "inherit" not in hazards(autosync.plan(postgresql.engine, users("more")))


def test_a_table_with_a_history(mariadb: LiveDatabase) -> None:
    """The server refuses to alter it: it is refused, and how it is done is said."""
    run(mariadb, "CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(20)) WITH SYSTEM VERSIONING")
    [refusal] = autosync.plan(mariadb.engine, users("more")).refused
    assert (refusal.code, "system_versioning_alter_history" in str(refusal.remedy)) == (
        "not-a-table",
        True,
    )
    alter = "ALTER TABLE users ADD COLUMN more VARCHAR(20)"
    with pytest.raises(DBAPIError, match="4119"):
        run(mariadb, alter)
    run(mariadb, "SET SESSION system_versioning_alter_history = KEEP", alter)


UNNAMED = pytest.mark.databases("mariadb", "mysql")


@UNNAMED
@pytest.mark.parametrize("most", [2, 100], ids=["large", "small"])
def test_what_is_added_without_a_name_gets_the_servers(live: LiveDatabase, most: int) -> None:
    """So a second one is refused, which another node of a cluster may send."""
    run(live, *(f"INSERT INTO users VALUES ({n}, 'x')" for n in range(3)))
    metadata = users("d", "e", "f")
    table = metadata.tables["users"]
    for columns in (["d"], ["d", "e"], ["e"]):
        table.append_constraint(sa.UniqueConstraint(*columns))
    sa.Index("e", table.c.f)
    report = autosync.sync(live.engine, metadata, max_rows_scanned=most)
    assert report.in_sync
    indexes = {i["name"]: i["column_names"] for i in sa.inspect(live.engine).get_indexes("users")}
    assert indexes == {"d": ["d"], "d_2": ["d", "e"], "e_2": ["e"], "e": ["f"]}
    with pytest.raises(DBAPIError, match="1061"):
        run(live, "ALTER TABLE users ADD CONSTRAINT d UNIQUE (d)")
    assert all("ADD UNIQUE" not in sql for sql in report.statements)


@UNNAMED
def test_it_is_the_name_that_create_all_gives(live: LiveDatabase) -> None:
    metadata = users("d", "e")
    for columns in (["d"], ["d", "e"]):
        metadata.tables["users"].append_constraint(sa.UniqueConstraint(*columns))

    def names() -> list[str | None]:
        return sorted(i["name"] or "" for i in sa.inspect(live.engine).get_indexes("users"))

    assert autosync.sync(live.engine, metadata).in_sync
    ours = names()
    metadata.drop_all(live.engine)
    metadata.create_all(live.engine)
    assert names() == ours == ["d", "d_2"]
    assert autosync.plan(live.engine, metadata).notes == ()


def version(database: LiveDatabase) -> tuple[int, ...]:
    with database.engine.connect() as connection:
        return connection.dialect.server_version_info or ()
