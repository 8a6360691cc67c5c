"""The stage on which the cases are created."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import selected
from tests.roundtrip.stage import Stage
from tests.servers import KINDS, installed
from tests.servers.database import Databases


@pytest.fixture(scope="session")
def the_stage(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(databases, tmp_path_factory.mktemp("stage"))
    yield made
    made.close()


@pytest.fixture
def stage(the_stage: Stage, name: str, pytestconfig: pytest.Config) -> Stage:
    """The stage, for a test whose database is called ``name``."""
    if name not in selected(pytestconfig):
        pytest.skip(f"--database leaves out {name}")
    if name in KINDS and not installed(name):
        pytest.skip(f"{name} is not installed")
    return the_stage
