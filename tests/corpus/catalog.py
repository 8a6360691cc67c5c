"""A database's catalog as plain data, read through SQLAlchemy's Inspector and not by autosync."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tests.servers.database import SQLALCHEMY

ASPECTS = ("columns", "pk_constraint", "foreign_keys", "unique_constraints", "indexes")

SPELLINGS = {"(now())": "CURRENT_TIMESTAMP", "(-(1))": "'-1'"}
"""MySQL's words for SQLAlchemy's expressions, and for the same defaults as autosync writes them."""


def catalog(engine: sa.engine.Engine) -> dict[str, Any]:
    """Everything that a comparison of two databases is about, without generated names."""
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        names = sorted(inspector.get_table_names())
        read = {aspect: _read(inspector, aspect, names) for aspect in ASPECTS}
        read["check_constraints"] = _checks(connection, inspector, names)
        found: dict[str, Any] = {name: _table(connection, name, read) for name in names}
        found.update(_views(connection, inspector))
        if engine.dialect.name == "postgresql":
            query = "SELECT relname FROM pg_class WHERE relkind = 'S' ORDER BY 1"
            found["sequences"] = list(connection.exec_driver_sql(query).scalars())
            query = (
                "SELECT typname, string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_type "
                "JOIN pg_enum ON enumtypid = pg_type.oid GROUP BY typname ORDER BY typname"
            )
            found["enums"] = [tuple(row) for row in connection.exec_driver_sql(query)]
    return found


def _views(connection: Connection, inspector: Any) -> dict[str, str]:
    """The definitions of the views, in which MariaDB names the database."""
    names = inspector.get_view_names()
    if connection.dialect.name == "postgresql" and SQLALCHEMY >= (2, 0):
        names += inspector.get_materialized_view_names()
    database = f"`{connection.engine.url.database}`."
    return {
        f"view {name}": inspector.get_view_definition(name).replace(database, "") for name in names
    }


def _read(inspector: Any, aspect: str, names: list[str]) -> dict[str, Any]:
    """One aspect of all tables, at once where SQLAlchemy can."""
    at_once = getattr(inspector, f"get_multi_{aspect}", None)
    if at_once is not None:
        return {name: found for (_, name), found in at_once().items()}
    return {name: getattr(inspector, f"get_{aspect}")(name) for name in names}


def _table(connection: Connection, name: str, read: dict[str, dict[str, Any]]) -> dict[str, Any]:
    uniques = {tuple(u["column_names"]) for u in read["unique_constraints"][name]}
    indexes = {_index(i) for i in read["indexes"][name]}
    uniques |= {columns for columns, unique in indexes if unique}
    return {
        "columns": {
            c["name"]: (
                str(c["type"]),
                c["nullable"],
                SPELLINGS.get(c.get("default"), c.get("default")),
                str(c.get("computed")),
                str(c.get("identity")),
                c.get("comment"),
            )
            for c in read["columns"][name]
        },
        "primary_key": tuple(read["pk_constraint"][name]["constrained_columns"]),
        "foreign_keys": _keys(connection, name, read["foreign_keys"]),
        "uniques": uniques,
        "indexes": {columns for columns, unique in indexes if not unique},
        "checks": read["check_constraints"].get(name, []),
    }


def _index(index: Any) -> tuple[tuple[Any, ...], bool]:
    columns = tuple(index.get("expressions") or index["column_names"])
    return columns, bool(index["unique"])


def _keys(connection: Connection, name: str, read: dict[str, Any]) -> set[Any]:
    """Foreign keys; SQLite's from the pragma, since the Inspector overlooks inline options."""
    if connection.dialect.name != "sqlite":
        return {_key(key) for key in read[name]}
    query = sa.text(
        'SELECT id, seq, "table", "from", "to", on_update, on_delete '
        "FROM pragma_foreign_key_list(:name) ORDER BY id, seq"
    )
    keys: dict[int, list[Any]] = {}
    for row in connection.execute(query, {"name": name}):
        keys.setdefault(row[0], []).append(tuple(row[2:]))
    return {tuple(rows) for rows in keys.values()}


def _checks(connection: Connection, inspector: Any, names: list[str]) -> dict[str, list[str]]:
    """Checks; MariaDB's from its own view, since the Inspector overlooks those inside columns."""
    if connection.dialect.name == "sqlite" and SQLALCHEMY < (2, 0):
        return {}  # 1.4 finds only those that start a line
    if connection.dialect.name != "mysql":
        read = _read(inspector, "check_constraints", names)
        return {name: sorted(check["sqltext"] for check in read[name]) for name in names}
    found: dict[str, list[str]] = {}
    # MySQL's view does not tell of which table a check is
    table = "" if connection.dialect.is_mariadb else "JOIN information_schema.table_constraints "
    using = table and "USING (constraint_schema, constraint_name) "
    query = (
        f"SELECT table_name, check_clause FROM information_schema.check_constraints {table}{using}"
        "WHERE constraint_schema = DATABASE() ORDER BY 2"
    )
    for name, text in connection.exec_driver_sql(query):
        found.setdefault(name, []).append(text)
    return found


def _key(key: Any) -> tuple[Any, ...]:
    return (
        tuple(key["constrained_columns"]),
        key["referred_schema"],
        key["referred_table"],
        tuple(key["referred_columns"]),
        tuple(sorted((k, v) for k, v in key.get("options", {}).items() if v)),
    )
