"""Python-side defaults as people write them: what the server can give, it gives."""

from __future__ import annotations

import datetime
import re
import secrets
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    MetaData,
    String,
    Table,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.mutable import MutableDict

import autosync
from tests.remedies.following import follow
from tests.servers.database import LiveDatabase

Values = Callable[[Any], bool]


def models(*columns: Column[Any]) -> MetaData:
    metadata = MetaData()
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns)
    return metadata


def filled(database: LiveDatabase, rows: int = 2) -> None:
    metadata = models()
    metadata.create_all(database.engine)
    for number in range(1, rows + 1):
        insert(database, metadata, id=number)


def insert(database: LiveDatabase, metadata: MetaData, **values: Any) -> None:
    with database.engine.begin() as connection:
        connection.execute(metadata.tables["t"].insert().values(**values))


def values(database: LiveDatabase, metadata: MetaData) -> list[Any]:
    column = metadata.tables["t"].c.x
    with database.engine.connect() as connection:
        return list(connection.execute(sa.select(column).order_by(sa.text("id"))).scalars())


def is_recent(value: Any) -> bool:
    day = value.date() if isinstance(value, datetime.datetime) else value
    return abs(datetime.datetime.now(datetime.timezone.utc).date() - day) <= datetime.timedelta(
        days=1
    )


def equals(expected: Any) -> Values:
    # 0 is no False
    return lambda value: value == expected and type(value) is type(expected)


EXPRESSIONS: dict[str, tuple[Any, Any, Values]] = {
    "now": (DateTime, sa.func.now(), is_recent),
    "current_timestamp": (DateTime, sa.func.current_timestamp(), is_recent),
    "current_date": (Date, sa.func.current_date(), is_recent),
    "text": (String(9), sa.text("'it''s'"), equals("it's")),
    "literal_column": (Integer, sa.literal_column("7"), equals(7)),
    "literal": (Integer, sa.literal(7), equals(7)),
    "cast": (Integer, sa.cast("5", Integer), equals(5)),
    "function": (String(9), sa.func.upper("a"), equals("A")),
    "dict": (JSON, dict, equals({})),
    "list": (JSON, list, equals([])),
    "a mutable dict": (MutableDict.as_mutable(JSON), dict, lambda value: dict(value) == {}),
    "str": (String(9), str, equals("")),
    "int": (Integer, int, equals(0)),
    "bool": (Boolean, bool, lambda value: value is False),
    "float": (Float, float, equals(0.0)),
}
REWRITES = {
    "sqlite": {"now", "current_timestamp", "current_date", "cast", "function"},
    "postgresql": set[str](),
    "mariadb": {"cast", "function"},
    "mysql": {"cast", "function"},
}
"""What each database cannot add to rows that are there, as little as a declared server default."""


def column(name: str, *, nullable: bool) -> Column[Any]:
    type_, default, _ = EXPRESSIONS[name]
    return Column("x", type_, default=default, nullable=nullable)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_the_rows_get_it(database: LiveDatabase, name: str) -> None:
    """So do rows of older code, and those of the models, which have their own."""
    filled(database)
    wanted, right = models(column(name, nullable=False)), EXPRESSIONS[name][2]
    report = autosync.sync(database.engine, wanted)
    if name in REWRITES[database.name]:
        assert [one.code for one in report.refused] == ["rewrites-table"]
        declared = EXPRESSIONS[name]
        alike = models(Column("x", declared[0], nullable=False, server_default=declared[1]))
        assert codes(database, alike) == {"rewrites-table"}
        follow(database.engine, report.refused[0], wanted)
    else:
        assert report.refused == ()
        assert "becomes the server default" in " ".join(report.applied[0].hazards)
    insert(database, wanted, id=3)
    if name not in REWRITES["sqlite"] or database.name != "sqlite":
        insert(database, models(), id=4)
    assert all(map(right, values(database, wanted))), values(database, wanted)
    assert autosync.plan(database.engine, wanted).in_sync


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_empty_table(database: LiveDatabase, name: str) -> None:
    """Takes it, whatever it is; older code goes on."""
    filled(database, rows=0)
    wanted, right = models(column(name, nullable=False)), EXPRESSIONS[name][2]
    report = autosync.sync(database.engine, wanted)
    assert (len(report.applied), report.refused) == (1, ())
    insert(database, models(), id=1)
    insert(database, wanted, id=2)
    assert list(map(right, values(database, wanted))) == [True, True]
    assert autosync.plan(database.engine, wanted).in_sync


def test_null_is_allowed(database: LiveDatabase) -> None:
    """The rows there are have none, and the database no default: that is the models'."""
    for name, (_, _, right) in EXPRESSIONS.items():
        filled(database)
        wanted = models(column(name, nullable=True))
        report = autosync.sync(database.engine, wanted)
        assert (len(report.applied), report.refused) == (1, ()), name
        insert(database, wanted, id=3)
        *before, after = values(database, wanted)
        assert before == [None, None]
        assert right(after), name
        assert autosync.plan(database.engine, wanted).in_sync
        wanted.drop_all(database.engine)


