"""Carries out a plan: lock, compare again, run, unit by unit, within one deadline."""

from __future__ import annotations

import time
from collections import ChainMap
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from autosync.blockers import Purpose, Wanted
from autosync.credentials import said
from autosync.deadline import Deadline
from autosync.dialects.base import Busy, Dialect
from autosync.errors import ConnectionLost, LockNotAcquired, StatementFailed, VerificationFailed
from autosync.escape import escaped_lines
from autosync.events import StatementBegun, StatementEnded, Verified
from autosync.logs import log
from autosync.lookout import Lookout
from autosync.plan import Addition, LateKey, Plan, Report, Statement, Unit
from autosync.schema import Key


class Scope(NamedTuple):
    """What a second look is limited to: the tables of one unit, as its plan has them."""

    keys: frozenset[Key]
    created: frozenset[Key]
    late: frozenset[LateKey]


Replan = Callable[["Scope | None"], Plan]
"""Reads and judges anew: everything, or what concerns one unit."""


class _Overtaken(Exception):
    """Someone else made the same thing at the same moment: look again."""

    def __init__(self, cause: DBAPIError, sql: str) -> None:
        super().__init__(str(cause.orig))
        self.cause = cause
        self.sql = sql


@dataclass(slots=True)
class Progress:
    """What this process has done so far."""

    applied: list[Addition] = field(default_factory=list)
    executed: list[str] = field(default_factory=list)

    def add(self, done: Progress) -> None:
        """Count what a unit has done."""
        self.applied += done.applied
        self.executed += done.executed

    @property
    def created(self) -> frozenset[Key]:
        """The tables that this process has made."""
        return frozenset(
            (entry.schema, entry.table)
            for entry in self.applied
            if entry.kind == "table" and entry.table is not None
        )

    def report(self, plan: Plan) -> Report:
        """The report, with ``plan`` as what remains."""
        return Report.of(plan, self.applied, self.executed)


def apply(
    connection: Connection,
    dialect: Dialect,
    plan: Plan,
    replan: Replan,
    *,
    deadline: Deadline,
    lookout: Lookout,
    own: bool,
) -> Report:
    """Carry out ``plan``, and verify: what remains is exactly what was not to be applied.

    Raises :class:`LockNotAcquired`, :class:`StatementFailed`, :class:`ConnectionLost` or
    :class:`VerificationFailed`, each with a report of what was applied before.
    """
    planned = frozenset(_identity(entry) for entry in plan.pending)
    run = _Run(connection, dialect, replan, deadline, lookout, own, plan, planned)
    try:
        while run.plan.units and run.round():
            pass
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        # what was done in a transaction that was handed in has gone with it
        kept = own or dialect.commits_ddl
        report = run.so_far() if kept else Report.of(plan)
        raise _lost(error, run.plan, dialect, report) from error
    return run.progress.report(run.plan)


def _lost(error: DBAPIError, plan: Plan, dialect: Dialect, report: Report) -> ConnectionLost:
    # what was read is nobody's concern
    planned = error.statement in plan.statements
    statement = f"\n  statement: {error.statement}" if planned else ""
    message = (
        f"the connection to the server was lost: {said(error)}{statement}\n"
        f"  {_applied(report.statements)}; {dialect.rolls_back}\n"
        "  the server may have finished what it was at, or not; when it is back, the next run "
        "starts from what is there"
    )
    return ConnectionLost(message, report)


def _applied(statements: Sequence[str]) -> str:
    count = len(statements)
    return f"applied before it: {count} statement{'s'[: count != 1]}"


def _identity(entry: Addition) -> tuple[object, ...]:
    return entry.kind, entry.difference, entry.object, entry.columns


