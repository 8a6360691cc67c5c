"""Asks SQLite how it keeps what the models declare: a table in a database in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import CreateIndex

from autosync.compiler import Compiler
from autosync.ddl import AddColumn, AlterTable, CreateProbe
from autosync.dialects.columns import with_server_default
from autosync.dialects.sqlite import catalog
from autosync.schema import FETCHED, MOST_OTHERS, Check, Column, Columns, Schema, Table

IMPLIED = "autosync_implied"
"""The table to which columns are added as ADD COLUMN would, with defaults of ours."""


def spelled(
    compiler: Compiler,
    live: Table,
    declared: Table,
    indexes: Sequence[sa.Index],
    fold: Callable[[str], str],
) -> Table | None:
    """``declared`` with the texts that SQLite would keep; None if it would not take them.

    Left out is what the live table lacks, and what names it. ``indexes`` are those of the models.
    """
    there = set(map(fold, live.columns))

    def is_there(*names: str) -> bool:
        return there.issuperset(map(fold, names))

    columns = [column for column in declared.columns.values() if is_there(column.name)]
    checks = [check for check in declared.checks if is_there(*check.columns)]
    known = {index.name for index in declared.indexes if is_there(*index.columns)}
    try:
        seen = _made(compiler, declared, columns, checks, [i for i in indexes if i.name in known])
    except (sqlite3.Error, CompileError):
        return None
    return _with_texts(declared, seen, {f"c{n}": check for n, check in enumerate(checks)})


def _made(
    compiler: Compiler,
    declared: Table,
    columns: Sequence[Column],
    checks: Sequence[Check],
    indexes: Sequence[sa.Index],
) -> Schema:
    """The texts that SQLite keeps of these columns, checks and indexes."""
    name = declared.key[1]
    create = CreateProbe(name, [c.origin for c in columns], [c.origin for c in checks])
    memory = sqlite3.connect(":memory:")
    try:
        memory.execute(compiler.sql(create))
        for index in indexes:
            memory.execute(_without_schema(CreateIndex(index), declared, compiler))
        for column in columns:
            if column.implied_default is not None:
                _add_implied(memory, column, compiler)
        return catalog.read(
            lambda sql: memory.execute(sql).fetchall(),
            [("temp", name), (None, IMPLIED)],
            MOST_OTHERS,
            table_list=sqlite3.sqlite_version_info >= (3, 37),
        )
    finally:
        memory.close()


def _add_implied(memory: sqlite3.Connection, column: Column, compiler: Compiler) -> None:
    copied = sa.Table(IMPLIED, sa.MetaData(), with_server_default(column.origin)._copy())
    memory.execute(f"CREATE TABLE IF NOT EXISTS {IMPLIED} (autosync_first INTEGER)")
    memory.execute(compiler.sql(AlterTable(copied, [AddColumn(copied.c[column.name])])))


def _without_schema(element: CreateIndex, declared: Table, compiler: Compiler) -> str:
    """The text of an element in a database that has no other schema."""
    schema = declared.origin.schema
    compiled = element.compile(
        dialect=compiler.dialect,
        schema_translate_map={schema: None} if schema else {},
        render_schema_translate=True,
    )
    return str(compiled)


def _with_texts(declared: Table, seen: Schema, names: Mapping[str | None, Check]) -> Table:
    """``declared`` with the texts that SQLite has kept of it; ``names`` are its checks' there."""
    kept = seen.tables["temp", declared.key[1]]
    implied = seen.tables.get((None, IMPLIED))
    defaults = implied.columns if implied else {}
    texts = {id(names[check.name]): check.text for check in kept.checks if check.name in names}
    indexes = {index.name: index for index in kept.indexes}
    return declared._replace(
        columns=Columns.of(_with_text(c, kept, defaults) for c in declared.columns.values()),
        checks=[check._replace(text=texts.get(id(check), check.text)) for check in declared.checks],
        indexes=[
            index._replace(parts=indexes[index.name].parts, predicate=indexes[index.name].predicate)
            if index.name in indexes
            else index
            for index in declared.indexes
        ],
    )


def _with_text(column: Column, table: Table, implied: Mapping[str, Column]) -> Column:
    kept = table.columns.get(column.name)
    if kept is None:
        return column
    return column._replace(
        type=kept.type,
        default=column.default if column.default in (None, FETCHED) else kept.default,
        computed=kept.computed,
        implied_default=implied[column.name].default if column.name in implied else None,
    )
