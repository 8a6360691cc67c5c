"""The lending library on a database of its first day, with each of its repositories."""

from collections.abc import Callable

import pytest

from tests.examples.conftest import OldDatabase
from tests.servers.database import SQLALCHEMY

OLD = """
CREATE TABLE member (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(80) NOT NULL);
CREATE TABLE book (
    id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(120) NOT NULL, author VARCHAR(80)
);
INSERT INTO member VALUES (1, 'a reader');
INSERT INTO book VALUES (1, 'Emma', 'Jane Austen');
"""
VERSIONS = {
    "alembic_revisions": """
        CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
        INSERT INTO alembic_version VALUES ('0001');
    """,
    "migrate_revisions": """
        CREATE TABLE migrate_version (
            repository_id VARCHAR(250) NOT NULL PRIMARY KEY, repository_path TEXT, version INTEGER
        );
        INSERT INTO migrate_version VALUES ('lending_library', '', 1);
    """,
}
NEEDS_1_4 = pytest.mark.skipif(SQLALCHEMY >= (2, 0), reason="sqlalchemy-migrate needs 1.4")


@pytest.mark.parametrize(
    "repository",
    ["alembic_revisions", pytest.param("migrate_revisions", marks=NEEDS_1_4)],
)
def test_its_revisions_and_then_the_rest(
    old: OldDatabase, run: Callable[..., str], repository: str
) -> None:
    old.script(OLD + VERSIONS[repository])
    first = run("lending_library/main.py", repository)
    assert "+ revision" in first
    assert "+ table reservation" in first
    assert old.rows("SELECT title, name FROM book JOIN author ON author.id = author_id") == [
        ("Emma", "Jane Austen")
    ]

    old.script("INSERT INTO loan (lent_on, member_id, book_id) VALUES ('2026-03-01', 1, 1)")
    version = old.schema_version()
    second = run("lending_library/main.py", repository)
    assert second.startswith("sqlite: in sync")
    assert "a reader: Emma by Jane Austen, due on None" in second
    assert old.schema_version() == version
