"""What a person may do about what is refused, in the words of MySQL."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.schema import DDLElement

from autosync.ddl import (
    Action,
    AlterTable,
    ColumnDefinition,
    Identifier,
    Raw,
    SelectOf,
    TypeOf,
)
from autosync.dialects.mysql.ddl import IndexDefinition, RenameTable
from autosync.dialects.mysql.views import Views
from autosync.schema import Column


class Remedies(Views):
    """The part of the dialect in which MySQL differs."""

    sets_visible: ClassVar[str | None] = "ALTER COLUMN {} SET VISIBLE"
    shows_index: ClassVar[str] = "ALTER INDEX {} VISIBLE"
    has_checks_in_columns: ClassVar[bool] = False
    """Whether a check may be a part of its column, and has the name of that."""

    def gently(self, item: Any) -> list[DDLElement]:
        """Beside readers and writers, where that is possible."""
        if self.is_gentle(item, filled=False):
            return [self.add_to_large_table(item).element]
        return super().gently(item)

    def alter_type(self, column: sa.Column[Any], live: Column) -> DDLElement:
        """MODIFY COLUMN with another type; a collation stays where it can."""
        _, declared = self.split_collation(self.type_text(column))
        is_text = _TEXT.match(self.type_text(column)) and _TEXT.match(live.type)
        if declared is None and is_text:
            return self._modified(column.table, live, type_=TypeOf(column))
        return self.alter_collation(column, live)

    def alter_collation(self, column: sa.Column[Any], live: Column) -> DDLElement:
        """MODIFY COLUMN with another type, and the collation that is declared with it."""
        plain = live._replace(collation=None)
        if column.computed is not None:
            return AlterTable(column.table, [Action("MODIFY COLUMN {}", ColumnDefinition(column))])
        return self._modified(column.table, plain, type_=TypeOf(column))

    def alter_nullable(self, column: sa.Column[Any], live: Column) -> DDLElement:
        """MODIFY COLUMN with what the column is, and the NULL or NOT NULL that is declared."""
        return self._modified(column.table, live._replace(nullable=bool(column.nullable)))

    def alter_default(self, column: sa.Column[Any], live: Column) -> DDLElement:
        """MODIFY COLUMN with what the column is, and the default that is declared."""
        changed = live._replace(default=self.compiler.default(column))
        return self._modified(column.table, changed)

    def replace_index(self, index: sa.Index, old: str) -> list[DDLElement]:
        """Both in one statement, for a foreign key may need the index."""
        drop = Action("DROP INDEX {}", Identifier(old))
        table: Any = index.table
        return [AlterTable(table, [drop, Action("ADD {}", IndexDefinition(index))])]

    def drop_index(self, table: sa.Table, name: str) -> DDLElement:
        """ALTER TABLE ... DROP INDEX."""
        return AlterTable(table, [Action("DROP INDEX {}", Identifier(name))])

    def exchange_constraint(
        self, table: sa.Table, old: str, new: Any, *, has_index: bool
    ) -> list[DDLElement]:
        """A key is dropped by itself, for its name is taken until then; with the index of its name,
        which the server would keep.
        """
        if not isinstance(new, sa.ForeignKeyConstraint):
            return super().exchange_constraint(table, old, new, has_index=has_index)
        index = [self.drop_index(table, old)] if has_index else []
        return [self.drop_constraint(table, old), *index, self.add_constraint(new)]

    def rename_table(self, table: sa.Table, old: str) -> DDLElement:
        """RENAME TABLE, with the schema on both sides."""
        return RenameTable(old, table)

    def show_column(self, column: sa.Column[Any], live: Column) -> DDLElement:
        """SET VISIBLE, or where there is no such word, the whole definition."""
        if self.sets_visible is None:
            return self._modified(column.table, live._replace(invisible=False))
        return self._alter_column(column, self.sets_visible)

    def show_index(self, table: sa.Table, name: str) -> DDLElement:
        """ALTER INDEX."""
        return AlterTable(table, [Action(self.shows_index, Identifier(name))])

    def enforce_check(self, table: sa.Table, name: str) -> DDLElement:
        """ALTER CHECK ... ENFORCED."""
        return AlterTable(table, [Action("ALTER CHECK {} ENFORCED", Identifier(name))])

    def drop_not_null(self, table: sa.Table, column: Column) -> DDLElement:
        """MODIFY COLUMN with what the column is, without that."""
        return self._modified(table, column._replace(nullable=True))

    def _modified(
        self,
        table: sa.Table,
        live: Column,
        *,
        type_: DDLElement | None = None,
    ) -> DDLElement:
        """MODIFY COLUMN with all that a column is, since it loses what is not said of it again."""
        parts: list[Any] = [Identifier(live.name), Raw(live.type) if type_ is None else type_]
        parts += _collated(live)
        if live.computed is not None:
            kind = "STORED" if live.stored else "VIRTUAL"
            parts.append(Action(f"GENERATED ALWAYS AS ({{}}) {kind}", Raw(live.computed)))
        if not (live.nullable and live.computed is not None):
            parts.append(Action("NULL" if live.nullable else "NOT NULL"))
        if live.default is not None:
            parts.append(Action("DEFAULT {}", Raw(_as_default(live.default, live.type))))
        parts += [Action(word) for word, has in _words(live).items() if has]
        if live.comment:
            parts.append(Action("COMMENT {}", SelectOf(sa.literal(live.comment))))
        if live.check is not None and self.has_checks_in_columns:
            parts.append(Action("CHECK ({})", Raw(live.check)))
        template = f"MODIFY COLUMN {' '.join(['{}'] * len(parts))}"
        return AlterTable(table, [Action(template, *parts)])


def _words(live: Column) -> dict[str, bool]:
    return {"AUTO_INCREMENT": live.autoincrement, "INVISIBLE": live.invisible}


def _collated(live: Column) -> list[DDLElement]:
    """The collation of a column that has one of its own."""
    if not live.collation or live.collation_inherited:
        return []
    # SHOW CREATE TABLE has the character set before it, or alone
    word = live.collation.split()[-1]
    is_collation = "_" in word or word == "binary"
    return [Action("COLLATE {}" if is_collation else "CHARACTER SET {}", Identifier(word))]


_TEXT = re.compile(r"(?:var)?char|(?:tiny|medium|long)?text|enum|set", re.IGNORECASE)
_NUMBER = r"[-+]?[\d.]+(?:e[-+]?\d+)?"
_STRING = r"(?:[bx]|_\w+\s*)?'(?:[^'\\]|''|\\.)*'"
_MOMENT = r"(?:null|(?:current_timestamp|now)(?:\(\d*\))?)(?:\s+on\s+update\s+.*)?"
_BARE = re.compile(rf"{_NUMBER}|{_STRING}|{_MOMENT}|true|false|\(.*\)", re.IGNORECASE | re.DOTALL)
"""A default that needs no parentheses."""


def _as_default(default: str, type_: str) -> str:
    """A default as the server wants it: what is an expression, in parentheses."""
    is_large = re.match(r"(?:tiny|medium|long)?(?:text|blob)|json|geometry", type_, re.IGNORECASE)
    bare = _BARE.fullmatch(default) is not None and not (is_large and default[:1] != "(")
    return default if bare else f"({default})"
