"""Drifts of checks and exclusion constraints."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, text
from sqlalchemy.dialects.postgresql import INT4RANGE, ExcludeConstraint

from tests.drift.case import ALL, Drift, Models, table

A, B = Column("a", Integer), Column("b", Integer)


def check(sql: str, **options: Any) -> Models:
    return table(
        A, B, Column("x", String(20)), lambda: CheckConstraint(sql, **{"name": "ck", **options})
    )


def checks(name: str, declared: str, live: str, databases: Any = ALL) -> Drift:
    return Drift(
        name,
        check(declared),
        {"check t.ck expression": "check-differs"},
        live=check(live),
        databases=databases,
    )


AGAIN = (
    "(s)::text = ANY (ARRAY[('x'::character varying)::text, ('it''s'::character varying)::text])"
)
"""How PostgreSQL spells a list of words, once it has read what it has spelled itself."""

CHECKS = [
    Drift(
        "check lost",
        check("a > 0"),
        {"check t.ck missing": "check-missing"},
        live=table(A, B, Column("x", String(20))),
    ),
    Drift(
        "check won",
        table(A),
        {"check t.ck extra": "constraint-extra"},
        live=table(A, lambda: CheckConstraint("a > 0", name="ck")),
    ),
    checks("check of another operator", "a > 0", "a >= 0"),
    checks("check of another number", "a > 0", "a > 1"),
    checks("check of another column", "a > 0", "b > 0"),
    checks("check of another literal", "x <> 'a'", "x <> 'A'"),
    checks("check of a literal with a space", "x <> 'a b'", "x <> 'ab'"),
    checks("check of a literal with two spaces", "x <> 'a  b'", "x <> 'a b'"),
    checks("check of a literal with a quote", "x <> 'it''s'", "x <> 'its'"),
    checks("check of a literal with parentheses", "x <> '(a)'", "x <> 'a'"),
    checks("check of a literal with a comment", "x <> 'a/*b*/'", "x <> 'a'"),
    checks("check of a literal with quotes", "x <> '\"a\"'", "x <> 'a'"),
    checks("check of another connective", "a > 0 AND b > 0", "a > 0 OR b > 0"),
    checks("check of other precedence", "a > 0 AND (b > 0 OR b < 9)", "a > 0 AND b > 0 OR b < 9"),
    checks("check of arithmetic precedence", "a - (b - 1) > 0", "a - b - 1 > 0"),
    checks("check of one label fewer", "x IN ('a', 'b')", "x IN ('a')"),
    checks("check of labels in another order", "x IN ('a', 'b')", "x IN ('b', 'a')"),
    checks("check of not null", "a IS NOT NULL", "a IS NULL"),
    checks("check of a function", "length(x) > 2", "length(x) > 3"),
    checks("check of a range", "a BETWEEN 1 AND 9", "a BETWEEN 1 AND 8"),
    Drift(
        "one of two checks lost",
        table(
            A,
            lambda: CheckConstraint("a > 0", name="c1"),
            lambda: CheckConstraint("a < 9", name="c2"),
        ),
        {"check t.c2 missing": "check-missing"},
        live=table(A, lambda: CheckConstraint("a > 0", name="c1")),
    ),
    Drift(
        "check inside a column lost",
        table(Column("x", Integer, CheckConstraint("x > 0"))),
        {"check t(x) missing": "check-missing"},
        live=table(Column("x", Integer)),
    ),
    Drift(
        "unnamed check differs",
        table(A, lambda: CheckConstraint("a > 0")),
        {"check t(a) missing": "check-missing", "check t.t_a_check extra": "constraint-extra"},
        live=table(A, lambda: CheckConstraint("a > 1")),
        databases=["postgresql"],
    ),
    Drift(
        "check of a database that was restored",
        table(
            Column("s", String(9)),
            lambda: CheckConstraint("s IN ('x', 'it''s') OR s IS NULL", name="ck"),
            lambda: Index("ix", "s", postgresql_where=text("s IN ('x', 'it''s')")),
        ),
        {},
        sql={
            "postgresql": [
                "ALTER TABLE t DROP CONSTRAINT ck, ADD CONSTRAINT ck CHECK "
                f"({AGAIN} OR (s IS NULL))",
                "DROP INDEX ix",
                f"CREATE INDEX ix ON t USING btree (s) WHERE {AGAIN}",
            ]
        },
    ),
    Drift(
        "check never validated",
        check("a > 0"),
        {"check t.ck valid": "check-not-valid"},
        sql={
            "postgresql": [
                "ALTER TABLE t DROP CONSTRAINT ck, ADD CONSTRAINT ck CHECK (a > 0) NOT VALID"
            ]
        },
    ),
    Drift(
        "check not enforced",
        check("a > 0"),
        {"check t.ck enforced": "constraint-not-enforced"},
        sql={
            "mysql": ["ALTER TABLE t ALTER CHECK ck NOT ENFORCED"],
            "postgresql": [
                "ALTER TABLE t DROP CONSTRAINT ck, ADD CONSTRAINT ck CHECK (a > 0) NOT ENFORCED"
            ],
        },
        server=18,
    ),
    Drift(
        "check not enforced, of a column",
        table(Column("x", Integer, CheckConstraint("x > 0", name="ck"))),
        {"check t.ck enforced": "constraint-not-enforced"},
        sql={"mysql": ["ALTER TABLE t ALTER CHECK ck NOT ENFORCED"]},
    ),
    Drift(
        "check never validated, of a column",
        table(Column("x", Integer, CheckConstraint("x > 0", name="ck"))),
        {"check t.ck valid": "check-not-valid"},
        sql={
            "postgresql": [
                "ALTER TABLE t DROP CONSTRAINT ck, ADD CONSTRAINT ck CHECK (x > 0) NOT VALID"
            ]
        },
    ),
]


def exclusion(*elements: tuple[Any, str], **options: Any) -> Models:
    r, s = Column("r", INT4RANGE), Column("s", INT4RANGE)
    return table(r, s, lambda: ExcludeConstraint(*elements, name="ex", **options))


EXCLUSIONS = [
    Drift(
        "exclusion lost",
        exclusion(("r", "&&")),
        {"check t.ex missing": "check-missing"},
        sql={"postgresql": ["ALTER TABLE t DROP CONSTRAINT ex"]},
    ),
    Drift(
        "exclusion won",
        table(Column("r", INT4RANGE)),
        {"check t.ex extra": "constraint-extra"},
        sql={"postgresql": ["ALTER TABLE t ADD CONSTRAINT ex EXCLUDE USING gist (r WITH &&)"]},
    ),
]

NAMES = [
    Drift(
        "check of another name",
        check("a > 0"),
        {"check t.ck name": "other-name"},
        live=check("a > 0", name="old"),
    )
]

CASES = [*NAMES, *CHECKS, *EXCLUSIONS]
