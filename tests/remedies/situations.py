"""Situations in which a name that somebody else has chosen gets into a remedy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    CheckConstraint,
    Column,
    Enum,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from tests import test_views as views
from tests.drift.case import ALL

QUOTES = {"sqlite": '"', "postgresql": '"', "mariadb": "`", "mysql": "`"}


class Made(NamedTuple):
    """The tables that are there, what is run besides, and the models."""

    live: MetaData
    models: MetaData
    sql: Sequence[str] = ()


class Situation(NamedTuple):
    """A function that makes one of a name, and the ``code`` of the entry whose remedy has it."""

    make: Callable[[str, str], Made]
    code: str
    databases: Sequence[str] = ALL


def quoted(name: str, database: str) -> str:
    quote = QUOTES[database]
    return f"{quote}{name.replace(quote, quote * 2)}{quote}"


def key() -> Column[Any]:
    return Column("id", Integer, primary_key=True, autoincrement=False)


def table(metadata: MetaData, name: str, *items: Any) -> Table:
    return Table(name, metadata, key(), *items)


def both(live: Callable[[MetaData], object], models: Callable[[MetaData], object]) -> Made:
    made = Made(MetaData(), MetaData())
    live(made.live)
    models(made.models)
    return made


# --- names of tables ------------------------------------------------------------------------------


def shop(metadata: MetaData, name: str) -> None:
    table(metadata, name, *(Column(one, String(9)) for one in ("a", "b", "c")))


def renamed_table(name: str, database: str) -> Made:
    """There is another one that may have been it."""

    def live(metadata: MetaData) -> None:
        shop(metadata, name)
        shop(metadata, "town_of_old")

    return both(live, lambda metadata: shop(metadata, "towns"))


def told_table(name: str, database: str) -> Made:
    def models(metadata: MetaData) -> None:
        shop(metadata, "places")
        metadata.tables["places"].info["autosync"] = {"renamed_from": name}

    return both(lambda metadata: shop(metadata, name), models)


def within_table(name: str, database: str) -> Made:
    """A type and a column that is missing."""

    def live(metadata: MetaData) -> None:
        table(metadata, name, Column("a", String(9)))

    def models(metadata: MetaData) -> None:
        table(metadata, name, Column("a", String(20)), Column("b", String(9), nullable=False))

    made = both(live, models)
    return made._replace(sql=[f"INSERT INTO {quoted(name, database)} (id) VALUES (1)"])


# --- names of columns -----------------------------------------------------------------------------


def renamed_column(name: str, database: str) -> Made:
    return both(
        lambda metadata: table(metadata, "t", Column(name, String(9)), Column("town_x", String(9))),
        lambda metadata: table(metadata, "t", Column("towns", String(9))),
    )


def required_column(name: str, database: str) -> Made:
    return both(
        lambda metadata: table(metadata, "t", Column(name, Integer, nullable=False)),
        lambda metadata: table(metadata, "t"),
    )


def retyped_column(name: str, database: str) -> Made:
    return both(
        # SQLite looks at no length
        lambda metadata: table(
            metadata, "t", Column(name, Integer if database == "sqlite" else String(9))
        ),
        lambda metadata: table(metadata, "t", Column(name, String(20))),
    )


def added_column(name: str, database: str) -> Made:
    made = both(
        lambda metadata: table(metadata, "t"),
        lambda metadata: table(metadata, "t", Column(name, String(9), nullable=False)),
    )
    return made._replace(sql=["INSERT INTO t VALUES (1)"])


def described_column(name: str, database: str) -> Made:
    """Its comment and its labels are what nobody of the models has written."""
    text = name.replace("\\", "\\\\").replace("'", "''")
    sql = f"CREATE TABLE t (id int PRIMARY KEY, a enum('{text}', 'b') NOT NULL COMMENT '{text}')"
    made = both(lambda metadata: None, lambda metadata: table(metadata, "t"))
    return made._replace(sql=[sql])


# --- names of what belongs to a table -------------------------------------------------------------


def check(name: str, database: str) -> Made:
    def models(number: int) -> Callable[[MetaData], object]:
        return lambda metadata: table(
            metadata, "t", Column("a", Integer), CheckConstraint(f"a > {number}", name=name)
        )

    return both(models(0), models(1))


def unique(name: str, database: str) -> Made:
    return both(
        lambda metadata: table(
            metadata,
            "t",
            Column("a", Integer),
            Column("b", Integer),
            UniqueConstraint("a", name=name),
        ),
        lambda metadata: table(
            metadata,
            "t",
            Column("a", Integer),
            Column("b", Integer),
            UniqueConstraint("b", name=name),
        ),
    )


def foreign_key(name: str, database: str) -> Made:
    def models(**rule: str) -> Callable[[MetaData], object]:
        def make(metadata: MetaData) -> None:
            parent = table(metadata, f"{name}2")
            column = Column(f"{name}3", Integer)
            pointing = ForeignKeyConstraint([f"{name}3"], [parent.c.id], name=name, **rule)
            table(metadata, "t", column, pointing)

        return make

    return both(models(), models(ondelete="CASCADE"))


def index(name: str, database: str) -> Made:
    return both(
        lambda metadata: table(metadata, "t", Column("a", Integer), Index(name, "a")),
        lambda metadata: table(metadata, "t", Column("a", Integer), Index("ix_of_ours", "a")),
    )


def index_differs(name: str, database: str) -> Made:
    def models(*columns: str) -> Callable[[MetaData], object]:
        return lambda metadata: table(
            metadata, "t", Column("a", Integer), Column("b", Integer), Index(name, *columns)
        )

    return both(models("a"), models("b"))


def not_valid(name: str, database: str) -> Made:
    def models(metadata: MetaData) -> None:
        table(metadata, "t", Column("a", Integer), CheckConstraint("a > 0", name=name))

    made = both(lambda metadata: table(metadata, "t", Column("a", Integer)), models)
    added = f"ALTER TABLE t ADD CONSTRAINT {quoted(name, database)} CHECK (a > 0) NOT VALID"
    return made._replace(sql=[added])


# --- names of what stands alone -------------------------------------------------------------------


def labels(name: str, database: str) -> Made:
    def models(*more: str) -> Callable[[MetaData], object]:
        return lambda metadata: table(
            metadata, "t", Column("a", Enum("a", *more, "z", name=f"{name}e"))
        )

    return both(models(), models(f"{name}l"))


def view(name: str, database: str) -> Made:
    """A trigger on a view, which a new view would not have."""
    trigger = f"CREATE TRIGGER {quoted(name, database)} INSTEAD OF DELETE ON v BEGIN SELECT 1; END"
    return Made(views.models({"v": views.above(1)}), views.models({"v": views.above(2)}), [trigger])


SITUATIONS: dict[str, Situation] = {
    "renamed table": Situation(renamed_table, "likely-rename"),
    "told table": Situation(told_table, "renamed"),
    "within a table": Situation(within_table, "not-null-without-default"),
    "renamed column": Situation(renamed_column, "likely-rename"),
    "required column": Situation(required_column, "required-column"),
    "retyped column": Situation(retyped_column, "column-type"),
    "added column": Situation(added_column, "not-null-without-default"),
    "described column": Situation(described_column, "required-column", ("mariadb", "mysql")),
    "check": Situation(check, "check-differs"),
    "unique": Situation(unique, "unique-differs"),
    "foreign key": Situation(foreign_key, "foreign-key-differs"),
    "index": Situation(index, "other-name", ("postgresql", "mariadb", "mysql")),
    "index differs": Situation(index_differs, "index-differs"),
    "not valid": Situation(not_valid, "check-not-valid", ("postgresql",)),
    "labels": Situation(labels, "enum-labels", ("postgresql",)),
    "view": Situation(view, "view-differs", ("sqlite",)),
}


def situations(database: str) -> list[str]:
    """The names of those that a database has."""
    return [name for name, one in SITUATIONS.items() if database in one.databases]
