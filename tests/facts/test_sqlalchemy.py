"""What autosync takes for granted of SQLAlchemy 1.4, 2.0 and 2.1, and of the drivers below it.

Some of it is not documented (names that begin with an underscore).
"""

from __future__ import annotations

import asyncio
import copy
import sqlite3
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, text
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import CompileError, IdentifierError
from sqlalchemy.schema import (
    AddConstraint,
    CheckConstraint,
    CreateColumn,
    CreateIndex,
    CreateTable,
    DefaultClause,
    SchemaItem,
    sort_tables_and_constraints,
)

from tests.facts.session import code
from tests.servers.database import SQLALCHEMY, LiveDatabase

PARAMETERLESS = {"no_parameters": True}


def table(*items: SchemaItem, name: str = "t", **options: Any) -> Table:
    return Table(name, MetaData(**options), *items)


def compiler(dialect: Any) -> Any:
    return dialect.ddl_compiler(dialect, None)


def default(column: Column[Any], dialect: Any = None) -> Any:
    """The text of a server default."""
    table(column)
    return compiler(dialect or sqlite.dialect()).get_column_default_string(column)


# --- models: where things are ---------------------------------------------------------------------


def test_a_check_inside_a_column_is_not_among_its_tables() -> None:
    """But in column.constraints: _constraints() looks at both."""
    check = CheckConstraint("a > 0")
    made = table(Column("a", Integer, check, ForeignKey("p.id"), unique=True, index=True))
    assert made.c.a.constraints == {check}
    assert check.is_column_level
    kinds = {type(constraint) for constraint in made.constraints}
    wanted = {sa.PrimaryKeyConstraint, sa.ForeignKeyConstraint, sa.UniqueConstraint}
    assert (
        wanted - {sa.UniqueConstraint} <= kinds <= wanted
    )  # 1.4 made an index of unique and index
    assert len(made.indexes) == 1


def test_a_check_inside_a_column_is_created_with_it() -> None:
    """CreateColumn writes it, get_column_specification() does not."""
    column = table(Column("a", Integer, CheckConstraint("a > 0", name="k"))).c.a
    dialect = sqlite.dialect()
    assert str(CreateColumn(column).compile(dialect=dialect)).strip() == (
        "a INTEGER CONSTRAINT k CHECK (a > 0)"
    )
    assert compiler(dialect).get_column_specification(column) == "a INTEGER"


def test_the_check_of_a_type_has_a_rule() -> None:
    """creates() asks it whether this database needs the check."""
    made = table(
        Column("a", sa.Boolean(create_constraint=True)),
        Column("b", sa.Enum("x", name="e", create_constraint=True)),
    )
    checks = [c for c in made.constraints if isinstance(c, CheckConstraint)]
    rules: list[Any] = [check._create_rule for check in checks]
    asked = [
        [bool(rule(compiler(d()))) for rule in rules] for d in (sqlite.dialect, postgresql.dialect)
    ]
    assert asked == [[True, True], [False, False]]


def test_adding_a_constraint_sets_its_rule() -> None:
    """Afterwards no CREATE TABLE has it: creates() disregards the rule of a key."""
    made = table(Column("a", Integer, ForeignKey("t.id")), Column("id", Integer, primary_key=True))
    (key,) = made.foreign_key_constraints
    assert key._create_rule is None
    AddConstraint(key)
    assert key._create_rule is not None
    assert not key._create_rule(compiler(sqlite.dialect()))


def test_constraints_are_numbered_as_they_are_made() -> None:
    checks = [CheckConstraint(f"a > {number}") for number in range(5)]
    made = table(Column("a", Integer), *checks)
    ordered = sorted(made.constraints, key=lambda c: c._creation_order)
    assert [c for c in ordered if isinstance(c, CheckConstraint)] == checks


def test_the_scope_of_an_enum() -> None:
    """From 2.1 on it is the schema of its MetaData, which was nobody's before."""
    column = table(Column("a", sa.Enum("x", name="e")), schema="s").c.a
    assert column.type.schema == ("s" if SQLALCHEMY >= (2, 1) else None)


