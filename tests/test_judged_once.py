"""What a plan says will be applied is applied: judged once, and one failure by itself."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, MetaData, String

import autosync
from tests.servers.database import LiveDatabase
from tests.tables import COMPRESSED, made


def objects(entries: Any) -> list[str]:
    return sorted(entry.object for entry in entries)


# --- refused parents ------------------------------------------------------------------------------


def refused_parent(*child: Any) -> tuple[MetaData, MetaData]:
    live = made(
        ("team", Column("name", String(20), nullable=False, unique=True)), ("child",), ("other",)
    )
    key = Column("team_name", ForeignKey("team.name"))
    models = made(
        ("team", Column("name", String(20), primary_key=True)),
        ("child", Column("queue", Integer), key, *child),
        ("other", Column("more", Integer)),
    )
    return live, models


def test_a_refusal_whose_cause_lies_in_another_table(database: LiveDatabase) -> None:
    live, models = refused_parent()
    live.create_all(database.engine)
    plan = autosync.plan(database.engine, models)
    report = autosync.sync(database.engine, models)
    assert {"child.queue", "other.more"} <= set(objects(plan.pending))
    assert report.applied == plan.pending
    assert report.refused == plan.refused


def test_a_new_table_that_needs_a_refused_one(database: LiveDatabase) -> None:
    """And a third that needs that, and one that needs none of them."""
    made(("team", Column("name", String(20)))).create_all(database.engine)
    models = made(
        ("team", Column("name", String(20))),
        ("badge", Column("team_name", ForeignKey("team.name"))),
        ("scan", Column("badge_id", ForeignKey("badge.id"))),
        ("free",),
    )
    plan = autosync.plan(database.engine, models)
    report = autosync.sync(database.engine, models)
    assert "free" in objects(plan.pending)
    assert report.applied == plan.pending
    assert report.refused == plan.refused


# --- failures -------------------------------------------------------------------------------------

FAILS = {"postgresql": "n > CAST(CAST('no_such_function' AS regclass) AS oid)"}
"""A check of what is not there: PostgreSQL, which is asked beforehand, may yet be given it."""
USUAL = "no_such_function(n) > 0"
COMMITS = {"mariadb", "mysql"}
"""The databases that commit each statement by itself; and that are asked whether they take a table,
without its keys.
"""
WHY = {"mariadb": "errno: 121", "mysql": "duplicate foreign key constraint name"}
"""What they say to a key with a name that another key has."""


class Failing:
    """New tables with a constraint ``ck_NAME`` that the database, asked or not, does not take."""

    def __init__(self, database: LiveDatabase, *names: str) -> None:
        self.late = database.name in COMMITS
        self.why = WHY.get(database.name, "no_such_function")
        self.check = FAILS.get(database.name, USUAL)
        self.names = names
        made(*self.taken()).create_all(database.engine)

    def taken(self) -> list[tuple[Any, ...]]:
        """The table that has keys of these names, where there has to be one."""
        keys = [Column(name, ForeignKey("taken.id", name=f"ck_{name}")) for name in self.names]
        return [("taken", *keys)] if self.late else []

    def __call__(self, name: str, *items: Any) -> tuple[Any, ...]:
        named = f"ck_{name}"
        if self.late:
            return name, Column("n", ForeignKey("taken.id", name=named)), *items
        return name, Column("n", Integer), CheckConstraint(self.check, name=named), *items


def there(database: LiveDatabase) -> list[str]:
    return sorted(set(sa.inspect(database.engine).get_table_names()) - {"taken"})


def test_one_of_many_new_tables_fails(database: LiveDatabase) -> None:
    """What needs it waits; all others are there, and so they stay at the next start."""
    failing = Failing(database, "b2", "f6")
    models = made(
        *failing.taken(),
        ("a1",),
        failing("b2"),
        ("c3", Column("b_id", ForeignKey("b2.id"))),
        ("d4", Column("a_id", ForeignKey("a1.id"))),
        ("e5", Column("c_id", ForeignKey("c3.id"))),
        failing("f6"),
    )
    for applied in (["a1", "d4"], []):
        with pytest.raises(autosync.StatementFailed) as caught:
            autosync.sync(database.engine, models)
        error = caught.value
        assert objects(error.report.applied) == applied
        assert objects(error.failed) == ["b2", "f6"]
        assert objects(error.report.pending) == ["c3", "e5"]
        assert all(failing.why in entry.error.lower() for entry in error.failed)
        assert all(entry.remedy for entry in error.failed)
        assert "ck_b2" in str(error)
        assert "ck_f6" in str(error)
        assert there(database) == ["a1", "d4"]


def test_of_a_cycle_none_is_left(database: LiveDatabase) -> None:
    """Tables that need each other fail together; on a database that commits each statement, what
    is there of them is what the report says.
    """
    failing = Failing(database, "hen")
    models = made(
        *failing.taken(),
        ("egg", Column("hen_id", ForeignKey("hen.id", name="fk_hen"))),
        failing("hen", Column("egg_id", ForeignKey("egg.id", name="fk_egg"))),
        ("free",),
    )
    with pytest.raises(autosync.StatementFailed) as caught:
        autosync.sync(database.engine, models)
    assert objects(caught.value.report.applied) == ["free"]
    assert "hen" in objects(caught.value.failed)


def test_a_column_fails(database: LiveDatabase) -> None:
    """New columns that point at it wait, and so does a view; the columns of other tables do not."""
    made(("a1",), ("b2",), ("c3",), **COMPRESSED).create_all(database.engine)
    models = made(
        ("a1", Column("n", Integer), CheckConstraint(FAILS.get(database.name, USUAL))),
        ("b2", Column("n", Integer)),
        ("c3", Column("n", Integer)),
    )
    with pytest.raises(autosync.StatementFailed) as caught:
        autosync.sync(database.engine, models)
    error = caught.value
    assert objects(error.report.applied) == ["b2.n", "c3.n"]
    assert "a1.n" in objects(error.failed)
    assert autosync.sync(database.engine, made(("b2", Column("n", Integer)))).refused == ()


def test_all_or_nothing(database: LiveDatabase) -> None:
    """``on_refused="raise"`` ends with the first failure; what the database can undo is undone."""
    failing = Failing(database, "b2")
    models = made(*failing.taken(), ("a1",), failing("b2"), ("c3",))
    with pytest.raises(autosync.StatementFailed) as caught:
        autosync.sync(database.engine, models, on_refused="raise")
    assert objects(caught.value.report.applied) == there(database)
    assert there(database) == (["a1"] if database.name in COMMITS else [])


# --- waiting --------------------------------------------------------------------------------------


@pytest.mark.databases("postgresql", "mariadb", "mysql")
def test_a_locked_table_lets_the_others_go_first(database: LiveDatabase) -> None:
    names = ["a1", "b2", "c3"]
    made(*[(name,) for name in names]).create_all(database.engine)
    models = made(*[(name, Column("n", Integer)) for name in names])
    begun: list[str] = []
    done = threading.Event()
    with database.create_engine().connect() as other:
        transaction = other.begin()
        other.execute(sa.text("SELECT * FROM a1")).all()

        def listen(happened: Any) -> None:
            if isinstance(happened, autosync.StatementEnded) and happened.error is None:
                begun.append(happened.sql)
                if len(begun) == 2:
                    transaction.rollback()
                    done.set()

        assert autosync.sync(database.engine, models, on_event=listen).in_sync
        assert done.is_set()
    assert ["b2" in begun[0], "c3" in begun[1], "a1" in begun[2]] == [True, True, True]


def test_what_another_session_changes_is_judged_again(database: LiveDatabase) -> None:
    """Between the plan and the lock a column is added, and another is dropped."""
    made(("a1", Column("old", Integer)), ("b2",)).create_all(database.engine)
    models = made(
        ("a1", Column("old", Integer), Column("n", Integer)), ("b2", Column("n", Integer))
    )

    def listen(happened: Any) -> None:
        if isinstance(happened, autosync.Planned):
            with database.create_engine().begin() as other:
                other.execute(sa.text("ALTER TABLE a1 ADD COLUMN n INTEGER"))

    report = autosync.sync(database.engine, models, on_event=listen)
    assert objects(report.applied) == ["b2.n"]
    assert report.in_sync


def test_a_quiet_database_is_read_twice(database: LiveDatabase) -> None:
    """Once for the plan and once to verify it, however many tables change."""
    tables = [(f"t{number}",) for number in range(5)]
    made(*tables).create_all(database.engine)
    parents = [Column("p", ForeignKey("t0.id", name=f"fk{n}")) for n in range(1, 5)]
    new = [(f"t{n}", Column("n", Integer, index=True), parents[n - 1]) for n in range(1, 5)]
    models = made(("t0", Column("n", Integer, unique=True)), *new, ("new", Column("n", Integer)))
    told: list[Any] = []
    report = autosync.sync(database.engine, models, on_event=told.append)
    verified = [one for one in told if isinstance(one, autosync.Verified)]
    assert report.in_sync
    assert len(verified) == 1
