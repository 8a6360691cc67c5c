"""The surroundings of tables: triggers, publications and tables that inherit from them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.schema import Key
from autosync.surroundings import NOTHING, Attached, Surroundings

GIVEN = """
    ROWS FROM (pg_catalog.unnest(CAST(:schemas AS pg_catalog.text[])),
               pg_catalog.unnest(CAST(:names AS pg_catalog.text[]))) AS w (schema, name)
"""
THERE = f"""
    {GIVEN} JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(
        pg_catalog.concat_ws('.', pg_catalog.quote_ident(w.schema),
                                  pg_catalog.quote_ident(w.name)))
"""
OF_COLUMNS = """
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication_rel r
                    JOIN pg_catalog.pg_publication b ON b.oid OPERATOR(pg_catalog.=) r.prpubid
                    WHERE b.pubname OPERATOR(pg_catalog.=) p.pubname
                      AND r.prrelid OPERATOR(pg_catalog.=) c.oid AND r.prattrs IS NOT NULL)
"""
"""Since 15 a publication may name the columns, and a new one is none of them."""
OF_SCHEMA = """
    OR EXISTS (SELECT FROM pg_catalog.pg_publication_namespace s
               JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) s.pnnspid
               WHERE s.pnpubid OPERATOR(pg_catalog.=) p.oid
                 AND n.nspname OPERATOR(pg_catalog.=)
                     coalesce(w.schema, pg_catalog.current_schema()))
"""
"""Since 15 it may take in all tables of a schema."""

HANGING = f"""
    SELECT w.schema, w.name,
           (SELECT pg_catalog.array_agg(t.tgname::pg_catalog.text ORDER BY t.tgname)
            FROM pg_catalog.pg_trigger t
            WHERE t.tgrelid OPERATOR(pg_catalog.=) c.oid AND NOT t.tgisinternal
              AND t.tgenabled OPERATOR(pg_catalog.<>) 'D'),
           (SELECT pg_catalog.array_agg(p.pubname::pg_catalog.text ORDER BY p.pubname)
            FROM pg_catalog.pg_publication_tables p
            WHERE p.schemaname OPERATOR(pg_catalog.=) n.nspname
              AND p.tablename OPERATOR(pg_catalog.=) c.relname {{of_columns}})
    FROM {THERE}
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
"""
HEIRS = text(f"""
    WITH RECURSIVE family (schema, name, oid) AS (
        SELECT w.schema, w.name, c.oid FROM {THERE}
      UNION
        SELECT f.schema, f.name, i.inhrelid FROM family f
        JOIN pg_catalog.pg_inherits i ON i.inhparent OPERATOR(pg_catalog.=) f.oid
    )
    SELECT f.schema, f.name,
           CASE WHEN NOT pg_catalog.pg_table_is_visible(h.oid)
                THEN n.nspname::pg_catalog.text END, h.relname::pg_catalog.text,
           (SELECT pg_catalog.array_agg(a.attname::pg_catalog.text)
            FROM pg_catalog.pg_attribute a
            WHERE a.attrelid OPERATOR(pg_catalog.=) h.oid AND a.attnum OPERATOR(pg_catalog.>) 0
              AND NOT a.attisdropped)
    FROM family f
    JOIN pg_catalog.pg_class h ON h.oid OPERATOR(pg_catalog.=) f.oid AND NOT h.relispartition
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) h.relnamespace
    WHERE EXISTS (SELECT FROM pg_catalog.pg_inherits i
                  WHERE i.inhrelid OPERATOR(pg_catalog.=) f.oid)
      AND (n.nspname OPERATOR(pg_catalog.<>) coalesce(f.schema, n.nspname)
           OR h.relname OPERATOR(pg_catalog.<>) f.name)
    ORDER BY n.nspname, h.relname
""")
KEYLESS = f"""
    SELECT w.schema, w.name,
           pg_catalog.array_agg(p.pubname::pg_catalog.text ORDER BY p.pubname)
    FROM {GIVEN} JOIN pg_catalog.pg_publication p ON p.puballtables {{of_schema}}
    WHERE p.pubupdate OR p.pubdelete
    GROUP BY w.schema, w.name
"""


def surroundings(
    connection: Connection, there: Collection[Key], keyless: Collection[Key]
) -> Surroundings:
    """Two questions about all tables that are there, and one about new ones without a key."""
    since_15 = (connection.dialect.server_version_info or ()) >= (15,)
    attached: dict[Key, Attached] = {}
    new: dict[Key, tuple[str, ...]] = {}
    if there:
        hanging = text(HANGING.format(of_columns=OF_COLUMNS if since_15 else ""))
        for schema, name, triggers, publications in connection.execute(hanging, _given(there)):
            attached[schema, name] = Attached(tuple(triggers or ()), tuple(publications or ()))
        for schema, name, *heir, columns in connection.execute(HEIRS, _given(there)):
            before = attached.get((schema, name), NOTHING)
            heirs = {**before.heirs, (heir[0], heir[1]): frozenset(columns or ())}
            attached[schema, name] = before._replace(heirs=heirs)
    if keyless:
        query = text(KEYLESS.format(of_schema=OF_SCHEMA if since_15 else ""))
        for schema, name, publications in connection.execute(query, _given(keyless)):
            new[schema, name] = tuple(publications)
    return Surroundings(attached, new)


def _given(keys: Collection[Key]) -> dict[str, Any]:
    schemas, names = zip(*keys, strict=True)
    return {"schemas": list(schemas), "names": list(names)}
