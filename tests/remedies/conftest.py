"""What the tests of remedies share."""

from tests.cli.conftest import app
from tests.drift.conftest import ground

__all__ = ["app", "ground"]
