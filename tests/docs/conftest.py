"""What the tests of the pages share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.forks import served


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for the PATH, with programs that start quickly."""
    with served(tmp_path_factory.mktemp("programs")) as folder:
        yield folder
