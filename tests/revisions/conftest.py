"""The application of the command line's tests, for ours."""

from tests.cli.conftest import app

__all__ = ["app"]
