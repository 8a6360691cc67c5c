"""Turns elements into the text that the server receives."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IdentifierError

from autosync.ddl import inline, tidied, type_text
from autosync.verbatim import Noted, verbatim


class Compiler:
    """Compiles for one connection: its dialect, and its ``schema_translate_map``."""

    def __init__(self, connection: Connection) -> None:
        self.dialect: Any = verbatim(connection.dialect)
        options = connection.get_execution_options()
        self.translate_map: dict[str | None, str | None] = dict(
            options.get("schema_translate_map") or {}
        )
        make: Any = self.dialect.ddl_compiler
        self._ddl: Any = make(self.dialect, None)

    def schema(self, schema: str | None) -> str | None:
        """The schema that the engine's ``schema_translate_map`` makes of a declared one."""
        return self.translate_map.get(schema, schema)

    def sql(self, element: Any) -> str:
        """The text of a DDL element, exactly as it is printed and executed."""
        return self.noted(element)[0]

    def noted(self, element: Any) -> tuple[str, tuple[Noted, ...]]:
        """The same, and the names and the values in it."""
        options: dict[str, Any] = {}
        if self.translate_map:
            options = {
                "schema_translate_map": self.translate_map,
                "render_schema_translate": True,
            }
        self.dialect.noted.clear()
        text = tidied(str(element.compile(dialect=self.dialect, **options)).strip())
        return text, tuple(self.dialect.noted)

    def type(self, column: sa.Column[Any]) -> str:
        """The text of a column's type. Raises ``sqlalchemy.exc.CompileError`` if it has none."""
        return type_text(column, self._ddl)

    def default(self, column: sa.Column[Any]) -> str | None:
        """The text of a column's server default, None where it has none."""
        return self.declared_default(column)

    def declared_default(self, column: sa.Column[Any]) -> str | None:
        """The same, as it stands inside of an element that is yet to be compiled."""
        text: str | None = self._ddl.get_column_default_string(column)
        return text

    def expression(self, clause: Any) -> str:
        """The text of an expression inside DDL: no table names, values inline."""
        return inline(clause, self._ddl)

    def creates(self, constraint: Any) -> bool:
        """Whether SQLAlchemy creates this constraint on this database at all.

        A foreign key's rule only says that an earlier ``create_all()`` added it by itself.
        """
        rule = getattr(constraint, "_create_rule", None)
        if rule is not None and not isinstance(constraint, sa.ForeignKeyConstraint):
            return bool(rule(self._ddl))
        condition = getattr(constraint, "_ddl_if", None)
        return condition is None or bool(
            condition._should_execute(None, constraint, None, compiler=self._ddl)
        )

    def stored(self, computed: sa.Computed) -> bool:
        """Whether a computed column is stored, rather than computed when it is read."""
        return str(self._ddl.process(computed)).rstrip().endswith(("STORED", "PERSISTED"))

    def name(self, constraint: Any) -> str | None:
        """The name that a constraint or an index gets, with the naming convention applied.

        None where the database chooses one.
        """
        if constraint.name is None:
            return None
        preparer = self.dialect.identifier_preparer
        try:
            name = preparer.format_constraint(constraint, _alembic_quote=False)
        except IdentifierError:
            # too long; a rule says so
            name = constraint.name
        return None if name is None else str(name)
