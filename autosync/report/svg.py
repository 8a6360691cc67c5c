"""The tables that change as a diagram: boxes with their columns, and lines for the keys.

It is to stand in a page whose style sheet gives its classes their colours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from autosync.report.layout import Layout, arranged
from autosync.report.markup import Markup, element, joined
from autosync.sketch import Sketch, SketchedColumn, State

MOST_TABLES = 60
"""What is still a picture and no wallpaper."""
MOST_COLUMNS = 14
"""Of a box; what changes and the keys come first, and the rest is counted."""

WIDTH = 250.0
GAP = 60.0
HEADER = 28.0
ROW = 19.0
FOOT = 5.0
MARGIN = 8.0
ARROW = 8.0
LOOP = 26.0

NAME_ROOM = 28
"""Letters that a line of a box has room for."""
TYPE_ROOM = 14
MARKS: dict[State, str] = {"kept": "", "new": "+", "refused": "✗"}
WORDS: dict[State, str] = {"kept": "stays", "new": "new", "refused": "refused"}


def draw(tables: Sequence[Sketch]) -> Markup:
    """The diagram. Tables that are only pointed at are boxes without columns."""
    boxes = {sketch.table: _shortened(sketch) for sketch in _with_targets(tables)}
    links = [(name, target) for name, box in boxes.items() for target in _targets(box)]
    heights = {name: _height(box) for name, box in boxes.items()}
    layout = arranged(heights, links, WIDTH + GAP)
    width = (max(layout.layers.values(), default=0) + 1) * (WIDTH + GAP) - GAP + LOOP + 2 * MARGIN
    height = layout.height + 2 * MARGIN
    return element(
        "svg",
        joined(_lines(boxes, layout)),
        joined(_box(box, *_corner(name, layout)) for name, box in boxes.items()),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"{-MARGIN:g} {-MARGIN:g} {width:g} {height:g}",
        width=width,
        height=height,
        role="img",
        aria_label=_said(tables),
    )


def _said(tables: Sequence[Sketch]) -> str:
    """The diagram in words, for those who do not see it."""
    return " ".join(_said_of(sketch) for sketch in tables)


def _said_of(sketch: Sketch) -> str:
    parts = [WORDS[sketch.state]] if sketch.state != "kept" else []
    for state in ("new", "refused"):
        names = [column.name for column in sketch.columns if column.state == state]
        if names and sketch.state == "kept":
            parts.append(f"{state} {', '.join(names)}")
    if targets := _targets(sketch):
        parts.append(f"points at {', '.join(targets)}")
    return f"{sketch.table}: {'; '.join(parts) or 'its columns stay'}."


def _with_targets(tables: Sequence[Sketch]) -> list[Sketch]:
    """The tables and, where there is room, those that they point at."""
    known = {sketch.table for sketch in tables}
    targets = dict.fromkeys(target for sketch in tables for target in _targets(sketch))
    others = [Sketch(target, "kept", ()) for target in targets if target not in known]
    return [*tables, *others] if len(tables) + len(others) <= MOST_TABLES else [*tables]


def _targets(sketch: Sketch) -> list[str]:
    return list(dict.fromkeys(column.target for column in sketch.columns if column.target))


def _shortened(sketch: Sketch) -> Sketch:
    """A table with no more columns than a box may have."""
    columns = sketch.columns
    if len(columns) <= MOST_COLUMNS:
        return sketch
    matters = sorted(range(len(columns)), key=lambda at: (_rank(columns[at]), at))
    shown = sorted(matters[: MOST_COLUMNS - 1])
    more = SketchedColumn(f"… {len(columns) - len(shown)} more", "")
    return sketch._replace(columns=(*(columns[at] for at in shown), more))


def _rank(column: SketchedColumn) -> int:
    """What is shown first. A key that is drawn as a line comes before all that stays."""
    if column.state != "kept":
        return 0
    return 1 if column.target or column.is_key else 2


def _height(box: Sketch) -> float:
    return HEADER + (len(box.columns) * ROW + FOOT if box.columns else 0.0)


def _left(layer: int) -> float:
    return layer * (WIDTH + GAP)


def _corner(name: str, layout: Layout) -> tuple[float, float]:
    layer = layout.layers[name]
    return _left(layer), layout.tops[name, layer]


# --- boxes ----------------------------------------------------------------------------------------


def _box(box: Sketch, x: float, y: float) -> Markup:
    state = f"{MARKS[box.state]} {WORDS[box.state]}" if box.state != "kept" else ""
    rows = [
        _row(column, number * ROW + HEADER + ROW / 2 + 2)
        for number, column in enumerate(box.columns)
    ]
    tip = f"{box.table}, {WORDS[box.state]}" if box.state != "kept" else box.table
    header = element(
        "g",
        element("title", tip),
        element("path", class_="head", d=_head(flat=bool(rows))),
        _text(10, HEADER / 2 + 1, fitted(box.table, NAME_ROOM - len(state)), "table"),
        _text(WIDTH - 10, HEADER / 2 + 1, state, "state") if state else "",
    )
    frame = element("rect", class_="box", width=WIDTH, height=_height(box), rx=6)
    place = f"translate({x:g} {y:g})"
    return element("g", frame, header, *rows, class_=f"sketch {box.state}", transform=place)


def _head(*, flat: bool) -> str:
    """The outline of a header: round above, and below too if nothing follows."""
    below = f"V{HEADER:g}H0" if flat else f"V{HEADER - 6:g}q0 6 -6 6H6q-6 0 -6 -6"
    return f"M0 6q0 -6 6 -6H{WIDTH - 6:g}q6 0 6 6{below}Z"


def _row(column: SketchedColumn, y: float) -> Markup:
    key = "PK" if column.is_key else "FK" if column.target else ""
    type_ = fitted(column.type, TYPE_ROOM)
    name = fitted(column.name, NAME_ROOM - _width(type_) - 1)
    return element(
        "g",
        element("title", _tip(column)),
        element("rect", class_="row", x=1, y=y - ROW / 2, width=WIDTH - 2, height=ROW),
        _text(8, y, MARKS[column.state], "mark") if MARKS[column.state] else "",
        _text(21, y, key, "key") if key else "",
        _text(42, y, name, "name"),
        _text(WIDTH - 10, y, type_, "type"),
        class_=f"column {column.state}",
    )


def _tip(column: SketchedColumn) -> str:
    parts = [f"{column.name} {column.type}".rstrip()]
    if column.state != "kept":
        parts.append(WORDS[column.state])
    if column.is_key:
        parts.append("primary key")
    if column.target:
        parts.append(f"points at {column.target}")
    return ", ".join(parts)


def _text(x: float, y: float, text: str, class_: str) -> Markup:
    return element("text", text, x=x, y=y, class_=class_)


def fitted(text: str, room: int) -> str:
    """A text that takes no more than ``room`` letters, cut off if it is longer."""
    if _width(text) <= room:
        return text
    # no letter takes less than one, so that the rest of a long text need not be looked at
    ends = accumulate(map(_width, text[:room]))
    return "".join(letter for letter, end in zip(text, ends, strict=False) if end < room) + "…"


def _width(text: str) -> int:
    """How many letters of a font of one width it takes."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


