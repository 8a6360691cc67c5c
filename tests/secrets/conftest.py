"""An application, and one database of each server for all examples."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import selected
from tests.secrets.homes import Home, Homes, home
from tests.servers import Missing, go_without
from tests.servers.database import Databases


@pytest.fixture(scope="module")
def homes(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Homes]:
    """The databases by name."""
    with ExitStack() as stack:
        opened: dict[str, Home] = {}

        def enter(name: str) -> Home:
            if name not in selected(request.config):
                pytest.skip(f"--database leaves out {name}")
            if name not in opened:
                try:
                    opened[name] = stack.enter_context(home(databases, name))
                except Missing as error:
                    go_without(error)
            return opened[name]

        yield enter
