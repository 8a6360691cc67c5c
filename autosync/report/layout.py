"""Where the boxes of a diagram go, and the lines between them: in layers, from left to right.

A table stands to the right of those that it points at, as far as they do not point at each other.
A line that has to pass a layer does so in a lane of its own between the boxes; all lines to one
table share its lanes. So no line crosses a box.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from math import sqrt
from typing import NamedTuple

Link = tuple[str, str]
"""From the table that has the key to the one that it points at."""
Node = tuple[str, int]
"""A table in its layer, or the lane of the lines to it through another."""
Segment = tuple[Node, Node]
"""A piece of a line, between two layers that are neighbours: the left end, and the right one."""

SPACE = 22.0
"""Between two boxes, or lanes, of a layer."""
LANE = 2.0
SHAPE = 1.3
"""How much wider than high a large diagram is to be."""
LEAST_HEIGHT = 560.0
"""Up to which a layer is filled, however small the diagram."""
SWEEPS = 8


class Layout(NamedTuple):
    """``layers`` tells the layer of each box, ``tops`` where boxes and lanes begin."""

    layers: dict[str, int]
    tops: dict[Node, float]
    height: float

    def route(self, link: Link) -> list[Node]:
        """Where a line comes along after the box that it begins at: its lanes, and its end."""
        start, end = (self.layers[name] for name in link)
        step = 1 if end > start else -1
        return [(link[1], layer) for layer in range(start + step, end + step, step)]


def arranged(heights: Mapping[str, float], links: Iterable[Link], breadth: float) -> Layout:
    """The layout of boxes of these heights; ``breadth`` is what each takes from left to right."""
    pairs = {(a, b) for a, b in links if a != b and a in heights and b in heights}
    layers = _layers(heights, pairs, breadth)
    empty = Layout(layers, {}, 0.0)
    routes = [[(link[0], layers[link[0]]), *empty.route(link)] for link in sorted(pairs)]
    segments = sorted({_segment(a, b) for route in routes for a, b in pairwise(route)})
    nodes = dict.fromkeys([*layers.items(), *(node for route in routes for node in route)])
    rows = [[n for n in nodes if n[1] == at] for at in range(max(layers.values(), default=-1) + 1)]
    sizes = {node: heights[node[0]] if layers[node[0]] == node[1] else LANE for node in nodes}
    tops = _tops(_ordered(rows, segments), sizes, segments)
    return Layout(layers, tops, max((tops[n] + sizes[n] for n in nodes), default=0.0))


def _segment(a: Node, b: Node) -> Segment:
    return (a, b) if a[1] < b[1] else (b, a)


# --- which layer ----------------------------------------------------------------------------------


def _layers(heights: Mapping[str, float], links: set[Link], breadth: float) -> dict[str, int]:
    """The first layer of each box that is behind those it is linked with, and has room."""
    near = _neighbours(heights, links)
    area = sum(height + SPACE for height in heights.values()) * breadth
    room = max(LEAST_HEIGHT, sqrt(area / SHAPE), *heights.values(), 0.0)
    filled: dict[int, float] = {}
    layers: dict[str, int] = {}
    for name in _parents_first(heights, links, near):
        layer = max((layers[other] + 1 for other in near[name] if other in layers), default=0)
        while filled.get(layer, 0.0) + heights[name] > room:
            layer += 1
        filled[layer] = filled.get(layer, 0.0) + heights[name] + SPACE
        layers[name] = layer
    return layers


def _neighbours(names: Iterable[str], links: set[Link]) -> dict[str, list[str]]:
    near: dict[str, list[str]] = {name: [] for name in names}
    for child, parent in sorted(links):
        near[child].append(parent)
        near[parent].append(child)
    return near


def _parents_first(
    names: Iterable[str], links: set[Link], near: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """All names: what hangs together stays together, the most of it first; in there, what is
    pointed at comes first.
    """
    done: set[str] = set()

    def visit(name: str) -> Iterator[str]:
        if name not in done:
            done.add(name)
            for other in near[name]:
                if (name, other) in links:
                    yield from visit(other)
            yield name

    for group in sorted(_groups(names, near), key=len, reverse=True):
        for name in group:
            yield from visit(name)


def _groups(names: Iterable[str], near: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """What hangs together."""
    seen: set[str] = set()
    for first in names:
        if first not in seen:
            seen.add(first)
            group = [first]
            for name in group:  # it grows meanwhile
                new = [other for other in near[name] if other not in seen]
                seen.update(new)
                group.extend(dict.fromkeys(new))
            yield group


# --- which order within a layer -------------------------------------------------------------------


def _ordered(rows: list[list[Node]], segments: Sequence[Segment]) -> list[list[Node]]:
    """The layers in the order with the fewest crossings that sweeping to and fro has found."""
    near = _ends(segments)
    best, fewest = rows, _crossings(rows, segments)
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        rows = _swept(rows, near, backwards=sweep % 2 == 1)
        crossings = _crossings(rows, segments)
        if crossings < fewest:
            best, fewest = rows, crossings
    return best


def _ends(segments: Iterable[Segment]) -> dict[Node, list[Node]]:
    near: dict[Node, list[Node]] = {}
    for left, right in segments:
        near.setdefault(left, []).append(right)
        near.setdefault(right, []).append(left)
    return near


def _swept(
    rows: list[list[Node]], near: Mapping[Node, list[Node]], *, backwards: bool
) -> list[list[Node]]:
    """Each layer by the middle of what it is linked with in the layer before."""
    place: dict[Node, float] = {}
    swept = []
    for row in reversed(rows) if backwards else rows:
        wish = {node: _mean(near.get(node, ()), place, at) for at, node in enumerate(row)}
        ordered = sorted(row, key=wish.__getitem__)
        place.update({node: float(at) for at, node in enumerate(ordered)})
        swept.append(ordered)
    return swept[::-1] if backwards else swept


def _mean(nodes: Iterable[Node], place: Mapping[Node, float], otherwise: float) -> float:
    known = [place[node] for node in nodes if node in place]
    return sum(known) / len(known) if known else otherwise


def _crossings(rows: list[list[Node]], segments: Sequence[Segment]) -> int:
    place = {node: at for row in rows for at, node in enumerate(row)}
    return sum(
        a[1] == c[1] and (place[a] - place[c]) * (place[b] - place[d]) < 0
        for (a, b), (c, d) in combinations(segments, 2)
    )


# --- how high -------------------------------------------------------------------------------------


def _tops(
    rows: list[list[Node]], sizes: Mapping[Node, float], segments: Sequence[Segment]
) -> dict[Node, float]:
    """Where each begins: as near as there is room to the middle of what it is linked with.

    Nothing is higher than the layer with the most in it has to be.
    """
    near = _ends(segments)
    height = max((sum(sizes[node] + SPACE for node in row) for row in rows), default=0.0)
    tight = [_pushed(row, sizes, dict.fromkeys(row, 0.0)) for row in rows]
    middles = {node: middle for packed in tight for node, middle in packed.items()}
    for sweep in range(SWEEPS):
        for row in rows[:: -1 if sweep % 2 else 1]:
            wish = {node: _mean(near.get(node, ()), middles, middles[node]) for node in row}
            middles.update(_spaced(row, sizes, wish, height - SPACE))
    return {node: round(middles[node] - sizes[node] / 2, 1) for node in middles}


def _spaced(
    row: Sequence[Node], sizes: Mapping[Node, float], wish: Mapping[Node, float], height: float
) -> dict[Node, float]:
    """The middles of a layer: halfway between what is only pushed down and what is only pushed up,
    and within the height.
    """
    turned = {node: height - middle for node, middle in wish.items()}
    down = _pushed(row, sizes, wish)
    up = _pushed(row[::-1], sizes, turned)
    first = _pushed(row, sizes, dict.fromkeys(row, 0.0))
    last = _pushed(row[::-1], sizes, dict.fromkeys(row, 0.0))
    return {
        node: min(max((down[node] + height - up[node]) / 2, first[node]), height - last[node])
        for node in row
    }


def _pushed(
    row: Sequence[Node], sizes: Mapping[Node, float], wish: Mapping[Node, float]
) -> dict[Node, float]:
    """Each where it is wished, or further on."""
    pushed: dict[Node, float] = {}
    start = 0.0
    for node in row:
        pushed[node] = max(wish[node], start + sizes[node] / 2)
        start = pushed[node] + sizes[node] / 2 + SPACE
    return pushed
