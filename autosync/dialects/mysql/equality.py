"""When two texts of MySQL or MariaDB mean the same, as data (facts, section 11)."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from autosync.dialects.texts import without_parentheses

SYNONYMS = {
    "integer": "int",
    "bool": "tinyint",
    "boolean": "tinyint",
    "dec": "decimal",
    "fixed": "decimal",
    "numeric": "decimal",
    "double precision": "double",
    "real": "double",
    "json": "longtext",
    "nvarchar": "varchar",
    "national varchar": "varchar",
    "nchar": "char",
    "national char": "char",
    "character varying": "varchar",
}
DEFAULT_SIZES = {"decimal": "(10,0)", "char": "(1)", "binary": "(1)", "bit": "(1)"}
WITHOUT_WIDTH = {"int", "bigint", "smallint", "mediumint", "tinyint", "year"}
SINGLE_PRECISION = 24
"""The most bits of a FLOAT(n) that is no DOUBLE."""
NOW = {"now", "current_timestamp", "localtime", "localtimestamp"}
CURRENT_DATE = {"current_date", "curdate"}

_TYPE = re.compile(r"([a-z][a-z ]*?)\s*(\(.*?\))?(\s+(?:unsigned|zerofill|unsigned zerofill))?$")
_ON_UPDATE = re.compile(r"\s+on\s+update\s+", re.IGNORECASE)
_NOW = re.compile(r"(\w+)\s*(?:\(\s*(\d*)\s*\))?")
_NUMBER = re.compile(r"^[-+]?\d*\.?\d+(e[-+]?\d+)?$", re.IGNORECASE)
_CHARSET = re.compile(r"\s+(?:CHARACTER SET|CHARSET)\s+(\w+)", re.IGNORECASE)
_NUMERIC = {"int", "bigint", "smallint", "mediumint", "tinyint", "decimal", "double", "float"}


def split_charset(text: str) -> tuple[str, str | None]:
    """A type without its character set, and the character set."""
    match = _CHARSET.search(text)
    if match is None:
        return text, None
    return text[: match.start()] + text[match.end() :], match.group(1)


@lru_cache(maxsize=4096)
def normal_type(text: str) -> str:
    """A type in the words of information_schema, without display widths."""
    text = split_charset(text.strip())[0]
    if re.match(r"(enum|set)\s*\(", text, re.IGNORECASE):
        name, _, labels = text.partition("(")
        return f"{name.strip().lower()}({labels}"
    match = _TYPE.fullmatch(re.sub(r"\s+", " ", text.lower()))
    if match is None:
        return text.lower()
    name, size, rest = match.group(1), match.group(2) or "", match.group(3) or ""
    name, size = SYNONYMS.get(name, name), size.replace(" ", "")
    if name == "float" and size and "," not in size:
        name, size = ("float" if int(size[1:-1]) <= SINGLE_PRECISION else "double"), ""
    if name == "decimal" and size and "," not in size:
        size = f"{size[:-1]},0)"
    if name in WITHOUT_WIDTH:
        size = ""
    return name + (size or DEFAULT_SIZES.get(name, "")) + rest


@lru_cache(maxsize=4096)
def normal_default(text: str, type_: str) -> str | None:
    """A default in the words of information_schema, None for NULL."""
    text = without_parentheses(text)
    if text.upper() == "NULL":
        return None
    head, *on_update = _ON_UPDATE.split(text, maxsplit=1)
    normal = _normal_value(head.strip(), normal_type(type_))
    return " on update ".join([normal, *(_normal_value(one.strip(), "") for one in on_update)])


def _normal_value(text: str, type_: str) -> str:
    if text.lower() in ("true", "false"):
        return "1" if text.lower() == "true" else "0"
    call = _NOW.fullmatch(text)
    if call is not None and call.group(1).lower() in NOW:
        return f"current_timestamp({call.group(2) or ''})"
    if call is not None and call.group(1).lower() in CURRENT_DATE:
        return "curdate()"
    if type_.partition("(")[0].partition(" ")[0] in _NUMERIC:
        bare = text.strip("'")
        if _NUMBER.match(bare):
            return str(Decimal(bare).normalize())
    return text
