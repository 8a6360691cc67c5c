"""Drifts of primary keys, foreign keys and unique constraints."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import INT4RANGE

from tests.drift.case import Drift, Models, table, together

SERVERS = ("postgresql", "mariadb", "mysql")
A, B, C = (Column(name, Integer) for name in "abc")
REQUIRED = [Column(name, Integer, nullable=False) for name in "ab"]
P = table(A, B, lambda: UniqueConstraint("a", "b"), lambda: UniqueConstraint("b"), name="p")
Q = table(A, B, lambda: UniqueConstraint("a", "b"), name="q")


def keyed(*columns: str) -> Models:
    numbered = [Column(name, Integer, nullable=False, autoincrement=False) for name in "ab"]
    return table(*numbered, lambda: PrimaryKeyConstraint(*columns), key=False)


PRIMARY = [
    Drift(
        "primary key of fewer columns",
        keyed("a", "b"),
        {"primary_key t(a, b) columns": "primary-key"},
        live=keyed("a"),
    ),
    Drift(
        "primary key of more columns",
        keyed("a"),
        {"primary_key t(a) columns": "primary-key"},
        live=keyed("a", "b"),
    ),
    Drift(
        "primary key in another order",
        keyed("a", "b"),
        {"primary_key t(a, b) columns": "primary-key"},
        live=keyed("b", "a"),
    ),
    Drift(
        "primary key lost",
        keyed("a", "b"),
        {"primary_key t(a, b) missing": "primary-key"},
        live=table(*REQUIRED, key=False),
    ),
    Drift(
        "primary key that is only unique",
        keyed("a", "b"),
        {"primary_key t(a, b) missing": "primary-key", "unique t.uq extra": "constraint-extra"},
        live=table(*REQUIRED, lambda: UniqueConstraint("a", "b", name="uq"), key=False),
        databases=SERVERS,
    ),
    Drift(
        "primary key won",
        table(*REQUIRED, key=False),
        {"primary_key t.pk extra": "primary-key"},
        live=table(*REQUIRED, lambda: PrimaryKeyConstraint("a", name="pk"), key=False),
        databases=["sqlite", "postgresql"],
    ),
    Drift(
        "primary key deferrable",
        keyed("a", "b"),
        {"primary_key t(a, b) deferrable": "primary-key"},
        sql={
            "postgresql": [
                "ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (a, b) DEFERRABLE"
            ]
        },
    ),
]


def pointing(*columns: str, to: str = "p.a p.b", **options: Any) -> Models:
    """Two parents, and a child with a key named ``fk``."""
    options = {"name": "fk", **options}
    key = lambda: ForeignKeyConstraint(columns or ["a", "b"], to.split(), **options)  # noqa: E731
    return together(P, Q, table(A, B, C, key))


def foreign(name: str, difference: str, code: str, **case: Any) -> Drift:
    return Drift(
        name, case.pop("models", pointing()), {f"foreign_key t.fk {difference}": code}, **case
    )


DIFFERS = "foreign-key-differs"
FOREIGN = [
    foreign("key lost", "missing", "foreign-key-missing", live=together(P, Q, table(A, B, C))),
    foreign(
        "key won",
        "extra",
        "constraint-extra",
        models=together(P, Q, table(A, B, C)),
        live=pointing(),
        databases=SERVERS,
    ),
    foreign("key to another table", "target", DIFFERS, live=pointing(to="q.a q.b")),
    foreign(
        "key to columns in another order",
        "target",
        DIFFERS,
        live=pointing(to="p.b p.a"),
        databases=["sqlite", "postgresql"],
    ),
    foreign(
        "key of columns in another order",
        "columns",
        DIFFERS,
        live=pointing("b", "a"),
        databases=["sqlite", "postgresql"],
    ),
    foreign("key of fewer columns", "columns", DIFFERS, live=pointing("b", to="p.b")),
    foreign("key of other columns", "columns", DIFFERS, live=pointing("a", "c")),
    foreign(
        "key to another column",
        "target",
        DIFFERS,
        models=pointing("a", to="p.b"),
        live=pointing("a", to="p.id"),
    ),
    foreign(
        "on delete lost", "on_delete", DIFFERS, models=pointing(ondelete="CASCADE"), live=pointing()
    ),
    foreign("on delete won", "on_delete", DIFFERS, live=pointing(ondelete="CASCADE")),
    foreign(
        "another on delete",
        "on_delete",
        DIFFERS,
        models=pointing(ondelete="SET NULL"),
        live=pointing(ondelete="CASCADE"),
    ),
    foreign(
        "restrict on delete",
        "on_delete",
        DIFFERS,
        models=pointing(ondelete="RESTRICT"),
        live=pointing(),
        databases=["sqlite", "postgresql"],
    ),
    foreign(
        "on update lost", "on_update", DIFFERS, models=pointing(onupdate="CASCADE"), live=pointing()
    ),
    foreign("on update won", "on_update", DIFFERS, live=pointing(onupdate="SET NULL")),
    foreign(
        "deferrable key",
        "deferrable",
        DIFFERS,
        live=pointing(deferrable=True),
        databases=["sqlite", "postgresql"],
    ),
    foreign(
        "deferrable key lost",
        "deferrable",
        DIFFERS,
        models=pointing(deferrable=True),
        live=pointing(),
        databases=["sqlite", "postgresql"],
    ),
    foreign(
        "deferred key",
        "deferred",
        DIFFERS,
        models=pointing(deferrable=True, initially="IMMEDIATE"),
        live=pointing(deferrable=True, initially="DEFERRED"),
        databases=["sqlite", "postgresql"],
    ),
    foreign(
        "deferred key lost",
        "deferred",
        DIFFERS,
        models=pointing(deferrable=True, initially="DEFERRED"),
        live=pointing(deferrable=True),
        databases=["sqlite", "postgresql"],
    ),
    foreign(
        "key that matches in full",
        "match",
        DIFFERS,
        models=pointing(match="FULL"),
        live=pointing(),
        databases=["postgresql"],
    ),
    foreign(
        "key never validated",
        "valid",
        "foreign-key-not-valid",
        live=together(P, Q, table(A, B, C)),
        sql={
            "postgresql": [
                "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES p (a, b) NOT VALID"
            ]
        },
    ),
    foreign(
        "key not enforced",
        "enforced",
        "constraint-not-enforced",
        live=together(P, Q, table(A, B, C)),
        sql={
            "postgresql": [
                "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES p (a, b) "
                "NOT ENFORCED"
            ]
        },
        server=18,
    ),
    foreign(
        "second key of a column lost",
        "missing",
        "foreign-key-missing",
        models=together(
            P, Q, table(Column("a", ForeignKey("p.id"), ForeignKey("q.id", name="fk")))
        ),
        live=together(P, Q, table(Column("a", ForeignKey("p.id")))),
    ),
]


def unique(*columns: str, **options: Any) -> Models:
    return table(A, B, C, lambda: UniqueConstraint(*columns, **{"name": "uq", **options}))


UNIQUES = [
    Drift(
        "unique lost",
        unique("a", "b"),
        {"unique t.uq missing": "unique-missing"},
        live=table(A, B, C),
    ),
    Drift(
        "unique won",
        table(A, B, C),
        {"unique t.uq extra": "constraint-extra"},
        live=unique("a", "b"),
    ),
    Drift(
        "unique of fewer columns",
        unique("a", "b"),
        {"unique t.uq columns": "unique-differs"},
        live=unique("a"),
    ),
    Drift(
        "unique of other columns",
        unique("a", "b"),
        {"unique t.uq columns": "unique-differs"},
        live=unique("a", "c"),
    ),
    Drift(
        "unique in another order",
        unique("a", "b"),
        {"unique t.uq columns": "unique-differs"},
        live=unique("b", "a"),
    ),
    Drift(
        "unique of a column that is new, too",
        unique("a", "b"),
        {"unique t.uq columns": "unique-differs", "column t.b missing": "depends-on-refused"},
        live=table(A, C, lambda: UniqueConstraint("a", name="uq")),
    ),
    Drift(
        "unique without distinct nulls",
        unique("a"),
        {"unique t.uq nulls_distinct": "unique-differs"},
        sql={
            "postgresql": [
                "ALTER TABLE t DROP CONSTRAINT uq, ADD CONSTRAINT uq UNIQUE NULLS NOT DISTINCT (a)"
            ]
        },
        server=15,
    ),
    Drift(
        "unique with distinct nulls",
        unique("a", postgresql_nulls_not_distinct=True),
        {"unique t.uq nulls_distinct": "unique-differs"},
        live=unique("a"),
        databases=["postgresql"],
        since=(2, 0),
        server=15,
    ),
    Drift(
        "deferrable unique",
        unique("a"),
        {"unique t.uq deferrable": "unique-differs"},
        live=unique("a", deferrable=True),
        databases=["postgresql"],
    ),
    Drift(
        "deferrable unique lost",
        unique("a", deferrable=True),
        {"unique t.uq deferrable": "unique-differs"},
        live=unique("a"),
        databases=["postgresql"],
    ),
    Drift(
        "deferred unique",
        unique("a", deferrable=True),
        {"unique t.uq deferred": "unique-differs"},
        live=unique("a", deferrable=True, initially="DEFERRED"),
        databases=["postgresql"],
    ),
    Drift(
        "unique index in place of a deferrable unique",
        unique("a", deferrable=True),
        {"unique t.uq deferrable": "unique-differs"},
        sql={
            "postgresql": [
                "ALTER TABLE t DROP CONSTRAINT uq",
                "CREATE UNIQUE INDEX uq ON t (a)",
            ]
        },
    ),
    Drift(
        "unique in one case only",
        table(Column("x", String(9)), lambda: UniqueConstraint("x", name="uq")),
        {"unique t.uq missing": "unique-missing", "index t.uq extra": "index-extra"},
        sql={
            "postgresql": [
                "ALTER TABLE t DROP CONSTRAINT uq",
                "CREATE UNIQUE INDEX uq ON t (x) WHERE id > 0",
            ],
        },
    ),
]


def renamed(kind: str, declared: Models, live: Models, name: str, **case: Any) -> Drift:
    return Drift(
        f"{kind} of another name", declared, {f"{kind} t.{name} name": "other-name"}, live, **case
    )


def primary(name: str) -> Models:
    return table(*REQUIRED, lambda: PrimaryKeyConstraint("a", "b", name=name), key=False)


NAMES = [
    renamed("primary_key", primary("pk"), primary("old"), "pk", databases=["postgresql"]),
    renamed("foreign_key", pointing(), pointing(name="old"), "fk"),
    renamed("unique", unique("a"), unique("a", name="old"), "uq"),
]


def ranges(*items: Any, name: str = "t") -> Models:
    """A table of two columns of ranges."""
    return table(*(Column(n, INT4RANGE) for n in "ab"), *items, name=name)


TEMPORAL = [
    Drift(
        "primary key of ranges that do not overlap",
        table(
            *(Column(n, INT4RANGE, nullable=False) for n in "ab"),
            lambda: PrimaryKeyConstraint("a", "b", name="pk"),
            key=False,
        ),
        {"primary_key t.pk temporal": "primary-key"},
        sql={
            "postgresql": [
                "ALTER TABLE t DROP CONSTRAINT pk, "
                "ADD CONSTRAINT pk PRIMARY KEY (a, b WITHOUT OVERLAPS)"
            ]
        },
        server=18,
    ),
    Drift(
        "unique ranges that do not overlap, and a key to them",
        together(
            ranges(lambda: UniqueConstraint("a", "b", name="uq"), name="p"),
            ranges(lambda: ForeignKeyConstraint(["a", "b"], ["p.a", "p.b"], name="fk")),
        ),
        {
            "unique p.uq temporal": "unique-differs",
            "foreign_key t.fk temporal": "foreign-key-differs",
        },
        sql={
            "postgresql": [
                "ALTER TABLE t DROP CONSTRAINT fk",
                "ALTER TABLE p DROP CONSTRAINT uq, "
                "ADD CONSTRAINT uq UNIQUE (a, b WITHOUT OVERLAPS)",
                "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a, PERIOD b) "
                "REFERENCES p (a, PERIOD b)",
            ]
        },
        server=18,
    ),
]

CASES = [*NAMES, *PRIMARY, *FOREIGN, *UNIQUES, *TEMPORAL]
