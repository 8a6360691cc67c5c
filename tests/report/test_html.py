"""The page: what is in it, and how it does in a browser."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import autosync
from autosync.plan import Accepted, Addition, Location, Note, Plan, Refusal, Report, Undecided
from autosync.remedy import Instead, Remedy, Sql, Words, is_exact
from autosync.report.html import render
from autosync.report.svg import MOST_TABLES
from autosync.sketch import Sketch, SketchedColumn
from tests.report import sample
from tests.report.browser import chromium
from tests.servers import Missing, go_without
from tests.soon import soon

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

VOID = {"meta", "input"}
HOSTILE = (
    "</script><script>hacked=1</script>",
    "\"'><img src=x onerror=hacked=1>",
    "<!-- </style></title></svg> ]]>",
    "&lt;b&gt;${policy}",
    "\u202etxt.exe\x1b[31m\x00\u2066",
    "javascript:hacked=1",
)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return sample.plan()


class Parsed(HTMLParser):
    """A page, taken apart: elements with their attributes, and the text in each class."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[tuple[str, dict[str, str]]] = []
        self.text: list[tuple[str, str]] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        assert len(attributes) == len(attrs)
        self.elements.append((tag, attributes))
        if tag not in VOID:
            self.open.append((tag, attributes))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for tag, attributes in self.open[::-1]:
            self.text.append((tag, data))
            self.text.extend((class_, data) for class_ in attributes.get("class", "").split())

    def of(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]

    def said(self, where: str) -> list[str]:
        return [text for name, text in self.text if name == where]


# --- the text of it -------------------------------------------------------------------------------


def test_the_page_is_well_formed(plan: Plan) -> None:
    page = Parsed(render(plan))
    ids = page.of("id")
    assert len(ids) == len(set(ids))
    assert {href.removeprefix("#") for href in page.of("href")} <= set(ids)
    assert set(page.of("aria-labelledby")) <= set(ids)
    assert {"header", "main", "footer", "nav", "form"} <= {tag for tag, _ in page.elements}


def test_nothing_comes_from_outside(plan: Plan) -> None:
    """No element or style that loads anything; and a policy that lets through these two alone."""
    page = Parsed(render(plan))
    assert page.of("src") == page.of("srcset") == page.of("style") == page.of("data") == []
    assert all(href.startswith("#") for href in page.of("href"))
    assert {tag for tag, _ in page.elements}.isdisjoint({"link", "img", "iframe", "object", "base"})
    [style], [script] = page.said("style"), page.said("script")
    assert re.search(r"url\(|@import|https?:", style + script) is None
    [policy] = [value for value in page.of("content") if "default-src" in value]
    assert policy.split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digest(style)}'",
        f"script-src 'sha256-{digest(script)}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_everything_is_said(plan: Plan) -> None:
    page = Parsed(render(plan))
    entries = [*plan.pending, *plan.refused, *plan.accepted, *plan.undecided, *plan.notes]
    assert page.said("bdi") == [entry.object for entry in entries]
    assert len(page.of("data-kind")) == len(entries)
    said = "".join(text for tag, text in page.text if tag == "body")
    for refusal in plan.refused:
        assert refusal.reason in said
        assert refusal.consequence in said
        assert str(refusal.remedy) in said
        assert f"code-{refusal.code}" in page.of("id")
    [undecided] = plan.undecided
    assert {undecided.declared, undecided.live} <= set(page.said("pre"))
    assert "accepted until 2027-05-01" in page.said("dt")
    assert "shop/models/customer.py:31" in page.said("location")
    assert any("becomes the server default" in text for text in page.said("dd"))


def test_a_statement_that_several_share_is_shown_once(plan: Plan) -> None:
    page = Parsed(render(plan))
    shared = "ALTER TABLE category ADD COLUMN parent_id INTEGER REFERENCES category (id)"
    assert sum(entry.sql == shared for entry in plan.pending) == 2
    assert page.said("pre").count(shared) == 1
    assert "column category.parent_id" in page.said("same")


def test_in_sync() -> None:
    page = Parsed(render(Plan("some-database")))
    assert "In sync" in page.said("h1")
    assert "Models and database do not differ." in page.said("main")
    assert "form" not in {tag for tag, _ in page.elements}


def test_what_was_applied(plan: Plan) -> None:
    rest = replace(plan, pending=(), refused=(), undecided=())
    page = Parsed(render(Report.of(rest, applied=plan.pending)))
    assert "In sync" in page.said("h1")
    assert page.of("data-outcome").count("applied") == len(plan.pending)


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ({"refused": (), "undecided": ()}, "something is to be added"),
        ({"refused": ()}, "something could not be compared"),
        ({"refused": "differs"}, "something is refused"),
        ({}, "what is refused breaks the models"),
    ],
)
def test_verdict(plan: Plan, given: dict[str, Any], verdict: str) -> None:
    if given.get("refused"):
        given = {"refused": tuple(replace(e, severity="differs") for e in plan.refused)}
    page = Parsed(render(replace(plan, **given)))
    assert f"Not in sync: {verdict}" in page.said("h1")


