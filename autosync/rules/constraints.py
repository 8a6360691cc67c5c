"""Foreign keys, unique constraints and checks."""

from __future__ import annotations

from autosync.changes import MISSING, Change
from autosync.facts import Facts
from autosync.remedy import advice
from autosync.rules import targets
from autosync.rules.base import Finding, refuses
from autosync.rules.gentle import is_gentle
from autosync.rules.mending import add, add_gently, again, validate
from autosync.rules.remedies import run
from autosync.schema import ForeignKey, PrimaryKey, Unique, qualified


def _on_old_columns(change: Change, facts: Facts) -> bool:
    return not facts.is_new(change.key, change.columns)


TEMPORAL = "Accept it: SQLAlchemy cannot declare a temporal key."


@refuses(
    "foreign-key-missing",
    ("foreign_key", MISSING),
    title="An existing column lacks its foreign key",
    consequence="Rows that point nowhere are possible, and may be there already.",
)
def foreign_key_missing(change: Change, facts: Facts) -> Finding | None:
    """A key on columns that exist reads every row, and fails on the first that points nowhere."""
    if not _on_old_columns(change, facts):
        return None
    target = qualified(change.declared.target)
    return Finding(f"the database has no key of these columns to {target}", add(change, facts))


@refuses(
    "foreign-key-differs",
    ("foreign_key", "target"),
    ("foreign_key", "columns"),
    ("foreign_key", "on_delete"),
    ("foreign_key", "on_update"),
    ("foreign_key", "match"),
    ("foreign_key", "deferrable"),
    ("foreign_key", "deferred"),
    ("foreign_key", "temporal"),
    title="A foreign key differs",
    consequence="Deleting or changing a row that is pointed at does something else than the models "
    "say.",
)
def foreign_key_differs(change: Change, facts: Facts) -> Finding:
    """Columns, target, ON DELETE, ON UPDATE, MATCH or deferrability differ. A key cannot be
    altered: it is dropped and added again.
    """
    sides = [_described(key, change.difference) for key in (change.declared, change.live)]
    reason = f"the models have {sides[0]}, the database has {sides[1]}"
    if change.difference == "temporal":
        return Finding(reason, advice(TEMPORAL))
    return Finding(reason, again(change, facts))


def _described(key: ForeignKey, difference: str) -> str:
    if difference == "target":
        return f"{qualified(key.target)} ({', '.join(key.target_columns)})"
    if difference == "columns":
        return f"({', '.join(key.columns)})"
    if difference in ("on_delete", "on_update"):
        clause = difference.upper().replace("_", " ")
        return f"{clause} {getattr(key, difference) or 'NO ACTION'}"
    if difference == "match":
        return f"MATCH {key.match or 'SIMPLE'}"
    return difference if getattr(key, difference) else f"not {difference}"


@refuses(
    "foreign-key-not-valid",
    ("foreign_key", "valid"),
    title="A foreign key was never validated",
    consequence="Older rows may point nowhere.",
)
def foreign_key_not_valid(change: Change, facts: Facts) -> Finding | None:
    """The key was added with NOT VALID, and nobody has validated it since."""
    if facts.is_new(change.key, change.columns):
        # this process has just added it, and the next statement validates it
        return None
    return Finding("the key in the database is NOT VALID", validate(change, facts))


@refuses(
    "constraint-not-enforced",
    ("foreign_key", "enforced"),
    ("check", "enforced"),
    title="A constraint is not enforced",
    consequence="Rows may break it: those there are, and those to come.",
)
def constraint_not_enforced(change: Change, facts: Facts) -> Finding:
    """Somebody has made the key or the check NOT ENFORCED. Enforcing it reads all rows, and fails
    where one breaks it. PostgreSQL has to drop it for that, and add it again.
    """
    is_check = change.kind == "check"
    table = facts.declared.tables[change.key].origin
    enforce = facts.dialect.enforce_check(table, change.live.name) if is_check else None
    name = "check" if is_check else "key"
    return Finding(
        f"the {name} in the database is NOT ENFORCED",
        again(change, facts) if enforce is None else run(facts, enforce),
    )


@refuses(
    "foreign-key-target",
    ("foreign_key", MISSING),
    ("table", MISSING),
    title="A foreign key points at what cannot be pointed at",
    consequence="The database refuses the key; SQLite takes it, and then every change of the "
    "target fails.",
)
def foreign_key_target(change: Change, facts: Facts) -> Finding | None:
    """The columns that a new key points at have to be the primary key or unique together, and of a
    type that fits. InnoDB takes an index that begins with them (MySQL from 8.4 only if
    ``restrict_fk_on_non_standard_key`` is off), SQLite any column unless ``PRAGMA foreign_keys``
    is on. MySQL and MariaDB want the same collation, and InnoDB, on both sides.
    """
    keys = change.declared.foreign_keys if change.kind == "table" else [change.declared]
    findings = (_target(key, change, facts) for key in keys)
    return next((finding for finding in findings if finding is not None), None)


