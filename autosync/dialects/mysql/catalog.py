"""information_schema -> Schema, one query for each of its views and none for each table.

Python's drivers take longer to read many rows than the server to make them. So the rows of a table
come packed into one, and are counted: what a separator inside a value, or a limit of the server,
would do to them shows in the number of rows or fields, and then they are read one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, text
from sqlalchemy.engine import Connection

from autosync.dialects.alike import Alike
from autosync.dialects.mysql.equality import options_of
from autosync.schema import (
    Check,
    Column,
    Columns,
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
JSON_COLLATION = "utf8mb4_bin"
SPECIAL_INDEXES = {"FULLTEXT", "SPATIAL"}
"""The methods that an index is declared to have; BTREE and HASH are the engine's choice."""
FIELD, ROW, NULL = "\x1f", "\x1d", "\x1e"
FEW = 0.25
"""The share of the database's tables up to which the server is asked for them by name. It takes
longer to look each of many up by its name than to tell of them all."""

Fields = tuple[str | None, ...]
Said = str | Fields
"""What a row says of a column, its name aside: as it came packed, or field by field."""

_JSON_VALID = re.compile(r"^json_valid\(`(?:[^`]|``)+`\)$", re.IGNORECASE)
_ON_UPDATE = re.compile(r"on update (\S+)", re.IGNORECASE)


class View(NamedTuple):
    """What is read of a view of information_schema."""

    source: str
    fields: tuple[str, ...]
    order: str
    schema: str = "table_schema"
    condition: str = "TRUE"

    def _rest(self, *, by_name: bool) -> str:
        named = " AND table_name IN :names" if by_name else ""
        source = f"FROM information_schema.{self.source}"
        return f"{source} WHERE {self.schema} IN :schemas{named} AND {self.condition}"

    def packed(self, select: str, *, by_name: bool) -> Any:
        """The query for one row of each table: its schema and name, how many rows, and those."""
        fields = ", ".join(f"COALESCE({field}, {_character(NULL)})" for field in self.fields)
        rows = f"CONCAT_WS({_character(FIELD)}, {fields}) ORDER BY {self.order}"
        return _query(
            f"{select} {self.schema}, table_name, COUNT(*), "
            f"GROUP_CONCAT({rows} SEPARATOR {_hexadecimal(ROW)}) "
            f"{self._rest(by_name=by_name)} GROUP BY {self.schema}, table_name",
            by_name=by_name,
        )

    def plain(self, *, by_name: bool) -> Any:
        """The query for all rows, each behind its table's schema and name."""
        return _query(
            f"SELECT {', '.join([self.schema, 'table_name', *self.fields])} "
            f"{self._rest(by_name=by_name)} ORDER BY {self.schema}, table_name, {self.order}",
            by_name=by_name,
        )


def _hexadecimal(character: str) -> str:
    return f"x'{ord(character):02x}'"


def _character(character: str) -> str:
    # without its character set it would be bytes, and so would be all that it is joined with
    return f"_utf8mb4 {_hexadecimal(character)}"


def _query(sql: str, *, by_name: bool = False) -> Any:
    expanding = ("schemas", "names") if by_name else ("schemas",)
    return text(sql).bindparams(*(bindparam(name, expanding=True) for name in expanding))


