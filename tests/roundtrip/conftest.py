"""The stage on which the cases are created."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import versions
from tests.roundtrip.stage import Stage
from tests.servers import Missing, go_without, lacking
from tests.servers.database import Databases


@pytest.fixture(scope="session")
def the_stage(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(databases, tmp_path_factory.mktemp("stage"))
    yield made
    made.close()


@pytest.fixture
def stage(the_stage: Stage, name: str, pytestconfig: pytest.Config) -> Stage:
    """The stage, for a test whose database is called ``name``."""
    if (version := versions(pytestconfig).get(name)) is None:
        pytest.skip(f"--database leaves out {name}")
    if missing := lacking(name, version):
        go_without(Missing(missing))
    return the_stage
