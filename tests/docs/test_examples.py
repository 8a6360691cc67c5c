"""The examples on the pages of the codes are what really happens.

With AUTOSYNC_DOCS_WRITE=1 and `-n 0`, this writes them down, instead of comparing.
"""

from __future__ import annotations

import os

import pytest

from autosync.rules import RULES
from tests.docs import examples


@pytest.mark.parametrize("code", examples.codes())
def test_example(code: str, request: pytest.FixtureRequest) -> None:
    database = request.getfixturevalue(examples.database_of(code))
    made = examples.made(code, database)
    assert f"[{code}]" in made["report"] or RULES[code].outcome == "note"
    if os.environ.get("AUTOSYNC_DOCS_WRITE"):
        examples.keep(code, made)
    assert examples.read()[code] == made


def test_every_code_has_one() -> None:
    assert list(examples.read()) == list(RULES)
