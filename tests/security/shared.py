"""Models of a table that others may write into, and how to tell that nothing of theirs ran."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, Table
from sqlalchemy_utils import create_view

import autosync
from tests.security.tenants import Tenant


def models(*more: Any, view: str = "", **options: Any) -> MetaData:
    """A table ``t`` with more columns or constraints, and a view ``v`` if there is a query."""
    made = MetaData()
    number = Column("a", Integer)
    Table("t", made, Column("id", Integer, primary_key=True), number, *more, **options)
    if view:
        columns = (sa.column("id", Integer), sa.column("a", Integer))
        create_view("v", sa.text(view).columns(*columns), made)
    return made


def nothing_runs(others: Tenant, wanted: Callable[[], MetaData], **options: Any) -> autosync.Plan:
    """The plan, when also check(), snapshot() and sync() have left no trace of the tenant's."""
    engine = others.database.engine
    others.forget()
    plan = autosync.plan(engine, wanted(), **options)
    assert not others.ran(), "plan() has run what others have written"
    with suppress(autosync.OutOfSync):
        autosync.check(engine, wanted(), **options)
    autosync.snapshot(engine, rows=True)
    assert not others.ran(), "check() or snapshot() has"
    report = autosync.sync(engine, wanted(), **options)
    assert not others.ran(), "sync() has"
    assert report.refused == plan.refused
    return plan


def why(plan: autosync.Plan) -> dict[str, str]:
    """What is refused or undecided, and the reason."""
    return {entry.title: entry.reason for entry in (*plan.refused, *plan.undecided)}
