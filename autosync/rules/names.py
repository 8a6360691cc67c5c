"""Names that the database would not keep as they are."""

from __future__ import annotations

from typing import Any

from autosync.changes import MISSING, Change
from autosync.facts import Facts
from autosync.remedy import advice
from autosync.rules.base import Finding, refuses
from autosync.schema import Table

NAMED = ("table", "column", "foreign_key", "unique", "check", "index", "enum", "sequence")


@refuses(
    "name-unusable",
    *((kind, MISSING) for kind in NAMED),
    title="The database would not keep the name",
    consequence="The object would get another name, and the next start would not find it; or the "
    "statement fails.",
)
def name_unusable(change: Change, facts: Facts) -> Finding | None:
    """Databases cut off or reject names: PostgreSQL keeps 63 bytes (not characters) and cuts the
    rest silently, MariaDB takes 64 characters and no trailing space. SQLAlchemy does not check the
    names of columns.
    """
    for what, name in _names(change):
        problem = facts.dialect.name_problem(name)
        if problem is not None:
            return Finding(
                f"the name of the {what} {name!r} cannot be kept: {problem}",
                advice(f"Shorten the name of the {what} in the models."),
            )
    return None


def _names(change: Change) -> list[tuple[str, str]]:
    if change.kind == "table" and isinstance(change.declared, Table):
        table = change.declared
        columns = [("column", name) for name in table.columns]
        items: list[Any] = [*table.foreign_keys, *table.uniques, *table.checks, *table.indexes]
        named = [("constraint or index", item.name) for item in items if item.name is not None]
        return [("table", change.key[1]), *columns, *named]
    if change.kind in ("enum", "sequence"):
        labels = getattr(change.declared, "labels", ())
        return [(change.kind, change.key[1]), *(("label", label) for label in labels)]
    return [] if change.name is None else [(change.kind.replace("_", " "), change.name)]


@refuses(
    "names-collide",
    ("table", MISSING),
    ("column", MISSING),
    ("enum", MISSING),
    title="Two names are one for the database",
    consequence="The statement would fail, or one column would be taken for the other.",
)
def names_collide(change: Change, facts: Facts) -> Finding | None:
    """MariaDB and SQLite do not tell column names apart by case, so that two columns of the models
    which differ in nothing else cannot both exist. On PostgreSQL each table has a type of its name,
    which no enum type can have, and finds types that are built in before all others.
    """
    if change.kind == "enum":
        return _of_type(change, facts)
    if change.kind == "table":
        schema, own = change.key
        for other_schema, other in facts.declared.tables:
            same = facts.dialect.fold_table(other) == facts.dialect.fold_table(own)
            if (other_schema, same) == (schema, True) and other != own:
                return Finding(
                    f"the tables {other!r} and {own!r} have one name for the database",
                    advice("Rename one of them in the models."),
                )
    names = list(facts.declared.tables[change.key].columns)
    folded: dict[str, str] = {}
    for name in names:
        other = folded.setdefault(facts.dialect.fold(name), name)
        if other != name and (change.kind == "table" or change.name in (name, other)):
            return Finding(
                f"the columns {other!r} and {name!r} have one name for the database",
                advice("Rename one of them in the models."),
            )
    return None


def _of_type(change: Change, facts: Facts) -> Finding | None:
    name = change.key[1]
    if change.declared.origin.schema is None and facts.is_built_in(name):
        return Finding(
            f"the enum type {name!r} has the name of a type that is built in, and found first",
            advice("Rename it in the models, or name it with its schema."),
        )
    known = (facts.live.tables, facts.live.others, facts.declared.tables)
    if not facts.dialect.types_are_relations or not any(change.key in one for one in known):
        return None
    return Finding(
        f"the enum type {name!r} and a table have one name for the database",
        advice("Rename one of them in the models."),
    )
