"""What SQLAlchemy can create on PostgreSQL."""

from __future__ import annotations

from tests.roundtrip import (
    postgresql_checks,
    postgresql_defaults,
    postgresql_generated,
    postgresql_indexes,
    postgresql_literals,
    postgresql_named_types,
    postgresql_tables,
    postgresql_types,
)
from tests.roundtrip.case import Case

CASES: list[Case] = [
    *postgresql_types.CASES,
    *postgresql_named_types.CASES,
    *postgresql_literals.CASES,
    *postgresql_defaults.CASES,
    *postgresql_generated.CASES,
    *postgresql_checks.CASES,
    *postgresql_tables.CASES,
    *postgresql_indexes.CASES,
]
