"""Operations of Alembic as the source that Alembic writes of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Literal

import sqlalchemy as sa
from alembic.autogenerate import render_python_code, renderers
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import dialects
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeDecorator

from autosync.dialects.texts import literal_text
from autosync.revisions.source import type_source

INDENT = "    "


class RenameTable(ops.RenameTableOp):
    """A new name for a table, which Alembic can run and does not know how to write."""


@renderers.dispatch_for(RenameTable)
def _rename_table(context: Any, operation: RenameTable) -> str:
    schema = "" if operation.schema is None else f", schema={operation.schema!r}"
    return f"op.rename_table({operation.table_name!r}, {operation.new_table_name!r}{schema})"


def rendered(
    operations: Sequence[Any], connection: Connection, *, batch: bool = False
) -> tuple[str, str]:
    """The body of a function that has them, and the imports that it needs.

    All lines but the first are indented. ``batch`` is for a database that alters no table in place.
    """
    # with any other style of parameters, a % would be doubled
    dialect: Any = type(connection.dialect)
    plain = MigrationContext.configure(dialect=dialect(paramstyle="named"))
    text = render_python_code(
        ops.UpgradeOps(operations),
        migration_context=plain,
        render_as_batch=batch,
        render_item=partial(_as_it_is, connection),
    )
    # the first line and the last are comments of Alembic's own
    body = "\n".join(text.split("\n")[1:-1]).strip()
    used = sorted(set(_names(body)).intersection(dialects.__all__))
    return body, "\n".join(f"from sqlalchemy.dialects import {name}" for name in used)


def _names(body: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(f"if True:\n{INDENT}{body}")):
        if isinstance(node, ast.Name):
            yield node.id


def _as_it_is(connection: Connection, kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Defaults and checks in their own words, of which Alembic would drop the backslashes; and of a
    type of the application's, what it is in the database.
    """
    if kind == "check":
        return f"sa.CheckConstraint({_text(item.sqltext, connection)!r}, name={item.name!r})"
    if kind == "type" and isinstance(item, TypeDecorator):
        return type_source(item, connection.dialect)
    text = getattr(getattr(item, "arg", None), "text", None)
    return f"sa.text({text!r})" if kind == "server_default" and text is not None else False


def _text(clause: Any, connection: Connection) -> str:
    if isinstance(clause, sa.sql.elements.TextClause):
        return str(clause.text)
    compiled = clause.compile(
        dialect=connection.dialect, compile_kwargs={"literal_binds": True, "include_table": False}
    )
    text = str(compiled)
    if compiled.preparer._double_percents:
        text = text.replace("%%", "%")
    return literal_text(text)
