"""information_schema -> Schema, one query for each of its views and none for each table."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.engine import Connection

from autosync.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    Key,
    NamedSequence,
    PrimaryKey,
    Schema,
    Table,
)

KINDS = {
    "BASE TABLE": "table",
    "VIEW": "view",
    "SYSTEM VIEW": "view",
    "SEQUENCE": "sequence",
    "SYSTEM VERSIONED": "system-versioned table",
}
IGNORED_RULES = {"NO ACTION", "RESTRICT"}

_JSON_VALID = re.compile(r"^json_valid\(`(?:[^`]|``)+`\)$", re.IGNORECASE)
_ON_UPDATE = re.compile(r"on update (\S+)", re.IGNORECASE)


def _query(sql: str) -> Any:
    return text(sql).bindparams(bindparam("schemas", expanding=True))


TABLES = _query("""
    SELECT table_schema, table_name, table_type, table_comment
    FROM information_schema.tables WHERE table_schema IN :schemas
""")
COLUMNS = _query("""
    SELECT table_schema, table_name, column_name, column_type, is_nullable, column_default, extra,
           collation_name, generation_expression, column_comment
    FROM information_schema.columns WHERE table_schema IN :schemas
    ORDER BY table_schema, table_name, ordinal_position
""")
INDEXES = _query("""
    SELECT table_schema, table_name, index_name, non_unique, column_name, sub_part, collation,
           index_type
    FROM information_schema.statistics WHERE table_schema IN :schemas
    ORDER BY table_schema, table_name, index_name, seq_in_index
""")
KEY_COLUMNS = _query("""
    SELECT table_schema, table_name, constraint_name, column_name, referenced_table_schema,
           referenced_table_name, referenced_column_name
    FROM information_schema.key_column_usage
    WHERE table_schema IN :schemas AND referenced_table_name IS NOT NULL
    ORDER BY table_schema, table_name, constraint_name, ordinal_position
""")
KEY_RULES = _query("""
    SELECT constraint_schema, table_name, constraint_name, delete_rule, update_rule
    FROM information_schema.referential_constraints WHERE constraint_schema IN :schemas
