"""Carries out a plan: lock, look whether it still holds, run, unit by unit, within one deadline."""

from __future__ import annotations

import time
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Protocol

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from autosync.blockers import Purpose, Wanted
from autosync.credentials import said
from autosync.deadline import Deadline
from autosync.dialects.base import Busy, Dialect, Held, Outdated
from autosync.errors import ConnectionLost, LockNotAcquired, StatementFailed, VerificationFailed
from autosync.escape import escaped_lines
from autosync.events import StatementBegun, StatementEnded, Verified
from autosync.logs import log
from autosync.lookout import Lookout
from autosync.plan import Addition, Failed, Identity, Part, Plan, Report, Statement, Unit
from autosync.rounds import Item, Rejected, Round, ways
from autosync.schema import Key, qualified


class Judge(Protocol):
    """Makes plans of one database, and knows by what it has judged."""

    def plan(self) -> Plan:
        """A plan of everything."""

    def is_still(self, keys: Set[Key]) -> bool:
        """Whether these objects are as they were when the last plan was made, or renewed."""

    def renew(self, keys: Set[Key]) -> None:
        """Take these objects as they are now."""


def apply(
    connection: Connection,
    dialect: Dialect,
    plan: Plan,
    judge: Judge,
    *,
    deadline: Deadline,
    lookout: Lookout,
    own: bool,
    strict: bool = False,
) -> Report:
    """Carry out ``plan``, and verify: what remains is exactly what was not to be applied.

    A statement that fails holds up what needs it, and nothing else; a ``strict`` run ends with it.
    Raises :class:`LockNotAcquired`, :class:`StatementFailed`, :class:`ConnectionLost` or
    :class:`VerificationFailed`, each with a report of what was applied.
    """
    planned = frozenset(chain.from_iterable(map(ways, plan.pending)))
    run = _Run(connection, dialect, judge, deadline, lookout, own, strict, plan, planned)
    try:
        while run.round():
            pass
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        # what was done in a transaction that was handed in has gone with it
        kept = own or dialect.commits_ddl
        report = run.so_far() if kept else Report.of(plan)
        raise _lost(error, run.plan, dialect, report) from error
    return run.ended()


def _lost(error: DBAPIError, plan: Plan, dialect: Dialect, report: Report) -> ConnectionLost:
    # what was read is nobody's concern
    planned = error.statement in plan.statements
    statement = f"\n  statement: {error.statement}" if planned else ""
    message = (
        f"the connection to the server was lost: {said(error)}{statement}\n"
        f"  applied before it: {_count(report.statements)}; {dialect.rolls_back}\n"
        "  the server may have finished what it was at, or not; when it is back, the next run "
        "starts from what is there"
    )
    return ConnectionLost(message, report)


def _count(statements: Sequence[str]) -> str:
    return f"{len(statements)} statement{'s'[: len(statements) != 1]}"


