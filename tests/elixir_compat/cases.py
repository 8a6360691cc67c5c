"""What the witness is asked beyond the corpus, and all that it is wrong about."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Column, Integer, String, Table

from tests.corpus.additions import USERS, column, groups, pk, two, users
from tests.corpus.case import Case
from tests.elixir_compat.witness import Missing

NOTHING: Missing = (set(), set())


class Money(sa.types.UserDefinedType):
    """A type that SQLAlchemy knows nothing of."""

    cache_ok = True

    def get_col_spec(self, **_):
        return "NUMERIC(10, 2)"


MORE_CASES = [
    Case(
        "new table whose name needs quotes",
        live=users(),
        models=two(users(), lambda md: Table("Group by %", md, pk(), Column('a"b', Integer))),
        rows=USERS,
        pending=["table Group by %"],
    ),
    Case(
        "type that SQLAlchemy knows nothing of",
        live=users(),
        models=users(column("price", Money())),
        rows=USERS,
        pending=["column users.price"],
    ),
    Case(
        "live type that SQLAlchemy cannot read",
        live=users(),
        models=users(column("mail", String(30))),
        ddl={
            "postgresql": ["ALTER TABLE users ADD COLUMN place POINT"],
            "mariadb": ["ALTER TABLE users ADD COLUMN place POINT"],
        },
        rows=USERS,
        pending=["column users.mail"],
        notes={"column users.place": "column-extra"},
        databases=["postgresql", "mariadb"],
    ),
    Case(
        "column with a key of its own",
        live=users(column("title", String(20))),
        models=users(column("title", String(20), key="heading")),
        rows=USERS,
    ),
    Case(
        "existing table in another schema",
        live=users(),
        models=two(users(), lambda md: Table("orders", md, pk(), schema="sales")),
        ddl={
            "postgresql": [
                "CREATE SCHEMA sales",
                "CREATE TABLE sales.orders (id SERIAL PRIMARY KEY)",
            ]
        },
        rows=USERS,
        databases=["postgresql"],
    ),
    Case(
        "default schema by its name",
        live=groups(),
        models=lambda md: Table("groups", md, pk(), Column("title", String(20)), schema="public"),
        databases=["postgresql"],
    ),
    Case(
        "column name in another case",
        live=users(column("TITLE", String(20))),
        models=users(column("title", String(20))),
        rows=USERS,
        databases=["sqlite", "mariadb"],
    ),
    Case(
        "live foreign key to a table that is gone",
        live=users(),
        models=users(column("gid", Integer), column("mail", String(30))),
        ddl={"sqlite": ["ALTER TABLE users ADD COLUMN gid INTEGER REFERENCES groups (id)"]},
        rows=USERS,
        pending=["column users.mail"],
        notes={"foreign_key users(gid)": "constraint-extra"},
        databases=["sqlite"],
    ),
]


@dataclass(frozen=True)
class Wrong:
    """What the witness answers (or the exception it dies of), what is missing, and why it errs."""

    witness: Missing | type[Exception]
    missing: Missing
    because: str


WRONG = {
    "a view in its place": Wrong(
        ({"users"}, set()),
        NOTHING,
        "it does not see views; autosync refuses, for there is something of that name",
    ),
    "a sequence in its place": Wrong(
        ({"users"}, set()),
        NOTHING,
        "it does not see sequences; autosync refuses, for there is something of that name",
    ),
    "column with a key of its own": Wrong(
        (set(), {("users", "heading")}),
        NOTHING,
        "it compares the keys of declared columns with the names of live ones",
    ),
    "key to another schema": Wrong(
        ({"sales.orders"}, {("users", "order_id")}),
        (set(), {("users", "order_id")}),
        "it reads the default schema only",
    ),
    "existing table in another schema": Wrong(
        ({"sales.orders"}, set()),
        NOTHING,
        "it reads the default schema only",
    ),
    "default schema by its name": Wrong(
        ({"public.groups"}, set()),
        NOTHING,
        "it takes the schema 'public' and no schema for two",
    ),
    "column name in another case": Wrong(
        (set(), {("users", "title")}),
        NOTHING,
        "it tells letter case apart, which these databases do not",
    ),
    "live foreign key to a table that is gone": Wrong(
        sa.exc.NoSuchTableError,
        (set(), {("users", "mail")}),
        "SQLAlchemy 1.4 reflects the table that the key refers to, and there is none",
    ),
}
"""By the name of the case; the corpus's own are among them."""
