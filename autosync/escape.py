"""Escapes whatever in a text hides, steers a terminal, or commands a build server.

Names come from the database, and may have been chosen by anybody.
"""

from __future__ import annotations

import json
import re

_UNSEEN = re.compile(
    "["
    r"\x00-\x1f\x7f-\x9f\u2028\u2029"  # controls, and ends of lines
    # formats: of no width, directions, annotations, tags
    r"\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    # what a font may ignore: fillers, variation selectors, and what is kept for more of them
    r"\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    r"\U000e0000-\U000e0fff"
    r"\u2800\U00013441\U00013442\U00016fe4\U0001d159"  # blank, though no white space
    r"\ud800-\udfff"  # halves of a character, which cannot be written at all
    r"\ufdd0-\ufdef"  # no characters, and never to be any; so are the last two of each plane
    + "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(17))
    + "]"
)
"""The characters that nobody sees, in whatever font: Unicode's controls, formats, surrogates and
noncharacters, all that is default-ignorable, and what looks blank. White space stays: it is seen as
the gap that it is. So do combining marks, which are seen on the character before them.
"""
_UNSEEN_ASCII = re.compile(r"[\x00-\x1f\x7f]")
"""Those of them that ASCII has: most texts have no others, and this is several times faster."""

_COMMAND = re.compile(r"#(?=[^\x00-\x7f]*#[\w\x80-\U0010ffff]*\[)")
"""The beginning of a command anywhere in a line: ``##[`` and ``##vso[`` of Azure, ``##[`` of
GitHub, ``##teamcity[``.

Runners compare texts as words of a language, for which some characters do not count, and which
those are is theirs to say: so anything beyond ASCII may stand between the marks.
"""
_COMMAND_LINE = re.compile(r"^([^!-~\n]*):(?=[^\x00-\x7f]*:[^\n]*:[^\x00-\x7f]*:)", re.MULTILINE)
"""The beginning of a command at the beginning of a line: ``::name::`` of GitHub."""


def escaped(text: str) -> str:
    """``text`` with nothing but characters to look at; its ends of lines are escaped as well."""
    return _unseen(text).sub(_escape, _without_commands(text))


def one_line(text: str) -> str:
    """The same with spaces where ``text`` has ends of lines, or other white space."""
    return escaped(" ".join(text.split()))


def escaped_lines(text: str) -> str:
    """The same, but that lines stay lines, and tabs stay tabs."""
    shown = _without_commands(text)
    return _unseen(text).sub(lambda m: m[0] if m[0] in "\n\t" else _escape(m), shown)


def escaped_json(text: str) -> str:
    """JSON with the same escaped in its strings; it means what it meant."""
    # json.dumps has escaped ASCII's controls in strings, all but DEL: an end of a line that is left
    # stands between values, and no line begins with a colon
    if text.isascii():
        shown = text.replace("\x7f", "\\u007f")
    else:
        shown = _UNSEEN.sub(lambda m: m[0] if m[0] == "\n" else _json_escape(m), text)
    return _COMMAND.sub(_json_escape, shown)


def _unseen(text: str) -> re.Pattern[str]:
    return _UNSEEN_ASCII if text.isascii() else _UNSEEN


def _without_commands(text: str) -> str:
    """``text`` with nothing that a build server would obey when it is printed."""
    text = _COMMAND_LINE.sub(r"\1\\x3a", text) if ":" in text else text
    return _COMMAND.sub(_escape, text) if "#" in text else text


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code >> 16:
        return f"\\U{code:08x}"
    return f"\\u{code:04x}" if code >> 8 else f"\\x{code:02x}"


def _json_escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return json.dumps(match[0])[1:-1] if code >> 16 else f"\\u{code:04x}"
