"""MetaData -> Schema: what the models declare, in the terms of the database they meet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import CompileError, UnsupportedCompilationError
from sqlalchemy.schema import DefaultClause

from autosync import schema as values
from autosync.compiler import Compiler
from autosync.dialects.columns import implied_default
from autosync.errors import ConflictingModels
from autosync.models import Models
from autosync.schema import FETCHED, Key, Kind
from autosync.views import declare_view

if TYPE_CHECKING:
    from autosync.dialects.base import Dialect

Locate = Callable[[Key], Key]
"""Where the database has, or would put, an object that is declared under this key."""


def declare(models: Models, dialect: Dialect, locate: Locate) -> values.Schema:
    """What the models declare.

    Raises :class:`ConflictingModels` for two declarations of one table that differ, and
    ``sqlalchemy.exc.SQLAlchemyError`` for models that SQLAlchemy itself could not create,
    such as a foreign key to a table that no MetaData has.
    """
    tables: dict[Key, values.Table] = {}
    enums: dict[Key, values.Enum] = {}
    columns = _Columns(dialect)
    for table in models.tables:
        declared = _table(table, dialect, locate, columns)
        _check_conflict(declared, tables.get(declared.key))
        tables[declared.key] = declared
    for enum in columns.enums:
        key = locate(enum.key)
        enums.setdefault(key, enum._replace(key=key))
    return values.Schema(
        tables=tables,
        enums=enums,
        sequences=dict(_sequences(models, dialect, locate)),
        views={view.key: view for view in _views(models, dialect, locate)},
    )


def _views(models: Models, dialect: Dialect, locate: Locate) -> Iterable[values.View]:
    return (declare_view(view, dialect, locate) for view in models.views)


def _check_conflict(table: values.Table, other: values.Table | None) -> None:
    if other is not None and _definition(table) != _definition(other):
        raise ConflictingModels(
            f"the table {values.qualified(table.key)} is declared twice, and not in the same way: "
            "leave one of its MetaDatas out, or make both declare the same columns"
        )


def _definition(table: values.Table) -> list[values.Column]:
    return [column._replace(origin=None) for column in table.columns.values()]


def _key(item: Any, compiler: Compiler, locate: Locate) -> Key:
    return locate((compiler.schema(item.schema), str(item.name)))


def _table(table: sa.Table, dialect: Dialect, locate: Locate, columns: _Columns) -> values.Table:
    compiler = dialect.compiler
    parts = _Parts(dialect, locate)
    for constraint in filter(compiler.creates, _constraints(table)):
        parts.add(constraint)
    # after the keys, because a column takes its type from what it points at
    own, unrendered = columns.of(table)
    for index in filter(compiler.creates, _indexes(table)):
        parts.add(index)
    return values.Table(
        key=_key(table, compiler, locate),
        columns=own,
        primary_key=_primary_key(table, compiler),
        foreign_keys=parts.foreign_keys,
        uniques=parts.uniques,
        checks=parts.checks,
        indexes=parts.indexes,
        exclusions=parts.exclusions,
        comment=dialect.table_comment(table),
        partition_key=dialect.partition_key(table),
        options=dialect.table_options(table),
        unrendered=(*unrendered, *parts.unrendered),
        origin=table,
    )


class _Parts:
    """The constraints and indexes of a table, and those that cannot be written down."""

    def __init__(self, dialect: Dialect, locate: Locate) -> None:
        self.foreign_keys: list[values.ForeignKey] = []
        self.uniques: list[values.Unique] = []
        self.checks: list[values.Check] = []
        self.exclusions: list[values.Check] = []
        self.indexes: list[values.Index] = []
        self.unrendered: list[values.Unrendered] = []
        self._dialect = dialect
        self._locate = locate

    def add(self, item: Any) -> None:
        """Declare one."""
        if isinstance(item, sa.ForeignKeyConstraint):
            # models with a key to a table that no MetaData has are none
            if self._dialect.creates_key(item):
                self.foreign_keys.append(_foreign_key(item, self._dialect, self._locate))
            return
        try:
            self._add(item)
        except Exception as error:  # noqa: BLE001 - how to write it down may be the user's code
            self.unrendered.append(_unrendered(item, error))

    def _add(self, item: Any) -> None:
        if isinstance(item, sa.Index):
            self.indexes.append(self._dialect.index(item))
        elif isinstance(item, sa.UniqueConstraint):
            self.uniques.append(self._dialect.unique(item))
        elif isinstance(item, sa.CheckConstraint):
            self.checks.append(_check(item, self._dialect.compiler))
        elif getattr(item, "__visit_name__", "") == "exclude_constraint":
            self.exclusions.append(self._dialect.exclusion(item))


_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_KINDS: tuple[tuple[type, Kind], ...] = (
    (sa.Column, "column"),
    (sa.UniqueConstraint, "unique"),
    (sa.Index, "index"),
    (object, "check"),
)


def _unrendered(item: Any, error: Exception) -> values.Unrendered:
    kind = next(kind for class_, kind in _KINDS if isinstance(item, class_))
    columns = [item] if isinstance(item, sa.Column) else getattr(item, "columns", ())
    name = None if item.name is None else str(item.name)
    return values.Unrendered(kind, name, tuple(c.name for c in columns), _reason(error), item)


def _reason(error: Exception) -> str:
    """Why, in words that are the same in every process."""
    if isinstance(error, UnsupportedCompilationError):
        element: Any = error.element_type
        class_ = element if isinstance(element, type) else type(element)
        return f"{class_.__name__} has no form on this database"
    said = str(error).partition("\n")[0].partition(" (Background on this error")[0]
    return _ADDRESS.sub("", said) or type(error).__name__


def _primary_key(table: sa.Table, compiler: Compiler) -> values.PrimaryKey:
    key: Any = table.primary_key
    # a key that SQLAlchemy makes by itself begins with the column that numbers itself
    columns = key.columns_autoinc_first if key._implicit_generated else key.columns
    return values.PrimaryKey(
        compiler.name(key),
        tuple(column.name for column in columns),
        bool(key.deferrable) or is_deferred(key),
    )


def _indexes(table: sa.Table) -> list[sa.Index]:
    """The indexes, in the same order in every process."""
    indexes = list(table.indexes)
    if len(indexes) > 1:
        indexes.sort(key=lambda index: (str(index.name), [*map(_sortable, index.expressions)]))
    return indexes


def _sortable(expression: Any) -> str:
    try:
        return str(expression)
    except CompileError:  # of a construct that only its own database can write down
        return ""


def _constraints(table: sa.Table) -> list[Any]:
    """All constraints in the order of their making: the table's, and those inside columns."""
    inside = [column.constraints for column in table.columns if column.constraints]
    own = sorted(table.constraints, key=lambda constraint: constraint._creation_order)
    return [*own, *chain.from_iterable(inside)]


