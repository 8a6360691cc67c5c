"""What PostgreSQL would not permit, asked in one query."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.ddl import Action, Identifier
from autosync.remedy import Remedy, Sql, Words, advice
from autosync.rights import Lack, Need
from autosync.schema import qualified

LACKING = text("""
    WITH RECURSIVE needed AS (
        SELECT * FROM ROWS FROM (pg_catalog.unnest(CAST(:deeds AS pg_catalog.text[])),
                                 pg_catalog.unnest(CAST(:schemas AS pg_catalog.text[])),
                                 pg_catalog.unnest(CAST(:names AS pg_catalog.text[])))
                      AS needed (deed, schema, name)
    ),
    relation AS (
        SELECT DISTINCT ON (w.deed, w.schema, w.name) w.deed, c.oid, c.relowner, c.relnamespace
        FROM needed w
        JOIN pg_catalog.pg_class c
          ON c.relname OPERATOR(pg_catalog.=) w.name
         AND c.relkind OPERATOR(pg_catalog.=) ANY (
               CASE WHEN w.deed OPERATOR(pg_catalog.=) 'replace view' THEN '{v}'
                    ELSE '{r,p}' END::pg_catalog."char"[])
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
        WHERE CASE WHEN w.schema IS NULL
                   THEN n.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(false))
                   ELSE n.nspname OPERATOR(pg_catalog.=) w.schema END
        ORDER BY w.deed, w.schema, w.name,
                 pg_catalog.array_position(pg_catalog.current_schemas(false), n.nspname)
    ),
    altered AS (
        SELECT oid, relowner FROM relation
        WHERE deed OPERATOR(pg_catalog.=) ANY ('{alter,index,replace view}')
        UNION
        SELECT c.oid, c.relowner
        FROM altered a
        JOIN pg_catalog.pg_inherits i ON i.inhparent OPERATOR(pg_catalog.=) a.oid
        JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.inhrelid
    ),
    extended AS (
        SELECT DISTINCT ON (w.schema, w.name) t.oid
        FROM needed w
        JOIN pg_catalog.pg_type t
          ON t.typname OPERATOR(pg_catalog.=) w.name AND t.typtype OPERATOR(pg_catalog.=) 'e'
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
        WHERE w.deed OPERATOR(pg_catalog.=) 'extend'
          AND CASE WHEN w.schema IS NULL
                   THEN n.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(false))
                   ELSE n.nspname OPERATOR(pg_catalog.=) w.schema END
        ORDER BY w.schema, w.name,
                 pg_catalog.array_position(pg_catalog.current_schemas(false), n.nspname)
    ),
    used AS (
        SELECT n.oid, 'CREATE' AS privilege
        FROM needed w
        JOIN pg_catalog.pg_namespace n
          ON n.nspname OPERATOR(pg_catalog.=) coalesce(w.schema, pg_catalog.current_schema())
        WHERE w.deed OPERATOR(pg_catalog.~~) 'create%'
        UNION SELECT relnamespace, 'CREATE' FROM relation
              WHERE deed OPERATOR(pg_catalog.=) 'index'
        UNION SELECT relnamespace, 'USAGE' FROM relation
        UNION SELECT oid, 'USAGE' FROM pg_catalog.pg_namespace
              WHERE nspname OPERATOR(pg_catalog.=) ANY (SELECT schema FROM needed)
    ),
    lacking (place, what, schema, name, owner) AS (
        SELECT 1, 'standby', NULL::pg_catalog.name, NULL::pg_catalog.name, NULL::pg_catalog.oid
        WHERE pg_catalog.pg_is_in_recovery()
        UNION ALL
        SELECT 2, 'writing',
               CASE WHEN pg_catalog.current_setting('default_transaction_read_only')::boolean
                    THEN 'default'::pg_catalog.name END, NULL, NULL
        WHERE pg_catalog.current_setting('transaction_read_only')::boolean
          AND NOT pg_catalog.pg_is_in_recovery()
        UNION ALL
        SELECT 3, 'path',
               (SELECT n.nspname
                FROM pg_catalog.unnest(pg_catalog.string_to_array(
                       pg_catalog.current_setting('search_path'), ','))
                     WITH ORDINALITY path (name, place)
                JOIN pg_catalog.pg_namespace n
                  ON n.nspname OPERATOR(pg_catalog.=) trim(BOTH ' "' FROM path.name)
                ORDER BY place LIMIT 1), NULL, NULL
        WHERE pg_catalog.current_schema() IS NULL
          AND EXISTS (SELECT FROM needed
                      WHERE schema IS NULL AND deed OPERATOR(pg_catalog.~~) 'create%')
        UNION ALL
        SELECT 4, privilege, n.nspname, NULL, NULL
        FROM used u JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) u.oid
        WHERE NOT pg_catalog.has_schema_privilege(u.oid, u.privilege)
        UNION ALL
        SELECT 5, CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'v' THEN 'VIEW' ELSE 'TABLE' END,
               n.nspname, c.relname, a.relowner
        FROM altered a
        JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) a.oid
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
        WHERE NOT pg_catalog.pg_has_role(a.relowner, 'USAGE')
        UNION ALL
        SELECT 6, 'TYPE', n.nspname, t.typname, t.typowner
        FROM extended e
        JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) e.oid
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
        WHERE NOT pg_catalog.pg_has_role(t.typowner, 'USAGE')
        UNION ALL
        SELECT 7, 'REFERENCES', n.nspname, c.relname, NULL
        FROM relation r
        JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) r.oid
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
        WHERE r.deed OPERATOR(pg_catalog.=) 'reference'
          AND NOT pg_catalog.has_any_column_privilege(r.oid, 'REFERENCES')
    )
    SELECT what, schema, name, current_user AS role, pg_catalog.current_database() AS database,
           o.rolname AS owner,
           o.rolsuper OR o.rolcreaterole OR o.rolcreatedb AS above,
           me.rolinherit AND NOT pg_catalog.pg_has_role(l.owner, 'MEMBER') AS inherits,
           pg_catalog.current_setting('server_version_num')::pg_catalog.int4
             OPERATOR(pg_catalog.>=) 160000 AS can_inherit,
           pg_catalog.current_setting('search_path') AS path
    FROM lacking l
    JOIN pg_catalog.pg_roles me ON me.rolname OPERATOR(pg_catalog.=) current_user
    LEFT JOIN pg_catalog.pg_roles o ON o.oid OPERATOR(pg_catalog.=) l.owner
    ORDER BY place, schema, name, what