NAMES = f"""
    {{packing}} table_schema, COUNT(*),
    GROUP_CONCAT(table_name ORDER BY table_name SEPARATOR {_hexadecimal(ROW)})
    FROM information_schema.tables WHERE table_schema IN :schemas GROUP BY table_schema
"""
PLAIN_NAMES = """
    SELECT table_schema, table_name FROM information_schema.tables
    WHERE table_schema IN :schemas ORDER BY table_schema, table_name
"""
TABLES = View(
    "tables", ("table_type", "table_comment", "table_collation", "engine"), order="table_name"
)
COLUMNS = View(
    "columns",
    (
        "column_name", "column_type", "is_nullable", "column_default", "extra", "collation_name",
        "generation_expression", "column_comment",
    ),
    order="ordinal_position",
)  # fmt: skip
INDEXES = View(
    "statistics",
    ("index_name", "non_unique", "column_name", "sub_part", "collation", "index_type"),
    order="index_name, seq_in_index",
)
KEY_COLUMNS = View(
    "key_column_usage",
    (
        "constraint_name", "column_name", "referenced_table_schema", "referenced_table_name",
        "referenced_column_name",
    ),
    order="constraint_name, ordinal_position",
    condition="referenced_table_name IS NOT NULL",
)  # fmt: skip
KEY_RULES = View(
    "referential_constraints",
    ("constraint_name", "delete_rule", "update_rule"),
    order="constraint_name",
    schema="constraint_schema",
)
CHECKS = View(
    "check_constraints",
    ("constraint_name", "check_clause"),
    order="constraint_name",
    schema="constraint_schema",
)


def read(
    connection: Connection,
    wanted: Collection[Key],
    most_others: int,
    *,
    checks: View,
    packing: str,
) -> Schema:
    """The live database.

    ``checks`` is where this server keeps its check constraints, ``packing`` the beginning of a
    SELECT whose GROUP_CONCAT may be long.
    """
    database: str | None = connection.execute(text("SELECT DATABASE()")).scalar()
    names = {schema or database for schema, _ in wanted} | {database}
    schemas = sorted(name for name in names if name is not None)
    reader = _Reader(connection, schemas, database, wanted, packing)
    relations = reader.relations(most_others)
    kinds = {key: _kind(rows[0][0] or "") for key, rows in relations.items()}
    sequences = {key for key, kind in kinds.items() if kind == "sequence"}
    tables: dict[Key, Table] = {}
    if not reader.wanted.isdisjoint(relations):
        parts = _Parts(reader, checks)
        tables = {
            key: _table(key, rows[0], parts)
            for key, rows in relations.items()
            if key in reader.wanted
        }
    others = [key for key in kinds if key not in tables and key not in sequences]
    return Schema(
        tables=tables,
        sequences={key: NamedSequence(key) for key in sequences},
        others={key: kinds[key] for key in others[:most_others]},
        has_more=len(others) > most_others,
        default_schema=database,
    )


