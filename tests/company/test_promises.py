"""The promises of a plan, on databases and changes that nobody has thought of.

`make fuzz` sets AUTOSYNC_EXAMPLES to try many, and other ones each time; a test run tries the same
few.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, note
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from sqlalchemy.sql import quoted_name

import autosync
from tests.company.edits import edited, with_its_needs
from tests.company.strategies import Situation, rows, situations
from tests.corpus.catalog import catalog
from tests.corpus.runner import contents
from tests.drift.blueprint import metadata
from tests.drift.case import ALL
from tests.drift.conftest import Ground
from tests.many import as_many

AS_MANY = as_many(10)
DATABASES = pytest.mark.parametrize("name", ALL)
pytestmark = [  # of SQLAlchemy: what SQLite keeps numbers in, and what the Inspector cannot read
    pytest.mark.filterwarnings("ignore:Dialect sqlite:sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore:WARNING. SQL-parsed:sqlalchemy.exc.SAWarning"),
]
Said = tuple[Any, ...]


@contextmanager
def staged(ground: Ground, name: str, situation: Situation) -> Iterator[Engine]:
    """A database as the situation has it."""
    with ground(name) as engine:
        live = metadata(situation.live)
        live.create_all(engine)
        with engine.begin() as connection:
            for table, values in rows(situation):
                connection.execute(insert(live.tables[table]), values)
            for edit in situation.edits:
                for statement in edit.sql:
                    connection.exec_driver_sql(statement)
        yield engine


def insert(table: sa.Table) -> sa.sql.Insert:
    """An INSERT that quotes the table's name, which SQLAlchemy does not do with every word."""
    columns = [sa.column(quoted_name(c.name, quote=True), c.type) for c in table.columns]
    return sa.insert(sa.table(quoted_name(table.name, quote=True), *columns))


def said(plan: autosync.Plan | autosync.Report) -> set[Said]:
    """All that a plan says of what it will not do."""
    return {
        *(("refused", e.identity, e.code, e.reason) for e in plan.refused),
        *(("undecided", e.identity, e.reason) for e in plan.undecided),
        *(("note", e.identity, e.code) for e in plan.notes),
    }


def promised(plan: autosync.Plan) -> set[Said]:
    """All that it will do."""
    return {("pending", entry.identity) for entry in plan.pending}


@DATABASES
@AS_MANY
@given(data=st.data())
def test_each_is_judged_as_if_it_were_alone(name: str, data: st.DataObject, ground: Ground) -> None:
    """Independent: what a plan says of many changes is what it says of each of them."""
    situation = data.draw(situations(name))
    with staged(ground, name, situation) as engine:

        def plan(edits: Any) -> set[Said]:
            found = autosync.plan(
                engine, metadata(edited(situation.live, edits)), **situation.options
            )
            return said(found) | promised(found)

        unedited = plan(())
        alone = {edit: plan(with_its_needs(edit, situation.edits)) for edit in situation.edits}
        together = plan(situation.edits)
    note(f"alone: {alone}")
    assert together == unedited.union(*alone.values())


@DATABASES
@AS_MANY
@given(data=st.data())
def test_what_is_promised_is_done(name: str, data: st.DataObject, ground: Ground) -> None:
    """Feasible, stable, forward: all of it is applied, and nothing is said otherwise after it."""
    situation = data.draw(situations(name))
    models = metadata(edited(situation.live, situation.edits))
    with staged(ground, name, situation) as engine:
        before = contents(metadata(situation.live), engine)
        plan = autosync.plan(engine, models, **situation.options)
        report = autosync.sync(engine, models, **situation.options)

        assert report.statements == plan.statements
        assert {e.identity for e in report.applied} == {e.identity for e in plan.pending}
        assert said(report) == said(plan)
        again = autosync.plan(engine, models, **situation.options)
        assert (promised(again), said(again)) == (set(), said(plan))
        assert contents(metadata(situation.live), engine) == before


class Death(Exception):
    """The end of a process."""


def die_before(engine: Engine, statement: str) -> None:
    """End the first synchronization that comes to a statement."""
    due = [statement]

    def listen(*arguments: Any) -> None:
        if due and arguments[2] == due[0]:
            due.clear()
            raise Death

    sa.event.listen(engine, "before_cursor_execute", listen)


@DATABASES
@AS_MANY
@given(data=st.data())
def test_a_death_changes_no_verdict(name: str, data: st.DataObject, ground: Ground) -> None:
    """Stable, forward: whatever half of a plan was applied, the rest is judged as before."""
    situation = data.draw(situations(name))
    models = metadata(edited(situation.live, situation.edits))
    with staged(ground, name, situation) as engine:
        plan = autosync.sync(engine, models, **situation.options)
        whole = catalog(engine)
    if not plan.statements:
        return
    last = data.draw(st.sampled_from(plan.statements))
    with staged(ground, name, situation) as engine:
        die_before(engine, last)
        with pytest.raises(Death):
            autosync.sync(engine, models, **situation.options)
        note(f"died before {last}")

        rest = autosync.plan(engine, models, **situation.options)
        assert said(rest) == said(plan)
        assert promised(rest) <= {("pending", entry.identity) for entry in plan.applied}
        autosync.sync(engine, models, **situation.options)
        assert catalog(engine) == whole
