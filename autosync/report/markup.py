"""Elements of HTML and SVG. Whatever goes into one is escaped, unless it is one itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from autosync.escape import escaped_lines


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | float | None) -> Markup:
    """An element. ``class_`` is the attribute ``class``, ``aria_label`` is ``aria-label``; one that
    is None is left out.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{given}>{joined(children)}</{name}>")


def joined(parts: Iterable[str]) -> Markup:
    """Several, one after the other."""
    return Markup("".join(part if isinstance(part, Markup) else _safe(part) for part in parts))


def _value(value: str | float) -> str:
    return _safe(value) if isinstance(value, str) else f"{value:g}"


_COLON = re.compile(r"^([^!-~\n]*):", re.MULTILINE)


def _safe(text: str) -> str:
    """Text that neither opens an element nor hides or turns around what follows it.

    No line of it begins with a colon: with what follows it, that may be a command of GitHub's.
    """
    return _COLON.sub(r"\1&#58;", escape(escaped_lines(text)))
