"""Columns: which can be added, and which differences only a person can resolve."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from autosync.changes import EXTRA, MISSING, Change
from autosync.ddl import AddColumn, AlterTable
from autosync.dialects.columns import (
    addable,
    has_bind_parameters,
    nullable_without_default,
    python_function,
    with_default,
)
from autosync.dialects.texts import literal_text
from autosync.facts import Facts
from autosync.remedy import Fill, Part, Remedy, Words, advice, together
from autosync.rules.base import Finding, refuses
from autosync.rules.remedies import alteration, altered, knowing, run
from autosync.rules.renames import is_claimed
from autosync.rules.widths import holds
from autosync.schema import FETCHED, Column, qualified

IN_BATCHES = Words("in batches, if the table is large:")


@refuses(
    "column-type",
    ("column", "type"),
    title="The type of a column differs",
    consequence="Values may be cut off, refused or read back as something else.",
)
def column_type(change: Change, facts: Facts) -> Finding | None:
    """The database has another type than the models. Changing it may rewrite the table, fail on a
    row, or lose what does not fit.
    """
    if not change.said_by and facts.dialect.behave_alike(change.live, change.declared):
        return None
    column = change.declared.origin
    batch = f"alter_column({column.name!r}, type_=sa.{column.type!r})"
    ours, theirs = (facts.dialect.normal_type(one.type) for one in (change.declared, change.live))
    retype = facts.dialect.alter_type(column, change.live)
    remedy = altered(facts, retype, batch, column.table, loses=not holds(ours, theirs))
    return Finding(
        f"the models have {change.declared.type}, the database has {change.live.type}"
        + _according_to(change),
        together([_type_of(change.declared, facts), remedy]),
        "differs" if holds(theirs, ours) else "breaks",
    )


def _type_of(column: Column, facts: Facts) -> Remedy:
    """The statement for the enum type of an existing column, where the database lacks the type."""
    enum, key = facts.dialect.enum(column.origin), facts.enum_key(column)
    if enum is None or key in facts.live.enums:
        return Remedy()
    return run(facts, facts.dialect.create_enum(enum))


def _according_to(change: Change) -> str:
    return f" ({change.said_by} says that they differ)" if change.said_by else ""


@refuses(
    "column-nullable",
    ("column", "nullable"),
    title="NULL is allowed on one side only",
    consequence="INSERTs of NULL fail, or NULLs turn up where the models expect none.",
)
def column_nullable(change: Change, facts: Facts) -> Finding:
    """One side says NOT NULL and the other does not. Setting it reads every row and fails on the
    first NULL; dropping it lets older code write what newer code does not expect.
    """
    column = change.declared.origin
    sides = ("allow NULL", "does not") if column.nullable else ("say NOT NULL", "allows NULL")
    batch = f"alter_column({column.name!r}, nullable={column.nullable})"
    return Finding(
        f"the models {sides[0]}, the database {sides[1]}",
        altered(facts, facts.dialect.alter_nullable(column, change.live), batch, column.table),
        "breaks" if column.nullable else "differs",
    )


@refuses(
    "not-null-not-valid",
    ("column", "valid"),
    title="A NOT NULL was never validated",
    consequence="Older rows may hold NULL where the models expect none.",
)
def not_null_not_valid(change: Change, facts: Facts) -> Finding:
    """NOT NULL was added with NOT VALID (PostgreSQL 18), and nobody has validated it since."""
    table = facts.declared.tables[change.key].origin
    validate = facts.dialect.validate_constraint(table, change.live.not_valid)
    return Finding("the NOT NULL in the database is NOT VALID", run(facts, validate))


@refuses(
    "column-default",
    ("column", "default"),
    title="The server default of a column differs",
    consequence="Rows that leave the column out get another value than the models say, or none.",
)
def column_default(change: Change, facts: Facts) -> Finding:
    """The models declare a server default that the database does not have in this form."""
    column = change.declared.origin
    text = literal_text(change.declared.default)
    batch = f"alter_column({column.name!r}, server_default=sa.text({text!r}))"
    live = change.live.default or "none"
    return Finding(
        f"the models have {change.declared.default}, the database has {live}"
        + _according_to(change),
        altered(facts, facts.dialect.alter_default(column, change.live), batch, column.table),
    )


@refuses(
    "column-generated",
    ("column", "computed"),
    ("column", "identity"),
    ("column", "autoincrement"),
    title="The way a column gets its values differs",
    consequence="INSERTs fail for want of a value, or values are computed in another way.",
    severity="breaks",
)
def column_generated(change: Change, facts: Facts) -> Finding:
    """Computed, identity and auto-increment columns cannot be turned into one another, or into
    plain ones, without a look at the values that are there.
    """
    sides = [_generation(column) for column in (change.declared, change.live)]
    return Finding(
        f"in the models it is {sides[0]}, in the database {sides[1]}",
        advice(
            "Bring the column over in a migration of its own: add a new one, copy the values, swap "
            "the names."
        ),
    )


def _generation(column: Column) -> str:
    if column.computed is not None:
        return f"computed as {column.computed}" + (" (stored)" if column.stored else "")
    if column.identity is not None:
        return f"identity, generated {column.identity}"
    return "numbered by the database" if column.autoincrement else "plain"


@refuses(
    "column-collation",
    ("column", "collation"),
    title="The collation of a column differs",
    consequence="Sorting, comparing and uniqueness differ from what the models say.",
)
def column_collation(change: Change, facts: Facts) -> Finding:
    """Changing a collation rewrites the indexes of the column, and may break uniqueness."""
    column = change.declared.origin
    batch = f"alter_column({column.name!r}, type_=sa.{column.type!r})"
    declared, live = change.declared.collation, change.live.collation
    return Finding(
        f"the models have {declared or 'the default'}, the database has {live or 'the default'}",
        altered(facts, facts.dialect.alter_collation(column, change.live), batch, column.table),
    )


@refuses(
    "default-has-parameters",
    ("table", MISSING),
    ("column", MISSING),
    title="A server default would silently become NULL",
    consequence="SQLAlchemy compiles :name inside text() as a parameter, whose value is NULL here.",
)
def default_has_parameters(change: Change, facts: Facts) -> Finding | None:
    """``server_default=text("' :x'")`` has a bind parameter, and DDL has no parameters."""
    columns = change.declared.columns.values() if change.kind == "table" else [change.declared]
    for column in columns:
        if has_bind_parameters(column.origin):
            return Finding(
                f"the server default of {column.name!r} has a parameter in its text",
                advice("Write \\: for a colon in text(), or pass the default as a plain string."),
            )
    return None


@refuses(
    "primary-key-column",
    ("column", MISSING),
    title="A new column belongs to the primary key",
    consequence="The key of an existing table would have to change.",
)
def primary_key_column(change: Change, facts: Facts) -> Finding | None:
    """A primary key is never changed: it decides which rows are the same."""
    if change.name not in facts.declared.tables[change.key].primary_key.columns:
        return None
    return Finding(
        "the column is a part of the primary key in the models",
        advice(
            "Add the column as nullable, fill it, and exchange the key in a migration of your own."
        ),
    )


@refuses(
    "not-null-without-default",
    ("column", MISSING),
    title="A new NOT NULL column has no value for the rows there are",
    consequence="The database refuses it, or (MariaDB) invents values such as 0 and ''.",
)
def not_null_without_default(change: Change, facts: Facts) -> Finding | None:
    """The table has rows, and nothing says what the new column holds for them. A callable default
    does not count: it runs in Python, once for each new object. (``dict``, ``list``, ``str``,
    ``int``, ``float`` and ``bool`` do, which make the same value each time; so do SQL expressions,
    which the server computes.) Where the server has the like of a function, such as ``uuid4`` or
    ``datetime.now``, the remedy has it. On MariaDB and MySQL the table counts as having rows where
    nobody can be kept from adding some meanwhile: on a connection that was handed in, and on a
    Galera cluster.
    """
    column = change.declared
    if column.nullable or column.identity or column.autoincrement:
        return None
    if facts.fills(column) or (column.computed and not facts.is_virtual(column)):
        return None
    has_rows = facts.has_rows(change.key)
    open_ = facts.dialect.invents_values and (facts.joined or facts.around().nodes)
    if has_rows is False and not open_:
        return None
    known = "the table has rows" if has_rows else f"the table may have rows: {_why(change, facts)}"
    if column.computed:
        reason = "whether its expression gives NULL for a row is not asked"
        steps = _in_steps(column, column.origin, facts)
        return Finding(f"the column is NOT NULL, {reason}, and {known}", steps)
    if column.origin.default is None:
        reason = "it has no default"
    elif python_function(column.origin) is not None:
        reason = "its default is computed in Python"
    else:
        reason = "its default is nothing that a column can have in the database"
    return Finding(f"the column is NOT NULL, {reason}, and {known}", _filling(column, facts))


def _why(change: Change, facts: Facts) -> str:
    """Why a table that seems to be empty may have rows."""
    if facts.around().nodes:
        return "none of the cluster's nodes can keep the others from adding some meanwhile"
    return facts.unknown(change.key)


def _filling(column: Column, facts: Facts) -> Remedy:
    """How a column comes to a value in every row, where the models give none that SQL has."""
    computed = facts.dialect.computed_by_server(column)
    if computed is None:
        words = "give the column a server_default or a scalar default in the models, or:"
        return knowing(words, _in_steps(column, column.origin, facts))
    text = sa.text(literal_text(computed))
    words = f"the server can compute it: server_default=sa.text({text.text!r}) in the models, and:"
    return knowing(words, _in_steps(column, with_default(column.origin, text), facts))


def _in_steps(column: Column, declared: sa.Column[Any], facts: Facts) -> Remedy:
    """The gentle way to a column with a value in every row: add, default, fill, NOT NULL."""
    dialect, statement = facts.dialect, facts.dialect.statement
    default = dialect.compiler.default(declared)
    if default is not None and dialect.normal_default(default, column.type) is None:
        default = None
    bare = column._replace(nullable=True, default=None)
    filled = column._replace(default=default)
    added = AlterTable(declared.table, [AddColumn(nullable_without_default(declared))])
    steps: list[Part] = [statement(added)]
    if default is not None:
        if dialect.alters_columns:
            steps.append(statement(dialect.alter_default(declared, bare)))
        steps += [IN_BATCHES, statement(dialect.fill_with_default(declared))]
    elif column.computed is None:
        steps.append(Fill(statement(dialect.fill(declared))))
    if not declared.nullable:
        batch = f"alter_column({declared.name!r}, nullable=False)"
        set_not_null = dialect.alter_nullable(declared, filled)
        steps.append(alteration(facts, set_not_null, batch, declared.table))
    return Remedy(tuple(steps))


@refuses(
    "stored-column",
    ("column", MISSING),
    title="A stored computed column cannot be added",
    consequence="The statement would fail.",
)
def stored_column(change: Change, facts: Facts) -> Finding | None:
    """SQLite adds virtual computed columns only."""
    if not (change.declared.computed and change.declared.stored):
        return None
    if facts.dialect.adds_stored_columns:
        return None
    return Finding(
        "this database adds no stored computed column to an existing table",
        advice("Declare it with Computed(..., persisted=False)."),
    )


@refuses(
    "type-missing",
    ("table", MISSING),
    ("column", MISSING),
    title="The database lacks a type",
    consequence="The statement would fail.",
)
def type_missing(change: Change, facts: Facts) -> Finding | None:
    """Enum types are created with the columns that use them. Domains, and types of extensions, are
    not: create the domain or the extension first.
    """
    columns = change.declared.columns.values() if change.kind == "table" else [change.declared]
    for column in columns:
        is_enum = facts.dialect.enum(column.origin) is not None
        if not is_enum and facts.type_exists(column.type) is False:
            return Finding(
                f"the column {column.name} is {column.type}, which the database does not know",
                advice("Create the domain, or CREATE EXTENSION for the extension that has it."),
            )
    return None


@refuses(
    "rewrites-table",
    ("column", MISSING),
    title="Adding the column would rewrite the table",
    consequence="The table would be locked for as long as that takes, or the statement fails.",
)
def rewrites_table(change: Change, facts: Facts) -> Finding | None:
    """Where a table has rows, a column whose value differs from row to row (a volatile default, a
    sequence, a stored expression) makes the database write every row anew.

    MySQL and MariaDB copy some tables for any column (of another engine than InnoDB, compressed,
    with a FULLTEXT index), and MySQL all of them for a default that it takes as an expression only,
    such as that of a JSON column. That is done for a table of up to half of ``max_rows_scanned``
    rows.
    """
    if facts.has_rows(change.key) is False or change.declared.default == FETCHED:
        return None
    reason = facts.rewrite(change.key, change.declared) or _copied(change, facts)
    return None if reason is None else Finding(reason, _rewriting(change.declared, facts))


def _copied(change: Change, facts: Facts) -> str | None:
    """Why a table is copied for a column, if it is too large for that."""
    reason = facts.copied_for(change.key, change.declared)
    if reason is None or facts.is_large(change.key, "column") is False:
        return None
    most = facts.most_rows("column")
    return f"{reason}, and it may have more than {most:,} row{'s'[: most != 1]}"


def _rewriting(column: Column, facts: Facts) -> Remedy:
    """Step by step where it is the default that would do it; or else at a quiet time."""
    if column.default_when_added not in (None, FETCHED):
        return _in_steps(column, addable(column), facts)
    added = AlterTable(column.origin.table, [AddColumn(column.origin)])
    words = "run it when nobody needs the table, for it is locked as long as that takes:"
    return knowing(words, run(facts, added))


@refuses(
    "required-column",
    ("column", EXTRA),
    title="The database wants a value that the models never give",
    consequence="Every INSERT of these models fails.",
    severity="breaks",
)
def required_column(change: Change, facts: Facts) -> Finding | None:
    """A live column is NOT NULL, has no default, and is not in the models. Where it looks like one
    that was renamed, that refusal says what to do.
    """
    column = change.live
    if not facts.is_required(column) or is_claimed(column, change.key, facts):
        return None
    table = facts.declared.tables[change.key].origin
    batch = f"alter_column({column.name!r}, nullable=True)"
    return Finding(
        f"{qualified(change.key)}.{column.name} is NOT NULL without a default, and only the "
        "database has it",
        altered(facts, facts.dialect.drop_not_null(table, column), batch, table),
    )
