"""States of a database that SQL can make, and no models: what is found of them, by version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, Computed, ForeignKey, Integer
from sqlalchemy.exc import DBAPIError

import autosync
from autosync.ddl import send
from tests.drift.case import findings
from tests.servers.database import SQLALCHEMY, LiveDatabase
from tests.tables import made

NOTHING: Mapping[str, str] = {}


class State(NamedTuple):
    """SQL, the models that meet what it makes, and what is found.

    ``since`` is the first version of PostgreSQL that takes the last statement. ``mended`` says
    whether the remedies leave nothing to be found.
    """

    name: str
    sql: Sequence[str]
    models: sa.MetaData
    finds: Mapping[str, str] = NOTHING
    since: int = 12
    mended: bool = True

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def pair(*items: Any) -> sa.MetaData:
    """Models of a table ``u``, and of ``t`` with these items."""
    return made(("u",), ("t", *items))


def generated(words: str) -> list[str]:
    return [f"CREATE TABLE t (id serial PRIMARY KEY, c int GENERATED ALWAYS AS (id + 1) {words})"]


KEYED = ["CREATE TABLE u (id serial PRIMARY KEY)", "CREATE TABLE t (id serial PRIMARY KEY, n int)"]
N = Column("n", Integer)
POINTING = Column("n", ForeignKey("u.id", name="k"))
CHECKED = (N, CheckConstraint("n > 0", name="c"))
KEY = "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (n) REFERENCES u"
CHECK = "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)"
PARTS = [
    "CREATE TABLE u (id serial PRIMARY KEY) PARTITION BY RANGE (id)",
    "CREATE TABLE u1 PARTITION OF u FOR VALUES FROM (0) TO (9)",
    "CREATE TABLE u2 PARTITION OF u FOR VALUES FROM (9) TO (19)",
    "CREATE TABLE t (id serial PRIMARY KEY, n int CONSTRAINT k REFERENCES u)",
]
TEMPORAL = ["CREATE TABLE t (id int4range, n int4range, PRIMARY KEY (id, n WITHOUT OVERLAPS))"]

STATES = [
    State(
        "a key not validated",
        [*KEYED, f"{KEY} NOT VALID"],
        pair(POINTING._copy()),
        {"foreign_key t.k valid": "foreign-key-not-valid"},
    ),
    State(
        "a key not enforced",
        [*KEYED, f"{KEY} NOT ENFORCED"],
        pair(POINTING._copy()),
        {"foreign_key t.k enforced": "constraint-not-enforced"},
        since=18,
    ),
    State(
        "a check not validated",
        [*KEYED, f"{CHECK} NOT VALID"],
        pair(*(item._copy() for item in CHECKED)),
        {"check t.c valid": "check-not-valid"},
    ),
    State(
        "a check not enforced",
        [*KEYED, f"{CHECK} NOT ENFORCED"],
        pair(*(item._copy() for item in CHECKED)),
        {"check t.c enforced": "constraint-not-enforced"},
        since=18,
    ),
    State(
        "a NOT NULL not validated",
        [*KEYED, "ALTER TABLE t ADD CONSTRAINT o NOT NULL n NOT VALID"],
        pair(Column("n", Integer, nullable=False)),
        {"column t.n valid": "not-null-not-valid"},
        since=18,
    ),
    State(
        "a NOT NULL not validated, which the models do not want",
        [*KEYED, "ALTER TABLE t ADD CONSTRAINT o NOT NULL n NOT VALID"],
        pair(N._copy()),
        {"column t.n nullable": "column-nullable"},
        since=18,
    ),
    State(
        "a NOT NULL with a name",
        [*KEYED, "ALTER TABLE t ADD CONSTRAINT o NOT NULL n"],
        pair(Column("n", Integer, nullable=False)),
        since=18,
    ),
    State(
        "stored, and the models do not say",
        generated("STORED"),
        made(("t", Column("c", Integer, Computed("id + 1")))),
    ),
    State(
        "virtual, and the models do not say",
        generated("VIRTUAL"),
        made(("t", Column("c", Integer, Computed("id + 1")))),
        since=18,
    ),
    State(
        "virtual, and stored in the models",
        generated("VIRTUAL"),
        made(("t", Column("c", Integer, Computed("id + 1", persisted=True)))),
        {"column t.c computed": "column-generated"},
        since=18,
        mended=False,
    ),
    State("a key to a partitioned table", PARTS, pair(POINTING._copy())),
    State(
        "a key to a partitioned table, not validated",
        [*PARTS, "ALTER TABLE t DROP CONSTRAINT k", f"{KEY} NOT VALID"],
        pair(POINTING._copy()),
        {"foreign_key t.k valid": "foreign-key-not-valid"},
    ),
    State(
        "a partitioned table with indexes and keys",
        [
            *PARTS[:3],
            "CREATE TABLE v (id serial PRIMARY KEY)",
            "ALTER TABLE u ADD n int CONSTRAINT k REFERENCES v",
            "ALTER TABLE u ADD CONSTRAINT c CHECK (n > 0)",
            "CREATE INDEX i ON u (n)",
            "CREATE TABLE u3 PARTITION OF u FOR VALUES FROM (19) TO (29)",
        ],
        made(
            ("v",),
            (
                "u",
                Column("n", ForeignKey("v.id", name="k")),
                CheckConstraint("n > 0", name="c"),
                sa.Index("i", "n"),
            ),
        ),
    ),
    State(
        "a key of a partitioned table to itself",
        [*PARTS[:3], "ALTER TABLE u ADD n int CONSTRAINT k REFERENCES u"],
        made(("u", Column("n", ForeignKey("u.id", name="k")))),
    ),
    State(
        "a partitioned table's unfinished index",
        [*PARTS[:3], "ALTER TABLE u ADD n int", "CREATE INDEX i ON ONLY u (n)"],
        made(("u", Column("n", Integer), sa.Index("i", "n"))),
        {"index u.i valid": "index-invalid"},
        mended=False,
    ),
    State(
        "a temporal key",
        TEMPORAL,
        sa.MetaData(),
        {"primary_key t(id, n) temporal": "primary-key"},
        since=18,
        mended=False,
    ),
]
if SQLALCHEMY >= (2, 0):
    from sqlalchemy.dialects.postgresql import INT4RANGE

    sa.Table("t", STATES[-1].models, *(Column(n, INT4RANGE, primary_key=True) for n in ("id", "n")))
if SQLALCHEMY >= (2, 1):
    STATES.append(
        State(
            "stored, and virtual in the models",
            [*generated("STORED"), "ALTER TABLE t ADD v int GENERATED ALWAYS AS (id + 1) VIRTUAL"],
            made(("t", *(Column(n, Integer, Computed("id + 1", persisted=False)) for n in "cv"))),
            {"column t.c computed": "column-generated"},
            since=18,
            mended=False,
        )
    )


@pytest.mark.parametrize("state", STATES, ids=str)
def test_a_state_is_found(state: State, postgresql: LiveDatabase) -> None:
    engine = postgresql.engine
    with engine.begin() as connection:
        for statement in state.sql[:-1]:
            send(connection, statement)
    if postgresql.version < state.since:
        with pytest.raises(DBAPIError), engine.begin() as connection:
            send(connection, state.sql[-1])
        return
    with engine.begin() as connection:
        send(connection, state.sql[-1])
    plan = autosync.plan(engine, state.models)
    assert findings(plan) == state.finds
    assert autosync.sync(engine, state.models).refused == plan.refused
    if not state.mended:
        return
    with engine.begin() as connection:
        for refusal in plan.refused:
            for statement in refusal.remedy.statements:
                send(connection, statement)
    assert autosync.plan(engine, state.models).in_sync
