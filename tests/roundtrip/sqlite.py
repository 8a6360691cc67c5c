"""What SQLAlchemy can create on SQLite."""

from __future__ import annotations

from dataclasses import replace

from tests.roundtrip import sqlite_columns, sqlite_tables
from tests.roundtrip.case import Case

CASES: list[Case] = [
    replace(case, databases=("sqlite",))
    for module in (sqlite_columns, sqlite_tables)
    for case in module.CASES
]
