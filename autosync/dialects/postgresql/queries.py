"""The questions that are put to pg_catalog."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

SINCE_15 = {
    "x.indnullsnotdistinct": "false",
    "i.indnullsnotdistinct": "false",
    "k.confdelsetcols": "NULL::int2[]",
}
"""What stands for the columns that an older catalog lacks."""

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
      AND c.oid IN (SELECT w.oid FROM pg_class w WHERE w.relname = ANY (CAST(:names AS text[]))
                    UNION ALL
                    (SELECT o.oid
                     FROM pg_class o
                     JOIN pg_namespace n ON n.oid = o.relnamespace
                     WHERE (n.nspname = ANY (current_schemas(false))
                            OR n.nspname = ANY (CAST(:schemas AS text[])))
                       AND o.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT o.relispartition
                       AND o.relname NOT IN (SELECT unnest(CAST(:names AS text[])))
                       AND NOT EXISTS (SELECT FROM pg_depend e
                                       WHERE e.classid = 'pg_class'::regclass
                                         AND e.objid = o.oid AND e.deptype = 'e')
                     ORDER BY o.relname, n.nspname LIMIT :others))
      AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass
                      AND e.objid = c.oid AND e.deptype = 'e')
    ORDER BY place NULLS LAST, n.nspname, c.relname
""")

COLUMNS = text("""
    SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           CASE WHEN a.attidentity <> '' THEN
             (SELECT concat_ws(' ', a.attidentity, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle,
                               format_type(s.seqtypid, NULL))
              FROM pg_depend d JOIN pg_sequence s ON s.seqrelid = d.objid
              WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid
                AND d.refobjsubid = a.attnum AND d.deptype = 'i') END,
           a.attgenerated::text,
           CASE WHEN a.attcollation NOT IN (0, 100) OR a.attcollation <> 0 AND a.atttypid >= 16384
             THEN (SELECT CASE WHEN NOT pg_collation_is_visible(c.oid)
                               THEN c.collnamespace::regnamespace || '.' ELSE '' END || c.collname
                   FROM pg_type t JOIN pg_collation c ON c.oid = a.attcollation
                   WHERE t.oid = a.atttypid AND t.typcollation <> a.attcollation) END
    FROM pg_attribute a
    WHERE a.attrelid = ANY (CAST(:oids AS oid[])) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attrelid, a.attnum
""")
"""The subselect is for the few that are not in the database's own collation, which is number 100;
types from 16384 on are users', and may be domains with a collation of their own."""

TEXTS = text("""
    SELECT adrelid, adnum::int, pg_get_expr(adbin, adrelid), NULL
    FROM pg_attrdef WHERE adrelid = ANY (CAST(:oids AS oid[]))
    UNION ALL
    SELECT objoid, objsubid, NULL, description
    FROM pg_description
    WHERE objoid = ANY (CAST(:oids AS oid[])) AND classoid = 'pg_class'::regclass
""")

CONSTRAINTS = text("""
    SELECT k.conrelid, k.conname, k.contype::text, k.condeferrable, k.condeferred, k.convalidated,
           array_to_string(k.conkey, ' '),
           CASE WHEN NOT pg_table_is_visible(f.oid) THEN n.nspname END, f.relname,
           array_to_string(k.confkey, ' '),
           CASE k.contype WHEN 'f' THEN
             (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
              WHERE a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)) END,
           k.confdeltype::text, k.confupdtype::text,
           CASE k.contype WHEN 'c' THEN pg_get_expr(k.conbin, k.conrelid)
                          WHEN 'x' THEN pg_get_constraintdef(k.oid) END,
           CASE k.contype WHEN 'u' THEN
             (SELECT x.indnullsnotdistinct FROM pg_index x WHERE x.indexrelid = k.conindid) END,
           array_to_string(k.confdelsetcols, ' '), k.confmatchtype::text
    FROM pg_constraint k
    LEFT JOIN pg_class f ON f.oid = k.confrelid
    LEFT JOIN pg_namespace n ON n.oid = f.relnamespace
    WHERE k.conrelid = ANY (CAST(:oids AS oid[])) AND k.contype IN ('p', 'u', 'f', 'c', 'x')
      AND (k.conislocal OR k.contype <> 'c')
    ORDER BY k.conrelid, k.conname
""")

INDEXES = text("""
    SELECT i.indrelid, c.relname, m.amname, i.indisunique, i.indisvalid, i.indnkeyatts,
           i.indnullsnotdistinct, i.indoption::text, i.indkey::text,
           CASE WHEN i.indexprs IS NOT NULL THEN
             (SELECT array_agg(pg_get_indexdef(i.indexrelid, place, false) ORDER BY place)
              FROM generate_series(1, i.indnkeyatts::int) place) END,
           CASE WHEN NOT (i.indcollation::oid[] <@ ARRAY[0, 100]::oid[]
                          AND i.indclass::oid[] <@ ARRAY(SELECT oid FROM pg_opclass
                                                         WHERE opcdefault)) THEN
           (SELECT array_agg(concat_ws(' ',
                     CASE WHEN l.oid <> coalesce(a.attcollation, t.typcollation)
                          THEN 'COLLATE ' || CASE WHEN NOT pg_collation_is_visible(l.oid)
                                                  THEN l.collnamespace::regnamespace || '.'
                                                  ELSE '' END || quote_ident(l.collname) END,
                     CASE WHEN NOT o.opcdefault THEN o.opcname END) ORDER BY u.place)
            FROM unnest(i.indclass::oid[], i.indcollation::oid[], i.indkey::int2[])
                 WITH ORDINALITY u (opclass, sorting, attnum, place)
            JOIN pg_opclass o ON o.oid = u.opclass
            JOIN pg_type t ON t.oid = o.opcintype
            LEFT JOIN pg_collation l ON l.oid = u.sorting
            LEFT JOIN pg_attribute a
              ON a.attrelid = i.indrelid AND a.attnum = u.attnum AND u.attnum > 0) END,
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
    LEFT JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
    WHERE (n.nspname = ANY (current_schemas(false)) OR n.nspname = ANY (CAST(:schemas AS text[]))
           OR t.typtype = 'e')
      AND (t.typtype IN ('e', 'd') OR c.oid IS NOT NULL)
    ORDER BY place NULLS LAST
""")
"""Enum types of every schema, because that of a column may be in another than its table."""


def versioned(statement: Any, *, nulls_not_distinct: bool) -> Any:
    """``statement`` for a server that may be too old for NULLS NOT DISTINCT (before 15)."""
    if nulls_not_distinct:
        return statement
    old = statement.text
    for column, value in SINCE_15.items():
        old = old.replace(column, value)
    return text(old)