def test_too_many_tables_for_a_diagram() -> None:
    tables = tuple(Sketch(f"t{number}", "new", ()) for number in range(MOST_TABLES + 1))
    page = Parsed(render(Plan("some-database", tables=tables)))
    assert "svg" not in {tag for tag, _ in page.elements}
    assert f"{MOST_TABLES + 1} tables change." in " ".join(page.said("main"))
    assert "svg" in render(Plan("some-database", tables=tables[1:]))


def test_two_thousand_tables() -> None:
    """And each with a refused column, as if that were not enough."""
    large = large_plan(2000)
    with soon(2):
        page = render(large)
    assert page.count("<article") == 4001


def large_plan(size: int) -> Plan:
    sql = "CREATE TABLE some_table (\n\tid INTEGER NOT NULL,\n\tPRIMARY KEY (id)\n)"
    names = [f"table_{number}" for number in range(size)]
    columns = tuple(SketchedColumn(f"column_{number}", "INTEGER", "new") for number in range(20))
    return Plan(
        "some-database",
        pending=tuple(
            Addition("table", "missing", None, name, None, (), name, sql=f"-- {name}\n{sql}")
            for name in names
        ),
        refused=tuple(refusal(name) for name in names),
        tables=tuple(Sketch(name, "new", columns) for name in names),
    )


def remedy(name: str) -> Remedy:
    """Words, a statement and another one, all with this name in them."""
    drop = Sql(f"DROP {name}", exact=is_exact(name))
    return Remedy((Words(name), drop, Instead(drop)))


def refusal(name: str) -> Refusal:
    return Refusal(
        "column",
        "type",
        None,
        name,
        "age",
        ("age",),
        f"{name}.age",
        Location(name, 7),
        code="column-type",
        severity="breaks",
        reason=f"the models have {name}",
        consequence=f"The database has {name}.",
        remedy=remedy(name),
    )


# --- names that want to be more -------------------------------------------------------------------


