"""The SQLModel program on a database without beds."""

from collections.abc import Callable

from tests.examples.conftest import OldDatabase

OLD = """
CREATE TABLE plant (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(60) NOT NULL, watered_on DATE);
CREATE INDEX ix_plant_name ON plant (name);
INSERT INTO plant VALUES (1, 'Basil', '2024-05-01'), (2, 'Fern', NULL);
"""


def test_the_models_get_their_columns(old: OldDatabase, run: Callable[[str], str]) -> None:
    old.script(OLD)
    query = "SELECT id, name, watered_on, perennial, bed_id FROM plant WHERE id < 3"
    rows = [(1, "Basil", "2024-05-01", 0, None), (2, "Fern", None, 0, None)]

    first = run("sqlmodel/main.py")
    assert "+ table bed" in first
    assert "+ column plant.bed_id" in first
    assert "Basil: perennial False, watered 2024-05-01" in first
    assert "Sage: perennial True" in first
    assert old.rows(query) == rows

    version = old.schema_version()
    assert run("sqlmodel/main.py").startswith("sqlite: in sync\n")
    assert old.rows(query) == rows
    assert old.schema_version() == version
