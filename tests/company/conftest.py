from tests.drift.conftest import ground  # noqa: F401 - the fixture
