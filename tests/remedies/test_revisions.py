"""Revisions with hostile names: what is in the file is what was meant, and nothing else."""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from hypothesis import assume, event, given
from hypothesis import strategies as st
from sqlalchemy import CheckConstraint, Column, Integer, MetaData, String, Table
from sqlalchemy.engine import Engine

import autosync
from autosync.ddl import send
from autosync.dialects.texts import literal_text
from autosync.handover.items import WAYS
from autosync.plan import Plan
from autosync.remedy import Fill
from tests.cli.conftest import App, address, assert_failed
from tests.drift.conftest import Ground
from tests.handover.person import agree
from tests.handover.repositories import alembic, migrate
from tests.remedies import scratch
from tests.remedies.hostile import hostile
from tests.remedies.situations import SITUATIONS, Made, quoted, situations
from tests.remedies.test_pasting import AS_MANY, known
from tests.servers.database import SQLALCHEMY, USUAL, LiveDatabase

KINDS = {"alembic": (alembic, "base"), "sqlalchemy-migrate": (migrate, "0")}
RUN = ["alembic"] if SQLALCHEMY >= (2, 0) else list(KINDS)
STATEMENTS = (ast.Expr, ast.With, ast.Pass, ast.Assign)
"""All that the body of upgrade() is made of."""
ROOTS = {"op", "batch_op", "sa", "table", "target", "migrate_engine", "mysql", "postgresql"}
ROOTS |= {"CheckConstraint", "ForeignKeyConstraint", "UniqueConstraint", "sqlite"}
"""All that anything is called of."""


