"""Reads what SHOW CREATE TABLE prints: the one place where a temporary table is described.

The server prints one column or key on a line, always in the same order of words.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_TOKEN = re.compile(r"'(?:[^'\\]|''|\\.)*'|`(?:[^`]|``)*`|[(),]|[^\s'`(),]+|\s+", re.DOTALL)
_AFTER_TYPE = {
    "CHARACTER", "COLLATE", "NOT", "NULL", "DEFAULT", "GENERATED", "AUTO_INCREMENT", "COMMENT",
    "ON", "INVISIBLE", "CHECK", "COMPRESSED", "WITHOUT", "WITH", "REF_SYSTEM_ID",
}  # fmt: skip
_CHECK = re.compile(r"^\s*CONSTRAINT `((?:[^`]|``)*)` CHECK \((.*)\),?$", re.DOTALL)
_OPTIONS = re.compile(r"(DEFAULT CHARSET=\w+(?: COLLATE=\w+)?)")


class ColumnText(NamedTuple):
    """One column as SHOW CREATE TABLE spells it."""

    type: str
    default: str | None
    computed: str | None
    collation: str | None


class TableText(NamedTuple):
    """A table as SHOW CREATE TABLE spells it; ``charset`` is its DEFAULT CHARSET clause."""

    columns: dict[str, ColumnText]
    checks: dict[str, str]
    charset: str


def parse(sql: str) -> TableText:
    """The columns and checks of a CREATE TABLE statement that the server printed."""
    columns, checks = {}, {}
    for line in _lines(sql):
        if line.startswith("`"):
            name, text = _column(line)
            columns[name] = text
        elif check := _CHECK.match(line):
            checks[check.group(1).replace("``", "`")] = check.group(2)
    options = _OPTIONS.search(sql[sql.rfind("\n)") :])
    return TableText(columns, checks, options.group(1) if options else "")


def _lines(sql: str) -> list[str]:
    """The definitions between the outer parentheses, split at their commas."""
    tokens = _TOKEN.findall(sql[sql.index("(") + 1 :])
    lines, line, depth = [], "", 0
    for token in tokens:
        if token == ")" and depth == 0:
            break
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == "," and depth == 0:
            lines.append(line.strip())
            line = ""
        else:
            line += token
    return [*lines, line.strip()]


def _column(line: str) -> tuple[str, ColumnText]:
    words = _words(line)
    name = words[0][1:-1].replace("``", "`")
    sections: dict[str, list[str]] = {"TYPE": []}
    current = "TYPE"
    for word in words[1:]:
        is_value = current == "DEFAULT" and not sections["DEFAULT"]
        if word.upper() in _AFTER_TYPE and not is_value:
            current = word.upper()
            sections[current] = []
        else:
            sections[current].append(word)
    default = " ".join(sections["DEFAULT"]) if "DEFAULT" in sections else None
    if default is not None and "ON" in sections:
        default = f"{default} on update {sections['ON'][-1]}"
    generated = sections.get("GENERATED")
    return name, ColumnText(
        type=" ".join(sections["TYPE"]),
        default=None if default is None or default.upper() == "NULL" else default,
        computed=generated[2][1:-1] if generated else None,
        collation=sections["COLLATE"][0] if "COLLATE" in sections else None,
    )


def _words(line: str) -> list[str]:
    """The words of a definition; what stands in parentheses belongs to the word before it."""
    words: list[str] = []
    depth, glued = 0, False
    for token in _TOKEN.findall(line):
        opening = token == "("
        if token.isspace() and depth == 0:
            glued = False
            continue
        if depth or (opening and glued) or (token == ")"):
            words[-1] += token
        else:
            words.append(token)
        depth += {"(": 1, ")": -1}.get(token, 0)
        glued = True
    return words
