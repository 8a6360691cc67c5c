"""The tables that a plan is about, as the models have them: what a diagram of it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from autosync.schema import Key, Schema, Table, qualified

if TYPE_CHECKING:
    from autosync.rules import Verdict

STANDING_ALONE = ("enum", "sequence", "view")
"""The kinds that are about no table."""
State = Literal["kept", "new", "refused"]
"""What becomes of a table or a column: nothing, it is to be added or was, or it is refused."""


class SketchedColumn(NamedTuple):
    """A column: ``target`` is the printable name of the table that a key of it points at."""

    name: str
    type: str
    state: State = "kept"
    is_key: bool = False
    target: str | None = None


class Sketch(NamedTuple):
    """A table with its columns, in the order of the models; those that only the database has, and
    that are refused, come last.
    """

    table: str
    state: State
    columns: tuple[SketchedColumn, ...]


def sketches(verdicts: Iterable[Verdict], declared: Schema, live: Schema) -> tuple[Sketch, ...]:
    """The tables of which something is to be added, or is refused, by their names."""
    states: dict[Key, dict[str | None, State]] = {}
    for verdict in verdicts:
        change = verdict.change
        silent = verdict.is_note or verdict.is_excluded
        if silent or change.key not in declared.tables or change.kind in STANDING_ALONE:
            continue
        of_table = states.setdefault(change.key, {})
        if change.kind in ("table", "column"):
            of_table[change.name] = "new" if verdict.additive else "refused"
    return tuple(
        _sketch(declared.tables[key], live.tables.get(key), of_table)
        for key, of_table in sorted(states.items(), key=lambda item: (item[0][0] or "", item[0][1]))
    )


def _sketch(declared: Table, live: Table | None, states: Mapping[str | None, State]) -> Sketch:
    whole = states.get(None, "kept")
    targets = {name: key.target for key in declared.foreign_keys for name in key.columns}
    columns = [
        SketchedColumn(
            name,
            column.type,
            states.get(name, whole),
            name in declared.primary_key.columns,
            qualified(targets[name]) if name in targets else None,
        )
        for name, column in declared.columns.items()
    ]
    refused = [name for name in states if name is not None and name not in declared.columns]
    there = {} if live is None else live.columns
    # what has no text on this database has no type, either
    types = {name: there[name].type if name in there else "" for name in refused}
    extra = [SketchedColumn(name, type_, "refused") for name, type_ in types.items()]
    return Sketch(qualified(declared.key), whole, (*columns, *extra))