class _Reader:
    """Reads views, as far as they are about the wanted tables."""

    def __init__(
        self,
        connection: Connection,
        schemas: list[str],
        database: str | None,
        wanted: Collection[Key],
        packing: str,
    ) -> None:
        self._connection = connection
        self._schemas = schemas
        self._database = database
        self._packing = packing
        self.wanted = {self.key(schema or database, name) for schema, name in wanted}
        there = self._there()
        self._by_name = len(self.wanted) <= FEW * len(there)
        self._names = {name for _, name in self.wanted}
        self._others = [name for key in there if key not in self.wanted for name in key[1:]]

    def _there(self) -> list[Key]:
        """The relations of these schemas: their names alone, which opens none of them."""
        query, parameters = _query(NAMES.format(packing=self._packing)), {"schemas": self._schemas}
        found: list[Key] = []
        for schema, count, packed in self._connection.execute(query, parameters).all():
            names = packed.split(ROW)
            if len(names) != count:
                rows = self._connection.execute(_query(PLAIN_NAMES), parameters).all()
                return [self.key(where, name) for where, name in rows]
            found += [self.key(schema, name) for name in names]
        return found

    def key(self, schema: str | None, name: str) -> Key:
        """The key of an object in this schema."""
        return (None if schema == self._database else schema), name

    def relations(self, most_others: int) -> dict[Key, list[Fields]]:
        """The rows of TABLES; where few are wanted, of those and of the first others."""
        return self._rows(TABLES, self._names.union(self._others[: most_others + 1]))

    def rows(self, view: View) -> dict[Key, list[Fields]]:
        """The rows of a view, by table."""
        return self._rows(view, self._names)

    def columns(self) -> dict[Key, list[tuple[str, Said]]]:
        """The names of the columns, and what is said of them, by table."""
        found: dict[Key, list[tuple[str, Said]]] = {}
        for key, count, packed in self._packed(COLUMNS, self._names):
            rows = [row.partition(FIELD) for row in packed.split(ROW)]
            found[key] = [(name, said) for name, _, said in rows]
            if len(rows) != count:
                return self._plain_columns()
        separators = len(COLUMNS.fields) - 2
        distinct = {said for rows in found.values() for _, said in rows}
        if any(said.count(FIELD) != separators for said in distinct):
            return self._plain_columns()
        return found

    def _plain_columns(self) -> dict[Key, list[tuple[str, Said]]]:
        return {
            key: [(row[0] or "", row[1:]) for row in rows]
            for key, rows in self._plain_rows(COLUMNS, self._names).items()
        }

    def _rows(self, view: View, names: set[str]) -> dict[Key, list[Fields]]:
        found: dict[Key, list[Fields]] = {}
        for key, count, packed in self._packed(view, names):
            rows = unpacked(packed, len(view.fields))
            if rows is None or len(rows) != count:
                return self._plain_rows(view, names)
            found[key] = rows
        return found

    def _packed(self, view: View, names: set[str]) -> Iterator[tuple[Key, int, str]]:
        query = view.packed(self._packing, by_name=self._by_name)
        for schema, name, count, packed in self._execute(query, names):
            yield self.key(schema, name), count, packed or ""

    def _plain_rows(self, view: View, names: set[str]) -> dict[Key, list[Fields]]:
        query = view.plain(by_name=self._by_name)
        found: dict[Key, list[Fields]] = {}
        for schema, name, *fields in self._execute(query, names):
            row = tuple(None if field is None else str(field) for field in fields)
            found.setdefault(self.key(schema, name), []).append(row)
        return found

    def _execute(self, query: Any, names: set[str]) -> Sequence[Any]:
        parameters = {"schemas": self._schemas}
        if self._by_name:
            parameters["names"] = sorted(names)
        return self._connection.execute(query, parameters).all()


def _kind(type_: str) -> str:
    return KINDS.get(type_, type_.lower())


def unpacked(packed: str, fields: int) -> list[Fields] | None:
    """The rows that were packed; None if one of them has not as many fields."""
    rows: list[Fields] = [tuple(row.split(FIELD)) for row in packed.split(ROW)]
    if set(map(len, rows)) != {fields}:
        return None
    if NULL not in packed:
        return rows
    return [tuple([None if field == NULL else field for field in row]) for row in rows]


class _Parts:
    """The rows of all views, by table."""

    def __init__(self, reader: _Reader, checks: View) -> None:
        self._columns = reader.columns()
        self.indexes = reader.rows(INDEXES)
        self.keys = _keys(reader)
        self.checks = reader.rows(checks)
        self._alike = Alike(_column)

    def columns_of(self, key: Key, inherited: str | None, checks: Mapping[str, str]) -> Columns:
        """The columns of a table of this collation."""
        alike = self._alike
        definitions = {}
        for name, said in self._columns.get(key, ()):
            definitions[name] = alike[said, inherited, checks.get(name)]
        return Columns(definitions)


def _keys(reader: _Reader) -> dict[Key, list[ForeignKey]]:
    rules = {
        (key, name): (on_delete, on_update)
        for key, rows in reader.rows(KEY_RULES).items()
        for name, on_delete, on_update in rows
    }
    return {
        key: [
            _foreign_key(name, rows, rules.get((key, name), (None, None)), reader.key)
            for name, rows in _grouped(fields)
        ]
        for key, fields in reader.rows(KEY_COLUMNS).items()
    }


