"""Texts of somebody who means harm, in a database: they take no longer to read than others."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, Table, Text

import autosync
from autosync.dialects.mysql.definitions import parse
from tests.servers.database import LiveDatabase
from tests.snapshot.hostile import TEXTS
from tests.soon import soon

MODULES = (
    "autosync.dialects.mysql.catalog",
    "autosync.dialects.mysql.equality",
    "autosync.dialects.mysql.instant",
    "autosync.dialects.postgresql.equality",
    "autosync.dialects.sqlite",
    "autosync.dialects.sqlite.catalog",
    "autosync.dialects.sqlite.parser",
    "autosync.dialects.texts",
    "autosync.rules.widths",
    "autosync.rules.renames",
)
OF_A_TYPE = ("normal_default", "holds", "_likeness")
"""Those that take a second text."""
NOT_AS_THEY_STAND = {
    "_normal_scalar": "blanks were folded before",
    "query_of": "it has a SELECT, for SQLite has read it",
    "full_name": "the name of a character set",
    "_query": "one of our own",
    "_hexadecimal": "digits that the server has written",
    "_character": "digits that the server has written",
}
MORE = {
    "CREATE TABLE": "CREATE TABLE t (a CHECK (" + "(" * 50_000 + ")" * 50_000 + "))",
    "CREATE TABLE of columns": "CREATE TABLE t (" + "a int CHECK (1), " * 6_000 + "b)",
    "constraints": "CREATE TABLE t (a CHECK (x), " + "CONSTRAINT " * 9_000 + ")",
    "keys": "PRIMARY" + " " * 50_000 + "KEY" + " " * 50_000,
}


def readers() -> Iterator[Any]:
    """Every function that reads one text, of the database's or of its own kind."""
    for place in MODULES:
        for name, found in vars(import_module(place)).items():
            function = inspect.unwrap(found) if callable(found) else None
            if not inspect.isfunction(function) or function.__module__ != place:
                continue
            wanted = [
                one.annotation
                for one in inspect.signature(function).parameters.values()
                if one.default is one.empty
            ]
            is_one = wanted == ["str"] or (wanted == ["str", "str"] and name in OF_A_TYPE)
            if is_one and name not in NOT_AS_THEY_STAND:
                yield pytest.param(function, len(wanted), id=f"{place.split('.', 2)[-1]}.{name}")


READERS = list(readers())


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_what_mariadb_prints(text: str) -> None:
    """An expression of a check, with whatever strings and parentheses are in it."""
    quoted = text.replace("'", "''")
    with soon():
        found = parse(
            f"CREATE TABLE `t` (\n  `a` int CHECK ('{quoted}' <> (1)),\n  KEY `a` (`a`)\n)",
            None,
        )
    assert set(found.columns) == {"a"}


def test_they_are_found() -> None:
    assert len(READERS) >= 30


@pytest.mark.parametrize(("read", "count"), READERS)
def test_a_text_is_read_soon(read: Callable[..., object], count: int) -> None:
    """100,000 characters within a second of the processor's time, whatever they are."""
    for name, text in {**TEXTS, **MORE}.items():
        with soon(of=name):
            read(*[text] * count)


# --- live -----------------------------------------------------------------------------------------

TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, a {} {})"


def literal(depth: int) -> str:
    return "'" + "(" * depth + "''" + ")" * depth + "'"


def sums(depth: int) -> str:
    return "a + (" * depth + "a" + ")" * depth


DEPTHS = {
    # MariaDB's own process dies of much more: it recurses
    "sums": {"sqlite": 20, "postgresql": 2_000, "mariadb": 500},
    "literal": {"sqlite": 50_000, "postgresql": 50_000, "mariadb": 30_000},
}
"""About the most that each of them takes."""
SHAPES: dict[str, tuple[str, str, Callable[[int], str]]] = {
    "default": ("TEXT", "DEFAULT {}", literal),
    "check": ("TEXT", ", CONSTRAINT k CHECK (a <> {})", literal),
    "sum": ("INTEGER", ", CONSTRAINT k CHECK (0 < {})", sums),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_deep_text_in_a_database(database: LiveDatabase, shape: str) -> None:
    """It is compared, and refused or undecided; and the rest is added."""
    type_, ddl, nested = SHAPES[shape]
    text = ddl.format(nested(DEPTHS[nested.__name__][database.name]))
    with database.engine.begin() as connection:
        connection.exec_driver_sql(TABLE.format(type_, text))
    models = MetaData()
    Table(
        "t",
        models,
        Column("id", Integer, primary_key=True),
        Column("a", Integer, server_default="1")
        if type_ == "INTEGER"
        else Column("a", Text, server_default="x"),
        Column("b", Integer),
        sa.CheckConstraint("a is not null", name="k"),
    )
    with soon(10):
        plan = autosync.plan(database.engine, models)
        assert [entry.object for entry in plan.pending] == ["t.b"]
        assert plan.refused
        assert autosync.sync(database.engine, models).refused == plan.refused
        kept = autosync.plan(autosync.snapshot(database.engine), models)
        assert kept.refused or kept.undecided
