"""A real example of each code, for its page: what the corpus gives on a real database."""

from __future__ import annotations

import datetime
import difflib
import json
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from threading import Thread
from time import monotonic, sleep
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Engine
from sqlalchemy.engine.mock import MockConnection

import autosync
from autosync.rules import RULES
from tests.corpus.case import Case, Models, metadata
from tests.corpus.cases import CASES
from tests.corpus.runner import prepare
from tests.docs.markdown import DOCS
from tests.servers.database import LiveDatabase

FILE = DOCS / "reference" / "examples.json"
NAMES = {"postgresql": "PostgreSQL", "mariadb": "MariaDB", "sqlite": "SQLite", "mysql": "MySQL"}
"""The databases, the one that most examples are of first."""
CHOSEN = {
    "constraint-not-enforced": "check not enforced",
    "not-a-table": "a view in its place",
}
"""The case to take, where it is not the first of the simplest."""
MOST = 30
"""How many lines a page shows."""
UNKNOWN = (
    "There is none: every difference that can be found today has a rule of its own. Should a later "
    "version find one that has no rule yet, it is refused with this code, and not applied."
)
NEWER = (
    "There is none here: PostgreSQL has it since 18, and the examples are made with an older one."
)


@dataclass(frozen=True)
class Example:
    """What a page shows: both sides as a diff, and the report; ``said`` is what else to know."""

    database: str
    difference: str
    report: str
    said: str = ""


def chosen(code: str) -> tuple[Case, str]:
    """The simplest case that has this code, and the database to run it on."""
    found = [
        (_findings(case, database), number, place, case, database)
        for place, database in enumerate(NAMES)
        for number, case in enumerate(CASES)
        if database in case.databases and code in _codes(case, database)
        if CHOSEN.get(code, case.name) == case.name
    ]
    # fewest findings, then the preferred database, then the order of the corpus
    best = min(found, key=lambda one: (one[0], one[2], one[1]))
    return best[3], best[4]


def _codes(case: Case, database: str) -> set[str]:
    return {
        *case.expected("refused", database).values(),
        *case.expected("notes", database).values(),
    }


def _findings(case: Case, database: str) -> int:
    return sum(len(case.expected(what, database)) for what in ("refused", "notes", "pending"))


def of_case(case: Case, database: LiveDatabase) -> Example:
    """The example that a case of the corpus gives."""
    live, models = metadata(case.live), metadata(case.models)
    prepare(case, live, database)
    plan = autosync.plan(database.engine, models, **case.options)
    before = [*case.setup.get(database.name, ()), *ddl(live, database.engine)]
    before += case.ddl.get(database.name, ())
    rows = [f"The table {name} has {_rows(some)}." for name, some in case.rows.items()]
    options = [f"It is called with `{name}={value!r}`." for name, value in case.options.items()]
    return Example(
        NAMES[database.name],
        diff(before, [*ddl(models, database.engine), *hints(models)]),
        str(plan),
        " ".join([*rows, *options]),
    )


def _rows(rows: Any) -> str:
    return f"{len(rows)} row{'s'[: len(rows) != 1]}"


def ddl(models: sa.MetaData, engine: Engine) -> list[str]:
    """The statements that create_all() would send to an empty database, indexes by name."""
    sent: list[str] = []

    def note(statement: Any, *arguments: Any, **options: Any) -> None:
        sent.append(str(statement.compile(dialect=engine.dialect)).strip())

    models.create_all(MockConnection(engine.dialect, note), checkfirst=False)
    # SQLAlchemy keeps indexes in a set
    is_index = re.compile(r"CREATE (UNIQUE )?INDEX ").match
    runs = groupby(sent, lambda sql: is_index(sql) is not None)
    return [sql for indexed, run in runs for sql in (sorted(run) if indexed else run)]


def hints(models: sa.MetaData) -> Iterator[str]:
    """What the models say of themselves, and no statement has."""
    for table in models.sorted_tables:
        for name, item in [(table.name, table), *((c.name, c) for c in table.columns)]:
            if item.info:
                yield f"-- {name}: info={item.info!r}"


def diff(before: list[str], after: list[str]) -> str:
    """Two scripts as a diff that shows all of them."""
    left, right = (_lines(statements) for statements in (before, after))
    changed = difflib.unified_diff(left, right, n=len(left) + len(right), lineterm="")
    return "\n".join(list(changed)[3:]) or "\n".join(f" {line}" for line in left)


