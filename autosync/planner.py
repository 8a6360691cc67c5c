"""Read, compare, judge, arrange: a plan of what the models need and the database lacks."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Set
from typing import TYPE_CHECKING, Any, NamedTuple

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
from autosync.schema import Key, Schema, is_same, updated
from autosync.selection import ALL, Selection

if TYPE_CHECKING:
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
        self._judged: Sides | None = None

    def plan(self) -> Plan:
        """A plan of everything, tried again while something is in the way of reading."""
        return read_within(self.deadline, self.lookout, self._catalog(), self._read)

    def is_still(self, keys: Set[Key]) -> bool:
        """Whether these objects, and all types and sequences, are as they were when the last plan
        was made, or when :meth:`renew` was told.
        """
        keys = self._with_types(keys)
        return is_same(self._sides.live, self._reread(keys), keys)

    def renew(self, keys: Set[Key]) -> None:
        """Take these objects as they are now: what has changed in them is our own work."""
        keys = self._with_types(keys)
        live = updated(self._sides.live, self._reread(keys), keys)
        self._judged = self._sides._replace(live=live)

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

    @property
    def _sides(self) -> Sides:
        assert self._judged is not None, "there is no plan yet"
        return self._judged

    def _with_types(self, keys: Set[Key]) -> frozenset[Key]:
        declared = self._sides.declared
        return frozenset(keys) | declared.enums.keys() | declared.sequences.keys()

    def _reread(self, keys: Set[Key]) -> Schema:
        live = self.dialect.read(self.connection, keys)
        return self._with_definitions(live, self._sides.declared, keys)

    def _settled(self) -> Plan:
        """A plan of everything that refuses nothing because of what has changed in between.

        The catalog is read in several queries, and the server is asked after that: what another
        session commits between two of them, another process's synchronization above all, can look
        like more than an addition. So what is refused is read once more, until it stays the same.
        """
        for _ in range(TRIES):
            live, declared = self._both()
            found = self._look(live, declared)
            doubted = {v.change.key for v in found.verdicts if v.is_refused or v.is_undecided}
            if not doubted or self._is_still(live, doubted):
                break
            log.debug("reading again: another session has changed what was read")
        return found

    def _is_still(self, live: Schema, keys: Set[Key]) -> bool:
        """Whether these objects, and the tables that they point at, are as they were read."""
        tables = self._sides.declared.tables
        targets = {one.target for key in keys if key in tables for one in tables[key].foreign_keys}
        again = self._reread(keys | targets)
        return is_same(live, again, keys | again.tables.keys())

    def _look(self, live: Schema, declared: Schema) -> Plan:
        """Compare, judge and arrange."""
        self._judged = sides = Sides(live, declared, self._selection(live, declared))
        selection, schema = sides.selection, live.default_schema
        answers = NO_ANSWERS
        if self.dialect.answers:
            answers = ask(self.settings.comparators, self.connection, self.dialect, live, declared)
        changes = answers.applied(compare(live, declared, self.dialect))
        if selection != ALL:
            # what others may need is kept, and judged: it will not be there
            changes = [c for c in changes if c.difference == MISSING or selection.has(c, schema)]
        if not changes:
            return Plan(self.dialect.name)
        return self._judge(changes, sides, answers)

    def _selection(self, live: Schema, declared: Schema) -> Selection:
        """What is looked at, also by the callables, which are given both sides."""
        if self.settings.filters == Filters():
            return self.settings.selection
        reflection = Reflection(self.connection, self.dialect)
        inclusion = Inclusion(self.settings.filters, reflection, live, declared)
        return self.settings.selection._replace(wanted=inclusion.has)

    def _judge(self, changes: list[Change], sides: Sides, answers: Answers) -> Plan:
        """Settle what is in doubt, judge and arrange; most starts never come here."""
        from autosync.arrange import arrange
        from autosync.facts import Facts
        from autosync.hints import check_hints
        from autosync.rules import judge
        from autosync.settle import settle

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
            selection=selection,
        )
        return arrange(judge(changes, facts), facts)

    def _both(self) -> tuple[Schema, Schema]:
        """Live and declared."""
        schema = self.dialect.compiler.schema
        tables = self.models.tables
        # what the models point at may be in nobody's MetaData but its own
        targets = {key.column.table for table in tables for key in table.foreign_keys}
        wanted: set[Any] = {*tables, *targets, *self.models.views, *self.models.sequences}
        live = self.dialect.read(
            self.connection, {(schema(item.schema), str(item.name)) for item in wanted}
        )
        declared = declare(self.models, self.dialect, live.locate)
        return self._with_definitions(live, declared, None), declared

    def _with_definitions(self, live: Schema, declared: Schema, keys: Set[Key] | None) -> Schema:
        """``live`` with the definitions of the views that the models declare, of these or all."""
        there = [
            key
            for key, view in declared.views.items()
            if key in live.tables and live.tables[key].kind == view.kind
        ]
        wanted = there if keys is None else [key for key in there if key in keys]
        return self.dialect.with_definitions(self.connection, live, wanted) if wanted else live