@pytest.mark.parametrize("schema", [None, "s"])
def test_a_copied_column_has_its_enum_where_the_original_has(schema: str | None) -> None:
    """As _copy() makes it: in a MetaData of the same schema."""
    original = table(Column("a", sa.Enum("x", name="e")), schema=schema).c.a
    copied = original._copy()
    table(copied, schema=schema)
    assert copied.type.schema == original.type.schema


def test_a_copied_column_keeps_what_it_is() -> None:
    kept = {"nullable": False, "server_default": "7", "comment": "x", "default": 3}
    original = Column("a", Integer, CheckConstraint("a > 0"), **kept)
    copied = original._copy()
    assert (copied.name, copied.nullable, copied.comment) == ("a", False, "x")
    assert copied.server_default.arg == "7"
    assert len(copied.constraints) == 1


def test_the_listeners_of_types() -> None:
    """They are SQLAlchemy's own; only 2.1 hides that behind a functools.partial."""
    made = table(Column("a", sa.Enum("x", name="e")))
    listeners: list[Any] = [*made.dispatch.before_create, *made.dispatch.after_create]
    assert listeners
    modules = {getattr(one, "func", one).__module__ for one in listeners}
    assert all(module.startswith("sqlalchemy.") for module in modules)
    assert not list(table(Column("a", Integer)).dispatch.before_create)


def test_what_numbers_itself() -> None:
    one = table(Column("id", Integer, primary_key=True))
    two = table(Column("a", Integer, primary_key=True), Column("b", Integer, primary_key=True))
    assert one._autoincrement_column is one.c.id
    assert two._autoincrement_column is None


def test_scalar_defaults() -> None:
    """A Sequence is a default, too: in 1.4 one without is_scalar."""
    columns = [Column("a", Integer, default=it) for it in (1, lambda: 1, sa.func.now())]
    assert [column.default.is_scalar for column in columns] == [True, False, False]
    assert not getattr(Column("a", Integer, sa.Sequence("s")).default, "is_scalar", False)


def test_columns_that_the_server_fills_have_another_kind_of_default() -> None:
    """FETCHED, computed and identity ones are no DefaultClause."""
    fetched = Column("a", Integer, server_default=sa.FetchedValue())
    computed = Column("a", Integer, sa.Computed("1"))
    identity = Column("a", Integer, sa.Identity())
    for column in (fetched, computed, identity):
        assert column.server_default is not None
        assert not isinstance(column.server_default, DefaultClause)
    assert isinstance(Column("a", Integer, server_default="1").server_default, DefaultClause)


def test_types_can_be_unwrapped() -> None:
    """dialect_impl() decides between variants, a TypeDecorator has its impl."""

    class Wrapped(sa.types.TypeDecorator):  # type: ignore[type-arg,misc]  # not generic in 1.4
        impl = String(9)
        cache_ok = True

    enum = postgresql.ENUM("x", name="e")
    chosen: Any = String(9).with_variant(enum, "postgresql").dialect_impl(postgresql.dialect())
    wrapped: Any = Wrapped().dialect_impl(postgresql.dialect())
    if isinstance(chosen, sa.types.TypeDecorator):  # 1.4 has a Variant, which is one
        chosen = chosen.impl
    assert isinstance(chosen, sa.Enum)
    assert isinstance(wrapped, sa.types.TypeDecorator)
    assert isinstance(wrapped.impl, String)
    assert isinstance(postgresql.ARRAY(Integer), sa.ARRAY)


def test_a_type_without_a_text() -> None:
    with pytest.raises(CompileError):
        CreateTable(table(Column("a"))).compile(dialect=postgresql.dialect())


@pytest.mark.skipif(SQLALCHEMY < (2, 0), reason="new in 2.0")
def test_a_condition_on_a_constraint() -> None:
    """ddl_if() is kept as _ddl_if, which a compiler can be asked about: creates()."""
    check: Any = CheckConstraint("a > 0").ddl_if(dialect="sqlite")
    table(Column("a", Integer), check)
    asked = [
        check._ddl_if._should_execute(None, check, None, compiler=compiler(make()))
        for make in (sqlite.dialect, postgresql.dialect)
    ]
    assert asked == [True, False]
    assert CheckConstraint("a > 0")._ddl_if is None