""")


def read(connection: Connection, wanted: Collection[Key], *, checks: Any) -> Schema:
    """The live database; ``checks`` is the query for check constraints of this server."""
    database: str | None = connection.execute(text("SELECT DATABASE()")).scalar()
    names = {schema or database for schema, _ in wanted} | {database}
    schemas = sorted(name for name in names if name is not None)
    reader = _Reader(connection, schemas, database, wanted)
    tables = {
        key: _table(key, kind, comment, reader.parts(checks))
        for key, (kind, comment) in reader.relations.items()
        if key in reader.wanted
    }
    return Schema(
        tables=tables,
        sequences={
            key: NamedSequence(key)
            for key, (kind, _) in reader.relations.items()
            if kind == "sequence"
        },
        others={
            key: kind
            for key, (kind, _) in reader.relations.items()
            if key not in tables and kind != "sequence"
        },
        default_schema=database,
    )


class _Reader:
    """The rows of each view, by the table they belong to."""

    def __init__(
        self,
        connection: Connection,
        schemas: list[str],
        database: str | None,
        wanted: Collection[Key],
    ) -> None:
        self._connection = connection
        self._parameters = {"schemas": schemas}
        self._database = database
        self._parts: dict[str, dict[Key, list[Any]]] | None = None
        self.wanted = {self.key(schema or database, name) for schema, name in wanted}
        self.relations: dict[Key, tuple[str, str]] = {
            self.key(row[0], row[1]): (KINDS.get(row[2], row[2].lower()), row[3])
            for row in connection.execute(TABLES, self._parameters)
        }

    def key(self, schema: str | None, name: str) -> Key:
        return (None if schema == self._database else schema), name

    def parts(self, checks: Any) -> dict[str, dict[Key, list[Any]]]:
        if self._parts is None:
            columns, indexes = self._rows(COLUMNS), self._rows(INDEXES)
            self._parts = {
                "columns": columns,
                "indexes": indexes,
                "keys": self._keys(),
                "checks": self._rows(checks),
            }
        return self._parts

    def _rows(self, query: Any) -> dict[Key, list[Any]]:
        rows: dict[Key, list[Any]] = {key: [] for key in self.wanted}
        for row in self._connection.execute(query, self._parameters):
            kept = rows.get(self.key(row[0], row[1]))
            if kept is not None:
                kept.append(row)
        return rows

    def _keys(self) -> dict[Key, list[Any]]:
        rules = {
            (self.key(row[0], row[1]), row[2]): (row[3], row[4])
            for row in self._connection.execute(KEY_RULES, self._parameters)
        }
        return {
            key: [
                _foreign_key(
                    name, rows, rules.get((key, name), ("NO ACTION", "NO ACTION")), self.key
                )
                for name, rows in _grouped(rows, 2)
            ]
            for key, rows in self._rows(KEY_COLUMNS).items()
        }


def _grouped(rows: Iterable[Any], position: int) -> list[tuple[str, list[Any]]]:
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(row[position], []).append(row)
    return list(groups.items())


def _table(key: Key, kind: str, comment: str, parts: dict[str, dict[Key, list[Any]]]) -> Table:
    keys: list[ForeignKey] = parts["keys"][key]
    indexes = [_index(name, rows, keys) for name, rows in _grouped(parts["indexes"][key], 2)]
    primary = next((index for index in indexes if index.name == "PRIMARY"), None)
    return Table(
        key=key,
        columns={row[2]: _column(row) for row in parts["columns"][key]},
        kind=kind,
        primary_key=PrimaryKey() if primary is None else PrimaryKey("PRIMARY", primary.columns),
        foreign_keys=keys,
        checks=[
            Check(row[2], row[3], implicit=bool(_JSON_VALID.match(row[3])))
            for row in parts["checks"][key]
        ],
        indexes=[index for index in indexes if index is not primary],
        comment=comment or None,
    )


def _column(row: Any) -> Column:
    _, _, name, type_, nullable, default, extra, collation, generation, comment = row
    on_update = _ON_UPDATE.search(extra or "")
    if default is not None and default.upper() == "NULL":
        default = None
    if default is not None and on_update is not None:
        default = f"{default} {on_update.group(0)}"
    return Column(
        name=name,
        type=type_,
        nullable=nullable == "YES",
        default=default,
        computed=generation or None,
        stored="STORED" in (extra or "").upper() or "PERSISTENT" in (extra or "").upper(),
        autoincrement="auto_increment" in (extra or "").lower(),
        collation=collation,
        comment=comment or None,
    )


def _index(name: str, rows: list[Any], keys: list[ForeignKey]) -> Index:
    columns = tuple(row[4] for row in rows)
    method = rows[0][7]
    return Index(
        name=name,
        parts=tuple(_part(row, method) for row in rows),
        columns=columns,
        unique=not rows[0][3],
        method=method,
        implicit=any(key.columns == columns for key in keys),
    )


def _part(row: Any, method: str) -> str:
    length = f"({row[5]})" if row[5] is not None and method not in ("FULLTEXT", "SPATIAL") else ""
    return f"{row[4]}{length}" + (" DESC" if row[6] == "D" else "")


def _foreign_key(
    name: str, rows: list[Any], rules: tuple[str, str], key: Callable[[str, str], Key]
) -> ForeignKey:
    on_delete, on_update = (None if rule in IGNORED_RULES else rule for rule in rules)
    return ForeignKey(
        name=name,
        columns=tuple(row[3] for row in rows),
        target=key(rows[0][4], rows[0][5]),
        target_columns=tuple(row[6] for row in rows),
        on_delete=on_delete,
        on_update=on_update,
    )
