"""Snapshots as somebody might write them who means harm, or as a disk may lose them."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy_utils import create_view

from autosync import Snapshot

DEEP = 50_000
TEXTS = {
    "nested": "(" * DEEP + "1" + ")" * DEEP,
    "calls": "f(" * DEEP + "1" + ")" * DEEP,
    "minus": "-(" * DEEP + "1" + ")" * DEEP,
    "opened": "(" * DEEP,
    "closed": ")" * DEEP,
    "pairs": "()" * DEEP,
    "quotes": "'" * (2 * DEEP + 1),
    "double quotes": '"' * (2 * DEEP + 1),
    "backticks": "`" * (2 * DEEP + 1),
    "brackets": "[" * DEEP,
    "backslashes": "'\\" * DEEP,
    "spaces": "x" + " " * 2 * DEEP + "!",
    "lines": "\n" * DEEP + "x",
    "words": "a " * DEEP,
    "word": "a" * 2 * DEEP + "!",
    "digits": "1" * 2 * DEEP + "!",
    "number": "1e" + "9" * 30,
    "float": "float(" + "1" * DEEP + ")",
    "size": "numeric(" + "1," * DEEP,
    "no size": "float(x)",
    "casts": "'a'::text" * 10_000,
    "list": "(ARRAY['a'::text" + ", 'a'::text" * 10_000 + "])::text[]",
    "comments": "/*" * DEEP,
    "dashes": "--\n" * DEEP,
    "on update": " on update" * 10_000,
    "now": "now(" + " " * DEEP,
    "enum": "enum(" + "'a'," * DEEP,
    "collations": "text COLLATE" + " COLLATE" * 10_000,
    "character sets": "char" + " " * DEEP + "CHARACTER SET" + " " * DEEP,
    "commas": " ," * DEEP,
    "unseen": "\u200b" * DEEP,
    "wide": "\U0001f642" * DEEP,
    "halves": "\ud800" * DEEP,
    "zero": "\x00" * DEEP,
    "empty": "",
}
"""For each way to read a text, one that makes it slow, or makes it fail."""


def models() -> MetaData:
    """Two tables and a view, with something of everything that a comparison looks at."""
    metadata = MetaData()
    owner = Table(
        "owner",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(60), nullable=False),
        comment="who owns it",
    )
    create_view("owners", sa.select(owner.c.id, owner.c.name).where(owner.c.id > 0), metadata)
    Table(
        "item",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("code", String(9), server_default="x", nullable=False, comment="a code"),
        Column("price", sa.Numeric(10, 2), server_default=sa.text("1.5")),
        Column("kind", sa.Enum("a", "b", name="kind")),
        Column("parent_id", sa.ForeignKey("item.id", ondelete="CASCADE")),
        Column("owner_id", sa.ForeignKey("owner.id", name="fk_owner"), index=True),
        Column("born", sa.DateTime, server_default=sa.func.now(), index=True),
        Column("twice", Integer, sa.Computed("id * 2")),
        sa.CheckConstraint("price > 0", name="ck_price"),
        sa.UniqueConstraint("code", name="uq_code"),
        sa.Index("ix_low", sa.func.lower(sa.column("code"))),
    )
    return metadata


DIALECTS = ("postgresql", "mariadb", "mysql", "sqlite")
SNAPSHOTS = {name: json.loads(Snapshot.of(models(), name).to_json()) for name in DIALECTS}


def paths(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each value in data of JSON."""
    parts = enumerate(data) if isinstance(data, list) else ()
    found = [path]
    for step, one in data.items() if isinstance(data, dict) else parts:
        found += paths(one, (*path, step))
    return found


def replaced(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The same data with another value in one place."""
    if not path:
        return value
    step, *rest = path
    copied = dict(data) if isinstance(data, dict) else list(data)
    copied[step] = replaced(copied[step], tuple(rest), value)
    return copied


NAMES = ["key", "name", "type", "columns", "default", "text", "parts", "rows", "kind", "x", ""]
ODD = st.one_of(
    st.sampled_from(list(TEXTS.values())),
    st.sampled_from(
        [None, True, False, 0, -1, 10**17, 10**30, 0.5, -0.0, [], {}, [[]], [None], [None, "x"], ""]
    ),
    st.text(max_size=8),
    st.integers(),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
        ),
        max_leaves=5,
    ),
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The text of a real snapshot, with some of its values replaced, doubled, or exchanged."""
    data = SNAPSHOTS[draw(st.sampled_from(DIALECTS))]
    for _ in range(draw(st.integers(1, 4))):
        data = draw(st.sampled_from(CHANGES))(draw, data)
    return json.dumps(data, ensure_ascii=draw(st.booleans()))


def _replace(draw: st.DrawFn, data: Any) -> Any:
    return replaced(data, draw(st.sampled_from(paths(data))), draw(ODD))


def _exchange(draw: st.DrawFn, data: Any) -> Any:
    path, other = draw(st.sampled_from(paths(data))), draw(st.sampled_from(paths(data)))
    return replaced(data, path, at(data, other))


def _double(draw: st.DrawFn, data: Any) -> Any:
    path = draw(st.sampled_from(paths(data)))
    one = at(data, path)
    return replaced(data, path, [*one, *one[:2]] if isinstance(one, list) else one)


def _drop(draw: st.DrawFn, data: Any) -> Any:
    path = draw(st.sampled_from(paths(data)))
    one = at(data, path)
    if not isinstance(one, (dict, list)) or not one:
        return data
    if isinstance(one, list):
        gone = draw(st.integers(0, len(one) - 1))
        return replaced(data, path, [*one[:gone], *one[gone + 1 :]])
    name = draw(st.sampled_from(list(one)))
    return replaced(data, path, {key: value for key, value in one.items() if key != name})


def at(data: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        data = data[step]
    return data


CHANGES = (_replace, _replace, _exchange, _double, _drop)


@st.composite
def garbled(draw: st.DrawFn) -> bytes:
    """The bytes of a real snapshot, some of which were lost, doubled or changed."""
    text = json.dumps(SNAPSHOTS[draw(st.sampled_from(DIALECTS))])
    data = text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])))
    for _ in range(draw(st.integers(1, 5))):
        begin = draw(st.integers(0, len(data)))
        end = min(len(data), begin + draw(st.integers(0, 40)))
        data = data[:begin] + draw(st.binary(max_size=5)) * draw(st.integers(0, 3)) + data[end:]
    return data
