"""What SQLAlchemy can create on MySQL, and not on MariaDB."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy import func, text
from sqlalchemy.dialects import mysql

from tests.roundtrip.case import Case, columns, defaults, types
from tests.roundtrip.mariadb_keys import indexed
from tests.roundtrip.mariadb_types import Plain

WORD = sa.String(99)

DEFAULTS = [
    Case(
        "a text with a default in parentheses",
        defaults(sa.Text, text("('')"), text("('it''s')"), text("('a\\\\b')"), text("('ä 🐬')")),
    ),
    Case(
        "a JSON with a default in parentheses",
        defaults(
            sa.JSON, text("('{}')"), text("(json_array())"), text("""('{"a": [1, "it''s"]}')""")
        ),
    ),
    Case(
        "a blob with a default in parentheses",
        defaults(sa.LargeBinary, text("('a')"), text("(x'ff00')")),
    ),
    Case(
        "a string beside what it would be without its quotes",
        defaults(WORD, "now()", "NULL", "CURRENT_TIMESTAMP", "1", "uuid()", "(1 + 1)", "0x41"),
    ),
    Case(
        "a default that information_schema does not show",
        defaults(WORD, "🐬", "?", "a🐬?", "ä 日本"),
    ),
    Case(
        "mysql bits and bytes",
        columns(
            sa.Column("c0", mysql.BIT(8), server_default=text("b'101'")),
            sa.Column("c1", mysql.BIT(8), server_default=text("b'101'"), nullable=False),
            sa.Column("c2", mysql.VARBINARY(4), server_default=text("x'41ff'")),
            sa.Column("c3", mysql.BINARY(3), server_default="a", comment="b'1' */ /*!80023 x"),
        ),
    ),
    Case(
        "a calendar with a default in parentheses",
        columns(
            sa.Column("d", sa.Date, server_default=text("(CURRENT_DATE)")),
            sa.Column("t", sa.DateTime, server_default=text("(now() + interval 1 day)")),
            sa.Column("y", mysql.YEAR, server_default="2020"),
        ),
    ),
]
TYPES = [
    Case(
        "a reference system",
        types(Plain("POINT SRID 4326"), Plain("GEOMETRY SRID 0"), Plain("POINT")),
    ),
]
INDEXES = [
    Case(
        "an index of an expression",
        indexed(
            ([func.lower(sa.column("s"))], {}),
            ([text("(n + m)"), "id"], {}),
            ([text("(cast(j->>'$.a' as char(10)))")], {"unique": True}),
            (["n", text("(abs(m)) DESC")], {}),
            ([text("(concat(s, 'it''s', ',)'))")], {}),
        ),
    ),
]
CASES: list[Case] = [replace(case, databases=("mysql",)) for case in (*DEFAULTS, *TYPES, *INDEXES)]
