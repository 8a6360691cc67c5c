"""What an addition costs, though it is safe."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.schema import DDLElement

from autosync.changes import MISSING, Change
from autosync.dialects.texts import is_literal
from autosync.facts import Facts
from autosync.rules.around import around
from autosync.rules.gentle import is_gentle
from autosync.rules.targets import is_unique
from autosync.schema import qualified

TRIED = {"table", "column", "index", "unique", "check", "foreign_key"}
"""Additions about which a server is asked whether it takes them."""


def hazards(change: Change, facts: Facts) -> tuple[str, ...]:
    """The costs of an additive change, as sentences."""
    return tuple(_hazards(change, facts))


def _own(change: Change, facts: Facts) -> Iterator[str]:
    """What comes with it, whatever there is already."""
    if change.kind == "column" and change.difference == "missing":
        yield from _column(change, facts)
    if change.kind == "view" and change.difference != "missing":
        yield "older code reads the new definition, too"
    yield from around(change, facts)
    if change.kind == "table" and _has_listeners(change.declared.origin):
        yield "its listeners to before_create and after_create are not called"
    if change.difference == MISSING:
        yield from _targets(change, facts)


def _targets(change: Change, facts: Facts) -> Iterator[str]:
    """The targets of its keys that the database would not allow if it looked."""
    of_table = change.declared.foreign_keys if change.kind == "table" else ()
    for key in [change.declared] if change.kind == "foreign_key" else of_table:
        known = facts.target(key) is not None
        if known and not is_unique(key, facts) and facts.target_rule == "any":
            names = ", ".join(key.target_columns)
            yield (
                f"PRAGMA foreign_keys is off here; where it is on, every change of "
                f"{qualified(key.target)} fails, because {names} is not unique"
            )


def _hazards(change: Change, facts: Facts) -> Iterator[str]:
    yield from _own(change, facts)
    if change.kind != "view" and change.key in facts.live.tables:
        yield from _conditions(change, facts)
        if change.kind in ("unique", "index", "foreign_key") and _goes_gently(change, facts):
            rows = _rows(change, facts)
            yield f"reads {rows} beside readers and writers; {_broken_off(change, facts)}"
        elif change.kind in ("unique", "index"):
            yield f"builds an index over {_rows(change, facts)}; writing to the table waits"
        elif change.kind == "check" or (change.kind == "foreign_key" and _reads(change, facts)):
            yield f"reads {_rows(change, facts)} to check them"
        if change.kind == "unique" or (change.kind == "index" and change.declared.unique):
            yield from _unique(change, facts)
        if change.kind == "foreign_key" and facts.dialect.one_parent_per_statement:
            yield "locks the table it points at briefly against writing"
    if _is_doubtful(change, facts):
        yield f"if the server does not take it, it is refused: {facts.unknown()}"
    if facts.dialect.commits_ddl and facts.joined:
        yield "commits the transaction of the connection that was handed in"


def _conditions(change: Change, facts: Facts) -> Iterator[str]:
    """What it depends on, where a snapshot stands for the database."""
    if facts.dialect.answers:
        return
    rows = facts.estimated_rows(change.key)
    if rows is None and change.kind in ("unique", "index", "foreign_key", "check"):
        yield (
            f"if the table has more than {facts.most_rows(change.kind):,} rows, it is added in "
            f"another way, or refused: {facts.unknown()}"
        )
    if rows == 0 and change.kind != "index":
        yield "the table was empty when the snapshot was made: if it is not, this may be refused"
    if rows != 0 and change.kind == "check":
        yield f"if a row there is breaks it, it is refused: {facts.unknown()}"
    if change.kind == "column" and facts.type_exists(change.declared.type) is None:
        type_ = change.declared.type
        yield f"if the database has no type {type_}, it is refused: {facts.unknown()}"


def _is_doubtful(change: Change, facts: Facts) -> bool:
    """Whether only a server could tell that it takes it, and there is none."""
    if facts.dialect.answers or change.difference != MISSING or change.kind not in TRIED:
        return False
    return facts.dialect.is_doubtful(change, facts.declared.tables[change.key])


def _goes_gently(change: Change, facts: Facts) -> bool:
    reads = change.kind != "foreign_key" or _reads(change, facts)
    return reads and bool(facts.is_large(change.key)) and is_gentle(change, facts)


def _broken_off(change: Change, facts: Facts) -> str:
    if facts.is_new(change.key, change.columns):
        return "if that is interrupted, the next run goes on with it"
    return "if that is interrupted, the next run reports it"


def _has_listeners(table: sa.Table) -> bool:
    """Whether anyone but SQLAlchemy's own types listens to the creation of a table."""
    listeners = [*table.dispatch.before_create, *table.dispatch.after_create]
    return any(
        isinstance(one, DDLElement) or not _module(one).startswith("sqlalchemy.")
        for one in listeners
    )


def _module(listener: object) -> str:
    function = getattr(listener, "func", listener)  # inside a functools.partial
    return getattr(function, "__module__", None) or type(function).__module__


def _column(change: Change, facts: Facts) -> Iterator[str]:
    column = change.declared
    if facts.copied_for(change.key, column) is not None:
        yield f"copies the table, {_rows(change, facts)}; reading and writing it waits"
    for view in facts.views_of_all(change.key):
        yield (
            f"the view {qualified(view)} shows all columns that {qualified(change.key)} had, and "
            "will not show this one until it is created anew"
        )
    if column.implied_default is not None:
        yield (
            f"the Python-side default {column.implied_default} becomes the server default of the "
            "column, and stays"
        )
    elif facts.is_required(column):
        yield "INSERTs of older code, which does not know the column, will fail"


def _unique(change: Change, facts: Facts) -> Iterator[str]:
    """What it means for older code, to whose rows the new columns give one and the same value."""
    columns = facts.declared.tables[change.key].columns
    old = [name for name in change.columns if not facts.is_new(change.key, (name,))]
    new = [columns[name] for name in change.columns if name not in old]
    same = not change.declared.nulls_distinct or all(
        facts.fills(column) and is_literal(column.default_when_added or "") for column in new
    )
    if not new or not same:
        return
    if old:
        names = " and ".join(old)
        yield f"INSERTs of older code will fail where there is a row of the same {names}"
    else:
        yield "INSERTs of older code will fail but for the first, for all get the same value"


def _reads(change: Change, facts: Facts) -> bool:
    columns = facts.declared.tables[change.key].columns
    inline = len(change.columns) == 1
    return not inline or columns[change.columns[0]].default is not None


def _rows(change: Change, facts: Facts) -> str:
    rows = facts.estimated_rows(change.key)
    if rows is None:
        return "all rows"
    return f"about {rows:,} row{'s'[: rows != 1]}" if rows else "no rows"
