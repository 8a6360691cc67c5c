"""Our own DDL elements, and how they are compiled and sent.

Everything goes through SQLAlchemy's compilers: names are never quoted by hand, and compiled text is
never glued or wrapped again. Only the blanks of its layout are put in order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateColumn, DDLElement

from autosync.verbatim import note


class AddColumn(DDLElement):
    """``ADD COLUMN ...``, one action of an ALTER TABLE, with the constraints that go inline."""

    inherit_cache = False

    def __init__(self, column: sa.Column[Any], constraints: Sequence[sa.Constraint] = ()) -> None:
        self.column = column
        self.constraints = constraints


class AddTableConstraint(DDLElement):
    """``ADD CONSTRAINT ...``, one action of an ALTER TABLE; with a ``name`` if it has none."""

    inherit_cache = False

    def __init__(self, constraint: sa.Constraint, name: str | None = None) -> None:
        self.constraint = constraint
        self.name = name


class Action(DDLElement):
    """An action of an ALTER TABLE: a template whose ``{}`` are compiled elements or identifiers."""

    inherit_cache = False

    def __init__(self, template: str, *parts: Any) -> None:
        self.template = template
        self.parts = parts


class AlterTable(DDLElement):
    """One ALTER TABLE of several actions, which the server carries out together or not at all."""

    inherit_cache = False

    def __init__(self, table: sa.Table, actions: Sequence[DDLElement]) -> None:
        self.table = table
        self.actions = actions


class CreateProbe(DDLElement):
    """A temporary table with the columns and checks of a declared one, and none of its keys.

    Its checks are named ``c0``, ``c1``, ... in their order. ``items`` are what else is
    in it. Where a server demands one of every table, it has a primary ``key`` of its own.
    """

    inherit_cache = False

    def __init__(
        self,
        name: str,
        columns: Sequence[sa.Column[Any]],
        checks: Sequence[sa.CheckConstraint] = (),
        suffix: str = "",
        items: Sequence[DDLElement] = (),
        *,
        key: str | None = None,
    ) -> None:
        self.name = name
        self.columns = columns
        self.checks = checks
        self.suffix = suffix
        self.items = items
        self.key = key


class CreateLike(DDLElement):
    """An empty temporary table with the columns of an existing one."""

    inherit_cache = False

    def __init__(self, name: str, table: sa.Table, suffix: str = "") -> None:
        self.name = name
        self.table = table
        self.suffix = suffix


class InlineReference(DDLElement):
    """``[CONSTRAINT name] REFERENCES parent (column) ...`` as a part of a column's definition."""

    inherit_cache = False

    def __init__(self, constraint: sa.ForeignKeyConstraint) -> None:
        self.constraint = constraint


class Identifier(DDLElement):
    """A quoted name inside an :class:`Action`."""

    inherit_cache = False

    def __init__(self, name: str) -> None:
        self.name = name


class Raw(DDLElement):
    """A text that the server has written, with all its quotes, inside an :class:`Action`."""

    inherit_cache = False

    def __init__(self, text: str) -> None:
        self.text = text


class TypeOf(DDLElement):
    """A column's type inside an :class:`Action`."""

    inherit_cache = False

    def __init__(self, column: sa.Column[Any]) -> None:
        self.column = column


class DefaultOf(DDLElement):
    """A column's server default inside an :class:`Action`."""

    inherit_cache = False

    def __init__(self, column: sa.Column[Any]) -> None:
        self.column = column


class ColumnDefinition(DDLElement):
    """A column's whole definition inside an :class:`Action`."""

    inherit_cache = False

    def __init__(self, column: sa.Column[Any]) -> None:
        self.column = column


class SelectOf(DDLElement):
    """The SELECT of a view, its values inline."""

    inherit_cache = False

    def __init__(self, selectable: Any) -> None:
        self.selectable = selectable


class CreateView(DDLElement):
    """``CREATE VIEW``, in each of its forms; which its words make."""

    inherit_cache = False

    def __init__(
        self,
        view: sa.Table,
        selectable: Any,
        *,
        materialized: bool = False,
        manner: str = "",
        settings: str = "",
        check: str = "",
    ) -> None:
        self.view = view
        self.selectable = selectable
        self.materialized = materialized
        self.manner = manner
        self.settings = settings
        self.check = check


class DropView(DDLElement):
    """``DROP VIEW``."""

    inherit_cache = False

    def __init__(self, view: sa.Table, *, materialized: bool = False) -> None:
        self.view = view
        self.materialized = materialized


@compiles(AddColumn)
def _add_column(element: AddColumn, compiler: Any, **kw: Any) -> str:
    inline = [
        compiler.process(
            InlineReference(constraint)
            if isinstance(constraint, sa.ForeignKeyConstraint)
            else constraint
        )
        for constraint in element.constraints
    ]
    return " ".join(["ADD COLUMN", compiler.process(CreateColumn(element.column)), *inline])


@compiles(AddTableConstraint)
def _add_table_constraint(element: AddTableConstraint, compiler: Any, **kw: Any) -> str:
    name = f"CONSTRAINT {compiler.preparer.quote(element.name)} " if element.name else ""
    return f"ADD {name}{compiler.process(element.constraint)}"


@compiles(SelectOf)
def _select_of(element: SelectOf, compiler: Any, **kw: Any) -> str:
    return str(compiler.sql_compiler.process(element.selectable, literal_binds=True))


@compiles(CreateView)
def _create_view(element: CreateView, compiler: Any, **kw: Any) -> str:
    words = [
        "CREATE",
        compiler.process(Raw(element.manner)),
        "MATERIALIZED VIEW" if element.materialized else "VIEW",
        compiler.preparer.format_table(element.view),
        compiler.process(Raw(element.settings)),
        "AS",
        compiler.process(SelectOf(element.selectable)),
        compiler.process(Raw(element.check)),
    ]
    return " ".join(filter(None, words))


