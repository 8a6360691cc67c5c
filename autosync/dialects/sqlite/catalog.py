"""sqlite_schema and the pragmas' table-valued functions -> Schema, four queries for each schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from itertools import islice
from typing import Any

from autosync.dialects.alike import Alike
from autosync.dialects.sqlite.parser import Parsed, ParsedKey, has_rowid, key_texts, parse
from autosync.schema import (
    Check,
    Column,
    Columns,
    ForeignKey,
    Index,
    Key,
    PrimaryKey,
    Schema,
    Table,
    Unique,
)

Query = Callable[[str], list[Any]]
"""Runs a query and returns its rows, on whatever connection."""

KINDS = {"table": "table", "view": "view", "virtual": "virtual table", "shadow": "shadow table"}
COMPUTED = {2: False, 3: True}
VISIBLE = {0, *COMPUTED}

OBJECTS = """
    SELECT CASE WHEN m.type = 'table' AND m.rootpage = 0 THEN 'virtual' ELSE m.type END, m.name,
           m.sql
    FROM {schema}.sqlite_master m
    WHERE {wanted}
    UNION ALL
    SELECT * FROM (
        SELECT CASE WHEN m.type = 'table' AND m.rootpage = 0 THEN 'virtual' ELSE m.type END, m.name,
               NULL
        FROM {schema}.sqlite_master m
        WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite^_%' ESCAPE '^'
          AND NOT ({wanted})
        ORDER BY m.name LIMIT {others}
    )
    UNION ALL
    SELECT 'temporary', name, NULL FROM sqlite_temp_master WHERE type IN ('table', 'view')
"""
UNUSUAL_TYPES = """
    SELECT l.name, l.type
    FROM (SELECT 1 FROM {schema}.sqlite_master WHERE type = 'table' AND rootpage = 0 LIMIT 1)
    CROSS JOIN pragma_table_list l
    WHERE l.schema = '{name}' AND l.type NOT IN ('table', 'view')
"""
"""Shadow tables, which come with virtual ones only: asking of each table takes long."""
COLUMNS = """
    SELECT m.name, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden
    FROM {schema}.sqlite_master m, pragma_table_xinfo(m.name, '{name}') x
    WHERE m.type = 'table' AND m.rootpage > 0 AND {wanted} ORDER BY m.name, x.cid
"""
KEYS = """
    SELECT m.name, k.id, k."table", k."from", k."to", k.on_update, k.on_delete
    FROM {schema}.sqlite_master m, pragma_foreign_key_list(m.name, '{name}') k
    WHERE m.type = 'table' AND {wanted} ORDER BY m.name, k.id DESC, k.seq
"""
INDEXES = """
    SELECT m.name, l.name, l."unique", l.origin, l.partial, x.cid, x.name, x."desc", x.coll
    FROM {schema}.sqlite_master m, pragma_index_list(m.name, '{name}') l,
         pragma_index_xinfo(l.name, '{name}') x
    WHERE m.type = 'table' AND {wanted} AND x.key ORDER BY m.name, l.seq DESC, x.seqno
