"""Names: what does the same is the same; a name that somebody chose is noted, no other is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Enum,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

import autosync
from tests.servers.database import LiveDatabase

Name = Callable[[str], "str | None"]
CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s_made",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s_made",
    "ck": "ck_%(table_name)s_%(constraint_name)s_made",
    "fk": "fk_%(table_name)s_%(column_0_name)s_made",
    "pk": "pk_%(table_name)s_made",
}
CHOSEN = {
    "primary_key cards.pk_b": "pk_a",
    "foreign_key cards.fk_b": "fk_a",
    "unique cards.uq_b": "uq_a",
    "unique cards.uix_b": "uix_a",
    "check cards.ck_b": "ck_a",
    "index cards.ix_b": "ix_a",
    "index cards.ixx_b": "ixx_a",
}


def models(name: Name, **options: Any) -> MetaData:
    """Everything that has a name."""
    metadata = MetaData(**options)
    Table("users", metadata, Column("id", Integer, primary_key=True))
    table = Table(
        "cards",
        metadata,
        Column("id", Integer, autoincrement=False),
        Column("user_id", Integer),
        Column("code", String(9)),
        Column("place", Integer),
        Column("level", Integer),
        PrimaryKeyConstraint("id", name=name("pk")),
        ForeignKeyConstraint(["user_id"], ["users.id"], name=name("fk")),
        UniqueConstraint("code", name=name("uq")),
        CheckConstraint("level > 3", name=name("ck")),
    )
    Index(name("ix"), table.c.place, table.c.level)
    Index(name("uix"), table.c.place, unique=True)
    return metadata


def chosen(suffix: str) -> Name:
    return lambda kind: f"{kind}_{suffix}"


def make(database: LiveDatabase, name: Name, **options: Any) -> MetaData:
    """The models, without what MariaDB does not have: an index over an expression."""
    metadata = models(name, **options)
    if database.name != "mariadb":
        table = metadata.tables["cards"]
        Index(name("ixx"), sa.func.lower(table.c.code), _table=table)
    return metadata


def notes(plan: autosync.Plan) -> dict[str, str]:
    assert plan.in_sync, plan
    assert {note.code for note in plan.notes} <= {"other-name"}
    return {f"{note.kind} {note.object}": note.reason for note in plan.notes}


def known(database: LiveDatabase) -> dict[str, str]:
    """The notes that are due: MariaDB calls every primary key PRIMARY."""
    absent = {"mariadb": ("primary_key", "index cards.ixx_b")}.get(database.name, ())
    return {
        item: f"the database calls it {name}"
        for item, name in CHOSEN.items()
        if not item.startswith(absent)
    }


def test_a_chosen_name_is_noted(database: LiveDatabase) -> None:
    make(database, chosen("a")).create_all(database.engine)
    assert notes(autosync.plan(database.engine, make(database, chosen("a")))) == {}

    plan = autosync.check(database.engine, make(database, chosen("b")))

    assert notes(plan) == known(database)
    renaming = {
        "sqlite": set(),
        "postgresql": set(known(database)),
        "mariadb": {item for item in known(database) if item.startswith(("index", "unique"))},
    }[database.name]
    remedies = {
        f"{note.kind} {note.object}": str(note.remedy) for note in plan.notes if note.remedy
    }
    assert set(remedies) == renaming
    with database.engine.begin() as connection:
        for remedy in remedies.values():
            connection.exec_driver_sql(remedy)
    after = autosync.plan(database.engine, make(database, chosen("b")))
    assert set(notes(after)) == set(known(database)) - renaming


@pytest.mark.parametrize("options", [{}, {"naming_convention": CONVENTION}], ids=["none", "made"])
def test_a_name_that_nobody_chose_is_not_noted(database: LiveDatabase, options: Any) -> None:
    """Models without names of their own, with and without a convention that makes them."""
    make(database, chosen("a")).create_all(database.engine)

    def unnamed(kind: str) -> str | None:
        # without a convention, an index has to have a name
        return kind if kind == "ck" and options else f"{kind}_a" if "ix" in kind else None

    assert notes(autosync.plan(database.engine, make(database, unnamed, **options))) == {}


def test_a_name_that_the_convention_made_is_not_noted(sqlite: LiveDatabase) -> None:
    """Neither that of an index, nor that of a check of which the models wrote a part."""
    make(sqlite, chosen("a")).create_all(sqlite.engine)
    metadata = make(
        sqlite, lambda kind: "part" if kind == "ck" else None, naming_convention=CONVENTION
    )
    assert notes(autosync.plan(sqlite.engine, metadata)) == {}


def test_models_of_one_name_meet_a_database_that_made_its_own(database: LiveDatabase) -> None:
    """What the database named is noted as well, if the models chose another name."""
    unnamed = make(database, lambda kind: f"{kind}_b" if "ix" in kind else None)
    unnamed.create_all(database.engine)
    found = notes(autosync.plan(database.engine, make(database, chosen("b"))))
    # SQLite keeps no name where none was given, so there is nothing to compare
    expected = {
        "sqlite": set(),
        "postgresql": {"primary_key", "foreign_key", "unique", "check"},
        "mariadb": {"foreign_key", "unique", "check"},
    }[database.name]
    assert {item.partition(" ")[0] for item in found} == expected


def test_names_of_types_and_columns(database: LiveDatabase) -> None:
    """The checks of Boolean and Enum, and what stands inside a column, come back as they went."""
    is_mariadb = database.name == "mariadb"
    metadata = MetaData()
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", Boolean(create_constraint=True, name="ck_a")),
        Column("b", Enum("x", "y", native_enum=False, create_constraint=True, name="ck_b")),
        # MariaDB takes no name here
        Column("c", Integer, CheckConstraint("c > 0", name=None if is_mariadb else "ck_c")),
        Column("d", Integer, CheckConstraint("d > 0"), unique=True, index=True),
        Column("e", sa.ForeignKey("t.id", name="fk_e"), index=True),
    )
    metadata.create_all(database.engine)
    assert notes(autosync.plan(database.engine, metadata)) == {}


@pytest.mark.databases("postgresql", "mariadb")
def test_truncated_names(database: LiveDatabase) -> None:
    """What SQLAlchemy shortens is found again; a name that nobody could keep is not noted."""
    long = "a_column_with_a_name_that_is_rather_long_for_any_use"
    convention = {kind: f"{kind}_%(table_name)s_%(column_0_name)s" for kind in ("uq", "ix")}
    metadata = MetaData(naming_convention=convention)
    table = Table(
        f"a_table_{long}"[:60],
        metadata,
        Column("id", Integer, primary_key=True),
        Column(long, Integer, unique=True, index=True),
        Column(f"{long}_2", Integer, unique=True),
    )
    metadata.create_all(database.engine)
    assert notes(autosync.plan(database.engine, metadata)) == {}
    named = MetaData()
    other = table.to_metadata(named)
    for constraint in other.constraints:
        constraint.name = "x" * 90
    assert notes(autosync.plan(database.engine, named)) == {}


@pytest.mark.databases("postgresql", "mariadb")
def test_an_index_in_another_schema(database: LiveDatabase) -> None:
    place = f"{database.engine.url.database}_named"
    with database.engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {place}")
        getattr(connection, "commit", lambda: None)()
    try:
        for name in ("ix_a", "ix_b"):
            metadata = MetaData(schema=place)
            Table("t", metadata, Column("id", Integer, primary_key=True), Column("x", Integer))
            Index(name, metadata.tables[f"{place}.t"].c.x)
            if name == "ix_a":
                metadata.create_all(database.engine)
        (note,) = autosync.plan(database.engine, metadata).notes
        with database.engine.begin() as connection:
            connection.exec_driver_sql(str(note.remedy))
        assert autosync.plan(database.engine, metadata).notes == ()
    finally:
        with database.engine.begin() as connection:
            connection.exec_driver_sql(
                f"DROP SCHEMA {place}" + (" CASCADE" if database.name == "postgresql" else "")
            )
