"""The remedies of constraints that are missing, or differ."""

from __future__ import annotations

from autosync.changes import Change
from autosync.dialects.texts import literal_text
from autosync.facts import Facts
from autosync.remedy import Remedy, advice, together
from autosync.rules.gentle import by_hand
from autosync.rules.remedies import altered, first, run


def add(change: Change, facts: Facts) -> Remedy:
    """The remedy that adds a constraint."""
    table = facts.declared.tables[change.key].origin
    added = altered(facts, facts.dialect.add_alone(change.origin), _operation(change), table)
    return together([first(change, facts), added])


def _operation(change: Change) -> str:
    """The operation of Alembic that adds a constraint, which wants a name."""
    table, columns = change.key[1], list(change.columns)
    short = {"foreign_key": "fk", "check": "ck"}.get(change.kind, "uq")
    name = change.name or "_".join([short, table, *columns])
    if change.kind == "check":
        condition = literal_text(change.declared.text)
        return f"create_check_constraint({name!r}, sa.text({condition!r}))"
    if change.kind != "foreign_key":
        return f"create_unique_constraint({name!r}, {columns!r})"
    key = change.origin
    target, others = change.declared.target[1], list(change.declared.target_columns)
    chosen = ("ondelete", "onupdate", "deferrable", "initially", "match")
    options = "".join(
        f", {option}={value!r}" for option in chosen if (value := getattr(key, option)) is not None
    )
    return f"create_foreign_key({name!r}, {target!r}, {columns!r}, {others!r}{options})"


def add_gently(change: Change, facts: Facts) -> Remedy:
    """The same in the way that holds up the least."""
    if not facts.dialect.alters_columns:
        return add(change, facts)
    return by_hand(change, facts)


def again(change: Change, facts: Facts) -> Remedy:
    """The remedy that drops a constraint and adds it as declared."""
    live, dialect = facts.live.tables[change.key], facts.dialect
    table, name = facts.declared.tables[change.key].origin, change.live.name
    if name is None and not dialect.alters_columns:
        return advice(
            "This database cannot alter it, and it has no name by which it could be dropped: make "
            "the table anew in a migration, and copy its rows."
        )
    if any(index.name == name and not index.implicit for index in live.indexes):
        return together([run(facts, dialect.drop_index(table, name)), add(change, facts)])
    # the database has made it for the key, and would keep it
    made = any(index.implicit and index.name == name for index in live.indexes)
    exchange = dialect.exchange_constraint(table, name or "?", change.origin, has_index=made)
    if dialect.alters_columns:
        return together([first(change, facts), run(facts, *exchange)])
    batch = f"drop_constraint({name!r})\n{_operation(change)}"
    return together([first(change, facts), altered(facts, exchange[0], batch, table)])


def validate(change: Change, facts: Facts) -> Remedy:
    """The remedy that validates what was added as NOT VALID."""
    table = facts.declared.tables[change.key].origin
    return run(facts, facts.dialect.validate_constraint(table, change.live.name))
