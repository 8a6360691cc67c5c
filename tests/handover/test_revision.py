"""What a revision that is handed over says, when there is none, and the command that writes it."""

from __future__ import annotations

import ast
import datetime
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table

import autosync
from autosync.handover.items import WAYS
from autosync.rules import RULES
from tests.cli.conftest import App, address, assert_failed
from tests.handover.person import agree
from tests.handover.repositories import alembic
from tests.servers.database import LiveDatabase

TAKES_A_PERSON = {
    "column-generated", "default-has-parameters", "primary-key-column", "stored-column",
    "type-missing", "foreign-key-target", "foreign-key-default", "unique-default", "check-fails",
    "enum-kind", "enum-order", "name-unusable", "names-collide", "missing-right", "not-a-table",
    "not-a-view", "limit-exceeded", "shadowed-name", "foreign-key-code", "not-rendered",
    "unknown-change", "not-accepted",
}  # fmt: skip
"""The codes for which there is only advice."""


class Word(sa.types.TypeDecorator):  # type: ignore[type-arg,misc]  # not generic in 1.4
    """A type of the application's."""

    impl = String(80)
    cache_ok = True


def live() -> MetaData:
    metadata = MetaData()
    Table(
        "book",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("title", String(40)),
        Column("pages", String(10)),
        Column("phone", String(40)),
    )
    return metadata


def declared() -> MetaData:
    metadata = MetaData()
    Table(
        "book",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("title", Word, nullable=False),
        Column("pages", Integer),
        Column("phone_number", String(40)),
        Column("isbn", String(20), nullable=False),
        Column("note", String(20)),
    )
    return metadata


def codes(*several: tuple[autosync.Entry, ...]) -> set[str]:
    """The codes of what is refused among entries."""
    return {one.code for some in several for one in some if isinstance(one, autosync.Refusal)}


@pytest.fixture
def book(database: LiveDatabase, tmp_path: Path) -> Path:
    """A repository, of which the database is at the latest; it has a row."""
    live().create_all(database.engine)
    with database.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO book (id, title, pages) VALUES (1, 'Emma', '400')"))
    made = alembic(tmp_path / "revisions")
    autosync.upgrade(database.engine, made, stamp="base")
    return made


def test_every_code_is_written_or_takes_a_person() -> None:
    refused = {code for code, rule in RULES.items() if rule.outcome == "refused"}
    assert WAYS.keys() | TAKES_A_PERSON == refused
    assert not WAYS.keys() & TAKES_A_PERSON


def test_what_it_says(book: Path, database: LiveDatabase) -> None:
    done = autosync.revision(database.engine, declared(), book, "the new book")
    assert done.path is not None
    text = done.path.read_text()
    tree = ast.parse(text)
    assert ast.get_docstring(tree) == "the new book"
    lines = [line.strip() for line in text.splitlines()]
    for refusal in autosync.plan(database.engine, declared()).refused:
        assert f"# {refusal.code}: {refusal.title}" in lines
        assert f"#   {refusal.consequence}" in lines
    active = "\n".join(line for line in lines if not line.startswith("#"))
    # the title gets longer, and the new column takes anything
    assert "sa.String(length=80)" in active
    assert "'isbn'" in active
    # what may lose values, what is guessed, and what nobody has said
    for held in ("sa.Integer()", "phone_number", "isbn=..."):
        assert held in text
        assert held not in active
    assert codes(done.held) == {"column-type", "likely-rename", "not-null-without-default"}
    assert "note" not in text


def test_it_runs_as_it_is(book: Path, database: LiveDatabase) -> None:
    """Nothing is lost by one who has not looked at it."""
    autosync.revision(database.engine, declared(), book, "the new book")
    autosync.upgrade(database.engine, book)
    with database.engine.connect() as connection:
        row = connection.execute(sa.text("SELECT id, title, pages, phone, isbn FROM book")).one()
    assert tuple(row) == (1, "Emma", "400", None, None)
    # the next one has what is left of it
    again = autosync.revision(database.engine, declared(), book, "and the rest")
    assert codes(again.written, again.held) == {"column-type", "likely-rename", "column-nullable"}


def test_what_is_pending(book: Path, database: LiveDatabase) -> None:
    done = autosync.revision(database.engine, declared(), book, "all", pending=True)
    assert "book.note" in [one.object for one in done.written]
    autosync.upgrade(database.engine, book)
    assert not autosync.plan(database.engine, declared()).pending


def test_what_is_accepted_is_left_out(book: Path, database: LiveDatabase) -> None:
    refused = autosync.plan(database.engine, declared()).refused
    accept = [
        autosync.Acceptance(
            one.code, one.object, one.fingerprint, "known", datetime.date(2099, 1, 1)
        )
        for one in refused
    ]
    done = autosync.revision(database.engine, declared(), book, "nothing", accept=accept)
    assert (done.path, done.written, done.left) == (None, (), ())
    assert str(done).startswith("nothing to write")
    assert list((book / "versions").iterdir()) == []


def guarded(*columns: Column) -> MetaData:  # type: ignore[type-arg]  # not generic in 1.4
    metadata = MetaData()
    Table(
        "book",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("said", String(20), server_default="no :x"),
        *columns,
        sa.CheckConstraint(r"said <> ' \:y'", name="ck_said"),
        sa.CheckConstraint("length(said) > 0"),
    )
    return metadata


