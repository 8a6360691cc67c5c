"""A mark by which values are known again."""

from __future__ import annotations

import json

DIGITS = 32
"""Hexadecimal ones, 128 bits: nobody finds other values that have the same."""


def digest(*values: object) -> str:
    """The mark of values of JSON, which no other values have.

    They are hashed as JSON, which says where each of them ends: ``"a.b", "c"`` is not ``"a",
    "b.c"``.
    """
    import hashlib

    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # escaped, or replaced, the halves of a character could be taken for another text
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:DIGITS]
