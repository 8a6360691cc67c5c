"""The diagram: what is drawn, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autosync.report.layout import Layout, arranged
from autosync.report.svg import MOST_COLUMNS, MOST_TABLES, draw, fitted
from autosync.sketch import Sketch, SketchedColumn

SVG = "{http://www.w3.org/2000/svg}"
BREADTH = 100.0


def table(name: str, *targets: str, columns: int = 2) -> Sketch:
    keys = [SketchedColumn(f"{target}_id", "INTEGER", "new", target=target) for target in targets]
    plain = [SketchedColumn(f"column_{number}", "TEXT") for number in range(columns)]
    return Sketch(name, "kept", (SketchedColumn("id", "INTEGER", is_key=True), *keys, *plain))


def drawn(tables: Iterable[Sketch]) -> ElementTree.Element:
    return ElementTree.fromstring(draw(list(tables)))


def found(root: ElementTree.Element, tag: str, class_: str) -> list[ElementTree.Element]:
    return [one for one in root.iter(SVG + tag) if class_ in one.get("class", "").split()]


def texts(root: ElementTree.Element, class_: str) -> list[str]:
    return [one.text or "" for one in found(root, "text", class_)]


# --- the layout -----------------------------------------------------------------------------------

NAMES = [f"t{number}" for number in range(24)]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, float], list[tuple[str, str]]]:
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    heights = {name: float(draw(st.integers(20, 300))) for name in names}
    pairs = draw(st.lists(st.tuples(*[st.sampled_from(NAMES)] * 2), max_size=60))
    return heights, [(child, parent) for child, parent in pairs if {child, parent} <= {*names}]


def spans(
    layout: Layout, heights: dict[str, float], layer: int
) -> list[tuple[float, float, tuple[str, int]]]:
    """What stands in a layer, from where to where: boxes, and lanes without any height."""
    return [
        (top, top + (heights[node[0]] if layout.layers[node[0]] == layer else 0.0), node)
        for node, top in layout.tops.items()
        if node[1] == layer
    ]


@settings(derandomize=True, deadline=None)
@given(graphs())
def test_nothing_lies_on_a_box(graph: tuple[dict[str, float], list[tuple[str, str]]]) -> None:
    """No box on another, no lane through one; and every line has its way, layer by layer."""
    heights, links = graph
    layout = arranged(heights, links, BREADTH)
    assert set(layout.layers) == set(heights)
    for layer in set(layout.layers.values()):
        for (start, end, _), (other, last, _) in combinations(spans(layout, heights, layer), 2):
            assert end < other or last < start
    for child, parent in links:
        if child != parent:
            assert layout.layers[child] != layout.layers[parent]
            assert set(layout.route((child, parent))) <= set(layout.tops)
            assert layout.route((child, parent))[-1] == (parent, layout.layers[parent])
    for (name, layer), top in layout.tops.items():
        assert top >= 0
        if layout.layers[name] == layer:
            assert top + heights[name] <= layout.height


def test_what_is_pointed_at_stands_to_the_left() -> None:
    layout = arranged(dict.fromkeys("abc", 50.0), [("a", "b"), ("b", "c"), ("a", "c")], BREADTH)
    assert layout.layers == {"c": 0, "b": 1, "a": 2}
    assert layout.route(("a", "c")) == [("c", 1), ("c", 0)]


def test_lines_do_not_cross_where_they_need_not() -> None:
    heights = dict.fromkeys("abcdef", 50.0)
    layout = arranged(heights, [("d", "c"), ("e", "b"), ("f", "a")], BREADTH)
    tops = {name: layout.tops[name, layout.layers[name]] for name in heights}
    assert [tops[x] < tops[y] for x, y in ("ab", "bc")] == [
        tops[x] < tops[y] for x, y in ("fe", "ed")
    ]


@pytest.mark.parametrize("links", [[], [("t1", "t0")], [(f"t{n}", "t0") for n in range(1, 60)]])
def test_a_large_diagram_is_no_ribbon(links: list[tuple[str, str]]) -> None:
    heights = {f"t{number}": 120.0 for number in range(60)}
    layout = arranged(heights, links, 300.0)
    width = (max(layout.layers.values()) + 1) * 300.0
    assert 0.5 < width / layout.height < 3


# --- the picture ----------------------------------------------------------------------------------


def test_boxes_with_their_columns() -> None:
    columns = (
        SketchedColumn("id", "INTEGER", is_key=True),
        SketchedColumn("city_id", "INTEGER", "new", target="city"),
        SketchedColumn("age", "SMALLINT", "refused"),
    )
    root = drawn([Sketch("customer", "kept", columns), Sketch("city", "new", ())])
    assert texts(root, "table") == ["customer", "city"]
    assert texts(root, "name") == ["id", "city_id", "age"]
    assert texts(root, "key") == ["PK", "FK"]
    assert texts(root, "mark") == ["+", "✗"]
    assert texts(root, "state") == ["+ new"]
    [link] = found(root, "g", "link")
    assert "new" in link.get("class", "")
    assert root.get("aria-label") == (
        "customer: new city_id; refused age; points at city. city: new."
    )


def test_a_table_that_is_only_pointed_at() -> None:
    root = drawn([table("customer", "city")])
    assert texts(root, "table") == ["customer", "city"]
    assert len(found(root, "g", "link")) == 1


def test_where_there_is_no_room_for_those() -> None:
    tables = [table(f"t{number}", f"elsewhere{number}") for number in range(MOST_TABLES)]
    root = drawn(tables)
    assert len(texts(root, "table")) == MOST_TABLES
    assert found(root, "g", "link") == []


def test_long_names_are_shortened() -> None:
    name = "a_name_that_is_longer_than_any_box_could_be_wide"
    root = drawn([Sketch(name, "new", (SketchedColumn(name, "VARCHAR(20)", "new"),))])
    shown = [*texts(root, "table"), *texts(root, "name")]
    assert all(text.endswith("…") and name.startswith(text[:-1]) for text in shown)
    titles = [one.text for one in root.iter(f"{SVG}title")]
    assert titles == [f"{name}, new", f"{name} VARCHAR(20), new"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("abcdef", "abcdef"), ("abcdefg", "abcde…"), ("名前名前", "名前…"), ("", "")],
)
def test_fitted(text: str, expected: str) -> None:
    assert fitted(text, 6) == expected


def test_of_many_columns_those_that_matter() -> None:
    root = drawn([table("wide", "city", columns=40), table("city")])
    names = texts(root, "name")[:MOST_COLUMNS]
    assert names[:2] == ["id", "city_id"]
    assert names[-1] == "… 29 more"


def test_keys_in_a_circle_and_to_the_table_itself() -> None:
    root = drawn([table("a", "b", "a"), table("b", "c"), table("c", "a")])
    lines = [one.get("d", "") for one in found(root, "path", "line")]
    assert len(set(lines)) == 4
    numbers = [float(n) for line in lines for n in re.findall(r"-?[\d.]+", line)]
    assert min(numbers) >= 0
    assert max(numbers) < float(root.get("width", "0"))
