"""Asks MySQL how it spells what the models declare: a temporary table, and SHOW CREATE TABLE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from autosync.compiler import Compiler
from autosync.ddl import CreateProbe, send
from autosync.dialects.columns import addable, with_default
from autosync.dialects.mysql import definitions, spelling
from autosync.dialects.mysql.ddl import IndexDefinition
from autosync.dialects.mysql.defaults import AsItStands
from autosync.dialects.mysql.equality import COLLATION
from autosync.dialects.mysql.modes import Mode
from autosync.dialects.texts import literal_text, without_parentheses
from autosync.schema import FETCHED, Check, Column, Columns, Index, Table

PROBE = "autosync_probe"
KEY = "autosync_key"


def probe(
    connection: Connection,
    compiler: Compiler,
    live: Table,
    declared: Table,
    *,
    fold: Callable[[str], str],
    mode: Mode,
) -> tuple[Table, Table]:
    """(live, declared) as SHOW CREATE TABLE prints them. Columns that are yet to be are left out.

    Raises what the server says to a table that it would not make.
    """
    there = {fold(name): place for place, name in enumerate(live.columns)}
    columns = [c for c in declared.columns.values() if fold(c.name) in there]
    # in the order of the live table: a computed column comes after those that it is computed from
    columns.sort(key=lambda column: there[fold(column.name)])
    checks = [check for check in declared.checks if there.keys() >= set(map(fold, check.columns))]
    indexes = [
        index
        for index in declared.indexes
        if _has_expressions(index) and there.keys() >= set(map(fold, index.columns))
    ]
    table = declared.origin
    collation = live.options.get(COLLATION)

    def described(schema: str | None, name: str) -> definitions.TableText:
        with mode.printing(connection):
            return definitions.parse(_printed(connection, schema, name), collation)

    theirs = described(compiler.schema(table.schema), table.name)
    create = CreateProbe(
        PROBE,
        [_in_style(_without_numbering(column), theirs, compiler) for column in columns],
        [check.origin for check in checks],
        f" {theirs.charset}",
        [IndexDefinition(index.origin) for index in indexes],
        key=KEY,
    )
    send(connection, compiler.sql(create))
    try:
        ours = described(None, PROBE)
    finally:
        if not connection.invalidated:
            send(connection, f"DROP TEMPORARY TABLE IF EXISTS {PROBE}")
    names = {id(check): f"c{number}" for number, check in enumerate(checks)}
    return (
        live._replace(
            columns=Columns.of(_spelled(column, theirs) for column in live.columns.values()),
            checks=[_checked(check, check.name, theirs) for check in live.checks],
            indexes=[_indexed(index, theirs) for index in live.indexes],
        ),
        declared._replace(
            columns=Columns.of(_as_declared(column, ours) for column in declared.columns.values()),
            checks=[_checked(check, names.get(id(check)), ours) for check in declared.checks],
            indexes=[_indexed(index, ours) for index in declared.indexes],
        ),
    )


def _printed(connection: Connection, schema: str | None, name: str) -> str:
    name = ".".join(spelling.name(part) for part in (schema, name) if part is not None)
    return str(send(connection, f"SHOW CREATE TABLE {name}").all()[0][1])


def _has_expressions(index: Index) -> bool:
    return any(not isinstance(part, sa.Column) for part in index.origin.expressions)


def _in_style(
    column: sa.Column[Any], live: definitions.TableText, compiler: Compiler
) -> sa.Column[Any]:
    """The column with its default in parentheses if the live one has an expression: MySQL prints a
    constant in other words there.
    """
    seen, default = live.columns.get(column.name), compiler.declared_default(column)
    if default is None or seen is None or not (seen.default or "").startswith("("):
        return column
    if "ON UPDATE" in default.upper():
        return column
    return with_default(column, AsItStands(literal_text(f"({without_parentheses(default)})")))


def _without_numbering(column: Column) -> sa.Column[Any]:
    """The column for a probe, which has no key that an AUTO_INCREMENT would need."""
    original = addable(column)
    if not column.autoincrement:
        return original
    copied = sa.Column(original.name, original.type, nullable=original.nullable)
    sa.Table(PROBE, sa.MetaData(), copied)
    return copied


def _spelled(column: Column, text: definitions.TableText) -> Column:
    seen = text.columns.get(column.name)
    if seen is None:
        return column
    return column._replace(
        type=seen.type, default=seen.default, computed=seen.computed, collation=seen.collation
    )


def _as_declared(column: Column, text: definitions.TableText) -> Column:
    """The column with the server's words for what it declares, and nothing that it does not."""
    spelled = _spelled(column, text)
    if column.default in (None, FETCHED):
        implied = column.implied_default and spelled.default
        return spelled._replace(default=column.default, implied_default=implied)
    return spelled


def _indexed(index: Index, text: definitions.TableText) -> Index:
    parts = text.indexes.get(index.name or "")
    return index if parts is None or not index.is_textual else index._replace(parts=parts)


def _checked(check: Check, name: str | None, text: definitions.TableText) -> Check:
    return check._replace(text=text.checks.get(name or "", check.text))
