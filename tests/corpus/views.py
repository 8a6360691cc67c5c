"""Views: those of sqlalchemy-utils, which every SQLAlchemy can declare."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Index, Integer, MetaData, String, text
from sqlalchemy_utils import create_materialized_view, create_view

from tests.corpus.additions import USERS, column, two, users
from tests.corpus.case import Case, Models

ALLOWED = {"allow": {"views"}}
NOT_REPLACED = {"refused": {"view names": "view-differs"}}
"""MySQL does not tell a view's ALGORITHM, which replacing it might change."""


def names(*shown: str, above: int = 0, name: str = "names") -> Models:
    """A view of the users with an id above a number."""

    def build(md: MetaData) -> None:
        table = md.tables["users"]
        columns = [table.c[one] for one in shown or ("id", "name")]
        create_view(name, sa.select(*columns).where(table.c.id > above), md)

    return build


def kept(*shown: str, **options: Any) -> Models:
    """The same, materialized."""

    def build(md: MetaData) -> None:
        columns = [md.tables["users"].c[one] for one in shown]
        create_materialized_view("names", sa.select(*columns), md, **options)

    return build


def on_each_other(md: MetaData) -> None:
    """A view that reads another one, whose name comes later."""
    users()(md)
    named = text("SELECT id FROM z_base WHERE id > 1").columns(sa.column("id", Integer))
    create_view("z_base", sa.select(md.tables["users"].c.id), md)
    create_view("a_top", named, md)


def with_index(md: MetaData) -> None:
    kept("id", "name", indexes=[Index("by_name", "name")])(md)


CASES = [
    Case(
        "view of sqlalchemy-utils",
        live=users(),
        models=two(users(column("mail", String(30))), names("id", "mail")),
        rows=USERS,
        pending=["column users.mail", "view names"],
        near="not-a-view",
    ),
    Case(
        "materialized view with an index",
        live=users(),
        models=two(users(), with_index),
        rows=USERS,
        pending=["view names"],
        databases=["postgresql"],
    ),
    Case(
        "a view that reads a view",
        live=users(),
        models=on_each_other,
        rows=USERS,
        pending=["view a_top", "view z_base"],
    ),
    Case(
        "a view with another definition",
        live=two(users(), names(above=1)),
        models=two(users(), names(above=2)),
        rows=USERS,
        refused={"view names": "view-differs"},
    ),
    Case(
        "a view with another definition, allowed",
        live=two(users(), names(above=1)),
        models=two(users(), names(above=2)),
        rows=USERS,
        options=ALLOWED,
        pending=["view names"],
        hazards={"view names": "older code reads the new definition"},
        databases=["sqlite", "postgresql", "mariadb"],
        near="view-differs",
    ),
    Case(
        "a view with another definition, allowed, of which not all is told",
        live=two(users(), names(above=1)),
        models=two(users(), names(above=2)),
        rows=USERS,
        options=ALLOWED,
        databases=["mysql"],
        **NOT_REPLACED,
    ),
    Case(
        "a view that reads a new column",
        live=two(users(), names()),
        models=two(users(column("mail", String(30))), names("id", "name", "mail")),
        rows=USERS,
        pending=["column users.mail"],
        refused={"view names": "view-differs"},
    ),
    Case(
        "a view that reads a new column, allowed",
        live=two(users(), names()),
        models=two(users(column("mail", String(30))), names("id", "name", "mail")),
        rows=USERS,
        options=ALLOWED,
        pending=["column users.mail", "view names"],
        on={"mysql": {"pending": ["column users.mail"], **NOT_REPLACED}},
    ),
    Case(
        "a view whose columns change places",
        live=two(users(), names("id", "name")),
        models=two(users(), names("name", "id")),
        rows=USERS,
        options=ALLOWED,
        pending=["view names"],
        on={name: {"pending": [], **NOT_REPLACED} for name in ("postgresql", "mysql")},
    ),
    Case(
        "a view that has what no model declares",
        live=two(users(), names(above=1)),
        models=two(users(), names(above=2)),
        rows=USERS,
        ddl={
            "postgresql": ["ALTER VIEW names SET (security_barrier = true)"],
            "mariadb": [
                "CREATE OR REPLACE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW names AS "
                "SELECT id, name FROM users WHERE id > 1 WITH CHECK OPTION"
            ],
            "sqlite": ["CREATE TRIGGER t INSTEAD OF DELETE ON names BEGIN SELECT 1; END"],
        },
        options=ALLOWED,
        refused={"view names": "view-differs"},
    ),
    Case(
        "a materialized view with another definition",
        live=two(users(), kept("id")),
        models=two(users(), kept("id", "name")),
        rows=USERS,
        options=ALLOWED,
        refused={"view names": "view-differs"},
        databases=["postgresql"],
    ),
    Case(
        "a view that is materialized in the models",
        live=two(users(), names("id")),
        models=two(users(), kept("id")),
        rows=USERS,
        refused={"view names": "not-a-view"},
        databases=["postgresql"],
    ),
    Case(
        "a table in the place of a view",
        live=users(),
        models=two(users(), names()),
        ddl={
            name: ["CREATE TABLE names (id INTEGER)"]
            for name in ("sqlite", "postgresql", "mariadb", "mysql")
        },
        rows=USERS,
        refused={"view names": "not-a-view"},
    ),
    Case(
        "a view of a refused column",
        live=users(),
        models=two(users(column("age", Integer, nullable=False)), names("id", "age")),
        rows=USERS,
        refused={
            "column users.age": "not-null-without-default",
            "view names": "depends-on-refused",
        },
    ),
    Case(
        "a view of all columns",
        live=users(),
        models=users(column("mail", String(30))),
        rows=USERS,
        ddl={
            name: ["CREATE VIEW everybody AS SELECT u.* FROM users u"]
            for name in ("sqlite", "postgresql", "mariadb", "mysql")
        },
        pending=["column users.mail"],
        hazards={"column users.mail": "the view everybody shows all columns that users had"},
        on={"sqlite": {"hazards": {}}},
    ),
]