class _Columns:
    """Declares columns; those that are alike in all but their names are compiled once.

    It lives as long as one reading of the models, so it never outlives a change of them.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.enums: list[values.Enum] = []
        self._dialect = dialect
        self._comments = bool(dialect.compiler.dialect.supports_comments)
        self._alike: dict[object, values.Definition] = {}

    def of(self, table: sa.Table) -> tuple[values.Columns, list[values.Unrendered]]:
        """The columns of a table, and those that cannot be written down."""
        columns, numbered, alike = table.columns, table._autoincrement_column, self._alike
        definitions = {}
        unrendered = []
        for column in columns:
            if column.system:
                continue
            may_number = column is numbered
            likeness = _likeness(column, may_number=may_number)
            try:
                definition = alike.get(likeness)
            except TypeError:  # what cannot be hashed is compiled each time
                likeness = definition = None
            if definition is None:
                try:
                    definition = self._declare(column, likeness, may_number=may_number)
                except Exception as error:  # noqa: BLE001 - a type may be the user's code
                    unrendered.append(_unrendered(column, error))
                    continue
            definitions[column.name] = definition
        return values.Columns(definitions, columns), unrendered

    def _declare(
        self, column: sa.Column[Any], likeness: object, *, may_number: bool
    ) -> values.Definition:
        definition = values.Definition(self._compiled(column, may_number=may_number))
        enum = self._dialect.enum(column)
        if enum is not None:
            self.enums.append(enum)
        elif likeness is not None and self._is_stock(column.type.__class__):
            self._alike[likeness] = definition
        return definition

    def _compiled(self, column: sa.Column[Any], *, may_number: bool) -> values.Column:
        type_, collation = self._dialect.split_collation(self._dialect.type_text(column))
        return values.Column(
            name=column.name,
            type=type_,
            nullable=bool(column.nullable),
            autoincrement=may_number and self._dialect.autoincrements(column),
            collation=collation,
            comment=(column.comment or None) if self._comments else None,
            origin=column,
            **self._value(column),
        )

    @staticmethod
    def _is_stock(class_: type) -> bool:
        """Whether a type is SQLAlchemy's own, and nobody has changed how it compiles."""
        return class_.__module__.startswith("sqlalchemy.") and not hasattr(
            class_, "_compiler_dispatcher"
        )

    def _value(self, column: sa.Column[Any]) -> dict[str, Any]:
        """What the server puts into a row that gives no value: the fields of a column for it."""
        compiler = self._dialect.compiler
        if column.server_default is None:
            if column.nullable or column.default is None:
                return {}
            return {"implied_default": implied_default(column, compiler)}
        if column.computed is not None:
            return {
                "computed": compiler.expression(column.computed.sqltext),
                "stored": self._dialect.stored(column.computed),
                "computed_from": _computed_from(column),
            }
        if column.identity is not None:
            return {"identity": self._dialect.identity(column)}
        if isinstance(column.server_default, DefaultClause):
            return {"default": compiler.default(column)}
        return {"default": FETCHED}