def test_an_implicit_primary_key_begins_with_the_column_that_numbers_itself() -> None:
    columns = [
        Column("a", Integer, primary_key=True, autoincrement=False),
        Column("b", Integer, primary_key=True, autoincrement=True),
    ]
    made = table(*columns)
    key: Any = made.primary_key
    assert key._implicit_generated
    assert [column.name for column in key.columns_autoinc_first] == ["b", "a"]
    assert "PRIMARY KEY (b, a)" in str(CreateTable(made).compile(dialect=postgresql.dialect()))
    explicit = table(Column("a", Integer), Column("b", Integer), sa.PrimaryKeyConstraint("a", "b"))
    assert not explicit.primary_key._implicit_generated


# --- models: the order ----------------------------------------------------------------------------


def keys_of(pairs: Any) -> list[tuple[str | None, list[str]]]:
    return [
        (getattr(one, "name", None), sorted(key.elements[0].target_fullname for key in keys))
        for one, keys in pairs
    ]


def test_cycles_are_broken() -> None:
    """The keys that close one come last, with no table; a key to itself stays."""
    metadata = MetaData()
    for name, targets in {"a": "b", "b": "ac", "c": "c"}.items():
        keys = [Column(f"to_{target}", ForeignKey(f"{target}.id")) for target in targets]
        Table(name, metadata, Column("id", Integer, primary_key=True), *keys)
    pairs = keys_of(sort_tables_and_constraints(metadata.tables.values()))
    assert pairs[-1][0] is None
    inline = {name: keys for name, keys in pairs if name is not None}
    assert set(inline) == set("abc")
    assert inline["c"] == ["c.id"]
    order = list(inline)
    earlier = {name: {f"{one}.id" for one in order[: order.index(name) + 1]} for name in order}
    assert all(set(keys) <= earlier[name] for name, keys in inline.items())
    everything = sorted(key for _, keys in pairs for key in keys)
    assert everything == ["a.id", "b.id", "c.id", "c.id"]


def test_keys_to_tables_that_are_not_sorted_stay_inline() -> None:
    metadata = MetaData()
    Table("p", metadata, Column("id", Integer, primary_key=True))
    child = Table("t", metadata, Column("p", ForeignKey("p.id")))
    assert keys_of(sort_tables_and_constraints([child]))[0] == ("t", ["p.id"])


def test_create_table_leaves_out_keys() -> None:
    metadata = MetaData()
    Table("p", metadata, Column("id", Integer, primary_key=True))
    child = Table("t", metadata, Column("p", ForeignKey("p.id")))
    create = CreateTable(child, include_foreign_key_constraints=[])
    assert "REFERENCES" not in str(create.compile(dialect=postgresql.dialect()))
    assert "REFERENCES" in str(CreateTable(child).compile(dialect=postgresql.dialect()))


# --- texts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "written", "compiled"),
    [
        (True, "' :x'", "' NULL'"),
        (True, ":x", "NULL"),
        (False, r"' \:x'", "' :x'"),
        (False, "'10:30'", "'10:30'"),
        (False, "'x'::text", "'x'::text"),
    ],
)
def test_a_parameter_in_a_text_becomes_null(
    *, parameters: bool, written: str, compiled: str
) -> None:
    """default-has-parameters refuses it; _bindparams tells."""
    column = Column("a", String, server_default=text(written))
    assert bool(column.server_default.arg._bindparams) is parameters
    assert default(column) == compiled


def test_a_plain_string_is_quoted_as_it_stands() -> None:
    assert default(Column("a", String, server_default="it's :x")) == "'it''s :x'"


@pytest.mark.parametrize(
    ("value", "type_", "compiled"),
    [
        (7, Integer(), "7"),
        ("it's", String(9), "'it''s'"),
        (True, sa.Boolean(), "true"),
        ("x", sa.Enum("x", name="e"), "'x'"),
    ],
)
def test_a_literal_can_be_a_server_default(value: Any, type_: Any, compiled: str) -> None:
    """with_server_default() makes one of a Python-side default."""
    column = Column("a", type_)
    clause: Any = sa.literal(value, type_)
    column.server_default = DefaultClause(clause)
    assert default(column, postgresql.dialect()) == compiled


