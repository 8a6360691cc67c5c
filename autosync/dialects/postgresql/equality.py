"""When two texts of PostgreSQL mean the same: synonyms and casts, as data (facts, section 11)."""

from __future__ import annotations

import re
from functools import lru_cache

from autosync.dialects.texts import without_parentheses

SYNONYMS = {
    "int": "integer",
    "int4": "integer",
    "int8": "bigint",
    "int2": "smallint",
    "bool": "boolean",
    "decimal": "numeric",
    "float8": "double precision",
    "float4": "real",
    "varchar": "character varying",
    "char": "character(1)",
    "bit": "bit(1)",
    "varbit": "bit varying",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timetz": "time with time zone",
}
WITH_ARGUMENT = {"varchar": "character varying", "char": "character", "decimal": "numeric"}
SINGLE_PRECISION = 24
"""The most bits of a FLOAT(n) that is a REAL."""
NOW = {"now()", "current_timestamp", "transaction_timestamp()"}

_SPACES = re.compile(r"\s+")
_SIZED = re.compile(r"([a-z ]+?)\s*\(([\d, -]+)\)(.*)")
_CAST = re.compile(
    r"^(?:\((-?[\d.]+)\)|'((?:[^']|'')*)'|(-?[\d.]+)|(null))::[\w\" .()\[\]]+$", re.IGNORECASE
)
_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")
_NUMERIC_TYPES = ("integer", "bigint", "smallint", "numeric", "real", "double precision")


@lru_cache(maxsize=4096)
def normal_type(text: str) -> str:
    """A type in the words of format_type()."""
    if '"' in text:
        return text
    text = _SPACES.sub(" ", text.strip().lower())
    base, brackets, _ = text.partition("[")
    return _normal_scalar(base) + ("[]" if brackets else "")


def _normal_scalar(text: str) -> str:
    sized = _SIZED.fullmatch(text)
    if sized is None:
        return "double precision" if text == "float" else SYNONYMS.get(text, text)
    name, argument, rest = sized.group(1), sized.group(2).replace(" ", ""), sized.group(3)
    if name == "float":
        return "real" if int(argument) <= SINGLE_PRECISION else "double precision"
    name = WITH_ARGUMENT.get(name, name)
    if name == "numeric" and "," not in argument:
        argument += ",0"
    if name in ("timestamp", "time") and not rest:
        rest = " without time zone"
    return f"{name}({argument}){rest}"


@lru_cache(maxsize=4096)
def normal_default(text: str, type_: str) -> str | None:
    """A default without the casts that the server adds, None for NULL."""
    text = without_parentheses(text)
    cast = _CAST.match(text)
    if cast is not None:
        number, string, plain, _null = cast.groups()
        text = "NULL" if _null else number or plain or f"'{string or ''}'"
    if text.lower() in NOW:
        return "now()"
    if text.upper() == "NULL":
        return None
    if type_ == "boolean" and text.strip("'").lower() in ("t", "true", "f", "false"):
        return "true" if text.strip("'").lower().startswith("t") else "false"
    bare = text.strip("'")
    if _NUMBER.match(bare) and normal_type(type_).partition("(")[0] in _NUMERIC_TYPES:
        return bare
    return text
