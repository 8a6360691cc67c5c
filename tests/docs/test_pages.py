"""All pages, with the commands and the code in them run.

With AUTOSYNC_DOCS_WRITE=1, what they print is written into the pages, instead of compared.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.docs.markdown import Page, pages
from tests.docs.run import NOT_RUN, prepared
from tests.docs.shell import commands

WRITING = bool(os.environ.get("AUTOSYNC_DOCS_WRITE"))


@pytest.mark.parametrize("page", pages(), ids=str)
def test_page(
    page: Page,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    programs: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    env = {}
    if name := page.settings.get("database"):
        url = request.getfixturevalue(name).url
        env["DATABASE_URL"] = url.render_as_string(hide_password=False)
    with prepared(page, folder, programs, env, monkeypatch) as run:
        run.writing = WRITING
        run.go()
    if run.text != page.text:
        page.path.write_text(run.text, encoding="utf-8")


def test_what_is_not_run_is_there() -> None:
    """No reason outlives its command."""
    all_commands = [
        command.text
        for page in pages()
        for block in page.blocks
        if block.language == "console"
        for command in commands(block.text)
    ]
    for pattern in NOT_RUN:
        assert any(re.match(pattern, text) for text in all_commands), pattern
