"""The workflows, with their shell steps run as they stand there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

from tests.examples.conftest import ROOT
from tests.servers.database import LiveDatabase

BASE = """
    import sqlalchemy as sa
    from sqlalchemy.orm import declarative_base

    Base = declarative_base()

    class Customer(Base):
        __tablename__ = "customer"
        id = sa.Column(sa.Integer, primary_key=True)
        size = sa.Column(sa.Integer)
"""
ADDED = BASE + "        phone = sa.Column(sa.String(20))\n"
CHANGED = BASE.replace("size = sa.Column(sa.Integer)", "size = sa.Column(sa.String(20))")


class Checkout:
    """A repository with a base branch, and a change on top of it that is checked out."""

    def __init__(self, folder: Path, database: LiveDatabase) -> None:
        self.folder = folder / "checkout"
        self.log = folder / "log"
        self.summary = folder / "summary.md"
        programs = folder / "bin"
        programs.mkdir()
        for name in ("pip", "gh"):  # what needs a network is only written down
            program = programs / name
            program.write_text(f'#!/bin/sh\necho {name} "$@" >> "{self.log}"\n')
            program.chmod(0o755)
        self.env = {
            **os.environ,
            "PATH": os.pathsep.join(
                [str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]
            ),
            "DATABASE_URL": database.url.render_as_string(hide_password=False),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "PYTHONDONTWRITEBYTECODE": "1",
            "TARGET": "shop.models:Base",
            "PULL_REQUEST": "7",
        }
        (self.folder / "shop").mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.commit(BASE)
        self.base = self.git("rev-parse", "HEAD").strip()
        self.env |= {"BASE": "main", "CI_MERGE_REQUEST_DIFF_BASE_SHA": self.base}
        self.git("checkout", "-q", "-b", "change")

    def git(self, *arguments: str) -> str:
        author = ("-c", "user.name=test", "-c", "user.email=test@localhost")
        return subprocess.run(
            ["git", *author, *arguments],
            cwd=self.folder, env=self.env, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip

    def commit(self, models: str) -> None:
        (self.folder / "shop" / "models.py").write_text(dedent(models))
        self.git("add", ".")
        self.git("commit", "-q", "-m", "models")

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run the text of a step as a runner does."""
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=self.folder, env=self.env, check=False, capture_output=True, text=True, timeout=60,
        )  # fmt: skip


@pytest.fixture
def checkout(tmp_path: Path, postgresql: LiveDatabase) -> Checkout:
    return Checkout(tmp_path, postgresql)


def workflow(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "examples" / "ci" / name).read_text())
    return found


Steps = Callable[[Checkout], dict[str, subprocess.CompletedProcess[str]]]


def github(checkout: Checkout) -> dict[str, subprocess.CompletedProcess[str]]:
    """All steps of the workflow, also those after one that has failed."""
    steps = workflow("github.yml")["jobs"]["autosync"]["steps"]
    return {step["name"]: checkout.run(step["run"]) for step in steps if "run" in step}


def gitlab(checkout: Checkout) -> subprocess.CompletedProcess[str]:
    job = workflow("gitlab.yml")["database"]
    return checkout.run("\n".join([*job["before_script"], *job["script"]]))


def test_github_lets_an_addition_pass(checkout: Checkout) -> None:
    checkout.commit(ADDED)
    done = github(checkout)
    assert {name: step.returncode for name, step in done.items()} == dict.fromkeys(done, 0), done
    assert "ADD COLUMN phone" in checkout.summary.read_text()
    assert "::error" not in done["Check"].stdout
    log = checkout.log.read_text()
    assert "gh pr comment 7 --body-file plan.md --edit-last\n" in log


def test_github_stops_what_would_be_refused(checkout: Checkout) -> None:
    """With an annotation on the line that caused it, a summary and a comment."""
    checkout.commit(CHANGED)
    done = github(checkout)
    assert done["Check"].returncode == 4
    assert "::error file=shop/models.py,line=10," in done["Check"].stdout
    assert "column-type" in checkout.summary.read_text()
    assert "gh pr comment" in checkout.log.read_text()


def test_gitlab(checkout: Checkout) -> None:
    checkout.commit(ADDED)
    assert gitlab(checkout).returncode == 0
    checkout.git("worktree", "remove", "--force", "../base")
    checkout.commit(CHANGED)
    done = gitlab(checkout)
    assert done.returncode == 4, done
    assert "column-type" in done.stdout
    assert "column-type" in (checkout.folder / "plan.xml").read_text()
