"""The parts of a URL, with words in them that are nowhere else."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from hypothesis import strategies as st

ANY = ["", *"-_ @/:%?#&='\"\\+;,é$"]
NAMES = ["", *"-_ .@%'é"]
WORDS = ["", *"-_"]


class Part(NamedTuple):
    """A part of a URL as it is meant and as it is written, and the words that tell it.

    ``is_secret`` is one that is hidden also where it is written out.
    """

    text: str
    written: str
    words: tuple[str, ...]
    is_secret: bool = False


def part(name: str, between: Sequence[str], *, is_secret: bool = False) -> st.SearchStrategy[Part]:
    """Two words of the same name, and something between them."""
    words = f"zq{name}fore", f"ZQ{name}aft"

    def made(separator: str) -> Part:
        text = separator.join(words)
        return Part(text, quote(text, safe=""), words, is_secret)

    return st.sampled_from(between).map(made)


def fixed(text: str, *words: str, is_secret: bool = False) -> Part:
    """A part that has to be so."""
    return Part(text, text, words or (text,), is_secret)


class Address(NamedTuple):
    """A URL in pieces: its beginning, its parts by name, and what stands before each."""

    dialect: str
    parts: dict[str, Part]
    options: dict[str, Part]

    def pieces(self) -> list[str | Part]:
        """Its text, with the parts in it."""
        given, pieces = self.parts, list[str | Part]([f"{self.dialect}://"])
        if "user" in given:
            pieces += [given["user"], ":", given["password"], "@"]
        if "host" in given:
            pieces += [given["host"], ":", given["port"]]
        pieces += ["/", given["database"]]
        for mark, (name, value) in zip("?" + "&" * 9, self.options.items(), strict=False):
            pieces += [f"{mark}{name}=", value]
        return pieces


class Configured(NamedTuple):
    """A configuration file, the environment that it needs, and the words that are secret."""

    file: str
    environment: dict[str, str]
    secrets: frozenset[str]


@st.composite
def configured(draw: st.DrawFn, address: Address) -> Configured:
    """The URL in a file: some of its parts, or all of it, come from the environment."""
    pieces = address.pieces()
    parts = [one for one in pieces if isinstance(one, Part)]
    secrets = {word for one in parts if one.is_secret for word in one.words}
    if draw(st.integers(0, 4)) == 0:
        whole = "".join(map(_text, pieces))
        words = (word for one in parts for word in one.words)
        return Configured(_file("${WHOLE}"), {"WHOLE": whole}, frozenset(words))
    text, environment = _text(pieces[0]), {}
    rest = pieces[1:]
    while rest:
        count = draw(st.integers(1, 3))
        if rest[:count] and str(rest[:count][-1]).endswith("="):
            count += 1  # nobody has the name of an option in a variable, and its value not
        some, rest = rest[:count], rest[count:]
        value = "".join(map(_text, some))
        if draw(st.booleans()):
            text += value
            continue
        name = f"PART_{len(environment)}"
        text += f"${{{name}}}"
        environment[name] = value
        secrets |= {word for one in some if isinstance(one, Part) for word in one.words}
        secrets |= {word for one in some if isinstance(one, str) for word in _OWN.findall(one)}
    return Configured(_file(text), environment, frozenset(secrets))


_OWN = re.compile(r"zq\w+", re.IGNORECASE)


def _text(one: str | Part) -> str:
    return one if isinstance(one, str) else one.written


def _file(url: str) -> str:
    return f"[databases.shop]\nurl = {json.dumps(url, ensure_ascii=False)}\n"


def told(words: frozenset[str], text: str) -> list[str]:
    """The words that are in a text: those that nobody else would use, also inside of others."""
    return sorted(word for word in words if _pattern(word).search(text))


def _pattern(word: str) -> re.Pattern[str]:
    own = word.lower().startswith("zq")
    return re.compile(word if own else rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
