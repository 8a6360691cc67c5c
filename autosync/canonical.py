"""The values of :mod:`autosync.schema` as JSON has them, and back.

Canonical: what is the default is left out, and what has no order of its own is sorted, so that two
databases that are alike are written alike. What only declared values have is no part of it.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from autosync.schema import Column, Columns, Definition, Key

DECLARED_ONLY = {"origin", "computed_from", "implied_default", "reads"}


class Malformed(ValueError):
    """It is no value of this kind. The text says what is wrong, and where."""


@cache
def _hints(kind: Hashable) -> Mapping[str, Any]:
    """The types of the fields that are written."""
    hints = get_type_hints(kind)
    return {name: hint for name, hint in hints.items() if name not in DECLARED_ONLY}


# --- to JSON --------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """A named tuple in terms of JSON."""
    found, own_kind = {}, value.__class__
    for name, kind in _hints(own_kind).items():
        written = _written(kind, getattr(value, name))
        defaults = value._field_defaults
        if name not in defaults or written != _written(kind, defaults[name]):
            found[name] = written
    return found


_TOGETHER = {"target": ("target", "target_columns"), "computed": ("computed", "stored")}
"""Aspects that need more than one field to be told."""


def aspect(value: Any, name: str) -> Any:
    """The same of one aspect of a named tuple; of all of it, if it has none of this name."""
    hints = _hints(value.__class__)
    if name not in hints:
        return plain(value)
    return [_written(hints[one], getattr(value, one)) for one in _TOGETHER.get(name, (name,))]


def _written(kind: Any, value: Any) -> Any:
    if kind == Key:
        return value[1] if value[0] is None else list(value)
    if _is_object(kind):
        return plain(value)
    if kind is Columns:
        return [plain(column) for column in value.values()]
    write = _WRITERS.get(get_origin(kind))
    return value if write is None or value is None else write(get_args(kind), value)


def _sorted(kinds: Any, value: Iterable[Any]) -> list[Any]:
    """What has no order of its own, by its name."""
    return sorted((_written(kinds[0], one) for one in value), key=_place)


def _place(written: Any) -> str:
    lead = [written.get("key"), written.get("name")] if isinstance(written, dict) else []
    return json.dumps([*lead, written], sort_keys=True)


_WRITERS: Mapping[Any, Callable[[Any, Any], Any]] = {
    tuple: lambda kinds, value: list(value),
    frozenset: _sorted,
    Sequence: _sorted,
    Mapping: lambda kinds, value: {k: v for k, v in sorted(value.items()) if v is not None},
}


# --- from JSON ------------------------------------------------------------------------------------


def value_of(kind: Any, data: Any, place: str) -> Any:
    """The value of type ``kind`` that was written as ``data``. Raises :class:`Malformed`."""
    if kind == Key and isinstance(data, str):
        return None, data
    read = _READERS.get(get_origin(kind) or kind, _object_of if _is_object(kind) else _scalar)
    return read(kind, data, place)


def _is_object(kind: Any) -> bool:
    return hasattr(kind, "_fields")


def _scalar(kind: Any, data: Any, place: str) -> Any:
    return _checked(kind, data, place)


def _optional(kind: Any, data: Any, place: str) -> Any:
    inner = next(one for one in get_args(kind) if one is not type(None))
    return None if data is None else value_of(inner, data, place)


def _object_of(kind: Any, data: Any, place: str) -> Any:
    held, hints = _checked(dict, data, place), _hints(kind)
    for name in held:
        if name not in hints:
            raise Malformed(f"{place} has {name!r}, which this version of autosync does not know")
    for name in hints:
        if name not in held and name not in kind._field_defaults:
            raise Malformed(f"{place} lacks {name!r}")
    return kind(**{name: value_of(hints[name], one, place) for name, one in held.items()})


def _list_of(kind: Any, data: Any, place: str) -> list[Any]:
    one_kind = get_args(kind)[0]
    return [value_of(one_kind, one, place) for one in _checked(list, data, place)]


def _tuple_of(kind: Any, data: Any, place: str) -> tuple[Any, ...]:
    kinds = get_args(kind)
    if kinds[-1] is Ellipsis:
        return tuple(_list_of(kind, data, place))
    parts = _checked(list, data, place)
    if len(parts) != len(kinds):
        raise Malformed(f"{place} has {data!r} where there should be {len(kinds)} values")
    return tuple(value_of(*pair, place) for pair in zip(kinds, parts, strict=True))


def _set_of(kind: Any, data: Any, place: str) -> frozenset[Any]:
    return frozenset(_list_of(kind, data, place))


def _mapping_of(kind: Any, data: Any, place: str) -> dict[str, Any]:
    one_kind = get_args(kind)[1]
    return {
        name: value_of(one_kind, one, place) for name, one in _checked(dict, data, place).items()
    }


def _columns(kind: Any, data: Any, place: str) -> Columns:
    """Columns; those that are alike in all but their names share a definition."""
    alike: dict[Any, Definition] = {}
    columns = [_object_of(Column, one, place) for one in _checked(list, data, place)]
    return Columns({one.name: alike.setdefault(one[1:], Definition(one)) for one in columns})


def _checked(kind: type, data: Any, place: str) -> Any:
    # not isinstance(): True is no number here
    if type(data) is not kind:
        raise Malformed(f"{place} has {data!r} where there should be a {_NAMES[kind]}")
    return data


_NAMES = {
    dict: "JSON object",
    list: "list",
    str: "string",
    int: "number",
    bool: "true or false",
}
_READERS: Mapping[Any, Callable[[Any, Any, str], Any]] = {
    Columns: _columns,
    Union: _optional,
    types.UnionType: _optional,
    tuple: _tuple_of,
    frozenset: _set_of,
    Sequence: _list_of,
    Mapping: _mapping_of,
}
