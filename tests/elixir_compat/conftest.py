"""The real Elixir and the real sqlalchemy-migrate, where SQLAlchemy is 1.4.

Neither runs on SQLAlchemy 2, which has no `MetaData.bind` and no `mapper()`: there, nothing of this
folder is collected.
"""

from collections.abc import Iterator
from types import ModuleType

import pytest
import sqlalchemy as sa

ON_SQLALCHEMY_14 = sa.__version__.startswith("1.4.")

collect_ignore_glob = [] if ON_SQLALCHEMY_14 else ["test_*.py"]


@pytest.fixture(scope="session")
def elixir(pytestconfig: pytest.Config) -> Iterator[ModuleType]:
    """The module `elixir`."""
    from tests.elixir_compat.real_elixir import load_elixir, unload_elixir

    module = load_elixir(pytestconfig.cache.mkdir("elixir"))
    yield module
    unload_elixir(module)
