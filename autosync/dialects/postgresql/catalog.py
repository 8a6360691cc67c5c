"""pg_catalog -> Schema, in a handful of queries for the whole database.

Only the functions that spell expressions (pg_get_expr and its like) can block, behind another
session's ALTER; they are asked for the wanted tables alone, under the caller's lock timeout.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy.engine import Connection

from autosync.dialects.alike import Alike
from autosync.dialects.postgresql import queries
from autosync.dialects.postgresql.equality import identity_text
from autosync.logs import log
from autosync.schema import (
    Check,
    Column,
    Columns,
    Definition,
    Enum,
    ForeignKey,
    Index,
    Key,
    NamedSequence,
    PrimaryKey,
    Schema,
    Table,
    Unique,
)

TRIES = 10
"""How often a torn picture is followed by another attempt."""
KINDS = {
    "r": "table",
    "p": "table",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
    "S": "sequence",
}
UNLOGGED = "UNLOGGED"
RULES = {"a": None, "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
ORDERS = ("", "DESC NULLS LAST", "NULLS FIRST", "DESC")
"""The order of an index's part, by the bits of pg_index.indoption: descending, nulls first."""
NUMBERED = "nextval("
"""How a default begins that numbers rows."""
Texts = tuple[str | None, str | None]
"""A column's default or expression, and its comment."""
NO_TEXTS: Texts = (None, None)
TYPE_KINDS = {"e": "enum", "d": "domain", "c": "composite type"}


class Torn(Exception):
    """Between two of the queries another session committed a column, and what belongs to it."""


def read(connection: Connection, wanted: Collection[Key], most_others: int, version: int) -> Schema:
    """The live database, on a server of this version."""
    for _ in range(TRIES):
        try:
            return _read(connection, wanted, most_others, version)
        except Torn as error:
            log.debug("reading again: %s", error)
    return _read(connection, wanted, most_others, version)


def _read(
    connection: Connection, wanted: Collection[Key], most_others: int, version: int
) -> Schema:
    """One attempt. Each query sees what was committed before it, so that what belongs to a column
    is asked for after the columns.
    """
    schemas = sorted({schema for schema, _ in wanted if schema is not None})
    default_schema = connection.execute(queries.CURRENT_SCHEMA).scalar()
    relations = connection.execute(
        queries.RELATIONS,
        {
            "schemas": schemas,
            "names": sorted({name for _, name in wanted}),
            "others": most_others + 1,
        },
    ).all()
    located, aliases = _locate(relations, default_schema)
    oids = {row[0]: key for key, row in located.items() if _is_wanted(key, row, wanted)}
    enums, enum_aliases = _types(connection, schemas, default_schema)
    others = {
        key: KINDS[row[3]]
        for key, row in located.items()
        if row[0] not in oids and row[3] != "S" and not row[4]
    }
    return Schema(
        tables=_tables(connection, oids, located, version),
        enums=enums,
        sequences={key: NamedSequence(key) for key, row in located.items() if row[3] == "S"},
        others=dict(islice(others.items(), most_others)),
        has_more=len(others) > most_others,
        default_schema=default_schema,
        aliases={**enum_aliases, **aliases},
    )


def unlisted(connection: Connection, schemas: Collection[str]) -> Iterator[Key]:
    """The sequences and partitions in the default schema and in these."""
    for is_default, schema, name in connection.execute(
        queries.UNLISTED, {"schemas": list(schemas)}
    ):
        if is_default:
            yield None, name
        if schema in schemas:
            yield schema, name


def _locate(
    relations: Iterable[Any], default_schema: str | None
) -> tuple[dict[Key, Any], dict[Key, Key]]:
    """Relations by key, and the aliases of those that a search path reaches.

    Temporary ones, whose schema is in no path, come last in the rows and hide what they shadow.
    """
    located: dict[Key, Any] = {}
    aliases: dict[Key, Key] = {}
    for row in relations:
        schema, name, place = row[1], row[2], row.place
        bare: Key = (None, name)
        if row[6] == "t":
            located[bare] = row
        elif place is not None and bare not in located:
            located[bare] = row
            aliases[schema, name] = bare
        elif schema != default_schema:
            located[schema, name] = row
    return located, aliases


