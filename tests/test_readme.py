"""The README, run: its report, its rules, its code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

import autosync
from autosync.cli import main
from autosync.config import load
from tests.servers.database import LiveDatabase

ROOT = Path(autosync.__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def between(name: str) -> str:
    return README.partition(f"<!-- {name}: begin -->\n")[2].partition(f"<!-- {name}: end -->")[0]


def test_the_rules_are_those_of_the_code() -> None:
    printed = CliRunner().invoke(main, ["rules", "--format", "markdown"]).output
    assert printed == f"## Refused\n\n{between('rules')}\n## Notes\n\n{between('notes')}"


@pytest.fixture
def models() -> Any:
    code = next(block for block in blocks("python") if "class Customer" in block)
    namespace: dict[str, Any] = {"__name__": "readme"}
    exec(compile(code, "README.md", "exec"), namespace)
    return namespace["Base"]


@pytest.fixture
def older(postgresql: LiveDatabase) -> sa.engine.Engine:
    metadata = sa.MetaData()
    customer = sa.Table(
        "customer",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("age", sa.Integer),
        sa.Column("phone", sa.String(40)),
    )
    metadata.create_all(postgresql.engine)
    with postgresql.engine.begin() as connection:
        connection.execute(customer.insert().values(age=41, phone="0123"))
    return postgresql.engine


def test_the_report_is_what_it_prints(older: sa.engine.Engine, models: Any) -> None:
    assert str(autosync.plan(older, models)) + "\n" == blocks("text")[0]
    report = autosync.sync(older, models)
    assert len(report.applied) == 5
    for refusal in report.refused:
        if refusal.code != "not-null-without-default":
            with older.begin() as connection:
                connection.exec_driver_sql(str(refusal.remedy))
    remaining = [(r.object, r.code) for r in autosync.plan(older, models).refused]
    assert remaining == [("customer.born", "not-null-without-default")]


def test_the_calls_exist(older: sa.engine.Engine, models: Any) -> None:
    """The code of "Use" is valid, and its calls are made here as they stand there."""
    code = next(block for block in blocks("python") if "autosync.check" in block)
    calls = [line for line in code.splitlines() if "elixir" not in line and "await" not in line]
    with pytest.raises(autosync.OutOfSync):
        exec("\n".join(calls), {"autosync": autosync, "engine": older, "Base": models})
    (awaited,) = [line for line in code.splitlines() if line.startswith("await")]
    compile(f"async def start():\n    {awaited}", "README.md", "exec")


def test_the_options_exist() -> None:
    import inspect

    documented = re.findall(r"^\| `(\w+)` \| `(.*?)` \|", README, re.MULTILINE)
    parameters = inspect.signature(autosync.sync).parameters
    options = {name: p.default for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
    assert {name: eval(default) for name, default in documented} == options


def test_the_commands_exist() -> None:
    commands = [line for block in blocks("console") for line in block.splitlines()]
    ours = [line.partition("#")[0] for line in commands if line.startswith("$ autosync")]
    assert len(ours) == 11
    for line in ours:
        words = shlex.split(line)[2:]
        options = [word for word in words if word.startswith("--")]
        result = CliRunner().invoke(main, [words[0], "--help"])
        assert result.exit_code == 0
        assert all(option in result.output for option in options)


def test_the_configuration_is_one(tmp_path: Path) -> None:
    [text] = blocks("toml")
    path = tmp_path / "pyproject.toml"
    path.write_text(text)
    found = load(path, "staging")
    assert set(found.settings) == {"target", "fail_on", "exclude", "url", "accept"}
    assert [one.object for one in found.acceptances] == ["customer.size"]


def test_make_knows_its_targets() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^\$ make (\w+)", README, re.MULTILINE))
    assert targets == {"demo", "test", "quick", "bench", "compare"}
    assert all(f"\n{target}:" in makefile for target in targets)
