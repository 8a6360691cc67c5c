"""When two texts of MySQL or MariaDB mean the same, as data (facts, section 11)."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from functools import lru_cache

from autosync.dialects.mysql import spelling
from autosync.dialects.texts import without_parentheses
from autosync.schema import Table

SYNONYMS = {
    "integer": "int",
    "bool": "tinyint",
    "boolean": "tinyint",
    "dec": "decimal",
    "fixed": "decimal",
    "numeric": "decimal",
    "double precision": "double",
    "real": "double",
    "nvarchar": "varchar",
    "national varchar": "varchar",
    "nchar": "char",
    "national char": "char",
    "character varying": "varchar",
}
DEFAULT_SIZES = {"decimal": "(10,0)", "char": "(1)", "binary": "(1)", "bit": "(1)", "year": "(4)"}
WITHOUT_WIDTH = {"int", "bigint", "smallint", "mediumint", "tinyint"}
ZEROFILL_WIDTHS = {"tinyint": 3, "smallint": 5, "mediumint": 8, "int": 10, "bigint": 20}
"""To how many digits a number is filled, if its type does not say."""
ENGINE, CHARSET, COLLATION = "engine", "character set", "collation"
OPTIONS = {
    "engine": ENGINE,
    "charset": CHARSET,
    "character_set": CHARSET,
    "default_charset": CHARSET,
    "default_character_set": CHARSET,
    "collate": COLLATION,
    "default_collate": COLLATION,
}
"""The arguments of a declared table that say how it is kept, and of what."""
KEY_BYTES = {"innodb": (3072, 767), "memory": (3072,), "aria": (2300,), "myisam": (1000,)}
"""How long a part of a key may be, by engine and row format (facts, section 15)."""
TINY = 255
"""The length of a TINYTEXT, which a key of the whole of it tells."""
LONGEST = 2**32
CHARACTER_BYTES = {
    **dict.fromkeys(("utf8mb4", "utf16", "utf16le", "utf32", "gb18030"), 4),
    **dict.fromkeys(("utf8", "utf8mb3", "ujis", "eucjpms"), 3),
    **dict.fromkeys(("ucs2", "big5", "cp932", "euckr", "gb2312", "gbk", "sjis"), 2),
}
"""The bytes of a character, by character set; of those that are not here, 1."""
SINGLE_PRECISION = 24
"""The most bits of a FLOAT(n) that is no DOUBLE."""
NOW = {"now", "current_timestamp", "localtime", "localtimestamp"}
CURRENT_DATE = {"current_date", "curdate"}
OWN_TYPES = frozenset(
    f"{name}{sign}"
    for name in (*ZEROFILL_WIDTHS, "decimal", "double", "float")
    for sign in ("", " unsigned", " zerofill", " unsigned zerofill")
).union(["char", "varchar", "date", "datetime", "time", "timestamp", "year"])
"""Not those of which the server makes another one, by their size or character set."""

_TYPE = re.compile(r"([a-z][a-z ]*?)\s*(\(.*?\))?(\s+(?:unsigned|zerofill|unsigned zerofill))?$")
_BITS = re.compile(r"\(\d{1,9}\)")
_ON_UPDATE = re.compile(r"(?<!\s)\s+on\s+update\s+", re.IGNORECASE)
_NOW = re.compile(r"(\w+)\s*(?:\(\s*(?:(\d+)\s*)?\))?")
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[-+]?\d{1,4})?", re.IGNORECASE)
_DIGITS = 100
"""No number of the database has more."""
_EXACT = Context(prec=_DIGITS)
_BYTES = re.compile(r"(?:var)?binary|\w*blob")
_SIZE = re.compile(r"\((\d{1,9})\)$")
_PART = re.compile(r"(?P<name>.*?)(?:\((?P<length>\d{1,9})\))?(?P<order> DESC)?", re.DOTALL)
_LABELS = re.compile(r"\s*(?:enum|set)\s*\((?:'(?:[^'\\]|''|\\.)*'|[,\s])*\)", re.IGNORECASE)
_CHARSET = re.compile(r"(?<!\s)\s+(?:CHARACTER SET|CHARSET)\s+(\w+)", re.IGNORECASE)
_CHARSET_WORD = re.compile(
    r"\b(?:NATIONAL|NCHAR|NVARCHAR|ASCII|UNICODE)\b|\sBINARY\b", re.IGNORECASE
)
_QUOTED = re.compile(r"'(?:[^'\\]|''|\\.)*(?:'|\\?\Z)|`(?:[^`]|``)*`", re.DOTALL)
_NUMERIC = {"int", "bigint", "smallint", "mediumint", "tinyint", "decimal", "double", "float"}


def basic_plane(text: str) -> str:
    """A text with ``?`` for each character that needs four bytes."""
    return re.sub(r"[^\u0000-\uffff]", "?", text)


def options_of(engine: str | None, collation: str | None) -> dict[str, str | None]:
    """How a table as a whole is kept."""
    collation = full_name(collation or "")
    charset = collation.partition("_")[0]
    return {ENGINE: (engine or "").lower(), CHARSET: charset, COLLATION: collation}


def full_name(charset: str) -> str:
    """A character set or a collation, under the name that the server has for ``utf8``."""
    return re.sub(r"^utf8(?=_|$)", "utf8mb3", charset.lower())


def split_labels(text: str) -> tuple[str, str]:
    """An ENUM or SET with its labels, which may say anything, and what stands behind them."""
    match = _LABELS.match(text)
    end = 0 if match is None else match.end()
    return text[:end], text[end:]


def is_string_of(type_: str, length: int) -> bool:
    """Whether a type holds strings of just this length."""
    return re.fullmatch(rf"(var)?(char|binary)\({length}\)", normal_type(type_)) is not None


def split_length(part: str) -> tuple[str, int | None, str]:
    """The name, the length and the order of an index's part that is a column."""
    match = _PART.fullmatch(part)
    assert match is not None, "anything is a name"
    length = int(match["length"]) if match["length"] else None
    return match["name"], length, match["order"] or ""


