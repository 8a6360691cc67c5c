"""Drifts of views."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String
from sqlalchemy_utils import create_view

from tests.drift.case import ALL, Drift, table, together

N = Column("n", Integer)
DIFFERS = {"view v definition": "view-differs"}


def shown(md: MetaData) -> None:
    """A view of the table."""
    t = md.tables["t"]
    create_view("v", sa.select(t.c.id, t.c.n).where(t.c.n > 1), md)


def listed(md: MetaData) -> None:
    """A view of the rows that have one of several words."""
    t = md.tables["t"]
    create_view("v", sa.select(t.c.id).where(t.c.s.in_(["it's, x", "y"])), md)


VIEW = together(table(N), shown)


def anew(what: str, statement: str) -> Drift:
    """The view was created anew, by hand."""
    sql = {name: ["DROP VIEW v", statement] for name in ALL}
    return Drift(f"a view {what}", VIEW, DIFFERS, sql=sql)


CASES = [
    Drift(
        "view lost",
        VIEW,
        {"view v missing": "pending"},
        sql={name: ["DROP VIEW v"] for name in ALL},
    ),
    anew("with another number", "CREATE VIEW v AS SELECT id, n FROM t WHERE n > 2"),
    anew("with another operator", "CREATE VIEW v AS SELECT id, n FROM t WHERE n >= 1"),
    anew("without its condition", "CREATE VIEW v AS SELECT id, n FROM t"),
    anew("with more columns", "CREATE VIEW v AS SELECT id, n, 1 AS one FROM t WHERE n > 1"),
    anew("with fewer columns", "CREATE VIEW v AS SELECT id FROM t WHERE n > 1"),
    anew("with another name for a column", "CREATE VIEW v AS SELECT id, n AS m FROM t WHERE n > 1"),
    anew("with names before it", "CREATE VIEW v (a, b) AS SELECT id, n FROM t WHERE n > 1"),
    anew("with its columns in other places", "CREATE VIEW v AS SELECT n, id FROM t WHERE n > 1"),
    anew("without duplicates", "CREATE VIEW v AS SELECT DISTINCT id, n FROM t WHERE n > 1"),
    anew("in an order", "CREATE VIEW v AS SELECT id, n FROM t WHERE n > 1 ORDER BY id"),
    Drift(
        "a view written otherwise",
        VIEW,
        {},
        sql={
            name: [
                "DROP VIEW v",
                "CREATE VIEW v AS select id, /* the number */ t.n  as n from t where ((t.n)>1)",
            ]
            for name in ALL
        },
    ),
    Drift(
        "a view of a database that was restored",
        together(table(Column("s", String(9))), listed),
        {},
        sql={
            "postgresql": [
                "CREATE OR REPLACE VIEW v AS SELECT t.id FROM t WHERE ((t.s)::text = ANY "
                "(ARRAY[('it''s, x'::character varying)::text, ('y'::character varying)::text]))"
            ]
        },
    ),
    Drift(
        "a table in the place of a view",
        VIEW,
        {"view v kind": "not-a-view"},
        sql={name: ["DROP VIEW v", "CREATE TABLE v (id INTEGER)"] for name in ALL},
    ),
    Drift(
        "a materialized view in the place of a view",
        VIEW,
        {"view v kind": "not-a-view"},
        sql={
            "postgresql": [
                "DROP VIEW v",
                "CREATE MATERIALIZED VIEW v AS SELECT id, n FROM t WHERE n > 1",
            ]
        },
    ),
]
