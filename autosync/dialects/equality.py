"""When two texts mean the same to a database, where the text alone decides."""

from __future__ import annotations

import re
from typing import ClassVar

from autosync.changes import Change
from autosync.dialects.texts import normal_text, without_parentheses
from autosync.schema import Column, Table

_WITH_SIZE = re.compile(r"\([\d, ]+\)$")


class TextEquality:
    """The answers that fit most databases."""

    certain = False
    _expressions: dict[str, str]
    own_types: ClassVar[frozenset[str]] = frozenset()
    """The names of types, in their normal form, that nobody can define otherwise."""

    def fold(self, name: str) -> str:
        """A column's name as the database tells it from others."""
        return name

    def fold_table(self, name: str) -> str:
        """A table's name as the database tells it from others."""
        return name

    def normal_type(self, text: str) -> str:
        """A type's text in its normal form."""
        return ",".join(part.strip() for part in text.lower().split(","))

    def normal_default(self, text: str, type_: str) -> str | None:
        """A default's text in its normal form, None for a default of NULL."""
        text = without_parentheses(text)
        return None if text.upper() == "NULL" else text

    def normal_expression(self, text: str) -> str:
        """An expression's text in its normal form: without case and spaces that mean nothing."""
        return normal_text(without_parentheses(text))

    def key_forbids_null(self, table: Table, column: Column) -> bool:
        """Whether this column of the primary key holds no NULL, whatever it was declared as."""
        return True

    def same_part(self, live: Table, part: str, declared: str) -> bool:
        """Whether two parts of an index that keeps nothing unique are the same."""
        return part == declared or self.same_expression(part, declared)

    def same_type(self, live: Column, declared: Column) -> bool:
        """Whether the types are the same, collation aside."""
        return self.normal_type(live.type) == self.normal_type(declared.type)

    def behave_alike(self, live: Column, declared: Column) -> bool:
        """Whether columns of types that differ keep and give back the same values."""
        return False

    def differs_surely(self, change: Change) -> bool:
        """Whether a change that is not certain can mean nothing but a difference, whatever the
        server would say: the types are two of the database's own.
        """
        if (change.kind, change.difference) != ("column", "type"):
            return False
        texts = (self.normal_type(side.type) for side in (change.live, change.declared))
        return self.own_types.issuperset(_WITH_SIZE.sub("", text) for text in texts)

    def same_default(self, live: Column, declared: Column, text: str | None) -> bool:
        """Whether the live default means ``text``, the declared one."""
        ours, theirs = live.default, text
        ours = None if ours is None else self.normal_default(ours, live.type)
        theirs = None if theirs is None else self.normal_default(theirs, live.type)
        return ours == theirs

    def same_expression(self, live: str, declared: str) -> bool:
        """Whether two expressions are the same."""
        return self._expression(live) == self._expression(declared)

    def _expression(self, text: str) -> str:
        """The normal form of an expression, which may be compared with many others."""
        if text not in self._expressions:
            self._expressions[text] = self.normal_expression(text)
        return self._expressions[text]

    def same_collation(self, live: str | None, declared: str | None) -> bool:
        """Whether two collations are the same."""
        return live == declared

    def same_comment(self, live: str | None, declared: str | None) -> bool:
        """Whether two comments are the same."""
        return live == declared
