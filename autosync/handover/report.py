"""What was handed over, as a value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autosync.escape import escaped, escaped_json
from autosync.plan import Addition, Refusal

JSON_VERSION = 1


@dataclass(frozen=True, slots=True)
class Handover:
    """What became of it.

    ``revision`` is the one that was written, and ``path`` its file, both None if there was nothing
    to write. ``written`` are the entries of which it has operations; of those in ``held``, they are
    comments, which somebody has to look at. For those in ``left`` it has the remedy in words.
    """

    revision: str | None = None
    path: Path | None = None
    written: tuple[Refusal | Addition, ...] = ()
    held: tuple[Refusal | Addition, ...] = ()
    left: tuple[Refusal, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The whole value as plain data, with ``"version": 1``; entries by their titles."""
        return {
            "version": JSON_VERSION,
            "revision": self.revision,
            "path": None if self.path is None else str(self.path),
            "written": [_titled(one) for one in self.written],
            "held": [_titled(one) for one in self.held],
            "left": [_titled(one) for one in self.left],
        }

    def to_json(self, *, indent: int | None = 2) -> str:
        """:meth:`to_dict` as JSON; what would steer a terminal is escaped in it."""
        return escaped_json(json.dumps(self.to_dict(), indent=indent, ensure_ascii=False))

    def __str__(self) -> str:
        """The same for people, as plain text."""
        return "\n".join(escaped(line) for line in self._lines())

    def _lines(self) -> Iterator[str]:
        if self.path is None:
            yield "nothing to write: nothing is refused that a revision could do"
            return
        yield f"revision {self.revision}: {self.path}"
        for title, sign, entries in (
            ("Operations", "+", self.written),
            ("Commented out: look at them, and decide", "?", self.held),
            ("In words only: they take a person", "x", self.left),
        ):
            if entries:
                yield ""
                yield title
                yield from (f"  {sign} {_said(one)}" for one in entries)


def _titled(entry: Refusal | Addition) -> dict[str, str]:
    return {"code": _code(entry), "object": entry.title}


def _said(entry: Refusal | Addition) -> str:
    return f"{entry.title}  [{_code(entry)}]"


def _code(entry: Refusal | Addition) -> str:
    return entry.code if isinstance(entry, Refusal) else "pending"
