"""What is not permitted, and what is not to be trusted."""

from __future__ import annotations

from autosync.changes import Change
from autosync.facts import Facts
from autosync.rules.base import Finding, refuses


@refuses(
    "missing-right",
    title="What is to be applied is not permitted",
    consequence="Nothing is applied, not even what is permitted.",
    severity="breaks",
)
def missing_right(change: Change, facts: Facts) -> Finding:
    """The role may not do what is pending, or nobody may: the database is a standby, or read-only.
    ``sync`` asks before it touches anything, and only where something is pending; the remedy has
    what an administrator has to run. A dry run does not ask.

    MySQL and MariaDB hide from a role the tables on which it has no right, and the columns that it
    may not read. What looks missing to such a role is not taken for missing.
    """
    return Finding("it is not permitted")


@refuses(
    "shadowed-name",
    title="Another role's code could run in place of what is built in",
    consequence="Nothing is compared with the server's help, and nothing is applied.",
    severity="breaks",
)
def shadowed_name(change: Change, facts: Facts) -> Finding:
    """A schema of the ``search_path`` holds a function or an operator with the name of a built-in
    one, of a role that could not run code with our rights otherwise. For arguments that fit it
    better, PostgreSQL takes it: ``lower(name)`` in a model's index would run somebody's
    ``public.lower(character varying)``, whoever synchronizes (CVE-2018-1058).

    Those of superusers, of roles that ours is a member of, of extensions and, unless ours is a
    superuser, of the owner of the database are trusted. Drop the others, or have them belong to
    such a role; and let only trusted roles create in a schema of the path.
    """
    return Finding("it belongs to a role that is not trusted")
