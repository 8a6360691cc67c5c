"""Databases to paste into: a victim, things that a corrupted name could be taken for, states."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from autosync.ddl import send
from autosync.escape import escaped
from tests.drift.conftest import Ground
from tests.remedies.situations import Made, quoted

State = frozenset[tuple[Any, ...]]
"""All that a database has, as rows."""

CATALOG = {
    "sqlite": (
        # it keeps the texts; what is shown to people has no blanks at the ends of lines
        "SELECT type, name, tbl_name, replace(sql, ' ' || char(10), char(10)) FROM sqlite_master",
        "SELECT 'column', m.name, x.name, x.type "
        "FROM sqlite_master m, pragma_table_xinfo(m.name) x",
        "SELECT 'victim', id FROM victim",
    ),
    "postgresql": (
        "SELECT 'class', relname, relkind FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace",
        "SELECT 'column', relname, attname, format_type(atttypid, atttypmod), attnotnull "
        "FROM pg_attribute JOIN pg_class c ON c.oid = attrelid "
        "WHERE attnum > 0 AND NOT attisdropped AND relnamespace = 'public'::regnamespace",
        "SELECT 'constraint', relname, conname, convalidated, pg_get_constraintdef(t.oid) "
        "FROM pg_constraint t JOIN pg_class c ON c.oid = conrelid "
        "WHERE connamespace = 'public'::regnamespace",
        "SELECT 'label', enumlabel FROM pg_enum",
        "SELECT 'victim', id FROM victim",
    ),
    "mariadb": (
        "SELECT 'table', table_name, table_type, table_comment FROM information_schema.tables "
        "WHERE table_schema = DATABASE()",
        "SELECT 'column', table_name, column_name, column_type, is_nullable, column_default, "
        "column_comment FROM information_schema.columns WHERE table_schema = DATABASE()",
        "SELECT 'constraint', table_name, constraint_name, constraint_type "
        "FROM information_schema.table_constraints WHERE table_schema = DATABASE()",
        "SELECT 'check', table_name, constraint_name, check_clause "
        "FROM information_schema.check_constraints WHERE constraint_schema = DATABASE()",
        "SELECT 'key', table_name, constraint_name, referenced_table_name, delete_rule "
        "FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE()",
        "SELECT 'index', table_name, index_name, column_name, non_unique "
        "FROM information_schema.statistics WHERE table_schema = DATABASE()",
        "SELECT 'victim', id FROM victim",
    ),
}


def state(engine: Engine, database: str) -> State:
    """The catalog, and the rows of the victim; empty where that is gone."""
    with engine.connect() as connection:
        try:
            rows = [tuple(row) for query in CATALOG[database] for row in send(connection, query)]
        except DBAPIError:
            return frozenset()
    return frozenset(rows)


def corrupted(name: str) -> Iterator[str]:
    """Names that a hostile one could become on its way to the database, and is not."""
    forms = [escaped(name), " ".join(name.split()), name.expandtabs(4), name.replace("](", "] (")]
    forms += [name.replace("\\", ""), name.replace("\n", "\n     "), name.split("\n", 1)[0]]
    for form in dict.fromkeys(forms):
        if form.strip() and form != name:
            yield form


@contextmanager
def prepared(database: str, made: Made, name: str, ground: Ground) -> Iterator[Engine]:
    """A database in a situation; whoever made it was able to, or nothing is of any worth."""
    with _empty(database, ground) as engine:
        made.live.create_all(engine)
        run(engine, *made.sql)
        run(engine, "CREATE TABLE victim (id INTEGER PRIMARY KEY)", "INSERT INTO victim VALUES (7)")
        for one in corrupted(name):
            quote = quoted(one, database)
            # all that is asked of a table that is taken for another, though it looks like none
            items = "id INTEGER PRIMARY KEY, a VARCHAR(9), b VARCHAR(9), d VARCHAR(9)"
            # some are the same name to the database, or none at all
            for sql in (f"CREATE TABLE {quote} ({items})", f"ALTER TABLE t ADD {quote} DATE"):
                with suppress(DBAPIError):
                    run(engine, sql)
        yield engine


def is_possible(database: str, made: Made, name: str, ground: Ground) -> bool:
    """Whether the database takes the name."""
    try:
        with prepared(database, made, name, ground):
            return True
    except SQLAlchemyError:
        return False


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            send(connection, statement)


def states(
    database: str, made: Made, name: str, ground: Ground, statements: Sequence[str]
) -> list[State]:
    """What a database may be after a remedy: before it, and after each of its statements."""
    with prepared(database, made, name, ground) as engine:
        found = [state(engine, database)]
        for statement in statements:
            with suppress(DBAPIError):
                _alone(engine, statement)
            found.append(state(engine, database))
    return found


def _alone(engine: Engine, statement: str) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        send(connection, statement)


@contextmanager
def _empty(database: str, ground: Ground) -> Iterator[Engine]:
    """SQLite's in a file, for its client."""
    if database != "sqlite":
        with ground(database) as engine:
            yield engine
        return
    with tempfile.TemporaryDirectory() as folder, ground(database):
        engine = sa.create_engine(f"sqlite:///{Path(folder, 'test.db')}")
        try:
            yield engine
        finally:
            engine.dispose()
