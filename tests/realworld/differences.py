"""What differs between two releases, computed from their files alone.

Nothing here knows autosync: it says what a careful person would expect of a database that has the
tables of one release (`live`), each with rows, and that is to serve another (`declared`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

APPLIED, REFUSED, NOTED = "applied", "refused", "noted"
DIALECTS = {"sqlite": "sqlite", "postgresql": "postgresql", "mariadb": "mysql"}
# PostgreSQL's manual, "Numeric Types": float without a precision means double precision, and so do
# float(25) to float(53).
SYNONYMS = {
    "postgresql": {"FLOAT": "DOUBLE PRECISION", "FLOAT(53)": "DOUBLE PRECISION"},
    "sqlite": {},
    "mariadb": {},
}
REFERENTIAL = ("ondelete", "onupdate", "deferrable", "initially")
ASPECTS = {"ondelete": "on_delete", "onupdate": "on_update", "initially": "deferred"}


class Difference(NamedTuple):
    """One expected entry of a plan. An enum type has no table."""

    outcome: str
    kind: str
    difference: str
    table: str | None
    name: str | None
    columns: tuple[str, ...] = ()


class Column(NamedTuple):
    """What a file says of a column, as far as one database can tell."""

    type: str
    nullable: bool
    scalar: bool
    enum: str | None


class Key(NamedTuple):
    """A foreign key, unique constraint, check or index."""

    kind: str
    name: str | None
    columns: tuple[str, ...]
    definition: tuple[Any, ...]
    options: dict[str, Any]


class Table:
    """What a file says of a table."""

    def __init__(self, document: dict[str, Any], name: str, database: str) -> None:
        described = document["tables"][name]
        self.columns = {
            column: read_column(document["types"][type_id], database, *flags)
            for column, type_id, *flags in described["cols"]
        }
        self.primary_key = tuple(described["pk"][1])
        self.keys = list(read_keys(described))


def read_column(
    described: dict[str, Any], database: str, flags: dict[str, Any] | None = None
) -> Column:
    flags = flags or {}
    text = described["ddl"][DIALECTS[database]]
    native = described["t"]["c"] == "sa.Enum" and database == "postgresql"
    return Column(
        SYNONYMS[database].get(text, text),
        nullable=not flags.get("nn"),
        scalar="scalar" in flags.get("pd", {}),
        enum=described["t"]["name"] if native else None,
    )


def read_keys(described: dict[str, Any]) -> Iterator[Key]:
    for name, columns, targets, options in described.get("fks", ()):
        pairs = tuple(sorted((c, *t) for c, t in zip(columns, targets, strict=True)))
        yield Key("foreign_key", final(name), tuple(columns), pairs, options)
    for name, columns, options in described.get("uqs", ()):
        yield Key("unique", final(name), tuple(columns), tuple(columns), options)
    for name, condition in described.get("cks", ()):
        yield Key("check", final(name), (), (condition,), {})
    for name, columns, unique, options in described.get("ixs", ()):
        kind = "unique" if unique else "index"  # a unique index keeps apart what a constraint does
        yield Key(kind, final(name), tuple(columns), tuple(columns), options)


def final(name: str | None) -> str | None:
    return name.removeprefix("~") if name else name


def differences(
    live: dict[str, Any], declared: dict[str, Any], database: str
) -> Counter[Difference]:
    """Every difference, with what is to become of it."""
    old = {name: Table(live, name, database) for name in live["tables"]}
    new = {name: Table(declared, name, database) for name in declared["tables"]}
    found = [
        *whole_tables(old, new),
        *(
            difference
            for name in new
            if name in old
            for difference in compare(name, old[name], new[name], database)
        ),
    ]
    return Counter([*found, *enums(live, declared, found, new, old)])


def whole_tables(old: Iterable[str], new: Iterable[str]) -> Iterator[Difference]:
    for name in sorted(set(new) - set(old)):
        yield Difference(APPLIED, "table", "missing", name, None)
    for name in sorted(set(old) - set(new)):
        yield Difference(NOTED, "table", "extra", name, None)


def compare(name: str, old: Table, new: Table, database: str) -> Iterator[Difference]:
    yield from new_columns(name, old, new)
    yield from old_columns(name, old, new)
    if old.primary_key != new.primary_key:
        yield Difference(REFUSED, "primary_key", "columns", name, None, new.primary_key)
    yield from missing_keys(name, old, new, database)
    yield from extra_keys(name, old, new, database)
    yield from changed_keys(name, old, new)


def new_columns(name: str, old: Table, new: Table) -> Iterator[Difference]:
    for column in new.columns:
        if column not in old.columns:
            outcome = APPLIED if is_safe(column, new) else REFUSED
            yield Difference(outcome, "column", "missing", name, column, (column,))


def is_safe(column: str, table: Table) -> bool:
    """Whether a table with rows can take a column: they need a value for it, or NULL."""
    described = table.columns[column]
    return column not in table.primary_key and (described.nullable or described.scalar)


def old_columns(name: str, old: Table, new: Table) -> Iterator[Difference]:
    for column, was in old.columns.items():
        now = new.columns.get(column)
        if now is None:
            # all defaults in the files are Python's: the database has none
            outcome = NOTED if was.nullable else REFUSED
            yield Difference(outcome, "column", "extra", name, column, (column,))
            continue
        if was.type != now.type:
            yield Difference(REFUSED, "column", "type", name, column, (column,))
        if was.nullable != now.nullable:
            yield Difference(REFUSED, "column", "nullable", name, column, (column,))


def missing_keys(name: str, old: Table, new: Table, database: str) -> Iterator[Difference]:
    """Keys, constraints and indexes are safe on new columns, and nowhere else."""
    for key in new.keys:
        if not has_alike(old, key, database):
            added = [column for column in key.columns if column not in old.columns]
            safe = added and all(is_safe(column, new) for column in added)
            outcome = APPLIED if safe else REFUSED
            yield Difference(outcome, key.kind, "missing", name, key.name, key.columns)


def extra_keys(name: str, old: Table, new: Table, database: str) -> Iterator[Difference]:
    for key in old.keys:
        if not has_alike(new, key, database):
            yield Difference(NOTED, key.kind, "extra", name, key.name, key.columns)


def has_alike(table: Table, key: Key, database: str) -> bool:
    """Whether the table has the like, under whatever name.

    MariaDB gives every foreign key an index of its own, which is all that an index of the same
    columns could be.
    """
    return any(
        other.definition == key.definition
        if other.kind == key.kind
        else database == "mariadb"
        and (other.kind, key.kind) == ("foreign_key", "index")
        and other.columns == key.columns
        for other in table.keys
    )


def changed_keys(name: str, old: Table, new: Table) -> Iterator[Difference]:
    pairs = {(key.kind, key.definition): key for key in old.keys}
    for key in new.keys:
        was = pairs.get((key.kind, key.definition))
        if was is None:
            continue
        for option in REFERENTIAL:
            if was.options.get(option) != key.options.get(option):
                aspect = ASPECTS.get(option, option)
                yield Difference(REFUSED, key.kind, aspect, name, key.name, key.columns)


def enums(
    live: dict[str, Any],
    declared: dict[str, Any],
    found: list[Difference],
    new: dict[str, Table],
    old: dict[str, Table],
) -> Iterator[Difference]:
    """PostgreSQL's enum types: one goes with the first table or column that needs it."""
    had, wanted = enum_labels(live, old), enum_labels(declared, new)
    for name, labels in wanted.items():
        if name not in had:
            outcome = APPLIED if name in enums_used(found, new) else REFUSED
            yield Difference(outcome, "enum", "missing", None, name)
            continue
        if set(labels) - set(had[name]):
            yield Difference(REFUSED, "enum", "labels", None, name)
        if set(had[name]) - set(labels):
            yield Difference(NOTED, "enum", "extra_labels", None, name)


