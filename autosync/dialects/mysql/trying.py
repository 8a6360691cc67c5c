"""Additions that MySQL and MariaDB do not take, or for which they copy a table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from autosync.changes import Change
from autosync.dialects.base import TargetRule
from autosync.dialects.indexes import without_order
from autosync.dialects.limits import Rejection
from autosync.dialects.mysql import defaults, instant, sizes
from autosync.dialects.mysql.equality import COLLATION, ENGINE, full_name
from autosync.dialects.mysql.remedies import Remedies
from autosync.dialects.mysql.trial import Trial
from autosync.schema import Column, ForeignKey, Key, Schema, Table, qualified

COLLATION_OF = text("""
    SELECT default_collation_name FROM information_schema.schemata
    WHERE schema_name = COALESCE(:schema, DATABASE())
""")
STRINGS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set")
LARGE = "a table with rows that may be so large is copied"
KEYED = "innodb"
"""The engine that has foreign keys."""


class Trying(Remedies):
    """The part of the dialect in which MySQL differs."""

    tries_additions = True
    defaults_copy: ClassVar[bool] = True
    """Whether a default that has to stand in parentheses makes it copy the table."""

    def rewrite(self, connection: Connection, live: Schema, key: Key, column: Column) -> str | None:
        """The reason why ALGORITHM=INSTANT cannot do it (facts, section 1)."""
        if column.autoincrement:
            return "an AUTO_INCREMENT column rebuilds the table"
        if column.computed is not None and column.stored:
            return "a stored computed column rebuilds the table"
        text_ = column.default_when_added
        default = self.normal_default(text_ or "NULL", column.type)
        if default is not None and not self.is_constant(default):
            return (
                f"the default {text_} is not constant: the table is rebuilt, or every "
                "row gets the same value"
            )
        return None

    def is_constant(self, default: str) -> bool:
        """Whether INSTANT takes it."""
        return instant.is_constant(default)

    def key_types_agree(self, column: Column, target: Column) -> bool:
        """InnoDB wants the same type, sign and character set (errno 150)."""
        ours, theirs = self.normal_type(column.type), self.normal_type(target.type)
        if ours.startswith(("varchar", "char")):
            return ours.partition("(")[0] == theirs.partition("(")[0]
        return ours == theirs

    def target_rule(self, connection: Connection) -> TargetRule:
        """InnoDB wants an index; MySQL from 8.4 more, unless it is told otherwise."""
        strict = text("SHOW VARIABLES LIKE 'restrict_fk_on_non_standard_key'")
        row = connection.execute(strict).first()
        return "unique" if row is not None and row[1] == "ON" else "index"

    def is_gentle(self, item: Any, *, filled: bool, divided: bool = False) -> bool:
        """Indexes and unique constraints; a key would need foreign_key_checks=0. An index over an
        expression, or a unique one that MariaDB makes a hash of, adds a hidden column.
        """
        if isinstance(item, sa.Index):
            kind = item.dialect_options[self.compiler.dialect.name]["prefix"]
            parts = [without_order(expression)[0] for expression in item.expressions]
            if kind or not all(isinstance(part, sa.Column) for part in parts):
                return False
        elif not isinstance(item, sa.UniqueConstraint):
            return False
        unique = isinstance(item, sa.UniqueConstraint) or bool(item.unique)
        return not (unique and (filled or self.is_hashed(item)))

    def is_hashed(self, item: Any) -> bool:
        """Whether a unique index is too long for an index, and kept in another way."""
        return False

    def rejections(
        self, connection: Connection, live: Schema, declared: Table, changes: Sequence[Change]
    ) -> Mapping[int, Rejection]:
        """By making it, as a temporary table."""
        trial = Trial(connection, self.compiler)
        if changes[0].kind == "table":
            rejection = trial.of_new_table(declared.origin, self.indexes_of(declared.origin))
            return {} if rejection is None else {0: rejection}
        return trial.of_additions(declared.origin, changes)

    def copied_tables(
        self, connection: Connection, live: Schema, declared: Schema, keys: Collection[Key]
    ) -> Mapping[Key, str]:
        """Those to which nothing is added INSTANT; who has not PROCESS is not told of all."""
        try:
            full = instant.full_tables(connection, live.default_schema) if keys else set()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            full = set()
        large = {key: LARGE for key in keys if self._has_large_rows(live, declared, key)}
        return {**large, **instant.obstacles(connection, live, keys, full)}

    def _has_large_rows(self, live: Schema, declared: Schema, key: Key) -> bool:
        table = live.tables[key]
        there = set(map(self.fold, table.columns))
        new = (c for c in declared.tables[key].columns.values() if self.fold(c.name) not in there)
        collation = table.options.get(COLLATION) or ""
        return sizes.may_be_too_large([*table.columns.values(), *new], collation)

    def copied_default(self, column: Column) -> str | None:
        """A default that MySQL takes as an expression only."""
        default = column.default_when_added
        if default is None or not self.defaults_copy or defaults.is_bare(default, column.type):
            return None
        if self.normal_default(default, column.type) is None:
            return None
        return f"for a default that is an expression ({default}) the table is copied"

    def obstacle_to_key(
        self, connection: Connection, live: Schema, child: Table, key: ForeignKey, parent: Table
    ) -> str | None:
        """InnoDB wants itself on both sides, and the same collation."""
        there = live.tables.get(child.key)
        for table in (there or child, parent):
            engine = table.options.get(ENGINE) or KEYED
            if engine != KEYED:
                return f"{qualified(table.key)} is of the engine {engine}, which has no such keys"
        for name, other in zip(key.columns, key.target_columns, strict=True):
            target = parent.columns.get(other)
            if target is None or not self.normal_type(target.type).startswith(STRINGS):
                continue
            ours = self._collation(connection, child, there, child.columns[name])
            theirs = self._collation(connection, parent, live.tables.get(parent.key), target)
            if _differ(ours, theirs):
                return f"{name} is {ours}, but {qualified(parent.key)}.{other} is {theirs}"
        return None

    def _collation(
        self, connection: Connection, table: Table, live: Table | None, column: Column
    ) -> str | None:
        """The collation, or the character set, of a column that may be yet to be."""
        own = column.collation or (live or table).options.get(COLLATION)
        if own is None:
            own = connection.execute(COLLATION_OF, {"schema": table.key[0]}).scalar()
        return None if own is None else full_name(str(own))


def _differ(ours: str | None, theirs: str | None) -> bool:
    """Whether two collations are not the same; of a character set, only that is known."""
    if ours is None or theirs is None:
        return False
    whole = "_" in ours and "_" in theirs
    return ours != theirs if whole else ours.partition("_")[0] != theirs.partition("_")[0]
