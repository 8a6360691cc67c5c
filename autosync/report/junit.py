"""The report as JUnit's XML, which build servers show as a list of tests: one for each table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from autosync.escape import one_line
from autosync.plan import Entry, Failed, Findings, Refusal, Report, Undecided
from autosync.report.markup import Markup, element
from autosync.report.text import lines
from autosync.schema import qualified

IN_SYNC = "models and database"
"""The one test where nothing differs: to have none at all is an error to some build servers."""
FAILING = ("failed", "refused", "undecided")
SETTLED = ("applied", "accepted", "notes")

Case = dict[str, list[Entry]]
"""The entries about a table, by the lists in which they are."""


def render(findings: Findings) -> str:
    """A suite with a test for each table of which there is something to say.

    It fails if something is refused or undecided. If something is only to be added it is skipped:
    nothing is wrong with that, but it is not there yet.
    """
    tests = [_test(findings.dialect, name, case) for name, case in _cases(findings).items()]
    counts = {
        "tests": str(len(tests)),
        "failures": str(sum("<failure " in test for test in tests)),
        "errors": "0",
        "skipped": str(sum("<skipped " in test for test in tests)),
        "time": "0",
    }
    suite = element("testsuite", *tests, name=findings.dialect, **counts)
    document = element("testsuites", suite, name="autosync", **counts)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{document}'


def _cases(findings: Findings) -> Mapping[str, Case]:
    cases: dict[str, Case] = {}
    for name in findings._lists():
        for entry in getattr(findings, name):
            about = qualified((entry.schema, entry.table)) if entry.table else entry.object
            cases.setdefault(about, {}).setdefault(name, []).append(entry)
    return cases or {IN_SYNC: {}}


def _test(dialect: str, name: str, case: Case) -> Markup:
    entries = [entry for group in case.values() for entry in group]
    place = next((entry.location for entry in entries if entry.location), None)
    failing = [entry for group in FAILING for entry in case.get(group, ())]
    pending = case.get("pending", [])
    outcome: list[Markup] = []
    rest = _text(dialect, case, SETTLED)
    if failing:
        text = _text(dialect, case, FAILING)
        first = failing[0]
        type_ = first.code if isinstance(first, Refusal) else next(g for g in FAILING if g in case)
        outcome = [element("failure", text, message=_message(failing), type=type_)]
        rest = _text(dialect, case, ("pending", *SETTLED))
    elif pending:
        text = _text(dialect, case, ["pending"])
        outcome = [element("skipped", text, message=f"{len(pending)} to be added")]
    return element(
        "testcase",
        *outcome,
        element("system-out", rest) if rest else "",
        classname=dialect,
        name=one_line(name),
        file=place and one_line(place.path),
        line=place and str(place.line),
        time="0",
    )


def _message(failing: list[Entry]) -> str:
    first, *more = failing
    assert isinstance(first, Failed | Refusal | Undecided)
    others = f", and {len(more)} more" if more else ""
    why = first.error if isinstance(first, Failed) else first.reason
    return one_line(f"{first.title}: {why}{others}")


def _text(dialect: str, case: Case, groups: Iterable[str]) -> str:
    """What the plain text says of some lists, without its first line; nothing if they are empty."""
    chosen: dict[str, Any] = {group: tuple(case.get(group, ())) for group in groups}
    said = [" " * line.indent + line.text for line in lines(Report(dialect, **chosen))]
    return "\n".join(said[2:])
