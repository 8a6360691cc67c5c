"""Does the time of a start that finds nothing to do grow with the tables, and only with them?

Prints a Markdown table for each database: a no-op `autosync.sync()` of 100, 1,000 and 10,000
tables, and of the first ten tables in a database of ten and in the one of 10,000. Then the most
memory that this process, with the models and all else in it, has ever used.

    python benchmarks/scale.py [--tables 10000] [--repeat 5] [--database sqlite]
"""

import argparse
import gc
import resource
import statistics
import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from catalog import columns, headline, models, tell, timed

import autosync
from tests.servers import Servers
from tests.servers.database import DRIVERS, USUAL, Databases

TEN = 10
STEPS = (0.01, 0.1, 1.0)


def main() -> int:
    options = arguments()
    servers = Servers()
    databases = Databases(servers)
    print(headline(options), end="\n\n")
    try:
        for name in options.database or USUAL:
            measure(name, databases, options)
    finally:
        databases.close()
        servers.stop()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"Most memory of this process: {most:,.0f} MiB.")
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tables", type=int, default=10_000, help="the most (default: 10000)")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each (default: 5)")
    parser.add_argument("--database", action="append", choices=list(DRIVERS), help="repeatable")
    return parser.parse_args()


def measure(name: str, databases: Databases, options: argparse.Namespace) -> None:
    """Measure one database, and print its table."""
    print(f"### {name}\n\n| tables declared | tables live | ms | ms per table |\n|--:|--:|--:|--:|")
    live_counts = [TEN, *(int(options.tables * step) for step in STEPS)]
    for live in live_counts:
        with tempfile.TemporaryDirectory() as folder, databases.fresh(name, Path(folder)) as made:
            engine = made.create_engine(poolclass=sa.pool.QueuePool)
            tell(f"{name}: creating {live:,} tables")
            # not all in one transaction: PostgreSQL would run out of locks
            models(live).create_all(engine.execution_options(isolation_level="AUTOCOMMIT"))
            for declared in sorted({live, *([TEN] if live == live_counts[-1] else [])}):
                print_row(declared, live, no_op(engine, models(declared), options.repeat))
    width = len(columns(0))
    print(f"\nEach table has {width} columns; {options.tables * width:,} in all.\n")


def print_row(declared: int, live: int, seconds: float) -> None:
    milliseconds = seconds * 1000
    print(f"| {declared:,} | {live:,} | {milliseconds:,.1f} | {milliseconds / declared:.2f} |")


def no_op(engine: sa.engine.Engine, metadata: sa.MetaData, repeat: int) -> float:
    """Return the median time of a `sync()` that finds nothing to do, in seconds."""

    def once() -> None:
        report = autosync.sync(engine, metadata)
        if not report.in_sync or report.applied:
            raise SystemExit(f"this should have been in sync:\n{report}")

    once()
    times = []
    for _ in range(repeat):
        gc.collect()
        times.append(timed(once))
    return statistics.median(times)


if __name__ == "__main__":
    sys.exit(main())