@pytest.mark.databases("postgresql")
@pytest.mark.parametrize(
    ("type_", "made", "expected"),
    [
        (postgresql.ARRAY(Integer), list, []),
        (postgresql.JSONB(), dict, {}),
        (postgresql.JSONB(), list, []),
    ],
)
def test_types_of_postgresql(database: LiveDatabase, type_: Any, made: Any, expected: Any) -> None:
    filled(database)
    wanted = models(Column("x", type_, default=made, nullable=False))
    assert autosync.sync(database.engine, wanted).refused == ()
    assert values(database, wanted) == [expected, expected]
    assert autosync.plan(database.engine, wanted).in_sync


@pytest.mark.parametrize(
    "default",
    [
        sa.select(sa.literal(1)).scalar_subquery(),
        sa.text("(SELECT 1)"),
        sa.text("(select 1)"),
        sa.func.coalesce(sa.select(sa.literal(1)).scalar_subquery(), 2),
        sa.Sequence("numbers").next_value(),
        sa.literal_column("1") + sa.column("id"),
        sa.text(":x").bindparams(x=1),
    ],
    ids=["query", "text", "lower case", "inside", "sequence", "column", "parameter"],
)
@pytest.mark.parametrize("rows", [0, 2])
def test_what_no_column_can_have(database: LiveDatabase, default: Any, rows: int) -> None:
    """Where there are rows, it is refused; otherwise the column has none in the database."""
    filled(database, rows)
    wanted = models(Column("x", Integer, default=default, nullable=False))
    plan = autosync.plan(database.engine, wanted)
    if rows:
        assert [one.code for one in plan.refused] == ["not-null-without-default"]
        assert "its default is nothing that a column can have" in plan.refused[0].reason
    else:
        assert autosync.sync(database.engine, wanted).in_sync
        assert "DEFAULT" not in plan.pending[0].sql


# --- what Python computes -------------------------------------------------------------------------


def is_uuid(value: Any) -> bool:
    return uuid.UUID(str(value)).int > 0


FUNCTIONS: dict[str, tuple[Any, Any, Values]] = {
    "uuid4 of digits": (sa.CHAR(32), uuid.uuid4, is_uuid),
    "now": (DateTime, datetime.datetime.now, is_recent),
    "utcnow": (DateTime, datetime.datetime.utcnow, is_recent),
    "today": (Date, datetime.date.today, is_recent),
    "time": (Float(53), time.time, lambda value: abs(float(value) - time.time()) < 99),
    "token_hex": (String(64), secrets.token_hex, re.compile("[0-9a-f]{64}").fullmatch),
}
DIFFERENT = {"uuid4 of digits", "token_hex", "uuid4 with hyphens", "uuid4"}


def check_function(database: LiveDatabase, type_: Any, function: Any, right: Values) -> list[Any]:
    """Follow the remedy, with the server default that it names."""
    filled(database)
    wanted = models(Column("x", type_, default=function, nullable=False))
    [refusal] = autosync.plan(database.engine, wanted).refused
    assert refusal.code == "not-null-without-default"
    named = re.search(r"server_default=(sa\.text\(.*\)) in the models", str(refusal.remedy))
    assert named is not None
    default = eval(named[1], {"sa": sa})
    follow(database.engine, refusal, wanted)
    told = models(Column("x", type_, default=function, nullable=False, server_default=default))
    assert "column-nullable" not in codes(database, wanted)
    if database.name != "sqlite":
        assert autosync.plan(database.engine, told).in_sync
        insert(database, models(), id=3)
    found = values(database, wanted)
    assert all(map(right, found)), found
    told.drop_all(database.engine)
    # of a new table it is the default, too
    told.create_all(database.engine)
    insert(database, models(), id=1)
    assert right(values(database, wanted)[0])
    return found


def codes(database: LiveDatabase, metadata: MetaData) -> set[str]:
    plan = autosync.plan(database.engine, metadata)
    return {one.code for one in plan.refused}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_server_has_it_too(database: LiveDatabase, name: str) -> None:
    found = check_function(database, *FUNCTIONS[name])
    assert len(set(found)) == len(found) or name not in DIFFERENT


@pytest.mark.databases("postgresql", "mariadb", "mysql")
def test_a_uuid_with_hyphens(database: LiveDatabase) -> None:
    found = check_function(database, String(36), uuid.uuid4, is_uuid)
    assert len(set(found)) == len(found)


@pytest.mark.databases("postgresql")
def test_a_uuid(database: LiveDatabase) -> None:
    found = check_function(database, postgresql.UUID(), uuid.uuid4, is_uuid)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    "function", [lambda: 3, uuid.uuid1, object().__hash__], ids=["lambda", "uuid1", "method"]
)
def test_any_other_function(database: LiveDatabase, function: Any) -> None:
    """Nobody knows what it does."""
    filled(database)
    wanted = models(Column("x", Integer, default=function, nullable=False))
    [refusal] = autosync.plan(database.engine, wanted).refused
    assert "its default is computed in Python" in refusal.reason
    assert "give the column a server_default" in str(refusal.remedy)
