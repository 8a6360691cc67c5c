"""Asks PostgreSQL how it spells what the models declare, and what an ALTER would do."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex

from autosync.compiler import Compiler
from autosync.credentials import said
from autosync.ddl import AddColumn, AddTableConstraint, AlterTable, CreateLike, CreateProbe, send
from autosync.dialects.columns import addable
from autosync.dialects.postgresql import equality, strangers
from autosync.dialects.texts import is_literal
from autosync.dialects.transactions import rolled_back
from autosync.schema import FETCHED, Column, Columns, Index, Key, Schema, Table

PROBE = "autosync_probe"
BUSY = {"55P03", "40P01"}
FORBIDDEN = {"42501", "25006"}
"""To this role, or to everyone: the server, or the transaction, is read-only."""


REFUSING = re.compile(r"0A|22|42(?!501|P0[167]|701|710)|54")
"""How the code of an error begins that means no, and would next time; not one of rights, nor of
what is not there yet, or is there already."""


def sqlstate(error: DBAPIError) -> str | None:
    """The five-character code of a server's error, whatever the driver calls it."""
    original: Any = error.orig
    state = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    if state is None and original.args and isinstance(original.args[0], dict):
        state = original.args[0].get("C")  # pg8000
    return state


def is_answer(error: DBAPIError) -> bool:
    """Whether the server has said no; otherwise it could not be asked, and may be asked again."""
    return sqlstate(error) not in BUSY and not error.connection_invalidated


def is_refusal(error: DBAPIError) -> bool:
    """Whether the server would never take what it was asked about."""
    return REFUSING.match(sqlstate(error) or "") is not None


def probe(
    connection: Connection,
    compiler: Compiler,
    pairs: Sequence[tuple[Table, Table]],
    read: Callable[[Connection, set[Key]], Schema],
    types: Sequence[str],
) -> Mapping[Key, tuple[Table, Table]]:
    """(live, declared as the server spells it) of each table that the server would make.

    All of them are made in one go, after the ``types`` that do not exist yet; only if that fails is
    each tried by itself. All of it is rolled back.
    """
    made = _attempt(connection, compiler, pairs, read, types)
    if made is None and len(pairs) > 1:
        attempts = [_attempt(connection, compiler, [pair], read, types) for pair in pairs]
        made = {key: value for one in attempts if one for key, value in one.items()}
    return made or {}


def _attempt(
    connection: Connection,
    compiler: Compiler,
    pairs: Sequence[tuple[Table, Table]],
    read: Callable[[Connection, set[Key]], Schema],
    types: Sequence[str],
) -> Mapping[Key, tuple[Table, Table]] | None:
    names: set[Key] = {(None, f"{PROBE}_{number}") for number in range(len(pairs))}
    try:
        with rolled_back(connection):
            for sql in types:
                send(connection, sql)
            for number, (live, declared) in enumerate(pairs):
                for sql in _statements(f"{PROBE}_{number}", live, declared, compiler):
                    send(connection, sql)
            tables = read(connection, names).tables
    except DBAPIError as error:
        if not is_answer(error):
            raise
        return None
    except sa.exc.CompileError:
        return None
    return {
        declared.key: (live, _spelled(declared, tables[None, f"{PROBE}_{number}"]))
        for number, (live, declared) in enumerate(pairs)
    }


def _statements(name: str, live: Table, declared: Table, compiler: Compiler) -> list[str]:
    common = [column for column in declared.columns.values() if column.name in live.columns]
    checks = [check for check in declared.checks if set(check.columns) <= set(live.columns)]
    create = CreateProbe(
        name,
        [addable(column) for column in common],
        [check.origin for check in checks],
        " ON COMMIT DROP",
    )
    made: list[Any] = [create, *map(CreateIndex, _indexes(name, live, declared))]
    target = sa.Table(name, sa.MetaData(), schema="pg_temp")
    for number, exclusion in enumerate(declared.exclusions):
        if set(exclusion.columns) <= set(live.columns):
            copied = unnamed(exclusion.origin)
            copied.name = f"{name}_x{number}"
            made.append(AlterTable(target, [AddTableConstraint(copied)]))
    return [compiler.sql(element) for element in made]


def unnamed(constraint: Any) -> Any:
    """A copy of a constraint, without its name."""
    copied = copy.copy(constraint)
    copied.name = None
    return copied


def _indexes(name: str, live: Table, declared: Table) -> list[sa.Index]:
    """Copies of the indexes whose text matters, on the probe; named ``i`` and their number."""
    textual = {
        str(index.origin.name): f"{name}_i{number}"
        for number, index in enumerate(declared.indexes)
        if _needs_spelling(index, live)
    }
    return copied_indexes(declared, textual, name)


def copied_indexes(table: Table, names: Mapping[str, str], on: str) -> list[sa.Index]:
    """Copies of a declared table's indexes, with these names for theirs, on a temporary table."""
    if not names:
        return []
    copied = table.origin.to_metadata(sa.MetaData(), schema="pg_temp", name=on)
    indexes = [index for index in copied.indexes if str(index.name) in names]
    for index in indexes:
        index.name = names[str(index.name)]
        # it could not be made in a transaction
        index.dialect_options["postgresql"]["concurrently"] = False
    return indexes


def _needs_spelling(index: Index, live: Table) -> bool:
    return index.is_textual and set(index.columns) <= set(live.columns)


