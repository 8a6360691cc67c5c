"""Real processes that synchronize: many at once, or one that waits at every fault point.

    with Crew(32) as crew:
        outcomes = crew.sync(database.url, [old, new])

    with Child(database.url, new) as child:
        child.stop(lambda point: "CREATE" in point.sql)
        child.kill()

Each process makes the models by itself, from a function that it imports, and has its own engine.
"""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

import autosync

LIMIT = 60.0
"""Seconds in which a process must have answered."""

Models = Callable[[], sa.MetaData]

# a fork of a process that has the libraries loaded, and nothing else: no thread, no connection
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["autosync.apply", "autosync.arrange", "autosync.rules", "psycopg", "psycopg2", "pymysql"]
)


class Outcome(NamedTuple):
    """What became of a process's sync(): its report, or the text of its error."""

    report: autosync.Report | None
    error: str | None = None


class Process:
    """A process of ours, and the pipe to it; it is gone at the end of a `with` block."""

    def __init__(self, work: Any, *arguments: Any) -> None:
        self._pipe, self._theirs = CONTEXT.Pipe()
        self._process = CONTEXT.Process(target=work, args=(self._theirs, *arguments), daemon=True)

    def __enter__(self) -> Any:
        self._process.start()
        self._theirs.close()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._pipe.close()
        self._process.close()

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.join()

    def send(self, message: Any) -> None:
        """Tell it something."""
        self._pipe.send(message)

    def receive(self) -> Any:
        """What it has to say."""
        if not self._pipe.poll(LIMIT):
            raise TimeoutError(f"a process has said nothing for {LIMIT} seconds")
        return self._pipe.recv()


# --- many at once -------------------------------------------------------------------------------


class Crew:
    """So many processes, which begin at the same moment, as often as they are told to."""

    def __init__(self, size: int) -> None:
        # what is not referred to here is gone before a process can open it
        self._barrier = CONTEXT.Barrier(size)
        self.members = [Process(_synchronize_together, self._barrier) for _ in range(size)]

    def __enter__(self) -> Crew:
        try:
            for member in self.members:
                member.__enter__()
        except BaseException:
            self._dismiss()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._dismiss()

    def _dismiss(self) -> None:
        for member in self.members:
            if member._process.pid is not None:
                member.__exit__()

    def sync(
        self, url: URL | Sequence[URL], versions: Sequence[Models], **options: Any
    ) -> list[Outcome]:
        """Let all of them synchronize, with one of these versions of the models, and at one of
        these places, after the other.
        """
        urls = [url] if isinstance(url, URL) else url
        for number, member in enumerate(self.members):
            models = versions[number % len(versions)]
            member.send((urls[number % len(urls)], models, options))
        return [member.receive() for member in self.members]


def _synchronize_together(pipe: Any, barrier: Any) -> None:
    while True:
        try:
            url, models, options = pipe.recv()
        except EOFError:
            return
        with _outcome(pipe) as answer, _engine(url) as engine:
            metadata = models()
            barrier.wait(LIMIT)
            answer(autosync.sync(engine, metadata, **options))


@contextmanager
def _engine(url: URL) -> Iterator[Engine]:
    engine = sa.create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _outcome(pipe: Any) -> Iterator[Callable[[autosync.Report], None]]:
    """A block that ends with an answer, whatever happens, after all else is done."""
    reports: list[autosync.Report] = []
    try:
        yield reports.append
    except Exception:  # noqa: BLE001 - the test shows what it was
        pipe.send(Outcome(None, traceback.format_exc()))
    else:
        pipe.send(Outcome(*reports))


# --- one that waits at every fault point --------------------------------------------------------


class Point(NamedTuple):
    """A place where a process can be stopped.

    `moment` is `before` a statement is sent, `after` it has come back, `inside` of it (SQLite only,
    which runs in the process), or `commit`, before that is sent.
    """

    number: int
    moment: str
    sql: str

    def __str__(self) -> str:
        return f"{self.moment} statement ({self.number}): {self.sql}"


class Child(Process):
    """A process that synchronizes once, and at each fault point waits to be told to go on."""

    def __init__(self, url: URL, models: Models, *, inside: int = 0, **options: Any) -> None:
        super().__init__(_synchronize_by_steps, url, models, inside, options)
        self.outcome: Outcome | None = None
        self._stopped = False

    def go(self, first: str) -> None:
        """Let it send this statement first, and run on from the point where it is to its end."""
        self.send(first)

    def stop(self, wanted: Callable[[Point], Any] = lambda _point: True) -> Point | None:
        """Let it run to the next point that is wanted; None if it comes to its end instead."""
        while self.outcome is None:
            if self._stopped:
                self.send(None)
            message = self.receive()
            if isinstance(message, Outcome):
                self.outcome = message
                return None
            self._stopped = True
            if wanted(message):
                return Point(*message)
        return None

    def trace(self) -> list[Point]:
        """Let it run to its end: all points on the way."""
        points: list[Point] = []
        self.stop(points.append)
        return points


class _Steps:
    """In the process: says where it is, and waits."""

    def __init__(self, pipe: Any, engine: Engine, inside: int) -> None:
        self.pipe = pipe
        self.number = 0
        self.running = False
        self.current: str | None = None
        sa.event.listen(engine, "before_cursor_execute", self.before)
        sa.event.listen(engine, "after_cursor_execute", self.after)
        sa.event.listen(engine, "commit", self.commit)
        if inside:
            sa.event.listen(engine, "connect", lambda driver, _: self.watch(driver, inside))

    def at(self, moment: str, sql: str) -> str | None:
        if self.running:
            return None
        self.pipe.send(Point(self.number, moment, sql))
        self.number += 1
        first: str | None = self.pipe.recv()
        self.running = first is not None
        return first

    def before(self, _connection: Connection, cursor: Any, sql: str, *_: Any) -> None:
        first = self.at("before", sql)
        if first is not None:
            cursor.execute(first)
        self.current = sql

    def after(self, _connection: Connection, _cursor: Any, sql: str, *_: Any) -> None:
        self.current = None
        self.at("after", sql)

    def commit(self, _connection: Connection) -> None:
        self.at("commit", "COMMIT")

    def watch(self, driver: Any, every: int) -> None:
        """Stop inside of each statement, after every so many instructions of SQLite's machine."""
        # with so small a cache, pages are written to the file before the COMMIT
        driver.execute("PRAGMA cache_size = 1")
        driver.execute("PRAGMA cache_spill = 1")
        driver.set_progress_handler(self.progress, every)

    def progress(self) -> int:
        if self.current is not None:
            self.at("inside", self.current)
        return 0


def _synchronize_by_steps(
    pipe: Any, url: URL, models: Models, inside: int, options: dict[str, Any]
) -> None:
    with _outcome(pipe) as answer, _engine(url) as engine:
        _Steps(pipe, engine, inside)
        answer(autosync.sync(engine, models(), **options))
