"""What others have put into the search path that PostgreSQL could take for something trusted.

``lower(name)`` in a model means ``pg_catalog.lower(text)``. Of a ``name VARCHAR``, a function
``public.lower(character varying)`` is the better match, and would run with our rights: in a check,
an index, a default, in SQLAlchemy's own questions to the catalog. The same holds of a function of
an extension, or of the application's own. (CVE-2018-1058; PostgreSQL's documentation, "Writing
SECURITY DEFINER Functions Safely" and "Secure Schema Usage Pattern".)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.ddl import Action, Identifier, Raw
from autosync.remedy import Remedy, Sql, Words
from autosync.rights import Lack

TRUSTED = """
    WITH RECURSIVE me AS (
        SELECT oid, rolsuper FROM pg_catalog.pg_roles
        WHERE rolname OPERATOR(pg_catalog.=) current_user
    ),
    roots (oid) AS (
        SELECT oid FROM me
        UNION SELECT oid FROM pg_catalog.pg_roles WHERE rolsuper
        UNION SELECT d.datdba
              FROM pg_catalog.pg_database d
              JOIN me ON NOT me.rolsuper
              WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
    ),
    ours (oid) AS (
        SELECT oid FROM me
      UNION
        SELECT m.roleid
        FROM ours JOIN pg_catalog.pg_auth_members m ON m.member OPERATOR(pg_catalog.=) ours.oid
        WHERE (pg_catalog.to_jsonb(m) OPERATOR(pg_catalog.->>) 'inherit_option'
               OPERATOR(pg_catalog.=) 'false') IS NOT TRUE
          AND m.grantor OPERATOR(pg_catalog.=) ANY (SELECT oid FROM roots)
    ),
    trusted (oid) AS (
        SELECT oid FROM roots UNION SELECT oid FROM ours
    ),
"""
"""How a question begins that has to know whose code may run with our rights: that of superusers,
of ourselves, of the owner of the database unless we are a superuser, and of the roles that one of
these has made us a member of. Up to PostgreSQL 14 any role can make others its members, and later
one that may grant another role; from 16 on, who creates a role is a member of it that inherits
nothing: neither counts.
"""


def _has_trusted_twin(catalog: str, shadow: str, prefix: str) -> str:
    """The condition for a row of a catalog (its columns begin with ``prefix``) that has the name of
    something built in, or of something trusted in the path.
    """
    return f"""EXISTS (SELECT FROM pg_catalog.{catalog} b
                      WHERE b.{prefix}name OPERATOR(pg_catalog.=) {shadow}.{prefix}name
                        AND (b.{prefix}namespace OPERATOR(pg_catalog.=)
                             'pg_catalog'::pg_catalog.regnamespace
                             OR b.{prefix}namespace OPERATOR(pg_catalog.=)
                                  ANY (SELECT oid FROM reached)
                                AND b.{prefix}owner OPERATOR(pg_catalog.=)
                                  ANY (SELECT oid FROM trusted)))"""


SHADOWS = text(f"""{TRUSTED}
    reached (oid, nspname, is_first) AS (
        SELECT n.oid, n.nspname,
               pg_catalog.array_position(pg_catalog.current_schemas(true), n.nspname)
                 OPERATOR(pg_catalog.<)
               pg_catalog.array_position(pg_catalog.current_schemas(true), 'pg_catalog')
        FROM pg_catalog.pg_namespace n
        WHERE n.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(false))
          AND n.nspname OPERATOR(pg_catalog.<>) 'pg_catalog'
    ),
    shadow (kind, nspname, owner, object) AS (
        SELECT 'ROUTINE', n.nspname, p.proowner,
               pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.',
                                 pg_catalog.quote_ident(p.proname), '(',
                                 pg_catalog.pg_get_function_identity_arguments(p.oid), ')')
        FROM pg_catalog.pg_proc p
        JOIN reached n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
        WHERE {_has_trusted_twin("pg_proc", "p", "pro")}
        UNION ALL
        SELECT 'OPERATOR', n.nspname, o.oprowner,
               pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.', o.oprname, ' (',
                                 CASE WHEN o.oprleft OPERATOR(pg_catalog.=) 0 THEN 'NONE'
                                      ELSE pg_catalog.format_type(o.oprleft, NULL) END, ', ',
                                 pg_catalog.format_type(o.oprright, NULL), ')')
        FROM pg_catalog.pg_operator o
        JOIN reached n ON n.oid OPERATOR(pg_catalog.=) o.oprnamespace
        WHERE {_has_trusted_twin("pg_operator", "o", "opr")}
        UNION ALL
        SELECT 'TYPE', n.nspname, t.typowner,
               pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.',
                                 pg_catalog.quote_ident(t.typname))
        FROM pg_catalog.pg_type t
        JOIN reached n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace AND n.is_first
        WHERE EXISTS (SELECT FROM pg_catalog.pg_type b
                      WHERE b.typname OPERATOR(pg_catalog.=) t.typname
                        AND b.typnamespace OPERATOR(pg_catalog.=)
                            'pg_catalog'::pg_catalog.regnamespace)
    )
    SELECT s.kind, s.nspname, s.object, r.rolname AS owner
    FROM shadow s
    JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) s.owner
    WHERE NOT (s.owner OPERATOR(pg_catalog.=) ANY (SELECT oid FROM trusted))
    ORDER BY s.object
""")
"""Of functions and operators, an overload is enough; a type is only taken for a built-in one where
the search path names its schema before pg_catalog. Extensions are nothing of their own: what they
consist of belongs to whoever was able to install it, mostly a superuser, and the owner of one can
put other things into it.
"""

NOUNS = {"ROUTINE": "function", "OPERATOR": "operator", "TYPE": "type"}
MOST_NAMED = 5
"""How many a message names."""
NO_CATALOG = Words("leave pg_catalog out of the search_path, and it is searched first")

Statement = Callable[[Action], Sql]


def shadows(connection: Connection, statement: Statement) -> list[Lack]:
    """What could run, or be used, in place of something trusted: one item for each role and
    schema, with each ``statement`` that ends it.
    """
    found: dict[tuple[str, str], list[Any]] = {}
    for row in connection.execute(SHADOWS).all():
        found.setdefault((row.nspname, row.owner), []).append(row)
    return [
        Lack(_reason(owner, rows), _remedy(schema, owner, rows, statement))
        for (schema, owner), rows in found.items()
    ]


def _reason(owner: str, rows: Sequence[Any]) -> str:
    named = [f"the {NOUNS[row.kind]} {row.object}" for row in rows[:MOST_NAMED]]
    if len(rows) > MOST_NAMED:
        named.append(f"{len(rows) - MOST_NAMED} more")
    return (
        f"the role {owner} has put into the search_path what PostgreSQL may take for something of "
        f"the same name that is trusted: {', '.join(named)}"
    )


def _remedy(schema: str, owner: str, rows: Sequence[Any], statement: Statement) -> Remedy:
    words = [NO_CATALOG] if any(row.kind == "TYPE" for row in rows) else []
    drops = [Action(f"DROP {row.kind} {{}}", Raw(row.object)) for row in rows if row.kind != "TYPE"]
    revoke = Action(
        "REVOKE CREATE ON SCHEMA {} FROM PUBLIC, {}", Identifier(schema), Identifier(owner)
    )
    return Remedy((*words, *map(statement, [*drops, revoke])))
