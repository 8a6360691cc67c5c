"""Views: the server spells each of them in its own way, and it is the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import and_, cast, false, func, literal, not_, null, or_, select, text, true
from sqlalchemy.dialects import postgresql
from sqlalchemy_utils import create_materialized_view, create_view

from tests.roundtrip.case import ALL, Case, Models

Select = Callable[[Any, Any], Any]
"""What shows something of the table ``t``, and of ``u`` whose rows point at it."""


def tables(md: sa.MetaData) -> tuple[sa.Table, sa.Table]:
    t = sa.Table(
        "t",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.Integer),
        sa.Column("b", sa.String(20)),
        sa.Column("f", sa.Boolean),
        sa.Column("d", sa.DateTime),
        sa.Column("n", sa.Numeric(10, 2)),
        sa.Column("j", sa.JSON),
    )
    u = sa.Table(
        "u",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("t_id", sa.ForeignKey("t.id")),
        sa.Column("We ird", sa.String(9)),
        sa.Column("order", sa.Integer),
    )
    return t, u


def written(sql: str, **columns: Any) -> Select:
    """A SELECT that is written as text."""
    named = [sa.column(name, type_) for name, type_ in columns.items()]
    return lambda t, u: text(sql).columns(*named)


def common_table(t: Any, u: Any) -> Any:
    counted = select(t.c.a, func.count().label("n")).where(t.c.a > 1).group_by(t.c.a).cte("c")
    return select(counted.c.a, counted.c.n)


def recursive(t: Any, u: Any) -> Any:
    first = select(literal(1).label("n")).cte("r", recursive=True)
    return select(first.union_all(select(first.c.n + 1).where(first.c.n < 5)).c.n)


def aliases(t: Any, u: Any) -> Any:
    x, y = t.alias("x"), t.alias("y")
    return select(x.c.id, y.c.a).join_from(x, y, x.c.id == y.c.a)


def derived(t: Any, u: Any) -> Any:
    inner = select(t.c.id, t.c.a).where(t.c.a < 10).subquery()
    return select(inner.c.id).where(inner.c.a > 1)


def scalar(t: Any, u: Any) -> Any:
    most = select(func.max(u.c.order)).where(u.c.t_id == t.c.id).scalar_subquery()
    return select(t.c.id, most.label("most"))


SELECTS: Mapping[str, Select] = {
    "a table": lambda t, u: select(t),
    "a star": written("SELECT * FROM t", id=sa.Integer, a=sa.Integer),
    "a join": lambda t, u: select(t.c.id, u.c["We ird"], u.c.order).join(u),
    "two tables": lambda t, u: select(t.c.id, u.c.id.label("uid")).where(t.c.id == u.c.t_id),
    "an outer join": lambda t, u: select(t.c.id, u.c.id.label("uid")).outerjoin(u),
    "aggregates": lambda t, u: (
        select(t.c.a, func.count(t.c.id).label("n"), func.sum(t.c.n).label("s"))
        .group_by(t.c.a)
        .having(func.count(t.c.id) > 1)
    ),
    "a common table": common_table,
    "a recursive table": recursive,
    "a union": lambda t, u: sa.union(select(t.c.id), select(u.c.id)),
    "an ordered union": lambda t, u: (
        sa.union_all(select(t.c.id.label("x")), select(u.c.id)).order_by("x").limit(5)
    ),
    "a difference": lambda t, u: sa.except_(select(t.c.id), select(u.c.id)),
    "a window": lambda t, u: select(
        t.c.id,
        func.row_number().over(partition_by=t.c.a, order_by=t.c.id.desc()).label("row"),
    ),
    "casts": lambda t, u: select(
        cast(t.c.a, sa.String(9)).label("s"),
        cast(t.c.b, sa.Integer).label("i"),
        cast(t.c.n, sa.Numeric(8, 1)).label("m"),
    ),
    "literals": lambda t, u: select(
        literal("it's").label("quote"),
        literal("100%").label("percent"),
        literal("a:b ; c").label("colon"),
        literal('d"q').label("double"),
        literal("b\\s").label("backslash"),
        literal("é").label("accent"),
        literal(1.5).label("number"),
        null().label("none"),
    ).select_from(t),
    "truths": lambda t, u: select(true().label("yes"), false().label("no")).where(t.c.f.is_(True)),
    "a boolean": lambda t, u: select(t.c.id).where(t.c.f),
    "no boolean": lambda t, u: select(t.c.id).where(~t.c.f),
    "likes": lambda t, u: select(t.c.id).where(
        or_(
            t.c.b.like("a%"),
            t.c.b.contains("50%", autoescape=True),
            t.c.b.ilike("X%"),
        )
    ),
    "lists": lambda t, u: select(t.c.id).where(
        and_(t.c.a.in_([1, 2, 3]), t.c.b.notin_(["x", "y"]), t.c.id.in_([1]))
    ),
    "a list from a table": lambda t, u: select(t.c.id).where(t.c.id.in_(select(u.c.t_id))),
    "what exists": lambda t, u: select(t.c.id).where(sa.exists().where(u.c.t_id == t.c.id)),
    "a scalar": scalar,
    "functions": lambda t, u: select(
        func.coalesce(t.c.b, "x").label("c"),
        func.lower(t.c.b).label("l"),
        func.abs(t.c.a).label("abs"),
        (t.c.b + "!").label("joined"),
        func.now().label("now"),
        sa.extract("year", t.c.d).label("year"),
    ),
    "arithmetic": lambda t, u: select(
        (t.c.a * 2 + 1).label("x"),
        (t.c.a / 2).label("y"),
        (t.c.a % 2).label("z"),
        (-t.c.a).label("w"),
        (t.c.n / 3).label("v"),
    ),
    "JSON": lambda t, u: select(
        t.c.j["k"].label("k"),
        t.c.j["k"].as_string().label("s"),
        t.c.j["n"].as_integer().label("i"),
    ),
    "an order": lambda t, u: select(t.c.a).distinct().order_by(t.c.a.desc()).limit(3).offset(1),
    "what is not": lambda t, u: select(t.c.id).where(
        not_(and_(t.c.a > 1, t.c.b == "x")), t.c.d.isnot(None), t.c.a.between(1, 5)
    ),
    "aliases": aliases,
    "a derived table": derived,
    "a comment": written("select id as number, b   as name from t -- why\n", number=sa.Integer),
}
"""What every database can show."""
OWN: Mapping[str, tuple[str, Select]] = {
    "an array": (
        "postgresql",
        lambda t, u: select(postgresql.array([t.c.a, t.c.id]).label("pair")),
    ),
    "distinct on": (
        "postgresql",
        lambda t, u: (
            select(t.c.a, t.c.id)
            .ext(postgresql.distinct_on(t.c.a))
            .order_by(t.c.a, t.c.id.desc().nullslast())
        ),
    ),
    "casts of its own": (
        "postgresql",
        written("SELECT a::text AS s, b::varchar(5) AS v, d::date AS day, 'x'::text FROM t"),
    ),
    "a filter": (
        "postgresql",
        lambda t, u: select(func.count().filter(t.c.a > 1).label("n")).select_from(t),
    ),
    "a regular expression": (
        "postgresql",
        lambda t, u: select(t.c.id).where(t.c.b.regexp_match("^a[0-9]+")),
    ),
    "a lateral join": (
        "postgresql",
        written(
            "SELECT t.id, l.m FROM t, LATERAL (SELECT max(x.id) AS m FROM t x WHERE x.a > t.a) l"
        ),
    ),
    "groups joined": (
        "mariadb",
        written("SELECT group_concat(DISTINCT b ORDER BY b SEPARATOR '-') AS g FROM t"),
    ),
}


def viewed(selectable: Select, *, materialized: bool = False) -> Models:
    """Models with one view, as SQLAlchemy declares them from 2.1 on."""

    def define(md: sa.MetaData) -> None:
        chosen = selectable(*tables(md))
        sa.CreateView(chosen, "The View", metadata=md, materialized=materialized)

    return define


def own(md: sa.MetaData) -> None:
    """All of them, as SQLAlchemy declares them."""
    t, u = tables(md)
    for name, selectable in SELECTS.items():
        sa.CreateView(selectable(t, u), f"v {name}", metadata=md)


def foreign(md: sa.MetaData) -> None:
    """All of them as views of sqlalchemy-utils."""
    t, u = tables(md)
    for name, selectable in SELECTS.items():
        create_view(name, selectable(t, u), md)


def foreign_materialized(md: sa.MetaData) -> None:
    t, _ = tables(md)
    create_materialized_view("kept", select(t.c.id, t.c.a), md, indexes=[sa.Index("by_a", "a")])


def on_views(md: sa.MetaData) -> None:
    t, _ = tables(md)
    base = sa.CreateView(select(t.c.id, t.c.a), "z", metadata=md)
    sa.CreateView(select(base.table.c.id).where(base.table.c.a > 1), "a", metadata=md)


def elsewhere(md: sa.MetaData) -> None:
    t = sa.Table("t", md, sa.Column("id", sa.Integer, primary_key=True), schema="other")
    x = t.alias("x")
    sa.CreateView(select(x.c.id), "v", metadata=md, schema="other")
    sa.CreateView(select(t.c.id), "w", metadata=md)


CASES = [
    Case("views of SQLAlchemy", own, ALL, since=(2, 1)),
    *(
        Case(f"a view of {name}", viewed(one), (database,), since=(2, 1))
        for name, (database, one) in OWN.items()
    ),
    Case(
        "a materialized view",
        viewed(SELECTS["aggregates"], materialized=True),
        ("postgresql",),
        since=(2, 1),
    ),
    Case("a view on a view", on_views, since=(2, 1)),
    Case(
        "views of another schema",
        elsewhere,
        ("postgresql",),
        setup={"postgresql": ["CREATE SCHEMA other"]},
        since=(2, 1),
    ),
    Case("views of sqlalchemy-utils", foreign, ALL),
    Case("a materialized view of sqlalchemy-utils", foreign_materialized, ("postgresql",)),
]
