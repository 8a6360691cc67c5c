"""The pages of the documentation, and the blocks of code in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import yaml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GENERATED = DOCS / "generated"

FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)(?P=fence) *$",
    re.DOTALL | re.MULTILINE,
)
DIRECTIVE = re.compile(r"\{([\w-]+)\} *(.*)")
OPTION = re.compile(r":([\w-]+): *(.*)\n")
FRONT_MATTER = re.compile(r"---\n(.*?)\n---\n", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the file that its caption names."""

    language: str
    text: str
    line: int
    file: str | None = None


@dataclass(frozen=True)
class Page:
    """A page that somebody wrote."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Its path below docs/."""
        return self.path.relative_to(DOCS).as_posix()

    @property
    def settings(self) -> dict[str, str]:
        """What stands before the page: ``database``, if it needs one."""
        match = FRONT_MATTER.match(self.text)
        return yaml.safe_load(match[1]) if match else {}

    @property
    def blocks(self) -> list[Block]:
        """Its blocks of code, in order; directives are none, but for ``{code-block}``."""
        found = [block(match, self.text) for match in FENCE.finditer(self.text)]
        return [one for one in found if one is not None]

    def __str__(self) -> str:
        return self.name


def block(match: re.Match[str], page: str) -> Block | None:
    line = page.count("\n", 0, match.start()) + 2
    info, body = match["info"].strip(), dedent(match["body"])
    directive = DIRECTIVE.fullmatch(info)
    if directive is None:
        return Block(info, body, line)
    if directive[1] != "code-block":
        return None
    options = {}
    while option := OPTION.match(body):
        options[option[1]] = option[2]
        body = body[option.end() :]
    return Block(directive[2], body.lstrip("\n"), line, options.get("caption"))


def pages() -> list[Page]:
    """All pages but the generated ones."""
    paths = sorted(path for path in DOCS.rglob("*.md") if GENERATED not in path.parents)
    return [Page(path, path.read_text(encoding="utf-8")) for path in paths]


def page(name: str) -> Page:
    """One page, by its path below docs/."""
    return Page(DOCS / name, (DOCS / name).read_text(encoding="utf-8"))
