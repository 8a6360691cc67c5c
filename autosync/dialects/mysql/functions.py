"""Functions of MySQL and MariaDB that do what Python's do."""

from __future__ import annotations

from collections.abc import Mapping

from autosync.dialects import functions
from autosync.dialects.functions import Spelling

_EXPRESSIONS = (8, 0, 13)
"""The MySQL that takes them as defaults; each MariaDB of today is later than that."""
_BYTES = "(lower(hex(random_bytes(32))))"

MYSQL: Mapping[str, Spelling] = {
    functions.NOW: Spelling("CURRENT_TIMESTAMP"),
    functions.UTC_NOW: Spelling("(utc_timestamp())", _EXPRESSIONS),
    functions.TODAY: Spelling("(curdate())", _EXPRESSIONS),
    functions.EPOCH: Spelling("(unix_timestamp(now(6)))", _EXPRESSIONS),
    functions.UUID_TEXT: Spelling("(uuid())", _EXPRESSIONS),
    functions.UUID_DIGITS: Spelling("(replace(uuid(), '-', ''))", _EXPRESSIONS),
    functions.TOKEN: Spelling(_BYTES, _EXPRESSIONS),
}
MARIADB: Mapping[str, Spelling] = {
    **MYSQL,
    functions.UUID: Spelling("(uuid())"),
    functions.TOKEN: Spelling(_BYTES, (10, 10)),
}
