"""The statements of remedies: for people to paste, and for revisions to run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex, DDLElement, DropIndex
from sqlalchemy.sql.base import Executable

from autosync.compiler import Compiler
from autosync.ddl import Action, AddTableConstraint, AlterTable, DefaultOf, Identifier, TypeOf
from autosync.dialects.scripts import client_of
from autosync.escape import escaped_lines
from autosync.remedy import Sql, is_exact
from autosync.schema import Column


class FillWithDefault(DDLElement):
    """``UPDATE ... SET`` of a column that is NULL to its server default."""

    inherit_cache = False

    def __init__(self, column: sa.Column[Any]) -> None:
        self.column = column


@compiles(FillWithDefault)
def _fill_with_default(element: FillWithDefault, compiler: Any, **kw: Any) -> str:
    table = compiler.preparer.format_table(element.column.table)
    name = compiler.preparer.format_column(element.column)
    default = compiler.process(DefaultOf(element.column))
    return f"UPDATE {table} SET {name} = {default} WHERE {name} IS NULL"


class Remedies:
    """The elements of remedies, as standard SQL has them; some of them also add."""

    name: ClassVar[str]
    compiler: Compiler

    def statement(self, element: Executable) -> Sql:
        """The statement that an element is, and whether people can copy it."""
        text, noted = self.compiler.noted(element)
        doubtful = client_of(self.name).doubtful
        doubts = (one.is_value and doubtful and doubtful.search(one.text) for one in noted)
        exact = all(is_exact(one.text) for one in noted) and escaped_lines(text) == text
        return Sql(text, self.is_outside(element), exact and not any(doubts))

    def is_outside(self, element: Executable) -> bool:
        """Whether a statement is for no transaction."""
        return False

    def fill(self, column: sa.Column[Any]) -> sa.sql.Update:
        """An UPDATE that gives the rows a value, which somebody has yet to put into it."""
        dots: Any = sa.literal_column("...")
        return sa.update(column.table).values({column: dots}).where(column.is_(None))

    def fill_with_default(self, column: sa.Column[Any]) -> DDLElement:
        """An UPDATE that gives the rows without a value the server default."""
        return FillWithDefault(column)

    def alter_type(self, column: sa.Column[Any], live: Column) -> DDLElement:
        """ALTER COLUMN ... TYPE, the collation included."""
        return self._alter_column(column, "ALTER COLUMN {} TYPE {}", TypeOf(column))

    def type_options(self, column: sa.Column[Any]) -> Mapping[str, Any]:
        """What else Alembic's ``alter_column`` needs where a type changes."""
        return {}

    def alter_collation(self, column: sa.Column[Any], live: Column) -> DDLElement:
        """The same type with the declared collation."""
        return self.alter_type(column, live)

    def alter_nullable(self, column: sa.Column[Any], live: Column) -> DDLElement:
        """SET or DROP NOT NULL, as declared."""
        verb = "DROP" if column.nullable else "SET"
        return self._alter_column(column, f"ALTER COLUMN {{}} {verb} NOT NULL")

    def alter_default(self, column: sa.Column[Any], live: Column) -> DDLElement:
        """SET DEFAULT, as declared."""
        return self._alter_column(column, "ALTER COLUMN {} SET DEFAULT {}", DefaultOf(column))

    def add_constraint(self, constraint: Any) -> DDLElement:
        """ADD CONSTRAINT on an existing table."""
        table = getattr(constraint.parent, "table", constraint.parent)
        return AlterTable(table, [AddTableConstraint(constraint)])

    def create_index(self, index: sa.Index) -> DDLElement:
        """CREATE INDEX on an existing table."""
        return CreateIndex(index)

    def drop_index(self, table: sa.Table, name: str) -> DDLElement:
        """DROP INDEX."""
        alone = sa.Table(table.name, sa.MetaData(), sa.Column("x"), schema=table.schema)
        return DropIndex(sa.Index(name, alone.c.x))

    def replace_index(self, index: sa.Index, old: str) -> list[DDLElement]:
        """The statement that puts an index in the place of another one."""
        table: Any = index.table
        return [self.drop_index(table, old), self.create_index(index)]

    def add_alone(self, item: Any) -> DDLElement:
        """What adds an index or a constraint to an existing table by itself."""
        if isinstance(item, sa.Index):
            return self.create_index(item)
        return self.add_constraint(item)

    def drop_constraint(self, table: sa.Table, name: str) -> DDLElement:
        """DROP CONSTRAINT."""
        return AlterTable(table, [Action("DROP CONSTRAINT {}", Identifier(name))])

    def exchange_constraint(
        self, table: sa.Table, old: str, new: Any, *, has_index: bool
    ) -> list[DDLElement]:
        """The statements that replace a constraint by another one, or leave it where they cannot;
        ``has_index`` says whether the old one is a key that has an index of its own.
        """
        drop = Action("DROP CONSTRAINT {}", Identifier(old))
        return [AlterTable(table, [drop, AddTableConstraint(new)])]

    def validate_constraint(self, table: sa.Table, name: str) -> DDLElement:
        """VALIDATE CONSTRAINT, for what was added as NOT VALID."""
        return AlterTable(table, [Action("VALIDATE CONSTRAINT {}", Identifier(name))])

    def rebuild_index(self, table: sa.Table, name: str) -> DDLElement:
        """What makes an index that is not valid anew, where that can happen."""
        raise AssertionError("a database without unfinished indexes has none to finish")

    def show_column(self, column: sa.Column[Any], live: Column) -> DDLElement:
        """The statement that makes a column visible again."""
        raise AssertionError("a database without invisible columns has none to show")

    def show_index(self, table: sa.Table, name: str) -> DDLElement:
        """The statement that lets queries use an index again."""
        raise AssertionError("a database without invisible indexes has none to show")

    def enforce_check(self, table: sa.Table, name: str) -> DDLElement | None:
        """The statement that enforces a check, None where it has to be dropped and added again."""
        return None

    def drop_not_null(self, table: sa.Table, column: Column) -> DDLElement:
        """Let INSERTs leave out a column that only the database has."""
        return AlterTable(table, [Action("ALTER COLUMN {} DROP NOT NULL", Identifier(column.name))])

    def gently(self, item: Any) -> list[DDLElement]:
        """What adds an index or a constraint by itself, and holds up the least."""
        return [self.add_alone(item)]

    def _alter_column(self, column: sa.Column[Any], template: str, *parts: Any) -> DDLElement:
        return AlterTable(column.table, [Action(template, Identifier(column.name), *parts)])
