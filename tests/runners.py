"""What build servers obey in the output of a job, by the rules of their own runners."""

from __future__ import annotations

import re
from collections.abc import Iterator

ANYWHERE = ("##[", "##vso[", "##teamcity[")
SECTION = re.compile(r"section_(?:start|end):\d+:.*\r\x1b\[0K")
HOSTILE = {
    "stop": "::stop-commands::token",
    "blanks": "\t \u3000\u00a0::stop-commands::token",
    "line": "harmless\n  ::error file=a,line=1::forged",
    "return": "harmless\r::error::forged\x85::error::forged\u2028::error::forged",
    "output": "::set-output name=approved::yes",
    "mask": "::add-mask::e",
    "group": "::group::x\n::endgroup::",
    "unseen": "\u200b::error::x\n\ufeff::error::x\n:\u00ad:error:\u200d:x",
    "no weight": ":\U0001d165:error:\U0001d165:x\n#\U0001d165#\U0001d165[error]x",
    "error": "x ##[error]forged",
    "variable": "x ##vso[task.setvariable variable=approved]yes",
    "case": "##VSO[task.complete result=Succeeded]",
    "hashes": "####[group]###vso[x]",
    "teamcity": "##teamcity[buildStatus status='SUCCESS']",
    "gitlab": "section_start:1560896352:x[collapsed=true]\r\x1b[0Kx",
}
"""Names and texts that would be commands if they were printed as they are."""
LATENT = {
    "encoded": "%0A::error::x%0D::error::x",
    "in pieces": "x\n::error a",
}
"""Those that would be as soon as a runner decodes them, or with what follows them in their line."""


def obeyed(output: str) -> list[str]:
    """The lines in which a runner would find a command.

    GitHub's trims a line and looks for ``::name::`` at its beginning, and for ``##[`` anywhere, as
    Azure's does, and for ``##vso[``. They compare as a language does, for which it depends on the
    system which characters do not count: here it is all but the visible ones of ASCII. GitLab's
    looks for the ends of a section, which have a control sequence in them.
    """
    found = [line for line in re.split("\r\n|\r|\n", output) if any(_commands(line))]
    return found + SECTION.findall(output)


def _commands(line: str) -> Iterator[bool]:
    plain = re.sub(r"[^!-~ ]", "", line)
    yield re.match(" *::.*::", plain) is not None
    yield any(mark in plain.lower() for mark in ANYWHERE)
