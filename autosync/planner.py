"""Read, compare, judge, arrange: a plan of what the models need and the database lacks."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Set
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from autosync.acceptance import Acceptance, accepted
from autosync.blockers import Wanted
from autosync.changes import MISSING
from autosync.comparators import NO_ANSWERS, Answers, Comparators, ask
from autosync.compare import compare
from autosync.deadline import Deadline
from autosync.declared import declare
from autosync.dialects import dialect_for
from autosync.events import Listener
from autosync.inclusion import Filters, Inclusion
from autosync.logs import log
from autosync.lookout import Lookout
from autosync.models import MetaDataLike, collect
from autosync.plan import Plan
from autosync.reading import read_within
from autosync.reflection import Reflection
from autosync.rights import Untrusted, check_trusted
from autosync.schema import Key, Schema, is_same
from autosync.selection import ALL, Selection

if TYPE_CHECKING:
    from autosync.apply import Scope
    from autosync.changes import Change

TRIES = 10
"""How often what was read is read again, because another session has changed it."""


class Settings(NamedTuple):
    """What the caller wants, whatever is done."""

    allow: frozenset[str]
    selection: Selection
    accept: Collection[Acceptance]
    max_rows_scanned: int
    comparators: Comparators
    filters: Filters


class Sides(NamedTuple):
    """What is compared, and what of it is looked at."""

    live: Schema
    declared: Schema
    selection: Selection


class Planner:
    """Reads, compares and judges, on one connection. Raises what :func:`autosync.plan` does."""

    def __init__(
        self,
        connection: Connection,
        metadata: MetaDataLike,
        settings: Settings,
        deadline: Deadline,
        *,
        own: bool,
        listener: Listener | None = None,
        lock_key: str | None = None,
    ) -> None:
        self.settings = settings
        self.models = collect(metadata, allow_empty="empty-metadata" in settings.allow)
        self.connection = connection
        self.dialect = dialect_for(connection, lock_key)
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
        try:
            found = self._settled()
        except Untrusted as error:
            found = error.plan
        return accepted(found, self.settings.accept, today)

    def _catalog(self) -> Wanted:
        """What reading needs: the definitions of all tables and views of the models."""
        schema = self.dialect.compiler.schema
        both: list[Any] = [*self.models.tables, *self.models.views]
        keys = [(schema(one.schema), str(one.name)) for one in both]
        return Wanted(dict.fromkeys(keys, "read"))

    def replan(self, scope: Scope | None) -> Plan:
        """The plan of one unit, under its lock; of everything where there is no ``scope``."""
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
        sides = Sides(live, declared, self._selection(live, declared))
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
        reflection = Reflection(self.connection, self.dialect)
        inclusion = Inclusion(self.settings.filters, reflection, live, declared)
        return self.settings.selection._replace(wanted=inclusion.has)

    def _judge(
        self,
        changes: list[Change],
        sides: Sides,
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
            check_trusted(self.connection, self.dialect)
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
