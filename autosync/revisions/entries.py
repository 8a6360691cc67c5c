"""Revisions as entries of a plan and a report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from autosync.changes import MISSING
from autosync.plan import Addition, Plan, Report
from autosync.revisions.report import Revision, UpgradeReport

AS_OF_NOW = "what else is said here is as of now: it may differ when the revisions have run"


def additions(report: UpgradeReport) -> tuple[Addition, ...]:
    """What is still to be run, as what is pending."""
    return tuple(_entries(report.pending, AS_OF_NOW))


def planned(plan: Plan, report: UpgradeReport, bookkeeping: str) -> Plan:
    """A plan that has the pending revisions before all else."""
    notes = tuple(n for n in plan.notes if not (n.kind == "table" and n.table == bookkeeping))
    return replace(plan, pending=(*additions(report), *plan.pending), notes=notes)


def reported(report: Report, upgraded: UpgradeReport) -> Report:
    """The report of a synchronization that has run these revisions first."""
    ran = tuple(_entries(upgraded.revisions))
    return replace(report, applied=(*ran, *report.applied), upgrade=upgraded)


def _entries(revisions: Iterable[Revision], hazard: str | None = None) -> Iterable[Addition]:
    for one in revisions:
        took = None if one.seconds is None else f"took {one.seconds:.1f} s"
        said = hazard if took is None else took
        yield Addition(
            kind="revision",
            difference=MISSING,
            schema=None,
            table=None,
            name=one.id,
            columns=(),
            object=str(one),
            hazards=() if said is None else (said,),
        )
        hazard = None
