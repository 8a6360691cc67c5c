"""What a database has, as SQLAlchemy's Inspector sees it."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.engine.reflection import Inspector

Fact = tuple[str, str | None, Any]
Catalog = dict[Fact, Any]


def read_catalog(engine: Engine) -> Catalog:
    """Return all that the database has: (kind, table, name or columns), and its details."""
    inspector = sa.inspect(engine)
    facts: Catalog = {}
    has_options = engine.dialect.name == "mysql"
    tables = inspector.get_table_names()
    for table in tables:
        facts["table", table, None] = inspector.get_table_options(table) if has_options else {}
    facts.update(columns(inspector, tables))
    facts.update(keys(inspector, tables))
    facts.update((("view", name, None), None) for name in inspector.get_view_names())
    if engine.dialect.name == "postgresql":
        facts.update(
            (("enum", None, enum["name"]), tuple(enum["labels"])) for enum in inspector.get_enums()
        )
        sequences = inspector.get_sequence_names()
        facts.update((("sequence", None, name), None) for name in sequences)
    return facts


def of_all(inspector: Inspector, what: str, tables: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield what the Inspector knows of each table, in one query where SQLAlchemy has one."""
    get_multi = getattr(inspector, f"get_multi_{what}", None)
    if get_multi is None:
        get = getattr(inspector, f"get_{what}")
        yield from ((table, get(table)) for table in tables)
    else:
        yield from ((table, found) for (_, table), found in get_multi().items())


def columns(inspector: Inspector, tables: list[str]) -> Iterator[tuple[Fact, Any]]:
    for table, found in of_all(inspector, "columns", tables):
        for column in found:
            details = {**column, "type": repr(column["type"])}
            default = details.pop("default")
            yield ("column", table, details.pop("name")), details
            if default is not None:
                yield ("default", table, column["name"]), default


def keys(inspector: Inspector, tables: list[str]) -> Iterator[tuple[Fact, Any]]:
    for table, key in of_all(inspector, "pk_constraint", tables):
        yield ("primary_key", table, None), key
    for table, found in foreign_keys(inspector, tables):
        for key in found:
            yield ("foreign_key", table, tuple(key["constrained_columns"])), key
    for table, found in of_all(inspector, "unique_constraints", tables):
        for each in found:
            yield ("unique", table, each["name"] or tuple(each["column_names"])), each
    for table, found in of_all(inspector, "indexes", tables):
        for each in found:
            yield ("index", table, each["name"]), each
    for table, found in of_all(inspector, "check_constraints", tables):
        for each in found:
            yield ("check", table, each["name"] or each["sqltext"]), each


def foreign_keys(inspector: Inspector, tables: list[str]) -> Iterator[tuple[str, Any]]:
    if inspector.dialect.name == "sqlite":
        return ((table, sqlite_keys(inspector, table)) for table in tables)
    return of_all(inspector, "foreign_keys", tables)


def sqlite_keys(inspector: Inspector, table: str) -> list[dict[str, Any]]:
    """Return the foreign keys of a table.

    Of a key that is written beside its column, the Inspector knows neither name nor ON DELETE.
    """
    with inspector.engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT * FROM pragma_foreign_key_list(:name)"), {"name": table}
        )
        found: dict[int, dict[str, Any]] = {}
        for number, _, target, column, referred, *rules in rows:
            key = found.setdefault(number, {"constrained_columns": [], "target": target})
            key["constrained_columns"].append(column)
            key.setdefault("referred_columns", []).append(referred)
            key["rules"] = rules
    return list(found.values())


def belongings(catalog: Catalog, table: str) -> set[Fact]:
    """Return a table and all that belongs to it."""
    return {fact for fact in catalog if fact[1] == table}