"""
FEW = 500
"""How many tables are asked for by name: beyond that, the list is longer than it helps."""


def read(
    query: Query,
    wanted: Collection[Key],
    most_others: int,
    *,
    table_list: bool,
    default_schema: str = "main",
) -> Schema:
    """The live database; ``table_list`` says whether SQLite has that pragma (from 3.37)."""
    names = {schema or default_schema for schema, _ in wanted} | {default_schema}
    tables: dict[Key, Table] = {}
    others: dict[Key, str] = {}
    for name in sorted(names):
        shown = None if name == default_schema else name
        reader = _Reader(query, name, shown, most_others, table_list=table_list)
        reader.read({key for key in wanted if (key[0] or default_schema) == name}, tables, others)
    return Schema(
        tables=tables,
        others=dict(islice(others.items(), most_others)),
        has_more=len(others) > most_others,
        default_schema=default_schema,
    )


class _Reader:
    """Reads one schema (the main database, or an attached one)."""

    def __init__(
        self, query: Query, name: str, shown: str | None, most_others: int, *, table_list: bool
    ) -> None:
        self._run = query
        self._name = name
        self._shown = shown
        self._most_others = most_others
        self._table_list = table_list
        self._wanted = "1"

    def _query(self, sql: str) -> list[Any]:
        schema = '"' + self._name.replace('"', '""') + '"'
        values = {
            "schema": schema,
            "name": _quoted(self._name),
            "wanted": self._wanted,
            "others": self._most_others + 1,
        }
        return self._run(sql.format(**values))

    def read(
        self, wanted: Collection[Key], tables: dict[Key, Table], others: dict[Key, str]
    ) -> None:
        names = {name.lower(): name for _, name in wanted}
        if len(names) <= FEW:
            listed = ", ".join(f"'{_quoted(name)}'" for name in sorted(names.values()))
            self._wanted = f"m.tbl_name COLLATE NOCASE IN ({listed})"
        objects = self._query(OBJECTS)
        kinds = dict(self._query(UNUSUAL_TYPES)) if self._table_list else {}
        sources = {row[1]: row for row in objects if row[0] in KINDS and not _internal(row[1])}
        shadowing = {row[1].lower() for row in objects if row[0] == "temporary"}
        parts = _Parts(self._query, objects)
        for name, row in sources.items():
            kind = KINDS.get(kinds.get(name, row[0]), row[0])
            if self._shown is None and name.lower() in shadowing:
                kind = "temporary table"
            if name.lower() in names:
                key: Key = (self._shown, names[name.lower()])
                tables[key] = parts.table(key, name, kind, row[2] or "", self._shown)
            else:
                others[self._shown, name] = kind


def _quoted(name: str) -> str:
    return name.replace("'", "''")


def _internal(name: str) -> bool:
    return name.lower().startswith("sqlite_")


class _Parts:
    """The rows of all tables, by table."""

    def __init__(self, query: Query, objects: list[Any]) -> None:
        self._columns = _by_first(query(COLUMNS))
        self._keys = _by_first(query(KEYS))
        self._indexes = _by_first(query(INDEXES))
        self._index_sql = {row[1]: row[2] for row in objects if row[0] == "index"}
        self._alike = Alike(_column)

    def table(self, key: Key, name: str, kind: str, sql: str, schema: str | None) -> Table:
        parsed = parse(sql) if kind == "table" else Parsed()
        rows = self._columns.get(name, [])
        primary = sorted((row for row in rows if row[5]), key=lambda row: row[5])
        numbered = len(primary) == 1 and primary[0][2].upper() == "INTEGER" and has_rowid(sql)
        uniques, indexes = self._unique_and_plain(name, parsed)
        return Table(
            key=key,
            columns=self._table_columns(rows, parsed, numbered=numbered),
            kind=kind,
            primary_key=PrimaryKey(parsed.primary_key, tuple(row[1] for row in primary)),
            foreign_keys=self._foreign_keys(name, parsed, schema),
            uniques=uniques,
            checks=[Check(check, text) for check, text in parsed.checks],
            indexes=indexes,
            options=parsed.options,
        )

    def _table_columns(self, rows: list[Any], parsed: Parsed, *, numbered: bool) -> Columns:
        alike = self._alike
        definitions = {row[1]: alike[row[2:]] for row in rows if row[6] in VISIBLE}
        for row in rows:
            name = row[1]
            more = numbered and row[5] > 0, parsed.computed.get(name), parsed.collations.get(name)
            if name in definitions and any(more):
                definitions[name] = alike[row[2:] + more]
        return Columns(definitions)

    def _foreign_keys(self, name: str, parsed: Parsed, schema: str | None) -> list[ForeignKey]:
        groups: dict[int, list[Any]] = {}
        for row in self._keys.get(name, []):
            groups.setdefault(row[1], []).append(row)
        # SQLite numbers them from the last to the first
        details = dict(zip(sorted(groups, reverse=True), parsed.keys, strict=False))
        keys = []
        for number, rows in groups.items():
            columns = tuple(row[3] for row in rows)
            parsed_key = details.get(number, ParsedKey(columns))
            target: Key = (schema, rows[0][2])
            keys.append(
                ForeignKey(
                    parsed_key.name,
                    columns,
                    target,
                    self._target_columns(rows),
                    _rule(rows[0][6]),
                    _rule(rows[0][5]),
                    parsed_key.deferrable,
                    parsed_key.deferred,
                )
            )
        return keys

    def _target_columns(self, rows: list[Any]) -> tuple[str, ...]:
        """The columns that a key points at: named, or the primary key of its target."""
        if rows[0][4] is not None:
            return tuple(row[4] for row in rows)
        target = [row for row in self._columns.get(rows[0][2], []) if row[5]]
        return tuple(row[1] for row in sorted(target, key=lambda row: row[5]))

    def _unique_and_plain(self, name: str, parsed: Parsed) -> tuple[list[Unique], list[Index]]:
        groups: dict[str, list[Any]] = {}
        for row in self._indexes.get(name, []):
            groups.setdefault(row[1], []).append(row)
        uniques, indexes = [], []
        for index, rows in groups.items():
            columns = tuple(row[6] for row in rows if row[5] >= 0)
            if rows[0][3] == "u":
                uniques.append(Unique(parsed.uniques.get(columns), columns))
            elif rows[0][3] == "c":
                sql = self._index_sql.get(index) or ""
                indexes.append(_index(index, rows, columns, sql, parsed.collations))
        return uniques, indexes


def _by_first(rows: list[Any]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(row[0], []).append(row)
    return groups


def _column(said: tuple[Any, ...]) -> Column:
    """What a column's row says, and maybe what the CREATE TABLE text says of it."""
    type_, not_null, default, _, hidden, *more = said
    numbered, computed, collation = more or (False, None, None)
    return Column(
        name="",
        type=without_generation(type_) if hidden else type_,
        nullable=not not_null,
        default=default,
        computed=computed,
        stored=COMPUTED.get(hidden, False),
        autoincrement=numbered,
        collation=collation,
    )


