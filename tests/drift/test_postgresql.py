"""What differs on PostgreSQL in a way that a loose comparison would take for the same.

Each pair has a table of its own, lest the doubt about one settle that about another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import UserDefinedType

import autosync
from tests.drift.case import findings
from tests.drift.conftest import Ground
from tests.servers.database import SQLALCHEMY, server_version

Items = Callable[[Any], list[Any]]
BOTH_WAYS = pytest.mark.parametrize("sides", [(0, 1), (1, 0)], ids=["there", "back"])
"""Which of a pair is declared, and which is live."""
SETUP = (
    "DROP SCHEMA IF EXISTS other CASCADE",
    "CREATE SCHEMA other",
    "CREATE TYPE kind AS ENUM ('a', 'b')",
    "CREATE TYPE other.kind AS ENUM ('a', 'b')",
    "CREATE TYPE \"Kind\" AS ENUM ('a', 'b')",
    "CREATE DOMAIN word AS text",
    "CREATE DOMAIN other.word AS text",
    "CREATE DOMAIN seven AS integer DEFAULT 7",
    "CREATE SEQUENCE one",
    "CREATE SEQUENCE other.one",
    'CREATE COLLATION de FROM "C"',
    'CREATE COLLATION other.de FROM "POSIX"',
)


class Spelled(UserDefinedType):
    """A type by the words that it is given."""

    cache_ok = True

    def __init__(self, words: str) -> None:
        self.words = words

    def get_col_spec(self, **kw: Any) -> str:
        return self.words


TYPES = [
    ("kind", "other.kind"),
    ("kind", '"Kind"'),
    ("kind", "kind[]"),
    ("kind", "text"),
    ("word", "other.word"),
    ("word", "text"),
    ("seven", "integer"),
    ('"char"', "char"),
    ("char", "bpchar"),
    ("char(2)", "bpchar"),
    ("name", "text"),
    ("timestamp[]", "timestamptz[]"),
    ("timestamp(3)[]", "timestamp[]"),
    ("timestamp(0)", "timestamp"),
    ("timestamp(6)", "timestamp"),
    ("time", "timetz"),
    ("time(3)", "timetz(3)"),
    ("interval", "interval second"),
    ("interval second", "interval second(3)"),
    ("interval year to month", "interval day to second"),
    ("numeric(9,2)[]", "numeric(9,3)[]"),
    ("numeric(9)", "numeric"),
    ("varchar(3)[]", "varchar[]"),
    ("varchar[]", "text[]"),
    ("float4", "float8"),
    ("float4[]", "float8[]"),
    ("bit(3)", "bit varying(3)"),
    ("bit", "bit varying"),
    ("json[]", "jsonb[]"),
    ("oid", "regclass"),
    ("tsrange", "tstzrange"),
    ("money", "numeric"),
]
NEWER = [(14, ("int4range", "int4multirange")), (15, ("numeric(9,2)", "numeric(9,-2)"))]
"""Types, and the first version that has the second."""
COLLATIONS = [
    ("C", "POSIX"),
    ("C", "default"),
    ("C", None),
    ("de", "other.de"),
    ("other.de", None),
    ("de", "C"),
]
DEFAULTS: list[tuple[Any, Any, Any]] = [
    (sa.String(9), "f", "F"),
    (sa.String(9), "t", "true"),
    (sa.String(9), "0", "00"),
    (sa.String(9), "1.0", "1.00"),
    (sa.String(9), "now()", text("now()")),
    (sa.String(9), "NULL", None),
    (sa.String(9), "current_user", text("current_user")),
    (sa.String(9), "abc", text("'abc'::varchar(2)")),
    (sa.String(9), "a", text("upper('a')")),
    (sa.String(9), "'a'", "a"),
    (sa.String(9), "a::text", "a"),
    (sa.Text, "2020-01-01", text("'2020-01-01'::date")),
    (sa.Text, "a\\nb", text("E'a\\nb'")),
    (sa.Text, "a  b", "a b"),
    (sa.Text, "Ä", "ä"),
    (sa.Text, "100%", "100%%"),
    (sa.Text, text("now()"), text("now()::date")),
    (sa.Integer, text("nextval('one')"), text("nextval('other.one')")),
    (sa.Integer, text("1.7"), text("1.2")),
    (sa.Integer, "1", text("1::smallint + 1")),
    (sa.Numeric(9, 2), text("1.7"), text("1.7::int")),
    (sa.Numeric(9, 2), "1.70", text("1.7::numeric(9,0)")),
    (sa.Numeric, "1.0", "1.00"),
    (sa.Float, text("0.1"), text("0.1::real")),
    (sa.Float, "1", "-1"),
    (sa.Boolean, "t", "f"),
    (sa.Boolean, "yes", None),
    (sa.DateTime, text("now()"), text("timezone('utc', now())")),
    (sa.DateTime, text("now()"), text("statement_timestamp()")),
    (sa.DateTime, text("now()"), text("current_timestamp(0)")),
    (sa.DateTime(timezone=True), "2020-01-01 00:00:00+00", "2020-01-01 00:00:00+01"),
    (sa.Date, text("current_date"), text("current_date + 1")),
    (sa.Interval, "1 month", "30 days"),
    (sa.Interval, "1 day", "24 hours"),
    (pg.JSON, '{"a":1}', '{"a": 1}'),
    (pg.JSONB, '{"a": 1}', '{"A": 1}'),
    (pg.JSONB, "null", None),
    (pg.ARRAY(sa.Text), "{a,b}", '{"a,b"}'),
    (pg.ARRAY(sa.Text), "{NULL}", '{"NULL"}'),
    (pg.ARRAY(sa.Text), "{}", "{x}"),
    (pg.ARRAY(sa.Integer), "{1,2}", "{{1,2}}"),
    (pg.REGCLASS, "pg_class", "pg_type"),
    (Spelled("kind"), "a", "b"),
    (Spelled("seven"), None, sa.null()),
    (Spelled("seven"), None, "8"),
    (sa.LargeBinary, "\\x5c", "\\x78"),
]
CHECKS = [
    ("a > 1", "a >= 1"),
    ("a > -1", "a > 1"),
    ("a IN (1, 2)", "a IN (1, 2, 3)"),
    ("a IN (1, 2)", "a IN (2, 1)"),
    ("a IN (1, 2)", "a NOT IN (1, 2)"),
    ("a BETWEEN 1 AND 5", "a BETWEEN 1 AND 6"),
    ("a - 1 - 1 > 0", "a - (1 - 1) > 0"),
    ("a > 0 AND b > 0 OR ok", "a > 0 AND (b > 0 OR ok)"),
    ("NOT (ok AND a > 0)", "NOT ok AND a > 0"),
    ("a = b", "a IS NOT DISTINCT FROM b"),
    ("ok", "ok IS TRUE"),
    ("s = 'x'", "s = 'X'"),
    ("s = 'a b'", "s = 'a  b'"),
    ("s = 'it''s'", "s = 'its'"),
    ("s LIKE 'a%'", "s ILIKE 'a%'"),
    ("s LIKE 'a%'", "s LIKE 'A%'"),
    ("s ~ 'a b'", "s ~ 'ab'"),
    ("s ~ '\\d'", "s ~ '\\D'"),
    ("s ~ 'a'", "s ~* 'a'"),
    ("s > 'a'", "s COLLATE \"C\" > 'a'"),
    ("s COLLATE \"de\" > 'a'", "s COLLATE other.\"de\" > 'a'"),
    ("s = user", 's = "user"'),
    ("role = user", 'role = "user"'),
    ("d = current_date", 'd = "current_date"'),
    ('"Mixed" > 0', "mixed > 0"),
    ("a::text > '1'", "a > 1"),
    ("n > 1", "n::int > 1"),
    ("d > '2020-01-01'", "d > '2020-01-02'"),
    ("d > '2020-01-01'", "d > '2020-01-01'::timestamp"),
    ("k = 'a'", "k = 'b'"),
    ("j @> '{\"a\": 1}'", "j @> '{\"a\": 2}'"),
    ("j -> 'a' IS NOT NULL", "j -> 'A' IS NOT NULL"),
]
INDEXES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"of": ["lower(s)"]}, {"of": ["upper(s)"]}),
    ({"of": ["lower(s)"]}, {"of": ["lower(s) DESC"]}),
    ({"of": ["lower(s)"]}, {"of": ["lower(s) text_pattern_ops"]}),
    ({"of": ["lower(s)"]}, {"of": ['lower(s) COLLATE "C"']}),
    ({"of": ["lower(s)", "a"]}, {"of": ["a", "lower(s)"]}),
    ({"of": ["(s || 'a')"]}, {"of": ["(s || 'A')"]}),
    ({"of": ["s"]}, {"of": ["s varchar_pattern_ops"]}),
    ({"of": ["s"]}, {"of": ['s COLLATE "C"']}),
    ({"of": ["s COLLATE de"]}, {"of": ["s COLLATE other.de"]}),
    ({"of": ["a"]}, {"of": ["a NULLS FIRST"]}),
    ({"of": ["a DESC"]}, {"of": ["a DESC NULLS LAST"]}),
    ({"of": ["a"], "postgresql_using": "brin"}, {"of": ["a"], "postgresql_using": "hash"}),
    ({"of": ["a"], "postgresql_include": ["b"]}, {"of": ["a"], "postgresql_include": ["s"]}),
    ({"of": ["a"], "postgresql_include": ["b"]}, {"of": ["a", "b"]}),
    ({"of": ["a"], "postgresql_where": text("ok")}, {"of": ["a"]}),
    (
        {"of": ["a"], "postgresql_where": text("s = 'x'")},
        {"of": ["a"], "postgresql_where": text("s = 'X'")},
    ),
    (
        {"of": ["a"], "postgresql_where": text("a > 0 AND b > 0 OR ok")},
        {"of": ["a"], "postgresql_where": text("a > 0 AND (b > 0 OR ok)")},
    ),
    ({"of": ["lower(s)"], "unique": True}, {"of": ["lower(s)"]}),
    (
        {"of": ["j"], "postgresql_using": "gin"},
        {"of": ["j"], "postgresql_using": "gin", "postgresql_ops": {"j": "jsonb_path_ops"}},
    ),
]
IDENTITIES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"increment": 2}),
    ({"increment": -1}, {"increment": -2}),
    ({}, {"maxvalue": 99}),
    ({"minvalue": 1}, {"minvalue": 0}),
    ({"maxvalue": 2**31 - 1}, {"maxvalue": 2**31 - 2}),
    ({"cycle": False}, {"cycle": True}),
    ({"always": True, "cycle": True}, {"cycle": True}),
]
COMPUTED = [
    ("a + 1", "a + 2"),
    ("a - b - 1", "a - (b - 1)"),
    ("length('A')", "length('a')"),
    ("length(s)", "octet_length(s)"),
    ("length(s)", "length(s::char(2))"),
]
KEYS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [("match", {}, {"match": "FULL"})]
LIMITED: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
"""Since 15."""
if SQLALCHEMY >= (2, 0):  # 1.4 takes no columns behind the rule
    LIMITED += [
        ("on_delete", {"ondelete": "SET NULL"}, {"ondelete": "SET NULL (x)"}),
        ("on_delete", {"ondelete": "SET NULL (x)"}, {"ondelete": "SET NULL (y)"}),
        ("on_delete", {"ondelete": "SET NULL (x)"}, {"ondelete": "SET DEFAULT (x)"}),
    ]
EXCLUSIONS: list[tuple[tuple[Sequence[Any], dict[str, Any]], tuple[Sequence[Any], dict[str, Any]]]]
EXCLUSIONS = [
    (([("r", "&&")], {}), ([("r", "-|-")], {})),
    (([("r", "&&")], {}), ([("r", "&&")], {"where": text("ok")})),
    (([("r", "&&")], {"where": text("s = 'x'")}), ([("r", "&&")], {"where": text("s = 'X'")})),
    (([("r", "&&")], {}), ([("r", "&&")], {"deferrable": True})),
    (([("r", "&&")], {}), ([("r", "&&")], {"using": "spgist"})),
    (([("r", "&&")], {}), ([(text("int4range(a, b)"), "&&")], {})),
    (([("r", "&&")], {}), ([("r", "&&"), (text("int4range(a, b)"), "&&")], {})),
]


def columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.Integer),
        sa.Column("b", sa.Integer),
        sa.Column("n", sa.Numeric(9, 2)),
        sa.Column("s", sa.String(20)),
        sa.Column("user", Spelled("name")),
        sa.Column("role", Spelled("name")),
        sa.Column("current_date", sa.Date),
        sa.Column("ok", sa.Boolean),
        sa.Column("d", sa.Date),
        sa.Column("j", pg.JSONB),
        sa.Column("r", pg.INT4RANGE),
        sa.Column("k", Spelled("kind")),
        sa.Column("mixed", sa.Integer),
        sa.Column("Mixed", sa.Integer),
    ]


def typed(words: str) -> list[Any]:
    return [sa.Column("x", Spelled(words))]


def collated(words: str | None) -> list[Any]:
    return typed("text" if words is None else f"text COLLATE {quoted(words)}")


def quoted(name: str) -> str:
    return ".".join(f'"{word}"' for word in name.split("."))


def checked(words: str) -> list[Any]:
    return [*columns(), sa.CheckConstraint(words, name="x")]


def indexed(options: dict[str, Any]) -> list[Any]:
    made = columns()
    names = {column.name: column for column in made}
    parts = [names[part] if part in names else text(part) for part in options["of"]]
    rest = {name: value for name, value in options.items() if name != "of"}
    # an index has a name of its own in its schema; "x" is replaced by that of its table
    return [*made, sa.Index("x", *parts, **rest)]


def numbered(options: dict[str, Any]) -> list[Any]:
    return [sa.Column("x", sa.Integer, sa.Identity(**options), primary_key=True)]


def computed(words: str) -> list[Any]:
    return [*columns(), sa.Column("x", sa.Integer, sa.Computed(words, persisted=True))]


def excluded(given: tuple[Sequence[Any], dict[str, Any]]) -> list[Any]:
    parts, options = given
    return [*columns(), ExcludeConstraint(*parts, name="x", **options)]


def models(items: Items, sides: Sequence[Any]) -> sa.MetaData:
    """Models with one table for each: t0, t1, ... What is called ``x`` is called x0, x1, ..."""
    md = sa.MetaData()
    for number, side in enumerate(sides):
        made = items(side)
        for item in made:
            if item.name == "x" and not isinstance(item, sa.Column):
                item.name = f"x{number}"
        sa.Table(f"t{number}", md, *made)
    return md


def found(
    ground: Ground, items: Items, pairs: Sequence[Any], sides: tuple[int, int]
) -> dict[str, str]:
    """What is found of models of one side, in a database that is as the other side says."""
    declared, live = (models(items, [pair[side] for pair in pairs]) for side in sides)
    with ground("postgresql") as engine:
        with engine.begin() as connection:
            for statement in SETUP:
                connection.exec_driver_sql(statement)
        live.create_all(engine)
        return findings(autosync.plan(engine, declared))


@BOTH_WAYS
@pytest.mark.parametrize(
    ("items", "pairs", "expected"),
    [
        pytest.param(typed, TYPES, ("column t{0}.x type", "column-type"), id="types"),
        pytest.param(
            collated, COLLATIONS, ("column t{0}.x collation", "column-collation"), id="collations"
        ),
        pytest.param(checked, CHECKS, ("check t{0}.x{0} expression", "check-differs"), id="checks"),
        pytest.param(
            indexed, INDEXES, ("index t{0}.x{0} definition", "index-differs"), id="indexes"
        ),
        pytest.param(
            numbered, IDENTITIES, ("column t{0}.x identity", "column-generated"), id="identities"
        ),
        pytest.param(
            computed, COMPUTED, ("column t{0}.x computed", "column-generated"), id="computed"
        ),
        pytest.param(
            excluded,
            EXCLUSIONS,
            ("check t{0}.x{0} expression", "check-differs"),
            id="exclusions",
        ),
    ],
)
def test_each_is_found(
    items: Items,
    pairs: Sequence[Any],
    expected: tuple[str, str],
    sides: tuple[int, int],
    ground: Ground,
) -> None:
    what, code = expected
    assert found(ground, items, pairs, sides) == {
        what.format(number): code for number in range(len(pairs))
    }


@BOTH_WAYS
def test_each_default_is_found(sides: tuple[int, int], ground: Ground) -> None:
    def items(side: tuple[Any, Any]) -> list[Any]:
        type_, default = side
        return [sa.Column("x", type_, server_default=default)]

    pairs = [((type_, one), (type_, other)) for type_, one, other in DEFAULTS]
    expected = {}
    for number, pair in enumerate(pairs):
        extra = pair[sides[0]][1] is None
        difference = "extra_default" if extra else "default"
        code = "default-extra" if extra else "column-default"
        expected[f"column t{number}.x {difference}"] = code
    assert found(ground, items, pairs, sides) == expected


@BOTH_WAYS
@pytest.mark.parametrize(("since", "keys"), [(12, KEYS), (15, LIMITED)], ids=["all", "limited"])
def test_each_foreign_key_is_found(
    since: int,
    keys: list[tuple[str, dict[str, Any], dict[str, Any]]],
    sides: tuple[int, int],
    ground: Ground,
) -> None:
    declared, live = (pointing([(one, other)[side] for _, one, other in keys]) for side in sides)
    with ground("postgresql") as engine:
        if server_version(engine) < since and keys:
            with pytest.raises(DBAPIError):
                live.create_all(engine)
            return
        live.create_all(engine)
        plan = autosync.plan(engine, declared)
    assert findings(plan) == {
        f"foreign_key t{number}.x{number} {aspect}": "foreign-key-differs"
        for number, (aspect, _, _) in enumerate(keys)
    }


@BOTH_WAYS
@pytest.mark.parametrize(("since", "pair"), NEWER)
def test_a_newer_type_is_found(
    since: int, pair: tuple[str, str], sides: tuple[int, int], ground: Ground
) -> None:
    with ground("postgresql") as engine:
        if server_version(engine) < since:
            with pytest.raises(DBAPIError):
                models(typed, pair).create_all(engine)
            return
    expected = {"column t0.x type": "column-type"}
    assert found(ground, typed, [pair], sides) == expected


def pointing(keys: Sequence[dict[str, Any]]) -> sa.MetaData:
    """Models with a table ``parent``, and one that points at it with each of these keys."""
    md = sa.MetaData()
    pair = [sa.Column(name, sa.Integer) for name in ("x", "y")]
    sa.Table("parent", md, *(c._copy() for c in pair), sa.UniqueConstraint("x", "y"))
    for number, options in enumerate(keys):
        key = sa.ForeignKeyConstraint(
            ["x", "y"], ["parent.x", "parent.y"], name=f"x{number}", **options
        )
        sa.Table(f"t{number}", md, *(c._copy() for c in pair), key)
    return md