def _likeness(column: sa.Column[Any], *, may_number: bool) -> object:
    """What a column is made of, its name aside; None where that cannot be told cheaply.

    A type of SQLAlchemy's own is rendered from what it holds, and from nothing else.
    """
    server, type_ = column.server_default, column.type
    default: object = None
    if server is not None:
        default = _default_likeness(server)
        if default is None:
            return None
    elif column.default is not None and (may_number or not column.nullable):
        return None
    held = type_.__dict__
    if "dispatch" in held:  # listens to events, and is of this one type
        held = {name: value for name, value in held.items() if name != "dispatch"}
    return (
        type_.__class__,
        may_number,
        column.nullable,
        column.comment,
        default,
        *held.items(),
    )


def _default_likeness(server: Any) -> object:
    """What a server default is made of, None where that cannot be told cheaply."""
    if not isinstance(server, DefaultClause):
        return None
    argument: Any = server.arg
    if isinstance(argument, str):
        return argument
    if isinstance(argument, sa.sql.elements.TextClause):
        return None if argument._bindparams else (argument.__class__, argument.text)
    if isinstance(argument, (sa.sql.elements.True_, sa.sql.elements.False_)):
        return argument.__class__
    if isinstance(argument, sa.sql.functions.now) and not argument.clauses.clauses:
        return argument.__class__
    return None


def _computed_from(column: sa.Column[Any]) -> tuple[str, ...]:
    """The columns that a computed one names."""
    assert column.computed is not None
    return tuple(sorted(named_in(str(column.computed.sqltext), column.table)))


def _foreign_key(
    constraint: sa.ForeignKeyConstraint, dialect: Dialect, locate: Locate
) -> values.ForeignKey:
    target = constraint.elements[0].column.table
    return values.ForeignKey(
        name=dialect.compiler.name(constraint),
        columns=tuple(column.name for column in constraint.columns),
        target=_key(target, dialect.compiler, locate),
        target_columns=tuple(element.column.name for element in constraint.elements),
        on_delete=dialect.key_rule(constraint.ondelete),
        on_update=dialect.key_rule(constraint.onupdate),
        deferrable=bool(constraint.deferrable) or is_deferred(constraint),
        deferred=is_deferred(constraint),
        match=dialect.key_match(constraint),
        origin=constraint,
    )


def is_deferred(
    constraint: sa.ForeignKeyConstraint | sa.UniqueConstraint | sa.PrimaryKeyConstraint,
) -> bool:
    """Whether a constraint is checked at the end of a transaction; it is deferrable, then."""
    return (constraint.initially or "").upper() == "DEFERRED"


def _check(constraint: sa.CheckConstraint, compiler: Compiler) -> values.Check:
    text = compiler.expression(constraint.sqltext)
    return values.Check(
        name=compiler.name(constraint),
        text=text,
        columns=_checked_columns(constraint, text),
        origin=constraint,
    )


def _checked_columns(constraint: sa.CheckConstraint, text: str) -> tuple[str, ...]:
    """The columns that a check is about: known to SQLAlchemy, or named in its text."""
    own = [constraint.parent] if isinstance(constraint.parent, sa.Column) else []
    table: sa.Table = own[0].table if own else constraint.table
    known = {column.name for column in [*own, *constraint.columns]}
    named = known | named_in(text, table)
    return tuple(column.name for column in table.columns if column.name in named)


_WORD = re.compile(
    r"""'(?:[^']|'')*'|"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|\[([^\]]*)(?:\]|\Z)|(\w+)"""
)


def named_in(text: str, table: sa.Table) -> set[str]:
    """The columns of a table that an SQL text names, quoted or not."""
    words = {word for groups in _WORD.findall(text) for word in groups if word}
    folded = {word.lower() for word in words}
    return {c.name for c in table.columns if c.name in words or c.name.lower() in folded}


def _sequences(
    models: Models, dialect: Dialect, locate: Locate
) -> Iterable[tuple[Key, values.NamedSequence]]:
    for sequence in models.sequences:
        if dialect.creates_sequence(sequence):
            key = _key(sequence, dialect.compiler, locate)
            yield key, values.NamedSequence(key, sequence)