def hostile(text: str) -> Plan:
    """A text in all the places that one can get into."""
    about: Any = ("column", "missing", text, text, text, (text,), text, Location(text, 1))
    refused = refusal(text)
    column = SketchedColumn(text, text, "new", is_key=True, target=text)
    return Plan(
        text,
        pending=(Addition(*about, sql=text, hazards=(text,)), Addition(*about, sql=text)),
        refused=(refused, replace(refused, code=text)),
        accepted=(Accepted.of(refused, text, None),),
        undecided=(Undecided(*about, reason=text, declared=text, live=text),),
        notes=(Note(*about, code=text, reason=text, remedy=remedy(text)),),
        tables=(Sketch(text, "new", (column, column._replace(target=f"{text}2"))),),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_names_are_only_names(text: str) -> None:
    """The page has the same elements and the same attributes as with a harmless one."""
    page, harmless = Parsed(render(hostile(text))), Parsed(render(hostile("harmless")))
    assert shape(page) == shape(harmless)
    assert page.of("href") == harmless.of("href")
    assert page.said("script") == harmless.said("script")
    assert not text.isprintable() or set(page.said("bdi")) == {text, f"{text}.age"}
    assert (
        re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", render(hostile(text))) is None
    )


def shape(page: Parsed) -> list[tuple[str, list[str]]]:
    return [(tag, list(attributes)) for tag, attributes in page.elements]


# --- in a browser ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser; without one, the tests are skipped, and say what to install."""
    try:
        with chromium() as started:
            yield started
    except Missing as error:
        go_without(error)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where the screenshots go; AUTOSYNC_SCREENSHOTS names a folder in which they are kept."""
    folder = Path(os.environ.get("AUTOSYNC_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def opened(browser: Browser, path: Path, findings: autosync.Plan, **options: Any) -> Iterator[Page]:
    """The page of a report, without a network.

    At the end, nothing may have been asked for but the file, nor anything complained of.
    """
    file = path / "report.html"
    file.write_text(render(findings), encoding="utf-8")
    context = browser.new_context(offline=True, **options)
    requests: list[str] = []
    complaints: list[str] = []
    context.on("request", lambda request: requests.append(request.url.partition("#")[0]))
    context.on("console", lambda message: complaints.append(message.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("dialog", lambda dialog: complaints.append(dialog.message))
    page = context.new_page()
    page.goto(file.as_uri())
    yield page
    assert (set(requests), complaints) == ({file.as_uri()}, [])
    context.close()


def shown(page: Page) -> list[str]:
    """The names of the changes that are not hidden."""
    return page.locator(".entry:visible .name").all_inner_texts()


LOW_CONTRAST = (Path(__file__).parent / "contrast.js").read_text()


@pytest.mark.parametrize(
    "look", [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)], ids=str
)
def test_it_is_good_to_look_at(
    browser: Browser, tmp_path: Path, pictures: Path, plan: Plan, look: tuple[Any, int]
) -> None:
    """Every text can be read (WCAG AA), and nothing is wider than the window."""
    scheme, width = look
    size: Any = {"width": width, "height": 800}
    with opened(browser, tmp_path, plan, color_scheme=scheme, viewport=size) as page:
        lightness = page.evaluate(f"({LOW_CONTRAST}).lightness(document.body)")
        assert lightness > 0.8 if scheme == "light" else lightness < 0.05
        assert page.evaluate(f"({LOW_CONTRAST}).lowest()") == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        picture = pictures / f"report-{scheme}-{width}.png"
        page.screenshot(path=picture, full_page=True)
        assert picture.stat().st_size > 50_000
        if width == 1280:
            page.set_viewport_size({"width": 1700, "height": 800})
            page.locator(".canvas").screenshot(path=pictures / f"diagram-{scheme}.png")


def test_filtering_by_keyboard(browser: Browser, tmp_path: Path, plan: Plan) -> None:
    entries = [*plan.pending, *plan.refused, *plan.accepted, *plan.undecided, *plan.notes]
    everything = [entry.object for entry in entries]
    with opened(browser, tmp_path, plan) as page:
        status = page.locator("#filter output")
        assert shown(page) == everything
        page.keyboard.press("/")
        page.keyboard.type("Customer type")
        assert shown(page) == ["customer.age"]
        assert status.inner_text() == f"1 of {len(entries)} shown"
        assert page.locator(".group:visible .count").all_inner_texts() == [
            f"1 of {len([e for e in plan.refused if e.severity == 'breaks'])}"
        ]
        page.keyboard.press("Control+a")
        page.keyboard.type("nowhere")
        assert shown(page) == []
        page.keyboard.press("Escape")
        assert shown(page) == everything
        page.keyboard.press("Tab")
        page.keyboard.type("refused")
        assert shown(page) == [entry.object for entry in plan.refused]
        page.keyboard.press("Tab")
        page.keyboard.type("differs")
        assert shown(page) == [e.object for e in plan.refused if e.severity == "differs"]
        page.get_by_role("button", name="Clear").press("Enter")
        assert shown(page) == everything
        page.get_by_label("Kind").select_option("foreign key")
        assert shown(page) == [entry.object for entry in entries if entry.kind == "foreign_key"]


def test_links_lead_to_what_is_seen(browser: Browser, tmp_path: Path, plan: Plan) -> None:
    with opened(browser, tmp_path, plan) as page:
        page.get_by_role("link", name="likely-rename").first.click()
        assert page.locator("#code-likely-rename").bounding_box()["y"] < 500  # type: ignore[index]
        page.get_by_role("searchbox").fill("foreign")
        page.get_by_role("searchbox").fill("(address_id)")
        assert shown(page) == ["orders(address_id)", "customer(address_id)"]
        page.get_by_role("link", name="column orders.address_id").click()
        page.wait_for_function("document.querySelector('.entry:target').checkVisibility()")
        assert page.locator(".entry:target .name").inner_text() == "orders.address_id"


def test_copying_and_folding(browser: Browser, tmp_path: Path, plan: Plan) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    with opened(browser, tmp_path, plan, permissions=permissions) as page:
        page.get_by_role("button", name="Copy the SQL").first.click()
        page.get_by_text("Copied", exact=True).first.wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == plan.pending[0].sql
        sql = page.locator(".entry details pre").first
        assert sql.is_visible()
        page.get_by_role("button", name="Fold or unfold SQL").click()
        assert not sql.is_visible()
        page.emulate_media(media="print")
        assert sql.is_visible()
        assert not page.locator("#filter").is_visible()


def test_without_javascript(browser: Browser, tmp_path: Path, plan: Plan) -> None:
    """Everything is there, and what could not work is not."""
    with opened(browser, tmp_path, plan, java_script_enabled=False) as page:
        assert len(shown(page)) == page.locator(".entry").count() > 0
        assert page.locator("pre:visible").count() == page.locator("pre").count()
        assert not page.locator("#filter").is_visible()
        assert page.locator("button:visible").count() == 0


@pytest.mark.parametrize("text", HOSTILE)
def test_names_do_nothing(browser: Browser, tmp_path: Path, text: str) -> None:
    with opened(browser, tmp_path, hostile(text)) as page:
        assert page.evaluate("typeof hacked") == "undefined"
        assert page.title().startswith("autosync: ")
        assert page.locator(".entry").count() == 7


def test_even_a_hole_would_load_nothing(browser: Browser, tmp_path: Path, plan: Plan) -> None:
    """What the policy forbids is neither fetched nor run, and the browser says that it was that."""
    file = tmp_path / "report.html"
    hole = "<img src='http://127.0.0.1:9/a.png'><script>hacked=1</script><p onclick=hacked=1 id=p>x"
    file.write_text(render(plan).replace("<main>", f"<main>{hole}"), encoding="utf-8")
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(file.as_uri())
    page.locator("#p").click()
    assert page.evaluate("typeof hacked") == "undefined"
    assert page.evaluate("fetch('http://127.0.0.1:9/').catch(() => 'refused')") == "refused"
    told = "\n".join(complaints)
    assert all(word in told for word in ("img-src", "script-src", "connect-src"))
    page.close()
