"""The one runner of the corpus, on every database."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

import autosync
from autosync.compare import BOOKKEEPING
from tests.corpus.case import Case, metadata
from tests.corpus.catalog import catalog
from tests.corpus.old_code import run_old_code
from tests.report.checks import assert_formats
from tests.servers.database import NEWEST, SQLALCHEMY, LiveDatabase
from tests.snapshot.checks import assert_stands


def run_case(case: Case, database: LiveDatabase, request: pytest.FixtureRequest) -> None:
    """Plan, apply and plan again; and look at all that a user could."""
    if database.name not in case.databases or case.since > SQLALCHEMY:
        return
    if database.name == "postgresql" and database.version < case.server:
        return
    live, models = metadata(case.live), metadata(case.models)
    prepare(case, live, database)
    before, rows = catalog(database.engine), contents(live, database.engine)

    plan = autosync.plan(database.engine, models, **case.options)

    assert catalog(database.engine) == before, "a dry run must change nothing"
    assert_expected(case, database.name, plan)
    assert_stands(database.engine, models, plan, rows=bool(case.rows), **case.options)
    sent = listen(database.engine)
    report = autosync.sync(database.engine, models, **case.options)
    assert report.statements == plan.statements
    assert is_subsequence(plan.statements, sent)
    assert set(report.applied) == set(plan.pending)
    assert report.refused == plan.refused
    assert contents(live, database.engine) == rows, "the old rows must be intact"
    if SQLALCHEMY >= NEWEST:  # how a report is written has nothing to do with SQLAlchemy
        assert_formats(plan)
        assert_formats(report)
    if report.applied and not report.refused and not report.notes:
        assert_like_new(request, case, models, database)

    again = autosync.plan(database.engine, models, **case.options)
    assert not again.pending
    assert not again.undecided
    assert codes(again.refused) == codes(plan.refused)
    assert codes(again.notes) == codes(plan.notes)
    assert_old_code_runs(live, database, report)


def prepare(case: Case, live: sa.MetaData, database: LiveDatabase) -> None:
    run(case.setup, database)
    live.create_all(database.engine)
    with database.engine.begin() as connection:
        for name, rows in case.rows.items():
            for row in rows:
                connection.execute(live.tables[name].insert().values(**row))
    run(case.ddl, database)


def run(statements: Any, database: LiveDatabase) -> None:
    """Run those of ``statements`` that are for this database."""
    with database.engine.begin() as connection:
        for statement in statements.get(database.name, ()):
            connection.exec_driver_sql(statement)


def contents(live: sa.MetaData, engine: sa.engine.Engine) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of the old tables, in their old columns."""
    present = sa.inspect(engine).get_table_names()
    with engine.connect() as connection:
        return {
            name: sorted(
                (tuple(row) for row in connection.execute(sa.select(*table.columns))), key=repr
            )
            for name, table in live.tables.items()
            if name in present
        }


def assert_expected(case: Case, database: str, plan: autosync.Plan) -> None:
    assert [f"{u.kind} {u.object}" for u in plan.undecided] == []
    assert codes(plan.refused) == dict(case.expected("refused", database))
    assert sorted(labels(plan.pending)) == sorted(case.expected("pending", database))
    assert codes(plan.notes) == dict(case.expected("notes", database))
    hazards = {label(entry): " | ".join(entry.hazards) for entry in plan.pending}
    for name, words in case.expected("hazards", database).items():
        assert words in hazards[name]
    for entry in plan.pending:
        assert entry.sql, entry
    for refusal in plan.refused:
        assert refusal.reason
        assert refusal.consequence
        assert refusal.remedy or refusal.code == "depends-on-refused", refusal


def assert_like_new(
    request: pytest.FixtureRequest, case: Case, models: sa.MetaData, database: LiveDatabase
) -> None:
    """The synchronized database is what create_all() makes of the models in an empty one."""
    source = request.getfixturevalue("databases")
    folder = request.getfixturevalue("tmp_path") / "new"
    folder.mkdir()
    with source.fresh(database.name, folder) as new:
        run(case.setup, new)
        models.create_all(new.engine)
        expected, found = catalog(new.engine), catalog(database.engine)
    for one in (expected, found):
        for name in BOOKKEEPING:
            one.pop(name, None)
        one["sequences"] = [s for s in one.get("sequences", ()) if s != "migrate_version_id_seq"]
    for table in models.tables.values():
        for column in table.columns:
            if column.default is not None and column.server_default is None:
                for one in (expected, found):
                    columns = one.get(table.name, {}).get("columns", {})
                    if column.name not in columns:
                        continue
                    columns[column.name] = columns[column.name][:2] + columns[column.name][3:]
    # a partition is no table of the models, and in nobody's way
    assert {name: found.get(name) for name in expected} == expected


def assert_old_code_runs(
    live: sa.MetaData, database: LiveDatabase, report: autosync.Report
) -> None:
    """What the older models do still works, but for the INSERTs of which a hazard says so."""
    warned = {
        ("INSERT", entry.table)
        for entry in report.applied
        if "INSERTs of older code" in " ".join(entry.hazards)
    }
    broken = run_old_code(database.engine, live) if report.applied else []
    assert {(one.kind, one.table) for one in broken} == warned, broken


def listen(engine: sa.engine.Engine) -> list[str]:
    """The statements that the engine sends from now on."""
    sent: list[str] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def note(*arguments: Any) -> None:
        sent.append(arguments[2])

    return sent


def label(entry: autosync.Entry) -> str:
    return f"{entry.kind} {entry.object}"


def is_subsequence(some: Any, of: Any) -> bool:
    """Whether all of ``some`` come in ``of``, in their order."""
    rest = iter(of)
    return all(item in rest for item in some)


def labels(entries: Any) -> list[str]:
    return [label(entry) for entry in entries]


def codes(entries: Any) -> dict[str, str]:
    return {label(entry): entry.code for entry in entries}
