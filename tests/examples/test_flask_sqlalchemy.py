"""The Flask application on a database without the column `in_stock`."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask.testing import FlaskClient

from examples.flask_sqlalchemy.app import create_app, db
from tests.examples.conftest import OldDatabase

OLD = """
CREATE TABLE article (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(80) NOT NULL);
INSERT INTO article VALUES (1, 'ink'), (2, 'paper');
"""


@contextmanager
def started() -> Iterator[FlaskClient]:
    app = create_app()
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


def test_the_factory_adds_the_column(old: OldDatabase) -> None:
    old.script(OLD)

    with started() as client:
        assert client.get("/articles").json == [
            {"id": 1, "name": "ink", "in_stock": 0},
            {"id": 2, "name": "paper", "in_stock": 0},
        ]
        response = client.post("/articles", json={"name": "glue", "in_stock": 7})
        assert (response.status_code, response.json) == (
            201,
            {"id": 3, "name": "glue", "in_stock": 7},
        )
    rows = [(1, "ink", 0), (2, "paper", 0), (3, "glue", 7)]
    assert old.rows("SELECT id, name, in_stock FROM article") == rows

    version = old.schema_version()
    with started() as client:
        assert len(client.get("/articles").json) == len(rows)
    assert old.rows("SELECT id, name, in_stock FROM article") == rows
    assert old.schema_version() == version
