"""The torture: how much of it, on what, and what was done.

A test run does a little of it. `make torture` sets AUTOSYNC_TORTURE=1, does all, and says what.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.servers.database import Databases, LiveDatabase

WHOLE = os.environ.get("AUTOSYNC_TORTURE") == "1"
PROPERTY = "torture"

Another = Callable[[], AbstractContextManager[LiveDatabase]]
Tally = Callable[..., None]


@pytest.fixture
def another(database: LiveDatabase, databases: Databases, tmp_path: Path) -> Another:
    """More fresh databases like the one of the test."""
    numbers = itertools.count()

    def fresh() -> AbstractContextManager[LiveDatabase]:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        return databases.fresh(database.name, folder)

    return fresh


@pytest.fixture
def tally(database: LiveDatabase, record_property: Callable[[str, Any], None]) -> Tally:
    """Counts what was done, for the summary."""

    def count(what: str, **numbers: int) -> None:
        record_property(PROPERTY, (f"{database.name}: {what}", numbers))

    return count


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was done."""
    counts: dict[str, Counter[str]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == PROPERTY and report.when == "call":
                    counts.setdefault(value[0], Counter()).update(value[1])
    if counts and WHOLE:
        terminalreporter.section("torture")
        for what in sorted(counts):
            numbers = ", ".join(f"{number} {name}" for name, number in counts[what].items())
            terminalreporter.line(f"{what}: {numbers}")
