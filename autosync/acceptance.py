"""Refusals that somebody has accepted, with a reason, and until a day."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from autosync.plan import Accepted, Note, Plan, Refusal


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A refusal that is to count as settled: by its ``code`` and the printable name of its object.

    It holds for just what is refused today, of which ``Refusal.fingerprint`` is the mark, and until
    the end of the day ``until`` in UTC (None: for ever). ``reason`` says to others why.
    """

    code: str
    object: str
    fingerprint: str
    reason: str
    until: datetime.date | None = None


def accepted(plan: Plan, acceptances: Collection[Acceptance], today: datetime.date) -> Plan:
    """The plan with what is accepted apart from what is refused.

    An acceptance that is over, or about something that has changed or is gone, is a note.
    """
    if not acceptances:
        return plan
    found = {(one.code, one.object): one for one in plan.refused}
    held = dict(_held(acceptances, found, today))
    return replace(
        plan,
        refused=tuple(one for one in plan.refused if (one.code, one.object) not in held),
        accepted=tuple(
            Accepted.of(one, held[one.code, one.object].reason, held[one.code, one.object].until)
            for one in plan.refused
            if (one.code, one.object) in held
        ),
        notes=(*plan.notes, *_remarks(acceptances, found, today)),
    )


def _held(
    acceptances: Iterable[Acceptance], found: dict[tuple[str, str], Refusal], today: datetime.date
) -> Iterator[tuple[tuple[str, str], Acceptance]]:
    for one in acceptances:
        refusal = found.get((one.code, one.object))
        if refusal is not None and _objection(one, refusal, today) is None:
            yield (one.code, one.object), one


def _remarks(
    acceptances: Iterable[Acceptance], found: dict[tuple[str, str], Refusal], today: datetime.date
) -> Iterator[Note]:
    for one in acceptances:
        reason = _objection(one, found.get((one.code, one.object)), today)
        if reason is not None:
            yield Note(
                kind="database",
                difference="acceptance",
                schema=None,
                table=None,
                name=one.code,
                columns=(),
                object=one.object,
                code="acceptance-over",
                reason=reason,
            )


def _objection(one: Acceptance, refusal: Refusal | None, today: datetime.date) -> str | None:
    """Why an acceptance does not hold, None if it does."""
    if refusal is None:
        return f"{one.code} was accepted for it, but is not refused any more: take that out"
    if one.until is not None and one.until < today:
        return f"{one.code} was accepted for it until {one.until}, which is over"
    now = refusal.fingerprint
    if one.fingerprint != now:
        return f"{one.code} was accepted for it as {one.fingerprint}, but is {now} by now"
    return None