def _grouped(rows: Iterable[Fields]) -> list[tuple[str, list[Fields]]]:
    """Rows by their first field, a name."""
    groups: dict[str, list[Fields]] = {}
    for row in rows:
        groups.setdefault(row[0] or "", []).append(row)
    return list(groups.items())


def _table(key: Key, about: Fields, parts: _Parts) -> Table:
    keys = parts.keys.get(key, [])
    indexes = [_index(name, rows, keys) for name, rows in _grouped(parts.indexes.get(key, ()))]
    primary = next((index for index in indexes if index.name == "PRIMARY"), None)
    kind, comment, collation, engine = about
    checks = [(name or "", check or "") for name, check in parts.checks.get(key, ())]
    columns = parts.columns_of(key, collation, dict(checks))
    # every primary key is called PRIMARY, whatever it was declared as
    return Table(
        key=key,
        columns=columns,
        kind=_kind(kind or ""),
        primary_key=PrimaryKey() if primary is None else PrimaryKey(None, primary.columns),
        foreign_keys=keys,
        checks=[
            Check(name, check, implicit=name in columns and columns[name].type == "json")
            for name, check in checks
        ],
        indexes=[index for index in indexes if index is not primary],
        comment=comment or None,
        options=options_of(engine, collation),
    )


def is_json(type_: str, collation: str | None, check: str) -> bool:
    """Whether a column of this type is what MariaDB makes of JSON, with the check of its name."""
    is_text = type_.lower() == "longtext" and (collation or "").endswith(JSON_COLLATION)
    return is_text and _JSON_VALID.match(check) is not None


def _column(definition: tuple[Said, str | None, str | None]) -> Column:
    """What is said of a column, with the collation of its table, and the check of its name."""
    said, inherited, check = definition
    if isinstance(said, str):
        said = tuple(None if field == NULL else field for field in said.split(FIELD))
    type_, nullable, default, extra, collation, generation, comment = said
    type_ = type_ or ""
    if is_json(type_, collation, check or ""):
        type_, collation = "json", None
    extra = extra or ""
    on_update = _ON_UPDATE.search(extra)
    if default is not None and default.upper() == "NULL":
        default = None
    if on_update is not None and (default is not None or nullable == "YES"):
        default = f"{default or 'NULL'} {on_update.group(0)}"
    return Column(
        name="",
        type=type_,
        nullable=nullable == "YES",
        default=default,
        computed=generation or None,
        stored="STORED" in extra.upper() or "PERSISTENT" in extra.upper(),
        autoincrement="auto_increment" in extra.lower(),
        collation=collation,
        comment=comment or None,
        collation_inherited=collation == inherited,
    )


def _index(name: str, rows: list[Fields], keys: list[ForeignKey]) -> Index:
    columns = tuple(row[2] or "" for row in rows)
    method = rows[0][5]
    return Index(
        name=name,
        parts=tuple(_part(row) for row in rows),
        columns=columns,
        unique=rows[0][1] == "0",
        method=method if method in SPECIAL_INDEXES else None,
        implicit=any(key.columns == columns for key in keys),
    )


def _part(row: Fields) -> str:
    _, _, column, length, order, method = row
    has_length = length is not None and method not in SPECIAL_INDEXES
    part = f"{column}({length})" if has_length else str(column)
    return f"{part} DESC" if order == "D" else part


def _foreign_key(
    name: str,
    rows: list[Fields],
    rules: tuple[str | None, str | None],
    key: Callable[[str | None, str], Key],
) -> ForeignKey:
    on_delete, on_update = (None if rule in IGNORED_RULES else rule for rule in rules)
    return ForeignKey(
        name=name,
        columns=tuple(row[1] or "" for row in rows),
        target=key(rows[0][2], rows[0][3] or ""),
        target_columns=tuple(row[4] or "" for row in rows),
        on_delete=on_delete,
        on_update=on_update,
    )
