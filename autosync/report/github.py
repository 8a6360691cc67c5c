"""The report as GitHub's workflow commands: an annotation for each entry, at its line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from autosync.escape import escaped_lines, one_line
from autosync.plan import Entry, Findings, Severity

Level = Literal["error", "warning", "notice"]

LEVELS: dict[Severity, Level] = {"breaks": "error", "differs": "warning"}


def render(findings: Findings) -> str:
    """One line for each entry that is not settled, the worst first; nothing if all is in sync.

    GitHub shows ten annotations of each level for a step. Notes and what somebody has accepted
    would only use them up, and are left out.
    """
    return "\n".join(_annotations(findings))


def _annotations(findings: Findings) -> Iterator[str]:
    for failure in findings.failed:
        title = f"{failure.title} could not be added"
        yield _annotation("error", failure, title, one_line(failure.error), failure.sql)
    for refusal in findings.refused:
        title = f"{refusal.title} is refused ({refusal.code})"
        yield _annotation(
            LEVELS[refusal.severity],
            refusal,
            title,
            one_line(refusal.reason),
            refusal.consequence,
            str(refusal.remedy),
        )
    for doubt in findings.undecided:
        sides = one_line(f"models: {doubt.declared}, database: {doubt.live}")
        yield _annotation("warning", doubt, f"{doubt.title} is undecided", doubt.reason, sides)
    for addition in findings.pending:
        title = f"{addition.title} is to be added"
        yield _annotation("notice", addition, title, addition.sql, *addition.hazards)


def _annotation(level: Level, entry: Entry, title: str, *texts: str) -> str:
    properties = {"title": title}
    if entry.location is not None:
        properties = {"file": entry.location.path, "line": str(entry.location.line), **properties}
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    text = "\n".join(filter(None, texts))
    return f"::{level} {given}::{_message(text)}"


def _message(text: str) -> str:
    """As GitHub wants it, in one line: one that it would take for another command cannot begin."""
    return escaped_lines(text).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(one_line(text)).replace(":", "%3A").replace(",", "%2C")