def _is_wanted(key: Key, row: Any, wanted: Collection[Key]) -> bool:
    return key in wanted or (row[1], row[2]) in wanted


def _kind(row: Any) -> str:
    if row[6] == "t":
        return "temporary table"
    if row[4]:
        return "partition"
    return "typed table" if row[5] else KINDS[row[3]]


def _tables(
    connection: Connection,
    oids: dict[int, Key],
    located: dict[Key, Any],
    version: int,
) -> dict[Key, Table]:
    if not oids:
        return {}
    parameters = {"oids": list(oids)}
    columns, names = _columns(connection, parameters)
    keys = {oid: _Keys() for oid in oids}
    for row in connection.execute(queries.versioned(queries.CONSTRAINTS, version), parameters):
        keys[row[0]].add(row, names[row[0]])
    indexes: dict[int, list[Index]] = {oid: [] for oid in oids}
    for row in connection.execute(queries.versioned(queries.INDEXES, version), parameters):
        indexes[row[0]].append(_index(row, names[row[0]], columns[row[0]]))
    tables = {}
    for oid, key in oids.items():
        row, kept = located[key], keys[oid]
        tables[key] = Table(
            key=key,
            columns=kept.with_not_null(columns[oid]),
            kind=_kind(row),
            primary_key=kept.primary_key,
            foreign_keys=kept.foreign_keys,
            uniques=kept.uniques,
            checks=kept.checks,
            indexes=indexes[oid],
            exclusions=kept.exclusions,
            comment=row[8],
            rows=row[7] if row[7] >= 0 else None,
            partition_key=tuple(row[9] or ()),
            dropped=row[10] - len(columns[oid]),
            options={UNLOGGED: "yes" if row[6] == "u" else None},
        )
    return tables


def _columns(
    connection: Connection, parameters: Mapping[str, list[int]]
) -> tuple[dict[int, Columns], dict[int, dict[int, str]]]:
    """The columns of each table by name, and their names by number."""
    definitions: dict[int, dict[str, Definition]] = {oid: {} for oid in parameters["oids"]}
    names: dict[int, dict[int, str]] = {oid: {} for oid in parameters["oids"]}
    rows = connection.execute(queries.COLUMNS, parameters).all()
    texts = _texts(connection, parameters)
    alike = Alike(_column)
    for row in rows:
        oid, number, name = row[:3]
        names[oid][number] = name
        definitions[oid][name] = alike[row[3:] + texts.get((oid, number), NO_TEXTS)]
    return {oid: Columns(own) for oid, own in definitions.items()}, names


def _texts(
    connection: Connection, parameters: Mapping[str, list[int]]
) -> dict[tuple[int, int], Texts]:
    """Default expressions and comments, by the table's and the column's number."""
    texts: dict[tuple[int, int], Texts] = {}
    for oid, number, default, comment in connection.execute(queries.TEXTS, parameters).all():
        known = texts.get((oid, number))
        if known is None:
            texts[oid, number] = default, comment
        else:
            texts[oid, number] = known[0] or default, known[1] or comment
    return texts


def _column(said: tuple[Any, ...]) -> Column:
    type_, not_null, identity, generated, collation, expression, comment = said
    return Column(
        name="",
        type=type_,
        nullable=not not_null,
        default=None if generated else expression,
        computed=expression if generated else None,
        stored=generated == "s",
        identity=_identity(identity) if identity else None,
        autoincrement=bool(identity) or (expression or "").startswith(NUMBERED),
        collation=collation,
        comment=comment,
    )


def _identity(text: str) -> str:
    kind, increment, lowest, highest, cycle, type_ = text.split()
    return identity_text(
        "ALWAYS" if kind == "a" else "BY DEFAULT",
        type_,
        increment=int(increment),
        lowest=int(lowest),
        highest=int(highest),
        cycle=cycle == "t",
    )


