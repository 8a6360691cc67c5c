"""The script, run by the databases' own clients."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table

import autosync
from autosync.escape import escaped_lines
from autosync.plan import Part, Plan, Report, Statement, Unit
from autosync.report.sql import NO_SCRIPT, render
from tests.corpus.case import Case, metadata
from tests.corpus.cases import CASES
from tests.corpus.runner import prepare
from tests.report import clients
from tests.report.test_html import hostile
from tests.servers import Missing, go_without
from tests.servers.database import SQLALCHEMY, LiveDatabase

WHOLE = bool(os.environ.get("AUTOSYNC_SCRIPTS"))
"""Whether the script of every case is run, and not of a sample only."""
EVERY = 12
ADDITIVE = [case for case in CASES if case.pending or any(case.on.values())]


def run(database: LiveDatabase, script: str, folder: Path) -> tuple[int, str]:
    """The status of the client, and all that it said."""
    database.engine.dispose()
    try:
        done = clients.run(database.url, script, folder)
    except Missing as error:
        go_without(error)
    return done.returncode, done.stdout + done.stderr


def executable(script: str) -> str:
    """What of a script is no comment."""
    return "\n".join(line for line in script.split("\n") if not line.startswith("--"))


# --- what it does ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ADDITIVE if WHOLE else ADDITIVE[::EVERY], ids=str)
def test_a_case_of_the_corpus(case: Case, database: LiveDatabase, tmp_path: Path) -> None:
    """The script does what sync() does: then nothing is pending, and what was refused still is."""
    if database.name not in case.databases or case.since > SQLALCHEMY:
        return
    prepare(case, metadata(case.live), database)
    models = metadata(case.models)
    plan = autosync.plan(database.engine, models, **case.options)
    script = render(plan)
    status, said = run(database, script, tmp_path)
    if NO_SCRIPT in script:
        assert status != 0
        assert any(
            "\\" in statement or escaped_lines(statement) != statement
            for statement in plan.statements
        )
        return
    assert status == 0, said
    again = autosync.plan(database.engine, models, **case.options)
    assert again.pending == ()
    assert again.undecided == ()
    assert [entry.object for entry in again.refused] == [entry.object for entry in plan.refused]


def users(*columns: Any) -> MetaData:
    made = MetaData()
    Table("users", made, Column("id", Integer, primary_key=True), *columns)
    return made


@pytest.fixture
def live(database: LiveDatabase) -> LiveDatabase:
    """A database with an empty table, and one that only an error would touch."""
    users().create_all(database.engine)
    canary(database)
    return database


def canary(database: LiveDatabase) -> None:
    made = MetaData()
    Table("canary", made, Column("id", Integer, primary_key=True))
    made.create_all(database.engine)


def columns_of(database: LiveDatabase, table: str) -> list[str]:
    return [column["name"] for column in sa.inspect(database.engine).get_columns(table)]


def test_it_stops_at_the_first_error(live: LiveDatabase, tmp_path: Path) -> None:
    """Nothing that comes after it is done, and nothing of the same transaction stays."""
    models = users(Column("first", Integer), Column("second", Integer))
    Table("brandnew", models, Column("id", Integer, primary_key=True))
    script = render(autosync.plan(live.engine, models))
    with live.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE brandnew (id INTEGER PRIMARY KEY)")
    status, said = run(live, script, tmp_path)
    assert status != 0
    assert "already exists" in said
    assert columns_of(live, "users") == ["id"]


def test_what_was_done_before_an_error(live: LiveDatabase, tmp_path: Path) -> None:
    models = users(Column("more", Integer))
    Table("brandnew", models, Column("id", Integer, primary_key=True))
    script = render(autosync.plan(live.engine, models))
    with live.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE users ADD COLUMN more INTEGER")
    assert run(live, script, tmp_path)[0] != 0
    there = set(sa.inspect(live.engine).get_table_names())
    # on the one database that has all in one transaction, nothing
    assert ("brandnew" in there) == (live.name != "sqlite")


@pytest.mark.databases("postgresql")
def test_what_no_transaction_may_hold(live: LiveDatabase, tmp_path: Path) -> None:
    """Indexes of a large table, and a foreign key in two steps; one that failed is outside, too."""
    with live.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO users SELECT generate_series(1, 9)")
    models = users(Column("nick", String(20), index=True), Column("boss", ForeignKey("users.id")))
    options = {"max_rows_scanned": 2}
    plan = autosync.plan(live.engine, models, **options)
    assert any(unit.concurrent for unit in plan.units)
    script = render(plan)
    for unit in plan.units:
        before = script[: script.index(unit.statements[0].sql)]
        assert (executable(before).count("BEGIN;") > before.count("COMMIT;")) != unit.concurrent
    assert run(live, script, tmp_path)[0] == 0
    assert autosync.plan(live.engine, models, **options).in_sync


@pytest.mark.databases("mariadb")
@pytest.mark.parametrize("rows", [0, 1])
def test_a_row_that_came_in_the_meantime(live: LiveDatabase, tmp_path: Path, rows: int) -> None:
    """MariaDB would invent a value for it; the script fails instead, and unlocks the table."""
    models = users(Column("size", Integer, nullable=False))
    plan = autosync.plan(live.engine, models)
    assert [len(s.guard) for unit in plan.units for s in unit.statements] == [2]
    with live.engine.begin() as connection:
        for number in range(rows):
            connection.exec_driver_sql(f"INSERT INTO users VALUES ({number + 1})")
    status, said = run(live, render(plan), tmp_path)
    assert (status == 0) == (rows == 0), said
    assert columns_of(live, "users") == ["id", "size"][: 1 if rows else 2]
    assert "more than 1 row" in said or rows == 0


# --- names that want to be more -------------------------------------------------------------------

CANARY = "DROP TABLE canary"
COMMANDS = {
    "quote": f"x'; {CANARY}; --",
    "double quote": f'x"; {CANARY}; --',
    "backtick": f"x`; {CANARY}; --",
    "comment": f"x */ {CANARY} /*",
    "dashes": f"x -- y; {CANARY};",
    "hash": f"x # y; {CANARY};",
    "newline": f"x\n; {CANARY};\n--",
    "psql": f"x\n\\! touch owned\n\\i owned.sql\n; {CANARY};",
    "variable": ":DBNAME :'HOST' :\"USER\" ::x",
    "dollar": f"$$x$a$; {CANARY}; $$",
    "delimiter": f"x\ndelimiter //\n{CANARY}//",
    "source": "x\nsource owned.sql\nsystem touch owned\ny",
    "dot": "x\n.shell touch owned\n.read owned.sql\ny",
    "go": f"x\ngo\n{CANARY};\n/\n{CANARY};",
    "return": f"x\r\n.shell touch owned\r{CANARY};",
    "separator": f"x\u2028{CANARY};\u2029{CANARY};\x85{CANARY};",
    "nul": f"x\x00; {CANARY};",
    "override": "\u202egnirts",
    "backslash": f"x\\'; {CANARY}; --",
    "accents": "é名前 ß",
}


def named(text: str) -> MetaData:
    """A table, a column and an index of this name."""
    made = users(Column(f"{text}2"[-60:], String(9)))
    Table(text, made, Column("id", Integer, primary_key=True), Column("a", Integer))
    sa.Index(f"i{text}"[:30], made.tables[text].c.a)
    return made


def told(text: str) -> MetaData:
    """Defaults, comments and checks with this text in them."""
    made = users(Column("a", String(200), server_default=text, comment=text))
    Table(
        "told",
        made,
        Column("id", Integer, primary_key=True),
        Column("d", String(200)),
        sa.CheckConstraint(sa.column("d") != text, name="told_d"),
        comment=text,
    )
    return made


@pytest.mark.parametrize("make", [named, told])
@pytest.mark.parametrize("text", COMMANDS.values(), ids=list(COMMANDS))
def test_it_is_only_a_name(live: LiveDatabase, tmp_path: Path, text: str, make: Any) -> None:
    """It is one for the client as well; or there is no script, and what there is fails."""
    models = make(text)
    (tmp_path / "owned.sql").write_text(f"{CANARY};")
    try:
        plan = autosync.plan(live.engine, models)
    except (sa.exc.SQLAlchemyError, ValueError):
        return
    script = render(plan)
    status, _ = run(live, script, tmp_path)
    there = set(sa.inspect(live.engine).get_table_names())
    assert "canary" in there
    assert not (tmp_path / "owned").exists()
    if NO_SCRIPT in script:
        assert status != 0
        assert there == {"canary", "users"}
    elif status == 0:
        assert autosync.plan(live.engine, models).pending == ()
    else:
        # what the server does not take from sync() either
        with pytest.raises((autosync.AutosyncError, sa.exc.DBAPIError)):
            autosync.sync(live.engine, models)


TAKEN = ["quote", "newline", "psql", "delimiter", "source", "dot", "go", "dollar", "accents"]


@pytest.mark.parametrize("make", [named, told])
@pytest.mark.parametrize("key", TAKEN)
def test_hostile_names_are_taken(live: LiveDatabase, tmp_path: Path, key: str, make: Any) -> None:
    """The clients take these, and so there has to be a script; but for a backslash on MariaDB."""
    models = make(COMMANDS[key])
    script = render(autosync.plan(live.engine, models))
    if live.name == "mariadb" and "\\" in COMMANDS[key]:
        assert executable(script).strip().endswith(NO_SCRIPT)
        return
    status, said = run(live, script, tmp_path)
    assert status == 0, said
    assert autosync.plan(live.engine, models).in_sync


@pytest.mark.parametrize("text", COMMANDS.values(), ids=list(COMMANDS))
def test_comments_are_only_comments(live: LiveDatabase, tmp_path: Path, text: str) -> None:
    """Whatever is in reasons and remedies, the client finds the one statement that there is."""
    plan = hostile(text)
    statement = Statement("CREATE TABLE made (id INTEGER PRIMARY KEY)")
    with live.engine.connect() as connection:
        name = "mariadb" if live.name == "mariadb" else connection.dialect.name
    unit = Unit((Part(frozenset(), (statement,)),))
    script = render(Plan(name, plan.pending, plan.refused, notes=plan.notes, units=(unit,)))
    (tmp_path / "owned.sql").write_text(f"{CANARY};")
    status, said = run(live, script, tmp_path)
    assert status == 0, said
    assert set(sa.inspect(live.engine).get_table_names()) == {"canary", "made", "users"}
    assert not (tmp_path / "owned").exists()


# --- what there is to run -------------------------------------------------------------------------


def test_nothing_to_run(live: LiveDatabase, tmp_path: Path) -> None:
    """In sync, or synchronized, or with a right that is missing: the script does nothing."""
    models = users(Column("more", Integer))
    assert executable(render(autosync.plan(live.engine, users()))) == ""
    plan = autosync.plan(live.engine, models)
    report = autosync.sync(live.engine, models)
    assert executable(render(report)) == ""
    assert "ADD COLUMN more" in render(report)
    stopped = Report.of(plan)
    assert executable(render(stopped)) == ""
    assert "make a new one" in render(stopped)
    assert run(live, render(stopped), tmp_path)[0] == 0


def test_another_database() -> None:
    """Bare statements, one after the other."""
    statements = (
        Statement("CREATE TABLE a (id INTEGER)"),
        Statement("CREATE TABLE b (x INT) -- y"),
    )
    script = render(Plan("another", units=(Unit((Part(frozenset(), statements),)),)))
    assert executable(script).strip() == (
        "CREATE TABLE a (id INTEGER);\nCREATE TABLE b (x INT) -- y\n;"
    )
    assert re.search(r"^-- To run it: ", script, re.MULTILINE)
