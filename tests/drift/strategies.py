"""Hypothesis: what models there may be, by database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy.dialects import mysql, postgresql

from tests.drift.blueprint import Blueprint, Check, Field, Index, Reference, Sort, Sql, Unique

INTEGER = Sort("Integer", sa.Integer, ("0", "7", "-1", Sql("42")), ordered=True, kept_as="int")
STRING = Sort("String", lambda: sa.String(20), kept_as="text")
ENUM = Sort("Enum", lambda: sa.Enum("a", "B c", "it's", name="Kind of"), ("a", "B c", "it's"))
ENUM_ARRAY = Sort("enums", lambda: postgresql.ARRAY(ENUM.make()), ("{}", "{a}"))
ENUMS = (ENUM, ENUM_ARRAY)
COMMON = (
    INTEGER,
    STRING,
    ENUM,
    Sort("BigInteger", sa.BigInteger, ("0", "9000000000"), ordered=True, kept_as="int"),
    Sort("SmallInteger", sa.SmallInteger, ("0", "-3"), ordered=True, kept_as="int"),
    Sort("Text", sa.Text, keyable=False, kept_as="text"),
    Sort("Numeric", lambda: sa.Numeric(10, 2), ("0", "1.50", Sql("-2"))),
    Sort("Float", sa.Float, ("0", "1.5", "-2.25")),
    Sort("Boolean", sa.Boolean, (Sql("true"), Sql("false"))),
    Sort("Date", sa.Date, ("2020-01-01", "2021-12-31")),
    Sort("Time", sa.Time, ("00:00:00", "12:30:00")),
    Sort("DateTime", sa.DateTime, (Sql("CURRENT_TIMESTAMP"), "2020-01-01 00:00:00")),
    Sort("LargeBinary", sa.LargeBinary, keyable=False),
    Sort("JSON", sa.JSON, ("{}", "[]", '{"a": [1, "b"]}'), keyable=False),
)
SORTS: dict[str, tuple[Sort, ...]] = {
    "sqlite": (
        *COMMON,
        Sort("NOCASE", lambda: sa.String(20, collation="NOCASE"), ("a", "A"), collated=True),
    ),
    "postgresql": (
        *COMMON,
        Sort(
            "timestamptz",
            lambda: sa.DateTime(timezone=True),
            (Sql("CURRENT_TIMESTAMP"), "2020-01-01 00:00Z"),
        ),
        Sort(
            "timestamp(3)", lambda: postgresql.TIMESTAMP(precision=3), (Sql("CURRENT_TIMESTAMP"),)
        ),
        Sort("JSONB", postgresql.JSONB, ("{}", "[]"), keyable=False),
        Sort("UUID", postgresql.UUID, (Sql("md5('a')::uuid"),)),
        Sort("ARRAY", lambda: postgresql.ARRAY(sa.Integer), ("{}", "{1,2}", Sql("ARRAY[3]"))),
        ENUM_ARRAY,
        Sort("INET", postgresql.INET, ("10.0.0.1",)),
        Sort("INTERVAL", postgresql.INTERVAL, ("1 day", Sql("interval '2 hours'"))),
        Sort("C", lambda: sa.String(20, collation="C"), ("a", "A"), collated=True),
    ),
    "mariadb": (
        *COMMON,
        Sort("unsigned", lambda: mysql.INTEGER(unsigned=True), ("0", "7")),
        Sort("TINYINT", mysql.TINYINT, ("0", "7")),
        Sort("datetime(3)", lambda: mysql.DATETIME(fsp=3), (Sql("current_timestamp(3)"),)),
        Sort("SET", lambda: mysql.SET("a", "b"), ("a", "a,b"), keyable=False),
        Sort("MEDIUMTEXT", mysql.MEDIUMTEXT, ("a", "A"), keyable=False),
        Sort(
            "latin1",
            lambda: mysql.VARCHAR(20, charset="latin1"),
            ("a", "A"),
            keyable=False,
            collated=True,
        ),
        Sort("binary", lambda: sa.String(20, collation="utf8mb4_bin"), ("a", "A"), collated=True),
    ),
}
"""SQLite's and MariaDB's TEXT and String get free texts as their defaults; see :func:`defaults`."""
FREE_TEXT = {"String", "Text"}
IN_PARENTHESES = {
    "Text": ("", "a", "it's"),
    "MEDIUMTEXT": ("a", "A"),
    "JSON": ("{}", '{"a": [1, "b"]}'),
}
"""What MySQL takes as a default in parentheses alone."""


def _of_mysql(sort: Sort) -> Sort:
    """A sort of MariaDB's, with the defaults that MySQL takes."""
    if sort.name not in IN_PARENTHESES:
        return sort
    quoted = (value.replace("'", "''") for value in IN_PARENTHESES[sort.name])
    made = tuple(Sql(f"('{value}')") for value in quoted)
    return replace(sort, name=f"{sort.name} of MySQL", defaults=made)