def enum_labels(document: dict[str, Any], tables: dict[str, Table]) -> dict[str, list[str]]:
    """The labels of each enum type that a database has for a release."""
    used = {column.enum for table in tables.values() for column in table.columns.values()}
    types = [described["t"] for described in document["types"].values()]
    return {t["name"]: t["enums"] for t in types if "name" in t and t["name"] in used}


def enums_used(found: list[Difference], new: dict[str, Table]) -> set[str | None]:
    """The enum types of all that is added."""
    used: set[str | None] = set()
    for difference in found:
        if difference.outcome == APPLIED and difference.kind == "table":
            used |= {column.enum for column in new[str(difference.table)].columns.values()}
        if difference.outcome == APPLIED and difference.kind == "column":
            used.add(new[str(difference.table)].columns[str(difference.name)].enum)
    return used


def implied_defaults(
    found: Iterable[Difference], declared: dict[str, Any]
) -> dict[tuple[str, str], Any]:
    """The Python-side defaults that become server defaults, by table and column."""
    implied = {}
    for difference in found:
        if (difference.outcome, difference.kind) == (APPLIED, "column"):
            table, column = str(difference.table), str(difference.name)
            flags = flags_of(declared, table, column)
            if flags.get("nn"):
                implied[table, column] = flags["pd"]["scalar"]
    return implied


def flags_of(document: dict[str, Any], table: str, column: str) -> dict[str, Any]:
    """The flags of a column in a file."""
    rows = {name: flags for name, _type, *flags in document["tables"][table]["cols"]}
    return rows[column][0] if rows[column] else {}
