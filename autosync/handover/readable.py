"""Whether SQLAlchemy, with which revisions work, reads the tables as they are.

Its Inspector parses what some databases print, and takes a name with a line break or a quote in it
for something else. A revision would then alter what is not there, or lose what is.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from autosync.dialects import dialect_for
from autosync.errors import NotWritten
from autosync.escape import escaped
from autosync.handover.items import Item
from autosync.schema import Key, qualified


def check_readable(connection: Connection, items: Iterable[Item]) -> None:
    """Raise :class:`~autosync.errors.NotWritten` for the first table that is read otherwise."""
    dialect, items = dialect_for(connection), tuple(items)
    for item in items:
        lost = [name for name in _names(item) if name.endswith("\n")]
        if lost:
            raise _unreadable(item.change.key, f"loses the end of the name {lost[0]!r}")
    for key in sorted({key for item in items for key in _tables(item)}, key=str):
        live = dialect.read(connection, {key}).tables.get(key)
        if live is not None:
            _check(connection, key, set(live.columns))


def reflected(connection: Connection, key: Key) -> sa.Table:
    """A table as SQLAlchemy reads it, without a word on what it could not read."""
    schema, name = key
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sa.Table(
            name, sa.MetaData(), schema=schema, autoload_with=connection, resolve_fks=False
        )


def _tables(item: Item) -> Iterator[Key]:
    """The existing tables that an item alters."""
    schema, name = item.change.key
    yield schema, name
    if item.way == "rename" and item.change.kind == "table":
        yield from ((schema, old) for old in item.names)


def _names(item: Item) -> Iterator[str]:
    change = item.change
    named = (*change.key, change.name, getattr(change.live, "name", None))
    yield from filter(None, (*named, *change.columns, *item.names))


def _check(connection: Connection, key: Key, columns: set[str]) -> None:
    try:
        lost = columns - {column.name for column in reflected(connection, key).columns}
    except Exception as error:
        # it may stumble over a name in any way
        raise _unreadable(key, "cannot read it") from error
    if lost:
        raise _unreadable(key, f"does not see its columns {', '.join(map(repr, sorted(lost)))}")


def _unreadable(key: Key, what: str) -> NotWritten:
    name = escaped(qualified(key))
    return NotWritten(
        f"no revision can be written for {name}: SQLAlchemy {what}; it stumbles over line breaks "
        "and quotes in names\n  nothing was written\n"
        f"  rename it by hand, or leave the table out: --exclude {name!r}"
    )
