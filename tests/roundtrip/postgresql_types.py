"""What SQLAlchemy can create on PostgreSQL: each type of its dialect, with its arguments."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from tests.roundtrip.case import Case, Models, types
from tests.roundtrip.postgresql_models import ONLY, Spelled, setup


def named(*names: str) -> Models:
    """As :func:`types`, of types by the names that a newer SQLAlchemy has for them."""

    def define(md: sa.MetaData) -> None:
        types(*(getattr(pg, name)() for name in names))(md)

    return define


STRINGS = [
    Case("PG strings", types(pg.TEXT(), pg.VARCHAR(), pg.VARCHAR(12), pg.CHAR(), pg.CHAR(8)), ONLY),
    Case(
        "PG collations",
        types(
            pg.VARCHAR(9, collation="C"),
            pg.TEXT(collation="POSIX"),
            pg.TEXT(collation="default"),
            pg.TEXT(collation="und-x-icu"),
            pg.ARRAY(sa.String(collation="C")),
        ),
        ONLY,
    ),
    Case(
        "PG a collation that was created",
        types(sa.String(9, collation="My Collation")),
        ONLY,
        setup('CREATE COLLATION "My Collation" FROM "C"'),
    ),
    Case("PG BYTEA", types(pg.BYTEA(), pg.BYTEA(20), sa.LargeBinary(9)), ONLY),
]

NUMBERS = [
    Case(
        "PG numbers",
        types(
            pg.SMALLINT(),
            pg.INTEGER(),
            pg.BIGINT(),
            pg.REAL(),
            pg.DOUBLE_PRECISION(),
            pg.BOOLEAN(),
            pg.MONEY(),
            pg.OID(),
            pg.REGCLASS(),
        ),
        ONLY,
    ),
    Case(
        "PG REAL of FLOAT(1) to FLOAT(24)",
        types(pg.FLOAT(1), pg.FLOAT(24), sa.Float(10)),
        ONLY,
        fact="Float(1-24) → REAL",
    ),
    Case("PG FLOAT", types(pg.FLOAT(), pg.FLOAT(25), pg.FLOAT(53), sa.Float(53)), ONLY),
    Case(
        "PG NUMERIC",
        types(
            pg.NUMERIC(), pg.NUMERIC(10), pg.NUMERIC(10, 0), pg.NUMERIC(1000, 500), sa.DECIMAL(7, 3)
        ),
        ONLY,
    ),
    Case("PG BIT", types(pg.BIT(), pg.BIT(5), pg.BIT(varying=True), pg.BIT(9, varying=True)), ONLY),
]

FIELDS = (
    "YEAR",
    "MONTH",
    "DAY",
    "HOUR",
    "MINUTE",
    "SECOND",
    "YEAR TO MONTH",
    "DAY TO HOUR",
    "DAY TO MINUTE",
    "DAY TO SECOND",
    "HOUR TO MINUTE",
    "HOUR TO SECOND",
    "MINUTE TO SECOND",
)

TIMES = [
    Case(
        "PG date and time",
        types(
            pg.DATE(),
            pg.TIME(),
            pg.TIME(timezone=True),
            pg.TIME(precision=0),
            pg.TIME(timezone=True, precision=3),
            pg.TIMESTAMP(),
            pg.TIMESTAMP(timezone=True),
            pg.TIMESTAMP(precision=0),
            pg.TIMESTAMP(timezone=True, precision=6),
        ),
        ONLY,
    ),
    Case("PG INTERVAL", types(pg.INTERVAL(), pg.INTERVAL(0), pg.INTERVAL(precision=6)), ONLY),
    Case("PG INTERVAL of fields", types(*(pg.INTERVAL(fields=f) for f in FIELDS)), ONLY),
    Case(
        "PG INTERVAL of fields with a precision",
        types(*(pg.INTERVAL(fields=f"{f}(3)") for f in FIELDS if f.endswith("SECOND"))),
        ONLY,
    ),
    Case("PG INTERVAL of generic ones", types(sa.Interval(second_precision=2)), ONLY),
]

OTHERS = [
    Case("PG addresses", types(pg.INET(), pg.CIDR(), pg.MACADDR(), pg.MACADDR8()), ONLY),
    Case("PG UUID", types(pg.UUID(), pg.UUID(as_uuid=True), pg.UUID(as_uuid=False)), ONLY),
    Case("PG TSVECTOR", types(pg.TSVECTOR(), pg.ARRAY(pg.TSVECTOR)), ONLY),
    Case("PG text search", named("TSQUERY", "REGCONFIG"), ONLY, since=(2, 0)),
    Case(
        "PG ranges",
        types(
            pg.INT4RANGE(),
            pg.INT8RANGE(),
            pg.NUMRANGE(),
            pg.DATERANGE(),
            pg.TSRANGE(),
            pg.TSTZRANGE(),
        ),
        ONLY,
    ),
    Case(
        "PG multiranges",
        named(
            "INT4MULTIRANGE",
            "INT8MULTIRANGE",
            "NUMMULTIRANGE",
            "DATEMULTIRANGE",
            "TSMULTIRANGE",
            "TSTZMULTIRANGE",
        ),
        ONLY,
        since=(2, 0),
        server=14,
    ),
    Case(
        "PG JSON",
        types(
            pg.JSON(),
            pg.JSON(none_as_null=True),
            pg.JSON(astext_type=sa.String(9)),
            pg.JSONB(),
            pg.JSONB(none_as_null=True),
            pg.JSONB(astext_type=sa.Unicode(9)),
        ),
        ONLY,
    ),
    Case("PG JSONPATH", named("JSONPATH"), ONLY, since=(2, 0)),
    Case(
        "PG HSTORE",
        types(pg.HSTORE(), pg.HSTORE(text_type=sa.Unicode()), pg.ARRAY(pg.HSTORE)),
        ONLY,
        setup("CREATE EXTENSION hstore"),
    ),
    Case("PG CITEXT", named("CITEXT"), ONLY, setup("CREATE EXTENSION citext"), since=(2, 0)),
    Case(
        "PG extension in a schema of its own",
        types(Spelled("extras.citext"), Spelled("extras.ltree[]"), Spelled("extras.hstore")),
        ONLY,
        setup(
            "CREATE SCHEMA extras",
            *(f"CREATE EXTENSION {name} SCHEMA extras" for name in ("citext", "ltree", "hstore")),
        ),
    ),
]

ARRAYS = [
    Case(
        "PG ARRAY",
        types(
            *(
                pg.ARRAY(type_)
                for type_ in (
                    sa.Integer,
                    sa.BigInteger,
                    sa.Boolean,
                    sa.Text,
                    sa.String,
                    sa.String(7),
                    sa.CHAR(3),
                    sa.Numeric,
                    sa.Numeric(8, 3),
                    sa.Float,
                    sa.Float(9),
                    sa.Date,
                    sa.DateTime,
                    sa.Time(timezone=True),
                    sa.Interval,
                    sa.JSON,
                    sa.LargeBinary,
                    pg.UUID,
                    pg.JSONB,
                    pg.INET,
                    pg.BIT(3),
                    pg.INT4RANGE,
                    pg.TIMESTAMP(precision=3),
                    pg.INTERVAL(fields="YEAR"),
                    pg.TIMESTAMP(timezone=True, precision=3),
                    pg.MONEY,
                )
            )
        ),
        ONLY,
    ),
    Case(
        "PG ARRAY with arguments",
        types(
            pg.ARRAY(sa.Integer, dimensions=1),
            pg.ARRAY(sa.Integer, dimensions=3),
            pg.ARRAY(sa.String(5), dimensions=2, zero_indexes=True),
            pg.ARRAY(sa.Text, as_tuple=True, dimensions=1),
            sa.ARRAY(sa.Numeric(5, 1), dimensions=2),
        ),
        ONLY,
    ),
]

CASES = [*STRINGS, *NUMBERS, *TIMES, *OTHERS, *ARRAYS]
