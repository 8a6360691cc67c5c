"""The report for a comment on a pull request: tables, the SQL folded away, and a diagram."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

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
    Undecided,
)
from autosync.report.mermaid import MOST_CHARACTERS, draw
from autosync.report.svg import MOST_TABLES
from autosync.report.text import ANOTHER_TEXT, REFUSED, summary

ROOM = 65_000
"""Characters. GitHub takes 65,536 in a comment; the rest is for what a workflow puts around it."""


class Section(NamedTuple):
    """A part of which some items may have to be left out; ``lacking`` says so, given how many of
    how many those are.
    """

    head: str
    items: Sequence[str]
    foot: str
    lacking: str


def render(findings: Findings) -> str:
    """Markdown as GitHub has it, of no more than :data:`ROOM` characters.

    What there is no room for is left out, whole rows and statements, and a sentence says how many:
    first the diagram, then the SQL, the notes, and so on; at last what breaks the models.
    """
    said = f"**autosync** on {_prose(summary(findings))}\n"
    sections = [*_tables(findings), *_sql(findings), *_diagram(findings)]
    texts = [said, *_fitted(sections, ROOM - len(said) - 1)]
    return "\n".join(filter(None, texts)).rstrip()


# --- the room there is ----------------------------------------------------------------------------


def _fitted(sections: Sequence[Section], room: int) -> list[str]:
    """The sections in their order, shortened to ``room`` characters; the first ones lose last."""
    texts = []
    reserved = [len(_left_out(section, len(section.items))) + 1 for section in sections]
    for number, section in enumerate(sections):
        text = _shortened(section, room - sum(reserved[number + 1 :]) - 1)
        room -= len(text) + 1
        texts.append(text)
    return texts


def _shortened(section: Section, room: int) -> str:
    """As many items as there is room for."""
    whole = _text(section, section.items)
    if len(whole) <= room:
        return whole
    room -= len(_text(section, ())) + len(_left_out(section, len(section.items))) + 1
    shown = []
    for item in section.items:
        if len(item) <= room:
            shown.append(item)
            room -= len(item)
    sentence = _left_out(section, len(section.items) - len(shown))
    return f"{_text(section, shown)}\n{sentence}" if shown else sentence


def _text(section: Section, items: Iterable[str]) -> str:
    return "".join([section.head, *items, section.foot])


def _left_out(section: Section, count: int) -> str:
    return _lacking(section.lacking.format(count, len(section.items)))


def _lacking(what: str) -> str:
    return f"_Left out, to fit into a comment: {what}._\n"


# --- the tables -----------------------------------------------------------------------------------

EntryT = TypeVar("EntryT", bound=Entry)
Row = Callable[[EntryT], tuple[str, ...]]


def _tables(findings: Findings) -> Iterator[Section]:
    """What matters most comes first."""
    yield from _table("Failed", ("", "why", "what to do"), findings.failed, _failed, "failures")
    for severity, title in REFUSED.items():
        refused = [entry for entry in findings.refused if entry.severity == severity]
        yield from _table(title, ("", "why", "what to do"), refused, _refused, "refusals")
    sides = ("", "why", "models", "database")
    yield from _table("Undecided", sides, findings.undecided, _undecided, "undecided")
    yield from _table("To be applied", ("", "what it costs"), findings.pending, _added, "additions")
    applied = findings.applied if isinstance(findings, Report) else ()
    yield from _table("Applied", ("", "what it cost"), applied, _added, "additions")
    settled = ("", "why", "accepted")
    yield from _table("Refused, and accepted", settled, findings.accepted, _accepted, "acceptances")
    yield from _table("Notes", ("", "why", "what to do"), findings.notes, _noted, "notes")


def _table(
    title: str, columns: Sequence[str], entries: Sequence[EntryT], row: Row[EntryT], noun: str
) -> Iterator[Section]:
    if entries:
        head = [f"### {title}", "", _cells(columns), _cells(["---"] * len(columns))]
        rows = [f"{_cells(row(entry))}\n" for entry in entries]
        yield Section("\n".join(head) + "\n", rows, "", f"{{}} of {{}} {noun} ({title})")


def _cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _added(entry: Addition) -> tuple[str, ...]:
    return _named(entry), "<br>".join(map(_prose, entry.hazards))


def _failed(entry: Failed) -> tuple[str, ...]:
    return _named(entry), _prose(entry.error), _block(str(entry.remedy))


def _refused(entry: Refusal) -> tuple[str, ...]:
    return _named(entry, entry.code), _why(entry), _block(str(entry.remedy))


def _accepted(entry: Accepted) -> tuple[str, ...]:
    until = "" if entry.until is None else f"until {entry.until}: "
    return _named(entry, entry.code), _why(entry), _prose(until + entry.because)


def _undecided(entry: Undecided) -> tuple[str, ...]:
    sides = [_block(text or "") for text in (entry.declared, entry.live)]
    return _named(entry, entry.difference), _prose(entry.reason), *sides


def _noted(entry: Note) -> tuple[str, ...]:
    return _named(entry, entry.code), _prose(entry.reason), _block(str(entry.remedy))


def _named(entry: Entry, code: str = "") -> str:
    """What an entry is about, and where the models say so."""
    place = f"{entry.location.path}:{entry.location.line}" if entry.location else ""
    more = "".join(f"<br>{_code(text)}" for text in (code, place) if text)
    return f"<b>{_code(entry.title)}</b>{more}"


def _why(entry: Refusal) -> str:
    return "<br>".join(map(_prose, filter(None, (entry.reason, entry.consequence))))


# --- the SQL and the diagram ----------------------------------------------------------------------


def _sql(findings: Findings) -> Iterator[Section]:
    statements = [_statement(sql) for sql in findings.statements]
    if statements:
        ticks = max((len(run) for sql in statements for run in re.findall("`+", sql)), default=0)
        fence = "`" * max(ticks + 1, 3)
        head = f"<details><summary>SQL</summary>\n\n{fence}sql\n"
        yield Section(head, statements, f"{fence}\n\n</details>\n", "{} of {} statements")


def _statement(sql: str) -> str:
    shown = escaped_lines(sql)
    return f"{shown};\n" if shown == sql else f"{ANOTHER_TEXT}\n{shown};\n"


def _diagram(findings: Findings) -> Iterator[Section]:
    tables = findings.tables
    if not tables:
        return
    lacking = f"the diagram of {len(tables):,} tables"
    drawing = draw(tables) if len(tables) <= MOST_TABLES else ""
    if drawing and len(drawing) < MOST_CHARACTERS:
        head = "### The tables that change\n\n```mermaid\n"
        yield Section(head, [f"{drawing}\n"], "```\n", lacking)
    else:
        yield Section(_lacking(lacking), (), "", lacking)


# --- texts that anybody may have chosen -----------------------------------------------------------

_PLAIN = "',;()-=/+{}\"?"
_ENTITIES = {ord(mark): f"&#{ord(mark)};" for mark in string.punctuation if mark not in _PLAIN}
_CALLS = {ord(mark): f"<code>&#{ord(mark)};</code>" for mark in "@#"}
"""What calls somebody, or refers to something; GitHub looks for it in all text that is no code."""


def _prose(text: str) -> str:
    """Words, with nothing in them that Markdown, HTML or GitHub takes for more."""
    return one_line(text).translate(_ENTITIES | _CALLS)


def _code(text: str) -> str:
    return f"<code>{escaped(text).translate(_ENTITIES)}</code>"


def _block(text: str) -> str:
    """Lines of code inside the one line of a table."""
    if not text:
        return ""
    shown = escaped_lines(text)
    lines = shown.expandtabs(4).rstrip("\n").split("\n")
    if shown != text:
        lines.append(ANOTHER_TEXT)
    return f"<pre>{'<br>'.join(line.translate(_ENTITIES) for line in lines)}</pre>"
