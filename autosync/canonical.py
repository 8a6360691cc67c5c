"""The values of :mod:`autosync.schema` as JSON has them, and back.

Canonical: what is the default is left out, and what has no order of its own is sorted, so that two
databases that are alike are written alike. What only declared values have is no part of it.
"""

from __future__ import annotations

import json
import reprlib
import types
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from autosync.schema import Column, Columns, Definition, Key

DECLARED_ONLY = {"origin", "computed_from", "implied_default", "reads", "unrendered"}


class Malformed(ValueError):
    """It is no value of this kind. The text says what is wrong, and where."""

    def __init__(self, said: str, place: str = "") -> None:
        super().__init__(f"{place.lstrip('.') or 'it'} {said}")
        self._said = said
        self._place = place

    def inside(self, step: str) -> Malformed:
        """The same, with one more step on the way to it."""
        return Malformed(self._said, step + self._place)


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

_Reader = Callable[[Any, Any], Any]
"""Makes a value of some type of what was written."""


def value_of(kind: Any, data: Any) -> Any:
    """The value of type ``kind`` that was written as ``data``. Raises :class:`Malformed`."""
    if kind == Key and isinstance(data, str):
        return None, data
    other: _Reader = _object_of if _is_object(kind) else _checked
    return _READERS.get(get_origin(kind) or kind, other)(kind, data)


def _is_object(kind: Any) -> bool:
    return hasattr(kind, "_fields")


def _optional(kind: Any, data: Any) -> Any:
    inner = next(one for one in get_args(kind) if one is not type(None))
    return None if data is None else value_of(inner, data)


def _object_of(kind: Any, data: Any) -> Any:
    held, hints = _checked(dict, data), _hints(kind)
    for name in held:
        if name not in hints:
            raise Malformed(f"has {briefly(name)}, which this version of autosync does not know")
    for name in hints:
        if name not in held and name not in kind._field_defaults:
            raise Malformed(f"lacks {name!r}")
    return kind(**{name: _part(hints[name], one, f".{name}") for name, one in held.items()})


def _part(kind: Any, data: Any, step: str) -> Any:
    try:
        return value_of(kind, data)
    except Malformed as error:
        raise error.inside(step) from None


def _list_of(kind: Any, data: Any) -> list[Any]:
    one_kind = get_args(kind)[0]
    parts = _checked(list, data)
    return [_part(one_kind, one, f"[{number}]") for number, one in enumerate(parts)]


def _tuple_of(kind: Any, data: Any) -> tuple[Any, ...]:
    kinds = get_args(kind)
    if kinds[-1] is Ellipsis:
        return tuple(_list_of(kind, data))
    parts = _checked(list, data)
    if len(parts) != len(kinds):
        raise Malformed(f"is {briefly(data)} where there should be {len(kinds)} values")
    return tuple(value_of(*pair) for pair in zip(kinds, parts, strict=True))


def _set_of(kind: Any, data: Any) -> frozenset[Any]:
    return frozenset(_list_of(kind, data))


def _mapping_of(kind: Any, data: Any) -> dict[str, Any]:
    one_kind = get_args(kind)[1]
    held = _checked(dict, data)
    return {name: _part(one_kind, one, f"[{briefly(name)}]") for name, one in held.items()}


def _columns(kind: Any, data: Any) -> Columns:
    """Columns; those that are alike in all but their names share a definition."""
    alike: dict[Any, Definition] = {}
    columns = _list_of(list[Column], data)
    check_distinct("columns", [one.name for one in columns])
    return Columns({one.name: alike.setdefault(one[1:], Definition(one)) for one in columns})


def check_distinct(what: str, names: Collection[Hashable]) -> None:
    """Raise :class:`Malformed` if two have one name: which is meant, nobody could say."""
    if len(set(names)) < len(names):
        [(twice, _)] = Counter(names).most_common(1)
        raise Malformed(f"has two {what} of the name {briefly(twice)}")


def briefly(data: Any) -> str:
    """A value as Python writes it, or its beginning."""
    said = reprlib.repr(data)
    return said if len(said) <= _ROOM else f"{said[: _ROOM - 1]}…"


def _checked(kind: type, data: Any) -> Any:
    # not isinstance(): True is no number here
    if type(data) is not kind or (isinstance(data, int) and abs(data) > MOST):
        raise Malformed(f"is {briefly(data)} where there should be {_NAMES[kind]}")
    return data


MOST = 10**18
"""No number of a database is greater."""
_ROOM = 60
_NAMES = {
    dict: "a JSON object",
    list: "a list",
    str: "a string",
    int: "a number",
    bool: "true or false",
}
_READERS: Mapping[Any, _Reader] = {
    Columns: _columns,
    Union: _optional,
    types.UnionType: _optional,
    tuple: _tuple_of,
    frozenset: _set_of,
    Sequence: _list_of,
    Mapping: _mapping_of,
}


# --- the text of it -------------------------------------------------------------------------------


def loads(text: str) -> Any:
    """The value of a JSON text in which no key stands twice. Raises ``ValueError``."""
    try:
        return json.loads(text, object_pairs_hook=_distinct, parse_constant=_constant)
    except (json.JSONDecodeError, Malformed):
        raise
    except ValueError:
        raise Malformed("has a number of too many digits") from None
    except RecursionError:
        raise Malformed("is nested too deeply") from None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        check_distinct("values", [name for name, _ in pairs])
    return found


def _constant(name: str) -> Any:
    raise Malformed(f"has {name}, which is no number")
