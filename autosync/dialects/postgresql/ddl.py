"""What SQLAlchemy lacks of PostgreSQL: enum types that grow, and REINDEX."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import DDLElement


class CreateEnum(DDLElement):
    """CREATE TYPE ... AS ENUM (...)."""

    inherit_cache = False

    def __init__(self, enum: sa.Enum) -> None:
        self.enum = enum


class AlterEnum(DDLElement):
    """ALTER TYPE ... ADD VALUE ..., before the label that follows it in the models."""

    inherit_cache = False

    def __init__(self, enum: sa.Enum, label: str, before: str | None = None) -> None:
        self.enum = enum
        self.label = label
        self.before = before


class Reindex(DDLElement):
    """REINDEX INDEX CONCURRENTLY."""

    inherit_cache = False

    def __init__(self, table: sa.Table, name: str) -> None:
        # an index is in the schema of its table
        self.index = sa.Table(name, sa.MetaData(), schema=table.schema)


class RenameIndex(DDLElement):
    """ALTER INDEX ... RENAME TO ..."""

    inherit_cache = False

    def __init__(self, table: sa.Table, old: str, new: str) -> None:
        # an index is in the schema of its table
        self.index = sa.Table(old, sa.MetaData(), schema=table.schema)
        self.new = new


@compiles(RenameIndex)
def _rename_index(element: RenameIndex, compiler: Any, **kw: Any) -> str:
    index = compiler.preparer.format_table(element.index)
    return f"ALTER INDEX {index} RENAME TO {compiler.preparer.quote(element.new)}"


@compiles(Reindex)
def _reindex(element: Reindex, compiler: Any, **kw: Any) -> str:
    return f"REINDEX INDEX CONCURRENTLY {compiler.preparer.format_table(element.index)}"


@compiles(CreateEnum)
def _create_enum(element: CreateEnum, compiler: Any, **kw: Any) -> str:
    labels = ", ".join(_literal(label, compiler) for label in element.enum.enums)
    return f"CREATE TYPE {compiler.preparer.format_type(element.enum)} AS ENUM ({labels})"


@compiles(AlterEnum)
def _alter_enum(element: AlterEnum, compiler: Any, **kw: Any) -> str:
    name = compiler.preparer.format_type(element.enum)
    place = "" if element.before is None else f" BEFORE {_literal(element.before, compiler)}"
    return f"ALTER TYPE {name} ADD VALUE {_literal(element.label, compiler)}{place}"


def _literal(label: str, compiler: Any) -> str:
    return str(compiler.sql_compiler.render_literal_value(label, sa.String()))