SORTS["mysql"] = tuple(map(_of_mysql, SORTS["mariadb"]))
LETTERS = "abcXYZ019_ -.,;:%'\"`()[]{}?!@#$&*+/\\<>=|~äЖ中"
BOUNDS = st.integers(-2, 9)
RULES = (None, "CASCADE", "SET NULL")
COMMENTED = {"postgresql", "mariadb", "mysql"}
PREDICATED = {"sqlite", "postgresql"}
VIRTUAL = {"sqlite", "mariadb", "mysql"}


def names() -> st.SearchStrategy[str]:
    """Names, most of which need quotes; no two differ in case only."""
    odd = st.text(LETTERS, min_size=1, max_size=8).filter(is_name)
    plain = st.sampled_from(["a", "b", "order", "user", "Name", "value", "x y", "select"])
    return st.one_of(plain, odd)


def is_name(text: str) -> bool:
    return bool(text.strip()) and text == text.strip() and text not in {"id", "k1", "k2"}


@st.composite
def models(draw: st.DrawFn, database: str) -> tuple[Blueprint, ...]:
    """One to three tables; a table may point at itself and at those before it."""
    made: list[Blueprint] = []
    many = draw(st.lists(names(), min_size=1, max_size=3, unique_by=str.casefold))
    for number, name in enumerate(many):
        targets = [one.name for one in made if len(one.key) == 1]
        made.append(draw(tables(database, name, number, targets)))
    return tuple(made)


@st.composite
def tables(draw: st.DrawFn, database: str, name: str, number: int, targets: list[str]) -> Blueprint:
    """One table. Names of constraints and indexes are its own: some databases want them so."""
    key = draw(st.sampled_from([("id",), ("k1", "k2")]))
    of_columns = draw(st.lists(names(), max_size=5, unique_by=str.casefold))
    fields = tuple(draw(columns(database, one)) for one in of_columns)
    base = next((field for field in fields if field.sort.ordered), None)
    comments = st.none() | st.text(LETTERS, min_size=1, max_size=9)
    if base is not None and draw(st.booleans()):
        stored = database not in VIRTUAL or draw(st.booleans())
        factor = draw(st.integers(2, 9))
        fields += (Field("product", INTEGER, computed=factor, stored=stored),)
    blueprint = Blueprint(
        name,
        key,
        fields,
        comment=draw(comments) if database in COMMENTED else None,
    )
    return draw(with_constraints(database, blueprint, number, targets))


@st.composite
def columns(draw: st.DrawFn, database: str, name: str) -> Field:
    """One column that is not in the primary key."""
    sort = draw(st.sampled_from(SORTS[database]))
    comments = st.none() | st.text(LETTERS, min_size=1, max_size=9)
    return Field(
        name,
        sort,
        nullable=draw(st.booleans()),
        default=draw(st.none() | defaults(sort)),
        comment=draw(comments) if database in COMMENTED else None,
    )


def defaults(sort: Sort) -> st.SearchStrategy[Any]:
    """Server defaults of a type."""
    if sort.name in FREE_TEXT:
        return st.text(LETTERS + "\n\t", max_size=9)
    return st.sampled_from(sort.defaults) if sort.defaults else st.none()


