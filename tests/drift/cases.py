"""All drifts."""

from tests.drift import checks, columns, enums, indexes, keys, spellings, tables, twice, views

CASES = [
    *columns.CASES,
    *enums.CASES,
    *keys.CASES,
    *checks.CASES,
    *indexes.CASES,
    *spellings.CASES,
    *tables.CASES,
    *twice.CASES,
    *views.CASES,
]
