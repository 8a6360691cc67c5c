"""From one release of a real application to another, and to itself.

What is expected of each pair comes from `differences.py`, which knows nothing of autosync; what the
database has comes from SQLAlchemy's Inspector.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

import autosync
from tests.realworld.catalog import Catalog, Fact, belongings, read_catalog
from tests.realworld.differences import (
    APPLIED,
    NOTED,
    REFUSED,
    Difference,
    differences,
    implied_defaults,
)
from tests.realworld.loader import RELEASES, load_release, pairs, read_release, releases
from tests.realworld.rows import ROWS, all_rows, insert_rows, table_rows
from tests.servers.database import Databases, LiveDatabase

FORTH = pairs()
OLDEST = [f"{name}-{versions[0]}" for name, versions in RELEASES.items()]
BACK = [(new, old) for old, new in FORTH if old in OLDEST]
CHANGE = re.compile(
    r"\s*(SET STATEMENT .* FOR\s+)?"
    r"(CREATE|ALTER|DROP|RENAME|TRUNCATE|COMMENT|INSERT|UPDATE|DELETE|REPLACE)\b",
    re.IGNORECASE,
)
CATALOGS: dict[tuple[str, str], Catalog] = {}
TEMPORARY = re.compile(r"\s*(\w+ TEMP(ORARY)? |ALTER TABLE autosync_trial )", re.IGNORECASE)


@pytest.mark.parametrize(("live", "declared"), FORTH + BACK)
def test_pair(
    database: LiveDatabase, databases: Databases, tmp_path: Path, live: str, declared: str
) -> None:
    """The whole of it. A temporary table, with which the server is asked, is no DDL here."""
    engine, old, new = database.engine, load_release(live), load_release(declared)
    expected = differences(read_release(live), read_release(declared), database.name)
    create_filled(engine, old)
    before, rows = read_catalog(engine), read_rows(engine, old)

    with recorded(engine) as statements:
        plan = autosync.plan(engine, new)
    assert found_by(plan) == expected
    assert not changes(statements)
    assert read_catalog(engine) == before

    with recorded(engine) as statements:
        report = autosync.sync(engine, new)
    assert found_by(report) == expected
    assert report.statements == plan.statements == tuple(changes(statements))

    after = read_catalog(engine)
    reference = catalog_of(declared, database, databases, tmp_path)
    assert_only_added(before, after)
    assert_added(before, after, reference, expected, declared)
    assert read_rows(engine, old) == rows

    assert_settled(engine, new, report)
    assert_unharmed(engine, old, report)
    assert read_catalog(engine) == after
    assert_usable(engine, old, new, expected, declared)


@pytest.mark.parametrize("release", releases())
def test_release_itself(database: LiveDatabase, release: str) -> None:
    """What create_all() makes is in sync, with nothing to say about it."""
    engine = database.engine
    create_filled(engine, load_release(release))
    before = read_catalog(engine)
    with recorded(engine) as statements:
        plan = autosync.plan(engine, load_release(release))
        report = autosync.sync(engine, load_release(release))
    for found in (plan, report):
        assert found.in_sync, str(found)
        assert not found.notes, str(found)
    assert report.applied == report.statements == ()
    assert not changes(statements)
    assert read_catalog(engine) == before


def create_filled(engine: Engine, metadata: sa.MetaData) -> None:
    metadata.create_all(engine)
    with engine.begin() as connection:
        insert_rows(connection, metadata)


def read_rows(engine: Engine, metadata: sa.MetaData) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return all_rows(connection, metadata)


@contextmanager
def recorded(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements that the engine carries out; one that failed is tried again."""
    statements: list[str] = []

    def record(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "after_cursor_execute", record)
    try:
        yield statements
    finally:
        event.remove(engine, "after_cursor_execute", record)


def changes(statements: Iterable[str]) -> list[str]:
    """Return the statements that change the database.

    A temporary table does not, nor does what is rolled back to a savepoint.
    """
    kept: list[str] = []
    marks: dict[str, int] = {}
    for statement in statements:
        words = statement.split()
        if words[0] == "SAVEPOINT":
            marks[words[1]] = len(kept)
        elif words[:3] == ["ROLLBACK", "TO", "SAVEPOINT"]:
            del kept[marks[words[3]] :]
        elif CHANGE.match(statement) and not TEMPORARY.match(statement):
            kept.append(statement.strip())
    return kept


