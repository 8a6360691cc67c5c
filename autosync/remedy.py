"""Remedies: how a difference is settled, as values; text only where somebody reads or pastes it.

A remedy has names in it that others have chosen. So nothing is decided by looking into its text:
what is to be run is in its parts, and what somebody pastes does what they say, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from autosync.escape import escaped

INEXACT = "not to be copied: a name or a value in it may come out as another one"
ELSEWHERE = "; the JSON report has the exact statements"


def is_exact(text: str) -> bool:
    """Whether a name or a value is the same after somebody has seen, copied and pasted it."""
    return text.isprintable() and escaped(text) == text


def ended(sql: str) -> str:
    """A statement with its end, which a comment in its last line must not swallow."""
    sql = sql.rstrip("; \t\n")
    last = sql.rsplit("\n", 1)[-1]
    return f"{sql}\n;" if "--" in last or "#" in last else f"{sql};"


class Shown(NamedTuple):
    """One line of a remedy for people; a client of the database skips a ``comment``."""

    text: str
    comment: bool = False

    def __str__(self) -> str:
        return f"-- {self.text}" if self.comment else self.text


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence on what to know, or on what to do."""

    text: str
    exact: ClassVar[bool] = True

    def lines(self) -> Iterator[Shown]:
        """A comment."""
        yield Shown(escaped(self.text), comment=True)


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement to run.

    One that is ``alone`` is for no transaction. One that is not ``exact`` could come out as another
    one where somebody copies it. ``adds`` is the column that it adds for the sake of the others.
    """

    text: str
    alone: bool = False
    exact: bool = True
    adds: str | None = None

    def lines(self) -> Iterator[Shown]:
        """The statement; on one line, and with escapes, where it is not to be copied."""
        shown = ended(self.text).split("\n") if self.exact else [f"{escaped(self.text)};"]
        yield from map(Shown, shown)


@dataclass(frozen=True, slots=True)
class Fill:
    """A statement with three dots in the place of a value that only a person knows."""

    sql: Sql

    @property
    def exact(self) -> bool:
        """Whether the statement is."""
        return self.sql.exact

    def lines(self) -> Iterator[Shown]:
        """The statement, with advice behind it."""
        *first, last = self.sql.lines()
        yield from first
        yield Shown(f"{last.text}  -- in batches")


@dataclass(frozen=True, slots=True)
class Instead:
    """A statement that may be the right one in place of the one before it."""

    sql: Sql

    @property
    def exact(self) -> bool:
        """Whether the statement is."""
        return self.sql.exact

    def lines(self) -> Iterator[Shown]:
        """Comments, all of them."""
        for number, line in enumerate(self.sql.lines()):
            yield Shown(f"{'    ' if number else 'or: '}{line.text}", comment=True)


@dataclass(frozen=True, slots=True)
class Batch:
    """An operation of Alembic's ``batch_alter_table``, where nothing is altered in place.

    ``operation`` is Python, or several, each on a line. It is ``exact`` if a client that takes it
    for SQL sees the same quotes.
    """

    table: str
    operation: str
    exact: bool = True

    def lines(self) -> Iterator[Shown]:
        """The source for a revision."""
        yield Shown("this database cannot alter it in place; in an Alembic revision:", comment=True)
        yield Shown(f"with op.batch_alter_table({self.table!r}) as batch:")
        yield from (Shown(f"    batch.{one}") for one in self.operations)

    @property
    def operations(self) -> list[str]:
        """Each by itself; a line break is in none."""
        return self.operation.split("\n")


Part = Words | Sql | Fill | Instead | Batch


@dataclass(frozen=True, slots=True)
class Remedy:
    """How to settle a difference; ``str()`` of it is for people, and may be pasted.

    ``loses`` says whether values, rights or whatever else may be lost by it.
    """

    parts: tuple[Part, ...] = ()
    loses: bool = False

    def __bool__(self) -> bool:
        return bool(self.parts)

    def __str__(self) -> str:
        return "\n".join(map(str, self.lines()))

    @property
    def sql(self) -> tuple[Sql, ...]:
        """All that is to be run, in order; nothing where it takes more than to run statements."""
        done = [part for part in self.parts if not isinstance(part, (Words, Instead))]
        statements = tuple(part for part in done if isinstance(part, Sql))
        return statements if len(statements) == len(done) else ()

    @property
    def statements(self) -> tuple[str, ...]:
        """The same as texts, each to be executed as it stands."""
        return tuple(statement.text for statement in self.sql)

    @property
    def is_advice(self) -> bool:
        """Whether it says what to do, without saying how."""
        return bool(self.parts) and all(isinstance(part, Words) for part in self.parts)

    def lines(self) -> Iterator[Shown]:
        """The lines for people. Comments only, where one of its names could not be copied."""
        if not all(part.exact for part in self.parts):
            yield from self.comments()
            return
        for line in self._lines():
            yield line._replace(comment=False) if self.is_advice else line

    def comments(self) -> Iterator[Shown]:
        """The same for people who must not copy it: nothing of it does anything."""
        yield Shown(INEXACT + ELSEWHERE * bool(self.sql), comment=True)
        for line in self._lines():
            yield line._replace(comment=True)

    def _lines(self) -> Iterator[Shown]:
        return (line for part in self.parts for line in part.lines())


NO_REMEDY = Remedy()


def advice(*sentences: str) -> Remedy:
    """A remedy in words."""
    return Remedy(tuple(map(Words, sentences)))


def together(remedies: Iterable[Remedy]) -> Remedy:
    """Several remedies as one: all are to be followed, each once."""
    each = tuple(dict.fromkeys(remedies))
    parts = tuple(part for remedy in each for part in remedy.parts)
    return Remedy(parts, any(remedy.loses for remedy in each))
