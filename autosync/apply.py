"""Carries out a plan: lock, compare again, run, unit by unit, within one deadline."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from autosync.deadline import Deadline
from autosync.dialects.base import Busy, Dialect
from autosync.errors import LockNotAcquired, StatementFailed, VerificationFailed
from autosync.plan import Addition, LateKey, Plan, Report, Statement, Unit
from autosync.schema import Key

log = logging.getLogger("autosync")


class Scope(NamedTuple):
    """What a second look is limited to: the tables of one unit, as its plan has them."""

    keys: frozenset[Key]
    created: frozenset[Key]
    added: frozenset[tuple[Key, str]]
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

    @property
    def added(self) -> frozenset[tuple[Key, str]]:
        """The columns that this process has added to tables."""
        return frozenset(
            ((entry.schema, entry.table), name)
            for entry in self.applied
            if entry.kind == "column" and entry.table is not None
            for name in entry.columns
        )

    def report(self, plan: Plan) -> Report:
        """The report, with ``plan`` as what remains."""
        return Report.of(plan, self.applied, self.executed)


def apply(
    connection: Connection,
    dialect: Dialect,
    plan: Plan,
    replan: Replan,
    deadline: Deadline,
    *,
    own: bool,
) -> Report:
    """Carry out ``plan``, and verify: what remains is exactly what was not to be applied.

    Raises :class:`LockNotAcquired`, :class:`StatementFailed` or :class:`VerificationFailed`, each
    with a report of what was applied before.
    """
    planned = frozenset(_identity(entry) for entry in plan.pending)
    run = _Run(connection, dialect, replan, deadline, own, plan, planned)
    while run.plan.units and run.round():
        pass
    return run.progress.report(run.plan)


def _identity(entry: Addition) -> tuple[object, ...]:
    return entry.kind, entry.difference, entry.object, entry.columns


@dataclass(slots=True)
class _Run:
    """Applying, from the first plan to the one that leaves nothing to do."""

    connection: Connection
    dialect: Dialect
    replan: Replan
    deadline: Deadline
    own: bool
    plan: Plan
    planned: frozenset[tuple[object, ...]]
    progress: Progress = field(default_factory=Progress)

    def round(self) -> bool:
        """Apply the units of the plan, and plan anew. Whether another round may do more.

        Nothing is applied that the first plan did not have: what has become possible since then is
        pending, and the next run's.
        """
        before = len(self.progress.executed)
        with self._locked():
            for unit in self.plan.units:
                if not self._apply(unit):
                    break
        remaining = self.replan(None)
        stuck = remaining.statements == self.plan.statements
        if stuck and len(self.progress.executed) == before:
            raise VerificationFailed(
                "the database still lacks what was to be added, and nothing could be done: "
                + ", ".join(entry.object for entry in remaining.pending),
                self.progress.report(remaining),
            )
        self.plan = remaining
        if self.plan.units and self.deadline.passed():
            raise self._too_late()
        return {_identity(entry) for entry in remaining.pending} <= self.planned

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """The lock over all units, where the database has one that outlives a transaction."""
        with ExitStack() as stack:
            for patience in self.deadline.tries():
                try:
                    stack.enter_context(self.dialect.lock(self.connection, patience))
                except Busy as error:
                    log.debug("waiting: %s", error)
                else:
                    break
            else:
                raise self._too_late()
            yield

    def _apply(self, unit: Unit) -> bool:
        """Apply one unit; whether the plan still holds for the next one."""
        run = self._build if unit.concurrent else self._transact
        overtaken = False
        for patience in self.deadline.tries():
            done = Progress()
            try:
                holds = run(unit, patience, done)
            except Busy as error:
                log.debug("trying again: %s", error)
            except _Overtaken as error:
                if overtaken:
                    # it was looked at again, and did not become visible: something else is there
                    raise self._failure(error.cause, error.sql, done) from error.cause
                overtaken = True
                log.debug("looking again: %s", error)
            except DBAPIError as error:
                if not self.dialect.is_busy(error):
                    raise
                log.debug("trying again: %s", error.orig)
            else:
                self.progress.add(done)
                return holds
            if self.dialect.commits_ddl:
                self.progress.add(done)
        raise self._too_late()

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
                self._run_concurrently(statement, done)
            self._count(unit, fresh, done)
        return holds

    def _look(self, unit: Unit) -> tuple[Plan | None, bool]:
        """Compare again: the fresh plan, if all of the unit is still pending, and whether the old
        one holds.

        If only a part of it is pending, the picture has changed: nothing is run, and the next round
        plans anew. If nothing is, someone else has done it.
        """
        scope = Scope(unit.keys, self.progress.created, self.progress.added, self.plan.late)
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

    def _run_concurrently(self, statement: Statement, done: Progress) -> None:
        try:
            seconds = self.deadline.left()
            self._execute(
                lambda: self.dialect.build(self.connection, statement, seconds), statement, done
            )
        except StatementFailed as error:
            if self.deadline.passed():
                raise self._too_late() from error.__cause__
            raise

    def _execute(self, run: Callable[[], None], statement: Statement, done: Progress) -> None:
        try:
            run()
        except DBAPIError as error:
            if self.dialect.is_busy(error):
                raise
            if self.dialect.is_overtaken(error):
                raise _Overtaken(error, statement.sql) from error
            raise self._failure(error, statement.sql, done) from error
        done.executed.append(statement.sql)
        log.info("applied: %s", statement.sql)

    def _failure(self, error: DBAPIError, sql: str, done: Progress) -> StatementFailed:
        if self.dialect.commits_ddl:
            self.progress.add(done)
        count = len(self.progress.executed)
        message = (
            f"the database rejected a statement: {error.orig}\n"
            f"  statement: {sql}\n"
            f"  applied before it: {count} statement{'s'[: count != 1]}; "
            f"{self.dialect.rolls_back}\n"
            "  the next run starts from what is there, and tries this one again"
        )
        return StatementFailed(message, self.progress.report(self.plan), sql)

    def _too_late(self) -> LockNotAcquired:
        message = (
            f"the lock was not to be had within {self.deadline.seconds:g} seconds: another "
            "session holds it, or keeps a transaction open on a table that is to be altered; end "
            "that one, or give a longer deadline"
        )
        return LockNotAcquired(message, self.progress.report(self.plan))
