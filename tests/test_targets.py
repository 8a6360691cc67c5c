"""What a foreign key may point at: each database is as strict as it is, and no plan is stricter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, MetaData, Table
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

import autosync
from tests.servers.database import LiveDatabase

STRICT = "restrict_fk_on_non_standard_key"
Parent = Callable[[], Sequence[Any]]
PARENTS: dict[str, tuple[Parent, tuple[str, ...]]] = {
    "nothing": (list, ("a",)),
    "an index": (lambda: [Index("ix", "a")], ("a",)),
    "an index of more": (lambda: [Index("ix", "a", "b")], ("a",)),
    "an index of the same": (lambda: [Index("ix", "a", "b")], ("a", "b")),
    "an index of another order": (lambda: [Index("ix", "b", "a")], ("a", "b")),
    "an index that begins with another": (lambda: [Index("ix", "b", "a")], ("a",)),
    "a unique index of more": (lambda: [Index("ux", "a", "b", unique=True)], ("a",)),
    "a unique index": (lambda: [Index("ux", "a", unique=True)], ("a",)),
    "the key": (list, ("id",)),
    "an index of a key of its own": (lambda: [ForeignKeyConstraint(["a"], ["parent.id"])], ("a",)),
}
"""What the parent has, and the columns that are pointed at."""


def parent(md: MetaData, items: Sequence[Any]) -> None:
    Table("parent", md, *(Column(name, Integer) for name in "ab"), *ids(), *items)


def ids() -> list[Any]:
    return [Column("id", Integer, primary_key=True), Column("id2", Integer, unique=True)]


def child(md: MetaData, target: tuple[str, ...]) -> None:
    names = [f"of_{name}" for name in target]
    key = ForeignKeyConstraint(names, [f"parent.{name}" for name in target])
    Table("child", md, *ids(), *(Column(name, Integer) for name in names), key)


def engines(database: LiveDatabase) -> dict[str, Engine]:
    """An engine for each way in which connections to this database can be set."""
    statements = {"usual": ""}
    if database.name == "sqlite":
        statements["strict"] = "PRAGMA foreign_keys = ON"
    if database.name == "mysql":
        statements["lax"] = f"SET SESSION {STRICT} = OFF"
    return {name: _engine(database, statement) for name, statement in statements.items()}


def _engine(database: LiveDatabase, statement: str) -> Engine:
    engine = database.create_engine()

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: Any, record: object) -> None:
        if statement:
            cursor = connection.cursor()
            cursor.execute(statement)
            cursor.close()

    return engine


@pytest.mark.parametrize("what", PARENTS)
def test_a_plan_takes_what_the_database_takes(database: LiveDatabase, what: str) -> None:
    items, target = PARENTS[what]
    for name, engine in engines(database).items():
        before, after = MetaData(), MetaData()
        parent(before, items())
        parent(after, items())
        child(after, target)
        before.create_all(engine)
        takes = _takes(engine, after, strict=name == "strict")

        plan = autosync.plan(engine, after)
        report = autosync.sync(engine, after)

        assert [entry.object for entry in report.applied] == ["child"] * takes
        assert [entry.code for entry in report.refused] == ["foreign-key-target"] * (not takes)
        hazards = " ".join(hazard for entry in plan.pending for hazard in entry.hazards)
        unique = what in {"a unique index", "the key"}
        is_lax = takes and database.name == "sqlite" and not unique
        assert ("PRAGMA foreign_keys" in hazards) is is_lax
        assert autosync.plan(engine, after).in_sync is takes
        after.drop_all(engine)


def _takes(engine: Engine, models: MetaData, *, strict: bool) -> bool:
    """Whether `create_all()` can create the child, and rows can go into it."""
    child = models.tables["child"]
    try:
        child.create(engine)
        if strict:
            with engine.begin() as connection:
                connection.execute(models.tables["parent"].insert().values(a=1, b=1, id=1))
                connection.execute(child.insert().values(dict.fromkeys(_pointing(child), 1)))
    except DBAPIError:
        return False
    finally:
        child.drop(engine, checkfirst=True)
        with engine.begin() as connection:
            connection.execute(models.tables["parent"].delete())
    return True


def _pointing(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.foreign_keys]


def test_a_refused_constraint_of_the_target_is_no_need(database: LiveDatabase) -> None:
    """The models make the target unique, which is refused; a plain index may be enough."""
    before, after = MetaData(), MetaData()
    parent(before, [Index("ix", "a", "b")])
    parent(after, [Index("ix", "a", "b"), sa.UniqueConstraint("a", name="uq")])
    child(after, ("a",))
    before.create_all(database.engine)

    report = autosync.sync(database.engine, after)

    codes = {entry.object: entry.code for entry in report.refused}
    if database.name in ("sqlite", "mariadb"):
        assert [entry.object for entry in report.applied] == ["child"]
        assert codes == {"parent.uq": "unique-missing"}
    else:
        assert codes == {"parent.uq": "unique-missing", "child": "foreign-key-target"}
