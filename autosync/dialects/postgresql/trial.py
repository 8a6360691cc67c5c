"""Asks PostgreSQL whether it takes what nothing but the server can judge, before it is planned.

What is to be added is added to an empty temporary copy of the table; what is to be created is
created as a temporary table. All of it is rolled back. Most additions are plain, and are not asked
about: a column of a common type without a default, an index on such columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import CompileError, DBAPIError
from sqlalchemy.schema import CreateIndex

from autosync.changes import Change
from autosync.compiler import Compiler
from autosync.ddl import AddColumn, AddTableConstraint, AlterTable, CreateLike, CreateProbe, send
from autosync.dialects.columns import addable
from autosync.dialects.limits import Rejection
from autosync.dialects.postgresql import equality, probe, strangers
from autosync.dialects.texts import is_literal
from autosync.dialects.transactions import rolled_back
from autosync.schema import FETCHED, Column, Index, Table

TRIED = "autosync_trial"
LIMIT = "54"
MISSING = "42704"
NO_ORDER = {"json"}
"""Types without an operator class for indexes; others are asked about anyway."""
MANY = 1000
"""No common type has a larger number in it."""
CREATE_IT = (
    "Create what it names first: an extension has its types, operator classes and access methods. "
    "Or leave it out of the models."
)
CHANGE_IT = "Change it in the models."


def rejections(
    connection: Connection,
    compiler: Compiler,
    table: Table,
    changes: Sequence[Change],
    types: Sequence[str],
) -> Mapping[int, Rejection]:
    """Which of these additions to a table, or its creation, the server says that it would not take;
    by their places. ``types`` is what creates the enum types that they need.
    """
    if not any(is_doubtful(change, table, compiler) for change in changes):
        return {}
    wanted = list(_elements(changes, table, compiler))
    try:
        texts = [[compiler.sql(element) for element in elements] for _, elements in wanted]
        start = _start(changes, table, compiler)
    except CompileError:
        return {}
    if strangers.in_texts(connection, [sql for each in [start, *texts] for sql in each]):
        return {}
    found: dict[int, Rejection] = {}
    try:
        with rolled_back(connection):
            for sql in [*types, *start]:
                send(connection, sql)
            for (place, _), statements in zip(wanted, texts, strict=True):
                rejection = _tried(connection, statements)
                if rejection is not None:
                    found.setdefault(place, rejection)
    except DBAPIError as error:
        said_no = _is_no(error)
        return {0: _meant(error)} if said_no and changes[0].kind == "table" else {}
    return found


def _tried(connection: Connection, statements: Sequence[str]) -> Rejection | None:
    """The server's objection to these statements; those that it takes stay in force."""
    savepoint = connection.begin_nested()
    try:
        for sql in statements:
            send(connection, sql)
    except DBAPIError as error:
        if not connection.invalidated:
            savepoint.rollback()
        return _meant(error) if _is_no(error) else None
    savepoint.commit()
    return None


def _is_no(error: DBAPIError) -> bool:
    if not probe.is_answer(error):
        raise error
    return probe.is_refusal(error)


def _meant(error: DBAPIError) -> Rejection:
    state = probe.sqlstate(error) or ""
    advice = CREATE_IT if state == MISSING else CHANGE_IT
    reason = f"the server says: {probe.first_line(error)}"
    return Rejection(reason, advice, is_limit=state.startswith(LIMIT))


def _start(changes: Sequence[Change], table: Table, compiler: Compiler) -> list[str]:
    """The statements that make the temporary table."""
    if changes[0].kind != "table":
        return [compiler.sql(CreateLike(TRIED, table.origin, " ON COMMIT DROP"))]
    columns = [column.origin for column in table.columns.values()]
    checks = [check.origin for check in table.checks]
    return [compiler.sql(CreateProbe(TRIED, columns, checks, _options(table, compiler)))]


