"""What the tests of a database with other tenants share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.security.tenants import Tenant, tenant


@pytest.fixture
def others(request: pytest.FixtureRequest) -> Iterator[Tenant]:
    """The tenant of the one database that a test is about."""
    (name,) = {"postgresql", "mariadb", "sqlite"} & set(request.fixturenames)
    with tenant(request.getfixturevalue(name)) as one:
        yield one
