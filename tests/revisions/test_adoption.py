"""`autosync adopt`: from sqlalchemy-migrate to Alembic, and so from SQLAlchemy 1.4 to 2."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table

import autosync
from tests.cli.conftest import App, address, assert_failed
from tests.cli.test_terminal import Terminal
from tests.revisions.library import LATEST, REPOSITORIES, entities, table_names
from tests.revisions.scripts import add
from tests.servers.database import SQLALCHEMY, Databases, LiveDatabase

OLD = REPOSITORIES["sqlalchemy-migrate"]
BOOKKEEPING = {"alembic_version", "migrate_version"}


@pytest.fixture
def other(database: LiveDatabase, databases: Databases, tmp_path: Path) -> Iterator[LiveDatabase]:
    """A second, empty database."""
    (tmp_path / "other").mkdir()
    with databases.fresh(database.name, tmp_path / "other") as made:
        yield made


@pytest.fixture
def library(database: LiveDatabase) -> LiveDatabase:
    """A database at the latest version of the old repository."""
    bring(database)
    return database


def bring(database: LiveDatabase) -> None:
    if SQLALCHEMY < (2, 0):
        autosync.upgrade(database.engine, OLD)
        return
    # without sqlalchemy-migrate: what its versions make, the revisions of Alembic make as well
    autosync.upgrade(database.engine, REPOSITORIES["alembic"])
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    stamp(database, OLD, LATEST["sqlalchemy-migrate"])


def stamp(database: LiveDatabase, repository: Path, version: str) -> None:
    autosync.upgrade(database.engine, repository, stamp=version)


def old_repository(folder: Path, *versions: str) -> Path:
    """A small one, of which nothing is ever run."""
    made = folder / "old"
    (made / "versions").mkdir(parents=True)
    text = "[db_settings]\nrepository_id = shop\nversion_table = migrate_version\n"
    (made / "migrate.cfg").write_text(text)
    for version in versions:
        (made / "versions" / f"{version}_any.py").write_text("")
    return made


def described(database: LiveDatabase) -> dict[str, Any]:
    """All that a snapshot has of a database; not the tables of both repositories, nor how many
    columns were dropped.
    """
    kept = json.loads(autosync.snapshot(database.engine).to_json())
    kinds = ("tables", "views", "enums", "sequences")
    found = {f"{kind} {one['key']}": one for kind in kinds for one in kept.get(kind, ())}
    for one in found.values():
        one.pop("dropped", None)
    return {name: one for name, one in found.items() if one["key"] not in BOOKKEEPING}


# --- the way over ---------------------------------------------------------------------------------


def test_the_lending_library(library: LiveDatabase, other: LiveDatabase, tmp_path: Path) -> None:
    new = tmp_path / "migrations"
    done = autosync.adopt(library.engine, OLD, new)
    assert done.without == ()
    assert done.written is not None
    assert done.written.parent == new / "versions"
    assert done.upgrade.stamped
    assert done.upgrade.after == (done.baseline,)
    assert autosync.plan(library.engine, entities(), revisions=new).pending == (
        autosync.plan(library.engine, entities()).pending
    )

    made = autosync.upgrade(other.engine, new)
    assert [one.title for one in made.revisions] == ["baseline of lending_library 12"]
    assert described(other) == described(library)


def test_once_more_is_nothing(library: LiveDatabase, tmp_path: Path) -> None:
    new = tmp_path / "migrations"
    first = autosync.adopt(library.engine, OLD, new)
    files = sorted(path.name for path in (new / "versions").iterdir())
    again = autosync.adopt(library.engine, OLD, new)
    assert (again.baseline, again.written) == (first.baseline, None)
    assert not again.upgrade.stamped
    assert sorted(path.name for path in (new / "versions").iterdir()) == files
    with library.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE migrate_version")
    assert autosync.adopt(library.engine, OLD, new).upgrade.after == (first.baseline,)


def test_the_next_database(library: LiveDatabase, other: LiveDatabase, tmp_path: Path) -> None:
    """It is stamped with the same baseline, and gets what has come after it."""
    new = tmp_path / "migrations"
    first = autosync.adopt(library.engine, OLD, new)
    add(new, "b2", 'op.create_table("later", sa.Column("id", sa.Integer))', first.baseline)
    bring(other)
    second = autosync.adopt(other.engine, OLD, new)
    assert (second.baseline, second.written) == (first.baseline, None)
    assert [one.id for one in second.upgrade.revisions] == ["b2"]
    assert "later" in table_names(other.engine)


def everything(name: str) -> tuple[MetaData, list[str]]:
    """Models with what is hard to write down, and statements for more of it."""
    metadata = MetaData()
    label = "concat(note, '%')" if name == "mariadb" else "note || '%'"
    size = sa.Enum("small", "it's : large", name="size")
    Table(
        "Author",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("Full Name", String(80), nullable=False, unique=True, comment="with % and :x"),
        Column("size", size),
        Column("best", Integer, ForeignKey("book.id", name="fk_best", use_alter=True)),
    )
    Table(
        "book",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("author", Integer, ForeignKey("Author.id", name="fk_author", ondelete="CASCADE")),
        Column("size", size, index=True),
        Column("note", String(40), server_default="at 12:30, :x and 5%"),
        Column("price", sa.Numeric(8, 2), server_default="0.00"),
        Column("label", String(40), sa.Computed(label, persisted=True)),
        Column("changed", sa.DateTime, server_default=sa.func.now()),
        sa.CheckConstraint("price >= 0", name="ck_price"),
        sa.CheckConstraint(r"note NOT LIKE '% \:y%'", name="ck_note"),
        sa.Index("ix_book_author_note", "author", "note"),
    )
    statements = [
        "CREATE VIEW b_named AS SELECT id, note FROM book WHERE note <> ' :x%'",
        "CREATE VIEW a_reads_b AS SELECT id FROM b_named",
    ]
    if name == "postgresql":
        statements += ["CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM book"]
    return metadata, statements


def test_all_that_can_be_written_down(
    database: LiveDatabase, other: LiveDatabase, tmp_path: Path
) -> None:
    metadata, statements = everything(database.name)
    metadata.create_all(database.engine)
    with database.engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement.replace(":", r"\:")))
    old = old_repository(tmp_path, "001")
    stamp(database, old, "1")
    done = autosync.adopt(database.engine, old, tmp_path / "new")
    autosync.upgrade(other.engine, tmp_path / "new")
    assert done.without == ()
    assert autosync.plan(other.engine, metadata).in_sync
    assert described(other) == described(database)


def test_what_cannot_be_written_down(sqlite: LiveDatabase, tmp_path: Path) -> None:
    with sqlite.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE word (id INTEGER PRIMARY KEY, text VARCHAR(20))")
        connection.exec_driver_sql("CREATE INDEX ix_lower ON word (lower(text))")
    old = old_repository(tmp_path, "001")
    stamp(sqlite, old, "1")
    with pytest.warns(sa.exc.SAWarning, match="expression"):
        done = autosync.adopt(sqlite.engine, old, tmp_path / "new")
    assert done.without == ("index word.ix_lower",)
    assert "  ! it does not have index word.ix_lower" in str(done)


# --- what is refused ------------------------------------------------------------------------------


def test_versions_that_are_pending(sqlite: LiveDatabase, tmp_path: Path) -> None:
    old = old_repository(tmp_path, "001", "002")
    with sqlite.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE migrate_version (repository_id, repository_path, version)"
        )
        connection.exec_driver_sql("INSERT INTO migrate_version VALUES ('shop', '', 1)")
    with pytest.raises(autosync.UnusableRepository, match=r"pending: 2 any\n  nothing was done"):
        autosync.adopt(sqlite.engine, old, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_database_that_is_not_under_control(sqlite: LiveDatabase, tmp_path: Path) -> None:
    with pytest.raises(autosync.NotUnderVersionControl, match="right database"):
        autosync.adopt(sqlite.engine, OLD, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_repositories_of_the_wrong_kind(library: LiveDatabase, tmp_path: Path) -> None:
    with pytest.raises(autosync.InvalidRepository, match="not of sqlalchemy-migrate"):
        autosync.adopt(library.engine, REPOSITORIES["alembic"], tmp_path / "new")
    with pytest.raises(autosync.InvalidRepository, match="none of them is a baseline of lending"):
        autosync.adopt(library.engine, OLD, REPOSITORIES["alembic"])
    (tmp_path / "other.txt").touch()
    with pytest.raises(autosync.InvalidRepository, match="nor empty"):
        autosync.adopt(library.engine, OLD, tmp_path)


def test_a_baseline_of_another_version(
    sqlite: LiveDatabase, databases: Databases, tmp_path: Path
) -> None:
    old, new = old_repository(tmp_path, "001"), tmp_path / "new"
    stamp(sqlite, old, "1")
    autosync.adopt(sqlite.engine, old, new)
    (old / "versions" / "002_more.py").write_text("")
    (tmp_path / "other").mkdir()
    with databases.fresh("sqlite", tmp_path / "other") as later:
        stamp(later, old, "2")
        with pytest.raises(
            autosync.InvalidRepository, match=r"'baseline of shop 1', and .* shop 2"
        ):
            autosync.adopt(later.engine, old, new)
        assert "alembic_version" not in sa.inspect(later.engine).get_table_names()


# --- the command line -----------------------------------------------------------------------------


def test_the_command(app: App, library: LiveDatabase) -> None:
    db = ("--db", address(library))
    done = app.run("adopt", str(OLD), "migrations", *db, "--yes")
    assert (done.exit_code, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first.startswith("baseline ")
    assert f": {Path('migrations', 'versions')}" in first
    assert second.startswith("alembic, migrations: stamped as ")
    assert app.run("current", "--revisions", "alembic.ini", *db).exit_code == 0
    again = app.run("adopt", str(OLD), "migrations", *db, "--yes", "--format", "json")
    assert json.loads(again.stdout)["written"] is None


def test_somebody_has_to_agree(app: App, sqlite: LiveDatabase) -> None:
    bring(sqlite)
    command = ("adopt", str(OLD), "migrations", "--db", address(sqlite))
    assert_failed(app.run(*command), 2, "nobody to be asked")
    assert not (app.folder / "migrations").exists()
    terminal = Terminal(80)
    everything = dict.fromkeys(("stdin", "stdout", "stderr"), terminal.theirs)
    with app.start(*command, env={"TERM": "xterm"}, **everything) as process:
        terminal.until("Apply this?")
        assert "To be stamped with the baseline in migrations" in " ".join(terminal.plain.split())
        os.write(terminal.ours, b"y\n")
        assert process.wait(60) == 0
    terminal.close()
    assert (app.folder / "migrations" / "env.py").exists()
