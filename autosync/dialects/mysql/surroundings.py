"""The surroundings of tables: triggers, and the other nodes of a Galera cluster."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, text
from sqlalchemy.engine import Connection

from autosync.dialects.mysql.cluster import nodes
from autosync.dialects.mysql.remedies import Remedies
from autosync.schema import Key
from autosync.surroundings import Attached, Surroundings

TRIGGERS = text("""
    SELECT CASE WHEN event_object_schema = DATABASE() THEN NULL ELSE event_object_schema END,
           event_object_table, trigger_name
    FROM information_schema.triggers
    WHERE event_object_schema IN :schemas AND event_object_table IN :names
    ORDER BY trigger_name
""").bindparams(bindparam("schemas", expanding=True), bindparam("names", expanding=True))
DATABASE = text("SELECT DATABASE()")


class Surrounded(Remedies):
    """The part of the dialect in which MySQL differs."""

    versioned = "system-versioned table"

    def surroundings(
        self, connection: Connection, there: Collection[Key], keyless: Collection[Key]
    ) -> Surroundings:
        """By information_schema, and what Galera says of itself."""
        found: dict[Key, tuple[str, ...]] = {}
        if there:
            database = str(connection.execute(DATABASE).scalar())
            schemas = sorted({schema or database for schema, _ in there})
            asked = {"schemas": schemas, "names": sorted({name for _, name in there})}
            for schema, table, trigger in connection.execute(TRIGGERS, asked):
                found[schema, table] = (*found.get((schema, table), ()), trigger)
        attached = {key: Attached(triggers) for key, triggers in found.items()}
        return Surroundings(attached, nodes=nodes(connection))

    def about_kind(self, kind: str) -> str:
        """How a system-versioned table gets its columns."""
        if kind != self.versioned:
            return super().about_kind(kind)
        return (
            "The server refuses to alter it, unless the session says what becomes of its history: "
            "SET SESSION system_versioning_alter_history = KEEP, then ALTER TABLE; in the rows of "
            "its history a new column has its default."
        )
