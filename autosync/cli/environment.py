"""``check --alembic``: a comparison as the env.py of an Alembic repository would have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Engine

from autosync import api, revisions
from autosync.binds import Bind
from autosync.cli.reaching import check_schemas, known_url
from autosync.cli.requests import Request
from autosync.connect import connect, on_engine
from autosync.credentials import Secrets, keep
from autosync.failures import Failure
from autosync.plan import Findings, Plan
from autosync.report.console import Say
from autosync.target import add_current_directory, load


def compare(asked: Request, say: Say, secrets: Secrets) -> tuple[Findings, object]:
    """The plan, and the models that it is about.

    What the command line names, of the database and the models, is in the place of what env.py
    has.
    """
    place = str(asked.environment)
    add_current_directory()
    models: object = load(asked.target) if asked.target else None

    def plan(bind: Bind, metadata: Any, settings: Mapping[str, Any]) -> Plan:
        nonlocal models
        keep(bind.engine.url)
        models = metadata if models is None else models
        if models is None:
            raise Failure(
                f"the env.py of {place} has no target_metadata, so there is nothing to compare "
                "with: set it there, or name the models as TARGET"
            )
        check_schemas(asked.schemas, models, bind.dialect.default_schema_name)
        return api.plan(bind, models, **{**settings, **asked.settings})

    def on_ours(engine: Engine) -> Plan:
        connect(engine)
        return revisions.compared(engine, place, plan)

    say(f"comparing as the env.py of {place} says")
    if asked.db:
        found = on_engine(known_url(asked.db, secrets), on_ours)
    else:
        found = revisions.compared(None, place, plan)
    return found, models
