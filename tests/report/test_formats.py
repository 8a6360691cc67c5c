"""All formats alike: of real databases, of nothing, of very much, and of names with intentions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import autosync
from autosync.plan import Failed, Findings, Part, Plan, Report, Statement, Unit
from autosync.report import github, junit, markdown, sarif, sql
from tests.report import sample
from tests.report.checks import Page, assert_formats, assert_json, assert_junit, assert_sarif
from tests.report.test_html import hostile, large_plan
from tests.servers.database import LiveDatabase
from tests.test_escapes import UNSAFE, raw

RENDERERS: dict[str, Callable[[Findings], str]] = {
    "json": Findings.to_json,
    "markdown": markdown.render,
    "github": github.render,
    "sarif": sarif.render,
    "junit": junit.render,
    "sql": sql.render,
}
SECONDS = 1.0


def hostile_plan(text: str) -> Plan:
    """A text in all places where there may be any, also in the SQL; the codes are always ours."""
    plan = hostile(text)
    return replace(
        plan,
        refused=tuple(replace(entry, code="column-type") for entry in plan.refused),
        notes=tuple(replace(entry, code="column-extra") for entry in plan.notes),
        units=(Unit((Part(frozenset(), (Statement(text),)),)),),
    )


@pytest.fixture
def plan(database: LiveDatabase) -> Plan:
    """What is there to do for a shop whose database older models have made."""
    older, newer = sample.older(), sample.newer()
    older.create_all(database.engine)
    found = autosync.plan(database.engine, newer)
    assert found.pending
    assert found.refused
    assert found.notes
    return found


def test_a_plan(plan: Plan) -> None:
    assert_formats(plan)


def test_a_report(plan: Plan, database: LiveDatabase) -> None:
    report = autosync.sync(database.engine, sample.newer())
    assert report.applied
    assert_formats(report)
    assert Page(markdown.render(report)).said("h3").startswith("Refused")
    assert "Applied" in markdown.render(report)
    assert github.render(report).count("::notice") == 0
    assert not any(case.findall("skipped") for case in assert_junit(report))


def test_something_of_everything() -> None:
    plan = sample.plan()
    assert all([plan.pending, plan.refused, plan.accepted, plan.undecided, plan.notes])
    assert_formats(plan)


def test_what_failed() -> None:
    """It is the worst that there is in every format."""
    plan = sample.plan()
    report = replace(
        Report.of(replace(plan, pending=plan.pending[1:])),
        failed=(Failed.of(plan.pending[0], "no such collation"),),
    )
    assert_formats(report)
    assert "1 failed" in str(report)
    assert github.render(report).startswith("::error ")
    (failure, *_) = [case for case in assert_junit(report) if case.find("failure") is not None]
    assert "no such collation" in str(failure.find("failure").attrib)
    assert assert_sarif(report)["results"][0]["level"] == "error"
    assert "no such collation" in markdown.render(report)


@pytest.mark.parametrize("findings", [Plan("another"), Report("another")], ids=["plan", "report"])
def test_in_sync(findings: Findings) -> None:
    assert_formats(findings)
    assert markdown.render(findings) == "**autosync** on another&#58; in sync"
    assert github.render(findings) == ""
    assert assert_sarif(findings)["results"] == []
    [case] = assert_junit(findings)
    assert list(case) == []


@pytest.mark.parametrize("name", RENDERERS)
def test_two_thousand_tables(name: str) -> None:
    """The best of three, by the processor's clock: others may be at work here."""
    plan = large_plan(2000)
    parts = [Part(frozenset(), (Statement(entry.sql),)) for entry in plan.pending]
    units = tuple(Unit((part,)) for part in parts)
    plan = replace(plan, units=units)
    assert min(seconds(RENDERERS[name], plan) for _ in range(3)) < SECONDS


def seconds(render: Callable[[Findings], str], findings: Findings) -> float:
    begun = time.process_time()
    assert render(findings)
    return time.process_time() - begun


TEXTS = {
    "pipe": "a | b || c \\| d",
    "row": "x |\n| --- | --- |\n| y |",
    "ticks": "x`y``z```\n````sql\n```\n",
    "tildes": "~~~\n~~x~~\n~~~",
    "tag": "</details></pre></code></td></table><script>hacked=1</script><img src=x>",
    "comment": "<!-- x --> <? x ?> <![CDATA[ x ]]> ]]>",
    "entity": "&lt;b&gt; &#60; &amp; &nbsp;",
    "heading": "x\n\n# y\n\n***\n\n- z\n\n    w",
    "emphasis": "*a* **b** _c_ __d__ ~e~",
    "link": "[x](http://evil.example) ![x](http://evil.example/x.png) <http://evil.example>",
    "address": "http://evil.example www.evil.example ftp://evil.example",
    "reference": "x\n\n[y]: http://evil.example\n\n[y] [^1]\n\n[^1]: z",
    "command": "x\n::error::y\n::stop-commands::z%0A::w,file=a,line=1:%25%3A%2C",
    "template": "${policy} {{ x }} %s %(x)s {0}",
    "spaces": "  x\t\ty  ",
    "unseen": "-".join(UNSAFE[::8]),
    "no character": "x\ufffe\uffffy",
    "accents": "é名前 🙂",
    "sql": "x'; DROP TABLE y; --",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_any_text(text: str) -> None:
    assert_formats(hostile_plan(text))


@pytest.mark.parametrize("name", RENDERERS)
@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_nothing_is_hidden(name: str, text: str) -> None:
    assert raw(RENDERERS[name](hostile_plan(text)), "\n\t") == set()


def test_the_schema_wants_all_and_nothing_else() -> None:
    """It would not be worth much if it took anything."""
    from tests.report.checks import report_schema

    data = assert_json(sample.plan())
    assert data["tables"]

    def broken(change: Callable[[Any], object]) -> bool:
        copy = json.loads(json.dumps(data))
        change(copy)
        return next(report_schema().iter_errors(copy), None) is not None

    assert not broken(lambda copy: None)
    places = [
        lambda copy: copy,
        *(
            (lambda copy, name=name: copy[name][0])
            for name in ("pending", "refused", "accepted", "undecided", "notes", "tables")
        ),
        lambda copy: copy["tables"][0]["columns"][0],
        lambda copy: copy["pending"][0]["location"],
    ]
    for place in places:
        assert broken(lambda copy, place=place: place(copy).update(more=1))
        for key in place(data):
            assert broken(lambda copy, place=place, key=key: place(copy).pop(key)), key
