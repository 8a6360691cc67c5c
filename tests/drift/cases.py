"""All drifts."""

from tests.drift import checks, columns, enums, indexes, keys, tables, views

CASES = [
    *columns.CASES,
    *enums.CASES,
    *keys.CASES,
    *checks.CASES,
    *indexes.CASES,
    *tables.CASES,
    *views.CASES,
]
