"""The person to whom a revision is handed over: uncomments what is held back, and fills it in."""

from __future__ import annotations

import re
from pathlib import Path

from autosync.handover.items import DROPS, EMPTY, LOSES, UNSURE

VALUE = "'1'"
"""What is filled in: a number for a number, and a text for a text."""
IN_QUOTES = re.compile(r"(execute|text)\('")
_HEADING = re.compile(r"    # [a-z-]+: |    # [A-Z]+ ")


def agree(path: Path) -> None:
    """Do all that is only a comment, with the first of what there is to decide between; but for
    what has to wait for something that nobody has written.
    """
    lines: list[str] = []
    is_held = has_decided = False
    for line in path.read_text().splitlines():
        marker = line.strip().removeprefix("# ")
        if marker in (LOSES, DROPS, UNSURE, EMPTY):
            is_held, has_decided = not (marker == UNSURE and has_decided), marker == UNSURE
        elif is_held and line.startswith("    # ") and not _HEADING.match(line):
            value = VALUE.replace("'", "\\'") if IN_QUOTES.search(line) else VALUE
            lines.append(line.replace("# ", "", 1).replace("=...", f"={value}"))
            continue
        else:
            is_held = has_decided = False
        lines.append(line)
    path.write_text("\n".join(lines) + "\n")
