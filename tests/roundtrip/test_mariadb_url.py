"""MariaDB under its own name, ``mariadb+pymysql://``: SQLAlchemy has types and prefixes for it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

import autosync
from tests.servers.database import SQLALCHEMY, LiveDatabase


def models() -> sa.MetaData:
    """One table with all that goes by the dialect's name."""
    md = sa.MetaData()
    table = sa.Table(
        "t",
        md,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("s", sa.String(200)),
        sa.Column("j", sa.JSON, server_default="{}"),
        sa.Column("at", mysql.DATETIME(fsp=6), server_default=sa.func.now(6)),
        mariadb_engine="InnoDB",
        mariadb_charset="utf8mb4",
        mariadb_collate="utf8mb4_bin",
    )
    sa.Index("part", table.c.s, mariadb_length=10)
    if SQLALCHEMY >= (2, 0):
        for name in ("INET4", "INET6"):
            table.append_column(sa.Column(name, getattr(mysql, name)))
        table.append_column(sa.Column("u", sa.Uuid))
    return md


def test_what_was_just_created_is_in_sync(mariadb: LiveDatabase) -> None:
    engine = sa.create_engine(mariadb.url.set(drivername="mariadb+pymysql"))
    models().create_all(engine)

    plan = autosync.plan(engine, models())

    engine.dispose()
    assert plan.in_sync, str(plan)
    assert not plan.notes, str(plan)


@pytest.mark.parametrize("change", ["ENGINE=Aria", "COLLATE utf8mb4_unicode_ci"])
def test_another_option_is_found(mariadb: LiveDatabase, change: str) -> None:
    engine = sa.create_engine(mariadb.url.set(drivername="mariadb+pymysql"))
    models().create_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE t {change}")

    plan = autosync.plan(engine, models())

    engine.dispose()
    assert "table-options" in {entry.code for entry in plan.refused}
