"""The report as SARIF 2.1.0, for GitHub's code scanning and whatever else takes that."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal
from urllib.parse import quote

from autosync.digest import digest
from autosync.escape import escaped_json, escaped_lines, one_line
from autosync.plan import (
    Accepted,
    Addition,
    Entry,
    Failed,
    Findings,
    Note,
    Refusal,
    Severity,
    Undecided,
)
from autosync.remedy import Remedy
from autosync.rules import RULES, Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
"""What stands for the folder of the repository."""
LINK = "]("
"""What makes a link of the words before it, which are between brackets."""
FINGERPRINT = "primaryLocationLineHash"
"""By this, and no other, GitHub knows an alert again. It would be made of the line itself."""

Level = Literal["error", "warning", "note", "none"]

LEVELS: dict[Severity, Level] = {"breaks": "error", "differs": "warning"}
PENDING = "The models have it and the database lacks it. autosync sync adds it."
FAILED = "The database refused it. The next run tries again."
UNDECIDED = "Whether both sides mean the same could not be found out. It is never taken for equal."


def render(findings: Findings) -> str:
    """SARIF, with one result for each entry but those that are done.

    What somebody has accepted is suppressed, and notes are for information only.
    """
    entries = [*findings.failed, *findings.refused, *findings.undecided, *findings.pending]
    entries += [*findings.accepted, *findings.notes]
    places = _Places(entries)
    rules = [*map(_rule, RULES.values()), *_others()]
    run = {
        "tool": {"driver": {"name": "autosync", **_version(), "rules": rules}},
        # by this GitHub tells the runs on several kinds of databases apart
        "automationDetails": {"id": f"autosync/{_shown(findings.dialect)}/"},
        "originalUriBaseIds": {ROOT: {"description": {"text": "The folder of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(entry, places) for entry in entries],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return escaped_json(json.dumps(log, indent=2, ensure_ascii=False))


def _version() -> dict[str, str]:
    # in a checkout that nobody has installed there is none
    with suppress(PackageNotFoundError):
        return {"version": version("sqlalchemy-autosync")}
    return {}


# --- the rules ------------------------------------------------------------------------------------


def _rule(rule: Rule) -> dict[str, Any]:
    paragraphs = [" ".join(text.split()) for text in rule.explanation.split("\n\n")]
    said = [text.replace("``", "`") for text in (*paragraphs, rule.consequence) if text]
    level: Level = "note" if rule.outcome == "note" else LEVELS[rule.severity]
    return _descriptor(rule.code, rule.title, said, level)


def _others() -> Iterator[dict[str, Any]]:
    yield _descriptor("failed", "It could not be added", [FAILED], "error")
    yield _descriptor("undecided", "It could not be compared", [UNDECIDED], "warning")
    yield _descriptor("pending", "It is to be added", [PENDING], "note")


def _descriptor(name: str, title: str, said: Sequence[str], level: Level) -> dict[str, Any]:
    return {
        "id": name,
        "shortDescription": {"text": title},
        "fullDescription": {"text": said[0]},
        "help": {"text": "\n\n".join(said)},
        "defaultConfiguration": {"level": level},
    }


# --- the results ----------------------------------------------------------------------------------


def _result(entry: Entry, places: _Places) -> dict[str, Any]:
    code, level, said = _about(entry)
    result: dict[str, Any] = {
        "ruleId": code,
        "level": level,
        "message": {"text": _message(said)},
        "locations": [places.of(entry)],
        "partialFingerprints": {FINGERPRINT: _fingerprint(code, entry)},
    }
    if isinstance(entry, Note):
        result["kind"] = "informational"
    if isinstance(entry, Accepted):
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": _shown(entry.because)}
        ]
    return result


def _about(entry: Entry) -> tuple[str, Level, Sequence[str]]:
    """The rule, the level, and what there is to say, the most important first."""
    if isinstance(entry, Refusal):
        said = (_why(entry), entry.consequence, _remedy(entry.remedy))
        return entry.code, LEVELS[entry.severity], said
    if isinstance(entry, Note):
        return entry.code, "none", (_why(entry), _remedy(entry.remedy))
    if isinstance(entry, Undecided):
        sides = one_line(f"models: {entry.declared}, database: {entry.live}")
        return "undecided", "warning", (_why(entry), sides)
    if isinstance(entry, Failed):
        said = (one_line(f"{entry.title}: {entry.error}"), _remedy(entry.remedy), entry.sql)
        return "failed", "error", said
    assert isinstance(entry, Addition)
    title = one_line(f"{entry.title} is to be added.")
    return "pending", "note", (title, *entry.hazards, entry.sql)


def _why(entry: Refusal | Note | Undecided) -> str:
    """One line, so that no name in it can forge another one."""
    return one_line(f"{entry.title}: {entry.reason}.")


def _remedy(remedy: Remedy) -> str:
    """For nobody to copy where a name in it would not stay as it is."""
    text = str(remedy)
    return "\n".join(map(str, remedy.comments())) if LINK in text else text


def _fingerprint(code: str, entry: Entry) -> str:
    """The same for as long as it is about the same, wherever that is declared, and in any words."""
    about = (code, entry.kind, entry.difference, entry.schema, entry.table, entry.name)
    return digest(*about, entry.columns)


class _Places:
    """Where the models say what the entries are about.

    GitHub takes no file in which one result has no place. What the models do not declare is put at
    the beginning of the file that declares its table, or of another one.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        located = [entry for entry in entries if entry.location]
        self._tables = {(entry.schema, entry.table): entry.location for entry in located[::-1]}
        self._any = located[0].location if located else None

    def of(self, entry: Entry) -> dict[str, Any]:
        """A location: where an entry belongs, and what it is called in the database."""
        name = entry.name or entry.table or entry.object
        logical = {"name": name, "fullyQualifiedName": entry.object, "kind": entry.kind}
        place: dict[str, Any] = {
            "logicalLocations": [{key: _shown(value) for key, value in logical.items()}]
        }
        near = entry.location or self._tables.get((entry.schema, entry.table), self._any)
        if near is not None:
            place["physicalLocation"] = {"artifactLocation": _artifact(near.path)}
        if entry.location is not None:
            place["physicalLocation"]["region"] = {"startLine": entry.location.line}
        return place


def _artifact(path: str) -> dict[str, str]:
    uri = quote(path, errors="backslashreplace")
    if path.startswith("/"):
        return {"uri": f"file://{uri}"}
    return {"uri": uri, "uriBaseId": ROOT}


def _message(said: Sequence[str]) -> str:
    return _shown("\n".join(filter(None, said))).replace(LINK, "] (")


def _shown(text: str) -> str:
    """Text as people are to see it: in JSON it would become again what it was."""
    return escaped_lines(text)