def _target(key: ForeignKey, change: Change, facts: Facts) -> Finding | None:
    target = facts.target(key)
    if target is None or target.unread:
        return None
    if not targets.is_allowed(key, facts):
        named = f"{', '.join(key.target_columns)} of {qualified(key.target)}"
        keys: list[PrimaryKey | Unique] = [target.primary_key, *target.uniques]
        if any(one.temporal and set(one.columns) == set(key.target_columns) for one in keys):
            return Finding(
                f"{named} is unique at each moment only (WITHOUT OVERLAPS)",
                advice("Point the key at columns that are unique by themselves."),
            )
        lacks = "is not unique" if facts.target_rule != "index" else "has no index"
        unknown = "" if facts.target_rule else f", and whether it has to be: {facts.unknown()}"
        return Finding(
            f"{named} {lacks}{unknown}",
            advice("Make the columns unique first, or point the key at the primary key."),
        )
    columns = facts.declared.tables[change.key].columns
    for name, other in zip(key.columns, key.target_columns, strict=True):
        column = target.columns.get(other)
        if column is not None and not facts.dialect.key_types_agree(columns[name], column):
            ours, theirs = map(facts.dialect.normal_type, (columns[name].type, column.type))
            return Finding(
                f"{name} is {ours}, but {qualified(key.target)}.{other} is {theirs}",
                advice("Give both columns the same type."),
            )
    obstacle = facts.obstacle_to_key(change.key, key)
    return None if obstacle is None else Finding(obstacle, advice("Make both sides alike."))


def _goes_inline(change: Change, facts: Facts) -> bool:
    """Whether a key is the first of its column, and so a part of its definition."""
    keys = facts.declared.tables[change.key].foreign_keys
    first = next((key for key in keys if key.columns == change.columns), None)
    return change.kind == "foreign_key" and first is not None and first == change.declared


@refuses(
    "foreign-key-default",
    ("foreign_key", MISSING),
    title="The default of a new column points nowhere",
    consequence="Every row there is would break the key.",
)
def foreign_key_default(change: Change, facts: Facts) -> Finding | None:
    """A new column with a foreign key and a default gives all rows that default, so a row with this
    key has to exist.
    """
    default = facts.declared.tables[change.key].columns[change.columns[0]].default_when_added
    if len(change.columns) > 1 or default is None or facts.has_rows(change.key) is False:
        return None
    found = facts.default_is_in(change.declared, default)
    if found:
        return None
    target = qualified(change.declared.target)
    why = facts.unknown(change.declared.target)
    unknown = f"whether a row of {target} has {default} is not known: {why}"
    return Finding(
        unknown if found is None else f"no row of {target} was found with {default}",
        advice("Insert that row first, or make the column nullable without a default."),
    )


@refuses(
    "unique-missing",
    ("unique", MISSING),
    title="An existing column lacks its unique constraint",
    consequence="Duplicates are possible, and may be there already.",
)
def unique_missing(change: Change, facts: Facts) -> Finding | None:
    """Uniqueness of columns that exist reads every row, and fails on the first duplicate."""
    if not _on_old_columns(change, facts):
        return None
    return Finding("nothing in the database keeps these columns unique", add(change, facts))


@refuses(
    "unique-default",
    ("unique", MISSING),
    ("index", MISSING),
    title="Rows would get the same value in a unique column",
    consequence="The statement would fail.",
)
def unique_default(change: Change, facts: Facts) -> Finding | None:
    """A new unique column with a default gives the same value to every row there is, as does one
    whose NULLs are not distinct, so that the other columns have to tell the rows apart.
    """
    if change.kind == "index" and not change.declared.unique:
        return None
    if change.key not in facts.live.tables or _on_old_columns(change, facts):
        return None
    columns = facts.declared.tables[change.key].columns
    old = tuple(name for name in change.columns if not facts.is_new(change.key, (name,)))
    filled = [columns[name].default_when_added for name in change.columns if name not in old]
    same = all(filled) or not change.declared.nulls_distinct
    if not same or facts.has_rows(change.key) is False:
        return None
    if facts.is_large(change.key) is not False:
        return None
    found = facts.has_duplicates(change.key, old)
    if found is False:
        return None
    unknown = (
        f"the table may have rows that would agree in these columns: {facts.unknown(change.key)}"
    )
    return Finding(
        "the table has rows that would agree in these columns" if found else unknown,
        advice("Make the column nullable without a default, fill it, and add the rest afterwards."),
    )