def without_generation(type_: str) -> str:
    """A computed column's type; SQLite shows GENERATED ALWAYS as a part of it."""
    head, _, tail = type_.rpartition(" ")
    if tail.upper() == "ALWAYS":
        return head.rpartition(" ")[0]
    return type_


def _rule(rule: str) -> str | None:
    return None if rule == "NO ACTION" else rule


def _index(
    name: str, rows: list[Any], columns: tuple[str, ...], sql: str, collations: Mapping[str, str]
) -> Index:
    plain = [_is_plain(row, collations) for row in rows]
    told = all(plain) and not rows[0][4]
    texts, predicate = ([], None) if told else key_texts(sql)
    parts = []
    for place, row in enumerate(rows):
        text = texts[place] if place < len(texts) else ""
        words = row[6] if plain[place] else _without_order(text, row)
        parts.append(words + (" DESC" if row[7] else ""))
    return Index(
        name=name,
        parts=tuple(parts),
        columns=columns,
        unique=bool(rows[0][2]),
        predicate=predicate if rows[0][4] else None,
    )


_ORDER = re.compile(r"\s+(?:ASC|DESC)\s*$", re.IGNORECASE)


def _without_order(text: str, row: Any) -> str:
    """A part of an index without its order: an expression, or a column in another collation."""
    is_column = row[5] >= 0
    return f"{row[6]} COLLATE {row[8].upper()}" if is_column else _ORDER.sub("", text)


def _is_plain(row: Any, collations: Mapping[str, str]) -> bool:
    """Whether a part of an index is a column in its own collation."""
    own = collations.get(row[6] or "", "BINARY").upper()
    return row[5] >= 0 and (row[8] or "BINARY").upper() == own
