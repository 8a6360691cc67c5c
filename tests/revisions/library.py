"""The lending library of the examples: its repositories, its entities, and its rows."""

from __future__ import annotations

import datetime
import shutil
import sys
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

EXAMPLES = Path(__file__).parents[2] / "examples"
LIBRARY = EXAMPLES / "lending_library"
REPOSITORIES = {
    "alembic": LIBRARY / "alembic_revisions",
    "sqlalchemy-migrate": LIBRARY / "migrate_revisions",
}
LATEST = {"alembic": "0012", "sqlalchemy-migrate": "12"}
THIRD = {"alembic": "0003", "sqlalchemy-migrate": "3"}

ROWS = """
INSERT INTO member (id, name) VALUES (1, 'a reader'), (2, 'another one');
INSERT INTO book (id, title, author, isbn) VALUES
    (1, 'Emma', 'Jane Austen', '9780141439587'), (2, 'Persuasion', 'Jane Austen', NULL),
    (3, 'Middlemarch', 'George Eliot', NULL), (4, 'Beowulf', NULL, NULL);
INSERT INTO loan (id, member_id, book_id, lent, returned) VALUES
    (1, 1, 1, '2026-03-01', '2026-03-20'), (2, 2, 3, '2026-03-10', NULL);
"""


@cache
def entities() -> Any:
    """The metadata of the Elixir-style entities, after setup_all()."""
    before = set(sys.modules)
    sys.path[:0] = [str(LIBRARY), str(EXAMPLES / "elixir_style")]
    try:
        import entity  # type: ignore[import-not-found]
        import model  # noqa: F401

        entity.setup_all()
        return entity.metadata
    finally:
        del sys.path[:2]
        for name in {"entity", "model"} - before:
            sys.modules.pop(name, None)


def first_three(kind: str, folder: Path) -> Path:
    """The repository as it was at its third version."""
    copied = folder / f"old_{kind}"
    shutil.copytree(REPOSITORIES[kind], copied, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (copied / "versions").iterdir():
        if int(path.name.partition("_")[0]) > 3:
            path.unlink()
    return copied


def fill(engine: Engine) -> None:
    with engine.begin() as connection:
        for statement in filter(str.strip, ROWS.split(";")):
            connection.exec_driver_sql(statement)


def rows(engine: Engine, statement: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def assert_taken_along(engine: Engine) -> None:
    """What the rows of version 3 are at the latest."""
    books = rows(
        engine,
        "SELECT book.id, title, author.name, shelf.name FROM book JOIN shelf ON shelf.id = shelf_id"
        " LEFT JOIN author ON author.id = author_id ORDER BY book.id",
    )
    assert books == [
        (1, "Emma", "Jane Austen", "unsorted"),
        (2, "Persuasion", "Jane Austen", "unsorted"),
        (3, "Middlemarch", "George Eliot", "unsorted"),
        (4, "Beowulf", None, "unsorted"),
    ]
    loans = rows(engine, "SELECT id, lent_on, returned_on, due_on FROM loan ORDER BY id")
    assert [tuple(map(str, row)) for row in loans] == [
        ("1", "2026-03-01", "2026-03-20", "2026-03-29"),
        ("2", "2026-03-10", "None", "2026-04-07"),
    ]
    [current] = rows(engine, "SELECT member, title, due_on FROM current_loan")
    assert (*current[:2], str(current[2])) == ("another one", "Middlemarch", "2026-04-07")
    assert datetime.date.fromisoformat(str(current[2])) == datetime.date(2026, 4, 7)


def table_names(engine: Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names())