def _spelled(declared: Table, probed: Table) -> Table:
    """``declared`` with the texts that the server gave back for it."""
    indexes = {index.name: index for index in probed.indexes}
    checks = {check.name: check.text for check in probed.checks}
    exclusions = {check.name: check.text for check in probed.exclusions}
    kept = [check for check in declared.checks if set(check.columns) <= set(probed.columns)]
    texts = {id(check): checks.get(f"c{number}") for number, check in enumerate(kept)}
    return declared._replace(
        columns=Columns.of(_spell(column, probed) for column in declared.columns.values()),
        checks=[c._replace(text=texts.get(id(c)) or c.text) for c in declared.checks],
        indexes=[
            _spell_index(index, indexes.get(f"{probed.key[1]}_i{number}"))
            for number, index in enumerate(declared.indexes)
        ],
        exclusions=[
            exclusion._replace(text=exclusions.get(f"{probed.key[1]}_x{number}", exclusion.text))
            for number, exclusion in enumerate(declared.exclusions)
        ],
    )


def _spell(column: Column, probed: Table) -> Column:
    seen = probed.columns.get(column.name)
    if seen is None:
        return column
    return column._replace(
        type=seen.type,
        default=column.default if column.default in (None, FETCHED) else seen.default,
        computed=seen.computed,
        collation=seen.collation,
        implied_default=column.implied_default and seen.default,
    )


def _spell_index(index: Index, probed: Index | None) -> Index:
    if probed is None:
        return index
    return index._replace(parts=probed.parts, predicate=probed.predicate)


def rewrites(
    connection: Connection,
    compiler: Compiler,
    column: sa.Column[Any],
    types: Sequence[str],
    *,
    labels: Sequence[str] | None,
    is_tried: bool,
) -> str | None:
    """Why adding the column would rewrite the table, or may for all we know; None if it would not,
    and where the server refuses what it is asked about once more (``is_tried``). ``types`` creates
    the enum types that are not there yet; ``labels`` are those of the column's, if it is one.

    The server is asked on an empty temporary copy: a rewrite gives it another file (facts,
    section 1). Keys are left out; they never rewrite. Where no copy can be made (by this role, on a
    standby, for a policy of the host), it is still told of a column that has one value in all rows.
    """
    copied = sa.Table(PROBE, sa.MetaData(), schema="pg_temp")
    filenode = text(
        f"SELECT pg_catalog.pg_relation_filenode('pg_temp.{PROBE}'::pg_catalog.regclass)"
    )
    add = AlterTable(copied, [AddColumn(column)])
    if found := strangers.in_texts(connection, [compiler.sql(add)]):
        return f"whether it would is not asked: that might run {found[0]}"
    is_copied = False
    try:
        with rolled_back(connection):
            for sql in types:
                send(connection, sql)
            send(connection, compiler.sql(CreateLike(PROBE, column.table, " ON COMMIT DROP")))
            is_copied = True
            before = connection.execute(filenode).scalar()
            send(connection, compiler.sql(add))
            if connection.execute(filenode).scalar() == before:
                return None
            return "PostgreSQL would rewrite the whole table under an exclusive lock"
    except DBAPIError as error:
        if not is_answer(error):
            raise
        failure = error
    if is_copied and sqlstate(failure) not in FORBIDDEN:
        is_told = is_tried and is_refusal(failure)
        return None if is_told else f"the server does not take it: {first_line(failure)}"
    if _has_one_value(connection, compiler, column, labels):
        return None
    return f"whether it would could not be asked: {first_line(failure)}"


def _has_one_value(
    connection: Connection,
    compiler: Compiler,
    column: sa.Column[Any],
    labels: Sequence[str] | None,
) -> bool:
    """Whether a column is NULL, or a constant that fits its type, in all rows; and the type lets it
    be so (a domain may not).
    """
    default = compiler.default(column)
    if column.computed or column.identity or (default is None and not column.nullable):
        return False
    if labels is not None:
        return default is None or default in map(_quoted, labels)
    type_ = compiler.type(column)
    if default is not None and default.lower() in equality.NOW:
        return equality.normal_type(type_).startswith(("timestamp", "date"))
    return (default is None or is_literal(default)) and _takes(connection, type_, default)


_TYPE = text("""
    SELECT t.typtype::pg_catalog.text, t.typname
    FROM pg_catalog.pg_type t
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
    WHERE t.oid OPERATOR(pg_catalog.=) pg_catalog.to_regtype(:type)
      AND (:is_null OR n.nspname OPERATOR(pg_catalog.=) 'pg_catalog')
""")


def _takes(connection: Connection, type_: str, default: str | None) -> bool:
    """Whether a base type, a built-in one unless it is for NULL, takes a literal."""
    try:
        with rolled_back(connection):
            found = connection.execute(_TYPE, {"type": type_, "is_null": default is None}).first()
            if found is None or found[0] not in ("b", "e"):
                return False
            if default is not None:
                # a number with a sign would be an expression, and its operator anybody's
                value = _quoted(default) if default[0] in "-+" else default
                send(connection, f'SELECT CAST({value} AS pg_catalog."{found[1]}")')
            return True
    except DBAPIError as error:
        if not is_answer(error):
            raise
        return False


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def first_line(error: DBAPIError) -> str:
    """The server's message, without its details."""
    return said(error).partition("\n")[0]
