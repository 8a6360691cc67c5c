"""The Elixir-style application on a database without directors."""

from collections.abc import Callable

from tests.examples.conftest import OldDatabase

OLD = """
CREATE TABLE movie (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(120) NOT NULL, year INTEGER);
INSERT INTO movie VALUES (1, 'Metropolis', 1927), (2, 'Ikiru', 1952);
"""
DIRECTED = """
INSERT INTO director VALUES (1, 'Akira Kurosawa');
UPDATE movie SET director_id = 1, restored = 1 WHERE id = 2;
"""


def test_the_entities_get_their_columns(old: OldDatabase, run: Callable[[str], str]) -> None:
    old.script(OLD)

    first = run("elixir_style/main.py")
    assert "+ table director" in first
    assert "+ column movie.director_id" in first
    assert "Metropolis (1927), unknown director, restored: False" in first
    assert old.rows("SELECT id, title, year, restored, director_id FROM movie") == [
        (1, "Metropolis", 1927, 0, None),
        (2, "Ikiru", 1952, 0, None),
    ]

    old.script(DIRECTED)
    version = old.schema_version()
    second = run("elixir_style/main.py")
    assert second.startswith("sqlite: in sync\n")
    assert "Ikiru (1952), Akira Kurosawa, restored: True" in second
    assert old.schema_version() == version
