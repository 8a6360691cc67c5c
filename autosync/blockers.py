"""Who is in the way of a lock, as values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from autosync.credentials import named
from autosync.escape import escaped
from autosync.literals import STRICTEST, Lexis, without_literals
from autosync.schema import Key

Purpose = Literal["read", "reference", "index", "build", "alter"]
"""What a table is locked for: to read its definition, to let a foreign key point at it, to add an
index, to build one beside readers and writers, or to alter it."""

LONGEST = 200
"""How many characters of a statement are kept."""
MOST_SHOWN = 10
"""How many sessions a message names."""


LOCK = "the lock between synchronizers"


class Wanted(NamedTuple):
    """What could not be had: these tables, or, to come to them, the ``lock`` between synchronizers.

    Who holds that may be waiting for one of these tables.
    """

    tables: Mapping[Key, Purpose]
    lock: bool = False

    def __str__(self) -> str:
        if self.lock:
            return LOCK
        names = sorted(".".join(filter(None, key)) for key in self.tables)
        more = len(names) - MOST_SHOWN
        names[MOST_SHOWN:] = [f"{more} more"] if more > 0 else []
        return escaped(", ".join(names))


class Blocker(NamedTuple):
    """A session that is in the way. What the database does not show, or not to us, is None.

    ``pid`` is what the database calls the session by (of a database in a file, the process).
    ``holds`` says what of that is in the way, ``age`` is that of its transaction in seconds, and
    ``statement`` the beginning of its last statement, with ``***`` for each literal and comment. No
    text holds a control character.
    """

    pid: int | None
    holds: str
    user: str | None = None
    application: str | None = None
    state: str | None = None
    age: float | None = None
    statement: str | None = None

    def __str__(self) -> str:
        said = [
            "unknown process" if self.pid is None else f"pid {self.pid}",
            self.user and f"user {self.user}",
            self.application and f"application {self.application}",
            self.state,
            None if self.age is None else f"for {self.age:.0f} s",
            f"holds {self.holds}",
        ]
        line = ", ".join(filter(None, said))
        return f"{line}: {self.statement}" if self.statement else line


class Sighting(NamedTuple):
    """Who is in the way; ``unseen`` says why there may be more, and is empty if there are not."""

    blockers: tuple[Blocker, ...] = ()
    unseen: str = ""

    def __str__(self) -> str:
        shown = [f"in the way: {blocker}" for blocker in self.blockers[:MOST_SHOWN]]
        more = len(self.blockers) - len(shown)
        shown += [f"and {more} more"] if more else []
        shown += [self.unseen] if self.unseen else []
        return "\n".join(f"  {line}" for line in shown or ["nobody is in the way any more"])


def blocker(
    pid: int | None,
    holds: str,
    *,
    user: str | None = None,
    application: str | None = None,
    state: str | None = None,
    age: float | None = None,
    statement: str | None = None,
    lexis: Lexis = STRICTEST,
) -> Blocker:
    """A session as the database tells of it, fit to be shown: on one line, escaped, short, and
    without the values in its statement, which the ``lexis`` of the database tells from its code.
    """
    return Blocker(
        pid,
        _fit(holds) or "",
        _fit(named(user or "")),
        _fit(named(application or "")),
        _fit(state),
        None if age is None else max(float(age), 0.0),
        _fit(without_literals(statement or "", lexis)),
    )


def _fit(text: str | None) -> str | None:
    line = " ".join((text or "").split())
    return escaped(line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…") or None