def is_cut(part: str, declared: str, table: Table) -> bool:
    """Whether a part of a live index is as much of the declared one as fits into a key: where
    nothing is to be unique, the server cuts what is too long, and only warns.
    """
    name, kept, order = split_length(part)
    wanted, length, wanted_order = split_length(declared)
    column = table.columns.get(name)
    if kept is None or column is None or (name, order) != (wanted, wanted_order):
        return False
    type_ = normal_type(column.type)
    size = _SIZE.search(type_)
    charset = re.split("[ _]", column.collation or table.options.get(CHARSET) or "")[0]
    width = 1 if _BYTES.match(type_) else CHARACTER_BYTES.get(charset, 1)
    if length is None and type_.startswith("tiny"):
        return kept == TINY
    # another TEXT has no length of its own
    whole = length or (int(size[1]) if size else LONGEST)
    limits = KEY_BYTES.get(table.options.get(ENGINE) or "", ())
    return kept < whole and kept in {limit // width for limit in limits}


def with_lower_names(text: str) -> str:
    """An expression with its quoted names in lower case, which does not tell them apart."""
    return _QUOTED.sub(lambda match: match[0].lower() if match[0][0] == "`" else match[0], text)


def charset_word(text: str) -> str | None:
    """The word of a type that stands for a character set or a collation of the server's choice."""
    match = _CHARSET_WORD.search(text)
    return None if match is None else match.group().strip().lower()


def split_charset(text: str) -> tuple[str, str | None]:
    """A type without its character set, and the character set."""
    match = _CHARSET.search(text)
    if match is None:
        return text, None
    return text[: match.start()] + text[match.end() :], match.group(1)


@lru_cache(maxsize=4096)
def normal_type(text: str) -> str:
    """A type in the words of information_schema, without display widths."""
    labels, rest = split_labels(text.strip())
    if labels:
        name, _, labels = labels.partition("(")
        return f"{name.strip().lower()}({labels}{split_charset(rest)[0].lower()}"
    text = split_charset(rest)[0]
    match = _TYPE.fullmatch(re.sub(r"\s+", " ", text.lower()))
    if match is None:
        return text.lower()
    name, size, rest = match.group(1), match.group(2) or "", match.group(3) or ""
    name, size = SYNONYMS.get(name, name), size.replace(" ", "")
    if name == "float" and _BITS.fullmatch(size):
        name, size = ("float" if int(size[1:-1]) <= SINGLE_PRECISION else "double"), ""
    if name == "decimal" and size and "," not in size:
        size = f"{size[:-1]},0)"
    if "zerofill" in rest:
        rest = " unsigned zerofill"
        size = size or f"({ZEROFILL_WIDTHS[name]})" if name in ZEROFILL_WIDTHS else size
    elif name in WITHOUT_WIDTH:
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
    text = spelling.plain(text)
    if text.lower() in ("true", "false"):
        return "1" if text.lower() == "true" else "0"
    call = _NOW.fullmatch(text)
    if call is not None and call.group(1).lower() in NOW:
        return f"current_timestamp({call.group(2) or ''})"
    if call is not None and call.group(1).lower() in CURRENT_DATE:
        return "curdate()"
    if type_.partition("(")[0].partition(" ")[0] in _NUMERIC:
        bare = text.strip("'")
        if len(bare) <= _DIGITS and _NUMBER.fullmatch(bare):
            return str(Decimal(bare).normalize(_EXACT))
    return text
