"""Rights are asked before anything is touched, and only where something is pending."""

from __future__ import annotations

import logging
import multiprocessing
import os
import pwd
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, MetaData, String, Table
from sqlalchemy.engine import Engine

import autosync
from autosync.ddl import send
from autosync.plan import Report
from tests.corpus.catalog import catalog
from tests.servers import Server
from tests.servers.base import primary_group, unprivileged_user
from tests.servers.database import SQLALCHEMY, Databases, LiveDatabase, admin_engine

ASKING = re.compile("pg_has_role|SHOW GRANTS|BEGIN EXCLUSIVE")
"""What only the question for rights sends."""


@pytest.fixture(autouse=True)
def asked(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The question for rights was understood, unless a test says that it was not."""
    with caplog.at_level(logging.DEBUG, "autosync"):
        yield
    assert "the rights could not be asked" not in caplog.text


def users(*more: Any) -> MetaData:
    metadata = MetaData()
    Table("cities", metadata, Column("id", Integer, primary_key=True))
    Table("users", metadata, Column("id", Integer, primary_key=True), *more)
    return metadata


def named() -> MetaData:
    """Models that need a new column, and nothing else."""
    return users(Column("name", String(40)))


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            send(connection, statement)


class Role:
    """A role of a server, with an engine for the database of a test."""

    def __init__(self, admin: Engine, name: str, engine: Engine) -> None:
        self.admin = admin
        self.name = name
        self.engine = engine

    def let(self, *statements: str) -> None:
        """Run these as the administrator; ``{}`` is the role's name."""
        run(self.admin, *(statement.replace("{}", self.name) for statement in statements))


@contextmanager
def made(database: LiveDatabase, suffix: str = "") -> Iterator[Role]:
    """A role that may do nothing, for as long as a test needs it."""
    user = f"{database.url.database}{suffix}"
    what, name, password = "ROLE", user, "LOGIN PASSWORD"
    if database.name != "postgresql":
        what, name, password = "USER", f"'{user}'@'%'", "IDENTIFIED BY"
    run(database.engine, f"CREATE {what} {name} {password} 'secret'")
    engine = sa.create_engine(database.url.set(username=user, password="secret"))
    role = Role(database.engine, name, engine)
    try:
        yield role
    finally:
        engine.dispose()
        if what == "ROLE":
            role.let(f"REASSIGN OWNED BY {{}} TO {database.url.username}", "DROP OWNED BY {}")
        role.let(f"DROP {what} {{}}")


@pytest.fixture
def role(request: pytest.FixtureRequest) -> Iterator[Role]:
    """A role for the one database that a test is about."""
    (name,) = {"database", "postgresql", "mariadb", "mysql"} & set(request.fixturenames)
    with made(request.getfixturevalue(name)) as role:
        yield role


def refused(role: Role, models: MetaData, **options: Any) -> list[str]:
    """The reasons of the one refusal, in which each begins with who it is that may not.

    Everything is pending, and nothing was changed.
    """
    before = catalog(role.admin)
    pending = autosync.plan(role.engine, models, **options).pending
    report = autosync.sync(role.engine, models, **options)
    assert pending
    assert (report.applied, report.statements, report.pending) == ((), (), pending)
    assert [entry.code for entry in report.refused].count("missing-right") == 1
    first = report.refused[0]
    assert (first.code, first.kind, first.severity) == ("missing-right", "database", "breaks")
    assert f"x database {first.object}  [missing-right]" in str(report)
    assert report.to_dict()["refused"][0]["code"] == "missing-right"
    with pytest.raises(autosync.ChangesRefused) as caught:
        autosync.sync(role.engine, models, on_refused="raise", **options)
    assert caught.value.report == report
    assert catalog(role.admin) == before
    return re.split("; (?=the |test_)", first.reason)


def follow(role: Role, models: MetaData, **options: Any) -> Report:
    """What becomes of it after the administrator has run the remedy as it stands."""
    remedy = autosync.sync(role.engine, models, **options).refused[0].remedy
    run(role.admin, *remedy.statements)
    role.engine.dispose()
    return autosync.sync(role.engine, models, **options)


def sent(engine: Engine) -> list[str]:
    """What is sent from now on."""
    statements: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    return statements


# --- one right after the other ------------------------------------------------------------------

POSTGRESQL = {
    "lacks CREATE on the schema public": "GRANT CREATE ON SCHEMA public TO {}",
    "lacks CREATE on the schema shop": "GRANT CREATE ON SCHEMA shop TO {}",
    "lacks USAGE on the schema shop": "GRANT USAGE ON SCHEMA shop TO {}",
    "does not own the table public.users, which is postgres's": "ALTER TABLE users OWNER TO {}",
    "does not own the type public.kinds, which is postgres's": "ALTER TYPE kinds OWNER TO {}",
    "lacks REFERENCES on the table public.cities": "GRANT REFERENCES (id) ON cities TO {}",
}
MARIADB = {
    "lacks CREATE on orders; if it exists, it is hidden": "GRANT CREATE, SELECT ON orders TO {}",
    "lacks CREATE on numbers; if it exists, it is hidden": "GRANT CREATE ON numbers TO {}",
    "lacks ALTER on users": "GRANT ALTER ON users TO {}",
    "lacks SELECT on users": "GRANT SELECT ON users TO {}",
    "lacks SELECT on cities": "GRANT SELECT ON cities TO {}",
    "lacks LOCK TABLES on the database test_": "GRANT LOCK TABLES ON [database].* TO {}",
}
ALSO = {
    "lacks CREATE on orders; if it exists, it is hidden": [
        "lacks CREATE on orders; if it exists, it is hidden",
        "lacks SELECT on orders, without which its columns are hidden",
    ],
    "lacks SELECT on users": ["lacks SELECT on users, without which its columns are hidden"],
    "lacks SELECT on cities": ["lacks REFERENCES on cities"],
}
"""What is said where it is not just what is missing."""
INSTEAD = dict.fromkeys(
    ["lacks SELECT on cities", "lacks REFERENCES on cities"], "GRANT SELECT (id) ON cities TO {}"
)
"""What shows the table in question, where it would otherwise be hidden."""
MYSQL = {
    what: sql for what, sql in MARIADB.items() if "numbers" not in what and "cities" not in what
} | {"lacks REFERENCES on cities": "GRANT REFERENCES, SELECT (id) ON cities TO {}"}
"""It has no sequences, and lets nobody point a key at a table who may just read it."""
GRANTS = {"postgresql": POSTGRESQL, "mariadb": MARIADB, "mysql": MYSQL}
LABELS = {"allow": ["enum-labels"]}


def everything(database: LiveDatabase) -> MetaData:
    """Models that need each kind of right, of which the database has a part."""
    kinds = "a" if database.name == "postgresql" else "ab"
    users(Column("kind", sa.Enum(*kinds, name="kinds"))).create_all(database.engine)
    metadata = users(
        Column("kind", sa.Enum("a", "b", name="kinds")),
        Column("city", ForeignKey("cities.id"), index=True),
    )
    shop = None
    if database.name == "postgresql":
        shop = "shop"
        run(database.engine, "CREATE SCHEMA shop", "GRANT SELECT ON users, cities TO public")
    Table("orders", metadata, Column("id", Integer, primary_key=True), schema=shop)
    sa.Sequence("numbers", metadata=metadata, schema=shop)
    return metadata


def grants(database: LiveDatabase) -> dict[str, str]:
    name = str(database.url.database)
    return {what: sql.replace("[database]", name) for what, sql in GRANTS[database.name].items()}


@pytest.mark.databases("postgresql", "mariadb", "mysql")
def test_each_right_by_itself(database: LiveDatabase) -> None:
    """With all but one, the refusal names that one, and no other."""
    models = everything(database)
    for number, missing in enumerate(grants(database)):
        with made(database, f"_{number}") as role:
            rights = {**grants(database), missing: INSTEAD.get(missing, "")}
            role.let(*filter(None, rights.values()))
            reasons = refused(role, models, **LABELS)
            expected = ALSO.get(missing, [missing])
            assert len(reasons) == len(expected), reasons
            assert all(one in reason for one, reason in zip(expected, reasons, strict=True))


@pytest.mark.databases("postgresql", "mariadb", "mysql")
def test_all_rights_at_once(database: LiveDatabase, role: Role) -> None:
    """Without any, one refusal names them; with what its remedy grants, all is applied."""
    models = everything(database)
    if database.name != "postgresql":
        # otherwise its tables would all be hidden
        role.let("GRANT SELECT ON users TO {}", "GRANT SELECT ON cities TO {}")
    reasons = refused(role, models, **LABELS)
    lacking = [what for what in grants(database) if what in "; ".join(reasons)]
    held = {"lacks SELECT on users", "lacks SELECT on cities"}
    assert lacking == [what for what in grants(database) if what not in held]
    report = follow(role, models, **LABELS)
    assert report.in_sync
    assert report.applied
    assert autosync.plan(database.engine, models).in_sync


@pytest.mark.databases("postgresql", "mariadb", "mysql")
def test_all_but_the_rights_to_what_is_there(database: LiveDatabase, role: Role) -> None:
    """What is not pending needs no right: a table of one's own beside tables of others."""
    users().create_all(database.engine)
    models = users()
    Table("orders", models, Column("id", Integer, primary_key=True))
    role.let("GRANT SELECT ON users TO {}", "GRANT SELECT ON cities TO {}")
    if database.name == "postgresql":
        role.let("GRANT CREATE ON SCHEMA public TO {}")
    else:
        role.let("GRANT CREATE, SELECT ON orders TO {}")
    assert len(autosync.sync(role.engine, models).applied) == 1


def test_nothing_pending(database: LiveDatabase) -> None:
    """A role that may only read can start, and nobody asks for its rights."""
    users().create_all(database.engine)
    if database.name == "sqlite":
        reader = database.create_engine()
        sa.event.listen(reader, "connect", lambda dbapi, _: dbapi.execute("PRAGMA query_only = 1"))
        assert_reads(reader)
        return
    with made(database) as role:
        role.let("GRANT SELECT ON users TO {}", "GRANT SELECT ON cities TO {}")
        assert_reads(role.engine)


def assert_reads(engine: Engine) -> None:
    statements = sent(engine)
    assert autosync.sync(engine, users(), on_refused="raise").in_sync
    assert not [sql for sql in statements if ASKING.search(sql)]
    assert autosync.sync(engine, named()).refused
    assert [sql for sql in statements if ASKING.search(sql)]


def test_a_dry_run_says_nothing_of_rights(mariadb: LiveDatabase, role: Role) -> None:
    users().create_all(mariadb.engine)
    role.let("GRANT SELECT ON users TO {}", "GRANT SELECT ON cities TO {}")
    statements = sent(role.engine)
    plan = autosync.plan(role.engine, named())
    assert [entry.object for entry in plan.pending] == ["users.name"]
    assert not plan.refused
    assert not [sql for sql in statements if ASKING.search(sql)]


@pytest.mark.skipif(SQLALCHEMY < (2, 1), reason="views came with SQLAlchemy 2.1")
@pytest.mark.databases("postgresql", "mariadb", "mysql")
def test_a_view(database: LiveDatabase, role: Role) -> None:
    from sqlalchemy.sql.ddl import CreateView

    users().create_all(database.engine)
    models = users()
    CreateView(sa.select(models.tables["users"].c.id), "ids", metadata=models)
    role.let("GRANT SELECT ON users TO {}", "GRANT SELECT ON cities TO {}")
    expected = {
        "postgresql": "lacks CREATE on the schema public",
        "mariadb": "lacks CREATE VIEW on ids; if it exists, it is hidden",
        "mysql": "lacks CREATE VIEW on ids; if it exists, it is hidden",
    }
    (reason,) = refused(role, models)
    assert expected[database.name] in reason
    assert len(follow(role, models).applied) == 1


# --- PostgreSQL ---------------------------------------------------------------------------------


def test_an_index_takes_the_schema_too(postgresql: LiveDatabase, role: Role) -> None:
    users(Column("name", String(40))).create_all(postgresql.engine)
    models = users(Column("name", String(40)), Index("ix_name", "name"))
    role.let("ALTER TABLE users OWNER TO {}", "GRANT SELECT ON cities TO {}")
    assert refused(role, models, allow=["indexes"]) == [
        f"the role {role.name} lacks CREATE on the schema public"
    ]
    assert len(follow(role, models, allow=["indexes"]).applied) == 1


@pytest.mark.parametrize("attributes", ["", "CREATEROLE", "SUPERUSER"])
def test_an_owner_keeps_its_tables(postgresql: LiveDatabase, role: Role, attributes: str) -> None:
    """A remedy makes the role a member of the owner; but not of one that may do more than own."""
    users().create_all(postgresql.engine)
    role.let("GRANT SELECT ON users, cities TO {}")
    with made(postgresql, "_owner") as owner:
        owner.let("ALTER TABLE users OWNER TO {}", f"ALTER ROLE {{}} {attributes}")
        (reason,) = refused(role, named())
        assert reason.endswith(f"does not own the table public.users, which is {owner.name}'s")
        assert len(follow(role, named()).applied) == 1
        with postgresql.engine.connect() as connection:
            query = "SELECT tableowner FROM pg_tables WHERE tablename = 'users'"
            now = connection.exec_driver_sql(query).scalar()
    assert now == (role.name if attributes else owner.name)


def test_a_member_that_inherits_nothing(postgresql: LiveDatabase, role: Role) -> None:
    """Its membership is of no use to it without a SET ROLE."""
    users().create_all(postgresql.engine)
    with made(postgresql, "_owner") as owner:
        owner.let("ALTER TABLE users OWNER TO {}", "ALTER TABLE cities OWNER TO {}")
        role.let("ALTER ROLE {} NOINHERIT", f"GRANT {owner.name} TO {{}}")
        role.let("GRANT SELECT ON users, cities TO {}")
        refused(role, named())
        remedy = autosync.sync(role.engine, named()).refused[0].remedy
        assert str(remedy) == f"ALTER TABLE public.users OWNER TO {role.name};"
        with role.engine.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL ROLE {owner.name}")
            assert len(autosync.sync(connection, named()).applied) == 1


def test_partitions_are_altered_too(postgresql: LiveDatabase, role: Role) -> None:
    run(
        postgresql.engine,
        "CREATE TABLE cities (id serial PRIMARY KEY)",
        "CREATE TABLE users (id serial PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE users_1 PARTITION OF users FOR VALUES FROM (1) TO (10)",
    )
    role.let("ALTER TABLE users OWNER TO {}", "GRANT SELECT ON cities TO {}")
    (reason,) = refused(role, named())
    assert reason.endswith("does not own the table public.users_1, which is postgres's")
    assert len(follow(role, named()).applied) == 1


def test_a_schema_that_may_not_be_used(postgresql: LiveDatabase, role: Role) -> None:
    """Its tables look missing, and are not taken for missing."""
    named().create_all(postgresql.engine)
    role.let("REVOKE ALL ON SCHEMA public FROM public", "GRANT SELECT ON users, cities TO {}")
    (reason,) = refused(role, named())
    assert "may use no schema of its search_path" in reason
    assert follow(role, named()).statements == ()


def test_names_that_need_quotes(postgresql: LiveDatabase, role: Role) -> None:
    """The remedy can be pasted whatever things are called."""
    models = MetaData()
    Table('a "b; --', models, Column("id", Integer, primary_key=True), schema="select %s :x")
    run(postgresql.engine, 'CREATE SCHEMA "select %s :x"')
    models.create_all(postgresql.engine)
    models.tables['select %s :x.a "b; --'].append_column(Column("n", Integer))
    refused(role, models)
    assert len(follow(role, models).applied) == 1


def test_where_rights_cannot_be_asked(
    postgresql: LiveDatabase, role: Role, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried all the same, and what the database says is the answer."""
    users().create_all(postgresql.engine)
    role.let("GRANT SELECT ON users, cities TO {}")
    run(postgresql.engine, "REVOKE EXECUTE ON FUNCTION pg_has_role(oid, text) FROM public")
    with pytest.raises(autosync.StatementFailed, match="must be owner"):
        autosync.sync(role.engine, named())
    role.let("ALTER TABLE users OWNER TO {}")
    with role.engine.begin() as connection:
        assert len(autosync.sync(connection, named()).applied) == 1
    assert "the rights could not be asked" in caplog.text
    caplog.clear()


def test_a_read_only_role_of_postgresql(postgresql: LiveDatabase, role: Role) -> None:
    users().create_all(postgresql.engine)
    role.let("ALTER TABLE users OWNER TO {}", "GRANT SELECT ON cities TO {}")
    role.let("ALTER ROLE {} SET default_transaction_read_only = on")
    by_default = "the transaction is read-only by default_transaction_read_only"
    assert refused(role, named()) == [by_default]
    assert len(follow(role, named()).applied) == 1


def test_a_read_only_transaction(postgresql: LiveDatabase) -> None:
    """The transaction that was handed in is still good for what it was before."""
    users().create_all(postgresql.engine)
    with postgresql.engine.begin() as connection:
        connection.execute(sa.text("SET TRANSACTION READ ONLY"))
        report = autosync.sync(connection, named())
        assert [entry.reason for entry in report.refused] == ["the transaction is read-only"]
        assert connection.execute(sa.text("SELECT count(*) FROM users")).scalar() == 0


# --- MariaDB ------------------------------------------------------------------------------------


@pytest.mark.databases("mariadb", "mysql")
def test_hidden_tables_are_not_taken_for_missing(database: LiveDatabase, role: Role) -> None:
    """Nothing is created in the place of a table that the role cannot see."""
    named().create_all(database.engine)
    role.let("GRANT SELECT, ALTER ON cities TO {}")
    before = catalog(database.engine)
    assert refused(role, named()) == [
        f"{user(role)} lacks CREATE on users; if it exists, it is hidden",
        f"{user(role)} lacks SELECT on users, without which its columns are hidden",
    ]
    assert follow(role, named()).statements == ()
    assert autosync.sync(role.engine, named()).in_sync
    assert catalog(database.engine) == before


def user(role: Role) -> str:
    """The role as MariaDB prints it without quotes."""
    return role.name.replace("'", "")


@pytest.mark.databases("mariadb", "mysql")
def test_hidden_columns_are_not_taken_for_missing(database: LiveDatabase, role: Role) -> None:
    named().create_all(database.engine)
    role.let("GRANT SELECT ON cities TO {}", "GRANT ALTER, SELECT (id) ON users TO {}")
    assert refused(role, named()) == [
        f"{user(role)} lacks SELECT on users, without which its columns are hidden"
    ]
    assert follow(role, named()).statements == ()


GRANTED = {
    "on the database": ["GRANT ALL ON `[database]`.* TO {}"],
    "on a pattern": ["GRANT CREATE, ALTER, SELECT, LOCK TABLES ON `[pattern]`.* TO {}"],
    "on everything": ["GRANT CREATE, ALTER, SELECT, LOCK TABLES ON *.* TO {}"],
    "by a role": [
        "CREATE ROLE [database]_outer",
        "CREATE ROLE [database]_inner",
        "GRANT ALL ON `[pattern]`.* TO [database]_inner",
        "GRANT [database]_inner TO [database]_outer",
        "GRANT [database]_outer TO {}",
        "SET DEFAULT ROLE [database]_outer FOR {}",
    ],
    "to everyone": ["GRANT ALL ON `[database]`.* TO PUBLIC"],
}
UNDOING = {
    "by a role": ["DROP ROLE [database]_outer", "DROP ROLE [database]_inner"],
    "to everyone": ["REVOKE ALL ON `[database]`.* FROM PUBLIC"],
}


@pytest.mark.databases("mariadb", "mysql")
@pytest.mark.parametrize("way", GRANTED)
def test_rights_from_wherever_they_come(database: LiveDatabase, role: Role, way: str) -> None:
    """What the server permits is not refused, however it prints the grants."""
    models = everything(database)
    name = str(database.url.database)
    words = {"[database]": name, "[pattern]": name.replace("_", r"\_")[:-1] + "%"}
    if database.name == "mysql":
        words["SET DEFAULT ROLE [database]_outer FOR"] = f"SET DEFAULT ROLE {name}_outer TO"
        words["TO PUBLIC"], words["FROM PUBLIC"] = "TO {}", "FROM {}"  # there is no PUBLIC
        words["SELECT, LOCK"] = "SELECT, REFERENCES, LOCK"
    words = dict(reversed(words.items()))
    role.let(*(replaced(sql, words) for sql in GRANTED[way]))
    if way in UNDOING and database.name == "mariadb":
        sa.event.listen(role.engine, "connect", lambda dbapi, _: print_otherwise(dbapi))
    try:
        assert autosync.sync(role.engine, models).in_sync
    finally:
        role.let(*(replaced(sql, words) for sql in UNDOING.get(way, ())))


def replaced(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def print_otherwise(dbapi: Any) -> None:
    with dbapi.cursor() as cursor:
        cursor.execute("SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'")
        cursor.execute("SET SESSION sql_quote_show_create = 0")


@pytest.mark.databases("mariadb", "mysql")
def test_a_grant_that_takes_nothing_away(database: LiveDatabase, role: Role) -> None:
    """The server heeds one pattern for a database: a second would hide what the first grants."""
    models = everything(database)
    pattern = str(database.url.database).replace("_", r"\_")[:-1] + "%"
    role.let(f"GRANT CREATE, ALTER, SELECT, REFERENCES ON `{pattern}`.* TO {{}}")
    (reason,) = refused(role, models)
    assert f"lacks LOCK TABLES on the database {database.url.database}" in reason
    assert follow(role, models).in_sync


@pytest.mark.databases("mariadb", "mysql")
def test_a_read_only_session_of_mariadb(database: LiveDatabase) -> None:
    users().create_all(database.engine)
    with database.engine.connect() as connection:
        connection.execute(sa.text("SET SESSION TRANSACTION READ ONLY"))
        report = autosync.sync(connection, named())
        assert [entry.code for entry in report.refused] == ["missing-right"]
        assert "read-only" in report.refused[0].reason
        send(connection, *report.refused[0].remedy.statements)
        assert autosync.sync(connection, named()).in_sync


# --- servers of our own, on which nobody can write ----------------------------------------------


@contextmanager
def own(name: str, server: Server) -> Iterator[Role]:
    """The administrator of a server that no other test uses, in a database of its own."""
    try:
        admin = admin_engine(name, server.url())
        run(admin, "CREATE DATABASE shop")
        engine = sa.create_engine(admin.url.set(database="shop"))
        role = Role(engine, "", engine)
        try:
            users().create_all(engine)
            yield role
        finally:
            engine.dispose()
            admin.dispose()
    finally:
        server.stop()


def test_a_replica_of_mariadb(databases: Databases) -> None:
    """Not even one who may write all the same writes to a server with read_only."""
    with own("mariadb", databases.servers.another("mariadb")) as role:
        run(role.engine, "SET GLOBAL read_only = ON")
        assert refused(role, named()) == ["the server has read_only set, as a replica has"]
        assert len(follow(role, named()).applied) == 1


def test_a_standby_of_postgresql(databases: Databases) -> None:
    """A server in recovery, until it is promoted."""
    server = databases.servers.another("postgresql", durable=True)
    with own("postgresql", server) as role:
        role.engine.dispose()
        server.terminate()
        server.write("data/standby.signal", "")
        server.start()
        assert autosync.sync(role.engine, users(), on_refused="raise").in_sync
        assert refused(role, named()) == ["the server is a standby, on which nobody can write"]
        run(role.engine, "SELECT pg_promote()")
        role.engine.dispose()
        assert len(autosync.sync(role.engine, named()).applied) == 1


# --- SQLite -------------------------------------------------------------------------------------


def uri(database: LiveDatabase, options: str) -> Engine:
    """Another engine for the same file."""
    return sa.create_engine(f"sqlite:///file:{database.url.database}?{options}&uri=true")


@pytest.mark.parametrize("options", ["mode=ro", "immutable=1"])
@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_file_that_is_only_read(sqlite: LiveDatabase, options: str, journal: str) -> None:
    with sqlite.engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA journal_mode = {journal}")
    users().create_all(sqlite.engine)
    sqlite.dispose()
    engine = uri(sqlite, options)
    try:
        assert autosync.sync(engine, users(), on_refused="raise").in_sync
        (reason,) = refused(Role(sqlite.engine, "", engine), named())
    finally:
        engine.dispose()
    assert reason.startswith(f"the file {sqlite.url.database} cannot be written: ")
    assert autosync.sync(sqlite.engine, named()).in_sync


def test_a_connection_that_is_only_to_read(sqlite: LiveDatabase) -> None:
    """What was handed in holds no lock afterwards, and can still read."""
    users().create_all(sqlite.engine)
    with sqlite.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = 1")
        report = autosync.sync(connection, named())
        assert [entry.code for entry in report.refused] == ["missing-right"]
        run(sqlite.create_engine(), "INSERT INTO users VALUES (1)")
        assert connection.exec_driver_sql("SELECT count(*) FROM users").scalar() == 1
        connection.exec_driver_sql("PRAGMA query_only = 0")


def test_an_attached_file_that_is_only_read(sqlite: LiveDatabase, tmp_path: Path) -> None:
    """Only the file that is to be changed has to be writable."""
    other = sa.create_engine(f"sqlite:///{tmp_path / 'other.db'}")
    run(other, "CREATE TABLE cars (id INTEGER NOT NULL PRIMARY KEY)")
    other.dispose()
    engine = uri(sqlite, "mode=rwc")
    attach = f"ATTACH 'file:{tmp_path / 'other.db'}?mode=ro' AS other"
    sa.event.listen(engine, "connect", lambda dbapi, _: dbapi.execute(attach))
    models = users()
    Table("cars", models, Column("id", Integer, primary_key=True), schema="other")
    try:
        assert len(autosync.sync(engine, models).applied) == 2
        models.tables["other.cars"].append_column(Column("n", Integer))
        models.tables["users"].append_column(Column("n", Integer))
        with engine.connect() as connection:
            report = autosync.sync(connection, models)
            run(sqlite.engine, "INSERT INTO users VALUES (1)")  # no lock is left
    finally:
        engine.dispose()
    assert [entry.code for entry in report.refused] == ["missing-right"]
    assert "other.db cannot be written" in report.refused[0].reason
    assert len(report.pending) == 2


def test_trying_to_write_leaves_nothing(sqlite: LiveDatabase) -> None:
    """Where something else prevents the rest, the file is byte for byte what it was."""
    users().create_all(sqlite.engine)
    file = Path(str(sqlite.url.database))
    before = file.read_bytes()
    models = users(Column("name", String(40)), CheckConstraint("no_such_function(name)"))
    with pytest.raises(autosync.StatementFailed):
        autosync.sync(sqlite.engine, models)
    sqlite.dispose()
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def synchronize_as(user: str | None, file: str, results: Any) -> None:
    """A process of somebody who may read the file, but not write to its folder."""
    models, engine = named(), sa.create_engine(f"sqlite:///{file}")
    autosync.sync(sa.create_engine("sqlite://"), models)  # imports what somebody else may not read
    if user is not None:
        os.setgid(primary_group(user))
        os.setuid(pwd.getpwnam(user).pw_uid)
    report = autosync.sync(engine, models)
    results.put([(entry.code, entry.reason) for entry in report.refused])


def test_a_folder_that_is_read_only() -> None:
    """The file could be written, but the journal beside it cannot be made."""
    folder = Path(tempfile.mkdtemp())
    try:
        file = folder / "shop.db"
        engine = sa.create_engine(f"sqlite:///{file}")
        users().create_all(engine)
        engine.dispose()
        file.chmod(0o666)
        folder.chmod(0o555)
        user = unprivileged_user(()) if os.geteuid() == 0 else None
        context = multiprocessing.get_context("spawn")
        results = context.Queue()
        process = context.Process(target=synchronize_as, args=(user, str(file), results))
        process.start()
        ((code, reason),) = results.get(timeout=30)
        process.join()
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)
    assert code == "missing-right"
    assert reason.startswith(f"the file {file} cannot be written")
