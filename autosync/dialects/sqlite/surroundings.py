"""The surroundings of tables: triggers."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.engine import Connection

from autosync.ddl import send
from autosync.dialects.sqlite.views import Views
from autosync.schema import Key
from autosync.surroundings import Attached, Surroundings

TRIGGERS = "SELECT tbl_name, name FROM {}.sqlite_master WHERE type = 'trigger' ORDER BY name"


class Surrounded(Views):
    """The part of the dialect in which SQLite differs."""

    def surroundings(
        self, connection: Connection, there: Collection[Key], keyless: Collection[Key]
    ) -> Surroundings:
        """By sqlite_master, in each schema."""
        quote = self.compiler.dialect.identifier_preparer.quote
        by_fold = {(schema, self.fold(name)): (schema, name) for schema, name in there}
        found: dict[Key, tuple[str, ...]] = {}
        for schema in {schema for schema, _ in there}:
            for table, trigger in send(connection, TRIGGERS.format(quote(schema or "main"))):
                key = by_fold.get((schema, self.fold(table)))
                if key is not None:
                    found[key] = (*found.get(key, ()), trigger)
        return Surroundings({key: Attached(triggers) for key, triggers in found.items()})
