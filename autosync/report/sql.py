"""The report as a script for the database's own client: the plan to run, the rest as comments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from autosync.dialects.scripts import Client, client_of
from autosync.escape import escaped, escaped_lines
from autosync.plan import Findings, Plan, Report, Unit
from autosync.remedy import ended
from autosync.report.text import lines

NO_SCRIPT = "SELECT autosync_has_no_script_for_this_plan;"
"""Fails wherever it is run: nobody takes a script that does nothing for one that did its work."""


def render(findings: Findings) -> str:
    """A script that does what :func:`autosync.sync` would; of a report, only what is left to do.

    It begins with the report, in comments. It is whole or not at all: if one statement has
    characters that nobody sees, or that a build server or the client would take for something else,
    the script says which, and fails.
    """
    client = client_of(findings.dialect)
    units = findings.units if isinstance(findings, Plan) else ()
    doubts = [*_revisions(findings), *_doubts(units, client)]
    if doubts:
        head, body = doubts, [*client.first, NO_SCRIPT]
    elif units:
        head, body = _head(client), [*client.first, *_body(units, client)]
    else:
        head, body = [_nothing(findings)], []
    said = ["autosync: what is to be added to a database", "", *head, "", *_report(findings)]
    return "\n".join([*map(_comment, said), "", *body]).rstrip()


_DIFFERENCE = """\
What autosync sync does besides, and this script does not:
- It waits for a lock only for a moment, and tries again, so that nobody has to wait behind it.
- It looks under the lock whether what it found still holds: whether somebody else has been at it,
  whether rows have come.
- It clears away a half-built index that a failure leaves behind.
- It verifies the outcome. After this script, run autosync check."""


def _head(client: Client) -> list[str]:
    return [
        f"To run it: {client.command}",
        "Connect to the same database, with the same default schema, as the plan was made with.",
        "It stops at the first error, and what was committed before stays: then make a new plan.",
        "",
        *_DIFFERENCE.split("\n"),
    ]


def _nothing(findings: Findings) -> str:
    if not findings.pending:
        return "There is nothing to run."
    if isinstance(findings, Report):
        return "Some of the plan is still to be applied: make a new one, and its script."
    return "There is nothing to run as long as something is refused that all of it needs."


def _body(units: tuple[Unit, ...], client: Client) -> Iterator[str]:
    for number, unit in enumerate(units, 1):
        yield ""
        yield f"-- {number} of {len(units)}"
        alone = unit.concurrent or not client.begin
        if not alone:
            yield f"{client.begin};"
        for statement in unit.statements:
            yield from map(ended, client.statements(statement))
        if not alone:
            yield f"{client.end};"


def _revisions(findings: Findings) -> Iterator[str]:
    """What is not in a script, and has to be done before it is made."""
    if any(entry.kind == "revision" for entry in findings.pending):
        yield "There is no script, for revisions are pending, which are no statements of this plan:"
        yield "run autosync upgrade, and make a new one."


def _doubts(units: tuple[Unit, ...], client: Client) -> Iterator[str]:
    for unit in units:
        for statement in unit.statements:
            texts = (statement.sql, *statement.guard)
            if any(escaped_lines(text) != text for text in texts):
                yield "There is no script, because this cannot be shown as it is:"
            elif client.doubtful and any(map(client.doubtful.search, texts)):
                yield "There is no script, for the client may read this in two ways:"
            else:
                continue
            yield from statement.sql.split("\n")


def _report(findings: Findings) -> Iterator[str]:
    """The plain text, without the SQL of what is to be added: that follows by itself."""
    pending = tuple(replace(entry, sql="") for entry in findings.pending)
    for line in lines(replace(findings, pending=pending)):
        yield " " * line.indent + line.text


def _comment(text: str) -> str:
    """A line behind two dashes, with nothing in it that ends a line for anybody."""
    return f"-- {escaped(text.expandtabs(4))}".rstrip()
