"""The views that the models declare: SQLAlchemy's own (from 2.1 on), and those of sqlalchemy-utils.

The latter are in no MetaData: what creates them listens to its ``after_create``.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import DDLElement
from sqlalchemy.sql import visitors

from autosync import schema as values
from autosync.ddl import CreateView, SelectOf

if TYPE_CHECKING:
    from autosync.declared import Locate
    from autosync.dialects.base import Dialect

FOREIGN = ("sqlalchemy_utils.view", "CreateView")
"""The module and the name of what creates a view of sqlalchemy-utils."""
MATERIALIZED = "materialized view"


@dataclass(frozen=True, eq=False)
class DeclaredView:
    """A view that the models declare: ``table`` has its name and columns, and maybe indexes."""

    table: sa.Table
    selectable: Any
    materialized: bool
    create: DDLElement

    @property
    def name(self) -> str:
        """Its name, without the schema."""
        return str(self.table.name)

    @property
    def schema(self) -> str | None:
        """Its schema, None for the default one."""
        return self.table.schema

    @property
    def kind(self) -> str:
        """What it is called in the database."""
        return MATERIALIZED if self.materialized else "view"


def is_view(table: sa.Table) -> bool:
    """Whether a table of a MetaData is a view; only SQLAlchemy 2.1 knows views in a MetaData."""
    return bool(getattr(table, "is_view", False))


def views_of(metadata: sa.MetaData) -> Iterator[DeclaredView]:
    """The views of a MetaData that others than this session can see."""
    for table in metadata.tables.values():
        creator: Any = getattr(table, "_creator_ddl", None)
        if is_view(table) and not creator.temporary:
            yield DeclaredView(table, creator.selectable, creator.materialized, creator)
    yield from _listening(metadata)


def _listening(metadata: sa.MetaData) -> Iterator[DeclaredView]:
    """The views of sqlalchemy-utils: a listener that creates, and one that knows the indexes."""
    listeners: list[Any] = list(metadata.dispatch.after_create)
    tables: dict[str, sa.Table] = {}
    for one in filter(inspect.isfunction, listeners):
        if one.__module__ == FOREIGN[0]:
            table = inspect.getclosurevars(one).nonlocals.get("table")
            if isinstance(table, sa.Table):
                tables[str(table.name)] = table
    for one in listeners:
        if (type(one).__module__, type(one).__name__) == FOREIGN:
            table = tables.get(one.name)
            table = _table_of(one.name, one.selectable) if table is None else table
            create = CreateView(table, one.selectable, materialized=one.materialized)
            yield DeclaredView(table, one.selectable, one.materialized, create)


def _table_of(name: str, selectable: Any) -> sa.Table:
    columns = [sa.Column(column.name, column.type) for column in selectable.selected_columns]
    return sa.Table(name, sa.MetaData(), *columns)


def declare_view(view: DeclaredView, dialect: Dialect, locate: Locate) -> values.View:
    """What a view declares; without a definition where SQLAlchemy cannot write it down."""
    compiler = dialect.compiler
    definition: str | None
    try:
        definition = compiler.sql(SelectOf(view.selectable))
    except (CompileError, NotImplementedError):  # the latter of SQLAlchemy 1.4, for a literal
        definition = None

    def key(item: Any) -> values.Key:
        return locate((compiler.schema(item.schema), str(item.name)))

    return values.View(
        key=key(view),
        columns=values.Columns.of(_column(one, dialect) for one in view.table.columns),
        definition=definition,
        kind=view.kind,
        reads=frozenset((key(table), name) for table, name in _read(view.selectable)),
        origin=view,
    )


def _column(column: sa.Column[Any], dialect: Dialect) -> values.Column:
    """A column of a view, with no type where SQLAlchemy does not know it."""
    try:
        type_ = dialect.type_text(column)
    except CompileError:
        type_ = ""
    return values.Column(column.name, type_, nullable=True, origin=column)


def _read(selectable: Any) -> Iterator[tuple[sa.Table, str | None]]:
    """The tables that a SELECT names, with None, and with each column that it names.

    Those that the system keeps are in no list of the columns of a table.
    """
    for one in visitors.iterate(selectable):
        if isinstance(one, sa.Table):
            yield one, None
        named = one.selected_columns if isinstance(one, sa.sql.Select) else [one]
        for column in named:
            # of an alias, or of a derived table, those of the table behind it
            for base in filter(_is_kept, getattr(column, "base_columns", ())):
                yield base.table, base.name


def _is_kept(column: Any) -> bool:
    is_of_table = isinstance(column, sa.Column) and isinstance(column.table, sa.Table)
    return is_of_table and not column.system
