"""What became of an upgrade, or where a database stands, as values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autosync.escape import escaped, escaped_json

JSON_VERSION = 1


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of a repository; ``seconds`` is how long it took, None where it did not run."""

    id: str
    title: str = ""
    seconds: float | None = None

    def __str__(self) -> str:
        return f"{self.id} {self.title}".rstrip()


@dataclass(frozen=True, slots=True)
class UpgradeReport:
    """Where a database stands with a repository, and what was run to come there.

    ``before`` and ``after`` are the revisions that the database was at, and is at now: none where
    it was at none, several where branches are open. ``latest`` are those of the repository.
    ``revisions`` are those that this call ran, in order, and ``pending`` those that are left.
    ``controlled`` says whether the database is under version control now, and ``stamped`` whether
    this call has put it at a revision without running anything.
    """

    repository: str
    kind: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    latest: tuple[str, ...] = ()
    revisions: tuple[Revision, ...] = ()
    pending: tuple[Revision, ...] = ()
    controlled: bool = False
    stamped: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The whole value as plain data, with ``"version": 1``; before and after as from and to."""
        return {
            "version": JSON_VERSION,
            "repository": self.repository,
            "kind": self.kind,
            "from": list(self.before),
            "to": list(self.after),
            "latest": list(self.latest),
            "revisions": [asdict(one) for one in self.revisions],
            "pending": [asdict(one) for one in self.pending],
            "controlled": self.controlled,
            "stamped": self.stamped,
        }

    def to_json(self, *, indent: int | None = 2) -> str:
        """:meth:`to_dict` as JSON; what would steer a terminal is escaped in it."""
        return escaped_json(json.dumps(self.to_dict(), indent=indent, ensure_ascii=False))

    def __str__(self) -> str:
        """The report for people, as plain text."""
        return "\n".join(escaped(line) for line in self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.kind}, {self.repository}: {self._summary()}"
        for title, revisions in (("Run", self.revisions), ("To be run", self.pending)):
            if revisions:
                yield ""
                yield title
            for one in revisions:
                took = "" if one.seconds is None else f" ({one.seconds:.1f} s)"
                yield f"  + {one}{took}"

    def _summary(self) -> str:
        if self.stamped and not self.revisions:
            said = f"stamped as {names(self.after)}"
        elif self.before != self.after:
            said = f"from {names(self.before)} to {names(self.after)}"
        elif self.controlled:
            said = f"at {names(self.after)}"
        else:
            said = "not under version control"
        return f"{said}, the latest is {names(self.latest)}" if self.pending else said


@dataclass(frozen=True, slots=True)
class Adoption:
    """What became of it.

    ``baseline`` is the revision that stands for all that the old repository did. ``written`` is its
    file, None where it was there already; ``without`` then says what of the database it does not
    make. ``upgrade`` is what happened to the database.
    """

    baseline: str
    written: Path | None
    without: tuple[str, ...]
    upgrade: UpgradeReport

    def to_dict(self) -> dict[str, Any]:
        """The whole value as plain data, with ``"version": 1``."""
        return {
            "version": JSON_VERSION,
            "baseline": self.baseline,
            "written": None if self.written is None else str(self.written),
            "without": list(self.without),
            "upgrade": self.upgrade.to_dict(),
        }

    def to_json(self, *, indent: int | None = 2) -> str:
        """:meth:`to_dict` as JSON; what would steer a terminal is escaped in it."""
        return escaped_json(json.dumps(self.to_dict(), indent=indent, ensure_ascii=False))

    def __str__(self) -> str:
        """The same for people, as plain text."""
        return "\n".join(map(escaped, self._lines()))

    def _lines(self) -> Iterator[str]:
        if self.written is not None:
            yield f"baseline {self.baseline}: {self.written}"
        yield from (f"  ! it does not have {one}" for one in self.without)
        yield from str(self.upgrade).splitlines()


def names(revisions: tuple[str, ...]) -> str:
    """Revisions in words."""
    return ", ".join(revisions) or "no revision"
