"""What was renamed, or looks like it, and what has another name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from tests.corpus.additions import USERS, column, pk, users
from tests.corpus.case import Case


def said(**words: Any) -> dict[str, Any]:
    return {"autosync": words}


def people(name: str = "people", **options: Any) -> Any:
    """A table with enough columns to be recognised under any name."""

    def build(md: MetaData) -> None:
        own = [Column(one, String(20)) for one in ("first", "last", "town")]
        Table(name, md, pk(), *own, **options)

    return build


def pair(name: str, **options: Any) -> Any:
    """A table whose columns are those of many."""
    return lambda md: Table(name, md, pk(), Column("name", String(50)), **options)


def posts(*items: Any) -> Any:
    """A table of these columns, between two others."""

    def build(md: MetaData) -> None:
        own = [item._copy() for item in items]
        Table("posts", md, pk(), *own, Column("author_id", Integer))

    return build


PEOPLE = {"people": [{"first": "Ada"}]}

COLUMNS = [
    Case(
        "said to be renamed",
        live=users(column("colour", String(9))),
        models=users(column("shade", String(9), info=said(renamed_from="colour"))),
        rows=USERS,
        refused={"column users.shade": "renamed"},
        notes={"column users.colour": "column-extra"},
    ),
    Case(
        "said to be renamed, of another type",
        live=users(column("born", String(9))),
        models=users(column("birthday", Date, info=said(renamed_from="born"))),
        rows=USERS,
        refused={"column users.birthday": "renamed"},
        notes={"column users.born": "column-extra"},
    ),
    Case(
        "said to be renamed, and it was",
        live=users(column("shade", String(9))),
        models=users(column("shade", String(9), info=said(renamed_from="colour"))),
        rows=USERS,
        near="renamed",
    ),
    Case(
        "said to be renamed from what is gone",
        live=users(),
        models=users(column("shade", String(9), info=said(renamed_from="colour"))),
        rows=USERS,
        pending=["column users.shade"],
    ),
    Case(
        "said to be new",
        live=users(column("email", String(40))),
        models=users(column("email_address", String(40), info=said(new=True))),
        rows=USERS,
        pending=["column users.email_address"],
        notes={"column users.email": "column-extra"},
    ),
    Case(
        "a required column renamed, and so said",
        live=users(column("code", Integer, nullable=False)),
        models=users(column("badge", Integer, nullable=False, info=said(renamed_from="code"))),
        rows={"users": [{"name": "ada", "code": 1}]},
        refused={"column users.badge": "renamed"},
        notes={"column users.code": "column-extra"},
    ),
    Case(
        "words in another order",
        live=users(column("name_first", String(40))),
        models=users(column("first_name", String(40))),
        rows=USERS,
        refused={"column users.first_name": "likely-rename"},
        notes={"column users.name_first": "column-extra"},
    ),
    Case(
        "unlike names, required, in the same place",
        live=lambda md: Table(
            "users", md, pk(), Column("code", Integer, nullable=False), Column("name", String(50))
        ),
        models=lambda md: Table(
            "users", md, pk(), Column("badge", Integer), Column("name", String(50))
        ),
        refused={"column users.badge": "likely-rename"},
        notes={"column users.code": "column-extra"},
    ),
    Case(
        "unlike names, required, in another place",
        live=lambda md: Table(
            "users", md, pk(), Column("code", Integer, nullable=False), Column("name", String(50))
        ),
        models=users(column("badge", Integer)),
        refused={"column users.code": "required-column"},
        pending=["column users.badge"],
    ),
    Case(
        "unlike names, required, in the same place, beside a new one",
        live=posts(Column("title", String(50), nullable=False)),
        models=posts(
            Column("headline", String(50), nullable=False, default=""),
            Column("body", Text, nullable=False, default=""),
        ),
        rows={"posts": [{"title": "x"}]},
        refused={"column posts.headline": "likely-rename"},
        pending=["column posts.body"],
        notes={"column posts.title": "column-extra"},
    ),
    Case(
        "a column with a key is none that had none",
        live=posts(Column("author", Integer)),
        models=posts(Column("author_of", Integer, ForeignKey("posts.id"))),
        rows={"posts": [{"author": 7}]},
        pending=["column posts.author_of", "foreign_key posts(author_of)"],
        notes={"column posts.author": "column-extra"},
        near="likely-rename",
    ),
    Case(
        "a column with a key is one that had one",
        live=posts(Column("author", Integer, ForeignKey("posts.id"))),
        models=posts(Column("author_of", Integer, ForeignKey("posts.id"))),
        rows={"posts": [{"id": 7, "author": 7}]},
        refused={
            "column posts.author_of": "likely-rename",
            "foreign_key posts(author_of)": "depends-on-refused",
        },
        notes={
            "column posts.author": "column-extra",
            "foreign_key posts.posts_author_fkey": "constraint-extra",
        },
        databases=["postgresql"],
    ),
    Case(
        "similar names of different types",
        live=users(column("email", String(40))),
        models=users(column("email_id", Integer)),
        rows=USERS,
        pending=["column users.email_id"],
        notes={"column users.email": "column-extra"},
    ),
    Case(
        "a primary key renamed",
        live=users(),
        models=lambda md: Table(
            "users", md, Column("user_id", Integer, primary_key=True), Column("name", String(50))
        ),
        rows=USERS,
        refused={"column users.user_id": "likely-rename"},
        notes={"column users.id": "column-extra"},
    ),
]

TABLES = [
    Case(
        "a table said to be renamed",
        live=pair("persons"),
        models=pair("users", info=said(renamed_from="persons")),
        rows={"persons": [{"name": "ada"}]},
        refused={"table users": "renamed"},
        notes={"table persons": "table-extra"},
    ),
    Case(
        "a table said to be renamed, and it was",
        live=pair("users"),
        models=pair("users", info=said(renamed_from="persons")),
        rows=USERS,
    ),
    Case(
        "a table with the same columns",
        live=people(),
        models=people("customers"),
        rows=PEOPLE,
        refused={"table customers": "likely-rename"},
        notes={"table people": "table-extra"},
    ),
    Case(
        "a table with the same columns, said to be new",
        live=people(),
        models=people("customers", info=said(new=True)),
        rows=PEOPLE,
        pending=["table customers"],
        notes={"table people": "table-extra"},
    ),
    Case(
        "few columns and similar names",
        live=pair("user"),
        models=pair("users"),
        rows={"user": [{"name": "ada"}]},
        refused={"table users": "likely-rename"},
        notes={"table user": "table-extra"},
    ),
    Case(
        "few columns and unlike names",
        live=pair("colours"),
        models=pair("users"),
        rows={"colours": [{"name": "red"}]},
        pending=["table users"],
        notes={"table colours": "table-extra"},
    ),
    Case(
        "similar tables with other columns",
        live=people(),
        models=pair("peoples"),
        rows=PEOPLE,
        pending=["table peoples"],
        notes={"table people": "table-extra"},
    ),
]

NAMES = [
    Case(
        "index under another name",
        live=users(lambda: Index("ix_old", "name")),
        models=users(lambda: Index("ix_new", "name")),
        rows=USERS,
        notes={"index users.ix_new": "other-name"},
        near="index-invalid",
    ),
    Case(
        "a unique index counts as the constraint",
        live=users(lambda: Index("anything", "name", unique=True)),
        models=users(lambda: UniqueConstraint("name", name="uq")),
        rows=USERS,
        notes={"unique users.uq": "other-name"},
    ),
    Case(
        "the names of two that do the same",
        live=users(lambda: Index("ix_a", "name"), lambda: Index("ix_b", "name")),
        models=users(lambda: Index("ix_b", "name"), lambda: Index("ix_a", "name")),
        rows=USERS,
    ),
]

CASES = [*COLUMNS, *TABLES, *NAMES]
