"""Views."""

from __future__ import annotations

from autosync.changes import Change
from autosync.ddl import DropView
from autosync.facts import Facts
from autosync.remedy import advice
from autosync.rules.base import Finding, refuses
from autosync.rules.remedies import knowing, on_request, run
from autosync.schema import View, qualified

ALLOW = "views"


@refuses(
    "not-a-view",
    ("view", "kind"),
    title="Something else stands in the place of the view",
    consequence="The models read something other than the view they describe.",
    severity="breaks",
)
def not_a_view(change: Change, facts: Facts) -> Finding:
    """A table has the name of a declared view; or the view is materialized on one side only. It is
    not compared.
    """
    return Finding(
        f"{qualified(change.key)} is a {change.live.kind} in the database, and a "
        f"{change.declared.kind} in the models",
        advice(
            "Rename it, or the view of the models; or drop it, and the next run creates the view."
        ),
    )


@refuses(
    "view-differs",
    ("view", "definition"),
    title="A view has another definition",
    consequence="It shows other rows or columns than the models say.",
)
def view_differs(change: Change, facts: Facts) -> Finding | None:
    """The two definitions are not the same, as the server itself spells them. A view is replaced
    only where ``allow={"views"}`` says so, since older code reads it, too; and only where nothing
    that hangs on it is lost. On PostgreSQL its columns have to stay, with new ones last, and it may
    have no options; on MariaDB it has to be the role's own, without ALGORITHM, SQL SECURITY and
    CHECK OPTION; on SQLite there may be no trigger on it. A materialized view is never replaced.
    """
    live, declared = change.live, change.declared
    obstacle = facts.dialect.obstacle_to_replacing(live, declared)
    if ALLOW in facts.allow and obstacle is None:
        return None
    elements = facts.dialect.replace_view(live, declared)
    loses = any(isinstance(element, DropView) for element in elements)
    remedy = run(facts, *elements, loses=loses)
    return Finding(
        f"the models have {_said(declared)}; the database has {_said(live)}",
        on_request(ALLOW, remedy) if obstacle is None else knowing(obstacle, remedy),
    )


def _said(view: View) -> str:
    """A definition on one line."""
    return " ".join((view.definition or "").split())
