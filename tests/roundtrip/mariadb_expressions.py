"""What SQLAlchemy can create on MariaDB: default expressions, computed and numbered columns."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from tests.roundtrip.case import Case, Models, columns, defaults

WORD = mysql.VARCHAR(99)
text = sa.text


def computed(*texts: str, type_: Any = sa.Integer, persisted: bool | None = None) -> Models:
    """A computed column for each of these texts, beside a number, a string and a date."""
    return columns(
        sa.Column("n", sa.Integer),
        sa.Column("s", sa.String(20)),
        sa.Column("j", sa.JSON),
        sa.Column("at", sa.DateTime),
        *(
            sa.Column(f"c{number}", type_, sa.Computed(one, persisted=persisted))
            for number, one in enumerate(texts)
        ),
    )


def with_sequence(md: sa.MetaData) -> None:
    numbers = sa.Sequence("numbers", start=5, increment=2)
    sa.Table(
        "t",
        md,
        sa.Column("id", sa.Integer, numbers, primary_key=True),
        sa.Column("n", sa.Integer, server_default=text("next value for numbers")),
        sa.Column("m", sa.Integer, server_default=text("nextval(numbers)")),
    )


def identity(**options: Any) -> Models:
    return lambda md: sa.Table(
        "t", md, sa.Column("id", sa.Integer, sa.Identity(**options), primary_key=True)
    )


EXPRESSIONS = [
    Case("uuid()", defaults(mysql.CHAR(36), text("(uuid())")), fact="(uuid()) → uuid()"),
    Case(
        "uuid() of a function", defaults(mysql.CHAR(36), sa.func.uuid()), fact="(uuid()) → uuid()"
    ),
    Case("(1+2)", defaults(sa.Integer, text("(1+2)")), fact="(1+2) → (1 + 2)"),
    Case(
        "lower('A')",
        defaults(WORD, text("(lower('A'))"), text("lower('A')"), sa.func.lower("A")),
        fact="the Inspector shows None for lower('A')",
    ),
    Case(
        "NULL",
        defaults(sa.Integer, text("NULL"), sa.null(), text("(NULL)"), text("null")),
        fact="NULL → none",
    ),
    Case(
        "NULL of each kind",
        columns(
            sa.Column("a", WORD, server_default=text("NULL")),
            sa.Column("b", mysql.TIMESTAMP, server_default=text("NULL"), nullable=True),
            sa.Column("c", sa.Text, server_default=text("NULL")),
            sa.Column("d", sa.JSON, server_default=sa.null()),
        ),
    ),
    Case(
        "mysql expressions",
        defaults(
            sa.Integer,
            text("(1 + 2 * 3)"),
            text("((1 + 2) * 3)"),
            text("(floor(3.7))"),
            text("(ABS(-1))"),
            text("(if(1 > 0, 1, 2))"),
            text("(CASE WHEN 1 = 1 THEN 5 ELSE 6 END)"),
            text("(NOT 1)"),
            text("(7 DIV 2)"),
            text("(7 MOD 2)"),
            text("(1 << 4)"),
            text("(rand() * 100)"),
            text("(cast('5' AS unsigned))"),
            text("(CONVERT('5', SIGNED))"),
            text("(coalesce(NULL, 1))"),
            text("(unix_timestamp())"),
            text("connection_id()"),
            text("(year(now()))"),
            text("(1 IN (1, 2))"),
            text("(1 BETWEEN 0 AND 2)"),
            text("(1 IS NULL)"),
            text("('a' LIKE 'b%')"),
            sa.func.floor(3.7),
        ),
    ),
    # 1.4 forgets the parentheses
    Case("mysql expression of literals", defaults(sa.Integer, sa.literal(1) + 2), since=(2, 0)),
    Case("mysql expression of the server's version", defaults(WORD, text("(version())"))),
    Case("mysql expression of a digest", defaults(WORD, text("(md5('x'))"))),
    Case(
        "mysql expressions of strings",
        defaults(
            WORD,
            text("(concat('a', 'b'))"),
            text("concat('it''s', \"q\")"),
            text("(user())"),
            text("(CURRENT_USER)"),
            text("current_user()"),
            text("(database())"),
            text("(replace(uuid(), '-', ''))"),
            text("(hex(uuid()))"),
            text("(date_format(now(), '%Y-%m'))"),
            text("(upper('ä'))"),
            text("(cast(1 as char))"),
            text("(concat('a', ',', '(', '`'))"),
            text("(now())"),
            text("('x' COLLATE utf8mb4_bin)"),
            sa.func.concat("a", "%", ":b"),
        ),
    ),
    Case(
        "an expression of another column",
        columns(
            sa.Column("a", sa.Integer),
            sa.Column("b", sa.Integer, server_default=text("(a + 1)")),
            sa.Column("c d", sa.Integer, server_default=text("(`b` * 2)")),
        ),
    ),
    Case(
        "mysql default of bytes by function",
        defaults(mysql.BINARY(16), text("(unhex(replace(uuid(), '-', '')))")),
    ),
    Case("mysql sequence", with_sequence),
]
COMPUTED = [
    Case("mysql virtual of the key that numbers itself", computed("`n` + `id`")),
    Case(
        "mysql virtual",
        computed(
            "n + 1",
            "(n * 2)",
            "N+1",
            "abs(n)",
            "if(n > 1, 1, 0)",
            "n % 2",
            "CASE WHEN n IS NULL THEN 0 ELSE n END",
            "length(s)",
            "n in (1, 2, 3)",
        ),
    ),
    Case("mysql stored", computed("n + 1", "coalesce(n, 0)", "year(at)", persisted=True)),
    Case("mysql virtual by word", computed("n + 1", persisted=False)),
    Case(
        "mysql computed string",
        computed(
            "concat(s, '-', n)",
            "upper(s)",
            "concat('100%', s)",
            "concat(s, ':a')",
            "'it''s'",
            "json_value(j, '$.a')",
            "json_unquote(json_extract(j, '$.a.b'))",
            "date_format(at, '%Y')",
            "s",
            "replace(s, '\\\\', '/')",
            type_=sa.String(99),
        ),
    ),
    Case(
        "mysql computed of an expression",
        lambda md: sa.Table(
            "t",
            md,
            sa.Column("id", sa.Integer, primary_key=True),
            (a := sa.Column("a", sa.Integer)),
            sa.Column("b", sa.Integer, sa.Computed(a + 1)),
            sa.Column("c", sa.Integer, sa.Computed(sa.func.abs(a), persisted=True)),
            sa.Column("d", sa.Boolean, sa.Computed(a > 5)),
        ),
    ),
    Case(
        "mysql computed that must be there",
        columns(
            sa.Column("a", sa.Integer),
            sa.Column("b", sa.Integer, sa.Computed("a + 1"), nullable=True),
        ),
    ),
    Case(
        "mysql computed of a computed",
        columns(
            sa.Column("a", sa.Integer),
            sa.Column("b", sa.Integer, sa.Computed("a + 1")),
            sa.Column("c", sa.Integer, sa.Computed("b * 2", persisted=True)),
        ),
    ),
    Case(
        "mysql computed with a comment",
        columns(
            sa.Column("a", sa.Integer),
            sa.Column("b", sa.Integer, sa.Computed("a + 1"), comment="it's a sum"),
            sa.Column("c", sa.String(9, collation="utf8mb4_bin"), sa.Computed("a", persisted=True)),
        ),
    ),
]
NUMBERED = [
    Case("Identity", identity(), fact="Identity → AUTO_INCREMENT"),
    Case("Identity always", identity(always=True, start=5), fact="Identity → AUTO_INCREMENT"),
    Case(
        "AUTO_INCREMENT of each size",
        lambda md: [
            sa.Table(f"t{n}", md, sa.Column("id", type_, primary_key=True, autoincrement=True))
            for n, type_ in enumerate(
                (
                    mysql.TINYINT,
                    sa.SmallInteger,
                    mysql.MEDIUMINT,
                    sa.BigInteger,
                    mysql.INTEGER(unsigned=True),
                    mysql.BIGINT(20, unsigned=True),
                )
            )
        ],
    ),
    Case(
        "no AUTO_INCREMENT",
        lambda md: sa.Table(
            "t", md, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)
        ),
    ),
    Case(
        "AUTO_INCREMENT in a key of two",
        lambda md: sa.Table(
            "t",
            md,
            sa.Column("a", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("b", sa.Integer, primary_key=True),
        ),
    ),
    Case(
        "AUTO_INCREMENT behind in a key of two",
        lambda md: sa.Table(
            "t",
            md,
            sa.Column("a", sa.Integer, primary_key=True),
            sa.Column("b", sa.Integer, primary_key=True, autoincrement=True, index=True),
        ),
    ),
    Case(
        "AUTO_INCREMENT from a start",
        lambda md: sa.Table(
            "t", md, sa.Column("id", sa.Integer, primary_key=True), mysql_auto_increment="100"
        ),
    ),
    Case(
        "a key of a string",
        lambda md: sa.Table(
            "t",
            md,
            sa.Column("id", sa.String(36), primary_key=True, server_default=text("(uuid())")),
        ),
    ),
]


CASES = [*EXPRESSIONS, *COMPUTED, *NUMBERED]
