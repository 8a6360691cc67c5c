"""The report for people: lines with a role, and those lines as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from autosync.escape import escaped, escaped_lines, one_line
from autosync.plan import (
    Accepted,
    Addition,
    Entry,
    Failed,
    Findings,
    Note,
    Refusal,
    Report,
    Severity,
    Undecided,
)
from autosync.remedy import Remedy

REFUSED: dict[Severity, str] = {
    "breaks": "Refused, and it breaks the models",
    "differs": "Refused, but it only differs",
}
"""The headings of what is refused, by what it does; the worst first."""

Role = Literal[
    "summary", "heading", "addition", "refusal", "note", "sql", "comment", "detail", "hazard"
]

ANOTHER_TEXT = "-- shown with escapes, so not to be copied: the JSON report has it as it is"


class Line(NamedTuple):
    """One line: how far it is indented, what it is, and its text."""

    indent: int
    role: Role
    text: str


def render(findings: Findings) -> str:
    """The report as plain text."""
    return "\n".join(" " * line.indent + line.text for line in lines(findings)).rstrip()


def lines(findings: Findings) -> Iterator[Line]:
    """The report, line by line; what is refused stands before what only differs.

    Nothing in a line can steer the terminal that it is printed on.
    """
    for line in _lines(findings):
        yield line._replace(text=escaped(line.text))


def _lines(findings: Findings) -> Iterator[Line]:
    yield Line(0, "summary", summary(findings))
    applied: Sequence[Addition] = findings.applied if isinstance(findings, Report) else ()
    yield from _section("Applied", applied)
    yield from _section("Failed", findings.failed)
    yield from _section("To be applied", findings.pending)
    for severity, title in REFUSED.items():
        entries = [entry for entry in findings.refused if entry.severity == severity]
        yield from _section(title, entries)
    yield from _section("Refused, and accepted", findings.accepted)
    yield from _section("Undecided", findings.undecided)
    yield from _section("Notes", findings.notes)


def summary(findings: Findings) -> str:
    """One line that says it all."""
    applied = len(findings.applied) if isinstance(findings, Report) else 0
    counts = [
        (applied, "applied"),
        (len(findings.failed), "failed"),
        (len(findings.pending), "to be applied"),
        (len(findings.refused), "refused"),
        (len(findings.accepted), "accepted"),
        (len(findings.undecided), "undecided"),
        (len(findings.notes), "notes" if len(findings.notes) != 1 else "note"),
    ]
    said = ", ".join(f"{count} {word}" for count, word in counts if count)
    if findings.in_sync:
        said = f"in sync ({said})" if said else "in sync"
    return f"{findings.dialect}: {said}"


def _section(title: str, entries: Sequence[Entry]) -> Iterator[Line]:
    if not entries:
        return
    yield Line(0, "detail", "")
    yield Line(0, "heading", title)
    shown: set[str] = set()
    for entry in entries:
        yield from _entry(entry, shown)


def _entry(entry: Entry, shown: set[str]) -> Iterator[Line]:
    title = f"{entry.kind.replace('_', ' ')} {entry.object}"
    if isinstance(entry, Failed):
        yield Line(2, "refusal", f"x {title}")
        yield from _place(entry)
        yield from _addition(entry, shown)
        yield from _sentence("why: ", entry.error)
        yield from _remedy(entry.remedy)
    elif isinstance(entry, Addition):
        yield Line(2, "addition", f"+ {title}")
        yield from _addition(entry, shown)
    elif isinstance(entry, Accepted):
        until = "" if entry.until is None else f" until {entry.until}"
        yield Line(2, "note", f"- {title}  [{entry.code}]")
        yield from _sentence("why: ", entry.reason)
        yield from _paragraph(f"accepted{until}: ", entry.because)
    elif isinstance(entry, Refusal):
        yield Line(2, "refusal", f"x {title}  [{entry.code}]")
        yield from _place(entry)
        yield from _sentence("why: ", entry.reason)
        yield from _sentence("so:  ", entry.consequence)
        yield from _remedy(entry.remedy)
    elif isinstance(entry, Undecided):
        yield Line(2, "refusal", f"? {title}: {entry.difference}")
        yield from _place(entry)
        yield from _sentence("why: ", entry.reason)
        yield from _sentence("     ", f"models: {entry.declared}, database: {entry.live}")
    elif isinstance(entry, Note):
        yield Line(2, "note", f"- {title}: {entry.reason}")
        yield from _remedy(entry.remedy)


def _place(entry: Entry) -> Iterator[Line]:
    if entry.location is not None:
        yield Line(6, "detail", f"at:  {entry.location.path}:{entry.location.line}")


def _addition(entry: Addition, shown: set[str]) -> Iterator[Line]:
    """The SQL, once: several entries may share a statement."""
    if entry.sql not in shown:
        shown.add(entry.sql)
        yield from _sql(entry.sql)
    for hazard in entry.hazards:
        yield Line(6, "hazard", f"! {hazard}")


def _remedy(remedy: Remedy) -> Iterator[Line]:
    """A role for each line: who wraps one has to know whether it is a comment, or words."""
    for number, line in enumerate(remedy.lines()):
        role: Role = "detail" if remedy.is_advice else "comment" if line.comment else "sql"
        shown = str(line).expandtabs(4).rstrip()
        yield Line(6, role, f"{' ' * 5 if number else 'do:  '}{shown}")


def _sql(text: str) -> Iterator[Line]:
    yield from _paragraph("", text, role="sql")
    if escaped_lines(text) != text:
        # it would name something else, and that may be there, too
        yield Line(6, "comment", ANOTHER_TEXT)


def _sentence(label: str, text: str) -> Iterator[Line]:
    """One line, so that no name in it can forge another one."""
    if text:
        yield Line(6, "detail", label + one_line(text))


def _paragraph(label: str, text: str, *, role: Role = "detail") -> Iterator[Line]:
    # not splitlines(): what else ends a line would be lost there, and forge one
    for number, line in enumerate(text.rstrip("\n").split("\n") if text else ()):
        lead = label if number == 0 else " " * len(label)
        yield Line(6, role, lead + line.expandtabs(4).rstrip())
