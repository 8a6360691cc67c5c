"""Reads what SHOW CREATE TABLE prints: the one place where a temporary table is described.

The server prints one column or key on a line, always in the same order of words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from autosync.dialects.mysql.catalog import is_json
from autosync.dialects.texts import without_parentheses

_TOKEN = re.compile(
    r"'(?:[^'\\]|''|\\.)*(?:'|\\?\Z)|`(?:[^`]|``)*`|[(),]|[^\s'`(),]+|\s+", re.DOTALL
)
_AFTER_TYPE = {
    "CHARACTER", "COLLATE", "NOT", "NULL", "DEFAULT", "GENERATED", "AUTO_INCREMENT", "COMMENT",
    "ON", "INVISIBLE", "CHECK", "COMPRESSED", "WITHOUT", "WITH", "REF_SYSTEM_ID", "SRID",
}  # fmt: skip
_VERSION_COMMENT = re.compile(r"/\*M?!\d*|\*/")
"""Around what an older server would not know."""
_CHECK = re.compile(r"^\s*CONSTRAINT `((?:[^`]|``)*)` CHECK \((.*)\)[^)]*$", re.DOTALL)
_INDEX = re.compile(r"^\s*(?:UNIQUE )?KEY `((?:[^`]|``)*)` \((.*)$", re.DOTALL)
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
    indexes: dict[str, tuple[str, ...]]
    charset: str


def parse(sql: str, inherited: str | None) -> TableText:
    """The columns, checks and indexes of a CREATE TABLE statement that the server printed.

    A column of the collation that it would have ``inherited`` from its table has none of its own.
    """
    options = _OPTIONS.search(sql[sql.rfind("\n)") :])
    charset = options.group(1) if options else ""
    columns, checks, indexes = {}, {}, {}
    tokens = _tokens(sql)
    # a name may have a parenthesis in it, but a token that is one opens the definitions
    for line in _separated(tokens[tokens.index("(") + 1 :]):
        if line.startswith("`"):
            name, text, check = _column(line, charset)
            is_own = (text.collation or "").rpartition(" ")[2] != inherited
            columns[name] = text if is_own else text._replace(collation=None)
            if check is not None:
                checks[name] = check
        elif named := _CHECK.match(line):
            checks[named.group(1).replace("``", "`")] = named.group(2)
        elif named := _INDEX.match(line):
            parts = map(_part, _separated(_tokens(named.group(2))))
            indexes[named.group(1).replace("``", "`")] = tuple(parts)
    return TableText(columns, checks, indexes, charset)


def _tokens(sql: str) -> list[str]:
    tokens: list[str] = _TOKEN.findall(sql)
    return [token for token in tokens if not _VERSION_COMMENT.fullmatch(token)]


def _separated(tokens: Iterable[str]) -> list[str]:
    """The pieces between commas, up to the parenthesis that closes them all."""
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


def _part(text: str) -> str:
    """A part of an index, as :class:`~autosync.schema.Index` has it."""
    part, order = (text[:-5], text[-5:]) if text.endswith(" DESC") else (text, "")
    if part.startswith("`"):
        name, length = part[1:].rsplit("`", 1)
        return name.replace("``", "`") + length + order
    return without_parentheses(part) + order


def _column(line: str, inherited: str) -> tuple[str, ColumnText, str | None]:
    """A column's name, what it is, and its own check."""
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
    type_ = " ".join(sections["TYPE"])
    if "SRID" in sections:
        type_ = f"{type_} srid {sections['SRID'][0]}"
    collation = " ".join([*sections.get("CHARACTER", ())[1:], *sections.get("COLLATE", ())]) or None
    check = " ".join(sections["CHECK"])[1:-1] if "CHECK" in sections else None
    if is_json(type_, collation or inherited, check or ""):
        type_, collation = "json", None
    text = ColumnText(
        type=type_,
        default=None if default is None or default.upper() == "NULL" else default,
        computed=generated[2][1:-1] if generated else None,
        collation=collation,
    )
    return name, text, check


def _words(line: str) -> list[str]:
    """The words of a definition; what stands in parentheses belongs to the word before it."""
    words: list[list[str]] = []
    depth, glued = 0, False
    for token in _TOKEN.findall(line):
        if token.isspace() and depth == 0:
            glued = False
            continue
        # b'101', _utf8mb4'a' and a name in quotes are one word, with what is in parentheses
        if depth or glued:
            words[-1].append(token)
        else:
            words.append([token])
        depth += {"(": 1, ")": -1}.get(token, 0)
        glued = True
    return ["".join(word) for word in words]
