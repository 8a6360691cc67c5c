"""Writes the pages that are made of the code itself, before Sphinx looks for pages.

They go to ``docs/generated``, which is in no commit: a page for each code, the commands with their
options, and the fields of the JSON format. A file is written only where its text has changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from autosync.cli import main
from autosync.report.explanation import HEADINGS
from autosync.rules import RULES, Rule

EXAMPLES = "reference/examples.json"
OUTCOMES = {
    "refused": "It is **refused**: nothing is done about it.",
    "note": "It is a **note**: it is in nobody's way.",
}
Pages = Iterator[tuple[str, str]]
"""Paths below docs/generated, and their texts."""


def setup(app: Any) -> dict[str, Any]:
    """What Sphinx calls."""
    app.connect("builder-inited", lambda app: write(Path(app.srcdir)))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write(docs: Path) -> None:
    """Write all pages below ``docs``, and remove those that are of no code any more."""
    folder = docs / "generated"
    pages = dict(all_pages(json.loads((docs / EXAMPLES).read_text(encoding="utf-8"))))
    for name, text in pages.items():
        path = folder / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in folder.rglob("*.md"):
        if path.relative_to(folder).as_posix() not in pages:
            path.unlink()


def all_pages(examples: Mapping[str, Mapping[str, Any]]) -> Pages:
    """Every generated page."""
    yield "codes/index.md", codes()
    for rule in RULES.values():
        yield f"codes/{rule.code}.md", code(rule, examples[rule.code])
    yield "fragments/commands.md", commands()
    yield "fragments/json.md", fields()


def codes() -> str:
    """The page with all codes."""
    lines = ["# All codes", "", "Every line of a report but the additions has one of these codes."]
    lines += ["They are stable. `autosync explain CODE` says the same as the page of a code.", ""]
    for outcome, heading in HEADINGS.items():
        lines += [f"## {heading}", "", "| code | | what follows |", "| --- | --- | --- |"]
        for rule in RULES.values():
            if rule.outcome == outcome:
                link = f"[`{rule.code}`]({rule.code}.md)"
                lines.append(f"| {link} | {rule.title} | {rule.consequence} |")
        lines.append("")
    names = "\n".join(RULES)
    return "\n".join([*lines, block("{toctree}", f":hidden:\n\n{names}")])


def code(rule: Rule, example: Mapping[str, Any]) -> str:
    """The page of one code: what it means, and a real example with its remedy."""
    paragraphs = [
        f"# {rule.code}",
        f"*{rule.title}.* {OUTCOMES[rule.outcome]}",
        rule.explanation.replace("``", "`"),
    ]
    if rule.consequence:
        paragraphs.append(f"**What follows:** {rule.consequence}")
    return "\n\n".join([*paragraphs, "## Example", *_example(example)]) + "\n"


def _example(example: Mapping[str, Any]) -> Iterator[str]:
    if "none" in example:
        yield example["none"]
        return
    yield f"On {example['database']}. {example['said']}".strip()
    if example["difference"]:
        yield "`-` is what the database has, `+` is what the models declare:"
        yield block("diff", example["difference"])
    yield "The report:"
    yield block("text", example["report"])


def commands() -> str:
    """The help of each command, as it is printed."""
    context = click.Context(main, info_name="autosync", terminal_width=90, max_content_width=90)
    parts = []
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        with click.Context(command, parent=context, info_name=name, **_wide()) as inner:
            parts.append(f"## autosync {name}\n\n{block('text', command.get_help(inner))}")
    return "\n\n".join(parts) + "\n"


def _wide() -> dict[str, Any]:
    return {"terminal_width": 90, "max_content_width": 90}


def fields() -> str:
    """The fields of the JSON format, of the whole and of each kind of entry."""
    schema = json.loads(
        files("autosync.report").joinpath("report.schema.json").read_text(encoding="utf-8")
    )
    parts = ["## The whole", _table(schema)]
    for name, definition in schema["$defs"].items():
        parts += [f"## {name}", definition["description"]]
        if "properties" in definition:
            parts.append(_table(definition))
        else:
            parts.append("One of " + ", ".join(f"`{one}`" for one in definition["enum"]) + ".")
    return "\n\n".join(parts) + "\n"


def _table(schema: Mapping[str, Any]) -> str:
    rows = ["| field | | |", "| --- | --- | --- |"]
    for name, field in schema["properties"].items():
        always = "" if name in schema["required"] else "Not always there. "
        rows.append(f"| `{name}` | {_type(field)} | {always}{_said(field)} |")
    return "\n".join(rows)


def _said(field: Mapping[str, Any]) -> str:
    return str(field.get("description", ""))


def _type(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name})"
    if "anyOf" in field:
        return " or ".join(map(_type, field["anyOf"]))
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return " or ".join(f"`{one}`" for one in field["enum"])
    if field["type"] == "array":
        return f"list of {_type(field['items'])}"
    return " or ".join(_listed(field["type"]))


def _listed(types: str | Iterable[str]) -> Iterable[str]:
    return [types] if isinstance(types, str) else types


def block(info: str, text: str) -> str:
    """A fenced block that no fence inside of ``text`` can end."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{info}\n{text.rstrip()}\n{fence}"