class _Keys:
    """The constraints of one table, gathered while their rows are read."""

    def __init__(self) -> None:
        self.primary_key = PrimaryKey()
        self.foreign_keys: list[ForeignKey] = []
        self.uniques: list[Unique] = []
        self.checks: list[Check] = []
        self.exclusions: list[Check] = []
        self._not_valid: dict[str, str] = {}

    def with_not_null(self, columns: Columns) -> Columns:
        """The columns, with the names of those NOT NULLs that were never validated."""
        if not self._not_valid:
            return columns
        names = self._not_valid
        return Columns.of(c._replace(not_valid=names.get(c.name)) for c in columns.values())

    def add(self, row: Any, names: Mapping[int, str]) -> None:
        name, kind, deferrable, deferred, valid = row[1:6]
        columns = _names(row[6], names)
        if kind == "p":
            self.primary_key = PrimaryKey(name, columns, deferrable, row[18])
        elif kind == "u":
            self.uniques.append(Unique(name, columns, not row[14], deferrable, deferred, row[18]))
        elif kind == "n":
            self._not_valid[columns[0]] = name
        elif kind == "c":
            self.checks.append(Check(name, row[13], columns, valid=valid, enforced=row[17]))
        elif kind == "x":
            self.exclusions.append(Check(name, row[13], columns))
        else:
            numbers = _numbers(row[9])
            targets = dict(zip(sorted(numbers), row[10], strict=True))
            self.foreign_keys.append(
                ForeignKey(
                    name,
                    columns,
                    (row[7], row[8]),
                    tuple(targets[number] for number in numbers),
                    limited(RULES[row[11]], _names(row[15], names)),
                    RULES[row[12]],
                    deferrable,
                    deferred,
                    valid,
                    # it takes several columns for this to mean anything
                    "FULL" if row[16] == "f" and len(columns) > 1 else None,
                    enforced=row[17],
                    temporal=row[18],
                )
            )


def limited(rule: str | None, columns: Iterable[str]) -> str | None:
    """The rule of an ON DELETE, with the columns that it is limited to."""
    names = ", ".join(sorted(columns))
    return f"{rule} ({names})" if names else rule


def _numbers(text: str | None) -> list[int]:
    """The numbers of an array that was read as text, without the 0 of an expression, and those of
    columns that every table has.
    """
    return [number for number in map(int, (text or "").split()) if number > 0]


def _names(text: str | None, names: Mapping[int, str]) -> tuple[str, ...]:
    """The names of columns that are given by their numbers."""
    numbers = _numbers(text)
    if not names.keys() >= set(numbers):
        raise Torn(f"of the columns {numbers}, only {sorted(names)} were there")
    return tuple(names[number] for number in numbers)


def _index(row: Any, names: Mapping[int, str], columns: Mapping[str, Column]) -> Index:
    _, name, method, unique, valid, size, nulls_not_distinct, options, keys = row[:9]
    expressions, details, predicate = row[9:]
    order = [int(option) for option in options.split()]
    _names(keys, names)  # raises
    covered = [names.get(int(number)) for number in keys.split()]
    parts = []
    for place, column in enumerate(covered[:size]):
        bare = expressions[place] if column is None else column
        detail = details[place] if details else _default_collation(columns.get(column or ""))
        words = ORDERS[order[place]] if method == "btree" else ""
        parts.append(" ".join(filter(None, [bare, detail, words])))
    return Index(
        name=name,
        parts=tuple(parts),
        columns=tuple(column for column in covered[:size] if column),
        unique=unique,
        method=method,
        include=tuple(column for column in covered[size:] if column),
        predicate=predicate,
        nulls_distinct=not nulls_not_distinct,
        valid=valid,
    )


def _default_collation(column: Column | None) -> str | None:
    """What an index in the database's collation says of a column that has another one."""
    return 'COLLATE "default"' if column and column.collation else None


def _types(
    connection: Connection, schemas: list[str], default_schema: str | None
) -> tuple[dict[Key, Enum], dict[Key, Key]]:
    enums: dict[Key, Enum] = {}
    aliases: dict[Key, Key] = {}
    for schema, name, kind, labels, place in connection.execute(
        queries.TYPES, {"schemas": schemas}
    ):
        key: Key = (schema, name)
        if place is not None and (None, name) not in enums:
            aliases[key] = (None, name)
            key = (None, name)
        elif schema == default_schema:
            continue
        enums[key] = Enum(key, tuple(labels or ()), TYPE_KINDS[kind])
    return enums, aliases
