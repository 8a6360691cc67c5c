"""What sqlalchemy-migrate's own `create_column()` does to a SQLite table that holds rows.

autosync is no wrapper around it, for these reasons. The README tells of them.
"""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

PROGRAM = Path(__file__).with_name("migrate_create_column.py")
MOVIES = [(1, "Alien"), (2, "Brazil")]


@pytest.fixture
def old(sqlite):
    """A database with rows, that lacks `movie.rating` and `movie.studio_id`."""
    with sqlite.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE studio (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql(
            "CREATE TABLE movie (id INTEGER PRIMARY KEY, title VARCHAR(60) CHECK (title <> ''))"
        )
        connection.exec_driver_sql("INSERT INTO movie VALUES (?, ?)", MOVIES)
    return sqlite


def create_column(live, table, column):
    """Run it in a process of its own, and return the last line of what it said."""
    line = [sys.executable, "-W", "ignore", str(PROGRAM), str(live.url), table, column]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    return done.stderr.strip()


def rows(live, table):
    with live.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")]


def sql_of(live, table):
    with live.engine.connect() as connection:
        return connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE name = ?", (table,)
        ).scalar()


def test_a_plain_column_is_added(old):
    assert create_column(old, "movie", "rating") == ""
    assert rows(old, "movie") == [(1, "Alien", None), (2, "Brazil", None)]
    assert "CHECK" in sql_of(old, "movie")


def test_a_foreign_key_rebuilds_the_table_from_the_declaration(old):
    create_column(old, "movie", "rating")
    assert create_column(old, "movie", "studio_id") == ""
    assert rows(old, "movie") == [(1, "Alien", None, None), (2, "Brazil", None, None)]
    assert "CHECK" not in sql_of(old, "movie")  # what only the database knew is gone


def test_a_foreign_key_empties_the_table_where_another_column_is_missing(old):
    assert "no such column: rating" in create_column(old, "movie", "studio_id")
    assert rows(old, "movie") == []
    assert rows(old, "migration_tmp") == MOVIES
    assert sa.inspect(old.engine).has_table("migration_tmp")