# --- lines ----------------------------------------------------------------------------------------


def _lines(boxes: Mapping[str, Sketch], layout: Layout) -> Iterator[Markup]:
    for name, box in boxes.items():
        for number, column in enumerate(box.columns):
            if column.target is not None and column.target in boxes:
                row = HEADER + number * ROW + ROW / 2 + 2
                d = _line(name, column.target, row, layout)
                tip = f"{name}.{column.name} points at {column.target}"
                yield element(
                    "g",
                    element("title", tip),
                    element("path", class_="hit", d=d),
                    element("path", class_="line", d=d),
                    element("path", class_="arrow", d=_arrow(name, column.target, layout)),
                    class_=f"link {column.state}",
                )


def _line(name: str, target: str, row: float, layout: Layout) -> str:
    """The way of a line: bent between the layers, straight through them."""
    x, y = _corner(name, layout)
    if name == target:
        right, out = x + WIDTH, x + WIDTH + LOOP
        return f"M{right:g} {y + row:g}C{out:g} {y + row:g} {out:g} {y + HEADER / 2:g} " + (
            f"{right + ARROW:g} {y + HEADER / 2:g}"
        )
    forward = layout.layers[target] > layout.layers[name]
    x, y = (x + WIDTH if forward else x), y + row
    way = [f"M{x:g} {y:g}"]
    for node in layout.route((name, target)):
        near, far = _left(node[1]) + WIDTH * (not forward), _left(node[1]) + WIDTH * forward
        at = layout.tops[node]
        if node == (target, layout.layers[target]):
            near, far, at = _end(target, layout, forward=forward)
        middle = (x + near) / 2
        way.append(f"C{middle:g} {y:g} {middle:g} {at:g} {near:g} {at:g}")
        if far != near:
            way.append(f"H{far:g}")
        x, y = far, at
    return "".join(way)


def _end(target: str, layout: Layout, *, forward: bool) -> tuple[float, float, float]:
    """Where lines to a table end: beside its header, with room for the arrow."""
    x, y = _corner(target, layout)
    end = x - ARROW if forward else x + WIDTH + ARROW
    return end, end, y + HEADER / 2


def _arrow(name: str, target: str, layout: Layout) -> str:
    forward = layout.layers[target] > layout.layers[name]
    end, _, y = _end(target, layout, forward=forward)
    tip = ARROW if forward else -ARROW
    return f"M{end + tip:g} {y:g}l{-tip:g} -4v8Z"
