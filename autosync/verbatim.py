"""SQLAlchemy's dialects as autosync compiles with them: to the text that the server receives.

Compiling notes the names and the values that get into a statement, since nobody can tell them
from its words afterwards.
"""

from __future__ import annotations

import copy
import weakref
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy.engine import Dialect


class Noted(NamedTuple):
    """A text that got into a statement: a name, or something with a value in it."""

    text: str
    is_value: bool = False


def verbatim(dialect: Dialect) -> Dialect:
    """A copy of ``dialect`` that compiles to what the server receives; ``noted`` are the texts that
    got into it.

    Drivers whose parameters are written with ``%`` want every other ``%`` doubled; a statement that
    is printed, and sent without parameters, has to have them single.
    """
    plain: Any = copy.copy(dialect)
    plain.noted = []
    plain.paramstyle = "named"
    plain.positional = False
    plain.preparer = _mixed(_Names, plain.preparer)
    plain.statement_compiler = _mixed(_Values, plain.statement_compiler)
    plain.identifier_preparer = plain.preparer(plain)
    # here SQLAlchemy keeps literal processors, which remember whether "%" is doubled
    plain._type_memos = weakref.WeakKeyDictionary()
    if hasattr(plain, "type_compiler_instance"):
        plain.type_compiler_instance = _mixed(_Types, plain.type_compiler_instance.__class__)(plain)
        plain.type_compiler = plain.type_compiler_instance
    else:
        plain.type_compiler = _mixed(_Types, plain.type_compiler.__class__)(plain)
    result: Dialect = plain
    return result


def note(dialect: Any, text: str, *, is_value: bool = False) -> str:
    """``text``, of which nothing is changed."""
    getattr(dialect, "noted", []).append(Noted(text, is_value))
    return text


@cache
def _mixed(mixin: type, base: Any) -> Any:
    return type(base)(base.__name__, (mixin, base), {})


class _Names:
    """Notes names; and quotes one that is empty, at which SQLAlchemy 1.4 fails, or ends in a line
    break, which SQLAlchemy would lose.
    """

    def quote(self: Any, ident: Any, *arguments: Any) -> Any:
        """As SQLAlchemy's own."""
        name = note(self.dialect, ident)
        if not name or name.endswith("\n"):
            return self.quote_identifier(name)
        return super().quote(ident, *arguments)  # type: ignore[misc]  # it is only mixed in


class _Values:
    """Notes the values of literals."""

    def render_literal_value(self: Any, value: Any, type_: Any, *arguments: Any) -> Any:
        """As SQLAlchemy's own."""
        if isinstance(value, str):
            note(self.dialect, value, is_value=True)
        made = super().render_literal_value  # type: ignore[misc]  # it is only mixed in
        return made(value, type_, *arguments)


class _Types:
    """Notes types, which have labels in them."""

    def process(self: Any, type_: Any, **options: Any) -> Any:
        """As SQLAlchemy's own."""
        text = super().process(type_, **options)  # type: ignore[misc]  # it is only mixed in
        return note(self.dialect, text, is_value=True)
