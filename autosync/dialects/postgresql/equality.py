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
    "bpchar": "character",
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
BOOLEANS = {"t": "true", "true": "true", "f": "false", "false": "false"}
NOW = {"now()", "current_timestamp", "transaction_timestamp()"}

LIMITS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}
NUMBERS = {*LIMITS, "numeric", "real", "double precision"}
FAMILIES = [
    {"integer", "bigint", "smallint", "numeric"},
    {"character varying", "text", "character"},
]
"""The types that have an = operator with each other."""
NO_DOMAINS = {*SYNONYMS.values(), *NUMBERS, "text", "date", "uuid", "json", "jsonb", "bytea"}
"""Types of which a default of NULL is none; that of a domain is in the place of its own default."""
OWN_TYPES = frozenset({*NO_DOMAINS, "time", "timestamp"} - {"character"})

NAME = re.compile(r'"((?:[^"]|"")+)"|([\w$]+)')
"""A quoted name, or a bare one."""
_SPACES = re.compile(r"\s+")
_SIZE = re.compile(r"\([\d, -]+\)")
_BITS = re.compile(r"\d{1,9}")
_SIZED = re.compile(r"([a-z ]+?)\s*\(([\d, -]+)\)(.*)")
_CAST = re.compile(r"(\(-?[\d.]+\)|'(?:[^']|'')*'|-?[\d.]+|null)::([\w\" .()\[\]]+)", re.IGNORECASE)
_ITEM = re.compile(r"'(?:[^']|'')*'::[\w ]+")
_CAST_LIST = re.compile(
    rf"\(ARRAY\[(?P<items>{_ITEM.pattern}(?:, {_ITEM.pattern})*)\]\)::(?P<type>[\w ]+)\[\]"
)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


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
    if name == "float" and _BITS.fullmatch(argument):
        return "real" if int(argument) <= SINGLE_PRECISION else "double precision"
    name = WITH_ARGUMENT.get(name, name)
    if name == "numeric" and "," not in argument:
        argument += ",0"
    if name in ("timestamp", "time") and not rest:
        rest = " without time zone"
    return f"{name}({argument}){rest}"


@lru_cache(maxsize=4096)
def normal_default(text: str, type_: str) -> str | None:
    """The default of a column of a type, without the casts that the server adds; None for NULL."""
    text = _without_cast(without_parentheses(text), type_)
    if text.upper() == "NULL" and _unsized(type_) in NO_DOMAINS:
        return None
    if text.lower() in NOW:
        return "now()"
    bare = text.strip("'")
    if type_ == "boolean":
        return BOOLEANS.get(bare.lower(), text)
    if _NUMBER.fullmatch(bare) and _unsized(type_) in NUMBERS:
        return bare
    return text


def _without_cast(text: str, type_: str) -> str:
    """A literal without a cast that changes nothing about what a column of the type gets."""
    cast = _CAST.fullmatch(text)
    if cast is None:
        return text
    literal, target = without_parentheses(cast.group(1)), normal_type(cast.group(2))
    column = _unsized(type_)
    if literal.upper() == "NULL":
        changes_nothing = column in NO_DOMAINS
    else:
        exact = column in NUMBERS and _is_exact(literal.strip("'"), target)
        changes_nothing = exact or target == column
    return literal if changes_nothing else text


def _is_exact(number: str, target: str) -> bool:
    """Whether a number stays what it is as a value of another type."""
    if _NUMBER.fullmatch(number) is None:
        return False
    return target == "numeric" or (target in LIMITS and "." not in number)


def _unsized(type_: str) -> str:
    """A type without its length, precision or scale."""
    return _SIZE.sub("", normal_type(type_))


def with_cast_items(text: str) -> str:
    """An expression with the cast of a list of literals on each of its items.

    So the server spells what it has spelled once before, as in a database that was restored.
    """
    return _CAST_LIST.sub(_cast_items, text) if "])::" in text else text


def _cast_items(match: re.Match[str]) -> str:
    items = (f"({item})::{match['type']}" for item in _ITEM.findall(match["items"]))
    return f"ARRAY[{', '.join(items)}]"


def identity_text(
    kind: str,
    type_: str,
    *,
    increment: int,
    lowest: int | None,
    highest: int | None,
    cycle: bool,
) -> str:
    """How an identity column of a type is generated, in the words in which it is unusual.

    START WITH is not among them: it has had its effect.
    """
    limit = LIMITS.get(normal_type(type_), 0)
    first, last = (1, limit - 1) if increment > 0 else (-limit, -1)
    options = {
        f"INCREMENT BY {increment}": increment != 1,
        f"MINVALUE {lowest}": lowest not in (None, first),
        f"MAXVALUE {highest}": highest not in (None, last),
        "CYCLE": cycle,
    }
    return " ".join([kind, *(words for words, unusual in options.items() if unusual)])
