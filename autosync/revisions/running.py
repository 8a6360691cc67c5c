"""Brings a database to the latest revision: look, lock, look again, run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeGuard

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from autosync.blockers import Wanted
from autosync.credentials import said
from autosync.deadline import Deadline
from autosync.dialects import dialect_for
from autosync.dialects.base import Busy
from autosync.dialects.transactions import end
from autosync.errors import (
    AutosyncError,
    ConnectionLost,
    LockNotAcquired,
    NotUnderVersionControl,
    RevisionFailed,
    UnknownRevision,
    UpgradeError,
)
from autosync.events import Listener, ListenerFailed, RevisionBegun, RevisionEnded, Upgrading
from autosync.logs import log
from autosync.lookout import Lookout
from autosync.plan import Plan, Report
from autosync.reading import read_within
from autosync.revisions.entries import additions
from autosync.revisions.letting import repeated, wanted
from autosync.revisions.report import Revision, UpgradeReport, names
from autosync.revisions.repository import Repository, State

BOOKKEEPING = {"alembic_version", "migrate_version"}
"""Tables that make no database less new."""
MOST_SHOWN = 5
"""How many of its tables a message names."""
LOCK = Wanted({}, lock=True)
LOOK = 0.1
"""Seconds that it may take to look which tables there are."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where the database stands, and its tables if it is at no revision."""

    state: State
    tables: tuple[str, ...]

    @property
    def is_new(self) -> bool:
        """Whether there is nothing in the database but bookkeeping."""
        return not (self.state.current or self.tables)

    @property
    def is_foreign(self) -> bool:
        """Whether there are tables, of which nobody knows the revision."""
        return bool(self.tables) and not self.state.controlled