@dataclass(slots=True)
class _Run:
    """Applying, from the first plan to the one that leaves nothing to do."""

    connection: Connection
    dialect: Dialect
    judge: Judge
    deadline: Deadline
    lookout: Lookout
    own: bool
    strict: bool
    plan: Plan
    planned: frozenset[Identity]
    applied: list[Addition] = field(default_factory=list)
    executed: list[str] = field(default_factory=list)
    failures: dict[str, Rejected] = field(default_factory=dict)
    """By the statement: what failed, and is still to be done."""
    now: Round = field(init=False)

    def __post_init__(self) -> None:
        self.now = self._begun()

    def _begun(self) -> Round:
        return Round.of(self.plan, self._is_open)

    def _is_open(self, part: Part) -> bool:
        """Whether a part may be carried out: it has not failed, and the first plan had it.

        What has become possible since then is pending, and the next run's.
        """
        failed = any(statement.sql in self.failures for statement in part.statements)
        return not failed and part.makes <= self.planned

    def round(self) -> bool:
        """Carry out the plan, and plan again. Whether another round may do more."""
        before = len(self.executed)
        with self._locked():
            self._carry_out()
        remaining = self._verify()
        self.applied += self.now.applied()
        # what is not pending any more was made by somebody else, or is refused by now
        found = {sql: one for sql, one in self.now.rejected.items() if sql in remaining.statements}
        has_moved = self.now.has_changed or found != self.now.rejected
        self.failures |= found
        self.plan = remaining
        self.now = self._begun()
        if self.strict and self.failures:
            return False
        items = [item for item in self.now.items() if self.now.left(item)]
        if not items:
            return False
        if not has_moved and len(self.executed) == before:
            raise VerificationFailed(
                "the database still lacks what was to be added, and nothing could be done: "
                + ", ".join(entry.object for entry in remaining.pending),
                self.so_far(),
            )
        if self.deadline.passed():
            raise self._too_late(self._turn())
        return True

    def _verify(self) -> Plan:
        """What remains, read once more."""
        try:
            remaining = self.judge.plan()
        except LockNotAcquired as error:
            raise LockNotAcquired(str(error), self.so_far(), error.blockers) from None
        self.lookout.tell(Verified(remaining))
        return remaining

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """The lock over all units, where the database has one that outlives a transaction."""
        with ExitStack() as stack:
            for patience in self.deadline.tries():
                try:
                    stack.enter_context(self.dialect.lock(self.connection, patience))
                except Busy as error:
                    log.debug("waiting: %s", error)
                    self.lookout.waiting(self._turn())
                else:
                    break
            else:
                raise self._too_late(self._turn())
            yield

    def _carry_out(self) -> None:
        """Carry out all units; one that has to wait lets the others go first."""
        waiting = [item for item in self.now.items() if self.now.left(item)]
        wanted = self._turn()
        for patience in self.deadline.tries():
            waiting, wanted = self._once(waiting, patience)
            if not waiting:
                return
            self.lookout.waiting(wanted)
        raise self._too_late(wanted)

    def _once(self, items: Iterable[Item], patience: float) -> tuple[list[Item], Wanted]:
        """Try each unit. Those that have to wait, and what the last of them waits for."""
        waiting: list[Item] = []
        held: set[int] = set()
        last = self._turn()
        for item in items:
            left = self.now.left(item)
            if not any(self.now.parts[place].after & held for place in left):
                wanted = self._attempt(item, left, patience) if left else None
                if wanted is None:
                    continue
                if self.deadline.passed():
                    raise self._too_late(wanted)
                last = wanted
            waiting.append(item)
            held.update(left)
        return waiting, last

    def _attempt(self, item: Item, left: list[int], patience: float) -> Wanted | None:
        """Carry out what is left of a unit; what it has to wait for, if something is in the way."""
        run = self._build if item.unit.concurrent else self._transact
        try:
            run(item, left, patience)
        except Held as error:
            log.debug("trying again: %s", error)
            return _wanted(item.unit)
        except Busy as error:
            log.debug("trying again: %s", error)
            return self._turn()
        except Outdated as error:
            self._is_outdated(item, str(error))
        except Rejected as rejected:
            raise self._broken_off(left, rejected) from rejected.error
        except DBAPIError as error:
            if not self.dialect.is_busy(error):
                raise
            log.debug("trying again: %s", error.orig)
            return _wanted(item.unit)
        return None

    def _transact(self, item: Item, left: list[int], patience: float) -> None:
        """Run the parts of a unit in one transaction; if one fails, the others without it.

        Raises :class:`Rejected` where that has taken the whole transaction with it.
        """
        apart = self.dialect.commits_ddl
        try:
            self._transaction(item, left, patience, apart=apart)
        except Rejected as rejected:
            if not self.own and self.dialect.has_ended(self.connection):
                raise  # with it has gone what the caller had done before
            if self.strict or len(left) == 1:
                self._drop(left, rejected)
            else:
                self._transaction(item, left, patience, apart=True)

    def _transaction(self, item: Item, left: list[int], patience: float, *, apart: bool) -> None:
        """One attempt; ``apart``, each part stands and falls by itself."""
        done: list[int] = []
        ran: list[tuple[int, int]] = []
        is_whole = False
        try:
            with self.dialect.unit(self.connection, patience, own=self.own):
                if not self._holds(item):
                    return
                for place in left:
                    if not self.now.is_left(place):
                        continue
                    if self._part(place, patience, ran, apart=apart):
                        done.append(place)
                self._renew(item)
                is_whole = True
        except BaseException as error:
            if self.dialect.commits_ddl:
                is_usable = isinstance(error, Exception) and not _is_lost(error)
                self._keep(item, done, ran, is_usable=is_usable)
            elif is_whole and isinstance(error, DBAPIError) and self._is_final(error):
                rejected = Rejected(error, error.statement or "COMMIT")
                raise self._broken_off(left, rejected) from error
            raise
        self._settle(done, ran)

    def _part(
        self, place: int, patience: float, ran: list[tuple[int, int]], *, apart: bool
    ) -> bool:
        """Run the statements of a part; False if it fails, and that is its own affair."""
        before = len(ran)
        try:
            with self.dialect.savepoint(self.connection) if apart else nullcontext():
                for number, statement in enumerate(self.now.parts[place].statements):
                    if (place, number) not in self.now.ran:
                        self._run(statement, patience)
                        ran.append((place, number))
        except Rejected as rejected:
            if not self.dialect.commits_ddl:
                del ran[before:]
            if not apart or self.dialect.has_ended(self.connection):
                raise
            self._drop([place], rejected)
            return False
        return True

    def _build(self, item: Item, left: list[int], patience: float) -> None:
        """Run a unit that no transaction may hold."""
        with self.dialect.reading(self.connection, patience):
            if not self._holds(item):
                return
        [place] = left
        [statement] = item.unit.statements
        seconds = self.deadline.left()
        try:
            self._execute(
                statement, lambda: self.dialect.build(self.connection, statement, seconds)
            )
        except Rejected as rejected:
            if self.deadline.passed():
                raise self._too_late(_wanted(item.unit)) from rejected.error
            self._drop(left, rejected)
            return
        self._settle(left, [(place, 0)])
        with self.dialect.reading(self.connection, patience):
            self._renew(item)

    def _holds(self, item: Item) -> bool:
        """Whether the plan still holds for a unit; if not, the next round plans again."""
        if self.judge.is_still(item.keys):
            return True
        self._is_outdated(item, "another session has changed it")
        return False

    def _is_outdated(self, item: Item, why: str) -> None:
        log.debug("planning again: %s: %s", sorted(map(qualified, item.keys)), why)
        self.now.has_changed = True
        self.now.dropped.update(self.now.left(item))

    def _renew(self, item: Item) -> None:
        """Remember what a unit has changed, if others that are to come were judged by it."""
        if not self.now.is_last_of(item):
            self.judge.renew(item.unit.keys)

    def _keep(
        self, item: Item, done: list[int], ran: list[tuple[int, int]], *, is_usable: bool
    ) -> None:
        """Count what a unit that did not come to its end has done, for that stays."""
        self._settle(done, ran)
        if ran and is_usable:
            self.judge.renew(item.unit.keys)

    def _settle(self, done: Iterable[int], ran: Iterable[tuple[int, int]]) -> None:
        for place, number in ran:
            self.now.ran.add((place, number))
            self.executed.append(self.now.parts[place].statements[number].sql)
        self.now.done.update(done)

    def _drop(self, places: Iterable[int], rejected: Rejected) -> None:
        self.now.rejected[rejected.sql] = rejected
        self.now.dropped.update(places)
        if self.strict:
            self.now.dropped.update(range(len(self.now.parts)))

    def _run(self, statement: Statement, patience: float) -> None:
        self._execute(statement, lambda: self.dialect.run(self.connection, statement, patience))

    def _execute(self, statement: Statement, run: Callable[[], None]) -> None:
        self.lookout.tell(StatementBegun(statement.sql))
        begun = time.monotonic()
        try:
            run()
        except DBAPIError as error:
            seconds, text = time.monotonic() - begun, escaped_lines(said(error))
            self.lookout.tell(StatementEnded(statement.sql, seconds, text))
            if not self._is_final(error):
                raise
            raise Rejected(error, statement.sql) from error
        log.info("applied: %s", statement.sql)
        self.lookout.tell(StatementEnded(statement.sql, time.monotonic() - begun))

    def _is_final(self, error: DBAPIError) -> bool:
        """Whether the database has said no, and to try again would not help."""
        return not (self.dialect.is_busy(error) or error.connection_invalidated)

    # --- what became of it ------------------------------------------------------------------------

    def ended(self) -> Report:
        """The report, once there is no more to do."""
        report = self.so_far()
        if not self.failures:
            return report
        first = next(iter(self.failures.values()))
        message = self._message(list(self.failures.values()))
        raise StatementFailed(message, report, first.sql) from first.error

    def _broken_off(self, left: Iterable[int], rejected: Rejected) -> StatementFailed:
        """The end of a run in which all that a transaction held has failed together."""
        lost = (statement for place in left for statement in self.now.parts[place].statements)
        self.failures |= {statement.sql: rejected for statement in lost}
        return StatementFailed(self._message([rejected]), self.so_far(), rejected.sql)

    def _message(self, failures: Sequence[Rejected]) -> str:
        several, said_first = len(failures) > 1, f"a statement: {said(failures[0].error)}"
        return "\n".join(
            [
                f"the database rejected {f'{len(failures)} statements' if several else said_first}",
                *(line for one in failures for line in _lines(one, self.dialect, several=several)),
                f"  applied: {_count(self.executed)}; {self.dialect.rolls_back}",
                "  the next run starts from what is there, and tries this again",
            ]
        )

    def so_far(self) -> Report:
        """The report at this moment: applied, failed, and still pending of the plan."""
        applied = [*self.applied, *self.now.applied()]
        known = {entry.identity for entry in applied}
        pending = tuple(entry for entry in self.plan.pending if entry.identity not in known)
        failed = tuple(self._failed(pending))
        left = {entry.identity for entry in failed}
        remaining = replace(
            self.plan, pending=tuple(entry for entry in pending if entry.identity not in left)
        )
        return replace(Report.of(remaining, applied, self.executed), failed=failed)

    def _failed(self, pending: Iterable[Addition]) -> Iterator[Failed]:
        for entry in pending:
            for part in self.now.parts:
                rejected = (self.failures.get(statement.sql) for statement in part.statements)
                error = next(filter(None, rejected), None)
                if error is not None and entry.identity in part.makes:
                    text = escaped_lines(said(error.error))
                    yield Failed.of(entry, text, self.dialect.cause(error.error))
                    break

    def _turn(self) -> Wanted:
        """The lock between synchronizers, for all that is to be done."""
        locked = [_wanted(unit).tables for unit in self.plan.units]
        return Wanted(dict(ChainMap(*map(dict, locked))), lock=True)

    def _too_late(self, wanted: Wanted) -> LockNotAcquired:
        found = self.lookout.see(wanted)
        message = (
            f"the lock was not to be had within {self.deadline.seconds:g} seconds: another "
            "session holds it, or keeps a transaction open on a table that is to be altered; end "
            f"that one, or give a longer deadline\n{found}"
        )
        return LockNotAcquired(message, self.so_far(), found.blockers)


def _is_lost(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _lines(rejected: Rejected, dialect: Dialect, *, several: bool) -> Iterator[str]:
    lines = [said(rejected.error) if several else None, dialect.cause(rejected.error)]
    yield from (f"  {line}" for line in lines if line is not None)
    yield f"  statement: {rejected.sql}"


def _wanted(unit: Unit) -> Wanted:
    """The tables that a unit locks, and what for."""
    made = {kind for part in unit.parts for kind, *_ in part.makes}
    purpose: Purpose = "index" if made == {"index"} else "alter"
    own = dict.fromkeys(unit.keys, "build" if unit.concurrent else purpose)
    return Wanted({**dict.fromkeys(unit.parents, "reference"), **own})
