"""What the tests of locations share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

import autosync
from autosync.models import MetaDataLike, collect
from autosync.plan import Location
from autosync.source import located
from tests.servers.database import LiveDatabase
from tests.source.repository import OLD, Lacking, Repository, places

OWN = {"shop", "entity", "ready_made", "odd"}


@pytest.fixture(autouse=True)
def modules() -> Iterator[None]:
    """Forget the modules that a test imports."""
    yield
    for name in list(sys.modules):
        if name.partition(".")[0] in OWN:
            del sys.modules[name]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A repository from which modules can be imported."""
    made = Repository(tmp_path / "repository")
    monkeypatch.syspath_prepend(str(made.package.parent))
    return made


@pytest.fixture
def lacking(sqlite: LiveDatabase) -> Lacking:
    """Plan for a database whose tables have nothing of the models; return every location."""

    def plan(models: MetaDataLike) -> dict[str, Location | None]:
        older = sa.MetaData()
        for table in collect(models).tables:
            if table.name != "brand_new":
                sa.Table(table.name, older, sa.Column(OLD, sa.Integer))
        older.create_all(sqlite.engine)
        return places(located(autosync.plan(sqlite.engine, models), models))

    return plan