class Upgrade:
    """One upgrade, on one connection. ``models`` says that they make what is new."""

    def __init__(
        self,
        connection: Connection,
        repository: Repository,
        deadline: Deadline,
        *,
        own: bool,
        stamp: str | None = None,
        models: bool = False,
        listener: Listener | None = None,
        lock_key: str | None = None,
    ) -> None:
        self.connection = connection
        self.repository = repository
        self.deadline = deadline
        self.own = own
        self.stamp = stamp
        self.models = models
        self.dialect = dialect_for(connection, lock_key)
        self.dialect.check_usable(connection, own=own)
        self.lookout = Lookout(connection, self.dialect, listener)
        self.kept = _Kept()

    def look(self) -> Found:
        """Where the database stands, without a lock; nothing is left behind."""
        return read_within(self.deadline, self.lookout, LOCK, self._look)

    def current(self) -> UpgradeReport:
        """The same, for a person."""
        return self._report(self.look().state)

    def looked_for(self) -> tuple[Found, UpgradeReport]:
        """The same, where :meth:`run` would go on. Raises what it raises before it writes."""
        found = self.look()
        if found.is_foreign:
            raise self._foreign(found)
        return found, self._report(found.state)

    def _look(self) -> Found:
        state = self.repository.look(self.connection)
        tables: list[str] = []
        if not state.current:
            tables = self.dialect.table_names(self.connection)
        ours = BOOKKEEPING | {state.bookkeeping}
        return Found(state, tuple(sorted(set(tables) - ours)))

    def run(self) -> UpgradeReport:
        """Bring it to the latest revision. Where nothing is pending, nothing is written."""
        found = self.look()
        where = (self.repository.place, names(found.state.current), names(found.state.latest))
        log.info("revisions of %s: the database is at %s, the latest is %s", *where)
        if not self._is_needed(found):
            return self._report(found.state)
        self._check(found)
        held: _HeldUp | None = None
        for patience in self.deadline.tries():
            try:
                return self._locked(patience)
            except Busy as error:
                log.debug("waiting: %s", error)
                self.lookout.waiting(LOCK)
                held = None
            except _HeldUp as error:
                log.debug("all that is pending is tried again: %s", error.cause.orig)
                held = error
                self.kept = held.progress.left(self.kept)
                self.lookout.waiting(self._wanted(held.cause))
        if held is None:
            raise self._too_late(found.state)
        raise self._failure(held.cause, held.progress) from held.cause

    def _is_needed(self, found: Found) -> bool:
        state = found.state
        return bool(self.stamp or state.pending or not state.controlled)

    def _check(self, found: Found) -> None:
        """Refuse what is not to be done at all."""
        state = found.state
        if self.stamp:
            if state.current and self.stamp not in state.current:
                raise UnknownRevision(
                    f"the database is at {names(state.current)} already, and is not stamped with "
                    f"{self.stamp}: leave out the stamp, or change it with the repository's own "
                    "tool"
                )
            return
        if found.is_foreign:
            raise self._foreign(found)
        if not (self.models and found.is_new):
            self.repository.check_usable(self._report(state))

    def _locked(self, patience: float) -> UpgradeReport:
        """Look again under the lock, and do what is still to be done."""
        progress = _Progress(self, patience)
        with self._failing(progress):
            with self.dialect.revising(self.connection, patience, own=self.own):
                found = self._look()
                self._check(found)
                progress.found = found
                after = self._work(found, progress)
                self._settle()
            return replace(
                self._report(self.kept.before or found.state, after),
                revisions=(*self.kept.revisions, *progress.ran),
                stamped=self.kept.stamped or progress.stamped,
            )

    def _work(self, found: Found, progress: _Progress) -> State:
        state = found.state
        create = self.models and found.is_new and not self.stamp
        if create or (self.stamp and not state.current) or not state.controlled:
            # what is at no revision begins there, if nothing else is said
            revision = None if create else self.stamp or self.repository.base
            self._settle()
            self.repository.stamp(self.connection, revision)
            progress.stamped = bool(create or self.stamp)
            state = self.repository.look(self.connection)
        if state.pending:
            self.repository.check_usable(self._report(state))
            self.lookout.tell(Upgrading(state.pending))
            self._settle()
            with self._letting_in():
                self.repository.run(self.connection, progress)
            state = self.repository.look(self.connection)
        return state

    def _letting_in(self) -> AbstractContextManager[None]:
        """Where statements commit by themselves, each is tried again by itself."""
        by_itself = self.dialect.commits_ddl
        return repeated(self.lookout, self.deadline) if by_itself else nullcontext()

    def _settle(self) -> None:
        """Leave no transaction open that only read, where the revisions make their own."""
        if self.own and not self.dialect.revisions_are_one:
            end(self.connection)

    # --- what can go wrong ----------------------------------------------------------------------

    @contextmanager
    def _failing(self, progress: _Progress) -> Iterator[None]:
        """Say of an error where it leaves the database."""
        try:
            yield
        except (Busy, UpgradeError, ListenerFailed):
            raise
        except Exception as error:
            if progress.can_be_repeated and self._is_busy(error):
                raise _HeldUp(progress, error) from error
            if progress.found is None or (isinstance(error, AutosyncError) and not progress.begun):
                raise
            raise self._failure(error, progress) from error

    def _is_busy(self, error: Exception) -> TypeGuard[DBAPIError]:
        return isinstance(error, DBAPIError) and self.dialect.is_busy(error)

    def _wanted(self, error: DBAPIError) -> Wanted:
        """The tables that a statement needs which was not let in, as far as its words tell."""
        try:
            with self.dialect.reading(self.connection, LOOK):
                return wanted(error.statement or "", self.dialect.relations(self.connection, ()))
        except DBAPIError:
            return Wanted({})

    def _failure(self, error: Exception, progress: _Progress) -> Exception:
        assert progress.found is not None
        state = progress.found.state
        one = self.dialect.revisions_are_one
        kept = tuple(progress.ran[: progress.kept] if one else progress.ran)
        pending = state.pending[len(kept) :]
        kept = (*self.kept.revisions, *kept)
        before = self.kept.before or state
        report = replace(self._report(before), revisions=kept, pending=pending)
        if kept:
            report = replace(report, after=(kept[-1].id,))
        which = f"revision {progress.at}" if progress.at else "what runs the revisions"
        what = f"{which} of {self.repository.place} failed: {type(error).__name__}: {said(error)}"
        message = f"{what}\n  {self._consequence(progress, kept)}"
        if isinstance(error, DBAPIError):
            left = Report.of(Plan(self.dialect.name, pending=additions(report)))
            if error.connection_invalidated:
                return ConnectionLost(message, left)
            if self.dialect.is_busy(error):
                seen = self.lookout.see(self._wanted(error))
                message = f"{message}\n  a table that it needs is locked\n{seen}"
                return LockNotAcquired(message, left, seen.blockers)
        return RevisionFailed(message, report, progress.at)

    def _consequence(self, progress: _Progress, kept: tuple[Revision, ...]) -> str:
        one, done = self.dialect.revisions_are_one, ", ".join(r.id for r in kept) or "nothing"
        if one and not (kept or progress.torn):
            undone = f", with the {len(progress.ran)} before it" if progress.ran else ""
            return f"all is one transaction{undone}, which was rolled back: nothing has changed"
        before = f"done before it: {done}"
        if one and not progress.torn:
            return f"{before}; what came after that was rolled back"
        if progress.at is None:
            return before
        reason = "it has ended the transaction" if one else "this database commits every statement"
        if self.dialect.commits_ddl:
            reason = "this database commits with every DDL statement"
        return (
            f"{before}; {reason}, so that it may be half done: look what of it is there, and undo "
            "that or do the rest by hand, before it is run again"
        )

    def _foreign(self, found: Found) -> NotUnderVersionControl:
        tables, state = found.tables, found.state
        more = len(tables) - MOST_SHOWN
        shown = ", ".join([*tables[:MOST_SHOWN], *[f"{more} more"] * (more > 0)])
        latest, place = ",".join(state.latest), self.repository.place
        return NotUnderVersionControl(
            f"the database has {len(tables)} table{'s'[: len(tables) != 1]} ({shown}), but nothing "
            f"in {state.bookkeeping} says at which revision of {place} it is;\n"
            "  what is wrongly taken for done is never run, and what is run twice fails;\n"
            f"  if it is as the revisions leave it: autosync upgrade --revisions {place} --stamp "
            f"{latest};\n"
            f"  if none of them has run: autosync upgrade --revisions {place} --stamp "
            f"{self.repository.base};\n"
            "  otherwise --stamp takes the last one that has run; from Python: "
            'autosync.upgrade(engine, repository, stamp="...")',
            self._report(state),
            tables,
        )

    def _too_late(self, state: State) -> LockNotAcquired:
        seen = self.lookout.see(LOCK)
        left = Report.of(Plan(self.dialect.name, pending=additions(self._report(state))))
        return LockNotAcquired(
            f"the lock for the revisions was not to be had within {self.deadline.seconds:g} "
            f"seconds: another session holds it; end that one, or give a longer deadline\n{seen}",
            left,
            seen.blockers,
        )

    def _report(self, before: State, after: State | None = None) -> UpgradeReport:
        after = before if after is None else after
        return UpgradeReport(
            repository=self.repository.place,
            kind=self.repository.kind,
            before=before.current,
            after=after.current,
            latest=after.latest,
            pending=after.pending,
            controlled=after.controlled,
        )


