"""What a code means: lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from autosync.report.text import Line
from autosync.rules import RULES, Rule
from autosync.rules.base import Outcome

HEADINGS: dict[Outcome, str] = {"refused": "Refused", "note": "Notes"}


def all_codes() -> Iterator[Line]:
    """All codes with their titles."""
    width = max(map(len, RULES))
    for outcome, heading in HEADINGS.items():
        yield Line(0, "heading", heading)
        for rule in RULES.values():
            if rule.outcome == outcome:
                yield Line(2, "detail", f"{rule.code.ljust(width)}  {rule.title}")
        yield Line(0, "detail", "")


def table(outcome: Outcome) -> str:
    """The rules of one outcome as a table in Markdown."""
    rows = [
        f"| `{rule.code}` | {rule.title} | {rule.consequence} |"
        for rule in RULES.values()
        if rule.outcome == outcome
    ]
    return "\n".join(["| code | | what follows |", "| --- | --- | --- |", *rows, ""])


def explanation(rule: Rule) -> Iterator[Line]:
    """What one rule has to say of itself."""
    yield Line(0, "summary", rule.title)
    outcome = "refused: it is not done" if rule.outcome == "refused" else "a note: it hurts nobody"
    yield Line(0, "detail", f"[{rule.code}] {outcome}")
    for text in (*rule.explanation.split("\n\n"), rule.consequence):
        if text:
            yield Line(0, "detail", "")
            yield Line(0, "detail", " ".join(text.replace("``", "`").split()))
