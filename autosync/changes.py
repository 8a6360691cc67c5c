"""The family of changes: one difference between live and declared, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autosync.schema import Index, Key, Kind, qualified

MISSING = "missing"
EXTRA = "extra"
MORE = "more"
TWICE = "twice"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    ``difference`` is ``missing`` (the database lacks it), ``extra`` (only the database has it),
    ``twice`` (only the database has it, and has another that does the same), or
    the aspect that differs (``type``, ``nullable``, ``default``, ...). ``declared`` and ``live``
    are the values of both sides, None where a side has none. ``certain`` is False while only the
    texts are known to differ, and the server has not been asked whether they mean the same;
    ``doubt`` then says why it must not be asked. ``said_by`` names the user's own comparison that
    found it, if one did.
    """

    kind: Kind
    difference: str
    key: Key
    name: str | None = None
    columns: tuple[str, ...] = ()
    declared: Any = None
    live: Any = None
    certain: bool = True
    said_by: str | None = None
    doubt: str | None = None

    @property
    def origin(self) -> Any:
        """The SQLAlchemy object of the declared side, also of a unique index taken for a key."""
        value = getattr(self.declared, "origin", self.declared)
        return value.origin if isinstance(value, Index) else value

    @property
    def title(self) -> str:
        """What it is about, with its kind."""
        return f"{self.kind.replace('_', ' ')} {self.object}"

    @property
    def place(self) -> tuple[str, str]:
        """The schema and name of its table, by which reports are sorted."""
        return self.key[0] or "", self.key[1]

    @property
    def object(self) -> str:
        """The printable name of what differs."""
        return printable(self.kind, self.key, self.name, self.columns)


def printable(kind: str, key: Key, name: str | None, columns: tuple[str, ...]) -> str:
    """``table``, ``table.column``, ``table.constraint`` or, unnamed, ``table(column, ...)``."""
    owner = qualified(key)
    if kind in ("table", "enum", "sequence", "view"):
        return owner
    if name is not None:
        return f"{owner}.{name}"
    return f"{owner}({', '.join(columns)})"