class _Kept(NamedTuple):
    """The remains of tries that were held up: where they began, and what stays of them."""

    before: State | None = None
    revisions: tuple[Revision, ...] = ()
    stamped: bool = False


@dataclass(slots=True)
class _Progress:
    """One try of an upgrade, which waits ``patience`` seconds for a lock, and what it has done."""

    upgrade: Upgrade
    patience: float
    found: Found | None = None
    at: Revision | None = None
    ran: list[Revision] = field(default_factory=list)
    stamped: bool = False
    kept: int = 0
    """How many stay, whatever becomes of the transaction that is open."""
    torn: bool = False
    """Whether a part of the revision that is at work stays, too."""
    _since: float = 0.0

    @property
    def are_one(self) -> bool:
        """Whether all revisions are in one transaction."""
        return self.upgrade.dialect.revisions_are_one or not self.upgrade.own

    @property
    def can_be_repeated(self) -> bool:
        """Whether all that was not kept is undone by the end of the transaction."""
        return self.upgrade.dialect.revisions_are_one and not self.torn

    def left(self, before: _Kept) -> _Kept:
        """The remains of this try and those before it."""
        if not self.kept or self.found is None:
            return before
        return _Kept(
            before.before or self.found.state,
            (*before.revisions, *self.ran[: self.kept]),
            before.stamped or self.stamped,
        )

    @property
    def begun(self) -> bool:
        """Whether any has."""
        return bool(self.at or self.ran)

    def begin(self, revision: Revision) -> None:
        """Tell of a revision that begins."""
        long = max(self.upgrade.deadline.left(), 1.0)
        patience = self.patience if self.can_be_repeated else long
        self.upgrade.dialect.be_patient(self.upgrade.connection, patience)
        self.upgrade.lookout.tell(RevisionBegun(revision))
        self.at, self._since = revision, time.monotonic()

    def end(self) -> None:
        """Tell of one that is done."""
        assert self.at is not None
        done = replace(self.at, seconds=round(time.monotonic() - self._since, 3))
        self.ran.append(done)
        if self.torn:
            # all of it is to stay, or it would be run again
            with self._anew():
                self.kept, self.torn = len(self.ran), False
        self.at = None
        log.info("revision %s is done after %s s", done, done.seconds)
        self.upgrade.lookout.tell(RevisionEnded(done))

    @contextmanager
    def interrupted(self) -> Iterator[None]:
        """Let a revision work outside of the transaction, and keep what was done in it."""
        upgrade = self.upgrade
        if not (upgrade.own and upgrade.dialect.can_be_interrupted):
            raise AutosyncError(
                "it ends the transaction (autocommit_block()) that all pending revisions are in, "
                "and with it the lock, which cannot be done on this connection: run this one with "
                "Alembic itself (alembic upgrade)"
            )
        self.kept, self.torn = len(self.ran), True
        with self._anew():
            yield

    def _anew(self) -> AbstractContextManager[None]:
        upgrade = self.upgrade
        # what is half done cannot be tried again
        seconds = max(upgrade.deadline.left(), 1.0)
        return upgrade.dialect.interrupted(upgrade.connection, seconds)


class _HeldUp(Exception):
    """Another session was in the way, and all that was begun in this try is undone."""

    def __init__(self, progress: _Progress, cause: DBAPIError) -> None:
        super().__init__(str(cause))
        self.progress = progress
        self.cause = cause
