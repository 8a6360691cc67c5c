"""What can go wrong on the command line: one line that says what to do, without a password."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from autosync.credentials import Secrets, kept, masked, unquoted
from autosync.dialects.connecting import advice
from autosync.errors import (
    ApplyError,
    AutosyncError,
    ChangesRefused,
    InvalidAcceptance,
    NotUnderVersionControl,
    StatementFailed,
    WaitTimedOut,
)
from autosync.escape import escaped_lines, one_line
from autosync.logs import others_masked
from autosync.plan import Findings, Report

FAILED, USAGE, PENDING, REFUSED, INTERRUPTED = 1, 2, 3, 4, 130

TRACEBACK = "AUTOSYNC_TRACEBACK"
"""The environment variable that shows where in the code a failure came from."""

_BACKGROUND = re.compile(r"\(Background on this error at: \S+\)")


class Failure(Exception):
    """It could not be done. The text is one line; ``report`` tells what was done before."""

    def __init__(
        self, message: str, *, status: int = FAILED, report: Findings | None = None
    ) -> None:
        super().__init__(one_line(masked(message)))
        self.status = status
        self.report = report


def complaint(error: BaseException) -> str:
    """What an error says, without SQLAlchemy's additions."""
    original = error.orig if isinstance(error, DBAPIError) and error.orig else error
    said = _BACKGROUND.sub("", unquoted(original))
    return " ".join(said.split()).rstrip(".") or type(error).__name__


def with_advice(text: str, remedy: str | None = None) -> str:
    """``text``, and what to do about it if that is known."""
    remedy = advice(text) if remedy is None else remedy
    return f"{text}; {remedy}" if remedy else text


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A suggestion to append to a message, empty if no known name is near."""
    near = get_close_matches(name, sorted(set(known)), n=3, cutoff=0.7)
    return f"; did you mean {' or '.join(near)}?" if near else ""


@contextmanager
def told(secrets: Secrets) -> Iterator[None]:
    """Turn whatever goes wrong inside the block into a :class:`Failure`.

    That comes of nothing: what it was made of may repeat a secret, and whoever collects errors
    follows ``__cause__`` and ``__context__``.
    """
    with kept(secrets), others_masked(lambda text: masked(secrets.mask(text))):
        try:
            yield
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  whatever it is, it is told
            failure = as_failure(error)
            try:
                raise failure from None
            finally:
                failure.__context__ = None


def as_failure(error: BaseException) -> Failure:
    """An error as a :class:`Failure`; its traceback is shown on request."""
    if os.environ.get(TRACEBACK):
        print(escaped_lines(_trace(error)), file=sys.stderr)  # noqa: T201
    make = next(make for kind, make in _MAKERS if isinstance(error, kind))
    failure = make(error)
    # once more: more may be known to be a secret than when it was made
    return Failure(str(failure), status=failure.status, report=failure.report)


def _trace(error: BaseException) -> str:
    """The traceback of an error and of those that led to it."""
    text = "".join(traceback.format_exception(error))
    for one in _led_to(error):
        if str(one):
            text = text.replace(str(one), unquoted(one))
    return masked(text)


def _led_to(error: BaseException) -> Iterable[BaseException]:
    """The error itself, and all that is behind it."""
    found = [error]
    for one in found:
        behind = [one.__cause__, one.__context__]
        found += [other for other in behind if other is not None and other not in found]
    return found


def _interrupted(error: KeyboardInterrupt) -> Failure:
    return Failure(
        "interrupted: what was not committed is rolled back; the next run starts from what is "
        "there",
        status=INTERRUPTED,
    )


def _refused(error: ChangesRefused) -> Failure:
    return Failure(
        "nothing was applied, since something is refused; --on-refused warn applies the rest",
        status=REFUSED,
        report=error.report,
    )


def _rejected(error: StatementFailed) -> Failure:
    said = with_advice(complaint(error.__cause__ or error))
    return Failure(
        f"the database rejected a statement: {said}; the statement: {error.statement}",
        report=_telling(error.report),
    )


def _stopped(error: ApplyError) -> Failure:
    return Failure(str(error), report=_telling(error.report))


def _waited(error: WaitTimedOut) -> Failure:
    found = error.plan
    if any(entry.severity == "breaks" for entry in found.refused):
        return Failure(str(error), status=REFUSED, report=found)
    if found.pending:
        return Failure(str(error), status=PENDING, report=found)
    return Failure(with_advice(str(error)))


def _unexpected(error: BaseException) -> Failure:
    return Failure(
        f"unexpected {type(error).__name__}: {complaint(error)}; please report this, with what "
        f"{TRACEBACK}=1 in the environment shows"
    )


def _telling(report: Report) -> Report | None:
    """The report, if the work had got so far that there is something in it."""
    return report if report.applied or not report.in_sync else None


_MAKERS: tuple[tuple[type[BaseException], Callable[[Any], Failure]], ...] = (
    (Failure, lambda failure: failure),
    (KeyboardInterrupt, _interrupted),
    (ChangesRefused, _refused),
    (StatementFailed, _rejected),
    (ApplyError, _stopped),
    (WaitTimedOut, _waited),
    (InvalidAcceptance, lambda error: Failure(str(error), status=USAGE)),
    (NotUnderVersionControl, lambda error: Failure(str(error), status=REFUSED)),
    (DBAPIError, lambda error: Failure(with_advice(f"the database says: {complaint(error)}"))),
    (AutosyncError, lambda error: Failure(str(error))),
    (SQLAlchemyError, lambda error: Failure(f"SQLAlchemy says: {complaint(error)}")),
    (BaseException, _unexpected),
)
"""What makes a Failure of an error: the first whose type fits."""
