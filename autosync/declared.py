"""MetaData -> Schema: what the models declare, in the terms of the database they meet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import DefaultClause

from autosync import schema as values
from autosync.ddl import Compiler
from autosync.errors import ConflictingModels
from autosync.escape import escaped
from autosync.models import Models
from autosync.schema import FETCHED, Key
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
    foreign_keys: list[values.ForeignKey] = []
    uniques: list[values.Unique] = []
    checks: list[values.Check] = []
    exclusions: list[values.Check] = []
    for constraint in filter(compiler.creates, _constraints(table)):
        if isinstance(constraint, sa.ForeignKeyConstraint):
            if dialect.creates_key(constraint):
                foreign_keys.append(_foreign_key(constraint, dialect, locate))
        elif isinstance(constraint, sa.UniqueConstraint):
            uniques.append(dialect.unique(constraint))
        elif isinstance(constraint, sa.CheckConstraint):
            checks.append(_check(constraint, compiler))
        elif getattr(constraint, "__visit_name__", "") == "exclude_constraint":
            exclusions.append(dialect.exclusion(constraint))
    return values.Table(
        key=_key(table, compiler, locate),
        # after the keys, because a column takes its type from what it points at
        columns=columns.of(table),
        primary_key=_primary_key(table, compiler),
        foreign_keys=foreign_keys,
        uniques=_distinct(uniques) if uniques else uniques,
        checks=checks,
        indexes=[dialect.index(index) for index in filter(compiler.creates, _indexes(table))],
        exclusions=exclusions,
        comment=dialect.table_comment(table),
        options=dialect.table_options(table),
        origin=table,
    )


def _primary_key(table: sa.Table, compiler: Compiler) -> values.PrimaryKey:
    key: Any = table.primary_key
    # a key that SQLAlchemy makes by itself begins with the column that numbers itself
    columns = key.columns_autoinc_first if key._implicit_generated else key.columns
    return values.PrimaryKey(
        compiler.name(key),
        tuple(column.name for column in columns),
        bool(key.deferrable) or is_deferred(key),
    )


def _distinct(uniques: list[values.Unique]) -> list[values.Unique]:
    """Unique constraints without those that say the same again."""
    return list({unique.columns: unique for unique in reversed(uniques)}.values())[::-1]


def _indexes(table: sa.Table) -> list[sa.Index]:
    """The indexes, in the same order in every process."""
    indexes = list(table.indexes)
    if len(indexes) > 1:
        indexes.sort(key=lambda index: (str(index.name), [*map(str, index.expressions)]))
    return indexes


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

    def of(self, table: sa.Table) -> values.Columns:
        """The columns of a table."""
        columns, numbered, alike = table.columns, table._autoincrement_column, self._alike
        definitions = {}
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
                definition = self._declare(column, likeness, may_number=may_number)
            definitions[column.name] = definition
        return values.Columns(definitions, columns)

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
        try:
            text = self._dialect.type_text(column)
        except CompileError as error:
            place = escaped(f"{column.table.fullname}.{column.name}")
            raise CompileError(f"(in {place}) {error}") from error
        type_, collation = self._dialect.split_collation(text)
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
                "stored": compiler.stored(column.computed),
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


def scalar_default(column: sa.Column[Any]) -> Any:
    """The scalar Python-side default of a column, None where it has none (or a callable)."""
    default: Any = column.default
    # a Sequence is a default too, and in 1.4 one without this attribute
    return default.arg if getattr(default, "is_scalar", False) else None


def implied_default(column: sa.Column[Any], compiler: Compiler) -> str | None:
    """The SQL literal of a NOT NULL column's scalar default, None where there is none.

    A value that the type cannot render as a literal counts as none: the column is then judged as
    one without a default.
    """
    if column.nullable or column.server_default is not None or scalar_default(column) is None:
        return None
    try:
        return compiler.default(with_server_default(column))
    except Exception:  # noqa: BLE001 - a type's literal processor is the user's code
        return None


def with_server_default(column: sa.Column[Any]) -> sa.Column[Any]:
    """A copy of ``column`` whose scalar Python-side default is its server default.

    The value is rendered by the type's own literal processor or, for a type without one (JSON), as
    the string that its bind processor makes of it.
    """
    copied = _copy(column)
    copied.server_default = DefaultClause(_literal(scalar_default(column), copied.type))
    return copied


def nullable_without_default(column: sa.Column[Any]) -> sa.Column[Any]:
    """A copy of ``column`` that can be added to any table: nullable, and without a default."""
    copied = _copy(column)
    copied.nullable, copied.server_default = True, None
    return copied


def unfinished(column: sa.Column[Any]) -> sa.Column[Any]:
    """A copy of ``column`` whose comment says that what belongs to it is still to come."""
    copied = _copy(column)
    copied.comment = values.UNFINISHED
    return copied


def _copy(column: sa.Column[Any]) -> sa.Column[Any]:
    """A copy of ``column``, alone in a table of the same name."""
    copied: sa.Column[Any] = column._copy()
    metadata = sa.MetaData(schema=column.table.metadata.schema)
    sa.Table(column.table.name, metadata, copied, schema=column.table.schema)
    return copied


class _Plain(DefaultDialect):
    """A dialect that binds JSON as text, where a driver's own would wrap it."""

    _json_serializer = None
    _json_deserializer = None


def _literal(value: Any, type_: sa.types.TypeEngine[Any]) -> Any:
    if isinstance(value, bytes):
        raise CompileError("bytes have no literal that means the same everywhere")
    dialect = _Plain()
    process = type_.bind_processor(dialect)
    if not type_.literal_processor(dialect) and process is not None:
        bound = process(value)
        if isinstance(bound, str):
            return sa.literal(bound, sa.String())
    return sa.literal(value, type_)


def has_bind_parameters(column: sa.Column[Any]) -> bool:
    """Whether the server default is a text with a ``:name`` in it, which compiles to NULL."""
    argument = getattr(column.server_default, "arg", None)
    return isinstance(argument, sa.sql.elements.TextClause) and bool(argument._bindparams)


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
    return values.Check(
        name=compiler.name(constraint),
        text=compiler.expression(constraint.sqltext),
        columns=_checked_columns(constraint),
        origin=constraint,
    )


def _checked_columns(constraint: sa.CheckConstraint) -> tuple[str, ...]:
    """The columns that a check is about: known to SQLAlchemy, or named in its text."""
    own = [constraint.parent] if isinstance(constraint.parent, sa.Column) else []
    table: sa.Table = own[0].table if own else constraint.table
    known = {column.name for column in [*own, *constraint.columns]}
    named = known | named_in(str(constraint.sqltext), table)
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
