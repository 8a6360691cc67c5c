"""What is said between the blocks: the commands and the calls there exist, with their options."""

from __future__ import annotations

import ast
import inspect
import re
import shlex

import click
import pytest
import yaml
from celery.utils.dispatch import Signal

import autosync
from autosync.cli import main
from tests.docs.markdown import FENCE, ROOT, Page, page, pages


def spans(page: Page) -> list[str]:
    """The code within sentences and tables."""
    return re.findall(r"`([^`\n]+)`", FENCE.sub("", page.text))


@pytest.mark.parametrize("page", pages(), ids=str)
def test_the_commands_exist(page: Page) -> None:
    for span in spans(page):
        words = shlex.split(span) if span.startswith("autosync ") else []
        if not words or words[1] not in main.commands:
            assert not re.match(r"autosync [a-z]+$", span), span
            continue
        options = {name for option in main.commands[words[1]].params for name in option.opts}
        assert {word for word in words if word.startswith("--")} <= options, span


@pytest.mark.parametrize("page", pages(), ids=str)
def test_the_calls_exist(page: Page) -> None:
    for span in spans(page):
        if not re.match(r"(await .*)?autosync\.\w+\(", span) or "..." in span:
            continue
        (call,) = [
            node
            for node in ast.walk(ast.parse(span.removeprefix("await ")))
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("autosync.")
        ]
        function = getattr(autosync, ast.unparse(call.func).removeprefix("autosync."))
        known = inspect.signature(function).parameters
        assert {keyword.arg for keyword in call.keywords} <= set(known), span


def test_options_alone_are_of_some_command() -> None:
    known = {
        name
        for command in [main, *main.commands.values()]
        for option in command.params
        if isinstance(option, click.Option)
        for name in option.opts
    }
    known |= {"--autosync", "--autosync-db"}  # of the plugin for pytest
    for one in pages():
        for span in spans(one):
            if span.startswith("--"):
                assert set(re.findall(r"(?<![\w-])--[\w-]+", span)) <= known, span


def test_the_hook_is_that_of_the_repository() -> None:
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    blocks = [one for one in page("guides/ci.md").blocks if one.language == "yaml"]
    [shown] = yaml.safe_load(blocks[0].text)[0]["hooks"]
    same = ("id", "entry", "pass_filenames", "files")
    assert {key: shown[key] for key in same} == {key: hook[key] for key in same}


def test_what_celery_does_with_an_error_of_a_receiver() -> None:
    """It is logged, and the worker goes on; SystemExit comes through."""
    signal = Signal(name="worker_init")

    @signal.connect
    def fail(**_: object) -> None:
        raise ValueError("no database")

    [(_, raised)] = signal.send(sender=None)
    assert isinstance(raised, ValueError)

    @signal.connect
    def leave(**_: object) -> None:
        raise SystemExit(1)

    with pytest.raises(SystemExit):
        signal.send(sender=None)