@pytest.mark.filterwarnings("ignore:Unnamed CHECK constraint")  # it gets a name
def test_what_a_batch_would_lose(database: LiveDatabase, tmp_path: Path) -> None:
    """Alembic forgets the checks of a table that it makes anew, and reads :x as a parameter."""
    guarded(Column("title", String(40))).create_all(database.engine)
    models = guarded(Column("title", String(80), nullable=False, server_default="it's :z"))
    made = alembic(tmp_path / "revisions")
    autosync.revision(database.engine, models, made, "the title")
    autosync.upgrade(database.engine, made, stamp="base")
    assert autosync.plan(database.engine, models).in_sync


def test_a_new_check_with_a_colon(database: LiveDatabase, tmp_path: Path) -> None:
    live().create_all(database.engine)
    models = live()
    check = sa.CheckConstraint(r"title <> ' \:y 100%'", name="ck_title")
    models.tables["book"].append_constraint(check)
    made = alembic(tmp_path / "revisions")
    autosync.revision(database.engine, models, made, "the check")
    autosync.upgrade(database.engine, made, stamp="base")
    assert autosync.plan(database.engine, models).in_sync


@pytest.mark.databases("postgresql")
def test_text_is_not_cut_off(database: LiveDatabase, tmp_path: Path) -> None:
    long, short = MetaData(), MetaData()
    for metadata, length in ((long, 40), (short, 4)):
        Table("word", metadata, Column("text", String(length)))
    long.create_all(database.engine)
    with database.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO word VALUES ('longer than that')"))
    made = alembic(tmp_path / "revisions")
    done = autosync.revision(database.engine, short, made, "short")
    assert done.path is not None
    agree(done.path)
    with pytest.raises(autosync.RevisionFailed, match="too long"):
        autosync.upgrade(database.engine, made, stamp="base")


# --- where there is none --------------------------------------------------------------------------


def test_revisions_that_are_pending(book: Path, database: LiveDatabase) -> None:
    autosync.revision(database.engine, declared(), book, "the new book")
    with pytest.raises(autosync.UnusableRepository, match="nothing was written"):
        autosync.revision(database.engine, declared(), book, "once more")
    assert len(list((book / "versions").glob("*.py"))) == 1


def test_several_heads(book: Path, database: LiveDatabase) -> None:
    for name in ("a1", "b2"):
        text = f"revision = {name!r}\ndown_revision = None\ndef upgrade(): pass\n"
        (book / "versions" / f"{name}.py").write_text(text)
    autosync.upgrade(database.engine, book)
    with pytest.raises(autosync.InvalidRepository, match=r"several heads \(a1, b2\)"):
        autosync.revision(database.engine, declared(), book, "the new book")


def test_a_database_that_is_not_under_control(sqlite: LiveDatabase, tmp_path: Path) -> None:
    live().create_all(sqlite.engine)
    made = alembic(tmp_path / "revisions")
    (made / "versions" / "a1.py").write_text(
        "revision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n"
    )
    with pytest.raises(autosync.NotUnderVersionControl, match="--stamp REVISION"):
        autosync.revision(sqlite.engine, declared(), made, "the new book")


# --- the command line -----------------------------------------------------------------------------

SHOP = """
    import sqlalchemy as sa

    metadata = sa.MetaData()
    sa.Table(
        "book", metadata, sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.String(80)), sa.Column("pages", sa.Integer),
    )
"""


def test_the_command(app: App, database: LiveDatabase) -> None:
    app.write("shop.py", SHOP)
    live().create_all(database.engine)
    alembic(app.folder / "revisions")
    options = ("--revisions", "revisions", "--db", address(database))
    assert app.run("upgrade", *options, "--stamp", "base", "--yes").exit_code == 0
    done = app.run("revision", "-m", "longer", "shop:metadata", *options)
    assert (done.exit_code, done.stderr) == (0, "")
    [path] = (app.folder / "revisions" / "versions").glob("*_longer.py")
    # SQLite looks at no length
    longer = ["Operations", "  + column book.title  [column-type]", ""]
    assert done.stdout.splitlines() == [
        f"revision {path.name.partition('_')[0]}: {Path('revisions', 'versions', path.name)}",
        "",
        *(longer if database.name != "sqlite" else []),
        "Commented out: look at them, and decide",
        "  ? column book.pages  [column-type]",
    ]
    failed = app.run("revision", "-m", "longer", "shop:metadata", *options)
    assert_failed(failed, 1, "nothing was written", "autosync upgrade --revisions revisions")
    assert app.run("upgrade", *options, "--yes").exit_code == 0
    again = app.run("revision", "-m", "more", "shop:metadata", *options, "--format", "json")
    assert [one["object"] for one in json.loads(again.stdout)["held"]] == ["column book.pages"]


def test_what_is_missing(app: App, sqlite: LiveDatabase) -> None:
    app.write("shop.py", SHOP)
    db = ("--db", address(sqlite))
    assert_failed(app.run("revision", "-m", "x", "shop:metadata", *db), 2, "no repository")
    assert_failed(app.run("revision", "shop:metadata", *db), 2, "'--message'")
    assert_failed(app.run("revision", "-m", "x", *db), 2, "no TARGET")
