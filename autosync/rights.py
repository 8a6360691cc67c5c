"""What a plan needs the right to, and the refusal where that is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from autosync.addresses import database_of
from autosync.changes import MISSING
from autosync.credentials import named
from autosync.logs import log
from autosync.plan import Addition, Plan, Refusal
from autosync.remedy import Part, Remedy, Sql, Words, together
from autosync.schema import Key

if TYPE_CHECKING:
    from autosync.dialects.base import Dialect

Deed = Literal[
    "create", "create type", "create sequence", "create view", "replace view",
    "extend", "alter", "index", "reference", "lock",
]  # fmt: skip
"""What is to be done: create a table, or something else; replace a view; give a type more labels;
alter a table, or add an index to it; let a foreign key point at a table; lock it first."""

CREATING: dict[str, Deed] = {
    "table": "create",
    "enum": "create type",
    "sequence": "create sequence",
    "view": "create view",
}
"""What stands by itself, by its kind."""
INDEXING = {"index", "unique"}


class Need(NamedTuple):
    """A deed, and what it is done to."""

    deed: Deed
    key: Key


class Lack(NamedTuple):
    """What may not be done, and the statement, or the advice, that helps."""

    reason: str
    remedy: Remedy


class Untrusted(Exception):
    """The database is not to be trusted; ``plan`` refuses to go on, and says why."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.plan = plan


def permitted(
    connection: Connection, dialect: Dialect, plan: Plan, patience: float, *, own: bool
) -> Plan:
    """``plan``; or where a right is missing for it, one that does nothing and refuses first.

    Where the rights cannot be asked, it is ``plan``: the database will say what it does not permit.
    """
    try:
        lacks = dialect.lacking(connection, needs(plan), patience, own=own)
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        log.debug("the rights could not be asked: %s", error.orig)
        return plan
    if not lacks:
        return plan
    name = _name(connection, dialect)
    return replace(plan, refused=(_refusal("missing-right", name, lacks), *plan.refused), units=())


def check_trusted(connection: Connection, dialect: Dialect) -> None:
    """Raise :class:`Untrusted` where others could make us run their code.

    It is asked before the server is sent any text that is not ours: of the models, of SQLAlchemy's
    Inspector.
    """
    shadows = dialect.shadows(connection)
    if shadows:
        name = _name(connection, dialect)
        refusal = _refusal("shadowed-name", name, shadows)
        raise Untrusted(Plan(dialect.name, refused=(refusal,)))


def _name(connection: Connection, dialect: Dialect) -> str:
    return named(database_of(connection.engine.url) or dialect.name)


def needs(plan: Plan) -> tuple[Need, ...]:
    """What the plan does, each deed once."""
    found = {need for entry in plan.pending for need in _needs(entry)}
    for unit in plan.units:
        found |= {Need("reference", key) for key in unit.parents}
        if any(statement.guard for statement in unit.statements):
            found |= {Need("lock", key) for key in unit.keys | unit.parents}
    return tuple(sorted(found, key=lambda need: (need.key[0] or "", need.key[1], need.deed)))


def _needs(entry: Addition) -> Iterator[Need]:
    key = entry.schema, entry.table or entry.name or ""
    if entry.kind in INDEXING:
        yield Need("index", key)
    elif entry.kind not in CREATING:
        yield Need("alter", key)
    elif entry.kind == "enum" and entry.difference != MISSING:
        yield Need("extend", key)
    else:
        yield Need(CREATING[entry.kind], key)
        if entry.difference != MISSING:
            yield Need("replace view", key)


def _refusal(code: str, name: str, lacks: Sequence[Lack]) -> Refusal:
    from autosync.rules import RULES

    rule = RULES[code]
    return Refusal(
        kind="database",
        difference="rights",
        schema=None,
        table=None,
        name=name,
        columns=(),
        object=name,
        code=rule.code,
        severity=rule.severity,
        reason=named("; ".join(dict.fromkeys(lack.reason for lack in lacks))),
        consequence=rule.consequence,
        remedy=_without_secrets(together(lack.remedy for lack in lacks)),
    )


def _without_secrets(remedy: Remedy) -> Remedy:
    """The remedy without what was expanded into a URL; a statement that had it is not to be run."""
    return replace(remedy, parts=tuple(map(_masked, remedy.parts)))


def _masked(part: Part) -> Part:
    if not isinstance(part, (Sql, Words)):
        return part
    text = named(part.text)
    if text == part.text:
        return part
    return Words(text) if isinstance(part, Words) else replace(part, text=text, exact=False)
