"""The questions that are put to pg_catalog.

Who may create in a schema of the ``search_path`` can offer a better match for an unqualified
function, operator or type than the one meant, and it would run with our rights. So every name is
qualified: functions, relations and types with ``pg_catalog.``, operators as
``OPERATOR(pg_catalog.=)``. What PostgreSQL expands into an operator that it looks up by name (IN,
LIKE, BETWEEN, NULLIF, IS DISTINCT FROM, CASE x WHEN y) cannot be qualified and is not used.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain

from sqlalchemy import text
from sqlalchemy.sql.elements import TextClause

SINCE = {
    15: {
        "x.indnullsnotdistinct": "false",
        "i.indnullsnotdistinct": "false",
        "k.confdelsetcols": "NULL::pg_catalog.int2[]",
    },
    18: {"k.conenforced": "true", "k.conperiod": "false"},
}
"""By version, what stands for the columns that an older catalog lacks."""

CURRENT_SCHEMA = text("SELECT pg_catalog.current_schema()")

SCHEMAS = text("""
    SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.!~) '^pg_'
""")

BUILT_IN = text("""
    SELECT EXISTS (SELECT FROM pg_catalog.pg_type
                   WHERE typname OPERATOR(pg_catalog.=) :name
                     AND typnamespace::pg_catalog.regnamespace::pg_catalog.text
                         OPERATOR(pg_catalog.=) 'pg_catalog')
""")

RELATIONS = text("""
    SELECT c.oid, n.nspname, c.relname, c.relkind::pg_catalog.text, c.relispartition,
           c.reloftype OPERATOR(pg_catalog.<>) 0, c.relpersistence::pg_catalog.text,
           c.reltuples::bigint, d.description,
           CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'p' THEN
             (SELECT pg_catalog.array_agg(coalesce(a.attname::pg_catalog.text, '(an expression)')
                                          ORDER BY u.place)
              FROM pg_catalog.pg_partitioned_table p
              CROSS JOIN pg_catalog.unnest(p.partattrs::pg_catalog.int2[])
                WITH ORDINALITY u (attnum, place)
              LEFT JOIN pg_catalog.pg_attribute a
                ON a.attrelid OPERATOR(pg_catalog.=) p.partrelid
               AND a.attnum OPERATOR(pg_catalog.=) u.attnum
              WHERE p.partrelid OPERATOR(pg_catalog.=) c.oid) END,
           c.relnatts,
           pg_catalog.array_position(pg_catalog.current_schemas(false), n.nspname) AS place
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    LEFT JOIN pg_catalog.pg_description d
      ON d.objoid OPERATOR(pg_catalog.=) c.oid
     AND d.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
     AND d.objsubid OPERATOR(pg_catalog.=) 0
    WHERE (n.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(false))
           OR n.nspname OPERATOR(pg_catalog.=) ANY (CAST(:schemas AS pg_catalog.text[]))
           OR n.oid OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema())
      AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f,S}')
      AND c.oid OPERATOR(pg_catalog.=) ANY (
            SELECT w.oid FROM pg_catalog.pg_class w
            WHERE w.relname OPERATOR(pg_catalog.=) ANY (CAST(:names AS pg_catalog.text[]))
            UNION ALL
            (SELECT o.oid
             FROM pg_catalog.pg_class o
             JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) o.relnamespace
             WHERE (n.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(false))
                    OR n.nspname OPERATOR(pg_catalog.=) ANY (CAST(:schemas AS pg_catalog.text[])))
               AND n.nspname OPERATOR(pg_catalog.<>) ALL ('{pg_catalog,information_schema}')
               AND o.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}') AND NOT o.relispartition
               AND NOT (o.relname OPERATOR(pg_catalog.=) ANY (
                          SELECT pg_catalog.unnest(CAST(:names AS pg_catalog.text[]))))
               AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                               WHERE e.classid OPERATOR(pg_catalog.=)
                                     'pg_catalog.pg_class'::pg_catalog.regclass
                                 AND e.objid OPERATOR(pg_catalog.=) o.oid
                                 AND e.deptype OPERATOR(pg_catalog.=) 'e')
             ORDER BY o.relname, n.nspname LIMIT :others))
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                      WHERE e.classid OPERATOR(pg_catalog.=)
                            'pg_catalog.pg_class'::pg_catalog.regclass
                        AND e.objid OPERATOR(pg_catalog.=) c.oid
                        AND e.deptype OPERATOR(pg_catalog.=) 'e')
    ORDER BY place NULLS LAST, n.nspname, c.relname
""")

UNLISTED = text("""
    SELECT n.nspname OPERATOR(pg_catalog.=) pg_catalog.current_schema(), n.nspname, c.relname
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    WHERE (n.nspname OPERATOR(pg_catalog.=) pg_catalog.current_schema()
           OR n.nspname OPERATOR(pg_catalog.=) ANY (CAST(:schemas AS pg_catalog.text[])))
      AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,f,S}')