""")
"""To alter a table takes to own it and its partitions; to add an index, also to create in its
schema; to replace a view, to own it. Where nothing is lacking there is no row."""


def lacking(
    connection: Connection, statement: Callable[[Action], Sql], needs: Iterable[Need]
) -> list[Lack]:
    """What is not permitted of these needs, with the ``statement`` that grants it."""
    wanted = list(needs)
    parameters = {
        "deeds": [need.deed for need in wanted],
        "schemas": [need.key[0] for need in wanted],
        "names": [need.key[1] for need in wanted],
    }

    def run(template: str, *names: str) -> Remedy:
        return Remedy((statement(Action(template, *map(Identifier, names))),))

    return [LACKS[row.what](row, run) for row in connection.execute(LACKING, parameters).all()]


Run = Callable[..., Remedy]


def _standby(row: Any, run: Run) -> Lack:
    return Lack(
        "the server is a standby, on which nobody can write",
        advice("Connect to the primary (libpq: target_session_attrs=read-write)."),
    )


def _writing(row: Any, run: Run) -> Lack:
    template = "ALTER ROLE {} IN DATABASE {} SET default_transaction_read_only = off"
    words = Words(
        "begin it READ WRITE, and the engine without postgresql_readonly; or, if it is the default "
        "of the role or the database:"
    )
    altered = run(template, row.role, row.database)
    by_default = " by default_transaction_read_only" if row.schema else ""
    return Lack(f"the transaction is read-only{by_default}", Remedy((words, *altered.parts)))


def _path(row: Any, run: Run) -> Lack:
    remedy = advice("Set a search_path with the schema in which the tables are, or are to be.")
    if row.schema is not None:
        remedy = run("GRANT USAGE, CREATE ON SCHEMA {} TO {}", row.schema, row.role)
    return Lack(
        f"the role {row.role} may use no schema of its search_path ({row.path}): nothing can be "
        "created, and what looks missing may be hidden",
        remedy,
    )


def _schema(row: Any, run: Run) -> Lack:
    return Lack(
        f"the role {row.role} lacks {row.what} on the schema {row.schema}",
        run(f"GRANT {row.what} ON SCHEMA {{}} TO {{}}", row.schema, row.role),
    )


def _owned(row: Any, run: Run) -> Lack:
    """Membership takes nothing from the owner; but not in a role that may do more than own."""
    name = qualified((row.schema, row.name))
    # one that is a member already inherits only if it is told to
    words = "GRANT {} TO {}" if row.inherits else "GRANT {} TO {} WITH INHERIT TRUE"
    remedy = run(words, row.owner, row.role)
    if row.above or not (row.inherits or row.can_inherit):
        remedy = run(f"ALTER {row.what} {{}}.{{}} OWNER TO {{}}", row.schema, row.name, row.role)
    return Lack(
        f"the role {row.role} does not own the {row.what.lower()} {name}, which is {row.owner}'s",
        remedy,
    )


def _references(row: Any, run: Run) -> Lack:
    name = qualified((row.schema, row.name))
    return Lack(
        f"the role {row.role} lacks REFERENCES on the table {name}",
        run("GRANT REFERENCES ON TABLE {}.{} TO {}", row.schema, row.name, row.role),
    )


LACKS: dict[str, Callable[[Any, Run], Lack]] = {
    "standby": _standby,
    "writing": _writing,
    "path": _path,
    "CREATE": _schema,
    "USAGE": _schema,
    "TABLE": _owned,
    "VIEW": _owned,
    "TYPE": _owned,
    "REFERENCES": _references,
}
"""What to say of each row of the query."""
