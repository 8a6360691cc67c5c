"""What SQLAlchemy can create on PostgreSQL: types with names, and types of users."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.types import TypeDecorator

from tests.roundtrip.case import Case, Models, columns, types
from tests.roundtrip.postgresql_models import ONLY, Spelled, setup
from tests.servers.database import SQLALCHEMY


class Tags(TypeDecorator):
    """A decorator of an array."""

    impl = pg.ARRAY(sa.String(9))
    cache_ok = False


class Document(TypeDecorator):
    """JSONB here, and JSON elsewhere."""

    impl = sa.JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(pg.JSONB() if dialect.name == "postgresql" else sa.JSON())


class Mood(TypeDecorator):
    """A decorator of an enum."""

    impl = pg.ENUM("sad", "ok", name="mood")
    cache_ok = False


def spelled(*words: str) -> Models:
    """As :func:`types`, of types that spell themselves."""
    return types(*map(Spelled, words))


def enum_of_metadata(md: sa.MetaData) -> None:
    shared = pg.ENUM("a", "b", name="shared", metadata=md)
    sa.Table("t", md, sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", shared))
    sa.Table("u", md, sa.Column("a", shared), sa.Column("b", pg.ARRAY(shared)))


# from 2.1 on this is how it is, and the word is deprecated
INHERITS: dict[str, Any] = {"inherit_schema": True} if SQLALCHEMY < (2, 1) else {"schema": "s"}


def enum_that_inherits_its_schema(md: sa.MetaData) -> None:
    sa.Table(
        "t",
        md,
        sa.Column("a", pg.ENUM("a", "b", name="near", **INHERITS)),
        sa.Column("b", pg.ENUM("a", "b", name="far", schema="elsewhere")),
        sa.Column("c", sa.Enum("a", "b", name="alike", **INHERITS)),
        sa.Column("d", pg.ARRAY(pg.ENUM("a", "b", name="far", schema="elsewhere"))),
        schema="s",
    )


def enums_of_one_name(md: sa.MetaData) -> None:
    for schema in ("s", "elsewhere", None):
        sa.Table("t", md, sa.Column("a", pg.ENUM("a", name="e", schema=schema)), schema=schema)


def domains(md: sa.MetaData) -> None:
    email = pg.DOMAIN("email", sa.Text, check="VALUE ~ '[^@]+@[^@]+'")
    percent = pg.DOMAIN("percent", sa.Numeric(5, 2), default="0", not_null=True)
    sorted_ = pg.DOMAIN(
        "sorted",
        sa.String,
        collation="C",
        constraint_name="short",
        check=sa.column("value", sa.String) != "",
    )
    types(email, percent, sorted_, pg.DOMAIN("My Domain", sa.Integer))(md)


def domains_elsewhere(md: sa.MetaData) -> None:
    types(
        pg.DOMAIN("far", sa.Integer, schema="s"),
        pg.ARRAY(pg.DOMAIN("many", sa.String(9))),
        pg.DOMAIN("of_enum", pg.ENUM("a", "b", name="base", metadata=md)),
        pg.DOMAIN("there", sa.Integer, create_type=False),
    )(md)


ENUMS = [
    Case("PG ENUM", types(pg.ENUM("a", "it's", "ü", "100%", "a\\b", name="e")), ONLY),
    Case("PG ENUM with an awkward name", types(pg.ENUM("a", name='My "Enum" 100% ü.x')), ONLY),
    Case(
        "PG ENUM named as a keyword",
        types(pg.ENUM("a", name="user"), pg.ENUM("a", name="Order")),
        ONLY,
    ),
    Case("PG ENUM of a MetaData", enum_of_metadata, ONLY),
    Case(
        "PG ENUM that exists",
        types(pg.ENUM("a", "b", name="there", create_type=False)),
        ONLY,
        setup("CREATE TYPE there AS ENUM ('a', 'b')"),
    ),
    Case(
        "PG ENUM with a schema",
        enum_that_inherits_its_schema,
        ONLY,
        setup("CREATE SCHEMA s", "CREATE SCHEMA elsewhere"),
    ),
    Case(
        "PG ENUMs of one name",
        enums_of_one_name,
        ONLY,
        setup("CREATE SCHEMA s", "CREATE SCHEMA elsewhere"),
    ),
    Case(
        "PG ENUM in arrays",
        types(
            pg.ARRAY(pg.ENUM("a", name="one")),
            pg.ARRAY(pg.ENUM("a", name="Two"), dimensions=2),
            sa.ARRAY(sa.Enum("a", name="three")),
        ),
        ONLY,
    ),
    Case(
        "PG enum with a check",
        types(
            sa.Enum("a", "it's", "100%", name="c0", native_enum=False, create_constraint=True),
            sa.Enum("only", name="c1", native_enum=False, create_constraint=True),
            sa.ARRAY(sa.Enum("a", native_enum=False, name="c2")),
        ),
        ONLY,
    ),
]

DOMAINS = [
    Case("PG DOMAIN", domains, ONLY, since=(2, 0)),
    Case(
        "PG DOMAIN with a schema",
        domains_elsewhere,
        ONLY,
        setup(
            "CREATE SCHEMA s",
            "CREATE DOMAIN there AS integer",
        ),
        since=(2, 0),
    ),
]

OF_USERS = [
    Case("PG decorators", types(Tags(), Document(), Mood(), pg.ARRAY(Document())), ONLY),
    Case(
        "PG variants",
        types(
            sa.JSON().with_variant(pg.JSONB(), "postgresql"),
            sa.Text().with_variant(pg.ARRAY(sa.Text), "postgresql"),
            sa.String(9).with_variant(pg.ENUM("a", "b", name="variant"), "postgresql"),
            sa.Integer().with_variant(Mood(), "postgresql"),
        ),
        ONLY,
    ),
    Case(
        "PG types that spell themselves",
        spelled(
            "box",
            "point",
            "line",
            "lseg",
            "path",
            "polygon",
            "circle",
            "xml",
            "name",
            '"char"',
            "bpchar",
            "xid",
            "tid",
            "pg_lsn",
            "regtype",
            "NUMRANGE",
            "int4",
            "INT8",
            "float8",
            "timestamptz",
            "TIMESTAMPTZ(3)",
            "timetz",
            "varbit",
            "varbit(5)",
            "bool",
            "int2",
            "decimal(5)",
            "dec(5,2)",
            "VarChar (7)",
            "character varying(7)",
            "character",
            "national character(4)",
            "char varying(5)",
            "bit varying(3)",
            "float4",
            "int4[]",
            "integer array",
            "integer array[4]",
            "integer[3][3]",
            "time (3) with time zone",
            "interval year",
            "interval(3)",
            "pg_catalog.int4",
            "pg_catalog.varchar(4)",
        ),
        ONLY,
    ),
    Case(
        "PG serial types that spell themselves",
        columns(
            *(
                sa.Column(f"c{n}", Spelled(words), nullable=False)
                for n, words in enumerate(("serial", "SERIAL8", "smallserial"))
            )
        ),
        ONLY,
    ),
    Case(
        "PG types of users",
        spelled('"My Type"', '"My Type"[]', "s.pair", 's."Mixed"', "floats", "mood"),
        ONLY,
        setup(
            "CREATE SCHEMA s",
            'CREATE TYPE "My Type" AS (a integer, b text)',
            "CREATE TYPE s.pair AS (a integer, b integer)",
            """CREATE TYPE s."Mixed" AS ENUM ('a')""",
            "CREATE TYPE floats AS RANGE (subtype = float8)",
            "CREATE DOMAIN mood AS text",
        ),
    ),
]

CASES = [*ENUMS, *DOMAINS, *OF_USERS]
