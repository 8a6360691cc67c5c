"""Every place from which autosync sends something to a server: whose words are in it, and what the
server evaluates of them.

The tests of all databases run under :func:`check`: what is sent from anywhere else fails, so that a
new place cannot come in unseen. Whoever adds one says here whose text it sends, and proves in
``proofs.py`` what the server does with it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Engine

import autosync

PACKAGE = f"{Path(autosync.__file__).parent}/"
TESTS = f"{Path(__file__).parents[1]}/"

Words = Literal["own", "names", "rows", "declared", "live", "plan"]
"""Whose words are sent: autosync's own, and what it knows itself; names of what is in the database,
or in the models; a question about rows of a table; what the models declare; what comes out of the
database; the statements that a plan consists of, and the revisions that somebody has written."""


class Place(NamedTuple):
    """Functions of a file that send statements to a kind of database."""

    database: str
    file: str
    functions: str
    words: Words
    evaluated: str


OF_OWN = "nothing of anybody's: there is no text in it"
CATALOG = "nothing: the catalog is read, and texts are spelled"
APPLIED = "all that the statement asks for: somebody wants it carried out"

PLACES = [
    # --- all databases ----------------------------------------------------------------------------
    Place("", "dialects/transactions.py", "at_level end rolled_back transaction", "own", OF_OWN),
    Place("", "dialects/base.py", "reading savepoint", "own", OF_OWN),
    Place("", "dialects/base.py", "run", "plan", APPLIED),
    Place(
        "",
        "dialects/base.py",
        "count_rows",
        "rows",
        "what hangs on the table and is constant (PostgreSQL: indexes, statistics); a view all of "
        "it: so it is asked of tables alone, on which nothing of others hangs",
    ),
    Place(
        "",
        "facts.py",
        "_ask",
        "rows",
        "the same, and what the models declare of a new check: not where that, or a column that is "
        "computed when it is read, may call what others have written",
    ),
    Place(
        "",
        "reflection.py",
        "table",
        "names",
        "MariaDB: what a view calls, if it is constant: so only tables are reflected",
    ),
    Place("", "dialects/generic.py", "_reflect _table read", "names", CATALOG),
    Place("", "alembic.py", "_add_targets _reflected", "names", "the same as of reflection.py"),
    Place("", "alembic.py", "batch_alter_table invoke", "plan", APPLIED),
    Place("", "handover/alembic.py", "_kept _reflected", "names", CATALOG),
    Place("", "handover/readable.py", "reflected", "names", CATALOG),
    Place("", "handover/state.py", "is_index leaves_index", "names", CATALOG),
    Place("", "revisions/alembic.py", "_environment", "plan", APPLIED),
    Place("", "revisions/baseline.py", "_reflected seen", "names", "only tables are reflected"),
    Place("", "revisions/letting.py", "_let_in", "plan", APPLIED),
    Place("", "revisions/migrate.py", "run stamp", "plan", APPLIED),
    Place(
        "",
        "revisions/migrate.py",
        "_version",
        "rows",
        "a view in the place of the table all of it: it is refused before",
    ),
    Place("", "revisions/held.py", "_send", "own", OF_OWN),
    Place("mysql", "dialects/mysql/cancelling.py", "_cancel canceller", "own", OF_OWN),
    Place("postgresql", "dialects/postgresql/cancelling.py", "_cancel canceller", "own", OF_OWN),
    # --- SQLite -----------------------------------------------------------------------------------
    Place(
        "sqlite",
        "dialects/sqlite/__init__.py",
        "_begin _busy_timeout _commit _end _own_transaction savepoint unit",
        "own",
        OF_OWN,
    ),
    Place("sqlite", "dialects/sqlite/__init__.py", "query", "names", CATALOG),
    Place("sqlite", "dialects/sqlite/__init__.py", "target_rule", "own", OF_OWN),
    Place("sqlite", "dialects/sqlite/blockers.py", "blockers", "own", OF_OWN),
    Place("sqlite", "dialects/sqlite/limits.py", "columns", "own", OF_OWN),
    Place("sqlite", "dialects/sqlite/rights.py", "lacking unwritable", "own", OF_OWN),
    Place("sqlite", "dialects/sqlite/revising.py", "_switch revising", "own", OF_OWN),
    Place(
        "sqlite",
        "dialects/sqlite/revising.py",
        "_orphans",
        "own",
        "columns of a key that are computed when they are read: it belongs to an upgrade, whose "
        "revisions write to these tables",
    ),
    Place("sqlite", "dialects/sqlite/surroundings.py", "surroundings", "names", CATALOG),
    Place("sqlite", "dialects/sqlite/views.py", "_is_harmless _program", "own", OF_OWN),
    Place(
        "sqlite", "dialects/sqlite/views.py", "_is_one_program with_definitions", "names", CATALOG
    ),
    Place(
        "sqlite",
        "dialects/sqlite/views.py",
        "_explained",
        "live",
        "nothing; with STAT4 the constants that an index is compared with: so it is asked with "
        "PRAGMA trusted_schema = OFF, which refuses what is not SQLite's own",
    ),
    # --- MariaDB and MySQL ------------------------------------------------------------------------
    Place("", "dialects/base.py", "schema_names", "own", OF_OWN),
    Place("mysql", "dialects/mysql/__init__.py", "_run", "plan", APPLIED),
    Place("mysql", "dialects/mysql/__init__.py", "lock", "own", OF_OWN),
    Place(
        "mysql",
        "dialects/mysql/__init__.py",
        "estimated_rows",
        "names",
        "MariaDB: table_rows opens views, and runs what they call: asked of one table, by name",
    ),
    Place(
        "mysql",
        "dialects/mysql/blockers.py",
        "_awaited _locks _sessions blockers is_held",
        "own",
        OF_OWN,
    ),
    Place(
        "mysql",
        "dialects/mysql/calls.py",
        "_shown _views_in of",
        "names",
        "nothing: names and definitions of views are told without opening them",
    ),
    Place("mysql", "dialects/mysql/catalog.py", "read", "own", OF_OWN),
    Place(
        "mysql",
        "dialects/mysql/instant.py",
        "_obstacles",
        "names",
        "MariaDB: row_format opens views, and runs what they call: asked of one table, by name",
    ),
    Place("mysql", "dialects/mysql/instant.py", "full_tables", "own", OF_OWN),
    Place("mysql", "dialects/mysql/trying.py", "_collation target_rule", "names", CATALOG),
    Place("mysql", "dialects/mysql/mariadb.py", "copied_tables", "own", OF_OWN),
    Place("mysql", "dialects/mysql/trial.py", "_dropped", "own", OF_OWN),
    Place(
        "mysql",
        "dialects/mysql/trial.py",
        "_send",
        "declared",
        "defaults, checks and computed columns: the server takes none that calls a stored "
        "function, and the copy has no rows",
    ),
    Place("mysql", "dialects/mysql/locks.py", "guarded", "plan", APPLIED),
    Place("mysql", "dialects/mysql/locks.py", "name session", "own", OF_OWN),
    Place("mysql", "dialects/mysql/modes.py", "_set of", "own", OF_OWN),
    Place("mysql", "dialects/mysql/probe.py", "_printed", "names", CATALOG),
    Place(
        "mysql",
        "dialects/mysql/probe.py",
        "probe",
        "declared",
        "defaults, checks and computed columns: the server takes none that calls a stored function",
    ),
    Place("mysql", "dialects/mysql/revising.py", "be_patient revising", "own", OF_OWN),
    Place("mysql", "dialects/mysql/cluster.py", "is_node nodes", "own", OF_OWN),
    Place(
        "mysql",
        "dialects/mysql/surroundings.py",
        "surroundings",
        "names",
        "nothing: names of triggers, of tables by name",
    ),
    Place("mysql", "dialects/mysql/rights.py", "lacking show_grants", "own", OF_OWN),
    Place("mysql", "dialects/mysql/rows.py", "_there", "names", "nothing: names alone"),
    Place(
        "mysql",
        "dialects/mysql/rows.py",
        "_packed _plain_rows",
        "names",
        "MariaDB: information_schema.columns opens views, and runs what they call: it is asked of "
        "tables, by name",
    ),
    Place("mysql", "dialects/mysql/views.py", "_tracing probe_views", "own", OF_OWN),
    Place(
        "mysql",
        "dialects/mysql/views.py",
        "views_of_all with_definitions",
        "names",
        "nothing: definitions of views are told without opening them",
    ),
    Place(
        "mysql",
        "dialects/mysql/views.py",
        "_traced",
        "live",
        "MariaDB: what is constant, also in the views that are read: sent only if all that these "
        "call is known to be the server's own",
    ),
    # --- PostgreSQL -------------------------------------------------------------------------------
    Place(
        "postgresql",
        "dialects/postgresql/__init__.py",
        "_rolled_back guarded is_building schema_names unit",
        "own",
        OF_OWN,
    ),
    Place(
        "postgresql",
        "dialects/postgresql/__init__.py",
        "type_exists",
        "declared",
        "nothing: to_regtype() looks a name up",
    ),
    Place("postgresql", "dialects/postgresql/__init__.py", "is_built_in", "names", CATALOG),
    Place("postgresql", "dialects/postgresql/blockers.py", "_locks blockers", "own", OF_OWN),
    Place(
        "postgresql",
        "dialects/postgresql/catalog.py",
        "_columns _read _tables _texts _types unlisted",
        "names",
        CATALOG,
    ),
    Place("postgresql", "dialects/postgresql/large.py", "_execute", "plan", APPLIED),
    Place("postgresql", "dialects/postgresql/locks.py", "set_timeout timeout", "own", OF_OWN),
    Place("postgresql", "dialects/postgresql/settings.py", "rely current restore", "own", OF_OWN),
    Place(
        "postgresql",
        "dialects/postgresql/probe.py",
        "_attempt",
        "declared",
        "of computed columns, indexes and exclusion constraints what is immutable and constant: "
        "not where they may call what others have written",
    ),
    Place(
        "postgresql",
        "dialects/postgresql/trial.py",
        "rejections _tried",
        "declared",
        "of defaults, computed columns, indexes and exclusion constraints what is immutable and "
        "constant: not where they may call what others have written",
    ),
    Place(
        "postgresql",
        "dialects/postgresql/probe.py",
        "rewrites",
        "declared",
        "a default, unless it is volatile: not where it may call what others have written",
    ),
    Place(
        "postgresql",
        "dialects/postgresql/probe.py",
        "_takes",
        "declared",
        "a literal of a type that is built in",
    ),
    Place(
        "postgresql",
        "dialects/postgresql/revising.py",
        "_check_free interrupted lock_key revising",
        "own",
        OF_OWN,
    ),
    Place("postgresql", "dialects/postgresql/rights.py", "lacking", "names", CATALOG),
    Place("postgresql", "dialects/postgresql/shadows.py", "shadows", "own", CATALOG),
    Place("postgresql", "dialects/postgresql/surroundings.py", "surroundings", "names", CATALOG),
    Place("postgresql", "dialects/postgresql/strangers.py", "behind in_texts", "names", CATALOG),
    Place(
        "postgresql",
        "dialects/postgresql/views.py",
        "_attempt",
        "declared",
        "nothing: a view is only parsed",
    ),
    Place("postgresql", "dialects/postgresql/views.py", "_read views_of_all", "names", CATALOG),
]
"""Below `database` stands what SQLAlchemy calls it; "" is any."""


def _by_sender() -> dict[tuple[str, str], Place]:
    found: dict[tuple[str, str], Place] = {}
    for place in PLACES:
        for function in place.functions.split():
            key = place.database, f"{place.file}:{function}"
            assert key not in found, f"{key} is listed twice"
            found[key] = place
    return found


BY_SENDER = _by_sender()


def sender() -> str | None:
    """The file and the function of autosync that send the current statement, None of a test."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(TESTS) and code.co_filename != __file__:
            return None
        is_passing_on = code.co_filename.endswith("/ddl.py") or code.co_name.startswith("<")
        if code.co_filename.startswith(PACKAGE) and not is_passing_on:
            return f"{code.co_filename[len(PACKAGE) :]}:{code.co_name}"
        frame = frame.f_back
    return None


def place_of(database: str, whence: str) -> Place | None:
    """The place of a sender, None for one that is not listed."""
    return BY_SENDER.get((database, whence)) or BY_SENDER.get(("", whence))


def check(connection: Any, cursor: Any, sql: str, *_: Any) -> None:
    """Fail where a statement comes from a place that is not listed."""
    whence = sender()
    database = "mysql" if connection.dialect.name == "mariadb" else connection.dialect.name
    assert whence is None or place_of(database, whence) is not None, (
        f"{whence} sends something to {database}, and is not in tests/security/places.py: say "
        f"there whose words it sends, and what is evaluated of them\n{sql}"
    )


def check_all() -> None:
    """Check every statement of every engine of this process."""
    sa.event.listen(Engine, "before_cursor_execute", check)
