"""The rows of information_schema -> Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.dialects.alike import Alike
from autosync.dialects.mysql import spelling
from autosync.dialects.mysql.equality import options_of
from autosync.dialects.mysql.rows import (
    FIELD,
    KEY_COLUMNS,
    KEY_RULES,
    NULL,
    Fields,
    Manner,
    Reader,
    Said,
)
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
    folded,
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
_JSON_VALID = re.compile(r"^json_valid\(`(?:[^`]|``)+`\)$", re.IGNORECASE)
_ON_UPDATE = re.compile(r"on update (\S+)", re.IGNORECASE)


def read(
    connection: Connection, wanted: Collection[Key], most_others: int, manner: Manner
) -> Schema:
    """The live database, as this server tells of it."""
    database: str | None
    # not 0: it finds names in any case, and keeps them in lower case, or as they were given
    database, case = connection.execute(text("SELECT DATABASE(), @@lower_case_table_names")).one()
    folds_case = case != 0
    if folds_case:
        wanted, database = {folded(key) for key in wanted}, database and database.lower()
    names = {schema or database for schema, _ in wanted} | {database}
    schemas = sorted(name for name in names if name is not None)
    reader = Reader(connection, schemas, database, wanted, manner, folds_case=folds_case)
    relations = reader.relations(most_others)
    kinds = {key: _kind(rows[0][0] or "") for key, rows in relations.items()}
    sequences = {key for key, kind in kinds.items() if kind == "sequence"}
    tables: dict[Key, Table] = {}
    if not reader.wanted.isdisjoint(relations):
        kept = {key for key, kind in kinds.items() if kind != "view" and key in reader.wanted}
        columns = reader.columns_of(kept) if manner.opens_views else reader.columns()
        parts = _Parts(reader, manner, columns)
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
        folds_case=folds_case,
    )


def _kind(type_: str) -> str:
    return KINDS.get(type_, type_.lower())


class _Parts:
    """The rows of all views, by table."""

    def __init__(
        self, reader: Reader, manner: Manner, columns: Mapping[Key, list[tuple[str, Said]]]
    ) -> None:
        self._columns = columns
        self.indexes = reader.rows(manner.indexes)
        self.keys = _keys(reader)
        self.checks = reader.rows(manner.checks)
        self.expression = str if manner.in_sql else spelling.expression
        self._alike = Alike(_column if manner.in_sql else _column_of_mysql)

    def columns_of(self, key: Key, inherited: str | None, checks: Mapping[str, str]) -> Columns:
        """The columns of a table of this collation."""
        alike = self._alike
        definitions = {}
        for name, said in self._columns.get(key, ()):
            definitions[name] = alike[said, inherited, checks.get(name)]
        return Columns(definitions)


def _keys(reader: Reader) -> dict[Key, list[ForeignKey]]:
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
    indexes = [
        _index(name, rows, keys, parts.expression)
        for name, rows in _grouped(parts.indexes.get(key, ()))
    ]
    primary = next((index for index in indexes if index.name == "PRIMARY"), None)
    kind, comment, collation, engine = about
    checks = [
        (name or "", parts.expression(check or ""), enforced != "NO")
        for name, check, enforced in parts.checks.get(key, ())
    ]
    columns = parts.columns_of(key, collation, {name: check for name, check, _ in checks})
    # every primary key is called PRIMARY, whatever it was declared as
    return Table(
        key=key,
        columns=columns,
        kind=_kind(kind or ""),
        primary_key=PrimaryKey() if primary is None else PrimaryKey(None, primary.columns),
        foreign_keys=keys,
        checks=[
            Check(
                name,
                check,
                enforced=enforced,
                implicit=name in columns and columns[name].type == "json",
            )
            for name, check, enforced in checks
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
    type_, nullable, default, extra, collation, generation, comment, *_ = said
    type_ = type_ or ""
    if is_json(type_, collation, check or ""):
        type_, collation, check = "json", None, None
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
        invisible="INVISIBLE" in extra.upper(),
        check=check,
    )


def _column_of_mysql(definition: tuple[Said, str | None, str | None]) -> Column:
    """The same of what MySQL says: its strings, and what stands in its expressions, are SQL."""
    said, inherited, check = definition
    fields = said.split(FIELD) if isinstance(said, str) else said
    type_, nullable, default, extra, collation, generation, comment, reference = (
        None if field == NULL else field for field in fields
    )
    if default is not None:
        default = spelling.default(default, type_ or "", extra or "")
    if reference is not None:
        type_ = f"{type_} srid {reference}"
    generation = generation and spelling.expression(generation)
    in_sql = (type_, nullable, default, extra, collation, generation, comment)
    return _column((in_sql, inherited, check))


def _index(
    name: str, rows: list[Fields], keys: list[ForeignKey], expression: Callable[[str], str]
) -> Index:
    columns = tuple(row[2] for row in rows if row[2] is not None)
    method = rows[0][5]
    return Index(
        name=name,
        parts=tuple(_part(row, expression) for row in rows),
        columns=columns,
        unique=rows[0][1] == "0",
        method=method if method in SPECIAL_INDEXES else None,
        visible=rows[0][6] != "YES",
        implicit=len(columns) == len(rows) and any(key.columns == columns for key in keys),
    )


def _part(row: Fields, expression: Callable[[str], str]) -> str:
    _, _, column, length, order, method, _, functional = row
    has_length = length is not None and method not in SPECIAL_INDEXES
    part = f"{column}({length})" if has_length else str(column)
    if functional is not None:
        part = expression(functional)
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
