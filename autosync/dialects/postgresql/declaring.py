"""What models declare for PostgreSQL: enum types, and what SQLAlchemy's dialect has options for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import CompileError

from autosync import schema as values
from autosync.ddl import Action
from autosync.declared import named_in
from autosync.dialects.indexes import with_predicate
from autosync.dialects.postgresql import catalog, equality, probe, views

_PARTITION_BY = re.compile(r"\s*\w+\s*\((?P<key>.*)\)\s*", re.DOTALL)
_COMMAS = re.compile(r""",(?=(?:[^"()]|"[^"]*"|\([^()]*\))*\Z)""")
_KEY_PART = re.compile(
    r"""(?:"(?P<quoted>(?:[^"]|"")+)"|(?P<bare>[\w$]+))(?:\s+COLLATE\s+\S+)?(?:\s+\w+)?""",
    re.IGNORECASE,
)


def _key_name(match: re.Match[str]) -> str:
    quoted: str | None = match["quoted"]
    return match["bare"].lower() if quoted is None else quoted.replace('""', '"')


class Declaring(views.Views):
    """What PostgreSQL does otherwise."""

    def type_text(self, column: sa.Column[Any]) -> str:
        """The type; an enum by its qualified name, as the schema translation has it."""
        enum, dimensions = self._enum_type(column)
        if enum is None:
            return self.compiler.type(column)
        if enum.schema is None and enum.name in self.compiler.dialect.ischema_names:
            # SQLAlchemy 2.1 says so, too, but of the whole table
            raise CompileError(
                f"the enum type {enum.name!r} has the name of a type that is built in, and would "
                "have to be named with its schema"
            )
        quote = self.compiler.dialect.identifier_preparer.quote
        schema = self.compiler.schema(enum.schema)
        name = quote(enum.name) if schema is None else f"{quote(schema)}.{quote(enum.name)}"
        return name + "[]" * bool(dimensions)

    def table_options(self, table: sa.Table) -> Mapping[str, str | None]:
        """Whether the models give the rows up in a crash."""
        words = {word.upper() for prefix in table._prefixes for word in str(prefix).split()}
        return {catalog.UNLOGGED: "yes" if catalog.UNLOGGED in words else None}

    def stored(self, computed: sa.Computed) -> bool | None:
        """As ``persisted`` says: without it, what a server makes of it depends on its version."""
        return None if computed.persisted is None else super().stored(computed)

    def partition_key(self, table: sa.Table) -> tuple[str, ...]:
        """The columns of PARTITION BY, with what stands for an expression."""
        words: Any = table.dialect_options["postgresql"].get("partition_by")
        match = _PARTITION_BY.fullmatch(words or "")
        parts = _COMMAS.split(match["key"]) if match else []
        named = [_KEY_PART.fullmatch(part.strip()) for part in parts]
        return tuple(_key_name(one) if one else values.AN_EXPRESSION for one in named)

    def identity(self, column: sa.Column[Any]) -> str | None:
        """ALWAYS or BY DEFAULT, and what is unusual about its numbers."""
        identity = column.identity
        if identity is None:
            return None
        return equality.identity_text(
            "ALWAYS" if identity.always else "BY DEFAULT",
            self.type_text(column),
            increment=identity.increment or 1,
            lowest=None if identity.nominvalue else identity.minvalue,
            highest=None if identity.nomaxvalue else identity.maxvalue,
            cycle=bool(identity.cycle),
        )

    def autoincrements(self, column: sa.Column[Any]) -> bool:
        """Whether the column is SERIAL."""
        return column.primary_key and super().autoincrements(column)

    def enum(self, column: sa.Column[Any]) -> values.Enum | None:
        """The enum type of a column, also of an array's items."""
        enum, _ = self._enum_type(column)
        if enum is None or not getattr(enum, "create_type", True):
            return None
        key = self.compiler.schema(enum.schema), str(enum.name)
        return values.Enum(key, tuple(enum.enums), origin=enum)

    def _enum_type(self, column: sa.Column[Any]) -> tuple[Any, int]:
        type_: Any = unwrapped(column.type, self.compiler.dialect)
        dimensions = 0
        if isinstance(type_, sa.ARRAY):
            dimensions = type_.dimensions or 1
            type_ = unwrapped(type_.item_type, self.compiler.dialect)
        if isinstance(type_, sa.Enum) and type_.native_enum:
            return type_, dimensions
        return None, 0

    def key_rule(self, rule: str | None) -> str | None:
        """The rule, and the columns that SET NULL or SET DEFAULT is limited to."""
        words, _, columns = (rule or "").partition("(")
        names = [
            quoted.replace('""', '"') or bare.lower()
            for quoted, bare in equality.NAME.findall(columns)
        ]
        return catalog.limited(super().key_rule(words.strip()), names)

    def key_match(self, constraint: sa.ForeignKeyConstraint) -> str | None:
        """MATCH FULL, which takes several columns to mean anything."""
        full = (constraint.match or "").upper() == "FULL"
        return "FULL" if full and len(constraint.columns) > 1 else None

    def unique(self, constraint: sa.UniqueConstraint) -> values.Unique:
        """A unique constraint, with NULLS NOT DISTINCT."""
        options: Any = constraint.dialect_options["postgresql"]
        distinct = not options.get("nulls_not_distinct")
        return super().unique(constraint)._replace(nulls_distinct=distinct)

    def exclusion(self, constraint: Any) -> values.Check:
        """An exclusion constraint, with the columns that its expressions name."""
        where = [] if constraint.where is None else [constraint.where]
        parts = [part for part, _, _ in constraint._render_exprs] + where
        table = constraint.table
        named = named_in(" ".join(str(part) for part in parts), table)
        named |= {column.name for column in constraint.columns}
        return values.Check(
            name=self.compiler.name(constraint),
            text=self.compiler.sql(Action("{}", probe.unnamed(constraint))),
            columns=tuple(column.name for column in table.columns if column.name in named),
            origin=constraint,
        )

    def index(self, index: sa.Index) -> values.Index:
        """An index, with its method, INCLUDE, predicate and NULLS NOT DISTINCT."""
        options: Any = index.dialect_options["postgresql"]
        where, include = options.get("where"), options.get("include") or ()
        if isinstance(where, str):
            where = sa.text(where)
        predicate = None if where is None else self.compiler.expression(where)
        declared = with_predicate(super().index(index), predicate)
        return declared._replace(
            method=(options.get("using") or "btree").lower(),
            include=tuple(getattr(column, "name", column) for column in include),
            nulls_distinct=not options.get("nulls_not_distinct"),
        )

    def index_part(self, index: sa.Index, expression: Any) -> str:
        """One part, with its operator class."""
        classes: Any = index.dialect_options["postgresql"].get("ops") or {}
        operator_class = classes.get(getattr(expression, "key", None))
        return " ".join(filter(None, [super().index_part(index, expression), operator_class]))


def unwrapped(type_: Any, dialect: Any) -> Any:
    """The type that a column really gets: variants and TypeDecorators taken off."""
    type_ = type_.dialect_impl(dialect)
    while isinstance(type_, sa.types.TypeDecorator):
        inner: Any = type_.impl
        type_ = inner.dialect_impl(dialect)
    return type_
