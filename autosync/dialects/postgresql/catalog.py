"""pg_catalog -> Schema, in a handful of queries for the whole database.

Only the functions that spell expressions (pg_get_expr, pg_get_indexdef) can block, behind another
session's ALTER; they are asked for the wanted tables alone, under the caller's lock timeout.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.schema import (
    Check,
    Column,
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

KINDS = {
    "r": "table",
    "p": "table",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
    "S": "sequence",
}
RULES = {"a": None, "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
TYPE_KINDS = {"e": "enum", "d": "domain", "c": "composite type"}

RELATIONS = text("""
    SELECT c.oid, n.nspname, c.relname, c.relkind::text, c.relispartition, c.reloftype <> 0,
           c.relpersistence::text, c.reltuples::bigint, d.description,
           CASE WHEN c.relkind = 'p' THEN
             (SELECT array_agg(a.attname::text)
              FROM pg_partitioned_table p
              JOIN pg_attribute a
                ON a.attrelid = p.partrelid AND a.attnum = ANY (p.partattrs::int2[])
              WHERE p.partrelid = c.oid) END,
           array_position(current_schemas(false), n.nspname) AS place
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_description d
      ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
    WHERE (n.nspname = ANY (current_schemas(false)) OR n.nspname = ANY (CAST(:schemas AS text[]))
           OR n.oid = pg_my_temp_schema())
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass
                      AND e.objid = c.oid AND e.deptype = 'e')
    ORDER BY place NULLS LAST
""")

COLUMNS = text("""
    SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           a.attidentity::text, a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid),
           CASE WHEN a.attcollation <> t.typcollation THEN
             (SELECT c.collname FROM pg_collation c WHERE c.oid = a.attcollation) END,
           s.description
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_description s
      ON s.objoid = a.attrelid AND s.classoid = 'pg_class'::regclass AND s.objsubid = a.attnum
    WHERE a.attrelid = ANY (CAST(:oids AS oid[])) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attrelid, a.attnum
""")

CONSTRAINTS = text("""
    SELECT k.conrelid, k.conname, k.contype::text, k.condeferrable, k.condeferred, k.convalidated,
           (SELECT array_agg(a.attname::text ORDER BY u.place)
            FROM unnest(k.conkey) WITH ORDINALITY u (attnum, place)
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum),
           n.nspname, f.relname,
           CASE k.contype WHEN 'f' THEN
             (SELECT array_agg(a.attname::text ORDER BY u.place)
              FROM unnest(k.confkey) WITH ORDINALITY u (attnum, place)
              JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum) END,
           k.confdeltype::text, k.confupdtype::text,
           CASE k.contype WHEN 'c' THEN pg_get_expr(k.conbin, k.conrelid) END,
           x.indnullsnotdistinct
    FROM pg_constraint k
    LEFT JOIN pg_class f ON f.oid = k.confrelid
    LEFT JOIN pg_namespace n ON n.oid = f.relnamespace
    LEFT JOIN pg_index x ON k.contype = 'u' AND x.indexrelid = k.conindid
    WHERE k.conrelid = ANY (CAST(:oids AS oid[])) AND k.contype IN ('p', 'u', 'f', 'c', 'x')
      AND (k.conislocal OR k.contype <> 'c')
    ORDER BY k.conrelid, k.conname
