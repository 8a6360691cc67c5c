"""What SQLAlchemy can create on MariaDB: tables, with their options and names."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tests.roundtrip.case import Case, Models
from tests.roundtrip.mariadb_keys import wide


def optioned(**options: Any) -> Models:
    """A small table with these options."""
    return lambda md: sa.Table(
        "t",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("s", sa.String(20)),
        sa.Column("e", sa.Enum("a", "b")),
        sa.Column("x", sa.Text, index=False),
        **options,
    )


def named(name: str) -> Models:
    """A table, column, index, key and check with this name."""

    def define(md: sa.MetaData) -> None:
        sa.Table(
            name,
            md,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column(name, sa.Integer, server_default="1"),
            sa.Column("u", sa.Integer),
            sa.Column("k", sa.Integer),
            sa.ForeignKeyConstraint(["k"], [f"{name}.id"], name=f"{name[:60]}_k")
            if "." not in name
            else sa.UniqueConstraint("k"),
            sa.Index(name, name),
            sa.UniqueConstraint("u", name=f"{name[:60]}_u"),
            sa.CheckConstraint(sa.column(name) > 0, name=f"{name[:60]}_c"),
        )

    return define


def _elsewhere(md: sa.MetaData) -> None:
    sa.Table(
        "parent",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("e", sa.Enum("a", "b"), server_default="a"),
        sa.Column("n", sa.Integer, sa.CheckConstraint("n > 0"), index=True),
        schema="other place",
    )
    sa.Table(
        "child",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("k", sa.Integer, sa.ForeignKey("other place.parent.id")),
    )
    sa.Table(
        "child",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("k", sa.Integer, sa.ForeignKey("other place.parent.id", ondelete="CASCADE")),
        sa.Column("l", sa.Integer, sa.ForeignKey("other place.child.id")),
        schema="other place",
    )


def _generated(md: sa.MetaData) -> None:
    md.naming_convention = {
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
    long = "a_name_that_is_a_good_deal_longer_than_what_is_comfortable"
    sa.Table("parent", md, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "child",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(long, sa.Integer, index=True),
        sa.Column(f"{long}_2", sa.Integer, unique=True),
        sa.Column("k", sa.Integer, sa.ForeignKey("parent.id")),
        sa.Column("b", sa.Boolean(create_constraint=True, name="b")),
        sa.CheckConstraint("k > 0", name="positive"),
        sa.UniqueConstraint("k", long),
    )


OPTIONS = [
    Case("mysql engine", optioned(mysql_engine="InnoDB")),
    Case("mysql engine MyISAM", optioned(mysql_engine="MyISAM")),
    Case("mysql engine Aria", optioned(mysql_ENGINE="Aria")),
    Case("mysql charset", optioned(mysql_charset="utf8mb4")),
    Case("mysql charset of one byte", optioned(mysql_charset="latin1")),
    Case("mysql default charset", optioned(mysql_default_charset="utf8")),
    Case(
        "mysql charset and collation",
        optioned(mysql_charset="utf8mb4", mysql_collate="utf8mb4_unicode_ci"),
    ),
    Case("mysql collation", optioned(mysql_collate="latin1_german1_ci")),
    Case("mysql row format", optioned(mysql_row_format="DYNAMIC", mysql_engine="InnoDB")),
    Case("mysql compressed", optioned(mysql_row_format="COMPRESSED", mysql_key_block_size="8")),
    Case("mysql other options", optioned(mysql_stats_persistent="1", mysql_max_rows="1000")),
    Case("mysql comment as an option", optioned(mysql_comment="it's an option")),
    Case("mysql table comment", optioned(comment='it\'s "a" table: 100% \\ `x` %s')),
    Case("mysql comment of lines", optioned(comment="one\ntwo\ttab — ä 日本")),
    Case("mysql empty comment", optioned(comment="")),
    Case(
        "mysql column comments",
        lambda md: wide(
            md,
            sa.Column("c1", sa.Integer, comment="it's"),
            sa.Column("c2", sa.Integer, comment='"q" \\ % %s :x `y`'),
            sa.Column("c3", sa.Integer, comment="two\nlines\r\n"),
            sa.Column("c4", sa.Integer, comment=""),
            sa.Column("c5", sa.Integer, comment="ä 日本 🐬"),
            sa.Column("c6", sa.String(9), comment="NOT NULL DEFAULT 'x'", server_default="a"),
            sa.Column("c7", sa.Integer, comment=" trailing "),
        ),
    ),
    Case(
        "mysql partitioned",
        lambda md: sa.Table(
            "t",
            md,
            sa.Column("id", sa.Integer, primary_key=True),
            mysql_partition_by="HASH(id)",
            mysql_partitions="4",
        ),
    ),
    Case(
        "mysql options on a table of all",
        lambda md: wide(md, mysql_engine="InnoDB", mysql_charset="utf8"),
    ),
]
NAMES = [
    Case(f"mysql name {kind}", named(name))
    for kind, name in {
        "of 64 characters": "n" * 64,
        "in mixed case": "MixedCase",
        "with backticks": "a`b``c",
        "with a percent sign": "100%s",
        "with dots": "a.b.c",
        "with a space": "a b",
        "with quotes": 'it\'s "x"',
        "with a backslash": "a\\b",
        "beyond ASCII": "Größe 日本",
        "of a keyword": "select",
        "with a colon": "a:b",
        "of digits": "2024",
        "with parentheses": "f(x)",
        "with a comma": "a, b",
    }.items()
] + [
    Case("mysql generated names", _generated),
    Case(
        "mysql another database",
        _elsewhere,
        setup=dict.fromkeys(("mariadb", "mysql"), ("CREATE DATABASE IF NOT EXISTS `other place`",)),
    ),
    Case(
        "mysql columns in another case",
        lambda md: sa.Table(
            "t",
            md,
            sa.Column("Id", sa.Integer, primary_key=True),
            sa.Column("ParentId", sa.Integer, sa.ForeignKey("t.Id"), index=True),
            sa.Column("NAME", sa.String(9), unique=True),
            sa.CheckConstraint("parentid > 0"),
        ),
    ),
]

CASES = [*OPTIONS, *NAMES]
