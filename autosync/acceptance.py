"""Refusals that somebody has accepted, with a reason, and until a day."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from autosync.digest import DIGITS
from autosync.errors import InvalidAcceptance
from autosync.plan import Accepted, Note, Plan, Refusal

_FINGERPRINT = re.compile(rf"[0-9a-f]{{{DIGITS}}}")

_Found = Mapping[tuple[str, str], Sequence[Refusal]]
"""What is refused, by code and object, which several may share: names may have dots in them."""


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

    An acceptance that is over, or about something that has changed or is gone, is a note. Raises
    :class:`~autosync.errors.InvalidAcceptance` for an invalid fingerprint.
    """
    if not acceptances:
        return plan
    found = _by_name(plan.refused)
    _check(acceptances, found)
    held = {_mark(one): one for one in acceptances if not _is_over(one, today)}
    return replace(
        plan,
        refused=tuple(one for one in plan.refused if _mark(one) not in held),
        accepted=tuple(
            Accepted.of(one, by.reason, by.until)
            for one in plan.refused
            for by in [held.get(_mark(one))]
            if by is not None
        ),
        notes=(*plan.notes, *_remarks(acceptances, found, today)),
    )


def _mark(one: Acceptance | Refusal) -> tuple[str, str, str]:
    return one.code, one.object, one.fingerprint


def _by_name(refused: Iterable[Refusal]) -> _Found:
    found: dict[tuple[str, str], list[Refusal]] = {}
    for one in refused:
        found.setdefault((one.code, one.object), []).append(one)
    return found


def _is_over(one: Acceptance, today: datetime.date) -> bool:
    return one.until is not None and one.until < today


# --- invalid fingerprints -------------------------------------------------------------------------


def _check(acceptances: Iterable[Acceptance], found: _Found) -> None:
    """Raise for those of older versions, too, which were short enough to be forged."""
    wrong = [one for one in acceptances if not _FINGERPRINT.fullmatch(one.fingerprint)]
    if wrong:
        raise InvalidAcceptance("\n".join(_advice(one, found) for one in wrong))


def _advice(one: Acceptance, found: _Found) -> str:
    said = (
        f"the acceptance of {one.code} for {one.object} has the fingerprint {one.fingerprint!r}, "
        f"which is invalid: it takes {DIGITS} hexadecimal digits, since shorter ones can be forged"
    )
    now = _fingerprints(found.get((one.code, one.object), ()))
    if not now:
        return f"{said}; this is no longer refused, so remove the acceptance"
    return f"{said}; check what is refused now, and if you still accept it, write {now}"


def _fingerprints(refused: Iterable[Refusal]) -> str:
    return " or ".join(f'fingerprint = "{one.fingerprint}"' for one in refused)


# --- acceptances that do not hold -----------------------------------------------------------------


def _remarks(
    acceptances: Iterable[Acceptance], found: _Found, today: datetime.date
) -> Iterator[Note]:
    for one in acceptances:
        reason = _objection(one, found.get((one.code, one.object), ()), today)
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


def _objection(one: Acceptance, refused: Sequence[Refusal], today: datetime.date) -> str | None:
    """Why an acceptance does not hold, None if it does."""
    if not refused:
        return f"{one.code} was accepted for it, but is not refused any more: take that out"
    if _is_over(one, today):
        return f"{one.code} was accepted for it until {one.until}, which is over"
    now = [refusal.fingerprint for refusal in refused]
    if one.fingerprint not in now:
        return (
            f"{one.code} was accepted for it as {one.fingerprint}, but is {' or '.join(now)} by now"
        )
    return None