def _lines(statements: list[str]) -> list[str]:
    text = "\n".join(statements).expandtabs(4)
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def users(*columns: Any) -> Models:
    """A table of users with these columns."""
    return lambda md: sa.Table("users", md, sa.Column("id", sa.Integer, primary_key=True), *columns)


def an_acceptance_that_is_over(postgresql: LiveDatabase) -> Example:
    """What was accepted until a day that has passed."""
    live = metadata(users(sa.Column("age", sa.Integer)))
    models = metadata(users(sa.Column("age", sa.String(10))))
    live.create_all(postgresql.engine)
    [refusal] = autosync.plan(postgresql.engine, models).refused
    acceptance = autosync.Acceptance(
        refusal.code,
        refusal.object,
        refusal.fingerprint,
        "the old importer still writes numbers",
        datetime.date(2026, 1, 31),
    )
    plan = autosync.plan(postgresql.engine, models, accept=[acceptance])
    sides = diff(ddl(live, postgresql.engine), ddl(models, postgresql.engine))
    said = f"`column-type` was accepted for users.age until {acceptance.until}."
    return Example("PostgreSQL", sides, str(plan), said)


def a_missing_right(postgresql: LiveDatabase) -> Example:
    """A role that may write into a table that is another's."""
    live = metadata(users())
    models = metadata(users(sa.Column("name", sa.String(50))))
    live.create_all(postgresql.engine)
    name = f"{postgresql.url.database}_clerk"
    _run(postgresql.engine, f"CREATE ROLE {name} LOGIN PASSWORD 'secret'")
    clerk = postgresql.create_engine()
    try:
        with clerk.connect() as connection:
            connection.exec_driver_sql(f"SET ROLE {name}")
            connection.commit()
            report = autosync.sync(connection, models)
    finally:
        clerk.dispose()
        _run(postgresql.engine, f"DROP OWNED BY {name}", f"DROP ROLE {name}")
    sides = diff(ddl(live, postgresql.engine), ddl(models, postgresql.engine))
    text = str(report).replace(name, "clerk").replace(str(postgresql.url.database), "shop")
    return Example("PostgreSQL", sides, text, "The role clerk does not own the table.")


def a_shadowed_name(postgresql: LiveDatabase) -> Example:
    """A role that may create in public has made a better match for a built-in function."""
    live = metadata(users(sa.Column("name", sa.String(50))))
    models = metadata(users(sa.Column("name", sa.String(50)), sa.Column("age", sa.Integer)))
    function = (
        "CREATE FUNCTION public.lower(varchar) RETURNS text LANGUAGE sql IMMUTABLE "
        "AS 'SELECT pg_catalog.upper($1)'"
    )
    said = f"The role tenant has run `{function}`."
    return _beside_a_tenant(postgresql, live, models, [function], said)


def a_key_that_runs_code(postgresql: LiveDatabase) -> Example:
    """A role owns the table that a new key points at, and has put an index on it."""
    live, models = metadata(users_of_places()), metadata(users_of_places(*key_to_a_place()))
    function = "CREATE FUNCTION public.one() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'"
    index = "CREATE INDEX ON place ((one()))"
    said = f"The role tenant owns place, and has run `{function}` and `{index}`."
    return _beside_a_tenant(postgresql, live, models, [function, index], said, owns=["place"])


def _beside_a_tenant(
    postgresql: LiveDatabase,
    live: sa.MetaData,
    models: sa.MetaData,
    planted: list[str],
    said: str,
    *,
    owns: Collection[str] = (),
) -> Example:
    """The plan for models of a database in which a role has run these statements."""
    live.create_all(postgresql.engine)
    name = f"{postgresql.url.database}_tenant"
    _run(
        postgresql.engine,
        f"CREATE ROLE {name}",
        f"GRANT CREATE ON SCHEMA public TO {name}",
        *(f"ALTER TABLE {table} OWNER TO {name}" for table in owns),
        f"SET LOCAL ROLE {name}",
        *planted,
    )
    try:
        plan = autosync.plan(postgresql.engine, models)
    finally:
        _run(postgresql.engine, f"DROP OWNED BY {name}", f"DROP ROLE {name}")
    sides = diff(ddl(live, postgresql.engine), ddl(models, postgresql.engine))
    text = str(plan).replace(name, "tenant").replace(str(postgresql.url.database), "shop")
    return Example("PostgreSQL", sides, text, said)


def users_of_places(*columns: Any) -> Models:
    """The same, and a table of places."""

    def make(md: sa.MetaData) -> None:
        key = sa.Column("country", sa.String(2), primary_key=True)
        sa.Table("place", md, key, sa.Column("city", sa.String(50), primary_key=True))
        users(*columns)(md)

    return make


