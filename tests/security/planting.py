"""Better matches for what is built in, planted in a schema that comes before pg_catalog.

Each does what its namesake does, and warns of itself: so all goes on as before, and what took it
for the other is known by the warning.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy.engine import Connection

from autosync.ddl import send

WARNING = "planted:"

FUNCTIONS = """
DO $do$
DECLARE f record;
BEGIN
  FOR f IN
    SELECT p.proname, pg_get_function_identity_arguments(p.oid) AS arguments,
           pg_get_function_result(p.oid) AS result, p.proretset,
           CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE '' END AS kind,
           (SELECT string_agg(CASE WHEN n = p.pronargs AND p.provariadic <> 0 THEN 'VARIADIC '
                                   ELSE '' END || '$' || n, ', ')
            FROM generate_series(1, p.pronargs) n) AS given
    FROM pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f'
      AND p.proallargtypes IS NULL AND p.proname = ANY ({names})
      AND NOT EXISTS (SELECT FROM unnest(p.proargtypes) a JOIN pg_type t ON t.oid = a
                      WHERE t.typtype = 'p' AND t.typname NOT LIKE 'any_%')
  LOOP
    EXECUTE format(
      'CREATE FUNCTION public.%I(%s) RETURNS %s LANGUAGE plpgsql %s AS %L',
      f.proname, f.arguments, f.result, f.kind,
      format('BEGIN RAISE WARNING ''planted: %s''; %s pg_catalog.%I(%s); END', f.proname,
             CASE WHEN f.proretset THEN 'RETURN QUERY SELECT * FROM' ELSE 'RETURN' END,
             f.proname, coalesce(f.given, '')));
  END LOOP;
END
$do$
"""
"""Of each function with one of these names; one of the type "any" cannot be written in SQL."""

OPERATORS = """
DO $do$
DECLARE o record;
BEGIN
  FOR o IN
    SELECT p.oid, p.oprname, format_type(p.oprleft, NULL) AS l, format_type(p.oprright, NULL) AS r,
           format_type(p.oprresult, NULL) AS result
    FROM pg_operator p
    WHERE p.oprnamespace = 'pg_catalog'::regnamespace AND p.oprname = ANY ({names})
      AND p.oprleft <> 0
      AND ARRAY[p.oprleft, p.oprright] <@ (
            SELECT array_agg(DISTINCT a.atttypid) || 'anyarray'::regtype::oid
                   || 'interval'::regtype::oid
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = 'pg_catalog'::regnamespace)
  LOOP
    EXECUTE format(
      'CREATE FUNCTION public.planted_%s(%s, %s) RETURNS %s LANGUAGE plpgsql IMMUTABLE AS %L',
      o.oid, o.l, o.r, o.result,
      format('BEGIN RAISE WARNING ''planted: %s''; RETURN $1 OPERATOR(pg_catalog.%s) $2; END',
             o.oprname, o.oprname));
    EXECUTE format(
      'CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.planted_%s)',
      o.oprname, o.l, o.r, o.oid);
  END LOOP;
END
$do$
"""
"""Of each operator with one of these names, for the types that columns of the catalog have."""

AGGREGATES = {
    "array_agg": """
        CREATE FUNCTION public.planted_agg(anyarray, anynonarray) RETURNS anyarray LANGUAGE plpgsql
        AS 'BEGIN RAISE WARNING ''planted: array_agg''; RETURN array_append($1, $2); END';
        CREATE AGGREGATE public.array_agg(anynonarray) (
            SFUNC = public.planted_agg, STYPE = anyarray, INITCOND = '{}')
    """,
    "count": """
        CREATE FUNCTION public.planted_count(bigint) RETURNS bigint LANGUAGE plpgsql
        AS 'BEGIN RAISE WARNING ''planted: count''; RETURN $1 + 1; END';
        CREATE AGGREGATE public.count(*) (
            SFUNC = public.planted_count, STYPE = bigint, INITCOND = '0')
    """,
    "concat": """
        CREATE FUNCTION public.concat(VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS
        'BEGIN RAISE WARNING ''planted: concat''; RETURN pg_catalog.array_to_string($1, ''''); END'
    """,
    "concat_ws": """
        CREATE FUNCTION public.concat_ws(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS
        'BEGIN RAISE WARNING ''planted: concat_ws''; RETURN pg_catalog.array_to_string($2, $1); END'
    """,
}
"""What needs words of its own: aggregates, and what takes "any"."""

LACKING = """
    SELECT name FROM unnest({names}) name
    WHERE name NOT IN (SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace)
"""


class Names(NamedTuple):
    """The functions and the operators of pg_catalog that statements use."""

    functions: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()

    def __or__(self, other: Names) -> Names:  # type: ignore[override]
        return Names(self.functions | other.functions, self.operators | other.operators)


def plant(connection: Connection, names: Names) -> None:
    """Plant a match for each of these names; fail where there is none."""
    functions, operators = _array(names.functions), _array(names.operators)
    send(connection, FUNCTIONS.replace("{names}", functions))
    send(connection, OPERATORS.replace("{names}", operators))
    for name in sorted(names.functions & AGGREGATES.keys()):
        send(connection, AGGREGATES[name])
    lacking = list(send(connection, LACKING.replace("{names}", functions)).scalars())
    assert not lacking, f"planting.py does not know how to plant {lacking}"


def _array(names: Iterable[str]) -> str:
    return f"ARRAY[{', '.join(repr(name) for name in sorted(names))}]::text[]"
