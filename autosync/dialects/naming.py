"""Names: which of them somebody chose, and how they are changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.schema import DDLElement
from sqlalchemy.sql.elements import _truncated_label

from autosync.compiler import Compiler
from autosync.ddl import Action, AlterTable, Identifier
from autosync.dialects.steps import Step
from autosync.schema import Kind


class Naming:
    """The part of a dialect that is about names."""

    compiler: Compiler
    renames: ClassVar[Mapping[str, str]] = {}
    """The action of ALTER TABLE that renames a key, an index or a check, by its kind."""

    def name_problem(self, name: str) -> str | None:
        """What the database would do to a name other than keep it, None if it keeps it."""
        limit = self.compiler.dialect.max_identifier_length
        if len(name) > limit:
            return f"it has {len(name)} characters, and the database keeps {limit}"
        return None

    def is_chosen(self, item: Any) -> bool:
        """Whether a person chose the name of a constraint or index, and the database keeps it."""
        name = item.name
        generated = isinstance(name, _truncated_label) or getattr(item, "_type_bound", False)
        return isinstance(name, str) and not generated and self.name_problem(name) is None

    def with_names(self, steps: Sequence[Step], taken: set[str]) -> Sequence[Step]:
        """Steps that alter a table, where what could be added twice has a name; it becomes taken.

        Nothing could where one lock is that of all synchronizers, or a transaction is.
        """
        return steps

    def rename_column(self, column: sa.Column[Any], old: str) -> DDLElement:
        """RENAME COLUMN old TO the declared name."""
        parts = Identifier(old), Identifier(column.name)
        return AlterTable(column.table, [Action("RENAME COLUMN {} TO {}", *parts)])

    def rename_table(self, table: sa.Table, old: str) -> DDLElement:
        """RENAME of an old table to the declared one."""
        existing = sa.Table(old, sa.MetaData(), schema=table.schema)
        return AlterTable(existing, [Action("RENAME TO {}", Identifier(table.name))])

    def rename_item(self, table: sa.Table, kind: Kind, live: Any, name: str) -> DDLElement | None:
        """RENAME of a live key, index or check, None where the database has no such statement."""
        if kind not in self.renames:
            return None
        parts = Identifier(live.name), Identifier(name)
        return AlterTable(table, [Action(self.renames[kind], *parts)])