def key_to_a_place() -> list[Any]:
    """Two new columns of users, and the key that they are."""
    columns = sa.Column("country", sa.String(2)), sa.Column("city", sa.String(50))
    key = sa.ForeignKeyConstraint(["country", "city"], ["place.country", "place.city"])
    return [*columns, key]


def a_type_of_another_database(postgresql: LiveDatabase) -> Example:
    """A type that only MySQL has, on PostgreSQL."""
    live = metadata(users())
    models = metadata(users(sa.Column("level", mysql.TINYINT)))
    live.create_all(postgresql.engine)
    plan = autosync.plan(postgresql.engine, models)
    like_it = metadata(users(sa.Column("level", sa.Integer)))
    lines = ddl(like_it, postgresql.engine)
    declared = [line.replace("level INTEGER", "level TINYINT") for line in lines]
    sides = diff(ddl(live, postgresql.engine), declared)
    return Example("PostgreSQL", sides, str(plan), "The type is SQLAlchemy's mysql.TINYINT.")


def an_index_that_is_being_built(postgresql: LiveDatabase) -> Example:
    """One that another session builds at this moment."""
    live = metadata(users(sa.Column("age", sa.Integer)))
    models = metadata(users(sa.Column("age", sa.Integer, index=True)))
    live.create_all(postgresql.engine)
    with _building(postgresql, "CREATE INDEX CONCURRENTLY ix_users_age ON users (age)"):
        plan = autosync.plan(postgresql.engine, models)
    sides = diff(ddl(live, postgresql.engine), ddl(models, postgresql.engine))
    said = "Another session is at work on `CREATE INDEX CONCURRENTLY ix_users_age`."
    return Example("PostgreSQL", sides, str(plan), said)


@contextmanager
def _building(database: LiveDatabase, statement: str) -> Iterator[None]:
    """While another session is at it: a snapshot that is older holds it up."""
    alone = database.create_engine(isolation_level="AUTOCOMMIT")
    builder = Thread(target=_run, args=(alone, statement))
    with database.engine.connect() as plain:
        reader = plain.execution_options(isolation_level="REPEATABLE READ")
        reader.execute(sa.text("SELECT 1"))
        builder.start()
        try:
            _wait_for_an_unfinished_index(database.engine)
            yield
        finally:
            reader.rollback()
            builder.join()


def _wait_for_an_unfinished_index(engine: Engine) -> None:
    until = monotonic() + 20
    query = sa.text("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
    while monotonic() < until:
        with engine.connect() as connection:
            if connection.scalar(query):
                return
        sleep(0.01)
    raise TimeoutError("no index is being built")


def _run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


BY_HAND: dict[str, Callable[[LiveDatabase], Example]] = {
    "acceptance-over": an_acceptance_that_is_over,
    "missing-right": a_missing_right,
    "shadowed-name": a_shadowed_name,
    "foreign-key-code": a_key_that_runs_code,
    "not-rendered": a_type_of_another_database,
    "index-building": an_index_that_is_being_built,
}
"""Codes that no case of the corpus has, all on PostgreSQL."""
NONE = {
    "unknown-change": UNKNOWN,
    "not-null-not-valid": NEWER,
}


def database_of(code: str) -> str:
    """The database that the example of a code is run on."""
    return "postgresql" if code in BY_HAND else chosen(code)[1]


def made(code: str, database: LiveDatabase) -> dict[str, Any]:
    """The example of a code, as the file has it."""
    example = BY_HAND[code](database) if code in BY_HAND else of_case(chosen(code)[0], database)
    brief = replace(
        example, difference=shortened(example.difference), report=shortened(example.report)
    )
    return asdict(brief)


def shortened(text: str) -> str:
    """A text that is too long to be read, without its middle."""
    lines = text.splitlines()
    return text if len(lines) <= MOST else "\n".join([*lines[: MOST - 6], "...", *lines[-5:]])


def codes() -> list[str]:
    """The codes that have an example."""
    return [code for code in RULES if code not in NONE]


def read() -> dict[str, Any]:
    """What the file has."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    return found


def keep(code: str, example: dict[str, Any]) -> None:
    """Write one example down."""
    some = {**read(), **{name: {"none": why} for name, why in NONE.items()}, code: example}
    known = {name: some[name] for name in RULES if name in some}
    FILE.write_text(json.dumps(known, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