@dataclass(slots=True)
class _Run:
    """Applying, from the first plan to the one that leaves nothing to do."""

    connection: Connection
    dialect: Dialect
    replan: Replan
    deadline: Deadline
    lookout: Lookout
    own: bool
    plan: Plan
    planned: frozenset[tuple[object, ...]]
    progress: Progress = field(default_factory=Progress)
    before: int = 0
    """How many statements had been executed when the plan was made."""

    def round(self) -> bool:
        """Apply the units of the plan, and plan anew. Whether another round may do more.

        Nothing is applied that the first plan did not have: what has become possible since then is
        pending, and the next run's.
        """
        with self._locked():
            for unit in self.plan.units:
                if not self._apply(unit):
                    break
        remaining = self._verify()
        stuck = remaining.statements == self.plan.statements
        if stuck and len(self.progress.executed) == self.before:
            raise VerificationFailed(
                "the database still lacks what was to be added, and nothing could be done: "
                + ", ".join(entry.object for entry in remaining.pending),
                self.progress.report(remaining),
            )
        self.plan, self.before = remaining, len(self.progress.executed)
        if self.plan.units and self.deadline.passed():
            raise self._too_late(self._turn())
        return {_identity(entry) for entry in remaining.pending} <= self.planned

    def _verify(self) -> Plan:
        """What remains, read once more."""
        try:
            remaining = self.replan(None)
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

    def _apply(self, unit: Unit) -> bool:
        """Apply one unit; whether the plan still holds for the next one."""
        run = self._build if unit.concurrent else self._transact
        overtaken = False
        wanted = None
        for patience in self.deadline.tries():
            done = Progress()
            try:
                holds = run(unit, patience, done)
            except Busy as error:
                wanted = self._turn()
                log.debug("trying again: %s", error)
            except _Overtaken as error:
                if overtaken:
                    # it was looked at again, and did not become visible: something else is there
                    raise self._failure(error.cause, error.sql, done) from error.cause
                overtaken = True
                wanted = None
                log.debug("looking again: %s", error)
            except DBAPIError as error:
                if not self.dialect.is_busy(error):
                    self._keep(done)
                    raise
                wanted = _wanted(unit, self.plan)
                log.debug("trying again: %s", error.orig)
            else:
                self.progress.add(done)
                return holds
            self._keep(done)
            if wanted is not None:
                self.lookout.waiting(wanted)
        raise self._too_late(wanted or self._turn())

    def _transact(self, unit: Unit, patience: float, done: Progress) -> bool:
        """Run a unit under its lock; whether the plan still holds."""
        with self.dialect.unit(self.connection, patience, own=self.own):
            fresh, holds = self._look(unit)
            if fresh is not None:
                for statement in unit.statements:
                    self._run(statement, patience, done)
                self._count(unit, fresh, done)
        return holds

    def _build(self, unit: Unit, patience: float, done: Progress) -> bool:
        """Run a unit that no transaction may hold; whether the plan still holds."""
        with self.dialect.reading(self.connection, patience):
            fresh, holds = self._look(unit)
        if fresh is not None:
            for statement in unit.statements:
                self._run_concurrently(unit, statement, done)
            self._count(unit, fresh, done)
        return holds

    def _look(self, unit: Unit) -> tuple[Plan | None, bool]:
        """Compare again: the fresh plan, if all of the unit is still pending, and whether the old
        one holds.

        If only a part of it is pending, the picture has changed: nothing is run, and the next round
        plans anew. If nothing is, someone else has done it.
        """
        scope = Scope(unit.keys, self.progress.created, self.plan.late)
        fresh = self.replan(scope)
        wanted = {statement.sql for statement in unit.statements}
        pending = set(fresh.statements) - set(self.progress.executed)
        if wanted <= pending:
            return fresh, True
        return None, not pending & wanted and pending <= set(self.plan.statements)

    def _count(self, unit: Unit, fresh: Plan, done: Progress) -> None:
        wanted = [statement.sql for statement in unit.statements]
        done.applied += [
            entry
            for entry in fresh.pending
            if _identity(entry) in self.planned and any(sql in entry.sql for sql in wanted)
        ]

    def _run(self, statement: Statement, patience: float, done: Progress) -> None:
        self._execute(
            lambda: self.dialect.run(self.connection, statement, patience), statement, done
        )

    def _run_concurrently(self, unit: Unit, statement: Statement, done: Progress) -> None:
        try:
            seconds = self.deadline.left()
            self._execute(
                lambda: self.dialect.build(self.connection, statement, seconds), statement, done
            )
        except StatementFailed as error:
            if self.deadline.passed():
                raise self._too_late(_wanted(unit, self.plan)) from error.__cause__
            raise

    def _execute(self, run: Callable[[], None], statement: Statement, done: Progress) -> None:
        self.lookout.tell(StatementBegun(statement.sql))
        begun = time.monotonic()
        try:
            run()
        except DBAPIError as error:
            seconds, text = time.monotonic() - begun, escaped_lines(said(error))
            self.lookout.tell(StatementEnded(statement.sql, seconds, text))
            if self.dialect.is_busy(error) or error.connection_invalidated:
                raise
            if self.dialect.is_overtaken(error):
                raise _Overtaken(error, statement.sql) from error
            raise self._failure(error, statement.sql, done) from error
        done.executed.append(statement.sql)
        log.info("applied: %s", statement.sql)
        self.lookout.tell(StatementEnded(statement.sql, time.monotonic() - begun))

    def _keep(self, done: Progress) -> None:
        """Count what a unit that did not come to its end has done, where that stays."""
        if self.dialect.commits_ddl:
            self.progress.add(done)
            known = {_identity(entry) for entry in (*self.progress.applied, *self._pending())}
            self.progress.applied += [
                entry for entry in self.plan.pending if _identity(entry) in self.planned - known
            ]

    def _failure(self, error: DBAPIError, sql: str, done: Progress) -> StatementFailed:
        self._keep(done)
        message = (
            f"the database rejected a statement: {said(error)}\n"
            f"  statement: {sql}\n"
            f"  {_applied(self.progress.executed)}; {self.dialect.rolls_back}\n"
            "  the next run starts from what is there, and tries this one again"
        )
        return StatementFailed(message, self.so_far(), sql)

    def _turn(self) -> Wanted:
        """The lock between synchronizers, for all that is to be done."""
        locked = [_wanted(unit, self.plan).tables for unit in self.plan.units]
        return Wanted(dict(ChainMap(*map(dict, locked))), lock=True)

    def so_far(self) -> Report:
        """What was applied, and what of the plan is still pending; a column is so to its end."""
        pending = self._pending()
        left = set(map(_identity, pending))
        applied = [entry for entry in self.progress.applied if _identity(entry) not in left]
        remaining = replace(self.plan, pending=pending)
        return Report.of(remaining, applied, self.progress.executed)

    def _pending(self) -> tuple[Addition, ...]:
        ran = self.progress.executed[self.before :]
        left = [s.sql for unit in self.plan.units for s in unit.statements if s.sql not in ran]
        return tuple(
            entry
            for entry in self.plan.pending
            if any(sql in entry.sql for sql in left) or not any(sql in entry.sql for sql in ran)
        )

    def _too_late(self, wanted: Wanted) -> LockNotAcquired:
        found = self.lookout.see(wanted)
        message = (
            f"the lock was not to be had within {self.deadline.seconds:g} seconds: another "
            "session holds it, or keeps a transaction open on a table that is to be altered; end "
            f"that one, or give a longer deadline\n{found}"
        )
        return LockNotAcquired(message, self.so_far(), found.blockers)


def _wanted(unit: Unit, plan: Plan) -> Wanted:
    """The tables that a unit of the plan locks, and what for."""
    statements = [statement.sql for statement in unit.statements]
    made = {entry.kind for entry in plan.pending if any(sql in entry.sql for sql in statements)}
    purpose: Purpose = "index" if made == {"index"} else "alter"
    own = dict.fromkeys(unit.keys, "build" if unit.concurrent else purpose)
    return Wanted({**dict.fromkeys(unit.parents, "reference"), **own})
