"""MariaDB, where it is not as MySQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from autosync.dialects.base import TargetRule
from autosync.dialects.mysql import MySQL, blockers, builtins, functions, instant, limits, rows
from autosync.dialects.mysql.ddl import CreateTableWithIndexes
from autosync.dialects.steps import Step
from autosync.schema import Key, Schema


class MariaDB(MySQL):
    """All that knows MariaDB by name."""

    name = "mariadb"
    algorithm = "algorithm"
    manner = rows.MARIADB
    own_functions = builtins.MARIADB
    spellings = functions.MARIADB
    shortest_wait = 0
    build_algorithm = "NOCOPY"
    sets_visible = None
    shows_index = "ALTER INDEX {} NOT IGNORED"
    defaults_copy = False
    table_locks = blockers.METADATA_LOCK_INFO
    referencing = ("REFERENCES", "SELECT", "INSERT", "UPDATE", "DELETE")
    has_checks_in_columns = True
    read_only_variable = "tx_read_only"

    def target_rule(self, connection: Connection) -> TargetRule:
        """InnoDB wants an index that begins with the columns."""
        return "index"

    def create_table_ahead(
        self,
        table: sa.Table,
        keys: Collection[sa.ForeignKeyConstraint],
        ahead: Collection[sa.ForeignKeyConstraint],
    ) -> list[Step]:
        """One statement that says so itself."""
        create = CreateTableWithIndexes(table, list(keys), self.indexes_of(table), list(ahead))
        return [Step(create, (table,))]

    def is_hashed(self, item: Any) -> bool:
        """One over a TEXT, a BLOB or too many characters, of each of which it has the whole."""
        options = item.dialect_options[self.compiler.dialect.name] if item.dialect_options else {}
        types = [self.normal_type(self.type_text(column)) for column in item.columns]
        return not options.get("length") and limits.may_be_hashed(types)

    def copied_tables(
        self, connection: Connection, live: Schema, declared: Schema, keys: Collection[Key]
    ) -> Mapping[Key, str]:
        """Those to which nothing is added INSTANT, or all where that is not allowed."""
        if keys and connection.execute(instant.SETTING).scalar() == "never":
            why = "the server has innodb_instant_alter_column_allowed=never, and rebuilds tables"
            return dict.fromkeys(keys, why)
        found = instant.obstacles(connection, live, keys)
        computed = {key for key in keys if instant.indexes_computed(live.tables[key])}
        return {**dict.fromkeys(computed, instant.INDEXED), **found}
