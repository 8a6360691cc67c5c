"""The report as one page for a browser: filters, explanations, and a diagram of the tables.

The page loads nothing: its style and its script are in it, and a policy forbids all others. Without
a script everything is simply shown.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import NamedTuple

from autosync.plan import (
    SEVERITIES,
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
from autosync.report.markup import Markup, element, joined
from autosync.report.svg import MOST_TABLES, draw
from autosync.report.text import REFUSED, summary
from autosync.rules import RULES, Rule
from autosync.sketch import Sketch


class Group(NamedTuple):
    """Entries under one heading. ``name`` is its tone in the style sheet, and ``outcome`` what the
    filter calls it; no mark is that of another group.
    """

    name: str
    outcome: str
    title: str
    mark: str
    entries: Sequence[Entry]


LEGEND = (
    ("new", "+", "to be added, or added"),
    ("refused", "✗", "refused, with broken lines"),
    ("", "PK", "primary key"),
    ("", "FK", "points at the table at the end of its line"),
)


def render(findings: Findings) -> str:
    """The report as a page of HTML."""
    style, script = _part("page.css"), _part("page.js")
    groups = [group for group in _groups(findings) if group.entries]
    return Template(_part("page.html")).substitute(
        policy=_policy(style, script),
        title=joined([f"autosync: {summary(findings)}"]),
        style=style,
        script=script,
        header=_header(findings, groups),
        main=joined([_changes(groups), _diagram(findings.tables), _codes(findings)]),
    )


@cache
def _part(name: str) -> str:
    return (files("autosync.report") / "page" / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """What the browser may load: just these two, which it knows by their digests."""
    return (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _groups(findings: Findings) -> Iterator[Group]:
    applied = findings.applied if isinstance(findings, Report) else ()
    yield Group("applied", "applied", "Applied", "✓", applied)
    yield Group("failed", "failed", "Failed", "✗", findings.failed)
    yield Group("pending", "to be applied", "To be applied", "+", findings.pending)
    for severity, mark in zip(SEVERITIES, "✗≠", strict=True):
        entries = [entry for entry in findings.refused if entry.severity == severity]
        yield Group(severity, "refused", REFUSED[severity], mark, entries)
    yield Group("accepted", "accepted", "Refused, and accepted", "○", findings.accepted)
    yield Group("undecided", "undecided", "Undecided", "?", findings.undecided)
    yield Group("note", "note", "Notes", "-", findings.notes)


# --- what it comes to -----------------------------------------------------------------------------


def _header(findings: Findings, groups: Sequence[Group]) -> Markup:
    tone, mark, verdict = _verdict(findings)
    sign = element("span", mark, class_=f"verdict {tone}", aria_hidden="true")
    places = [("changes", "Changes"), ("diagram", "Diagram"), ("codes", "What the codes mean")]
    wanted = [bool(groups), bool(findings.tables), bool(_rules(findings))]
    links = [
        element("a", title, href=f"#{name}")
        for (name, title), is_there in zip(places, wanted, strict=True)
        if is_there
    ]
    brand = element("p", element("b", "autosync"), f" on {findings.dialect}", class_="brand")
    tiles = element("ul", *map(_tile, groups), class_="tiles") if groups else ""
    nav = element("nav", *links, class_="sections", aria_label="Sections") if links else ""
    return joined([brand, element("h1", sign, element("span", verdict)), tiles, nav])


def _verdict(findings: Findings) -> tuple[str, str, str]:
    """The tone, the mark and the words of it all."""
    if findings.in_sync:
        return "good", "✓", "In sync"
    if findings.failed:
        return "bad", "✗", "Not in sync: something could not be added"
    if any(entry.severity == "breaks" for entry in findings.refused):
        return "bad", "✗", "Not in sync: what is refused breaks the models"
    if findings.refused:
        return "warn", "≠", "Not in sync: something is refused"
    if findings.undecided:
        return "warn", "?", "Not in sync: something could not be compared"
    return "good", "+", "Not in sync: something is to be added"


def _tile(group: Group) -> Markup:
    count = element("b", str(len(group.entries)))
    link = element("a", count, group.title, href=f"#{group.name}", class_=group.name)
    return element("li", link)


# --- the changes ----------------------------------------------------------------------------------


def _changes(groups: Sequence[Group]) -> Markup:
    heading = element("h2", "Changes", id="changes-title")
    if groups:
        content = [_filter(groups), *_sections(groups)]
    else:
        content = [element("p", "Models and database do not differ.", class_="empty")]
    return element("section", heading, *content, id="changes", aria_labelledby="changes-title")


def _filter(groups: Sequence[Group]) -> Markup:
    """It is hidden until the script shows it."""
    entries = [entry for group in groups for entry in group.entries]
    severities = {entry.severity for entry in entries if isinstance(entry, Refusal)}
    search = element(
        "input", type="search", name="words", placeholder="press /", autocomplete="off"
    )
    return element(
        "form",
        element("label", "Search names and codes", _void(search), class_="wide"),
        _choice("outcome", dict.fromkeys(group.outcome for group in groups)),
        _choice("severity", [one for one in SEVERITIES if one in severities]),
        _choice("kind", dict.fromkeys(entry.kind for entry in entries)),
        element("button", "Clear", type="button", name="clear"),
        element("button", "Fold or unfold SQL", type="button", name="fold"),
        element("output", ""),
        id="filter",
        class_="filter",
        role="search",
        aria_label="Filter the changes",
        hidden="",
    )


def _void(tag: Markup) -> Markup:
    """An element that has no end."""
    return Markup(tag[: tag.rindex("</")])


def _choice(name: str, values: Iterable[str]) -> Markup:
    options = [element("option", value.replace("_", " "), value=value) for value in values]
    if not options:
        return Markup()
    every = element("option", "any", value="")
    return element("label", name.capitalize(), element("select", every, *options, name=name))


def _sections(groups: Sequence[Group]) -> Iterator[Markup]:
    for group in groups:
        mark = element("span", group.mark, aria_hidden="true")
        count = element("span", str(len(group.entries)), class_="count")
        heading = element("h3", mark, element("span", group.title), count, id=f"{group.name}-title")
        yield element(
            "section",
            heading,
            *_entries(group),
            id=group.name,
            class_=f"group {group.name}",
            aria_labelledby=f"{group.name}-title",
        )


def _entries(group: Group) -> Iterator[Markup]:
    shown: dict[str, tuple[str, str]] = {}
    for number, entry in enumerate(group.entries):
        id_ = f"{group.name}-{number}"
        sql = entry.sql if isinstance(entry, Addition) else ""
        yield element(
            "article",
            _title(group, entry),
            _facts(entry),
            _sql(sql, *shown.get(sql, (None, ""))),
            id=id_,
            class_=f"entry {group.name}",
            data_outcome=group.outcome,
            data_severity=entry.severity if isinstance(entry, Refusal) else None,
            data_kind=entry.kind,
        )
        shown.setdefault(sql, (id_, _named(entry)))


def _named(entry: Entry) -> str:
    return f"{entry.kind.replace('_', ' ')} {entry.object}"


def _title(group: Group, entry: Entry) -> Markup:
    code = entry.code if isinstance(entry, Refusal | Note) else ""
    place = f"{entry.location.path}:{entry.location.line}" if entry.location else ""
    heading = element(
        "h4",
        element("span", group.mark, class_="mark", aria_hidden="true"),
        element(
            "span",
            element("span", entry.kind.replace("_", " "), class_="kind"),
            " ",
            element("bdi", entry.object, class_="name", dir="ltr"),
        ),
    )
    return element(
        "header",
        heading,
        _code(code) if code else "",
        element("span", place, class_="location") if place else "",
    )


def _code(code: str) -> Markup:
    if code not in RULES:
        return element("span", code, class_="code")
    return element("a", code, class_="code", href=f"#code-{code}")


def _facts(entry: Entry) -> Markup:
    """What there is to say of an entry, term by term."""
    pairs = [(element("dt", term), element("dd", said)) for term, said in _said(entry) if said]
    return element("dl", *map(joined, pairs)) if pairs else Markup()


def _said(entry: Entry) -> Iterator[tuple[str, Markup]]:
    if isinstance(entry, Addition):
        for hazard in entry.hazards:
            yield "costs", _prose(hazard)
    if isinstance(entry, Refusal | Undecided | Note):
        yield "why", _prose(entry.reason)
    if isinstance(entry, Failed):
        yield "why", _prose(entry.error)
    if isinstance(entry, Refusal):
        yield "so", _prose(entry.consequence)
    if isinstance(entry, Accepted):
        until = "accepted" if entry.until is None else f"accepted until {entry.until}"
        yield until, _prose(entry.because)
    elif isinstance(entry, Failed | Refusal | Note):
        yield "do", _snippet(str(entry.remedy), "the remedy")
    if isinstance(entry, Undecided):
        yield "models", _snippet(entry.declared or "", "the models' side")
        yield "database", _snippet(entry.live or "", "the database's side")


def _prose(text: str) -> Markup:
    return element("p", text) if text else Markup()


def _snippet(code: str, what: str) -> Markup:
    """Something that can be copied."""
    if not code:
        return Markup()
    return element("div", element("pre", element("code", code)), class_="snippet", data_what=what)


def _sql(sql: str, id_: str | None, name: str) -> Markup:
    """The statement; once only, where several entries share it."""
    if not sql:
        return Markup()
    if id_ is not None:
        return element(
            "p", "in the statement of ", element("a", name, href=f"#{id_}"), class_="same"
        )
    return element("details", element("summary", "SQL"), _snippet(sql, "the SQL"), open="")


# --- the diagram ----------------------------------------------------------------------------------


def _diagram(tables: Sequence[Sketch]) -> Markup:
    if not tables:
        return Markup()
    return element(
        "section",
        element("h2", "The tables that change", id="diagram-title"),
        _figure(tables) if len(tables) <= MOST_TABLES else _no_figure(len(tables)),
        id="diagram",
        aria_labelledby="diagram-title",
    )


def _no_figure(count: int) -> Markup:
    text = f"{count:,} tables change. A diagram of more than {MOST_TABLES} is left out."
    return element("p", text, class_="empty")


def _figure(tables: Sequence[Sketch]) -> Markup:
    legend = [
        element("span", element("b", mark), f" {words}", class_=name or None)
        for name, mark, words in LEGEND
    ]
    canvas = element(
        "div",
        draw(tables),
        class_="canvas",
        role="region",
        tabindex="0",
        aria_label="Diagram, can be scrolled",
    )
    return element("figure", canvas, element("figcaption", *legend))


# --- the codes ------------------------------------------------------------------------------------


def _rules(findings: Findings) -> list[Rule]:
    entries: tuple[Refusal | Note, ...] = (*findings.refused, *findings.accepted, *findings.notes)
    used = {entry.code for entry in entries}
    return [rule for code, rule in RULES.items() if code in used]


def _codes(findings: Findings) -> Markup:
    rules = _rules(findings)
    if not rules:
        return Markup()
    return element(
        "section",
        element("h2", "What the codes mean", id="codes-title"),
        element("div", *map(_rule, rules), class_="rules"),
        id="codes",
        aria_labelledby="codes-title",
    )


def _rule(rule: Rule) -> Markup:
    return element(
        "article",
        element("h3", element("span", rule.title), element("code", rule.code)),
        *(element("p", _literal(text)) for text in rule.explanation.split("\n\n")),
        element("p", rule.consequence) if rule.consequence else "",
        id=f"code-{rule.code}",
        class_="rule",
    )


def _literal(text: str) -> Markup:
    """A paragraph of a docstring, with what stands between double backquotes as code."""
    parts = re.split(r"``(.+?)``", " ".join(text.split()))
    return joined(element("code", part) if at % 2 else part for at, part in enumerate(parts))