def executed(path: Path) -> list[str]:
    """The statements that a file runs as they are; it does nothing that no revision does."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert [function.name for function in functions] == ["upgrade", "downgrade"]
    others = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr, ast.FunctionDef)
    assert all(isinstance(node, others) for node in tree.body)
    expressions = [node.value for node in tree.body if isinstance(node, ast.Expr)]
    assert len(expressions) == 1
    assert isinstance(expressions[0], ast.Constant)
    nodes = [node for statement in functions[0].body for node in ast.walk(statement)]
    assert all(isinstance(node, STATEMENTS) for node in nodes if isinstance(node, ast.stmt))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    assert {_root(call.func) for call in calls} <= ROOTS, path.read_text()
    return list(_executed(calls))


def _root(node: ast.AST) -> str:
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Lambda):
            return "target"  # of a key that is made when its table has been read
        node = node.func if isinstance(node, ast.Call) else node.value  # type: ignore[attr-defined]
    return node.id


def _executed(calls: list[ast.Call]) -> Iterator[str]:
    for call in calls:
        if ast.unparse(call.func) in ("op.execute", "migrate_engine.execute"):
            [argument] = call.args
            if isinstance(argument, ast.Call):
                [argument] = argument.args
            yield ast.literal_eval(argument)


def meant(plan: Plan) -> set[str]:
    """The statements of all remedies, as a revision writes them: in one, or one after the other."""
    whole = {literal_text(one) for entry in plan.refused for one in entry.remedy.statements}
    return whole | {part for one in whole for part in _apart(one)}


def _apart(statement: str) -> set[str]:
    """An ALTER that drops a constraint and adds it again, as two."""
    start, _, added = statement.rpartition(", ADD ")
    altered, _, _ = start.partition(" DROP ")
    return {start, f"{altered} ADD {added}"} if altered.startswith("ALTER TABLE ") else set()


class Case(NamedTuple):
    """A name in a situation, for a kind of repository."""

    server: str
    kind: str
    situation: str
    name: str

    def made(self) -> Made:
        return SITUATIONS[self.situation].make(self.name, self.server)


@pytest.mark.parametrize("kind", RUN)
@pytest.mark.parametrize("server", USUAL)
@AS_MANY
@given(data=st.data())
@pytest.mark.filterwarnings("ignore")  # of Alembic and SQLAlchemy, about the names
def test_a_revision_does_what_it_says(
    server: str, kind: str, data: st.DataObject, ground: Ground
) -> None:
    situation = data.draw(st.sampled_from(situations(server)))
    case = Case(server, kind, situation, data.draw(hostile(server)))
    assume(scratch.is_possible(server, case.made(), case.name, ground))
    event(check(case, ground))


@pytest.mark.parametrize("kind", RUN)
@pytest.mark.parametrize(("server", "situation", "name"), known())
@pytest.mark.filterwarnings("ignore")
def test_a_name_that_is_known_to_be_hostile(
    server: str, situation: str, name: str, kind: str, ground: Ground
) -> None:
    check(Case(server, kind, situation, name), ground)


def check(case: Case, ground: Ground) -> str:
    """Write a revision, agree to it, and run it; what came of it."""
    make, base = KINDS[case.kind]
    with (
        scratch.prepared(case.server, case.made(), case.name, ground) as engine,
        tempfile.TemporaryDirectory() as folder,
    ):
        revisions = make(Path(folder, "revisions"))
        before = scratch.state(engine, case.server)
        plan = autosync.plan(engine, case.made().models)
        path = _written(engine, plan, case, revisions)
        if path is None:
            return "refused, or nothing to write"
        ran = _ran(engine, revisions, base)
        after = scratch.state(engine, case.server)
    others = {"victim", *scratch.corrupted(case.name)} - {case.name}
    beside = {
        row for row in before if row[0] in ("victim", "class", "column") and set(row) & others
    }
    assert after, "the victim is gone"
    assert beside <= after
    return ran


def _written(engine: Engine, plan: Plan, case: Case, revisions: Path) -> Path | None:
    """A revision to which somebody has agreed."""
    try:
        done = autosync.revision(engine, case.made().models, revisions, "hostile")
    except autosync.NotWritten:
        assert not list((revisions / "versions").iterdir())
        return None
    if done.path is None:
        assert not {entry.code for entry in plan.refused} & {*WAYS}
        return None
    assert set(executed(done.path)) <= meant(plan)
    for entry in done.written:
        if isinstance(entry, autosync.Refusal) and WAYS[entry.code] == "sql":
            assert set(map(literal_text, entry.remedy.statements)) <= {*executed(done.path)}
    agree(done.path)
    assert set(executed(done.path)) <= meant(plan) | filled(plan)
    return done.path


def _ran(engine: Engine, revisions: Path, base: str) -> str:
    try:
        autosync.upgrade(engine, revisions, stamp=base)
    except autosync.RevisionFailed as failed:
        return f"failed: {type(failed.__cause__).__name__}"
    return "ran"


def filled(plan: Plan) -> set[str]:
    """What a person fills in."""
    parts = [part for entry in plan.refused for part in entry.remedy.parts]
    return {
        literal_text(one.sql.text.replace("=...", "='1'")) for one in parts if isinstance(one, Fill)
    }


# --- the named instances --------------------------------------------------------------------------


def with_check(metadata: MetaData, name: str) -> MetaData:
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", Integer),
        CheckConstraint("a > 0", name=name),
    )
    return metadata


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name",
    ["x;\nDROP TABLE victim;\n", "x;\nDROP TABLE victim;\ny", "x CONCURRENTLY y", "x ADD VALUE y"],
)
def test_a_check_makes_no_statement(
    kind: str, name: str, postgresql: LiveDatabase, tmp_path: Path
) -> None:
    """It was split from the text of its remedy, and run; or run outside of the transaction."""
    added = f"ALTER TABLE t ADD CONSTRAINT {quoted(name, 'postgresql')} CHECK (a > 0) NOT VALID"
    with postgresql.engine.begin() as connection:
        send(connection, "CREATE TABLE t (id integer PRIMARY KEY, a integer)")
        send(connection, added)
    models = with_check(MetaData(), name)
    repository, _ = KINDS[kind]
    if name.endswith("\n"):
        with pytest.raises(autosync.NotWritten, match="loses the end of the name"):
            autosync.revision(postgresql.engine, models, repository(tmp_path / "made"), "checks")
        return
    done = autosync.revision(postgresql.engine, models, repository(tmp_path / "made"), "checks")
    assert done.path is not None
    text = f"ALTER TABLE t VALIDATE CONSTRAINT {quoted(name, 'postgresql')}"
    assert executed(done.path) == [text]
    assert "autocommit_block" not in done.path.read_text()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.databases("sqlite", "postgresql")
def test_a_name_that_ends_in_a_line_break(
    kind: str, database: LiveDatabase, tmp_path: Path
) -> None:
    """SQLAlchemy does not quote it, and would mean another table."""
    columns = "id INTEGER NOT NULL PRIMARY KEY, a VARCHAR(9), b VARCHAR(9), c VARCHAR(9)"
    old = quoted("towns\n", database.name)
    with database.engine.begin() as connection:
        send(connection, f"CREATE TABLE {old} ({columns})")
        send(connection, f"CREATE TABLE towns ({columns})")
    models = MetaData()
    Table("towns", models, *_columns())
    Table("town", models, *_columns(), info={"autosync": {"renamed_from": "towns\n"}})
    [refusal] = autosync.plan(database.engine, models).refused
    with database.engine.begin() as connection:
        send(connection, *refusal.remedy.statements)
    assert autosync.plan(database.engine, models).in_sync
    with database.engine.begin() as connection:
        send(connection, f"ALTER TABLE town RENAME TO {old}")
    repository, _ = KINDS[kind]
    with pytest.raises(autosync.NotWritten, match="loses the end of the name"):
        autosync.revision(database.engine, models, repository(tmp_path / "made"), "towns")


def _columns() -> list[Column[Any]]:
    key = Column("id", Integer, primary_key=True, autoincrement=False)
    return [key, *(Column(name, String(9)) for name in "abc")]


def test_names_that_are_like_the_marks_of_alembic(sqlite: LiveDatabase, tmp_path: Path) -> None:
    """What stood between two of them was cut out of a baseline, and left code behind."""
    old, new = migrate(tmp_path / "old"), tmp_path / "new"
    names = "a # ### ", "t ###', open('owned', 'w')) #"
    table = Table(
        names[1], MetaData(), Column("id", Integer, primary_key=True), Column("b", Integer)
    )
    sa.Index(names[0], table.c.b)
    table.create(sqlite.engine)
    autosync.upgrade(sqlite.engine, old, stamp="0")
    (old / "versions" / "001_x.py").write_text("def upgrade(migrate_engine): pass\n")
    autosync.upgrade(sqlite.engine, old, stamp="1")
    done = autosync.adopt(sqlite.engine, old, new)
    assert done.written is not None
    assert executed(done.written) == []
    calls = [
        node for node in ast.walk(ast.parse(done.written.read_text())) if isinstance(node, ast.Call)
    ]
    [made] = [call for call in calls if ast.unparse(call.func).endswith("create_index")]
    assert [ast.literal_eval(one) for one in made.args] == [*names, ["b"]]


# --- what the revision is called ------------------------------------------------------------------

MESSAGES = {
    "quotes": '"""\nopen("owned", "w")\n"""',
    "quotes at the end": 'x"',
    "many quotes": '""""""""',
    "backslash": '\\"""; open("owned", "w") #',
    "backslash at the end": "x\\",
    "escape": "x\\n\\x00\\N{DASH}\\u12",
    "line": "x\nopen('owned', 'w')\ny",
    "return": "x\ropen('owned', 'w')\ry",
    "separator": "x\u2028open('owned', 'w')\x85y\x0cz",
    "nul": "x\x00y",
    "half": "x\ud800y\udcff",
    "template": "${open('owned', 'w')} <% open('owned', 'w') %> % if x:\n## y {0} %s",
    "apostrophe": "it's",
    "path": "../../owned\\owned/../x",
    "long": "long " * 200,
    "empty": "",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("message", MESSAGES.values(), ids=list(MESSAGES))
