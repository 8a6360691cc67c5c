"""The manifests of the Kubernetes page: what their containers run, run as it stands there."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.markdown import page
from tests.docs.shell import Shell
from tests.servers.database import LiveDatabase

MODELS = """
import sqlalchemy as sa

metadata = sa.MetaData()


class Base:
    metadata = metadata


sa.Table("customer", metadata, sa.Column("id", sa.Integer, primary_key=True){more})
"""
NEW = ', sa.Column("name", sa.String(80))'
RENAMED = ', sa.Column("full_name", sa.String(80))'


def manifests() -> dict[str, Any]:
    blocks = page("guides/kubernetes.md").blocks
    return {one.file: yaml.safe_load(one.text) for one in blocks if one.language == "yaml"}


def pod(manifest: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = manifest["spec"]["template"]["spec"]
    return found


def container(name: str) -> dict[str, Any]:
    """The container that has to do with the database."""
    spec = pod(manifests()[name])
    [found] = [
        one
        for one in [*spec.get("initContainers", []), *spec["containers"]]
        if one["name"] == "database"
    ]
    return dict(found)


class Image:
    """A folder with the application, and the environment that the container has."""

    def __init__(self, folder: Path, programs: Path, database: LiveDatabase) -> None:
        self.models = folder / "shop" / "models.py"
        self.models.parent.mkdir()
        url = database.url.render_as_string(hide_password=False)
        self.shell = Shell(folder, programs, {"DATABASE_URL": url})

    def holds(self, more: str) -> None:
        self.models.write_text(MODELS.format(more=more))

    def run(self, name: str) -> tuple[int, str]:
        one = container(name)
        assert [variable["name"] for variable in one["env"]] == ["DATABASE_URL"]
        return self.shell.run(shlex.join([*one["command"], *one.get("args", [])]))


@pytest.fixture
def image(tmp_path: Path, programs: Path, postgresql: LiveDatabase) -> Iterator[Image]:
    made = Image(tmp_path, programs, postgresql)
    yield made
    made.shell.close()


def test_they_are_all_tried() -> None:
    assert set(manifests()) == {"deployment.yaml", "job.yaml", "waiting.yaml"}
    for manifest in manifests().values():
        assert {"apiVersion", "kind", "metadata", "spec"} <= set(manifest)
        assert all("image" in one for one in pod(manifest)["containers"])


def test_the_init_container_lets_the_pod_start_if_the_database_suffices(image: Image) -> None:
    image.holds(NEW)
    status, said = image.run("deployment.yaml")
    assert (status, "table customer" in said) == (0, True), said
    image.holds(RENAMED)
    status, said = image.run("deployment.yaml")
    assert (status, "[likely-rename]" in said) == (4, True), said


def test_the_job_and_the_pods_that_wait(image: Image) -> None:
    image.holds(NEW)
    assert image.run("job.yaml")[0] == 0
    assert image.run("waiting.yaml")[0] == 0
