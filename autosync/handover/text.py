"""The body of upgrade(): each part with its code and consequence, and what is held back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from autosync.escape import escaped
from autosync.handover.items import Item
from autosync.plan import Refusal

INDENT = "    "
NOTHING = "pass"
Parts = Callable[[Sequence[Item]], Iterable[tuple[str, str]]]
"""What writes a group of items: the source of each part, and why it is held back."""


class Body(NamedTuple):
    """The lines of the function, of which all but the first are indented, and the items of which
    something is held back.
    """

    text: str
    held: tuple[Item, ...]


def body(items: Iterable[Item], left: Iterable[Refusal], parts: Parts) -> Body:
    """A block for each group of items, and for each refusal that is left to a person."""
    blocks: list[list[str]] = []
    held_back: list[Item] = []
    is_active = False
    for group in _groups(items):
        lines = [line for item in group for line in _heading(item)]
        for source, held in parts(group):
            is_active = is_active or not held
            lines += _commented(source, held) if held else source.split("\n")
            held_back += group if held else ()
        blocks.append(lines)
    blocks += [[*_about(refusal), *_left(refusal)] for refusal in left]
    if not is_active:
        blocks.append([NOTHING])
    text = "\n\n".join("\n".join(_indented(block)) for block in blocks)
    return Body(text.removeprefix(INDENT), tuple(held_back))


def _indented(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.startswith(INDENT) or not line else f"{INDENT}{line}"


def _groups(items: Iterable[Item]) -> Iterator[list[Item]]:
    """What alters one column is one alteration; all else stands by itself."""
    for _, group in groupby(items, _place):
        yield list(group)


def _place(item: Item) -> object:
    return (item.change.key, item.change.name) if item.way == "alter" else id(item)


def _heading(item: Item) -> Iterator[str]:
    if isinstance(item.entry, Refusal):
        yield from _about(item.entry)
        return
    yield _comment(f"pending: {item.entry.title}")
    for hazard in item.entry.hazards:
        yield _comment(f"  {hazard}")


def _about(refusal: Refusal) -> Iterator[str]:
    yield _comment(f"{refusal.code}: {refusal.title}")
    yield _comment(f"  {refusal.reason}")
    yield _comment(f"  {refusal.consequence}")


def _left(refusal: Refusal) -> Iterator[str]:
    yield _comment("NOT WRITTEN: it takes a person")
    for line in refusal.remedy.lines():
        yield _comment(f"  {line}")


def _commented(source: str, why: str) -> Iterator[str]:
    yield _comment(why)
    for line in source.split("\n"):
        yield f"# {line.removeprefix(INDENT)}"


def _comment(text: str) -> str:
    return f"# {escaped(text)}".rstrip()
