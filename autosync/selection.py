"""Which tables and columns are looked at: patterns over ``schema.table.column``."""

from __future__ import annotations

from collections.abc import Callable, Collection
from fnmatch import fnmatchcase
from typing import NamedTuple

from autosync.changes import Change

EVERYTHING = "*"
PARTS = 3


class Pattern(NamedTuple):
    """One pattern; each part is matched as a shell does it (``*``, ``?``, ``[...]``)."""

    schema: str
    table: str
    column: str

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """``table``, ``table.column`` or ``schema.table.column``; what is left out is ``*``.

        Raises ``ValueError`` for anything else.
        """
        parts = text.split(".")
        if not all(parts) or len(parts) > PARTS:
            raise ValueError(
                f"a pattern is table, table.column or schema.table.column, not {text!r}"
            )
        if len(parts) == PARTS:
            return cls(*parts)
        return cls(EVERYTHING, *[*parts, EVERYTHING][:2])

    def matches(self, schema: str, table: str, columns: tuple[str, ...]) -> bool:
        """Whether it is about a table or, if it names columns, any of these."""
        if not (fnmatchcase(schema, self.schema) and fnmatchcase(table, self.table)):
            return False
        return self.column == EVERYTHING or any(fnmatchcase(c, self.column) for c in columns)


class Selection(NamedTuple):
    """What is included (everything, if nothing is named) and not excluded, and is ``wanted``."""

    include: tuple[Pattern, ...] = ()
    exclude: tuple[Pattern, ...] = ()
    wanted: Callable[[Change], bool] | None = None

    @classmethod
    def of(cls, include: Collection[str], exclude: Collection[str]) -> Selection:
        """The selection of these patterns. Raises ``ValueError`` for what is none."""
        return cls(_patterns(include), _patterns(exclude))

    def has(self, change: Change, default_schema: str | None) -> bool:
        """Whether a change is about what is selected.

        What concerns several columns is excluded with any of them, and included with any.
        """
        schema, table = change.key[0] or default_schema or "", change.key[1]
        columns = change.columns
        included = not self.include or any(
            pattern.matches(schema, table, columns) for pattern in self.include
        )
        if not included or any(p.matches(schema, table, columns) for p in self.exclude):
            return False
        return self.wanted is None or self.wanted(change)


ALL = Selection()


def _patterns(texts: Collection[str]) -> tuple[Pattern, ...]:
    return tuple(map(Pattern.parse, [texts] if isinstance(texts, str) else texts))
