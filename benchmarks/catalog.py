"""How long does a start take that finds nothing to do?

Builds many tables in a database of its own, then compares, on one warm connection and in turn: a
no-op `autosync.sync()`; the raw driver fetching the very rows that `sync()` fetches; and what else
there is. Prints a Markdown table for each database.

    python benchmarks/catalog.py [--tables 1000] [--repeat 7] [--database sqlite] [--profile]
"""

import argparse
import cProfile
import datetime
import gc
import logging
import os
import platform
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event
from sqlalchemy.engine import Engine

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]  # the servers are those of the tests

import autosync  # noqa: E402
from tests.servers import KINDS, Missing, Servers  # noqa: E402
from tests.servers.database import DRIVERS, USUAL, Databases, LiveDatabase  # noqa: E402

SYNC = "`autosync.sync()`, nothing to do"
FLOOR = "the raw driver, fetching the same rows"
CREATE_ALL = "`create_all()`, nothing to do"
INSPECTOR = "`Inspector.get_multi_columns()`"
ALEMBIC = "Alembic `compare_metadata()`, types and defaults"
TOP = 15


@dataclass
class Measure:
    """One thing that is timed, and what came of it."""

    name: str
    run: Callable[[], Any] | None
    repeat: int
    times: list[float] = field(default_factory=list)
    statements: int | None = None

    @property
    def milliseconds(self) -> float:
        return statistics.median(self.times) * 1000

    def once(self) -> None:
        """Run it and keep the time, unless that was done often enough."""
        if self.run is None or len(self.times) == self.repeat:
            return
        gc.collect()
        start = time.perf_counter()
        self.run()
        self.times.append(time.perf_counter() - start)


def main() -> int:
    options = arguments()
    logging.getLogger("alembic").setLevel(logging.ERROR)
    servers = Servers()
    databases = Databases(servers)
    print(headline(options), end="\n\n")
    try:
        done = [run(name, databases, options) for name in options.database or USUAL]
    finally:
        databases.close()
        servers.stop()
    return 0 if all(done) else 1


def run(name: str, databases: Databases, options: argparse.Namespace) -> bool:
    """Measure one database; return whether its server is there."""
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            databases.fresh(name, Path(folder)) as live,
        ):
            measure_database(live, options)
    except Missing as error:
        tell(f"{name} is not installed ({error}). To install it: {KINDS[name].install}")
        return False
    return True


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tables", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--repeat", type=int, default=7, help="runs of each (default: 7)")
    parser.add_argument(
        "--repeat-alembic", type=int, default=3, help="runs of Alembic, which is slow (default: 3)"
    )
    parser.add_argument("--database", action="append", choices=list(DRIVERS), help="repeatable")
    parser.add_argument(
        "--profile", action="store_true", help=f"the {TOP} most expensive functions of sync()"
    )
    return parser.parse_args()


