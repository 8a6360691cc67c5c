"""All cases of the round trip."""

from __future__ import annotations

from collections.abc import Iterable

from tests.roundtrip import (
    common,
    mariadb,
    mariadb_views,
    mysql,
    postgresql,
    spellings,
    sqlite,
    views,
)
from tests.roundtrip.case import Case
from tests.roundtrip.lacking import takes
from tests.servers.database import SQLALCHEMY

ALL_CASES: list[Case] = [
    case
    for module in (common, sqlite, postgresql, mariadb, mysql, views, mariadb_views, spellings)
    for case in module.CASES
]
CASES: list[Case] = [case for case in ALL_CASES if case.since <= SQLALCHEMY]
"""Those that this SQLAlchemy can declare."""


def runs(cases: Iterable[Case]) -> list[tuple[Case, str]]:
    """Each of these cases on each of its databases."""
    return [(case, name) for case in cases for name in case.databases if takes(name, case)]