def _elements(
    changes: Sequence[Change], table: Table, compiler: Compiler
) -> Iterator[tuple[int, list[Any]]]:
    """The elements that add to it, with the places of the changes: columns first."""
    target = sa.Table(TRIED, sa.MetaData(), schema="pg_temp")
    if changes[0].kind == "table":
        keys = [table.primary_key] if table.primary_key.columns else []
        origins = [*(table.origin.primary_key for _ in keys), *(u.origin for u in table.uniques)]
        origins += [exclusion.origin for exclusion in table.exclusions]
        actions = [AddTableConstraint(probe.unnamed(one)) for one in origins]
        yield from ((0, [AlterTable(target, [action])]) for action in actions)
        yield from ((0, [CreateIndex(index)]) for index in _indexes(table, table.indexes))
        return
    columns = [(place, c) for place, c in enumerate(changes) if c.kind == "column"]
    for place, change in sorted(columns, key=lambda one: one[1].declared.computed is not None):
        yield place, [AlterTable(target, [AddColumn(addable(change.declared))])]
    for place, change in enumerate(changes):
        if isinstance(change.declared, Index):
            yield place, [*map(CreateIndex, _indexes(table, [change.declared]))]
        elif change.kind in ("unique", "check"):
            action = AddTableConstraint(probe.unnamed(change.origin))
            yield place, [AlterTable(target, [action])]


def _indexes(table: Table, wanted: Sequence[Index]) -> list[sa.Index]:
    """Copies of these indexes, on the temporary table."""
    names = {str(index.origin.name): f"{TRIED}_i{n}" for n, index in enumerate(wanted)}
    return probe.copied_indexes(table, names, TRIED)


def _options(table: Table, compiler: Compiler) -> str:
    """The options behind the columns in a CREATE TABLE."""
    make: Any = compiler.dialect.ddl_compiler
    return str(make(compiler.dialect, None).post_create_table(table.origin))


# --- what nothing but the server can judge --------------------------------------------------------


def is_doubtful(change: Change, table: Table, compiler: Compiler) -> bool:
    """Whether nothing but the server can tell whether it takes an addition to a table."""
    if change.kind == "table":
        options = _options(table, compiler)
        if "INHERITS" in options:  # from what may not be there yet
            return False
        keys = [table.primary_key.columns, *(unique.columns for unique in table.uniques)]
        keyed = any(_is_doubtful_key(columns, table) for columns in keys)
        indexed = any(_is_doubtful_index(index, table) for index in table.indexes)
        columns = any(map(is_doubtful_column, table.columns.values()))
        return (
            bool(options.strip() or table.checks or table.exclusions)
            or keyed
            or indexed
            or (columns)
        )
    if change.kind == "column":
        return is_doubtful_column(change.declared)
    if isinstance(change.declared, Index):
        return _is_doubtful_index(change.declared, table)
    if change.kind == "check":
        return True
    return change.kind == "unique" and _is_doubtful_key(change.columns, table)


def is_doubtful_column(column: Column) -> bool:
    """Whether nothing but the server can tell whether it takes a column."""
    if column.computed or column.identity or column.collation or _is_doubtful_type(column.type):
        return True
    default = column.default_when_added
    return default not in (None, FETCHED) and not _is_value(str(default), column.type)


def _is_doubtful_type(type_: str) -> bool:
    numbers = map(int, re.findall(r"\d{1,18}", type_))
    bare = equality.normal_type(type_).partition("(")[0].removesuffix("[]")
    return bare not in equality.OWN_TYPES or any(number > MANY for number in numbers)


def _is_value(default: str, type_: str) -> bool:
    """Whether a default is surely a value of its type: a moment, a text, a number, a truth."""
    bare = equality.normal_type(type_).partition("(")[0]
    normal = equality.normal_default(default, type_)
    if normal is None or bare == "boolean":
        return normal in (None, "true", "false")
    if normal == "now()":
        return bare.startswith(("timestamp", "date"))
    if bare in ("text", "character varying"):
        return is_literal(normal) and "\0" not in normal
    return bare in equality.NUMBERS and re.fullmatch(r"-?\d{1,4}", normal) is not None


def _is_doubtful_index(index: Index, table: Table) -> bool:
    options: Any = index.origin.dialect_options["postgresql"]
    special = any(options.get(name) for name in ("tablespace", "with", "ops"))
    return (
        special
        or index.is_textual
        or index.method != "btree"
        or _is_doubtful_key((*index.columns, *index.include), table)
    )


def _is_doubtful_key(columns: Sequence[str], table: Table) -> bool:
    known = [table.columns[name].type for name in columns if name in table.columns]
    return any(_is_doubtful_type(type_) or type_.lower() in NO_ORDER for type_ in known)