def headline(options: argparse.Namespace) -> str:
    """Say when, where and with what."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return (
        f"{today}, {os.cpu_count()} cores, {memory:.0f} GB of memory, {platform.machine()}; "
        f"Python {platform.python_version()}, SQLAlchemy {sa.__version__}, "
        f"Alembic {version('alembic')}; {options.tables:,} tables of {len(columns(0))} columns, "
        "with one foreign key and one index each; median times"
    )


def models(tables: int) -> sa.MetaData:
    """Return the tables: each points at another, the first at itself."""
    metadata = sa.MetaData()
    for number in range(tables):
        table = sa.Table(f"t{number:05}", metadata, *columns(number))
        sa.Index(f"ix_{table.name}_created", table.c.created)
    return metadata


def columns(number: int) -> list[sa.Column[Any]]:
    parent = f"t{max(number - 1, 0) // 2:05}.id"
    key = sa.ForeignKey(parent, name=f"fk_t{number:05}_parent")
    return [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.Integer, key),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("code", sa.String(20), nullable=False, server_default="none"),
        sa.Column("title", sa.Unicode(255)),
        sa.Column("body", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("position", sa.SmallInteger),
        sa.Column("quantity", sa.Integer, nullable=False, server_default="0"),
        sa.Column("total", sa.BigInteger),
        sa.Column("price", sa.Numeric(10, 2), nullable=False, server_default="0"),
        sa.Column("weight", sa.Float),
        sa.Column("born", sa.Date),
        sa.Column("opens", sa.Time),
        sa.Column("created", sa.DateTime, nullable=False, server_default=sa.func.now()),
        sa.Column("changed", sa.DateTime),
        sa.Column("picture", sa.LargeBinary),
    ]


def measure_database(live: LiveDatabase, options: argparse.Namespace) -> None:
    """Build the tables, measure, and print."""
    engine = live.create_engine(poolclass=sa.pool.QueuePool)
    metadata = models(options.tables)
    tell(f"{live.name}: creating {options.tables:,} tables")
    metadata.create_all(engine)
    first = timed(lambda: nothing_to_do(engine, metadata))
    queries = sent(engine, lambda: nothing_to_do(engine, metadata))
    measures = make_measures(engine, metadata, queries, options)
    warm_up(engine, measures)
    for turn in range(max(options.repeat, options.repeat_alembic)):
        tell(f"{live.name}: run {turn + 1}")
        for measure in measures:
            measure.once()
    rows = replay(engine, queries)
    print(f"### {live.name}: {server(engine)}\n")
    print_table(measures)
    print(f"\nThe driver fetches {rows:,} rows. The first `sync()` took {first * 1000:,.0f} ms.\n")
    if options.profile:
        print_profile(engine, metadata)


def make_measures(
    engine: Engine,
    metadata: sa.MetaData,
    queries: list[tuple[str, Any]],
    options: argparse.Namespace,
) -> list[Measure]:
    has_multi = hasattr(sa.engine.reflection.Inspector, "get_multi_columns")
    inspect = (lambda: sa.inspect(engine).get_multi_columns()) if has_multi else None
    return [
        Measure(SYNC, lambda: nothing_to_do(engine, metadata), options.repeat),
        Measure(FLOOR, lambda: replay(engine, queries), options.repeat),
        Measure(CREATE_ALL, lambda: metadata.create_all(engine), options.repeat),
        Measure(INSPECTOR, inspect, options.repeat),
        Measure(ALEMBIC, lambda: alembic(engine, metadata), options.repeat_alembic),
    ]


def warm_up(engine: Engine, measures: list[Measure]) -> None:
    """Run each once, and count its statements."""
    for measure in measures:
        if measure.run is not None and measure.name != FLOOR:
            measure.statements = len(sent(engine, measure.run))
    measures[1].statements = measures[0].statements


def nothing_to_do(engine: Engine, metadata: sa.MetaData) -> None:
    report = autosync.sync(engine, metadata)
    if not report.in_sync or report.applied or report.notes:
        raise SystemExit(f"this should have been in sync:\n{report}")


def replay(engine: Engine, queries: list[tuple[str, Any]]) -> int:
    """Send the statements through the driver alone; return the number of rows."""
    connection = engine.raw_connection()
    rows = 0
    try:
        cursor = connection.cursor()
        for statement, parameters in queries:
            engine.dialect.do_execute(cursor, statement, parameters)
            rows += len(cursor.fetchall()) if cursor.description else 0
        cursor.close()
    finally:
        connection.close()
    return rows


def alembic(engine: Engine, metadata: sa.MetaData) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        return compare_metadata(context, metadata)


@contextmanager
def recorded(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements that go through the engine."""
    found: list[tuple[str, Any]] = []

    def record(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", record)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", record)


def sent(engine: Engine, run: Callable[[], Any]) -> list[tuple[str, Any]]:
    """Return the statements that something sends."""
    with recorded(engine) as statements:
        run()
    return statements


def timed(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def server(engine: Engine) -> str:
    """Return the versions of a server and its driver."""
    with engine.connect() as connection:
        numbers = connection.dialect.server_version_info or ()
    driver = getattr(engine.dialect.dbapi, "__version__", None)
    release = ".".join(str(each) for each in numbers)
    return f"{release}, {engine.driver} {driver or ''}".strip()


def print_table(measures: list[Measure]) -> None:
    print("| | ms | to the driver | to `sync()` | statements | runs |")
    print("|---|--:|--:|--:|--:|--:|")
    sync, floor = measures[0].milliseconds, measures[1].milliseconds
    for measure in measures:
        if not measure.times:
            print(f"| {measure.name} | n/a | | | | |")
            continue
        mine = measure.milliseconds
        print(
            f"| {measure.name} | {mine:,.0f} | {mine / floor:.1f} | {mine / sync:.1f} "
            f"| {measure.statements:,} | {len(measure.times)} |"
        )


def print_profile(engine: Engine, metadata: sa.MetaData) -> None:
    """Print where the time of one no-op sync() goes."""
    profile = cProfile.Profile()
    profile.runcall(nothing_to_do, engine, metadata)
    entries = pstats.Stats(profile).stats.items()
    own = sorted(entries, key=lambda entry: -entry[1][2])
    ours = sorted(entries, key=lambda entry: -entry[1][3])
    print_functions("own time", own)
    print_functions("time with all it calls", [e for e in ours if "autosync" in e[0][0]])


def print_functions(order: str, entries: list[Any]) -> None:
    print(f"Profile, by {order} (under the profiler everything takes longer):\n")
    print("| calls | own ms | with callees, ms | function |")
    print("|--:|--:|--:|---|")
    for (path, line, name), (_, calls, own, cumulated, _) in entries[:TOP]:
        place = f"{shortened(path)}:{line} " if line else ""
        print(f"| {calls:,} | {own * 1000:.1f} | {cumulated * 1000:.1f} | `{place}{name}` |")
    print()


def shortened(path: str) -> str:
    """Return a path from its package on."""
    if Path(path).is_relative_to(ROOT):
        return str(Path(path).relative_to(ROOT))
    return path.partition("site-packages/")[2] or "/".join(Path(path).parts[-2:])


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
