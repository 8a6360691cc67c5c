"""What breaks the application comes first: in a plan, in JSON and in the text."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

import autosync
from autosync.plan import SEVERITIES
from autosync.report.text import REFUSED
from autosync.rules import RULES
from autosync.rules.widths import holds
from tests.servers.database import LiveDatabase


def live() -> MetaData:
    metadata = MetaData()
    Table("base", metadata, Column("id", Integer, primary_key=True), Column("code", String(9)))
    Table(
        "middle",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("base_id", Integer),
        Column("narrow", String(20)),
        Column("wide", String(60)),
        Column("other", Numeric(9, 2)),
        Column("open", Integer),
        Column("shut", Integer, nullable=False),
        Column("value", Integer, server_default="1"),
        Index("ix_a", "value"),
    )
    Table(
        "zoo",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("must", String(9), nullable=False),
    )
    Table("unknown", metadata, Column("id", Integer, primary_key=True))
    return metadata


def models() -> MetaData:
    metadata = MetaData()
    Table(
        "base",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("code", String(9)),
        UniqueConstraint("code", name="uq_code"),
    )
    Table(
        "middle",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("base_id", ForeignKey("base.id", name="fk_base")),
        Column("narrow", String(40)),
        Column("wide", String(40)),
        Column("other", Text),
        Column("open", Integer, nullable=False),
        Column("shut", Integer, nullable=True),
        Column("value", Integer, server_default="2"),
        Column("absent", Integer, nullable=False),
        Column("extra_id", ForeignKey("base.id", name="fk_extra"), server_default="7"),
        Index("ix_b", "value"),
        CheckConstraint("value < 9", name="ck_value"),
    )
    Table("zoo", metadata, Column("id", Integer, primary_key=True))
    return metadata


BREAKS = [
    "column middle.narrow",
    "column middle.other",
    "column middle.shut",
    "column middle.absent",
    "foreign_key middle.fk_extra",
    "column middle.extra_id",
    "column zoo.must",
]
DIFFERS = [
    "unique base.uq_code",
    "column middle.wide",
    "column middle.open",
    "column middle.value",
    "foreign_key middle.fk_base",
    "check middle.ck_value",
]


ALIKE = {"sqlite": {"column middle.narrow", "column middle.wide"}}
"""Which differences are none for the rows of a database: SQLite keeps strings of any length."""


def test_what_breaks_comes_first(database: LiveDatabase) -> None:
    alike = ALIKE.get(database.name, set())
    breaks, differs = ([one for one in group if one not in alike] for group in (BREAKS, DIFFERS))
    live().create_all(database.engine)
    with database.engine.begin() as connection:
        connection.execute(live().tables["middle"].insert().values(shut=1))

    plan = autosync.plan(database.engine, models())

    refused = [f"{entry.kind} {entry.object}" for entry in plan.refused]
    assert refused == [*breaks, *differs]
    severities = ["breaks"] * len(breaks) + ["differs"] * len(differs)
    assert [entry.severity for entry in plan.refused] == severities
    data = json.loads(plan.to_json())
    assert [(one["object"], one["severity"]) for one in data["refused"]] == [
        (name.partition(" ")[2], severity)
        for name, severity in zip(refused, severities, strict=True)
    ]
    report = autosync.sync(database.engine, models())
    assert report.refused == plan.refused

    lines = str(plan).splitlines()
    headings = [REFUSED["breaks"], REFUSED["differs"], "Notes"]
    places = [lines.index(heading) for heading in headings]
    assert places == sorted(places)
    shown = [line.split("  [")[0][4:] for line in lines if line.startswith("  x ")]
    assert shown == [name.replace("_", " ", name.startswith("foreign")) for name in refused]
    assert lines.index("  - index middle.ix_b: the database calls it ix_a") > places[-1]


def test_what_only_differs_has_no_other_heading() -> None:
    engine = sa.create_engine("sqlite://")
    for metadata, default in ((MetaData(), "a"), (MetaData(), "b")):
        x = Column("x", String(9), server_default=default)
        Table("t", metadata, Column("id", Integer, primary_key=True), x)
        metadata.create_all(engine)
    text = str(autosync.plan(engine, metadata))
    assert REFUSED["differs"] in text
    assert REFUSED["breaks"] not in text


def test_every_severity_has_its_place() -> None:
    assert tuple(REFUSED) == SEVERITIES
    assert {rule.severity for rule in RULES.values()} == set(SEVERITIES)
    assert all(len(heading) < 80 for heading in REFUSED.values())


@pytest.mark.parametrize(
    ("live_type", "declared", "expected"),
    [
        ("bigint", "integer", True),
        ("integer", "bigint", False),
        ("int", "int unsigned", False),
        ("double precision", "real", True),
        ("double precision", "integer", False),
        ("character varying(60)", "character varying(40)", True),
        ("character varying(40)", "character varying(60)", False),
        ("character varying(40)", "character varying", False),
        ("character varying", "text", True),
        ("text", "character varying", True),
        ("text", "character varying(40)", True),
        ("varchar(40)", "text", False),
        ("varchar(40)", "char(40)", True),
        ("char(40)", "varchar(40)", False),
        ("text", "longtext", False),
        ("numeric", "numeric(10,2)", True),
        ("numeric(10,2)", "numeric", False),
        ("numeric(12,2)", "numeric(10,2)", True),
        ("numeric(12,4)", "numeric(10,2)", True),
        ("numeric(10,4)", "numeric(10,2)", False),
        ("numeric(12,0)", "numeric(10,2)", False),
        ("uuid", "text", False),
        ("timestamp with time zone", "timestamp without time zone", False),
        ("enum('a','b')", "enum('a')", False),
    ],
)
def test_whether_a_type_holds_another(live_type: str, declared: str, *, expected: bool) -> None:
    """What is not known to hold all values is taken for what breaks."""
    assert holds(live_type, declared) is expected


@pytest.mark.databases("postgresql", "mariadb", "mysql")
def test_a_wider_number_only_differs(database: LiveDatabase) -> None:
    for metadata, type_ in ((MetaData(), Integer), (MetaData(), SmallInteger)):
        Table("t", metadata, Column("id", Integer, primary_key=True), Column("x", type_))
        metadata.create_all(database.engine)
    (refusal,) = autosync.plan(database.engine, metadata).refused
    assert (refusal.code, refusal.severity) == ("column-type", "differs")
