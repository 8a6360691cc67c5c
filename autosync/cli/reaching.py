"""What is checked before a command compares anything: the database's URL, and the schemas."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from sqlalchemy.engine import URL

from autosync.addresses import Address
from autosync.connect import parse
from autosync.credentials import Secrets
from autosync.failures import USAGE, Failure, did_you_mean
from autosync.models import collect


def known_url(address: Address, secrets: Secrets) -> URL:
    """The URL, with its secrets kept."""
    secrets.add_expansions(address)
    url = parse(address.text)
    secrets.add(url)
    return url


def check_schemas(asked: Sequence[str], models: object, default: str | None) -> None:
    """A schema that no model is in would make any database look in sync."""
    known = {table.schema or default for table in collect(models, allow_empty=True).tables}
    names = sorted(filter(None, known))
    for schema in asked:
        if not any(fnmatchcase(name, schema) for name in names):
            raise Failure(
                f"no table of the models is in the schema {schema}{did_you_mean(schema, names)}",
                status=USAGE,
            )