@refuses(
    "unique-differs",
    ("unique", "columns"),
    ("unique", "nulls_distinct"),
    ("unique", "deferrable"),
    ("unique", "deferred"),
    ("unique", "temporal"),
    title="A unique constraint differs",
    consequence="The database keeps other rows apart than the models say.",
)
def unique_differs(change: Change, facts: Facts) -> Finding:
    """The constraint of this name has other columns, or treats NULLs or its moment of checking
    differently.
    """
    sides = [", ".join(side.columns) for side in (change.declared, change.live)]
    detail = f"({sides[0]}), the database has ({sides[1]})"
    if change.difference != "columns":
        values = [getattr(side, change.difference) for side in (change.declared, change.live)]
        detail = f"{change.difference}={values[0]}, the database has {values[1]}"
    if change.difference == "temporal":
        return Finding(f"the models have {detail}", advice(TEMPORAL))
    return Finding(f"the models have {detail}", again(change, facts))


@refuses(
    "check-missing",
    ("check", MISSING),
    title="An existing column lacks its check",
    consequence="Rows that the models forbid are possible, and may be there already.",
)
def check_missing(change: Change, facts: Facts) -> Finding | None:
    """A check on columns that exist reads every row, and fails on the first that breaks it."""
    if not _on_old_columns(change, facts):
        return None
    return Finding("the database has no such check", add(change, facts))


@refuses(
    "check-differs",
    ("check", "expression"),
    title="A check differs",
    consequence="The database forbids other rows than the models say.",
)
def check_differs(change: Change, facts: Facts) -> Finding:
    """The check of this name has another expression. Adding it again reads every row, and fails on
    the first that breaks it; so look for such rows first, since the old one is gone by then.
    """
    return Finding(
        f"the models have {change.declared.text}, the database has {change.live.text}",
        again(change, facts),
    )


@refuses(
    "check-fails",
    ("check", MISSING),
    title="Rows would break a new check",
    consequence="The statement would fail, or the check would not hold for old rows.",
)
def check_fails(change: Change, facts: Facts) -> Finding | None:
    """The rows there are have to pass a new check with what the new columns hold for them: NULL, or
    their default. That is asked of the rows, unless the default is more than a literal.
    """
    has_text = bool(change.declared.text)
    if change.key not in facts.live.tables or facts.has_rows(change.key) is False:
        return None
    if facts.is_large(change.key) is not False:
        return None
    broken = facts.breaks_check(change.key, change.declared) if has_text else None
    if broken is False or (broken is None and _holds_for_nulls(change, facts)):
        return None
    unknown = f"there may be rows that break it: {facts.unknown(change.key)}"
    return Finding(
        "there are rows that break it, with what the new columns hold for them"
        if broken
        else unknown,
        advice("Add the column without the check, correct the rows, and add the check afterwards."),
    )


def _holds_for_nulls(change: Change, facts: Facts) -> bool:
    """Whether new columns are NULL in all rows, for which a check commonly holds. Where a server
    could be asked, that is not enough; without one it is a condition.
    """
    columns = facts.declared.tables[change.key].columns
    new = [columns[name] for name in change.columns if facts.is_new(change.key, (name,))]
    return not (facts.dialect.answers or any(map(facts.fills, new)))


@refuses(
    "check-not-valid",
    ("check", "valid"),
    title="A check was never validated",
    consequence="Older rows may break it.",
)
def check_not_valid(change: Change, facts: Facts) -> Finding:
    """The check was added with NOT VALID, and nobody has validated it since."""
    return Finding("the check in the database is NOT VALID", validate(change, facts))


@refuses(
    "large-table",
    ("foreign_key", MISSING),
    ("unique", MISSING),
    ("check", MISSING),
    ("index", MISSING),
    title="The table is too large for this at start-up",
    consequence="All rows would be read while writing to the table waits.",
)
def large_table(change: Change, facts: Facts) -> Finding | None:
    """Above ``max_rows_scanned`` rows (100,000 unless set), nothing is added that reads all rows or
    builds an index while others wait. A foreign key without a default is free on PostgreSQL.
    Indexes, unique constraints and other foreign keys are added beside readers and writers where
    the database has a way (CONCURRENTLY and NOT VALID on PostgreSQL, LOCK=NONE on MariaDB), if the
    connection is autosync's own: hand in an Engine. Where MariaDB copies the table, for a foreign
    key or a check, half as many rows are too many.
    """
    if change.key not in facts.live.tables or facts.is_large(change.key, change.kind) is False:
        return None
    columns = facts.declared.tables[change.key].columns
    free = facts.dialect.adds_keys_without_reading and _goes_inline(change, facts)
    if free and len(change.columns) == 1 and columns[change.columns[0]].default_when_added is None:
        return None
    if is_gentle(change, facts):
        return None
    rows = facts.estimated_rows(change.key)
    most = facts.most_rows(change.kind)
    if rows is None:
        reason = f"the table has an unknown number of rows: {facts.unknown(change.key)}"
    else:
        reason = f"the table has more than {most:,} row{'s'[: most != 1]}"
    return Finding(reason, add_gently(change, facts))
