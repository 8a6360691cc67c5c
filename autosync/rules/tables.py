"""Tables, and what stands in their place."""

from __future__ import annotations

from sqlalchemy.schema import CreateSchema

from autosync.changes import MISSING, Change
from autosync.facts import Facts
from autosync.remedy import advice, together
from autosync.rules.base import Finding, refuses
from autosync.rules.remedies import altered, run
from autosync.schema import PrimaryKey, Unrendered, qualified

NOT_RENDERED = "not-rendered"


@refuses(
    NOT_RENDERED,
    ("table", MISSING),
    title="SQLAlchemy cannot write it down for this database",
    consequence="It is neither created nor compared.",
)
def not_rendered(change: Change, facts: Facts) -> Finding | None:
    """A type, a default or an expression of the models has no form on this database: a ``String``
    without a length on MySQL and MariaDB, a construct that is compiled for another one only. A new
    table with such a part is refused as a whole; of an existing one, only that part.
    """
    declared = change.declared
    parts = [declared] if isinstance(declared, Unrendered) else declared.unrendered
    if not parts:
        return None
    said = [
        f"{part.kind.replace('_', ' ')} {part.name}: {part.reason}" if part.name else part.reason
        for part in parts
    ]
    return Finding(
        "; ".join(said),
        advice(
            "Give it a form that this database has, such as a length for a String; or leave it out "
            "with exclude."
        ),
    )


@refuses(
    "not-a-table",
    ("table", "kind"),
    title="Something else stands in the place of the table",
    consequence="The models read and write something other than the table they describe.",
    severity="breaks",
)
def not_a_table(change: Change, facts: Facts) -> Finding:
    """A view, partition, foreign, temporary or otherwise special table has the name of a declared
    one. It is not compared, and nothing is added to it.
    """
    name, kind = qualified(change.key), change.live.kind
    known = facts.dialect.about_kind(kind)
    otherwise = (
        f"Rename it, or the model; or mark it as no table of these models by keeping {name} in a "
        "MetaData of its own."
    )
    return Finding(f"{name} is a {kind} in the database", advice(known or otherwise))


@refuses(
    "table-options",
    ("table", "options"),
    title="The table as a whole is kept in another way",
    consequence="Values are taken, told apart, numbered or stored otherwise than the models say.",
)
def table_options(change: Change, facts: Facts) -> Finding:
    """An option that the models give the table is another one in the database: STRICT, WITHOUT
    ROWID, AUTOINCREMENT or ON CONFLICT of SQLite, the engine, character set or collation of MySQL;
    or a table of PostgreSQL is UNLOGGED on one side only, and loses its rows in a crash.
    """
    ours, theirs = change.declared.options, change.live.options
    differing = [name for name in ours if ours[name] != theirs.get(name)]
    declared, live = (
        ", ".join(f"{name}: {side.get(name) or 'no'}" for name in differing)
        for side in (ours, theirs)
    )
    return Finding(
        f"the models have {declared}; the database has {live}",
        advice(
            "Make a new table with these options in a migration of its own, copy the rows and swap "
            "the names; or give the model the options of the database."
        ),
    )


@refuses(
    "schema-missing",
    ("table", MISSING),
    ("sequence", MISSING),
    ("enum", MISSING),
    ("view", MISSING),
    title="The schema does not exist",
    consequence="Nothing can be created in it.",
)
def schema_missing(change: Change, facts: Facts) -> Finding | None:
    """Schemas are not created: who owns one and who may use it is not in the models."""
    schema = change.key[0]
    if schema is None or facts.schema_exists(schema):
        return None
    create = run(facts, CreateSchema(schema))
    if not facts.dialect.answers:
        again = advice(f"or, if the database has it: make the snapshot with --schema {schema}")
        return Finding(f"the snapshot has no schema {schema!r}", together([create, again]))
    return Finding(f"there is no schema {schema!r}", create)


@refuses(
    "primary-key",
    ("primary_key", MISSING),
    ("primary_key", "columns"),
    ("primary_key", "extra"),
    ("primary_key", "deferrable"),
    ("primary_key", "temporal"),
    title="The primary key differs",
    consequence="Rows that are one for the models may be several in the database, or the reverse.",
)
def primary_key(change: Change, facts: Facts) -> Finding:
    """A primary key is never changed: it decides which rows are the same."""
    sides = [_described(side) for side in (change.declared, change.live)]
    table = facts.declared.tables[change.key].origin
    remedy = advice("Give the model the primary key of the database.")
    if change.declared and not change.live.columns:
        add = facts.dialect.add_constraint(table.primary_key)
        columns = list(change.declared.columns)
        batch = f"create_primary_key({change.name or f'pk_{table.name}'!r}, {columns!r})"
        remedy = altered(facts, add, batch, table)
    return Finding(f"the models have {sides[0]}, the database has {sides[1]}", remedy)


def _described(key: PrimaryKey | None) -> str:
    columns = ", ".join(key.columns if key else ()) or "none"
    temporal = " WITHOUT OVERLAPS" if key and key.temporal else ""
    return f"({columns}{temporal}){' DEFERRABLE' if key and key.deferrable else ''}"
