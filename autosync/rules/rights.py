"""What is not permitted, and what is not to be trusted."""

from __future__ import annotations

from autosync.changes import MISSING, Change
from autosync.facts import Facts
from autosync.remedy import advice
from autosync.rules.base import Finding, refuses
from autosync.schema import qualified


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
    title="Another role's code could run in place of what is meant",
    consequence="Nothing is compared with the server's help, and nothing is applied.",
    severity="breaks",
)
def shadowed_name(change: Change, facts: Facts) -> Finding:
    """A schema of the ``search_path`` holds a function or an operator with the name of a built-in
    one, or of one that is trusted, and it belongs to a role that could not run code with our rights
    otherwise. For arguments that fit it better, PostgreSQL takes it: ``lower(name)`` in a model's
    index would run somebody's ``public.lower(character varying)``, whoever synchronizes
    (CVE-2018-1058).

    Trusted is what belongs to superusers, to our own role, to the owner of the database unless ours
    is a superuser, and to the roles that one of these has made ours a member of. Drop the others,
    or have them belong to such a role; and let only trusted roles create in a schema of the path.
    """
    return Finding("it belongs to a role that is not trusted")


@refuses(
    "foreign-key-code",
    ("foreign_key", MISSING),
    title="To check a foreign key would run another role's code",
    consequence="It would run with the rights of whoever synchronizes.",
)
def foreign_key_code(change: Change, facts: Facts) -> Finding | None:
    """PostgreSQL checks a new key of several columns by reading the table that it points at, and
    evaluates what is constant in its indexes: ``f(1)`` there runs, whoever has written it.
    """
    target = change.declared.target
    is_composite = len(change.columns) > 1
    obstacle = facts.obstacle(target) if is_composite and target in facts.live.tables else None
    if not obstacle:
        return None
    return Finding(
        f"it would be checked by reading {qualified(target)}, and that might run {obstacle}",
        advice("Drop it, or have it belong to a role that is trusted, as shadowed-name explains."),
    )