def test_a_message_is_only_a_message(
    kind: str,
    message: str,
    sqlite: LiveDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the file it is the string that says it, on one line; Alembic also imports that file."""
    monkeypatch.chdir(tmp_path)
    models = Table("t", MetaData(), Column("id", Integer, primary_key=True), Column("a", String(9)))
    Table("t", MetaData(), Column("id", Integer, primary_key=True), Column("a", Integer)).create(
        sqlite.engine
    )
    repository, base = KINDS[kind]
    made = repository(tmp_path / "revisions")
    autosync.upgrade(sqlite.engine, made, stamp=base)
    done = autosync.revision(sqlite.engine, models.metadata, made, message)
    assert done.path is not None
    tree = ast.parse(done.path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree, clean=False) == message
    assert executed(done.path) == []
    assert not list(tmp_path.rglob("owned*"))
    assert [path.name for path in (made / "versions").glob("*.py")] == [done.path.name]
    titles = [str(one) for one in autosync.current(sqlite.engine, made).pending]
    assert len(titles) == 1


@pytest.mark.parametrize("message", MESSAGES.values(), ids=list(MESSAGES))
def test_the_template_of_alembic(
    message: str, sqlite: LiveDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository as alembic init makes it, with what else is in its docstring."""
    from alembic import command
    from alembic.config import Config

    monkeypatch.chdir(tmp_path)
    command.init(Config(str(tmp_path / "alembic.ini")), "revisions")
    (tmp_path / "revisions" / "env.py").write_text((alembic(tmp_path / "x") / "env.py").read_text())
    Table("t", MetaData(), Column("id", Integer, primary_key=True)).create(sqlite.engine)
    models = Table("t", MetaData(), Column("id", Integer, primary_key=True), Column("a", String(9)))
    autosync.upgrade(sqlite.engine, tmp_path / "revisions", stamp="base")
    done = autosync.revision(
        sqlite.engine, models.metadata, tmp_path / "revisions", message, pending=True
    )
    assert done.path is not None
    tree = ast.parse(done.path.read_text(encoding="utf-8"))
    said = ast.get_docstring(tree, clean=False)
    assert said is not None
    assert said.startswith(f"{message}\n\nRevision ID: ")
    assert not list(tmp_path.rglob("owned*"))


# --- refusals, on the command line ----------------------------------------------------------------

SHOP = """
    import sqlalchemy as sa

    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False))
"""


@pytest.mark.parametrize("name", ["x\ny", "x`y"])
def test_the_command_refuses(app: App, mariadb: LiveDatabase, name: str) -> None:
    """One line that names the table and the way out, and no file."""
    app.write("shop.py", SHOP)
    with mariadb.engine.begin() as connection:
        column = f"{quoted(name, 'mariadb')} int NOT NULL"
        send(connection, f"CREATE TABLE t (id int PRIMARY KEY, {column})")
    alembic(app.folder / "revisions")
    options = ("--revisions", "revisions", "--db", address(mariadb))
    assert app.run("upgrade", *options, "--stamp", "base", "--yes").exit_code == 0
    failed = app.run("revision", "-m", "more", "shop:metadata", *options)
    assert_failed(failed, 1, "no revision can be written for t", "--exclude 't'")
    assert list((app.folder / "revisions" / "versions").iterdir()) == []
    done = app.run("revision", "-m", "more", "shop:metadata", *options, "--exclude", "t")
    assert done.exit_code == 0