""")

COLUMNS = text("""
    SELECT a.attrelid, a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
           a.attnotnull,
           CASE WHEN a.attidentity OPERATOR(pg_catalog.<>) '' THEN
             (SELECT pg_catalog.concat_ws(
                       ' ', a.attidentity, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle,
                       pg_catalog.format_type(s.seqtypid, NULL))
              FROM pg_catalog.pg_depend d
              JOIN pg_catalog.pg_sequence s ON s.seqrelid OPERATOR(pg_catalog.=) d.objid
              WHERE d.refclassid OPERATOR(pg_catalog.=)
                    'pg_catalog.pg_class'::pg_catalog.regclass
                AND d.refobjid OPERATOR(pg_catalog.=) a.attrelid
                AND d.refobjsubid OPERATOR(pg_catalog.=) a.attnum
                AND d.deptype OPERATOR(pg_catalog.=) 'i') END,
           a.attgenerated::pg_catalog.text,
           CASE WHEN a.attcollation OPERATOR(pg_catalog.<>) ALL ('{0,100}')
                  OR a.attcollation OPERATOR(pg_catalog.<>) 0
                 AND a.atttypid OPERATOR(pg_catalog.>=) 16384
             THEN (SELECT pg_catalog.concat_ws(
                            '.', CASE WHEN NOT pg_catalog.pg_collation_is_visible(c.oid)
                                      THEN c.collnamespace::pg_catalog.regnamespace END, c.collname)
                   FROM pg_catalog.pg_type t
                   JOIN pg_catalog.pg_collation c ON c.oid OPERATOR(pg_catalog.=) a.attcollation
                   WHERE t.oid OPERATOR(pg_catalog.=) a.atttypid
                     AND t.typcollation OPERATOR(pg_catalog.<>) a.attcollation) END
    FROM pg_catalog.pg_attribute a
    WHERE a.attrelid OPERATOR(pg_catalog.=) ANY (CAST(:oids AS pg_catalog.oid[]))
      AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
    ORDER BY a.attrelid, a.attnum
""")
"""The subselect is for the few that are not in the database's own collation, which is number 100;
types from 16384 on are users', and may be domains with a collation of their own."""

TEXTS = text("""
    SELECT adrelid, adnum::int, pg_catalog.pg_get_expr(adbin, adrelid), NULL
    FROM pg_catalog.pg_attrdef
    WHERE adrelid OPERATOR(pg_catalog.=) ANY (CAST(:oids AS pg_catalog.oid[]))
    UNION ALL
    SELECT objoid, objsubid, NULL, description
    FROM pg_catalog.pg_description
    WHERE objoid OPERATOR(pg_catalog.=) ANY (CAST(:oids AS pg_catalog.oid[]))
      AND classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
""")

CONSTRAINTS = text("""
    SELECT k.conrelid, k.conname, k.contype::pg_catalog.text, k.condeferrable, k.condeferred,
           k.convalidated, pg_catalog.array_to_string(k.conkey, ' '),
           CASE WHEN NOT pg_catalog.pg_table_is_visible(f.oid) THEN n.nspname END, f.relname,
           pg_catalog.array_to_string(k.confkey, ' '),
           CASE WHEN k.contype OPERATOR(pg_catalog.=) 'f' THEN
             (SELECT pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attnum)
              FROM pg_catalog.pg_attribute a
              WHERE a.attrelid OPERATOR(pg_catalog.=) k.confrelid
                AND a.attnum OPERATOR(pg_catalog.=) ANY (k.confkey)) END,
           k.confdeltype::pg_catalog.text, k.confupdtype::pg_catalog.text,
           CASE WHEN k.contype OPERATOR(pg_catalog.=) 'c'
                THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid)
                WHEN k.contype OPERATOR(pg_catalog.=) 'x'
                THEN pg_catalog.pg_get_constraintdef(k.oid) END,
           CASE WHEN k.contype OPERATOR(pg_catalog.=) 'u' THEN
             (SELECT x.indnullsnotdistinct FROM pg_catalog.pg_index x
              WHERE x.indexrelid OPERATOR(pg_catalog.=) k.conindid) END,
           pg_catalog.array_to_string(k.confdelsetcols, ' '), k.confmatchtype::pg_catalog.text,
           k.conenforced, k.conperiod
    FROM pg_catalog.pg_constraint k
    LEFT JOIN pg_catalog.pg_class f ON f.oid OPERATOR(pg_catalog.=) k.confrelid
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) f.relnamespace
    WHERE k.conrelid OPERATOR(pg_catalog.=) ANY (CAST(:oids AS pg_catalog.oid[]))
      AND (k.contype OPERATOR(pg_catalog.=) ANY ('{p,u,f,c,x}')
           OR k.contype OPERATOR(pg_catalog.=) 'n' AND NOT k.convalidated)
      AND (k.conislocal OR k.contype OPERATOR(pg_catalog.<>) 'c')
      AND k.conparentid OPERATOR(pg_catalog.=) 0
    ORDER BY k.conrelid, k.conname
""")
"""A key to a partitioned table has one more row for each partition, with a parent. NOT NULL has
rows since 18."""

