"""plan(), sync() and check(): the straight line.

read catalog -> compare -> judge -> plan -> apply -> verify -> report
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING, Literal

from autosync.acceptance import Acceptance
from autosync.binds import Bind, comparable, connected
from autosync.comparators import Comparators, CompareServerDefault, CompareType
from autosync.deadline import Deadline
from autosync.errors import ChangesRefused, OutOfSync
from autosync.escape import escaped
from autosync.events import Listener, ListenerFailed, Planned
from autosync.inclusion import Filters, IncludeName, IncludeObject
from autosync.logs import log
from autosync.models import MetaDataLike, collect
from autosync.plan import Plan, Report
from autosync.planner import Planner, Settings
from autosync.selection import Selection
from autosync.snapshot import Snapshot

if TYPE_CHECKING:
    from autosync.revisions.repository import Place

ALLOWANCES: tuple[str, ...] = ("indexes", "enum-labels", "views", "empty-metadata")
DEADLINE = 60.0
MAX_ROWS_SCANNED = 100_000
"""How many rows a table may have for an addition that reads all of them."""


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
    settings = Settings(
        _allowances(allow), selection, accept, max_rows_scanned, comparators, filters
    )
    within = Deadline(deadline)
    with comparable(bind) as (connection, own):
        found = Planner(connection, metadata, settings, within, own=own).plan()
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
    lock_key: str | None = None,
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

    ``lock_key`` is a secret, from which the name of the lock between synchronizers is made: without
    it, any login of the server can take that lock and hold all of them up. All that synchronize a
    database have to give the same one, or do not wait for each other. SQLite locks the file.

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
    settings = Settings(
        _allowances(allow), selection, accept, max_rows_scanned, comparators, filters
    )
    within = Deadline(deadline)

    def add() -> Report:
        with connected(bind) as (connection, own):
            planner = Planner(
                connection,
                metadata,
                settings,
                within,
                own=own,
                listener=on_event,
                lock_key=lock_key,
            )
            try:
                return _synchronize(planner, on_refused)
            except ListenerFailed as failed:
                raise failed.cause from None

    if revisions is None:
        return add()
    from autosync.revisions.entries import after_upgrade

    collect(metadata, allow_empty="empty-metadata" in settings.allow)  # fails before all else
    look = partial(plan, bind, metadata, include=include, exclude=exclude, deadline=deadline)
    return after_upgrade(
        add, look, bind, revisions, deadline=within, listener=on_event, lock_key=lock_key
    )


def _synchronize(planner: Planner, on_refused: str) -> Report:
    """Plan, apply, verify."""
    found = _permitted(planner, planner.plan())
    planner.lookout.tell(Planned(found))
    strict = on_refused == "raise"
    if strict and found.refused:
        raise ChangesRefused(Report.of(found))
    report = _apply(planner, found, strict=strict) if found.units else Report.of(found)
    for refusal in report.refused:
        said = escaped(f"{refusal.object}: {refusal.reason}")
        log.warning("refused: %s (%s)", said, refusal.code)
    return report


def _permitted(planner: Planner, found: Plan) -> Plan:
    """The plan; or where a right is missing for it, one that does nothing and says which."""
    if not found.units:
        return found
    from autosync.rights import permitted

    patience = next(planner.deadline.tries())
    return permitted(planner.connection, planner.dialect, found, patience, own=planner.own)


def _apply(planner: Planner, found: Plan, *, strict: bool) -> Report:
    from autosync.apply import apply

    if planner.dialect.commits_ddl and not planner.own:
        log.warning("this database commits the open transaction with every DDL statement")
    return apply(
        planner.connection,
        planner.dialect,
        found,
        planner,
        deadline=planner.deadline,
        lookout=planner.lookout,
        own=planner.own,
        strict=strict,
    )


def _allowances(allow: Collection[str]) -> frozenset[str]:
    allowed = frozenset([allow] if isinstance(allow, str) else allow)
    unknown = sorted(allowed - set(ALLOWANCES))
    if unknown:
        raise ValueError(f"allow knows {', '.join(ALLOWANCES)}, but not {', '.join(unknown)}")
    return allowed
