"""MySQL's way of adding things: indexes inside CREATE TABLE and ALTER TABLE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import ENUM
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement


class CreateTableWithIndexes(CreateTable):
    """CREATE TABLE with its indexes inside, so that none is lost if the client dies after it.

    The keys ``ahead`` may point at tables that are not there yet, which MariaDB has to be told.
    """

    inherit_cache = False

    def __init__(
        self,
        table: sa.Table,
        keys: Sequence[sa.ForeignKeyConstraint],
        indexes: Sequence[sa.Index],
        ahead: Sequence[sa.ForeignKeyConstraint] = (),
    ) -> None:
        # SQLAlchemy leaves out what it would add afterwards
        altered = [key for key in keys if key.use_alter]
        plain = [key for key in keys if not key.use_alter]
        super().__init__(table, include_foreign_key_constraints=plain)
        self.items = [*map(IndexDefinition, indexes), *altered, *ahead]
        self.ahead = bool(ahead)


class IndexDefinition(DDLElement):
    """``[UNIQUE] INDEX name (...)`` inside a CREATE TABLE or behind an ADD."""

    inherit_cache = False

    def __init__(self, index: sa.Index) -> None:
        self.index = index


class IndexOfKey(DDLElement):
    """ADD INDEX of the columns of a foreign key, which InnoDB makes where there is none."""

    inherit_cache = False

    def __init__(self, key: sa.ForeignKeyConstraint) -> None:
        self.key = key


class CreateLikeTable(DDLElement):
    """CREATE TEMPORARY TABLE ... LIKE an existing one."""

    inherit_cache = False

    def __init__(self, name: str, table: sa.Table) -> None:
        self.name = name
        self.table = table


class LockTable(DDLElement):
    """LOCK TABLES ... WRITE: nobody else reads or writes it until UNLOCK TABLES.

    Nor writes anybody else to the ``parents`` that new keys of it point at.
    """

    inherit_cache = False

    def __init__(self, table: sa.Table, parents: Sequence[sa.Table] = ()) -> None:
        self.table = table
        self.parents = [parent for parent in parents if parent is not table]


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


def escape_labels(dialect: Any) -> None:
    """Let a dialect of our own escape the backslashes in the labels of ENUM and SET.

    SQLAlchemy 1.4 does not: a label with one is another label, or ends before its end, and the
    server takes the rest of it for SQL.
    """
    types = getattr(dialect, "type_compiler_instance", None) or dialect.type_compiler
    if not dialect._backslash_escapes or "\\\\" in types.process(ENUM("\\")):
        return
    render = types._visit_enumerated_values

    def escaped(name: str, type_: Any, labels: Sequence[str]) -> str:
        return str(render(name, type_, [label.replace("\\", "\\\\") for label in labels]))

    types._visit_enumerated_values = escaped


@compiles(RenameTable)
def _rename_table(element: RenameTable, compiler: Any, **kw: Any) -> str:
    old, new = map(compiler.preparer.format_table, (element.old, element.new))
    return f"RENAME TABLE {old} TO {new}"


@compiles(IndexOfKey)
def _index_of_key(element: IndexOfKey, compiler: Any, **kw: Any) -> str:
    names = ", ".join(map(compiler.preparer.format_column, element.key.columns))
    return f"ADD INDEX ({names})"


@compiles(CreateLikeTable)
def _create_like_table(element: CreateLikeTable, compiler: Any, **kw: Any) -> str:
    name = compiler.preparer.quote(element.name)
    return f"CREATE TEMPORARY TABLE {name} LIKE {compiler.preparer.format_table(element.table)}"


@compiles(LockTable)
def _lock_table(element: LockTable, compiler: Any, **kw: Any) -> str:
    name = compiler.preparer.format_table
    # a table that is named twice would be a second lock on it
    parents = dict.fromkeys(f"{name(parent)} READ" for parent in element.parents)
    return f"LOCK TABLES {', '.join([f'{name(element.table)} WRITE', *parents])}"


@compiles(AnyRow)
def _any_row(element: AnyRow, compiler: Any, **kw: Any) -> str:
    return f"SELECT 1 FROM {compiler.preparer.format_table(element.table)} LIMIT 1"


@compiles(CreateTableWithIndexes)
def _create_table(element: CreateTableWithIndexes, compiler: Any, **kw: Any) -> str:
    constraints = compiler.create_table_constraints

    def with_items(table: sa.Table, **options: Any) -> str:
        items = [compiler.process(item) for item in element.items]
        return ", \n\t".join(filter(None, [constraints(table, **options), *items]))

    # a compiler serves one statement, so nothing else sees this
    compiler.create_table_constraints = with_items
    text = str(compiler.visit_create_table(element))
    return f"SET STATEMENT foreign_key_checks = 0 FOR {text.lstrip()}" if element.ahead else text


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