@st.composite
def with_constraints(
    draw: st.DrawFn, database: str, blueprint: Blueprint, number: int, targets: list[str]
) -> Blueprint:
    """The table with a foreign key, a unique constraint, a check and an index, or some of these."""

    def named(prefix: str) -> str:
        return f"{prefix}{draw(st.sampled_from(' _'))}{number}"

    plain = [field for field in blueprint.fields if field.computed is None]
    free = [field.name for field in plain if field.sort.keyable]
    ordered = [field.name for field in plain if field.sort.ordered]
    reference = draw(st.none() | references(named("fk"), blueprint, targets))
    if reference is not None:
        free.remove(reference.field)
        ordered.remove(reference.field)
    unique = draw(some(free))
    # what begins alike may serve as each other
    indexed = draw(some([name for name in free if name not in unique[:1]]))
    above = database in PREDICATED and indexed[:1] and indexed[0] in ordered
    index = Index(
        named("ix"),
        indexed,
        tuple(draw(st.booleans()) for _ in indexed),
        draw(st.booleans()),
        draw(st.none() | st.integers(0, 9)) if above else None,
    )
    checked = draw(some(ordered))[:1]
    return replace(
        blueprint,
        uniques=(Unique(draw(maybe(named("uq"))), unique),) if unique else (),
        checks=tuple(Check(draw(maybe(named("ck"))), one, draw(BOUNDS)) for one in checked),
        indexes=(index,) if indexed else (),
        references=() if reference is None else (reference,),
    )


def some(pool: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """None, one or two of these columns."""
    if not pool:
        return st.just(())
    return st.lists(st.sampled_from(pool), max_size=2, unique=True).map(tuple)


@st.composite
def references(
    draw: st.DrawFn, name: str, blueprint: Blueprint, targets: list[str]
) -> Reference | None:
    """A foreign key, if there is anything to point at, and anything to point with.

    Not the column that another is computed from: MariaDB wants none in an expression that a key
    may change.
    """
    integers = [field for field in blueprint.fields if field.sort is INTEGER]
    has_computed = any(field.computed is not None for field in blueprint.fields)
    base = next((field for field in blueprint.fields if field.sort.ordered), None)
    pointing = [
        field
        for field in integers
        if field.computed is None and not (has_computed and field is base)
    ]
    pool = [*targets, *([blueprint.name] if len(blueprint.key) == 1 else [])]
    if not pointing or not pool:
        return None
    field = draw(st.sampled_from(pointing))
    return Reference(
        draw(maybe(name)),
        field.name,
        draw(st.sampled_from(pool)),
        draw(rules(field)),
        draw(rules(field)),
    )


def maybe(name: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from([name, None])


def rules(field: Field) -> st.SearchStrategy[str | None]:
    """What a foreign key of a column may do."""
    return st.sampled_from(RULES if field.nullable else RULES[:2])


@st.composite
def older(draw: st.DrawFn, newer: tuple[Blueprint, ...], database: str) -> tuple[Blueprint, ...]:
    """Models to which only additions lead to ``newer``: tables and columns are not there yet."""
    kept: list[Blueprint] = []
    for blueprint in newer:
        pointed_at = {one.target for one in blueprint.references} - {blueprint.name}
        if pointed_at <= {one.name for one in kept} and draw(st.booleans()):
            kept.append(draw(without_columns(blueprint, database)))
    return tuple(kept)


@st.composite
def without_columns(draw: st.DrawFn, blueprint: Blueprint, database: str) -> Blueprint:
    """The table without some of its columns, and without all that is about one of them."""
    computed = [field for field in blueprint.fields if field.computed is not None]
    if computed and database == "sqlite":
        # SQLAlchemy's Inspector takes what was added behind a computed column for a part of it
        return blueprint
    base = next((field for field in blueprint.fields if field.sort.ordered), None)
    removable = [f for f in blueprint.fields if f not in computed and not (computed and f == base)]
    if database in ("mariadb", "mysql"):
        removable += computed
    gone = {field.name for field in removable if draw(st.booleans())}
    return replace(
        blueprint,
        fields=tuple(one for one in blueprint.fields if one.name not in gone),
        uniques=tuple(one for one in blueprint.uniques if not gone & {*one.fields}),
        checks=tuple(one for one in blueprint.checks if one.field not in gone),
        indexes=tuple(one for one in blueprint.indexes if not gone & {*one.fields}),
        references=tuple(one for one in blueprint.references if one.field not in gone),
    )
