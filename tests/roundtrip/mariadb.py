"""What SQLAlchemy can create on MariaDB."""

from __future__ import annotations

from dataclasses import replace

from tests.roundtrip import (
    mariadb_defaults,
    mariadb_expressions,
    mariadb_keys,
    mariadb_tables,
    mariadb_types,
)
from tests.roundtrip.case import Case

MODULES = (mariadb_types, mariadb_defaults, mariadb_expressions, mariadb_keys, mariadb_tables)
CASES: list[Case] = [
    replace(case, databases=("mariadb", "mysql")) for module in MODULES for case in module.CASES
]