@compiles(DropView)
def _drop_view(element: DropView, compiler: Any, **kw: Any) -> str:
    kind = "MATERIALIZED VIEW" if element.materialized else "VIEW"
    return f"DROP {kind} {compiler.preparer.format_table(element.view)}"


@compiles(Action)
def _action(element: Action, compiler: Any, **kw: Any) -> str:
    return element.template.format(*(compiler.process(part) for part in element.parts))


@compiles(Identifier)
def _identifier(element: Identifier, compiler: Any, **kw: Any) -> str:
    return str(compiler.preparer.quote(element.name))


@compiles(Raw)
def _raw(element: Raw, compiler: Any, **kw: Any) -> str:
    return note(compiler.dialect, element.text, is_value=True)


@compiles(TypeOf)
def _type_of(element: TypeOf, compiler: Any, **kw: Any) -> str:
    return type_text(element.column, compiler)


@compiles(DefaultOf)
def _default_of(element: DefaultOf, compiler: Any, **kw: Any) -> str:
    return str(compiler.get_column_default_string(element.column))


@compiles(ColumnDefinition)
def _column_definition(element: ColumnDefinition, compiler: Any, **kw: Any) -> str:
    return str(compiler.get_column_specification(element.column))


@compiles(AlterTable)
def _alter_table(element: AlterTable, compiler: Any, **kw: Any) -> str:
    actions = ", ".join(compiler.process(action) for action in element.actions)
    return f"ALTER TABLE {compiler.preparer.format_table(element.table)} {actions}"


@compiles(CreateProbe)
def _create_probe(element: CreateProbe, compiler: Any, **kw: Any) -> str:
    parts = [compiler.get_column_specification(column) for column in element.columns]
    parts += [
        f"CONSTRAINT c{number} CHECK ({inline(check.sqltext, compiler)})"
        for number, check in enumerate(element.checks)
    ]
    parts += map(compiler.process, element.items)
    if element.key is not None:
        parts.append(f"{compiler.preparer.quote(element.key)} integer PRIMARY KEY")
    name = compiler.preparer.quote(element.name)
    return f"CREATE TEMPORARY TABLE {name} ({', '.join(parts)}){element.suffix}"


@compiles(CreateLike)
def _create_like(element: CreateLike, compiler: Any, **kw: Any) -> str:
    name = compiler.preparer.quote(element.name)
    original = compiler.preparer.format_table(element.table)
    return f"CREATE TEMPORARY TABLE {name} (LIKE {original}){element.suffix}"


@compiles(InlineReference)
def _inline_reference(element: InlineReference, compiler: Any, **kw: Any) -> str:
    constraint = element.constraint
    name = compiler.preparer.format_constraint(constraint) if constraint.name else None
    target = constraint.elements[0].column
    parts = [
        f"CONSTRAINT {name}" if name else "",
        "REFERENCES",
        compiler.define_constraint_remote_table(constraint, target.table, compiler.preparer),
        f"({compiler.preparer.quote(target.name)})",
        _reference_match(constraint, compiler),
        compiler.define_constraint_cascades(constraint).strip(),
        compiler.define_constraint_deferrability(constraint).strip(),
    ]
    return " ".join(part for part in parts if part)


def _reference_match(constraint: sa.ForeignKeyConstraint, compiler: Any) -> str:
    return str(compiler.define_constraint_match(constraint)).strip()


def inline(clause: Any, compiler: Any) -> str:
    """The text of an expression inside DDL: no table names, values inline."""
    return str(compiler.sql_compiler.process(clause, include_table=False, literal_binds=True))


def type_text(column: sa.Column[Any], compiler: Any) -> str:
    """The text of a column's type, as a DDL compiler of SQLAlchemy writes it."""
    types = getattr(compiler.dialect, "type_compiler_instance", None)
    types = types or compiler.dialect.type_compiler
    return str(
        types.process(column.type, type_expression=column, identifier_preparer=compiler.preparer)
    )


_LAYOUT = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`|[ \t]+(?:\n(?P<behind>\t+))?|\n(?P<indent>\t+)""")
_OPAQUE = ("\\", "$", "--", "/*", "#")
"""What may begin something else that holds a quote or the end of a line, on some database."""


def tidied(sql: str) -> str:
    """A statement with its items indented by spaces, and no blanks before them.

    What is quoted stays as it is. So does all of a statement that databases may read in different
    ways: only what is sure to be a layout is changed.
    """
    if "\n" not in sql or any(mark in sql for mark in _OPAQUE):
        return sql
    return _LAYOUT.sub(_line_end, sql)


def _line_end(match: re.Match[str]) -> str:
    indent = match["indent"] or match["behind"]
    return match[0] if indent is None else "\n" + indent.expandtabs(4)


def send(connection: Connection, sql: str) -> Any:
    """Execute ``sql`` exactly as it stands, and return its result.

    No driver looks for parameters in it. An error that has cost the connection says so, also where
    SQLAlchemy (1.4) met it while it rolled back after another one, and does not look at it.
    """
    try:
        return connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
    except DBAPIError as error:
        if not error.connection_invalidated and _is_lost(connection, error):
            connection.invalidate(error)
            error.connection_invalidated = True
        raise


def _is_lost(connection: Connection, error: DBAPIError) -> bool:
    if connection.closed or connection.invalidated:
        return connection.invalidated
    driver: Any = connection.connection
    failure: Any = error.orig
    return connection.dialect.is_disconnect(failure, driver.dbapi_connection, None)
