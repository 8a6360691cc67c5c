"""What does an addition to a large table cost those who read and write it?

Fills a table with 5 million rows, lets an application read and write it, and adds a column with an
index, a unique one and (PostgreSQL) one with a foreign key and a default: once in the plain
statements, once by `autosync.sync()`. Prints a Markdown table: how long each took, the longest
statement of the application, and how many of its statements failed.

    python benchmarks/large.py [--rows 5000000] [--database postgresql]
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from catalog import headline, tell, timed
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table

import autosync
from tests.servers import Servers
from tests.servers.database import Databases, LiveDatabase
from tests.torture.traffic import Traffic

FILL = {
    "postgresql": "SELECT n, 'visit ' || n, n % 100 FROM generate_series(1, {rows}) n",
    "mariadb": "SELECT seq, concat('visit ', seq), seq % 100 FROM seq_1_to_{rows}",
}
NEW = {"autosync": {"new": True}}  # no renames of what the plain statements have added
SETTLE = {
    "postgresql": ["ANALYZE", "SELECT setval('visit_id_seq', (SELECT max(id) FROM visit))"],
    "mariadb": ["ANALYZE TABLE visit"],
}
NAIVE = {
    "postgresql": [
        "ALTER TABLE visit ADD COLUMN old_note VARCHAR(40)",
        "CREATE INDEX ix_old_note ON visit (old_note)",
        "ALTER TABLE visit ADD COLUMN old_code VARCHAR(40) UNIQUE",
        "ALTER TABLE visit ADD COLUMN old_page INTEGER DEFAULT 1 NOT NULL REFERENCES page (id)",
    ],
    "mariadb": [
        "ALTER TABLE visit ADD COLUMN old_note VARCHAR(40)",
        "CREATE INDEX ix_old_note ON visit (old_note)",
        "ALTER TABLE visit ADD COLUMN old_code VARCHAR(40) UNIQUE",
    ],
}


def main() -> int:
    options = arguments()
    servers = Servers()
    databases = Databases(servers)
    options.tables = 2  # what the headline tells of
    print("; ".join(headline(options).split("; ")[:2]), end="\n\n")
    print("| | rows | seconds | longest read, ms | longest write, ms | failed |")
    print("|---|--:|--:|--:|--:|--:|")
    try:
        for name in options.database or FILL:
            with tempfile.TemporaryDirectory() as f, databases.fresh(name, Path(f)) as live:
                measure(live, options.rows)
    finally:
        databases.close()
        servers.stop()
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=5_000_000, help="how many (default: 5000000)")
    parser.add_argument(
        "--database", action="append", choices=list(FILL), help="repeatable (default: both)"
    )
    return parser.parse_args()


def models(*, new: bool, keys: bool = False) -> MetaData:
    """Return the application's tables: old, or with the columns that are to be added."""
    metadata = MetaData()
    Table("page", metadata, Column("id", Integer, primary_key=True), Column("name", String(20)))
    visit = Table(
        "visit",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(20)),
        Column("number", Integer),
    )
    if new:
        visit.append_column(Column("note", String(40), index=True, info=NEW))
        visit.append_column(Column("code", String(40), unique=True, info=NEW))
        if keys:
            key = ForeignKey("page.id")
            visit.append_column(Column("page", key, nullable=False, server_default="1", info=NEW))
    return metadata


def measure(live: LiveDatabase, rows: int) -> None:
    """Fill the table, and measure both ways."""
    engine = live.engine
    tell(f"{live.name}: filling {rows:,} rows")
    models(new=False).create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO page (name) VALUES ('home'), ('about')"))
        fill = f"INSERT INTO visit (id, name, number) {FILL[live.name].format(rows=rows)}"
        connection.exec_driver_sql(fill.replace("%", "%%"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in SETTLE[live.name]:
            connection.exec_driver_sql(statement)

    def naive() -> None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in NAIVE[live.name]:
                connection.exec_driver_sql(statement)

    def sync() -> None:
        newer = models(new=True, keys=live.name == "postgresql")
        report = autosync.sync(engine, newer, deadline=600)
        if not report.in_sync:
            raise SystemExit(f"this should have been in sync:\n{report}")

    for name, run in (("the plain statements", naive), ("`autosync.sync()`", sync)):
        print_row(f"{live.name}: {name}", rows, live, run)


def print_row(name: str, rows: int, live: LiveDatabase, run: Callable[[], None]) -> None:
    with Traffic(live.url, models(new=False)) as traffic:
        seconds = timed(run)
    longest = [traffic.longest(role).seconds * 1000 for role in ("reader", "writer")]
    failed = len(traffic.errors)
    print(
        f"| {name} | {rows:,} | {seconds:.1f} | {longest[0]:,.0f} | {longest[1]:,.0f} | {failed} |"
    )


if __name__ == "__main__":
    sys.exit(main())