def test_percent_signs_are_doubled_for_most_drivers() -> None:
    """In names and in literals, by the dialect's paramstyle."""
    column = table(Column("p%q", String(9), server_default="a%b")).c["p%q"]
    for dialect in (postgresql.dialect(paramstyle="pyformat"), mysql.dialect(paramstyle="format")):
        assert "p%%q" in compiler(dialect).get_column_specification(column)
        assert "'a%%b'" in compiler(dialect).get_column_specification(column)


@pytest.mark.parametrize("make", [postgresql.dialect, mysql.dialect, sqlite.dialect])
def test_percent_signs_can_be_kept_single(make: Callable[..., Any]) -> None:
    """What verbatim() changes on a copy: paramstyle, preparer, type compiler and memos."""
    column = table(Column("p%q", String(9), server_default="a%b")).c["p%q"]
    dialect = make()
    before = compiler(dialect).get_column_specification(column)
    plain = copy.copy(dialect)
    plain.paramstyle, plain.positional = "named", False
    plain.identifier_preparer = plain.preparer(plain)
    plain._type_memos = weakref.WeakKeyDictionary()
    name = "type_compiler_instance" if hasattr(plain, "type_compiler_instance") else "type_compiler"
    setattr(plain, name, type(getattr(plain, name))(plain))
    assert "p%q" in compiler(plain).get_column_specification(column)
    assert "'a%b'" in compiler(plain).get_column_specification(column)
    assert compiler(dialect).get_column_specification(column) == before


def test_a_schema_translation_reaches_every_name() -> None:
    """Of tables, types, keys and indexes, at the time of compiling."""
    metadata = MetaData()
    Table("p", metadata, Column("id", Integer, primary_key=True))
    made = Table(
        "t",
        metadata,
        Column("p", ForeignKey("p.id"), index=True),
        Column("e", sa.Enum("x", name="e")),
    )
    (index,) = made.indexes
    options = {"schema_translate_map": {None: "x"}, "render_schema_translate": True}
    create, indexed = (
        str(element.compile(dialect=postgresql.dialect(), **options))
        for element in (CreateTable(made), CreateIndex(index))
    )
    assert "CREATE TABLE x.t" in create
    assert "REFERENCES x.p (id)" in create
    assert "e x.e" in create
    assert "ON x.t" in indexed


def test_the_names_of_constraints() -> None:
    """A naming convention is applied, and what it makes is shortened; a plain one is an error."""
    metadata = MetaData(naming_convention={"uq": "uq_%(table_name)s_%(column_0_name)s"})
    made = Table("t", metadata, Column("a", Integer), Column("b" * 70, Integer))
    preparer = postgresql.dialect().identifier_preparer

    def name(constraint: sa.UniqueConstraint) -> Any:
        made.append_constraint(constraint)
        return preparer.format_constraint(constraint, _alembic_quote=False)

    assert name(sa.UniqueConstraint("a")) == "uq_t_a"
    assert len(name(sa.UniqueConstraint("b" * 70))) <= 63
    assert name(sa.UniqueConstraint("a", name="A b")) == "A b"
    with pytest.raises(IdentifierError):
        name(sa.UniqueConstraint("a", name="c" * 70))


def test_a_constraint_without_a_name_stays_without() -> None:
    made = table(Column("a", Integer), sa.UniqueConstraint("a"))
    (unique,) = (c for c in made.constraints if isinstance(c, sa.UniqueConstraint))
    assert unique.name is None


def test_names_of_columns_are_not_checked() -> None:
    """name-unusable does."""
    create = CreateTable(table(Column("a" * 500, Integer)))
    assert "a" * 500 in str(create.compile(dialect=postgresql.dialect()))


def test_the_text_of_an_index_on_mysql() -> None:
    """IndexDefinition takes "INDEX name ON table" out of it."""
    made = table(Column("a", String(9)))
    special = sa.Index("i", made.c.a, mysql_prefix="FULLTEXT")
    unique = sa.Index("u", made.c.a, unique=True, mysql_length=4)
    texts = [
        str(CreateIndex(index).compile(dialect=mysql.dialect())) for index in (special, unique)
    ]
    assert texts == ["CREATE FULLTEXT INDEX i ON t (a)", "CREATE UNIQUE INDEX u ON t (a(4))"]