def found_by(findings: autosync.Plan | autosync.Report) -> Counter[Difference]:
    """Return what a plan or a report says, in the words of `differences.py`."""
    assert not findings.undecided, str(findings)
    done = findings.pending if isinstance(findings, autosync.Plan) else findings.applied
    lists = {APPLIED: done, REFUSED: findings.refused, NOTED: findings.notes}
    assert all(entry.schema is None for entries in lists.values() for entry in entries)
    return Counter(
        Difference(outcome, e.kind, e.difference, e.table, e.name, e.columns)
        for outcome, entries in lists.items()
        for e in entries
    )


def catalog_of(release: str, database: LiveDatabase, databases: Databases, folder: Path) -> Catalog:
    """Return what create_all() of a release makes in an empty database; made once for each."""
    if (database.name, release) not in CATALOGS:
        place = folder / "reference"
        place.mkdir()
        with databases.fresh(database.name, place) as empty:
            load_release(release).create_all(empty.engine)
            CATALOGS[database.name, release] = read_catalog(empty.engine)
    return CATALOGS[database.name, release]


def assert_only_added(before: Catalog, after: Catalog) -> None:
    """Whatever was there is there, and as it was."""
    assert {fact: after.get(fact) for fact in before} == before


def assert_added(
    before: Catalog,
    after: Catalog,
    reference: Catalog,
    expected: Iterable[Difference],
    declared: str,
) -> None:
    """What is new is what create_all() would have made, and exactly what was safe."""
    implied = {("default", *place) for place in implied_defaults(expected, read_release(declared))}
    wanted = {
        fact
        for difference in expected
        if difference.outcome == APPLIED
        for fact in facts_of(difference, reference)
    }
    assert set(after) - set(before) == wanted | implied
    assert {fact: after[fact] for fact in wanted} == {fact: reference[fact] for fact in wanted}


def facts_of(difference: Difference, reference: Catalog) -> set[Fact]:
    """Return what belongs to an addition, in a catalog that has it."""
    kind, table, name = difference.kind, difference.table, difference.name
    if kind == "table":
        serial = {fact for fact in reference if is_sequence_of(fact, str(table))}
        return belongings(reference, str(table)) | serial
    if kind == "foreign_key":
        index = ("index", table, name)  # MariaDB makes one for each foreign key
        return {(kind, table, difference.columns)} | ({index} & set(reference))
    if kind == "unique":  # the databases differ in what they call a constraint and what an index
        return {fact for fact in reference if fact[1:] == (table, name)}
    return {(kind, table, name)}


def is_sequence_of(fact: Fact, table: str) -> bool:
    kind, _, name = fact
    return kind == "sequence" and re.fullmatch(rf"{table}_[a-z]*id_seq", name) is not None


def assert_settled(engine: Engine, metadata: sa.MetaData, report: autosync.Report) -> None:
    """There is nothing left to do, and a second run does nothing."""
    with recorded(engine) as statements:
        plan = autosync.plan(engine, metadata)
        again = autosync.sync(engine, metadata)
    assert plan.pending == plan.statements == again.applied == again.statements == ()
    assert (plan.refused, plan.notes) == (report.refused, report.notes)
    assert not changes(statements)


def assert_unharmed(engine: Engine, old: sa.MetaData, report: autosync.Report) -> None:
    """The old release is in sync as before, and notes what was added for the new one."""
    plan = autosync.plan(engine, old)
    assert plan.in_sync, str(plan)
    added = {(e.kind, "extra", e.table, e.name) for e in report.applied if e.kind != "enum"}
    assert {(e.kind, e.difference, e.table, e.name) for e in plan.notes} == added


def assert_usable(
    engine: Engine,
    old: sa.MetaData,
    new: sa.MetaData,
    expected: Iterable[Difference],
    declared: str,
) -> None:
    """The old code writes as before; the new code reads and writes, if nothing was refused."""
    with engine.begin() as connection:
        insert_rows(connection, old, ROWS + 1, ROWS + 2)
        for (table, column), value in implied_defaults(expected, read_release(declared)).items():
            values = connection.execute(sa.select(new.tables[table].c[column])).scalars().all()
            assert values == [value] * (ROWS + 2)
        refused = {d.table for d in expected if (d.outcome, d.difference) == (REFUSED, "missing")}
        for name in set(new.tables) - refused:
            table_rows(connection, new.tables[name])
        if not any(difference.outcome == REFUSED for difference in expected):
            insert_rows(connection, new, ROWS + 3, ROWS + 4)
    if engine.dialect.name == "sqlite":
        assert_sound(engine)


def assert_sound(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
