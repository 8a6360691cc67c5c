"""No false difference on PostgreSQL, whatever the session is set to."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql import ExcludeConstraint

import autosync
from tests.servers.database import LiveDatabase

EXOTIC = {
    "DateStyle": "German",
    "IntervalStyle": "iso_8601",
    "TimeZone": "Asia/Tokyo",
    "bytea_output": "escape",
    "extra_float_digits": "-5",
    "quote_all_identifiers": "on",
    "standard_conforming_strings": "off",
    "lc_monetary": "C",
}


def models(schema: str | None = None, **options: Any) -> sa.MetaData:
    """Models with something of each kind that is spelled by the server."""
    md = sa.MetaData(schema=schema)
    kind = sa.Enum("a", "it's", name="kind", metadata=md)
    numbers = sa.Sequence("numbers", metadata=md, schema=schema)
    sa.Table("parent", md, sa.Column("id", sa.BigInteger, primary_key=True))
    t = sa.Table(
        "t",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "parent", sa.ForeignKey("parent.id" if schema is None else f"{schema}.parent.id")
        ),
        sa.Column("kind", kind, server_default="a"),
        sa.Column("kinds", pg.ARRAY(kind), server_default="{}"),
        sa.Column("number", sa.Integer, numbers, server_default=numbers.next_value()),
        sa.Column("born", sa.Date, server_default="2020-01-31"),
        sa.Column("at", sa.DateTime(timezone=True), server_default="2020-01-31 12:30:00+02"),
        sa.Column("lasts", sa.Interval, server_default="1 day 02:00"),
        sa.Column("raw", sa.LargeBinary, server_default="x"),
        sa.Column("ratio", sa.Float, server_default=text("0.1234567890123")),
        sa.Column("price", pg.MONEY, server_default="12.50"),
        sa.Column("name", sa.String(20, collation="C"), server_default="a\\b's"),
        sa.Column("doubled", sa.Integer, sa.Computed("number * 2", persisted=True)),
        sa.Column("during", pg.TSTZRANGE),
        sa.CheckConstraint("name LIKE 'a%' OR kind = 'it''s'", name="named"),
        sa.CheckConstraint("born > '2000-01-31' AND lasts < '1 year'"),
        ExcludeConstraint(("during", "&&"), where=text("number > 0")),
        comment="it's",
    )
    sa.Index("lower_name", sa.func.lower(t.c.name), postgresql_where=t.c.number > 0, **options)
    return md


def in_sync(engine: sa.engine.Engine, made: sa.MetaData) -> None:
    plan = autosync.plan(engine, made)
    assert plan.in_sync, str(plan)
    assert not plan.notes, str(plan)


def with_settings(live: LiveDatabase, settings: dict[str, str]) -> sa.engine.Engine:
    words = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return live.create_engine(connect_args={"options": words})


def test_in_a_session_with_other_settings(postgresql: LiveDatabase) -> None:
    models().create_all(postgresql.engine)
    for name, value in EXOTIC.items():
        in_sync(with_settings(postgresql, {name: value}), models())
    in_sync(with_settings(postgresql, EXOTIC), models())


@pytest.mark.parametrize("path", ["other", "other,public", "public,other", "missing,other"])
@pytest.mark.parametrize("schema", [None, "other"])
def test_with_a_search_path(path: str, schema: str | None, postgresql: LiveDatabase) -> None:
    with postgresql.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA other")
    engine = with_settings(postgresql, {"search_path": path})
    models(schema).create_all(engine)
    in_sync(engine, models(schema))


def test_what_is_in_a_schema_is_found_by_another_path(postgresql: LiveDatabase) -> None:
    with postgresql.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA other")
    models("other").create_all(postgresql.engine)
    for path in ("other", "public", "other,public", "public,other"):
        in_sync(with_settings(postgresql, {"search_path": path}), models("other"))


@pytest.mark.parametrize("schema", [None, "declared"])
def test_with_a_schema_translate_map(schema: str | None, postgresql: LiveDatabase) -> None:
    with postgresql.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA tenant")
    engine = postgresql.create_engine(
        execution_options={"schema_translate_map": {schema: "tenant"}}
    )
    models(schema).create_all(engine)
    in_sync(engine, models(schema))


def test_an_index_that_is_built_concurrently(postgresql: LiveDatabase) -> None:
    engine = postgresql.create_engine(isolation_level="AUTOCOMMIT")
    made = models(postgresql_concurrently=True)
    made.create_all(engine)
    in_sync(postgresql.engine, made)
