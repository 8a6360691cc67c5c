"""An application at work: it reads and writes its tables, and notes how long each statement took.

    with Traffic(database.url, models) as traffic:
        autosync.sync(database.engine, newer)
    assert not traffic.errors
    assert traffic.longest().seconds < 0.25

`models` are the application's own, the older ones; `fill()` gives their tables the rows that it
works on. Every connection is a process of its own (SQLite tells processes apart, not threads). What
it does is a `Role`, and the roles are what differs from case to case.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError

from tests.torture.processes import Process

WARM = 30
"""Transactions of each connection before the block begins: what they take is the calm."""
PAUSE = 0.02
"""The longest pause between two transactions, in seconds."""
READY, BEGIN, END = "ready", "begin", "end"
"""What a process says before the block, and what it is told of it."""


class Role(NamedTuple):
    """What a connection does in each of its transactions.

    The steps (`read`, `update`, `insert`) are done on every table, in one order and then in the
    other. With `open_for` there is but one transaction: it is open when the block begins and for so
    many seconds more, and does its `last` steps before it commits. `begin` is what to send first
    where the driver does not begin by itself: SQLite's would not before a SELECT.
    """

    name: str
    steps: tuple[str, ...]
    open_for: float | None = None
    last: tuple[str, ...] = ()
    begin: str | None = None


READER = Role("reader", ("read",))
WRITER = Role("writer", ("read", "update", "insert"))
USUAL = (READER, READER, WRITER, WRITER)


class Sample(NamedTuple):
    """One statement: who sent it, when it ended (`time.monotonic()`), and what came of it."""

    connection: int
    role: str
    kind: str
    table: str
    ended: float
    seconds: float
    error: str | None

    def __str__(self) -> str:
        what = f"{self.role} {self.connection}: {self.kind} {self.table}".rstrip()
        return f"{what}, {self.seconds * 1000:.0f} ms{f': {self.error}' if self.error else ''}"


class Traffic:
    """An application that is at work for as long as a `with` block; afterwards, what it noted.

    `calm` is what it did before the block, `samples` what ended after that.
    """

    def __init__(self, url: URL, models: sa.MetaData, roles: Sequence[Role] = USUAL) -> None:
        self._members = [
            Process(_work, url, models, number, role) for number, role in enumerate(roles, 1)
        ]
        self._processes = ExitStack()
        self.calm: list[Sample] = []
        self.samples: list[Sample] = []

    def __enter__(self) -> Traffic:
        with self._processes as processes:
            for member in self._members:
                processes.enter_context(member)
            for member in self._members:
                said = member.receive()
                if said != READY:
                    raise RuntimeError(f"the application fails by itself: {said[-1]}")
            self._begun = time.monotonic()
            for member in self._members:
                member.send(BEGIN)
            # all went well: they end with the block
            self._processes = processes.pop_all()
        return self

    def __exit__(self, failure: object, *_: object) -> None:
        with self._processes:
            if failure is not None:
                return
            for member in self._members:
                member.send(END)
            for sample in [sample for member in self._members for sample in member.receive()]:
                (self.samples if sample.ended > self._begun else self.calm).append(sample)

    @property
    def errors(self) -> list[Sample]:
        """What failed, also before the block."""
        return [sample for sample in (*self.calm, *self.samples) if sample.error]

    def longest(self, role: str | None = None) -> Sample:
        """The statement that took the longest, of all connections or of those of one role."""
        return _longest(self.samples, role)

    def stall(self, role: str | None = None) -> float:
        """By how many seconds it took longer than the longest one before the block."""
        return self.longest(role).seconds - _longest(self.calm, role).seconds


def _longest(samples: Iterable[Sample], role: str | None) -> Sample:
    chosen = [sample for sample in samples if role in (None, sample.role)]
    return max(chosen, key=lambda sample: sample.seconds)


def fill(engine: Engine, models: sa.MetaData, rows: int = len(USUAL) + 1) -> None:
    """Insert rows into every table; those of the same number belong together."""
    with engine.begin() as connection:
        for table in models.sorted_tables:
            connection.execute(sa.insert(table), [_row(table, n) for n in range(1, rows + 1)])


# --- in the process -----------------------------------------------------------------------------


def _work(pipe: Any, url: URL, models: sa.MetaData, number: int, role: Role) -> None:
    """Work until the other side says that it is enough, or is gone."""
    worker = _Worker(pipe, number, role, models.sorted_tables)
    worker.run(sa.create_engine(url, future=True, poolclass=sa.pool.NullPool))
    pipe.send(worker.samples)
    # whoever is at the other end may still say something
    pipe.poll(None)


class _Worker:
    """One connection of the application; its rows are those of its number."""

    def __init__(self, pipe: Any, number: int, role: Role, tables: Sequence[sa.Table]) -> None:
        self.pipe = pipe
        self.number = number
        self.role = role
        self.tables = list(tables)
        self.samples: list[Sample] = []

    def run(self, engine: Engine) -> None:
        """Work until it is time to stop, and at least one transaction longer."""
        with engine.connect() as connection:
            if self.role.open_for is None:
                self.keep_working(connection)
            else:
                self.transaction(connection, [self.first, self.keep_open, self.last])

    def keep_working(self, connection: Connection) -> None:
        """One short transaction after the other."""
        said = None
        for turn in itertools.count(1):
            self.transaction(connection, [self.first])
            self.tables.reverse()
            if said == END:
                return
            if turn == WARM:
                self.pipe.send(READY)
            if self.pipe.poll(random.uniform(0, PAUSE)):
                said = self.pipe.recv()

    def transaction(self, connection: Connection, parts: Sequence[Any]) -> None:
        """All parts and the commit; what fails is noted, and ends the transaction."""
        try:
            if self.role.begin is not None:
                self.timed(lambda: _run(connection, sa.text(self.role.begin)), "begin")
            for part in parts:
                part(connection)
            self.timed(connection.commit, "commit")
        except DBAPIError:
            connection.rollback()

    def keep_open(self, _connection: Connection) -> None:
        """Do nothing for a long time, or until the block ends."""
        self.pipe.send(READY)
        assert self.pipe.recv() == BEGIN
        self.pipe.poll(self.role.open_for)

    def first(self, connection: Connection) -> None:
        """The steps of the role."""
        self.steps(connection, self.role.steps)

    def last(self, connection: Connection) -> None:
        """Those before the end of an open transaction."""
        self.steps(connection, self.role.last)

    def steps(self, connection: Connection, names: Sequence[str]) -> None:
        """Steps on every table."""
        for table in self.tables:
            for step in names:
                element = STEPS[step](table, self.number, len(self.samples))
                self.timed(lambda: _run(connection, element), step, table.name)  # noqa: B023

    def timed(self, run: Any, kind: str, table: str = "") -> None:
        """Run something, and note it."""
        error = None
        start = time.monotonic()
        try:
            run()
        except DBAPIError as raised:
            error = f"{raised.orig!r}"
            raise
        finally:
            end = time.monotonic()
            self.samples.append(
                Sample(self.number, self.role.name, kind, table, end, end - start, error)
            )


def _run(connection: Connection, element: Any) -> None:
    result = connection.execute(element)
    if result.returns_rows:
        result.all()


def _read(table: sa.Table, number: int, _count: int) -> Any:
    return sa.select(table).where(_key(table) == number)


def _update(table: sa.Table, number: int, count: int) -> Any:
    plain = [c for c in table.columns if not c.primary_key and not c.foreign_keys]
    return sa.update(table).where(_key(table) == number).values({plain[0]: _value(plain[0], count)})


def _insert(table: sa.Table, number: int, _count: int) -> Any:
    return sa.insert(table).values(_row(table, number))


STEPS = {"read": _read, "update": _update, "insert": _insert}


def _key(table: sa.Table) -> sa.Column[Any]:
    return next(iter(table.primary_key.columns))


def _row(table: sa.Table, number: int) -> dict[str, Any]:
    """A row without its key, which the database numbers."""
    return {c.name: _value(c, number) for c in table.columns if not c.primary_key}


def _value(column: sa.Column[Any], number: int) -> Any:
    kind = column.type.python_type
    return kind(number)
