"""Whether SQLite can write to its file, which only writing can tell.

A connection can begin a transaction on a file that it can only read (facts, section 8).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from autosync.compiler import Compiler
from autosync.credentials import named, said
from autosync.ddl import send
from autosync.remedy import advice
from autosync.rights import Lack, Need

UNWRITABLE = ("readonly database", "unable to open database file", "access permission denied")
ADVICE = advice(
    "Make the file and its folder writable for this process, and connect without mode=ro, "
    "immutable=1 and PRAGMA query_only."
)


def lacking(connection: Connection, compiler: Compiler, needs: Iterable[Need]) -> Iterator[Lack]:
    """The schemas that cannot be written to. Writes, in a transaction that is to be rolled back."""
    quote = compiler.dialect.identifier_preparer.quote
    for schema in sorted({need.key[0] or "main" for need in needs}):
        pragma = f"PRAGMA {quote(schema)}.user_version"
        version = send(connection, pragma).scalar()
        try:
            send(connection, f"{pragma} = {version}")
        except DBAPIError as error:
            yield unwritable(connection, schema, error)


def unwritable(connection: Connection, schema: str, error: DBAPIError) -> Lack:
    """What ``error`` says of writing to a schema. Raises it again if it says something else."""
    if not any(words in str(error.orig) for words in UNWRITABLE):
        raise error
    rows: list[Any] = send(connection, "PRAGMA database_list").all()
    file = next((f"the file {row[2]}" for row in rows if row[1] == schema and row[2]), schema)
    return Lack(f"{named(file)} cannot be written: {said(error)}", ADVICE)
