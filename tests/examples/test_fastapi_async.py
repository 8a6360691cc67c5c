"""The FastAPI application on a database without the column `pinned`."""

import asyncio

import httpx
import pytest

from examples.fastapi_async.app import app
from tests.examples.conftest import OldDatabase

OLD = """
CREATE TABLE note (id INTEGER NOT NULL PRIMARY KEY, text VARCHAR(500) NOT NULL);
INSERT INTO note VALUES (1, 'buy paper'), (2, 'call the printer');
"""


async def start_and_add(text: str) -> tuple[list[object], object]:
    """Start the application, and return the notes it has and the one that is added."""
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        found = await client.get("/notes")
        added = await client.post("/notes", json={"text": text, "pinned": True})
    assert (found.status_code, added.status_code) == (200, 201)
    return found.json(), added.json()


def test_the_lifespan_adds_the_column(old: OldDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{old.path}")
    old.script(OLD)

    found, added = asyncio.run(start_and_add("first"))
    assert found == [
        {"id": 1, "text": "buy paper", "pinned": False},
        {"id": 2, "text": "call the printer", "pinned": False},
    ]
    assert added == {"id": 3, "text": "first", "pinned": True}
    rows = [(1, "buy paper", 0), (2, "call the printer", 0), (3, "first", 1)]
    assert old.rows("SELECT id, text, pinned FROM note ORDER BY id") == rows

    version = old.schema_version()
    found, _ = asyncio.run(start_and_add("second"))
    assert found == [added, *({"id": n, "text": t, "pinned": bool(p)} for n, t, p in rows[:2])]
    assert old.schema_version() == version
