"""`import autosync` is part of every start of an application."""

import subprocess
import sys

import pytest

from tests.cli.conftest import ROOT

HEAVY = ("click", "rich", "alembic", "sqlalchemy.ext.asyncio", "asyncio", "greenlet")


@pytest.mark.parametrize("module", ["autosync", "autosync.api"])
def test_import_autosync_is_light(module):
    base = loaded("import sqlalchemy")
    assert loaded(f"import sqlalchemy, {module}") - base == set()


def test_a_report_is_text_without_rich():
    assert "rich" not in loaded("import autosync; str(autosync.Plan('sqlite'))")


def loaded(code: str) -> set[str]:
    code += f"\nimport sys; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())
