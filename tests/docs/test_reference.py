"""The reference names all that there is, and nothing else."""

from __future__ import annotations

import inspect
import re

import autosync
from autosync.cli import main
from autosync.config import ACCEPTANCE, KEYS
from autosync.report.formats import FORMATS
from autosync.rules import RULES
from tests.docs.markdown import page


def rows(name: str, heading: str) -> list[str]:
    """The first cells of a table's rows, by the table's head."""
    table = page(name).text.partition(heading)[2].partition("\n\n")[0]
    return [line.split("|")[1].strip() for line in table.splitlines()[2:]]


def test_the_configuration_has_these_keys() -> None:
    keys = [cell.strip("`") for cell in rows("reference/configuration.md", "| key |")]
    assert sorted(keys) == sorted(KEYS)
    text = page("reference/configuration.md").text
    assert all(f"`{name}`" in text for name in ACCEPTANCE)


def test_the_formats_are_these() -> None:
    formats = [cell.strip("`") for cell in rows("guides/ci.md", "| format |")]
    assert sorted(formats) == sorted(FORMATS)


def test_the_environment_has_these_variables() -> None:
    told = set(re.findall(r"`((?:AUTOSYNC|DATABASE)_\w+)`", page("reference/command-line.md").text))
    known = {"AUTOSYNC_TRACEBACK"}
    for command in main.commands.values():
        for option in command.params:
            names = option.envvar or []
            known |= {names} if isinstance(names, str) else set(names)
    assert told == known


def test_every_public_name_is_there() -> None:
    text = page("reference/python.md").text
    documented = set(re.findall(r"auto(?:function|class|exception):: (\w+)", text))
    names = {name for name in autosync.__all__ if inspect.isroutine(getattr(autosync, name))}
    names |= {name for name in autosync.__all__ if inspect.isclass(getattr(autosync, name))}
    assert documented == names


def test_every_code_is_among_what_is_detected() -> None:
    text = page("explanation/detects.md").text
    assert set(re.findall(r"codes/([\w-]+)\.md", text)) == set(RULES)
