"""What SQLAlchemy can create on PostgreSQL: indexes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, text

from tests.roundtrip.case import Case, Models
from tests.roundtrip.postgresql_models import ONLY, column, setup, wide

Parts = Callable[[sa.Table], list[Any]]


def indexes(*made: tuple[Any, ...] | Parts, **options: Any) -> Models:
    """Models with one table ``t`` that has an index of each of these parts: i0, i1, ..."""

    def define(md: sa.MetaData) -> None:
        wide(list)(md)
        t = md.tables["t"]
        for n, parts in enumerate(made):
            given = parts(t) if callable(parts) else parts
            sa.Index(
                f"i{n}",
                *(t.c[part] if isinstance(part, str) else part for part in given),
                **options,
            )

    return define


def each(*options: dict[str, Any], of: tuple[Any, ...] = ("a",)) -> Models:
    """Models with one table ``t`` that has an index of one column with each of these options."""

    def define(md: sa.MetaData) -> None:
        wide(list)(md)
        t = md.tables["t"]
        for n, one in enumerate(options):
            parts = one.get("of", of)
            rest = {name: value for name, value in one.items() if name != "of"}
            given = (
                parts(t)
                if callable(parts)
                else [t.c[part] if isinstance(part, str) else part for part in parts]
            )
            sa.Index(f"i{n}", *given, **rest)

    return define


def on_labelled(md: sa.MetaData) -> None:
    wide(list)(md)
    t = md.tables["t"]
    sa.Index("i0", func.lower(t.c.s).label("low"), "a", postgresql_ops={"low": "text_pattern_ops"})
    sa.Index("i1", t.c.s, postgresql_ops={"s": "varchar_pattern_ops"})


def everything(t: sa.Table) -> list[Any]:
    return [t.c.a.desc(), func.lower(t.c.s), text("(b + 1) DESC NULLS LAST"), t.c.txt]


CASES = [
    Case(
        "PG index order",
        indexes(
            lambda t: [t.c.a.asc()],
            lambda t: [t.c.a.desc()],
            lambda t: [t.c.a.asc().nulls_first()],
            lambda t: [t.c.a.asc().nulls_last()],
            lambda t: [t.c.a.desc().nulls_first()],
            lambda t: [t.c.a.desc().nulls_last()],
            lambda t: [t.c.a.nulls_first()],
            lambda t: [t.c.a.nulls_last()],
            lambda t: [t.c.a, t.c.b.desc(), t.c.s.asc()],
            (text("a DESC"),),
            (text("a desc nulls last"),),
            (text("a ASC NULLS LAST"),),
            (text("a nulls first, b DESC"),),
            (text('"order" DESC'),),
            lambda t: [func.lower(t.c.s).desc()],
        ),
        ONLY,
    ),
    Case("PG index ASC NULLS LAST", indexes(lambda t: [t.c.a.asc().nulls_last()]), ONLY),
    Case(
        "PG index of expressions",
        indexes(
            lambda t: [func.lower(t.c.s)],
            lambda t: [func.coalesce(t.c.s, "it's")],
            lambda t: [t.c.a + t.c.b],
            lambda t: [t.c.a + 1, t.c.b],
            lambda t: [-t.c.a],
            lambda t: [sa.cast(t.c.s, sa.Text)],
            lambda t: [t.c.j["a"].astext],
            lambda t: [t.c.j[("a", "b")].astext],
            lambda t: [t.c.s + "100%"],
            lambda t: [t.c.a.is_(None)],
            lambda t: [sa.extract("year", t.c.d)],
            lambda t: [func.substr(t.c.s, 1, 3), t.c.order],
            (text("lower(s)"),),
            (text("(lower(s))"),),
            (text("LOWER ( s )"),),
            (text("(a+b)"),),
            (text("(a::text)"),),
            (text("(s || ':x')"),),
            (text("md5(txt)"), "a"),
            (text("(j ->> 'a')"),),
            (text("((j ->> 'n')::int)"),),
            (text("(a IN (1, 2))"),),
            (text("coalesce(s, '')"), text("abs(a) DESC")),
            (text("(ts AT TIME ZONE 'utc')"),),
            (text("(CASE WHEN ok THEN a END)"),),
            (text("(tags[1])"),),
            (text("lower(r)"),),
            (text('lower("Mixed Case")'),),
            (text('(s COLLATE "C")'),),
            (text("to_tsvector('simple', s)"),),
            (text("(a % 2)"),),
            (text("(txt LIKE 'a%')"),),
        ),
        ONLY,
    ),
    Case(
        "PG index of collations",
        indexes(
            lambda t: [sa.collate(t.c.s, "C")],
            lambda t: [t.c.s.collate("POSIX")],
            lambda t: [sa.collate(t.c.s, "C").desc()],
            lambda t: [sa.collate(func.lower(t.c.s), "C")],
            (text('s COLLATE "C"'),),
            (text('s collate "C" DESC'),),
            (text('s COLLATE "default"'),),
            (text('s COLLATE "C" text_pattern_ops'),),
            (text('s COLLATE "und-x-icu", a'),),
        ),
        ONLY,
    ),
    Case(
        "PG index of operator classes",
        each(
            {"of": ("s",), "postgresql_ops": {"s": "varchar_pattern_ops"}},
            {"of": ("txt",), "postgresql_ops": {"txt": "text_pattern_ops"}},
            {"of": ("txt", "a"), "postgresql_ops": {"txt": "text_pattern_ops"}},
            {"of": ("txt", "a"), "postgresql_ops": {"a": "int4_ops"}},
            {"of": ("s",), "postgresql_ops": {"s": "varchar_ops"}},
            {"of": (text("txt text_pattern_ops DESC"),)},
            {"of": ("j",), "postgresql_using": "gin"},
            {"of": ("j",), "postgresql_using": "gin", "postgresql_ops": {"j": "jsonb_path_ops"}},
            {"of": ("j",), "postgresql_using": "gin", "postgresql_ops": {"j": "jsonb_ops"}},
            {"of": (text("txt text_pattern_ops"),)},
            {"of": (text("lower(txt) text_pattern_ops"),)},
            {"of": (text("a int4_ops"),)},
        ),
        ONLY,
    ),
    Case("PG index of operator classes by label", on_labelled, ONLY),
    Case(
        "PG index of operator classes of an extension",
        each(
            {"of": ("s",), "postgresql_using": "gin", "postgresql_ops": {"s": "gin_trgm_ops"}},
            {
                "of": ("txt",),
                "postgresql_using": "gist",
                "postgresql_ops": {"txt": "gist_trgm_ops"},
            },
            {"of": (text("lower(s) gin_trgm_ops"),), "postgresql_using": "gin"},
            {"of": (text("s gist_trgm_ops(siglen=32)"),), "postgresql_using": "gist"},
        ),
        ONLY,
        setup("CREATE EXTENSION pg_trgm"),
    ),
    Case(
        "PG index methods",
        each(
            {"postgresql_using": "btree"},
            {"postgresql_using": "hash"},
            {"postgresql_using": "BRIN"},
            {"of": ("tags",), "postgresql_using": "gin"},
            {"of": ("r",), "postgresql_using": "gist"},
            {"of": ("r",), "postgresql_using": "GiST"},
            {"of": ("r",), "postgresql_using": "spgist"},
            {"of": ("a", "ts"), "postgresql_using": "brin"},
            {"of": ("u",), "postgresql_using": "hash"},
            {"of": (text("to_tsvector('simple', s)"),), "postgresql_using": "gin"},
        ),
        ONLY,
    ),
    Case(
        "PG index storage options",
        each(
            {"postgresql_with": {"fillfactor": 50}},
            {"postgresql_with": {"pages_per_range": 32}, "postgresql_using": "brin"},
            {"of": ("tags",), "postgresql_with": {"fastupdate": "off"}, "postgresql_using": "gin"},
            {"of": ("r",), "postgresql_with": {"buffering": "on"}, "postgresql_using": "gist"},
            {"postgresql_tablespace": "pg_default"},
        ),
        ONLY,
    ),
    Case(
        "PG index predicates",
        each(
            {"postgresql_where": text("a > 0")},
            {"postgresql_where": text("ok")},
            {"postgresql_where": text("NOT ok")},
            {"postgresql_where": text("s IN ('x', 'it''s')")},
            {"postgresql_where": text("s IS NOT NULL AND (a>1 OR b < 2)")},
            {"postgresql_where": column("a") > 5},
            {"postgresql_where": column("a").in_([1, 2])},
            {"postgresql_where": column("ok", sa.Boolean).is_(True)},
            {"postgresql_where": column("s", sa.String) == "100%"},
            {"postgresql_where": sa.and_(column("a") > 0, column("s", sa.String) != "it's")},
            {"postgresql_where": text("e = 'x'")},
            {"postgresql_where": text("d > '2020-01-01'")},
            {"postgresql_where": text("(j ->> 'a') = 'b'")},
            {"postgresql_where": text("s LIKE 'a%'")},
            {"of": lambda t: [t.c.a.desc()], "postgresql_where": text("b IS NULL")},
            {"unique": True, "postgresql_where": text("ok")},
            {"unique": True, "of": ("a", "b"), "postgresql_where": column("ok", sa.Boolean)},
            {"of": (text("lower(s)"),), "unique": True, "postgresql_where": text('"order" = 1')},
            {"postgresql_where": text('"Mixed Case" <> :x').bindparams(x="a:b")},
        ),
        ONLY,
    ),
    Case(
        "PG index predicates as text",
        each({"postgresql_where": "a > 0"}, {"postgresql_where": "s = 'x'"}),
        ONLY,
        since=(2, 0),
    ),
    Case(
        "PG index INCLUDE",
        each(
            {"postgresql_include": ["b"]},
            {"postgresql_include": ["b", "order", "Mixed Case"]},
            {"unique": True, "postgresql_include": ["s"]},
            {"postgresql_include": []},
            {"of": (text("lower(s)"),), "postgresql_include": ["a"]},
            {"of": ("r",), "postgresql_using": "gist", "postgresql_include": ["a"]},
        ),
        ONLY,
    ),
    Case(
        "PG index unique",
        each(
            {"unique": True},
            {"unique": True, "of": ("a", "b")},
            {"unique": True, "of": ("b", "a")},
            {"unique": True, "of": (text("lower(s)"),)},
            {"unique": False},
            {"unique": True, "of": lambda t: [t.c.b.desc()]},
            {"unique": True, "of": (text('s COLLATE "C"'),)},
        ),
        ONLY,
    ),
    Case(
        "PG index NULLS NOT DISTINCT",
        each(
            {"unique": True, "postgresql_nulls_not_distinct": True},
            {"unique": True, "of": ("b", "s"), "postgresql_nulls_not_distinct": True},
            {"unique": True, "of": ("b",), "postgresql_nulls_not_distinct": False},
            {"unique": True, "of": (text("lower(s)"),), "postgresql_nulls_not_distinct": True},
        ),
        ONLY,
        since=(2, 0),
        server=15,
    ),
    Case(
        "PG index with all of it",
        indexes(
            everything,
            unique=True,
            postgresql_include=["f"],
            postgresql_where=text("a > 0"),
            postgresql_with={"fillfactor": 70},
            postgresql_using="btree",
        ),
        ONLY,
    ),
    Case(
        "PG index with names",
        wide(
            lambda: [
                sa.Index('My "Index" 100%', "a"),
                sa.Index("x" * 63, "b"),
                sa.Index("größe", "s"),
                sa.Index("dotted.name", "a", "b"),
                sa.Index("order", "order"),
                sa.Index("MiXed", "Mixed Case"),
                sa.Index("a%b", text("lower(s)")),
                sa.Index("it's", text("upper(s)")),
            ]
        ),
        ONLY,
    ),
    Case(
        "PG index twice",
        wide(
            lambda: [
                sa.Index("one", "a"),
                sa.Index("two", "a"),
                sa.Index("three", text("lower(s)")),
                sa.Index("four", text("lower(s)")),
                sa.UniqueConstraint("b"),
                sa.Index("five", "b", unique=True),
                sa.Index("six", "id"),
            ]
        ),
        ONLY,
    ),
]
