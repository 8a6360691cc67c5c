"""How long does an application wait while its tables are altered under it?

Readers and writers work on two tables, and a transaction of several seconds is open on both. A
column with a foreign key and an index is added: once with the plain statements, once by
`autosync.sync()`, each in a database of its own. Prints a Markdown table.

    python benchmarks/traffic.py [--rows 50000] [--open-for 4] [--database sqlite]
"""

import argparse
import datetime
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from catalog import server, tell
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

import autosync
from tests.servers import Servers
from tests.servers.database import DRIVERS, Databases
from tests.torture.traffic import READER, USUAL, Role, Traffic, fill

KEY = "FOREIGN KEY (payer) REFERENCES accounts (id)"
PLAIN = (
    "ALTER TABLE orders ADD COLUMN payer INTEGER",
    f"ALTER TABLE orders ADD CONSTRAINT fk_payer {KEY}",
    "CREATE INDEX ix_orders_payer ON orders (payer)",
)
PLAIN_SQLITE = (
    "ALTER TABLE orders ADD COLUMN payer INTEGER REFERENCES accounts (id)",
    "CREATE INDEX ix_orders_payer ON orders (payer)",
)
OPEN = Role("open", ("read", "update"), last=("read", "update", "insert"))
OPEN_READER = Role("open", ("read",), last=("read",), begin="BEGIN")


class Case(NamedTuple):
    """A database, the plain statements there, and an application that does not block itself."""

    name: str
    database: str
    plain: Sequence[str]
    roles: Sequence[Role]
    journal: str | None = None


CASES = (
    Case("PostgreSQL", "postgresql", PLAIN, (*USUAL, OPEN)),
    Case("MariaDB", "mariadb", PLAIN, (*USUAL, OPEN)),
    Case("SQLite, WAL", "sqlite", PLAIN_SQLITE, (*USUAL, OPEN_READER), "wal"),
    # whoever writes waits for an open reader, also without us
    Case("SQLite, rollback", "sqlite", PLAIN_SQLITE, (READER,) * 4 + (OPEN_READER,), "delete"),
)


def main() -> int:
    options = arguments()
    servers = Servers()
    databases = Databases(servers)
    rows: list[str] = []
    versions: list[str] = []
    try:
        for case in CASES:
            if case.database in (options.database or DRIVERS):
                rows += [measure(case, way, databases, options, versions) for way in WAYS]
    finally:
        databases.close()
        servers.stop()
    print(f"{headline(options)} {'; '.join(dict.fromkeys(versions))}.\n")
    print("| | | readers wait | writers wait | before it | failed | done after |")
    print("|---|---|--:|--:|--:|--:|--:|")
    print("\n".join(rows))
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=50_000, help="in each table (default: 50000)")
    parser.add_argument(
        "--open-for", type=float, default=4.0, help="seconds of the open transaction (default: 4)"
    )
    parser.add_argument("--database", action="append", choices=list(DRIVERS), help="repeatable")
    return parser.parse_args()


def headline(options: argparse.Namespace) -> str:
    """Say when, where and with what."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return (
        f"{today}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"SQLAlchemy {sa.__version__}; two tables of {options.rows:,} rows, two readers and two "
        f"writers (SQLite with a rollback journal: four readers), and a transaction that is open "
        f"for {options.open_for:g} s; the longest statement of each."
    )


def measure(
    case: Case, way: str, databases: Databases, options: argparse.Namespace, versions: list[str]
) -> str:
    """Alter the tables under an application in one of the ways, and return a row."""
    tell(f"{case.name}: {way}")
    roles = [role._replace(open_for=options.open_for) if role.last else role for role in case.roles]
    with (
        tempfile.TemporaryDirectory() as folder,
        databases.fresh(case.database, Path(folder)) as live,
    ):
        prepare(live.engine, case.journal, options.rows)
        versions.append(f"{case.database} {server(live.engine)}")
        with Traffic(live.url, older(), roles) as traffic:
            start = time.monotonic()
            WAYS[way](live.engine, case.plain)
            seconds = time.monotonic() - start
    waits = [wait(traffic, role) for role in ("reader", "writer")]
    calm = max(sample.seconds for sample in traffic.calm)
    failed = len(traffic.errors)
    cells = [case.name, way, *waits, f"{calm * 1000:,.0f} ms", str(failed), f"{seconds:.1f} s"]
    for error in traffic.errors:
        tell(f"  {error}")
    return f"| {' | '.join(cells)} |"


def wait(traffic: Traffic, role: str) -> str:
    if role not in {sample.role for sample in traffic.samples}:
        return ""
    return f"{traffic.longest(role).seconds * 1000:,.0f} ms"


def prepare(engine: Engine, journal: str | None, rows: int) -> None:
    """The older tables, with rows."""
    if journal is not None:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA journal_mode = {journal}")
    older().create_all(engine)
    fill(engine, older(), rows)


def older() -> MetaData:
    metadata = MetaData()
    key = Column("id", Integer, primary_key=True)
    Table("accounts", metadata, key, Column("name", String(50)))
    Table(
        "orders",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("account", ForeignKey("accounts.id")),
        Column("note", String(50)),
    )
    return metadata


def newer() -> MetaData:
    metadata = older()
    key = ForeignKey("accounts.id", name="fk_payer")
    metadata.tables["orders"].append_column(Column("payer", Integer, key, index=True))
    return metadata


def plain(engine: Engine, statements: Sequence[str]) -> None:
    for statement in statements:
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql(statement)
        except DBAPIError as error:
            tell(f"  it failed: {error.orig}")


def synchronize(engine: Engine, _statements: Sequence[str]) -> None:
    report = autosync.sync(engine, newer())
    if not report.in_sync:
        raise SystemExit(f"this should have been in sync:\n{report}")


WAYS: dict[str, Callable[[Engine, Sequence[str]], None]] = {
    "the plain statements": plain,
    "`autosync.sync()`": synchronize,
}


if __name__ == "__main__":
    sys.exit(main())
