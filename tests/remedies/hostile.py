"""Hypothesis: names that somebody has chosen who wants them to be run."""

from __future__ import annotations

from hypothesis import strategies as st

VICTIM = "DROP TABLE victim;"
OWNED = "owned"
PIECES = (
    *("\n", "\n", "\n", "\r", "\t", "\v", "\f", "\x1c", "\x85", "\u2028", "\xa0", "  ", " "),
    *("'", '"', "`", '"""', "\\", "\\'", "$$", "$a$", "[", "](", "]", "{", "}", "%s", ":x", "\\:x"),
    *(";", "; ", ";\n", "--", "-- ", "/*", "*/", "#", "//", "é", "x", "_o", "...", ": ", "<pre>"),
    *(VICTIM, VICTIM, f";{VICTIM}", f"{VICTIM}\n", f"\n{VICTIM}\n", f"\n;{VICTIM}\n--"),
    *("\\!touch owned\n", "\\i owned.sql\n", "\\g\n", "\\c\n", "\\q\n", "\\p"),
    *("\n.shell touch owned\n", "\n.read owned.sql\n", "\ngo\n", "\n/\n"),
    *("\nsource owned.sql\n", "\nsystem touch owned\n", "\ndelimiter //\n", "\ndelimiter x\n"),
    *("# ### ", " ###", "', f(), '", "')\nf()\n", "do:  ", "-- or: ", " CONCURRENTLY ", "DROP "),
)
LIMITS = {
    "postgresql": (63, True),
    "mariadb": (64, False),
    "mysql": (64, False),
    "sqlite": (200, False),
}
"""How long a name may be, and whether that is counted in bytes."""
PREFIX = "town"


def hostile(database: str) -> st.SearchStrategy[str]:
    """Names that begin alike, so that they look like something renamed."""
    pieces = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6)
    return pieces.map(lambda some: fitted(PREFIX + "".join(some), database))


def fitted(name: str, database: str) -> str:
    """The beginning of a name that a database keeps as it is, and SQLAlchemy creates as it is."""
    limit, in_bytes = LIMITS[database]
    while (len(name.encode()) if in_bytes else len(name)) > limit - 8:
        name = name[:-1]
    # MariaDB takes no space at the end
    return name.rstrip(" \n") if database in ("mariadb", "mysql") else name.rstrip("\n")
