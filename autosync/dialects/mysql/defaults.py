"""How a default is written: a constant without parentheses, where MySQL takes it so.

In parentheses it is an expression to MySQL, and a column with one cannot be added INSTANT; nor can
any TEXT, BLOB or JSON column with a default, since there it takes nothing but expressions.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import TextClause

from autosync.ddl import type_text
from autosync.dialects.mysql.equality import NOW, normal_type
from autosync.dialects.texts import without_parentheses

_LITERAL = re.compile(
    r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|0x[\da-f]+|0b[01]+"
    r"|(?:[bx]|_\w+\s*)?'(?:[^'\\]|''|\\.)*'|(?:_\w+\s*)?\"(?:[^\"\\]|\"\"|\\.)*\""
    r"|null|true|false",
    re.IGNORECASE | re.DOTALL,
)
_NOW = re.compile(rf"(?:{'|'.join(sorted(NOW))})\s*(?:\(\s*(\d*)\s*\))?", re.IGNORECASE)
_ON_UPDATE = re.compile(r"\s+on\s+update\s", re.IGNORECASE)
_DIGITS = re.compile(r"\((\d)\)")
_EXPRESSIONS_ONLY = re.compile(
    r"(?:tiny|medium|long)?(?:text|blob)\b|json\b|geometry|point|linestring|polygon|multi"
)
_MOMENTS = ("datetime", "timestamp")


class AsItStands(TextClause):
    """A default that is written as it is declared, and not as MySQL takes it best."""

    inherit_cache = False


def is_bare(default: str, type_: str) -> bool:
    """Whether MySQL takes a default, its outer parentheses aside, without any for this type."""
    name = normal_type(type_)
    if _EXPRESSIONS_ONLY.match(name):
        return False
    value = _ON_UPDATE.split(without_parentheses(default), maxsplit=1)[0]
    if _LITERAL.fullmatch(value):
        return True
    now = _NOW.fullmatch(value)
    if now is None or not name.startswith(_MOMENTS):
        return False
    digits = _DIGITS.search(name)
    return int(now[1] or 0) == (int(digits[1]) if digits else 0)


def spelled(default: str, type_: str, *, escapes: bool = True) -> str:
    """A default as MySQL takes it best; ``escapes`` says whether a backslash in it is one."""
    inner = without_parentheses(default)
    if is_bare(default if escapes else default.replace("\\", r"\\"), type_):
        return inner
    is_enclosed = inner != default.strip()
    return default if is_enclosed or _ON_UPDATE.search(default) else f"({default})"


def spell_defaults(dialect: Any) -> None:
    """Let a dialect of our own write defaults as MySQL takes them best."""
    dialect.ddl_compiler = _spelling(dialect.ddl_compiler)


@cache
def _spelling(base: Any) -> Any:
    return type(base)(base.__name__, (_Spelling, base), {})


class _Spelling:
    """Writes a column with its default, which SQLAlchemy puts last, in our words."""

    def get_column_specification(self: Any, column: sa.Column[Any], **options: Any) -> str:
        """As SQLAlchemy's own."""
        text = str(super().get_column_specification(column, **options))  # type: ignore[misc]
        default = self.get_column_default_string(column)
        if isinstance(getattr(column.server_default, "arg", None), AsItStands):
            return text
        for ending in () if default is None else (f" DEFAULT ({default})", f" DEFAULT {default}"):
            if text.endswith(ending):
                escapes = self.dialect._backslash_escapes
                best = spelled(default, type_text(column, self), escapes=escapes)
                return f"{text.removesuffix(ending)} DEFAULT {best}"
        return text
