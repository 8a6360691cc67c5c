"""The tables that change, with their columns and the keys between them, as a Mermaid diagram."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from autosync.escape import one_line
from autosync.sketch import Sketch, SketchedColumn, State

MOST_CHARACTERS = 50_000
"""Mermaid draws nothing that is longer, unless it is told to."""
COMMENTS: dict[State, str] = {"kept": "", "new": ' "new"', "refused": ' "refused"'}
_OUTSIDE_LABEL = re.compile(r"[^\w.()\[\]\-]|\s|[\x80-\xbf]")
_OUTSIDE_WORD = re.compile(r"[^\w()\[\]\-]|\s|[\x80-\xbf]")
"""What the grammar has no room for, and what it would read as something else: quotes, ``%%``,
backslashes, entities, white space (``direction TB``)."""
_NO_NAME = re.compile(r"(?![A-Za-z_\u00c0-\U0010ffff])|(?:pk|fk|uk)\b", re.IGNORECASE | re.ASCII)
"""How no word begins, or how one begins that is taken for the mark of a key."""


def draw(tables: Sequence[Sketch]) -> str:
    """An ``erDiagram``; tables that are only pointed at are boxes without columns.

    Of a table that stays, it shows the columns that change, and the keys. In names, all that
    Mermaid cannot take is an underscore.
    """
    targets = [target for sketch in tables for target in _targets(sketch)]
    known = dict.fromkeys([*(sketch.table for sketch in tables), *targets])
    ids = {name: f"t{number}" for number, name in enumerate(known, 1)}
    boxes = {sketch.table: sketch for sketch in tables}
    lines = ["erDiagram"]
    for name, id_ in ids.items():
        lines += _box(f'{id_}["{_label(name)}"]', boxes.get(name))
    for sketch in tables:
        lines += _links(sketch, ids)
    return "\n".join(lines)


def _targets(sketch: Sketch) -> Mapping[str, list[SketchedColumn]]:
    """The tables that it points at, and the columns that do."""
    found: dict[str, list[SketchedColumn]] = {}
    for column in sketch.columns:
        if column.target is not None:
            found.setdefault(column.target, []).append(column)
    return found


def _box(head: str, sketch: Sketch | None) -> Iterator[str]:
    columns = sketch.columns if sketch else ()
    shown = [column for column in columns if column.state != "kept" or _keys(column)]
    if not shown:
        yield f"    {head}"
        return
    yield f"    {head} {{"
    yield from (f"        {_attribute(column)}" for column in shown)
    yield "    }"


def _attribute(column: SketchedColumn) -> str:
    return f"{_word(column.type)} {_word(column.name)}{_keys(column)}{COMMENTS[column.state]}"


def _keys(column: SketchedColumn) -> str:
    keys = ["PK"] * column.is_key + ["FK"] * (column.target is not None)
    return f" {', '.join(keys)}" if keys else ""


def _links(sketch: Sketch, ids: Mapping[str, str]) -> Iterator[str]:
    """Lines to what a table points at; they are broken where a key is refused."""
    for target, columns in _targets(sketch).items():
        refused = any(column.state == "refused" for column in columns)
        line = "}o..o|" if refused else "}o--o|"
        names = ", ".join(_label(column.name) for column in columns)
        yield f'    {ids[sketch.table]} {line} {ids[target]} : "{names}"'


def _label(text: str) -> str:
    """What can stand between quotes."""
    return _OUTSIDE_LABEL.sub("_", one_line(text)) or "_"


def _word(text: str) -> str:
    """What is one word of Mermaid's; a run of characters that it cannot take is one underscore."""
    word = re.sub("_{2,}", "_", _OUTSIDE_WORD.sub("_", one_line(text)))
    return f"_{word}" if _NO_NAME.match(word) else word
