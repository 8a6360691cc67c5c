"""A person who pastes: takes the remedies out of a report, and puts them into a client."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from itertools import takewhile
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options
from rich.console import Console
from sqlalchemy.engine import Engine

from autosync.plan import Plan
from autosync.report import github, html, junit, markdown, sarif, sql, text
from autosync.report.console import _wrapped
from tests.report.checks import annotations
from tests.report.clients import program

INDENT = 11
"""How deep a remedy stands in the plain text."""
NARROW = 50
Texts = Iterator[str]


# --- out of each format ---------------------------------------------------------------------------


def of_text(lines: list[str]) -> Texts:
    """What stands beside "do:", and below it."""
    for number, line in enumerate(lines):
        if line.lstrip().startswith("do: "):
            below = takewhile(lambda one: one.startswith(" " * INDENT), lines[number + 1 :])
            yield "\n".join([line.lstrip()[5:], *(one[INDENT:] for one in below)])


def plain(plan: Plan) -> Texts:
    return of_text(str(plan).split("\n"))


def terminal(plan: Plan) -> Texts:
    """As a narrow terminal has it."""
    console = Console(width=NARROW)
    parts = [part for line in text.lines(plan) for part in _wrapped(console, line)]
    return of_text([part.plain for part in parts])


def of_json(plan: Plan) -> Texts:
    data = json.loads(plan.to_json())
    for entry in (*data["refused"], *data["notes"]):
        yield entry["remedy"]


class _Pre(HTMLParser):
    """The texts of a page that are to be copied."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._depth = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "pre":
            self._depth += 1
            self.texts.append("")
        if tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "pre"

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.texts[-1] += data


def of_html(plan: Plan) -> Texts:
    yield from _Pre(html.render(plan)).texts


def of_markdown(plan: Plan) -> Texts:
    unsafe = Options.CMARK_OPT_UNSAFE
    page = cmarkgfm.github_flavored_markdown_to_html(markdown.render(plan), options=unsafe)
    yield from _Pre(page).texts


def of_github(plan: Plan) -> Texts:
    """What stands below the reason and the consequence."""
    for one in annotations(github.render(plan)):
        yield "\n".join(one.message.split("\n")[2:])


def of_sarif(plan: Plan) -> Texts:
    """The same; of a note, there is no consequence."""
    for result in json.loads(sarif.render(plan))["runs"][0]["results"]:
        first = 1 if result.get("kind") == "informational" else 2
        yield "\n".join(result["message"]["text"].split("\n")[first:])


def of_junit(plan: Plan) -> Texts:
    from xml.etree import ElementTree

    for element in ElementTree.fromstring(junit.render(plan).encode()).iter():
        yield from of_text((element.text or "").split("\n"))


def of_sql(plan: Plan) -> Texts:
    """All of it: it is a script."""
    yield sql.render(plan)


FORMATS: Mapping[str, Callable[[Plan], Texts]] = {
    "text": plain,
    "terminal": terminal,
    "json": of_json,
    "html": of_html,
    "markdown": of_markdown,
    "github": of_github,
    "sarif": of_sarif,
    "junit": of_junit,
    "sql": of_sql,
}


# --- into each client -----------------------------------------------------------------------------


def paste(engine: Engine, pasted: str, folder: Path) -> None:
    """Give it to the database's own client, which goes on after errors, as a person does."""
    url = engine.url
    name = url.get_backend_name()
    if name == "sqlite":
        command = [program("sqlite3"), str(url.database)]
    elif name == "postgresql":
        where = [f"--host={url.host}", f"--port={url.port}", f"--username={url.username}"]
        command = [program("psql"), *where, "--no-psqlrc", str(url.database)]
    else:
        where = [f"--host={url.host}", f"--port={url.port}", f"--user={url.username}"]
        options = ["--default-character-set=utf8mb4", f"--password={url.password}", "--force"]
        command = [program("mariadb"), *where, *options, str(url.database)]
    subprocess.run(
        command,
        input=f"{pasted}\n".encode(errors="backslashreplace"),
        capture_output=True,
        check=False,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "PGPASSWORD": str(url.password)},
        timeout=60,
    )
