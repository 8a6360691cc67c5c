"""Objects that the database has as the models say, and does not use."""

from __future__ import annotations

from autosync.changes import Change
from autosync.facts import Facts
from autosync.rules.base import Finding, refuses
from autosync.rules.remedies import run


@refuses(
    "column-invisible",
    ("column", "invisible"),
    title="A column is invisible",
    consequence="SELECT * does not show it, and an INSERT that names no columns leaves it out.",
)
def column_invisible(change: Change, facts: Facts) -> Finding:
    """Somebody has made the column INVISIBLE, perhaps to see who still needs it. SQLAlchemy names
    its columns, and goes on.
    """
    declared, live = facts.declared.tables[change.key], facts.live.tables[change.key]
    column = declared.columns[str(change.name)].origin
    fold = facts.dialect.fold
    shown = next(one for one in live.columns.values() if fold(one.name) == fold(column.name))
    return Finding("the column is INVISIBLE", run(facts, facts.dialect.show_column(column, shown)))


@refuses(
    "index-invisible",
    ("index", "visible"),
    title="An index is out of use",
    consequence="It costs with every write, and no query uses it.",
)
def index_invisible(change: Change, facts: Facts) -> Finding:
    """Somebody has hidden the index from the optimizer: it is INVISIBLE on MySQL, IGNORED on
    MariaDB. What is unique stays so.
    """
    table = facts.declared.tables[change.key].origin
    show = facts.dialect.show_index(table, change.live.name)
    return Finding("no query may use the index", run(facts, show))
