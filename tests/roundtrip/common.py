"""What SQLAlchemy can create on every database."""

from __future__ import annotations

from tests.roundtrip import declarative, defaults, keys, tables, values
from tests.roundtrip.case import Case

CASES: list[Case] = [
    *values.CASES,
    *defaults.CASES,
    *keys.CASES,
    *tables.CASES,
    *declarative.CASES,
]