""")

INDEXES = text("""
    SELECT i.indrelid, c.relname, m.amname, i.indisunique, i.indisvalid, i.indnkeyatts,
           i.indnullsnotdistinct, i.indoption::int2[]::int[],
           (SELECT array_agg(a.attname::text ORDER BY u.place)
            FROM unnest(i.indkey::int2[]) WITH ORDINALITY u (attnum, place)
            LEFT JOIN pg_attribute a
              ON a.attrelid = i.indrelid AND a.attnum = u.attnum AND u.attnum > 0),
           CASE WHEN i.indexprs IS NOT NULL THEN
             (SELECT array_agg(pg_get_indexdef(i.indexrelid, place, false) ORDER BY place)
              FROM generate_series(1, i.indnkeyatts::int) place) END,
           (SELECT array_agg(concat_ws(' ',
                     CASE WHEN l.oid <> coalesce(a.attcollation, t.typcollation)
                          THEN 'COLLATE ' || quote_ident(l.collname) END,
                     CASE WHEN NOT o.opcdefault THEN o.opcname END) ORDER BY u.place)
            FROM unnest(i.indclass::oid[], i.indcollation::oid[], i.indkey::int2[])
                 WITH ORDINALITY u (opclass, sorting, attnum, place)
            JOIN pg_opclass o ON o.oid = u.opclass
            JOIN pg_type t ON t.oid = o.opcintype
            LEFT JOIN pg_collation l ON l.oid = u.sorting
            LEFT JOIN pg_attribute a
              ON a.attrelid = i.indrelid AND a.attnum = u.attnum AND u.attnum > 0),
           pg_get_expr(i.indpred, i.indrelid)
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_am m ON m.oid = c.relam
    WHERE i.indrelid = ANY (CAST(:oids AS oid[])) AND NOT i.indisprimary
      AND NOT EXISTS (SELECT FROM pg_constraint k
                      WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
    ORDER BY i.indrelid, c.relname
""")

TYPES = text("""
    SELECT n.nspname, t.typname, t.typtype::text,
           (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
            FROM pg_enum e WHERE e.enumtypid = t.oid),
           array_position(current_schemas(false), n.nspname) AS place
    FROM pg_type t
    JOIN pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE (n.nspname = ANY (current_schemas(false)) OR n.nspname = ANY (CAST(:schemas AS text[])))
      AND t.typtype IN ('e', 'd', 'c') AND (c.relkind IS NULL OR c.relkind = 'c')
    ORDER BY place NULLS LAST
""")


def read(connection: Connection, wanted: Collection[Key], *, nulls_not_distinct: bool) -> Schema:
    """The live database; ``nulls_not_distinct`` says whether the server knows that clause."""
    schemas = sorted({schema for schema, _ in wanted if schema is not None})
    default_schema = connection.execute(text("SELECT current_schema()")).scalar()
    relations = connection.execute(RELATIONS, {"schemas": schemas}).all()
    located, aliases = _locate(relations, default_schema)
    oids = {row[0]: key for key, row in located.items() if _is_wanted(key, row, wanted)}
    enums, enum_aliases = _types(connection, schemas, default_schema)
    return Schema(
        tables=_tables(connection, oids, located, nulls_not_distinct=nulls_not_distinct),
        enums=enums,
        sequences={key: NamedSequence(key) for key, row in located.items() if row[3] == "S"},
        others={
            key: KINDS[row[3]]
            for key, row in located.items()
            if row[0] not in oids and row[3] != "S" and not row[4]
        },
        default_schema=default_schema,
        aliases={**enum_aliases, **aliases},
    )


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
    *,
    nulls_not_distinct: bool,
) -> dict[Key, Table]:
    if not oids:
        return {}
    parameters = {"oids": list(oids)}
    columns: dict[int, dict[str, Column]] = {oid: {} for oid in oids}
    for row in connection.execute(COLUMNS, parameters):
        columns[row[0]][row[1]] = _column(row)
    keys = {oid: _Keys() for oid in oids}
    by_name = {(row[1], row[2]): key for key, row in located.items()}
    for row in connection.execute(
        _versioned(CONSTRAINTS, nulls_not_distinct=nulls_not_distinct), parameters
    ):
        keys[row[0]].add(row, by_name)
    indexes: dict[int, list[Index]] = {oid: [] for oid in oids}
    for row in connection.execute(
        _versioned(INDEXES, nulls_not_distinct=nulls_not_distinct), parameters
    ):
        indexes[row[0]].append(_index(row))
    tables = {}
    for oid, key in oids.items():
        row, kept = located[key], keys[oid]
        tables[key] = Table(
            key=key,
            columns=columns[oid],
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
        )
    return tables


def _versioned(statement: Any, *, nulls_not_distinct: bool) -> Any:
    """``statement`` for a server that may be too old for NULLS NOT DISTINCT (before 15)."""
    if nulls_not_distinct:
        return statement
    old = statement.text.replace("x.indnullsnotdistinct", "false")
    return text(old.replace("i.indnullsnotdistinct", "false"))


def _column(row: Any) -> Column:
    _, name, type_, not_null, identity, generated, expression, collation, comment = row
    return Column(
        name=name,
        type=type_,
        nullable=not not_null,
        default=None if generated else expression,
        computed=expression if generated else None,
        stored=generated == "s",
        identity={"a": "ALWAYS", "d": "BY DEFAULT"}.get(identity),
        autoincrement=bool(identity) or (expression or "").startswith("nextval("),
        collation=collation,
        comment=comment,
    )


class _Keys:
    """The constraints of one table, gathered while their rows are read."""

    def __init__(self) -> None:
        self.primary_key = PrimaryKey()
        self.foreign_keys: list[ForeignKey] = []
        self.uniques: list[Unique] = []
        self.checks: list[Check] = []
        self.exclusions: list[Check] = []

    def add(self, row: Any, by_name: dict[tuple[str, str], Key]) -> None:
        name, kind, deferrable, deferred, valid = row[1:6]
        columns = tuple(row[6] or ())
        if kind == "p":
            self.primary_key = PrimaryKey(name, columns, deferrable)
        elif kind == "u":
            self.uniques.append(Unique(name, columns, not row[13], deferrable, deferred))
        elif kind == "c":
            self.checks.append(Check(name, row[12], columns, valid=valid))
        elif kind == "x":
            self.exclusions.append(Check(name, "", columns))
        else:
            target = by_name.get((row[7], row[8]), (row[7], row[8]))
            self.foreign_keys.append(
                ForeignKey(
                    name,
                    columns,
                    target,
                    tuple(row[9]),
                    RULES[row[10]],
                    RULES[row[11]],
                    deferrable,
                    deferred,
                    valid,
                )
            )


def _index(row: Any) -> Index:
    _, name, method, unique, valid, keys, nulls_not_distinct, options, names, exprs = row[:10]
    details, predicate = row[10:]
    parts = []
    for place in range(keys):
        bare = names[place] or exprs[place]
        order = ""
        if method == "btree":
            descending, nulls_first = options[place] & 1, options[place] & 2
            order = ("", "DESC")[descending]
            if bool(nulls_first) != bool(descending):
                order = (order + (" NULLS FIRST" if nulls_first else " NULLS LAST")).strip()
        parts.append(" ".join(filter(None, [bare, details[place], order])))
    return Index(
        name=name,
        parts=tuple(parts),
        columns=tuple(name for name in names[:keys] if name),
        unique=unique,
        method=method,
        include=tuple(names[keys:]),
        predicate=predicate,
        nulls_distinct=not nulls_not_distinct,
        valid=valid,
    )


def _types(
    connection: Connection, schemas: list[str], default_schema: str | None
) -> tuple[dict[Key, Enum], dict[Key, Key]]:
    enums: dict[Key, Enum] = {}
    aliases: dict[Key, Key] = {}
    for schema, name, kind, labels, place in connection.execute(TYPES, {"schemas": schemas}):
        key: Key = (schema, name)
        if place is not None and (None, name) not in enums:
            aliases[key] = (None, name)
            key = (None, name)
        elif schema == default_schema:
            continue
        enums[key] = Enum(key, tuple(labels or ()), TYPE_KINDS[kind])
    return enums, aliases
