"""The workflows, with their shell steps run as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
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

    def run(self, script: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run the text of a step as a runner does."""
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=folder or self.folder, env=self.env, check=False, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip


@pytest.fixture
def checkout(tmp_path: Path, postgresql: LiveDatabase) -> Checkout:
    return Checkout(tmp_path, postgresql)


def workflow(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "examples" / "ci" / name).read_text())
    return found


def github(checkout: Checkout) -> dict[str, subprocess.CompletedProcess[str]]:
    """All steps of the workflow, also those after one that has failed; each job in a folder of its
    own, with the artifact as all that goes from one to the other.
    """
    jobs = workflow("github.yml")["jobs"]
    done = steps(checkout, jobs["autosync"], checkout.folder)
    elsewhere = checkout.folder.with_name("elsewhere")
    (elsewhere / "report").mkdir(parents=True)
    shutil.copy(checkout.folder / "plan.md", elsewhere / "report")
    return done | steps(checkout, jobs["comment"], elsewhere)


def steps(
    checkout: Checkout, job: dict[str, Any], folder: Path
) -> dict[str, subprocess.CompletedProcess[str]]:
    found = [step for step in job["steps"] if "run" in step]
    return {step["name"]: checkout.run(step["run"], folder) for step in found}


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
    assert "gh pr comment 7 --body-file report/plan.md --edit-last\n" in log


def test_github_stops_what_would_be_refused(checkout: Checkout) -> None:
    """With an annotation on the line that caused it, a summary and a comment."""
    checkout.commit(CHANGED)
    done = github(checkout)
    assert done["Check"].returncode == 4
    assert "::error file=shop/models.py,line=10," in done["Check"].stdout
    assert "column-type" in checkout.summary.read_text()
    assert "gh pr comment" in checkout.log.read_text()


def test_a_report_that_leads_elsewhere_is_no_comment(checkout: Checkout, tmp_path: Path) -> None:
    """The branch's code has made it, and may have made a link to the secrets of the job."""
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "plan.md").symlink_to("/proc/self/environ")
    [done] = steps(checkout, workflow("github.yml")["jobs"]["comment"], tmp_path).values()
    assert done.returncode == 1
    assert not checkout.log.exists()


def test_github_keeps_the_branch_from_the_token() -> None:
    """What runs code of the branch may read; what may write runs nothing of it."""
    found = workflow("github.yml")
    jobs = found["jobs"]
    assert found["permissions"] == {}
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "autosync": {"contents": "read"},
        "comment": {"pull-requests": "write"},
    }
    assert found[True] == "pull_request"  # YAML's word for "on"
    checkouts = [step for step in jobs["autosync"]["steps"] if "checkout" in step.get("uses", "")]
    assert [step["with"]["persist-credentials"] for step in checkouts] == [False]
    [download, comment] = jobs["comment"]["steps"]
    assert download["uses"].startswith("actions/download-artifact@")
    assert re.findall(r"(?m)^\s*(\w+)", comment["run"]) == ["test", "gh", "gh"]
    assert "secrets." not in (ROOT / "examples" / "ci" / "github.yml").read_text()


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/ci/*.yml")), ids=lambda path: path.name)
def test_actions_are_pinned_by_their_commit(path: Path) -> None:
    """A tag can be moved; the version is beside it for whoever updates it."""
    used = re.findall(r"uses: *(.*)", path.read_text())
    assert [one for one in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", one)] == []
    assert bool(used) == (path.name == "github.yml")


def test_gitlab(checkout: Checkout) -> None:
    checkout.commit(ADDED)
    assert gitlab(checkout).returncode == 0
    checkout.git("worktree", "remove", "--force", "../base")
    checkout.commit(CHANGED)
    done = gitlab(checkout)
    assert done.returncode == 4, done
    assert "column-type" in done.stdout
    assert "column-type" in (checkout.folder / "plan.xml").read_text()
