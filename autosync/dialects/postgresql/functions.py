"""Functions of PostgreSQL that do what Python's do."""

from __future__ import annotations

from collections.abc import Mapping

from autosync.dialects import functions
from autosync.dialects.functions import Spelling

_UUID = "gen_random_uuid()"
_DIGITS = f"replace({_UUID}::text, '-', '')"

SPELLINGS: Mapping[str, Spelling] = {
    functions.NOW: Spelling("CURRENT_TIMESTAMP"),
    functions.UTC_NOW: Spelling("timezone('utc', CURRENT_TIMESTAMP)"),
    functions.TODAY: Spelling("CURRENT_DATE"),
    functions.EPOCH: Spelling("extract(epoch from clock_timestamp())"),
    functions.UUID: Spelling(_UUID, since=(13,)),
    functions.UUID_TEXT: Spelling(_UUID, since=(13,)),
    functions.UUID_DIGITS: Spelling(_DIGITS, since=(13,)),
    functions.TOKEN: Spelling(f"{_DIGITS} || {_DIGITS}", since=(13,)),
}
