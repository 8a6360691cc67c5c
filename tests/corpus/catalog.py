"""A database's catalog as plain data, read through SQLAlchemy's Inspector and not by autosync."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tests.servers.database import SQLALCHEMY


def catalog(engine: sa.engine.Engine) -> dict[str, Any]:
    """Everything that a comparison of two databases is about, without generated names."""
    inspector = sa.inspect(engine)
    found: dict[str, Any] = {
        name: _table(inspector, name) for name in sorted(inspector.get_table_names())
    }
    found["views"] = sorted(inspector.get_view_names())
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            query = "SELECT relname FROM pg_class WHERE relkind = 'S' ORDER BY 1"
            found["sequences"] = list(connection.exec_driver_sql(query).scalars())
            query = (
                "SELECT typname, string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_type "
                "JOIN pg_enum ON enumtypid = pg_type.oid GROUP BY typname ORDER BY typname"
            )
            found["enums"] = [tuple(row) for row in connection.exec_driver_sql(query)]
    return found


def _table(inspector: Any, name: str) -> dict[str, Any]:
    uniques = {tuple(u["column_names"]) for u in inspector.get_unique_constraints(name)}
    indexes = {_index(i) for i in inspector.get_indexes(name)}
    uniques |= {columns for columns, unique in indexes if unique}
    return {
        "columns": {
            c["name"]: (
                str(c["type"]),
                c["nullable"],
                c.get("default"),
                str(c.get("computed")),
                str(c.get("identity")),
                c.get("comment"),
            )
            for c in inspector.get_columns(name)
        },
        "primary_key": tuple(inspector.get_pk_constraint(name)["constrained_columns"]),
        "foreign_keys": _keys(inspector, name),
        "uniques": uniques,
        "indexes": {columns for columns, unique in indexes if not unique},
        "checks": _checks(inspector, name),
    }


def _index(index: Any) -> tuple[tuple[Any, ...], bool]:
    columns = tuple(index.get("expressions") or index["column_names"])
    return columns, bool(index["unique"])


def _keys(inspector: Any, name: str) -> set[Any]:
    """Foreign keys; SQLite's from the pragma, since the Inspector overlooks inline options."""
    if inspector.dialect.name != "sqlite":
        return {_key(key) for key in inspector.get_foreign_keys(name)}
    query = sa.text(
        'SELECT id, seq, "table", "from", "to", on_update, on_delete '
        "FROM pragma_foreign_key_list(:name) ORDER BY id, seq"
    )
    keys: dict[int, list[Any]] = {}
    with inspector.engine.connect() as connection:
        for row in connection.execute(query, {"name": name}):
            keys.setdefault(row[0], []).append(tuple(row[2:]))
    return {tuple(rows) for rows in keys.values()}


def _checks(inspector: Any, name: str) -> list[str]:
    """Checks; MariaDB's from its own view, since the Inspector overlooks those inside columns."""
    if inspector.dialect.name == "sqlite" and SQLALCHEMY < (2, 0):
        return []  # 1.4 finds only those that start a line
    if inspector.dialect.name != "mysql":
        return sorted(c["sqltext"] for c in inspector.get_check_constraints(name))
    query = sa.text(
        "SELECT check_clause FROM information_schema.check_constraints "
        "WHERE constraint_schema = DATABASE() AND table_name = :name ORDER BY 1"
    )
    with inspector.engine.connect() as connection:
        return list(connection.execute(query, {"name": name}).scalars())


def _key(key: Any) -> tuple[Any, ...]:
    return (
        tuple(key["constrained_columns"]),
        key["referred_schema"],
        key["referred_table"],
        tuple(key["referred_columns"]),
        tuple(sorted((k, v) for k, v in key.get("options", {}).items() if v)),
    )
