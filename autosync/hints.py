"""What the models say of themselves in ``info["autosync"]``: that a name is new, or was another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa

from autosync.errors import InvalidInfo

INFO = "autosync"


@dataclass(frozen=True, slots=True)
class Hint:
    """What a table or a column says: ``renamed_from`` is its old name, ``new`` that it had none."""

    renamed_from: str | None = None
    new: bool = False


KEYS: tuple[str, ...] = tuple(field.name for field in fields(Hint))
NO_HINT = Hint()


def hint(item: sa.Table | sa.Column[Any]) -> Hint:
    """What ``item`` says. Raises :class:`InvalidInfo` for what is no hint."""
    # asking for .info would make an empty one for every column
    said = item.__dict__.get("info", {}).get(INFO)
    return NO_HINT if said is None else _parsed(said, item)


def check_hints(tables: Iterable[sa.Table]) -> None:
    """Raise :class:`InvalidInfo` for the first hint that cannot be meant."""
    tables = tuple(tables)
    names = {(table.schema, str(table.name)) for table in tables}
    for table in tables:
        old = hint(table).renamed_from
        if old is not None and (table.schema, old) in names:
            raise _still_declared(table, old)
        for column in table.columns:
            old = hint(column).renamed_from
            if old is not None and any(old == other.name for other in table.columns):
                raise _still_declared(column, old)


def _still_declared(item: sa.Table | sa.Column[Any], old: str) -> InvalidInfo:
    return InvalidInfo(
        f"{_place(item)} says renamed_from {old!r}, which the models still declare: one of the two "
        "is no longer right"
    )


def _parsed(said: Any, item: sa.Table | sa.Column[Any]) -> Hint:
    problem = next(_problems(said), None)
    if problem is not None:
        raise InvalidInfo(f"{_place(item)} {problem}")
    return Hint(**said)


def _problems(said: Any) -> Iterator[str]:
    if not isinstance(said, Mapping):
        yield f"is {said!r}, but has to be a dict with {' or '.join(KEYS)}"
        return
    for key in said:
        if key not in KEYS:
            near = get_close_matches(str(key), KEYS, n=1, cutoff=0.5)
            yield f"has the unknown key {key!r}; did you mean {' or '.join(near or KEYS)}?"
    old, new = said.get("renamed_from"), said.get("new", False)
    if old is not None and not (isinstance(old, str) and old):
        yield f"has renamed_from {old!r}, but that has to be the old name, as a string"
    if not isinstance(new, bool):
        yield f"has new {new!r}, but that has to be True or False"
    if old and new:
        yield "says both renamed_from and new, but what is new had no other name"


def _place(item: sa.Table | sa.Column[Any]) -> str:
    owner = item.fullname if isinstance(item, sa.Table) else f"{item.table.fullname}.{item.name}"
    return f'info["{INFO}"] of {owner}'
