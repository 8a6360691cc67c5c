"""Drifts of enum types, and of the checks that stand for them."""

from __future__ import annotations

from sqlalchemy import Column, Enum, String, Text
from sqlalchemy.dialects import postgresql

from tests.drift.case import Drift, table


def x(type_: object) -> Column[object]:
    return Column("x", type_)  # type: ignore[arg-type]


CASES = [
    Drift(
        "label missing",
        table(x(Enum("a", "b", name="kind"))),
        {"enum kind labels": "enum-labels"},
        live=table(x(Enum("a", name="kind"))),
        databases=["postgresql"],
    ),
    Drift(
        "label extra",
        table(x(Enum("a", "b", name="kind"))),
        {"enum kind extra_labels": "label-extra"},
        sql={"postgresql": ["ALTER TYPE kind ADD VALUE 'c'"]},
    ),
    Drift(
        "label extra, in front",
        table(x(Enum("a", "b", name="kind"))),
        {"enum kind extra_labels": "label-extra"},
        sql={"postgresql": ["ALTER TYPE kind ADD VALUE '0' BEFORE 'a'"]},
    ),
    Drift(
        "labels reordered",
        table(x(Enum("a", "b", name="kind"))),
        {"enum kind order": "enum-order"},
        live=table(x(Enum("b", "a", name="kind"))),
        databases=["postgresql"],
    ),
    Drift(
        "label renamed",
        table(x(Enum("a", "b", name="kind"))),
        {"enum kind labels": "enum-labels", "enum kind extra_labels": "label-extra"},
        sql={"postgresql": ["ALTER TYPE kind RENAME VALUE 'b' TO 'B'"]},
    ),
    Drift(
        "label of an array renamed",
        table(x(postgresql.ARRAY(Enum("a", "b", name="kind")))),
        {"enum kind labels": "enum-labels", "enum kind extra_labels": "label-extra"},
        sql={"postgresql": ["ALTER TYPE kind RENAME VALUE 'b' TO 'B'"]},
    ),
    Drift(
        "text for an enum type",
        table(x(Enum("a", name="kind"))),
        {"column t.x type": "column-type"},
        sql={"postgresql": ["ALTER TABLE t ALTER x TYPE varchar(9)"]},
    ),
    Drift(
        "text for an enum type that is lost",
        table(x(Enum("a", name="kind"))),
        {"column t.x type": "column-type", "enum kind missing": "depends-on-refused"},
        sql={"postgresql": ["ALTER TABLE t ALTER x TYPE varchar(9)", "DROP TYPE kind"]},
    ),
    Drift(
        "enum type lost with its column",
        table(x(Enum("a", name="kind"))),
        {"column t.x missing": "pending", "enum kind missing": "pending"},
        sql={"postgresql": ["DROP TYPE kind CASCADE"]},
    ),
    Drift(
        "another type of the name",
        table(x(Enum("a", name="kind"))),
        {"enum kind kind": "enum-kind", "column t.x missing": "depends-on-refused"},
        sql={"postgresql": ["DROP TYPE kind CASCADE", "CREATE DOMAIN kind AS text"]},
    ),
    Drift(
        "enum type of another name",
        table(x(Enum("a", name="kind"))),
        {"column t.x type": "column-type", "enum kind missing": "depends-on-refused"},
        sql={"postgresql": ["ALTER TYPE kind RENAME TO sort"]},
    ),
    Drift(
        "enum type in place of text",
        table(x(String(9))),
        {"column t.x type": "column-type"},
        live=table(x(Enum("a", name="kind"))),
        databases=["postgresql"],
    ),
    Drift(
        "item instead of an array",
        table(x(postgresql.ARRAY(Enum("a", name="kind")))),
        {"column t.x type": "column-type"},
        live=table(x(Enum("a", name="kind"))),
        databases=["postgresql"],
    ),
    Drift(
        "domain instead of its type",
        table(x(Text)),
        {"column t.x type": "column-type"},
        sql={
            "postgresql": [
                "CREATE DOMAIN words AS text CHECK (value <> '')",
                "ALTER TABLE t ALTER x TYPE words",
            ]
        },
    ),
    Drift(
        "check of the labels lost",
        table(x(Enum("a", "b", native_enum=False, create_constraint=True, name="kind"))),
        {"check t.kind missing": "check-missing"},
        live=table(x(Enum("a", "b", native_enum=False))),
    ),
    Drift(
        "other labels in their check",
        table(x(Enum("a", "b", native_enum=False, create_constraint=True, name="kind"))),
        {"check t.kind expression": "check-differs"},
        live=table(x(Enum("a", "c", native_enum=False, create_constraint=True, name="kind"))),
    ),
]