@pytest.mark.parametrize("make", [postgresql.dialect, mysql.dialect, sqlite.dialect])
def test_a_stored_column_says_so_at_its_end(make: Callable[[], Any]) -> None:
    computed = table(Column("a", Integer, sa.Computed("1", persisted=True))).c.a.computed
    assert compiler(make()).process(computed) == "GENERATED ALWAYS AS (1) STORED"


@pytest.mark.parametrize(
    ("dialect", "comments", "alter"),
    [
        (postgresql.dialect(), True, True),
        (mysql.dialect(), True, True),
        (sqlite.dialect(), False, False),
    ],
)
def test_what_dialects_support(dialect: Any, *, comments: bool, alter: bool) -> None:
    assert (dialect.supports_comments, dialect.supports_alter) == (comments, alter)


# --- connections ----------------------------------------------------------------------------------


@pytest.mark.parametrize("sql", ["SELECT '50%', ':x', '%s', '%(a)s', '%%', '?'", "SELECT 5 % 3"])
def test_a_statement_without_parameters_is_sent_as_it_stands(
    database: LiveDatabase, sql: str
) -> None:
    """send() relies on it, whatever the driver."""
    with database.engine.connect() as connection:
        sent = connection.exec_driver_sql(sql, execution_options=PARAMETERLESS)
        assert list(sent.one()) == (
            [2] if sql.endswith("3") else ["50%", ":x", "%s", "%(a)s", "%%", "?"]
        )


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg", "pg8000", "asyncpg"])
def test_other_drivers_of_postgresql(postgresql: LiveDatabase, driver: str) -> None:
    """They send it as it stands, too; their errors tell a sqlstate, but for pg8000's."""
    pytest.importorskip(driver)
    if driver == "psycopg" and SQLALCHEMY < (2, 0):
        pytest.skip("SQLAlchemy 1.4 has no dialect for it")
    url = postgresql.url.set(drivername=f"postgresql+{driver}")
    if driver == "asyncpg":
        asyncio.run(ask_asyncpg(url))
        return
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        ask_postgresql(connection)
    engine.dispose()


async def ask_asyncpg(url: Any) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.run_sync(ask_postgresql)
    await engine.dispose()


def ask_postgresql(connection: Connection) -> None:
    sent = connection.exec_driver_sql("SELECT '50%', ':x', '%s'", execution_options=PARAMETERLESS)
    assert list(sent.one()) == ["50%", ":x", "%s"]
    driver: Any = connection.connection.dbapi_connection
    assert not driver.autocommit
    with pytest.raises(sa.exc.DBAPIError) as caught:
        connection.execute(text("SELECT nothing"))
    original: Any = caught.value.orig
    if connection.dialect.driver == "pg8000":
        assert original.args[0]["C"] == "42703"
    else:
        assert code(caught.value) == "42703"


def test_the_number_of_an_error_of_mariadb(mariadb: LiveDatabase) -> None:
    with mariadb.engine.connect() as connection, pytest.raises(sa.exc.DBAPIError) as caught:
        connection.execute(text("SELECT nothing"))
    original: Any = caught.value.orig
    assert original.args[0] == 1054


def test_mariadb_is_told_from_mysql(mariadb: LiveDatabase) -> None:
    """Once there is a connection, also where the URL says mysql."""
    with mariadb.engine.connect() as connection:
        assert connection.dialect.name == "mysql"
        assert connection.dialect.is_mariadb
        assert connection.dialect.supports_sequences


def test_the_server_version(database: LiveDatabase) -> None:
    with database.engine.connect() as connection:
        version = connection.dialect.server_version_info
    lowest = {"postgresql": (12,), "mariadb": (10,), "sqlite": (3, 26)}
    assert version >= lowest[database.name]


