"""What ALGORITHM=INSTANT takes (facts, section 1)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.schema import Key, Schema, Table

_CONSTANT = re.compile(
    r"""[-+]?[\d.]+(?:e[-+]?\d+)?
      | (?:[bx]|_\w+\s*)?'(?:[^'\\]|''|\\.)*'
      | null | true | false
      | current_timestamp\(\d*\)(?:\s+on\s+update\s+current_timestamp\(\d*\))?
      | curdate\(\)""",
    re.VERBOSE | re.IGNORECASE,
)


def is_constant(default: str) -> bool:
    """Whether INSTANT takes a default in its normal form, with one value for all rows."""
    return _CONSTANT.fullmatch(default) is not None


ABOUT = text("""
    SELECT engine, row_format, EXISTS (
        SELECT 1 FROM information_schema.statistics s
        WHERE s.table_schema = COALESCE(:schema, DATABASE()) AND s.table_name = :name
          AND s.index_type = 'HASH'
    )
    FROM information_schema.tables
    WHERE table_schema = COALESCE(:schema, DATABASE()) AND table_name = :name
""")
VERSIONS = text("""
    SELECT name FROM information_schema.innodb_tables WHERE total_row_versions >= :most
""")
MOST_VERSIONS, FEWER_VERSIONS = 255, 64
"""How often MySQL adds columns INSTANT to a table that is not rebuilt in between: since 9.1, and
before that.
"""
INDEXED = "a table with an index on a virtual column is copied"
SETTING = text("SELECT @@GLOBAL.innodb_instant_alter_column_allowed")

_ENCODED = re.compile("@([0-9a-f]{4})")


def obstacles(
    connection: Connection, live: Schema, keys: Collection[Key], full: Collection[Key] = ()
) -> Mapping[Key, str]:
    """The obstacle to INSTANT in each of these tables that has one; ``full`` are those that took
    as many columns so as they can.
    """
    found = {key: next(_obstacles(connection, live.tables[key], full), None) for key in keys}
    return {key: obstacle for key, obstacle in found.items() if obstacle is not None}


def _obstacles(connection: Connection, table: Table, full: Collection[Key]) -> Iterator[str]:
    if any(index.method == "FULLTEXT" for index in table.indexes):
        yield "a table with a FULLTEXT index is copied"
    if table.key in full:
        yield "the table has taken as many columns with ALGORITHM=INSTANT as it can, and is copied"
    row = connection.execute(ABOUT, {"schema": table.key[0], "name": table.key[1]}).first()
    engine, row_format, has_hash = row or ("InnoDB", "", False)
    if engine != "InnoDB":
        yield f"a table of the engine {engine} is copied"
    if (row_format or "").lower() == "compressed":
        yield "a table with ROW_FORMAT=COMPRESSED is copied"
    if has_hash:
        yield "a table whose UNIQUE is too long for an index (USING HASH) is copied"


def indexes_computed(table: Table) -> bool:
    """Whether an index has a column in it that is computed when it is read."""
    computed = {c.name for c in table.columns.values() if c.computed is not None and not c.stored}
    return any(not computed.isdisjoint(index.columns) for index in table.indexes)


def full_tables(connection: Connection, default_schema: str | None) -> set[Key]:
    """The tables to which MySQL adds no more columns INSTANT, as those may see who have PROCESS."""
    version = connection.dialect.server_version_info or ()
    most = MOST_VERSIONS if version >= (9, 1) else FEWER_VERSIONS
    names = connection.execute(VERSIONS, {"most": most}).scalars()
    return {_key(name, default_schema) for name in names}


def _key(name: str, default_schema: str | None) -> Key:
    """The table of one of InnoDB's files: ``schema/table``, or ``schema/table#p#partition``."""
    path = _ENCODED.sub(lambda match: chr(int(match[1], 16)), name.partition("#p#")[0])
    schema, _, table = path.partition("/")
    return None if schema == default_schema else schema, table
