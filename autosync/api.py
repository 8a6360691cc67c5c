"""plan(), sync() and check(): the straight line.

read catalog -> compare -> judge -> plan -> apply -> verify -> report
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Set
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from autosync.acceptance import Acceptance, accepted
from autosync.binds import Bind, comparable, connected
from autosync.blockers import Wanted
from autosync.changes import MISSING
from autosync.comparators import (
    NO_ANSWERS,
    Answers,
    Comparators,
    CompareServerDefault,
    CompareType,
    ask,
)
from autosync.compare import compare
from autosync.deadline import Deadline
from autosync.declared import declare
from autosync.dialects import dialect_for
from autosync.errors import ChangesRefused, OutOfSync
from autosync.escape import escaped
from autosync.events import Listener, ListenerFailed, Planned
from autosync.inclusion import Filters, IncludeName, IncludeObject, Inclusion
from autosync.logs import log
from autosync.lookout import Lookout
from autosync.models import MetaDataLike, collect
from autosync.plan import Plan, Report
from autosync.reading import read_within
from autosync.reflection import Reflection
from autosync.schema import Key, Schema, is_same
from autosync.selection import ALL, Selection
from autosync.snapshot import Snapshot

if TYPE_CHECKING:
    from autosync.apply import Scope
    from autosync.changes import Change
    from autosync.revisions.repository import Place

ALLOWANCES: tuple[str, ...] = ("indexes", "enum-labels", "views", "empty-metadata")
DEADLINE = 60.0
MAX_ROWS_SCANNED = 100_000
"""How many rows a table may have for an addition that reads all of them."""
TRIES = 10
"""How often what was read is read again, because another session has changed it."""


def plan(
    bind: Bind | Snapshot,
    metadata: MetaDataLike,
    *,
    allow: Collection[str] = (),
    include: Collection[str] = (),
    exclude: Collection[str] = (),
    accept: Collection[Acceptance] = (),
    max_rows_scanned: int = MAX_ROWS_SCANNED,
    deadline: float = DEADLINE,
    compare_type: CompareType | None = None,
    compare_server_default: CompareServerDefault | None = None,
    include_object: IncludeObject | None = None,
    include_name: IncludeName | None = None,
    revisions: Place | None = None,
) -> Plan:
    """What :func:`sync` would do. Writes nothing, and needs no right but to read.

    ``bind`` may also be a :class:`~autosync.Snapshot`: then no database is needed. What only a
    server could tell is undecided or refused there, and what depends on the data is said as a
    condition; ``compare_type`` and the like, which are given reflected columns, are not asked, and
    ``include_object`` and ``include_name`` are a :class:`TypeError`.

    It says nothing of the rights that applying takes: a dry run in CI often has another role.
    With ``revisions``, those that are pending come first, and the rest is as of now, before them.
    Takes what :func:`sync` takes, and raises what it raises before it applies anything.
    """
    comparators = Comparators(compare_type, compare_server_default)
    selection = Selection.of(include, exclude)
    filters = Filters(include_object, include_name)
    settings = _Settings(
        _allowances(allow), selection, accept, max_rows_scanned, comparators, filters
    )
    within = Deadline(deadline)
    with comparable(bind) as (connection, own):
        found = _Line(connection, metadata, settings, within, own=own).plan()
    if revisions is None:
        return found
    from autosync.revisions.entries import with_pending

    return with_pending(found, bind, revisions, within)


def check(
    bind: Bind | Snapshot,
    metadata: MetaDataLike,
    *,
    allow: Collection[str] = (),
    include: Collection[str] = (),
    exclude: Collection[str] = (),
    accept: Collection[Acceptance] = (),
    max_rows_scanned: int = MAX_ROWS_SCANNED,
    deadline: float = DEADLINE,
    compare_type: CompareType | None = None,
    compare_server_default: CompareServerDefault | None = None,
    include_object: IncludeObject | None = None,
    include_name: IncludeName | None = None,
    revisions: Place | None = None,
) -> Plan:
    """The :func:`plan`, if the database is in sync; otherwise raises :class:`OutOfSync` with it."""
    found = plan(
        bind,
        metadata,
        allow=allow,
        include=include,
        exclude=exclude,
        accept=accept,
        max_rows_scanned=max_rows_scanned,
        deadline=deadline,
        compare_type=compare_type,
        compare_server_default=compare_server_default,
        include_object=include_object,
        include_name=include_name,
        revisions=revisions,
    )
    if not found.in_sync:
        raise OutOfSync(found)
    return found


def sync(
    bind: Bind,
    metadata: MetaDataLike,
    *,
    on_refused: Literal["warn", "raise"] = "warn",
    allow: Collection[str] = (),
    include: Collection[str] = (),
    exclude: Collection[str] = (),
    accept: Collection[Acceptance] = (),
    max_rows_scanned: int = MAX_ROWS_SCANNED,
    deadline: float = DEADLINE,
    compare_type: CompareType | None = None,
    compare_server_default: CompareServerDefault | None = None,
    include_object: IncludeObject | None = None,
    include_name: IncludeName | None = None,
    revisions: Place | None = None,
    on_event: Listener | None = None,
) -> Report:
    """Make the live database able to run the models: add what is missing, refuse the rest.

    ``bind`` is an ``Engine`` or a ``Connection``. A connection that is handed in keeps its
    transaction: commit it yourself. (MariaDB and MySQL commit at every DDL statement; the report's
    hazards say so.) ``metadata`` is a ``MetaData``, anything with a ``.metadata``, or several.

    ``on_refused="raise"`` applies nothing if anything is refused. ``allow`` names what is added
    only on request: ``"indexes"`` on existing columns, ``"enum-labels"`` of existing enum types,
    the definitions of existing ``"views"``; ``"empty-metadata"`` accepts models without any table.
    ``include`` and ``exclude`` are patterns, each ``table``, ``table.column`` or
    ``schema.table.column``, in which ``*`` stands for anything: of what is not selected nothing is
    done or said, and what needs it is refused. ``accept`` are refusals that count as settled.
    ``max_rows_scanned`` is how many rows a
    table may have for an addition that reads all of them. ``deadline`` is in seconds, for
    everything. ``compare_type`` and ``compare_server_default`` are callables of Alembic's
    signatures, which are asked first: True says that the two sides differ, False that they do not,
    None that autosync is to decide. So are ``include_object`` and ``include_name``: what they say
    False of is left alone, as what is not selected is.

    ``revisions`` is the path of a repository of Alembic or sqlalchemy-migrate. What is pending of
    it is run first, as :func:`autosync.upgrade` does, within the same deadline; if that fails,
    nothing is added. In a new database none is run: it is put at the latest, and made by the
    models.

    ``on_event`` is called with each step as it is taken: the values of :mod:`autosync.events`, from
    :class:`~autosync.events.Planned` to :class:`~autosync.events.Verified`. What it raises ends the
    synchronization there, as if the process were interrupted, and reaches the caller.

    Where something is pending, the rights that it takes are asked first. If one is missing, nothing
    is applied: it is all ``pending`` in the report, and ``missing-right`` is refused.

    Raises :class:`ChangesRefused`, :class:`LockNotAcquired`, :class:`StatementFailed`,
    :class:`ConnectionLost` and :class:`VerificationFailed`, each with a report;
    :class:`EmptyMetaData`, :class:`ConflictingModels`, :class:`InvalidInfo`,
    :class:`InvalidAcceptance`, :class:`ComparisonFailed` and :class:`UnusableConnection`; and lets
    the errors of the driver through that come from connecting and reading.
    """
    if on_refused not in ("warn", "raise"):
        raise ValueError(f'on_refused must be "warn" or "raise", not {on_refused!r}')
    comparators = Comparators(compare_type, compare_server_default)
    selection = Selection.of(include, exclude)
    filters = Filters(include_object, include_name)
    settings = _Settings(
        _allowances(allow), selection, accept, max_rows_scanned, comparators, filters
    )
    within = Deadline(deadline)

    def add() -> Report:
        with connected(bind) as (connection, own):
            line = _Line(connection, metadata, settings, within, own=own, listener=on_event)
            try:
                return line.sync(on_refused)
            except ListenerFailed as failed:
                raise failed.cause from None

    if revisions is None:
        return add()
    from autosync.revisions.entries import after_upgrade

    collect(metadata, allow_empty="empty-metadata" in settings.allow)  # fails before all else
    look = partial(plan, bind, metadata, include=include, exclude=exclude, deadline=deadline)
    return after_upgrade(add, look, bind, revisions, deadline=within, listener=on_event)


class _Settings(NamedTuple):
    """What the caller wants, whatever is done."""

    allow: frozenset[str]
    selection: Selection
    accept: Collection[Acceptance]
    max_rows_scanned: int
    comparators: Comparators
    filters: Filters


class _Sides(NamedTuple):
    """What is compared, and what of it is looked at."""

    live: Schema
    declared: Schema
    selection: Selection


class _Line:
    """The straight line, on one connection."""

    def __init__(
        self,
        connection: Connection,
        metadata: MetaDataLike,
        settings: _Settings,
        deadline: Deadline,
        *,
        own: bool,
        listener: Listener | None = None,
    ) -> None:
        self.settings = settings
        self.models = collect(metadata, allow_empty="empty-metadata" in settings.allow)
        self.connection = connection
        self.dialect = dialect_for(connection)
        self.dialect.check_usable(connection, own=own)
        if settings.filters != Filters() and not self.dialect.answers:
            raise TypeError(
                "include_object and include_name are asked of what a database has, and this is a "
                "snapshot: give include and exclude"
            )
        self.deadline = deadline
        self.own = own
        self.lookout = Lookout(connection, self.dialect, listener)

    def plan(self) -> Plan:
        """A plan of everything, tried again while something is in the way of reading."""
        return read_within(self.deadline, self.lookout, self._catalog(), self._read)

    def _read(self) -> Plan:
        today = datetime.datetime.now(datetime.timezone.utc).date()
        return accepted(self._settled(), self.settings.accept, today)

    def _catalog(self) -> Wanted:
        """What reading needs: the definitions of all tables and views of the models."""
        schema = self.dialect.compiler.schema
        both: list[Any] = [*self.models.tables, *self.models.views]
        keys = [(schema(one.schema), str(one.name)) for one in both]
        return Wanted(dict.fromkeys(keys, "read"))

    def sync(self, on_refused: str) -> Report:
        """Plan, apply, verify."""
        found = self._permitted(self.plan())
        self.lookout.tell(Planned(found))
        if on_refused == "raise" and found.refused:
            raise ChangesRefused(Report.of(found))
        report = self._apply(found) if found.units else Report.of(found)
        for refusal in report.refused:
            said = escaped(f"{refusal.object}: {refusal.reason}")
            log.warning("refused: %s (%s)", said, refusal.code)
        return report

    def _permitted(self, found: Plan) -> Plan:
        """The plan; or where a right is missing for it, one that does nothing and says which."""
        if not found.units:
            return found
        from autosync.rights import permitted

        patience = next(self.deadline.tries())
        return permitted(self.connection, self.dialect, found, patience, own=self.own)

    def _apply(self, found: Plan) -> Report:
        from autosync.apply import apply

        if self.dialect.commits_ddl and not self.own:
            log.warning("this database commits the open transaction with every DDL statement")
        return apply(
            self.connection,
            self.dialect,
            found,
            self._replan,
            deadline=self.deadline,
            lookout=self.lookout,
            own=self.own,
        )

    def _replan(self, scope: Scope | None) -> Plan:
        return self.plan() if scope is None else self._look(*self._both(scope.keys), scope)

    def _settled(self) -> Plan:
        """A plan of everything that refuses nothing because of what has changed in between.

        The catalog is read in several queries, and the server is asked after that: what another
        session commits between two of them, another process's synchronization above all, can look
        like more than an addition. So what is refused is read once more, until it stays the same.
        """
        for _ in range(TRIES):
            live, declared = self._both(None)
            found = self._look(live, declared)
            doubted = {v.change.key for v in found.verdicts if v.is_refused or v.is_undecided}
            if not doubted or self._is_still(live, doubted):
                break
            log.debug("reading again: another session has changed what was read")
        return found

    def _is_still(self, live: Schema, keys: Set[Key]) -> bool:
        """Whether these objects, and the tables that they point at, are as they were read."""
        again, _ = self._both(frozenset(keys))
        return is_same(live, again, keys | again.tables.keys())

    def _look(self, live: Schema, declared: Schema, scope: Scope | None = None) -> Plan:
        """Compare, judge and arrange: everything, or what concerns one unit."""
        keys = None if scope is None else scope.keys
        sides = _Sides(live, declared, self._selection(live, declared))
        selection, schema = sides.selection, live.default_schema
        answers = NO_ANSWERS
        if keys is None and self.dialect.answers:
            answers = ask(self.settings.comparators, self.connection, self.dialect, live, declared)
        changes = answers.applied(compare(live, declared, self.dialect))
        if selection != ALL:
            # what others may need is kept, and judged: it will not be there
            changes = [c for c in changes if c.difference == MISSING or selection.has(c, schema)]
        if keys is not None:
            kept = keys | set(declared.enums) | set(declared.sequences)
            changes = [change for change in changes if change.key in kept]
        if not changes:
            return Plan(self.dialect.name)
        return self._judge(changes, sides, answers, scope)

    def _selection(self, live: Schema, declared: Schema) -> Selection:
        """What is looked at, also by the callables, which are given both sides."""
        if self.settings.filters == Filters():
            return self.settings.selection
        reflection = Reflection(self.connection)
        inclusion = Inclusion(self.settings.filters, reflection, live, declared)
        return self.settings.selection._replace(wanted=inclusion.has)

    def _judge(
        self,
        changes: list[Change],
        sides: _Sides,
        answers: Answers,
        scope: Scope | None,
    ) -> Plan:
        """Settle what is in doubt, judge and arrange; most starts never come here."""
        from autosync.arrange import arrange
        from autosync.facts import Facts
        from autosync.hints import check_hints
        from autosync.rules import judge
        from autosync.settle import settle

        if scope is None:
            check_hints(self.models.tables)
        live, declared, selection = sides
        # the server is asked of whole tables, also of what the users have answered
        changes = answers.applied(settle(self.connection, self.dialect, live, declared, changes))
        facts = Facts(
            self.connection,
            self.dialect,
            live,
            declared,
            allow=self.settings.allow,
            max_rows_scanned=self.settings.max_rows_scanned,
            joined=not self.own,
            created=frozenset() if scope is None else scope.created,
            late=None if scope is None else scope.late,
            selection=selection,
        )
        return arrange(judge(changes, facts), facts)

    def _both(self, keys: frozenset[Key] | None) -> tuple[Schema, Schema]:
        """Live and declared. With ``keys``, only those tables and the ones they point at."""
        schema = self.dialect.compiler.schema
        tables = self.models.tables
        if keys is not None:
            own = [table for table in tables if _is_among(table, schema(table.schema), keys)]
            parents = {fk.column.table for table in own for fk in table.foreign_keys}
            tables = tuple(table for table in tables if table in own or table in parents)
        # what the models point at may be in nobody's MetaData but its own
        targets = {key.column.table for table in tables for key in table.foreign_keys}
        wanted: set[Any] = {*tables, *targets, *self.models.views, *self.models.sequences}
        live = self.dialect.read(
            self.connection, {(schema(item.schema), str(item.name)) for item in wanted}
        )
        declared = declare(self.models._replace(tables=tables), self.dialect, live.locate)
        return self._with_definitions(live, declared, keys), declared

    def _with_definitions(
        self, live: Schema, declared: Schema, keys: frozenset[Key] | None
    ) -> Schema:
        """``live`` with the definitions of the views that the models declare; of a unit, of its."""
        there = [
            key
            for key, view in declared.views.items()
            if key in live.tables and live.tables[key].kind == view.kind
        ]
        wanted = there if keys is None else [key for key in there if key in keys]
        return self.dialect.with_definitions(self.connection, live, wanted) if wanted else live


def _is_among(table: sa.Table, schema: str | None, keys: frozenset[Key]) -> bool:
    return (schema, table.name) in keys or (None, table.name) in keys


def _allowances(allow: Collection[str]) -> frozenset[str]:
    allowed = frozenset([allow] if isinstance(allow, str) else allow)
    unknown = sorted(allowed - set(ALLOWANCES))
    if unknown:
        raise ValueError(f"allow knows {', '.join(ALLOWANCES)}, but not {', '.join(unknown)}")
    return allowed
