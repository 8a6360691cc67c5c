"""Fails the build if a page needs the network: nothing is loaded but from the site itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.errors import ExtensionError

LOADED = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc=[\"'](?:https?:)?//[^\"']*"
    r"|<link\b[^>]*\bhref=[\"'](?:https?:)?//[^\"']*"
    r"|(?:@import|url\()\s*[\"']?(?:https?:)?//[^\"')]*"
)


def setup(app: Any) -> dict[str, Any]:
    """What Sphinx calls."""
    app.connect("build-finished", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def check(app: Any, error: Exception | None) -> None:
    """Look through all that was written."""
    if error is not None or app.builder.format != "html":
        return
    for path in sorted(Path(app.outdir).rglob("*")):
        if path.suffix in (".html", ".css"):
            found = LOADED.search(path.read_text(encoding="utf-8"))
            if found is not None:
                raise ExtensionError(f"{path.relative_to(app.outdir)} loads {found[0]}")