INDEXES = text("""
    SELECT i.indrelid, c.relname, m.amname, i.indisunique, i.indisvalid, i.indnkeyatts,
           i.indnullsnotdistinct, i.indoption::pg_catalog.text, i.indkey::pg_catalog.text,
           CASE WHEN i.indexprs IS NOT NULL THEN
             (SELECT pg_catalog.array_agg(pg_catalog.pg_get_indexdef(i.indexrelid, place, false)
                                          ORDER BY place)
              FROM pg_catalog.generate_series(1, i.indnkeyatts::int) place) END,
           CASE WHEN NOT (i.indcollation::pg_catalog.oid[]
                            OPERATOR(pg_catalog.<@) ARRAY[0, 100]::pg_catalog.oid[]
                          AND i.indclass::pg_catalog.oid[]
                            OPERATOR(pg_catalog.<@) ARRAY(SELECT oid FROM pg_catalog.pg_opclass
                                                          WHERE opcdefault)) THEN
           (SELECT pg_catalog.array_agg(
                     pg_catalog.concat_ws(
                       ' ',
                       CASE WHEN l.oid OPERATOR(pg_catalog.<>)
                                 coalesce(a.attcollation, t.typcollation)
                            THEN pg_catalog.concat(
                                   'COLLATE ',
                                   CASE WHEN NOT pg_catalog.pg_collation_is_visible(l.oid)
                                        THEN pg_catalog.concat(
                                               l.collnamespace::pg_catalog.regnamespace, '.') END,
                                   pg_catalog.quote_ident(l.collname)) END,
                       CASE WHEN NOT o.opcdefault THEN o.opcname END) ORDER BY u.place)
            FROM ROWS FROM (pg_catalog.unnest(i.indclass::pg_catalog.oid[]),
                            pg_catalog.unnest(i.indcollation::pg_catalog.oid[]),
                            pg_catalog.unnest(i.indkey::pg_catalog.int2[]))
                 WITH ORDINALITY u (opclass, sorting, attnum, place)
            JOIN pg_catalog.pg_opclass o ON o.oid OPERATOR(pg_catalog.=) u.opclass
            JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) o.opcintype
            LEFT JOIN pg_catalog.pg_collation l ON l.oid OPERATOR(pg_catalog.=) u.sorting
            LEFT JOIN pg_catalog.pg_attribute a
              ON a.attrelid OPERATOR(pg_catalog.=) i.indrelid
             AND a.attnum OPERATOR(pg_catalog.=) u.attnum
             AND u.attnum OPERATOR(pg_catalog.>) 0) END,
           pg_catalog.pg_get_expr(i.indpred, i.indrelid)
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid
    JOIN pg_catalog.pg_am m ON m.oid OPERATOR(pg_catalog.=) c.relam
    WHERE i.indrelid OPERATOR(pg_catalog.=) ANY (CAST(:oids AS pg_catalog.oid[]))
      AND NOT i.indisprimary
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                      WHERE k.conindid OPERATOR(pg_catalog.=) i.indexrelid
                        AND k.contype OPERATOR(pg_catalog.=) ANY ('{p,u,x}'))
    ORDER BY i.indrelid, c.relname
""")

TYPES = text("""
    SELECT n.nspname, t.typname, t.typtype::pg_catalog.text,
           (SELECT pg_catalog.array_agg(e.enumlabel::pg_catalog.text ORDER BY e.enumsortorder)
            FROM pg_catalog.pg_enum e WHERE e.enumtypid OPERATOR(pg_catalog.=) t.oid),
           pg_catalog.array_position(pg_catalog.current_schemas(false), n.nspname) AS place
    FROM pg_catalog.pg_type t
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
    LEFT JOIN pg_catalog.pg_class c
      ON c.oid OPERATOR(pg_catalog.=) t.typrelid AND c.relkind OPERATOR(pg_catalog.=) 'c'
    WHERE (n.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(false))
           OR n.nspname OPERATOR(pg_catalog.=) ANY (CAST(:schemas AS pg_catalog.text[]))
           OR t.typtype OPERATOR(pg_catalog.=) 'e')
      AND (t.typtype OPERATOR(pg_catalog.=) ANY ('{e,d}') OR c.oid IS NOT NULL)
    ORDER BY place NULLS LAST
""")
"""Enum types of every schema, because that of a column may be in another than its table."""


@lru_cache
def versioned(statement: TextClause, version: int) -> TextClause:
    """``statement`` for a server of this version, whose catalog may lack some of the columns."""
    old = statement.text
    lacking = [columns for since, columns in SINCE.items() if version < since]
    for column, value in chain.from_iterable(columns.items() for columns in lacking):
        old = old.replace(column, value)
    return text(old)