@pytest.mark.databases("postgresql")
def test_what_autocommit_looks_like(database: LiveDatabase) -> None:
    """check_usable() sees it on the driver, in the options, and on the engine."""
    engine = database.create_engine(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        assert driver.autocommit is True
        if SQLALCHEMY >= (2, 0):
            assert connection.dialect._on_connect_isolation_level == "AUTOCOMMIT"
    with database.engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert driver.autocommit is False
        chosen = connection.execution_options(isolation_level="AUTOCOMMIT")
        assert chosen.get_execution_options()["isolation_level"] == "AUTOCOMMIT"
        assert driver.autocommit is True


@pytest.mark.databases("postgresql", "mariadb")
def test_an_isolation_level_goes_back_with_its_connection(database: LiveDatabase) -> None:
    """A pooled connection is as it was: ours does not change the caller's engine."""
    options = {"pool_size": 1, "max_overflow": 0}
    engine = database.create_engine(**options)
    with engine.connect() as connection:
        before = connection.get_isolation_level()
        level = connection.execution_options(isolation_level="SERIALIZABLE").get_isolation_level()
    assert level == "SERIALIZABLE" != before
    with engine.connect() as connection:
        assert connection.get_isolation_level() == before


def test_in_transaction(database: LiveDatabase) -> None:
    """Tells whether one was begun, here or (from 2.0 on) by a first statement."""
    with database.engine.connect() as connection:
        assert not connection.in_transaction()
        connection.execute(text("SELECT 1"))
        begun = getattr(connection, "_is_future", True)
        assert connection.in_transaction() is begun
        connection.rollback() if begun else None
        with connection.begin():
            assert connection.in_transaction()


def test_only_1_4_has_connections_of_the_old_style(database: LiveDatabase) -> None:
    with database.engine.connect() as connection:
        assert getattr(connection, "_is_future", True) is (SQLALCHEMY >= (2, 0))


# --- SQLite's driver ------------------------------------------------------------------------------


def test_ddl_leaks_on_rollback(sqlite: LiveDatabase) -> None:
    """With the default engine, whose driver begins a transaction before DML only."""
    with sqlite.engine.connect() as connection:
        transaction = connection.begin()
        connection.exec_driver_sql("CREATE TABLE t (id int)")
        transaction.rollback()
    assert sa.inspect(sqlite.engine).get_table_names() == ["t"]


@pytest.mark.parametrize("level", [None, "AUTOCOMMIT"])
@pytest.mark.parametrize("with_work", [False, True])
@pytest.mark.parametrize("word", ["COMMIT", "ROLLBACK"])
def test_a_transaction_that_holds_ddl(
    sqlite: LiveDatabase, level: str | None, word: str, *, with_work: bool
) -> None:
    """The steps of _own_transaction(): they hold with and without a transaction of the driver's."""
    engine = sqlite.create_engine(**({"isolation_level": level} if level else {}))
    with engine.connect() as connection:
        transaction = connection.begin()
        if with_work:
            connection.exec_driver_sql("CREATE TABLE before (id int)")
            connection.exec_driver_sql("INSERT INTO before VALUES (1)")
        driver: Any = connection.connection.dbapi_connection
        if driver.in_transaction:
            send(connection, "COMMIT")
        send(connection, "BEGIN IMMEDIATE")
        assert driver.in_transaction
        send(connection, "CREATE TABLE t (id int)")
        send(connection, word)
        transaction.commit()
    names = set(sa.inspect(engine).get_table_names())
    assert ("t" in names) is (word == "COMMIT")


def test_a_savepoint_holds_ddl_once_begin_was_said(sqlite: LiveDatabase) -> None:
    """unit() on a connection that was handed in."""
    with sqlite.engine.connect() as connection:
        transaction = connection.begin()
        send(connection, "BEGIN IMMEDIATE")
        savepoint = connection.begin_nested()
        send(connection, "CREATE TABLE t (id int)")
        savepoint.rollback()
        with connection.begin_nested():
            send(connection, "CREATE TABLE u (id int)")
        transaction.commit()
    assert sa.inspect(sqlite.engine).get_table_names() == ["u"]


def test_the_driver_of_sqlite_is_pythons(sqlite: LiveDatabase) -> None:
    """And is to be had as dbapi_connection: it knows whether it is in a transaction."""
    with sqlite.engine.connect() as connection:
        assert isinstance(connection.connection.dbapi_connection, sqlite3.Connection)
        driver: Any = connection.connection.driver_connection
        assert driver.in_transaction is False


def send(connection: Connection, sql: str) -> None:
    connection.exec_driver_sql(sql, execution_options=PARAMETERLESS)
