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
    for table in inspector.get_table_names():
        facts["table", table, None] = inspector.get_table_options(table) if has_options else {}
        facts.update(columns(inspector, table))
        facts.update(keys(inspector, table))
    facts.update((("view", name, None), None) for name in inspector.get_view_names())
    if engine.dialect.name == "postgresql":
        facts.update(
            (("enum", None, enum["name"]), tuple(enum["labels"])) for enum in inspector.get_enums()
        )
        sequences = inspector.get_sequence_names()
        facts.update((("sequence", None, name), None) for name in sequences)
    return facts


def columns(inspector: Inspector, table: str) -> Iterator[tuple[Fact, Any]]:
    for column in inspector.get_columns(table):
        details = {**column, "type": repr(column["type"])}
        default = details.pop("default")
        yield ("column", table, details.pop("name")), details
        if default is not None:
            yield ("default", table, column["name"]), default


def keys(inspector: Inspector, table: str) -> Iterator[tuple[Fact, Any]]:
    yield ("primary_key", table, None), inspector.get_pk_constraint(table)
    find = sqlite_keys if inspector.dialect.name == "sqlite" else Inspector.get_foreign_keys
    for key in find(inspector, table):
        yield ("foreign_key", table, tuple(key["constrained_columns"])), key
    for each in inspector.get_unique_constraints(table):
        yield ("unique", table, each["name"] or tuple(each["column_names"])), each
    for each in inspector.get_indexes(table):
        yield ("index", table, each["name"]), each
    for each in inspector.get_check_constraints(table):
        yield ("check", table, each["name"] or each["sqltext"]), each


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
