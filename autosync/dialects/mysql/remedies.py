"""What a person may do about what is refused, in the words of MySQL."""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.schema import DDLElement

from autosync.ddl import Action, AlterTable, ColumnDefinition, Identifier, Raw, SelectOf
from autosync.dialects.mysql.ddl import RenameTable
from autosync.dialects.mysql.views import Views
from autosync.schema import Column


class Remedies(Views):
    """What MySQL does otherwise."""

    sets_visible: ClassVar[str | None] = "ALTER COLUMN {} SET VISIBLE"
    shows_index: ClassVar[str] = "ALTER INDEX {} VISIBLE"

    def gently(self, item: Any) -> list[DDLElement]:
        """Beside readers and writers, where that is possible."""
        if self.is_gentle(item, filled=False):
            return [self.add_to_large_table(item).element]
        return super().gently(item)

    def alter_type(self, column: sa.Column[Any]) -> DDLElement:
        """MODIFY COLUMN with the whole definition, as MySQL wants it."""
        return AlterTable(column.table, [Action("MODIFY COLUMN {}", ColumnDefinition(column))])

    def alter_nullable(self, column: sa.Column[Any]) -> DDLElement:
        """MODIFY COLUMN with the whole definition."""
        return self.alter_type(column)

    def alter_default(self, column: sa.Column[Any]) -> DDLElement:
        """MODIFY COLUMN with the whole definition."""
        return self.alter_type(column)

    def rename_table(self, table: sa.Table, old: str) -> DDLElement:
        """RENAME TABLE, with the schema on both sides."""
        return RenameTable(old, table)

    def show_column(self, column: sa.Column[Any]) -> DDLElement:
        """SET VISIBLE, or where there is no such word, the whole definition."""
        if self.sets_visible is None:
            return self.alter_type(column)
        return self._alter_column(column, self.sets_visible)

    def show_index(self, table: sa.Table, name: str) -> DDLElement:
        """ALTER INDEX."""
        return AlterTable(table, [Action(self.shows_index, Identifier(name))])

    def enforce_check(self, table: sa.Table, name: str) -> DDLElement:
        """ALTER CHECK ... ENFORCED."""
        return AlterTable(table, [Action("ALTER CHECK {} ENFORCED", Identifier(name))])

    def drop_not_null(self, table: sa.Table, column: Column) -> DDLElement:
        """MODIFY COLUMN with what the column is, without that."""
        parts: list[Any] = [Identifier(column.name), Raw(column.type)]
        if column.collation and not column.collation_inherited:
            parts.append(Action("COLLATE {}", Identifier(column.collation)))
        parts.append(Raw("NULL"))
        if column.comment:
            parts.append(Action("COMMENT {}", SelectOf(sa.literal(column.comment))))
        template = f"MODIFY COLUMN {' '.join(['{}'] * len(parts))}"
        return AlterTable(table, [Action(template, *parts)])
