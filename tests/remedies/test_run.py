"""Every remedy of every case runs, and does what it says: the entry is gone, the rows are there."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

import autosync
from autosync.plan import Note, Refusal
from tests.corpus import case as corpus
from tests.corpus import runner
from tests.corpus.cases import CASES
from tests.drift import case as drift
from tests.drift.conftest import Ground
from tests.drift.test_drift import RUNS, run
from tests.remedies.following import follow
from tests.servers.database import SQLALCHEMY, LiveDatabase, server_version

FEW = 20
"""More remedies than a case has."""

BROKEN_BY_ROWS = {"check-differs", "unique-missing"}
"""What says that rows may be in the way."""
BROKEN = ("check constraint", "constraint `ck` failed", "unique", "duplicate")


def entries(plan: autosync.Plan) -> list[Refusal | Note]:
    """What has a remedy that says how."""
    with_remedy = (one for one in (*plan.refused, *plan.notes) if one.remedy)
    return [one for one in with_remedy if not one.remedy.is_advice]


def rows(engine: Engine) -> tuple[int, dict[tuple[str, str], list[Any]]]:
    """How many there are, and the values of each column."""
    count, found = 0, {}
    quote = engine.dialect.identifier_preparer.quote
    with engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            result = connection.execute(sa.text(f"SELECT * FROM {quote(name)}"))
            all_of = result.mappings().all()
            count += len(all_of)
            for column in list(result.keys()):
                found[name, column] = sorted((row[column] for row in all_of), key=repr)
    return count, found


def assert_kept(before: Any, after: Any) -> None:
    """What has another name now is among the number."""
    assert after[0] == before[0]
    for place, values in before[1].items():
        if place in after[1] and any(value is not None for value in values):
            assert list(map(str, after[1][place])) == list(map(str, values))


def check(engine: Engine, models: sa.MetaData, **options: Any) -> int:
    """Follow one remedy after the other."""
    autosync.sync(engine, models, **options)
    tried: set[Any] = set()
    for _ in range(FEW):
        plan = autosync.plan(engine, models, **options)
        todo = [one for one in entries(plan) if (one.code, one.identity) not in tried]
        if not todo:
            break
        entry = todo[0]
        tried.add((entry.code, entry.identity))
        before = rows(engine)
        try:
            follow(engine, entry, models)
        except DBAPIError as error:
            assert entry.code in BROKEN_BY_ROWS, entry.remedy
            said = str(error.orig).lower()
            assert any(word in said for word in BROKEN), said
            assert_kept(before, rows(engine))
            _clear(engine)
            continue
        after = autosync.plan(engine, models, **options)
        left = {(one.code, one.identity) for one in (*after.refused, *after.notes)}
        assert (entry.code, entry.identity) not in left, f"{entry.code}: {entry.remedy}"
        if not entry.remedy.loses:
            assert_kept(before, rows(engine))
    return len(tried)


def _clear(engine: Engine) -> None:
    """Take away what Alembic has left, outside of a transaction, on SQLite."""
    with engine.begin() as connection:
        for name in sa.inspect(connection).get_table_names():
            if name.startswith("_alembic_tmp"):
                connection.execute(sa.text(f"DROP TABLE {name}"))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_corpus(case: corpus.Case, database: LiveDatabase) -> None:
    if database.name not in case.databases or case.since > SQLALCHEMY:
        return
    if database.name == "postgresql" and database.version < case.server:
        return
    if not (case.expected("refused", database.name) or case.expected("notes", database.name)):
        return
    live, models = corpus.metadata(case.live), corpus.metadata(case.models)
    runner.prepare(case, live, database)
    check(database.engine, models, **case.options)


@pytest.mark.parametrize(("case", "name"), RUNS)
def test_drifts(case: drift.Drift, name: str, ground: Ground) -> None:
    with ground(name) as engine:
        if name == "postgresql" and server_version(engine) < case.server:
            return
        run(engine, case.setup.get(name, ()))
        live = drift.metadata(case.live or case.models)
        live.create_all(engine)
        run(engine, case.sql.get(name, ()))
        check(engine, drift.metadata(case.models))
