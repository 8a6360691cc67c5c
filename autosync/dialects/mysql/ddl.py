"""MySQL's way of adding things: indexes inside CREATE TABLE and ALTER TABLE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement


class CreateTableWithIndexes(CreateTable):
    """CREATE TABLE with its indexes inside, so that none is lost if the client dies after it."""

    inherit_cache = False

    def __init__(
        self,
        table: sa.Table,
        keys: Sequence[sa.ForeignKeyConstraint],
        indexes: Sequence[sa.Index],
    ) -> None:
        super().__init__(table, include_foreign_key_constraints=list(keys))
        self.indexes = indexes


class IndexDefinition(DDLElement):
    """``[UNIQUE] INDEX name (...)`` inside a CREATE TABLE or behind an ADD."""

    inherit_cache = False

    def __init__(self, index: sa.Index) -> None:
        self.index = index


class LockTable(DDLElement):
    """LOCK TABLES ... WRITE: nobody else reads or writes it until UNLOCK TABLES."""

    inherit_cache = False

    def __init__(self, table: sa.Table) -> None:
        self.table = table


class AnyRow(DDLElement):
    """A query for one row of a table, whichever."""

    inherit_cache = False

    def __init__(self, table: sa.Table) -> None:
        self.table = table


class RenameTable(DDLElement):
    """RENAME TABLE, which names the schema on both sides; ALTER TABLE would move the table."""

    inherit_cache = False

    def __init__(self, old: str, new: sa.Table) -> None:
        self.old = sa.Table(old, sa.MetaData(), schema=new.schema)
        self.new = new


@compiles(RenameTable)
def _rename_table(element: RenameTable, compiler: Any, **kw: Any) -> str:
    old, new = map(compiler.preparer.format_table, (element.old, element.new))
    return f"RENAME TABLE {old} TO {new}"


@compiles(LockTable)
def _lock_table(element: LockTable, compiler: Any, **kw: Any) -> str:
    return f"LOCK TABLES {compiler.preparer.format_table(element.table)} WRITE"


@compiles(AnyRow)
def _any_row(element: AnyRow, compiler: Any, **kw: Any) -> str:
    return f"SELECT 1 FROM {compiler.preparer.format_table(element.table)} LIMIT 1"


@compiles(CreateTableWithIndexes)
def _create_table(element: CreateTableWithIndexes, compiler: Any, **kw: Any) -> str:
    constraints = compiler.create_table_constraints

    def with_indexes(table: sa.Table, **options: Any) -> str:
        indexes = [compiler.process(IndexDefinition(index)) for index in element.indexes]
        return ", \n\t".join(filter(None, [constraints(table, **options), *indexes]))

    # a compiler serves one statement, so nothing else sees this
    compiler.create_table_constraints = with_indexes
    return str(compiler.visit_create_table(element))


@compiles(IndexDefinition)
def _index_definition(element: IndexDefinition, compiler: Any, **kw: Any) -> str:
    """What CREATE INDEX says, without its CREATE and its ON table."""
    index = element.index
    name = compiler._prepared_index_name(index)
    table = compiler.preparer.format_table(index.table)
    # before this marker there are only keywords, so its first occurrence is the right one
    marker = f"INDEX {name} ON {table} "
    kind, _, parts = compiler.process(CreateIndex(index)).partition(marker)
    return f"{kind.removeprefix('CREATE ')}INDEX {name} {parts}"
