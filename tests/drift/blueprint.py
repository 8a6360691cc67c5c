"""Models as plain values, which a generator can make and a mutation can change.

They are what most models are: integer keys, columns of many types, and constraints and indexes over
them, with names that may need quotes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class Sql:
    """A server default that is an expression, where a string is a literal."""

    text: str


Default = str | Sql | None


@dataclass(frozen=True, repr=False)
class Sort:
    """A type, and server defaults for it, each of which differs from all others.

    ``keyable`` types may be in keys and indexes, ``ordered`` ones are integers, ``collated`` ones
    differ from another one in their collation only. Those ``kept_as`` the same behave alike on
    SQLite.
    """

    name: str
    make: Callable[[], Any] = field(compare=False)
    defaults: tuple[Default, ...] = field(default=(), compare=False)
    keyable: bool = field(default=True, compare=False)
    ordered: bool = field(default=False, compare=False)
    collated: bool = field(default=False, compare=False)
    kept_as: str | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Field:
    """A column; a ``computed`` one is so many times the column ``of`` (the first that is ordered),
    ``stored`` or not.

    ``python`` is a default that the application gives: a value, or a function.
    """

    name: str
    sort: Sort
    nullable: bool = True
    default: Default = None
    comment: str | None = None
    computed: int | None = None
    stored: bool = True
    python: Any = None
    of: str | None = None


@dataclass(frozen=True)
class Unique:
    """A unique constraint."""

    name: str | None
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """A check that a column is greater than a number."""

    name: str | None
    field: str
    bound: int


@dataclass(frozen=True)
class Index:
    """An index; ``falling`` says of each column whether it is DESC, ``above`` is a predicate."""

    name: str
    fields: tuple[str, ...]
    falling: tuple[bool, ...]
    unique: bool = False
    above: int | None = None


@dataclass(frozen=True)
class Reference:
    """A foreign key of one column to the ``id`` of a table."""

    name: str | None
    field: str
    target: str
    on_delete: str | None = None
    on_update: str | None = None


@dataclass(frozen=True)
class Blueprint:
    """A table; its ``key`` is ``id``, which numbers itself, or of several columns.

    A ``keyless`` one has these columns, and no primary key. A ``wordy`` one says of its key and its
    indexes what is so anyway.
    """

    name: str
    key: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    uniques: tuple[Unique, ...] = ()
    checks: tuple[Check, ...] = ()
    indexes: tuple[Index, ...] = ()
    references: tuple[Reference, ...] = ()
    comment: str | None = None
    keyless: bool = False
    wordy: bool = False

    def used(self) -> set[str]:
        """The columns that something else of the table names."""
        return {
            *(name for unique in self.uniques for name in unique.fields),
            *(name for index in self.indexes for name in index.fields),
            *(check.field for check in self.checks),
            *(reference.field for reference in self.references),
        }

    def free(self) -> list[Field]:
        """The columns that nothing else of the table names."""
        used = self.used()
        return [field for field in self.fields if field.name not in used]


def metadata(blueprints: Iterable[Blueprint]) -> sa.MetaData:
    """The MetaData of these tables."""
    md = sa.MetaData()
    many = tuple(blueprints)
    for blueprint in many:
        table = sa.Table(
            blueprint.name,
            md,
            *(_key(name, blueprint) for name in blueprint.key),
            *(_column(field, blueprint) for field in blueprint.fields),
            *(sa.UniqueConstraint(*u.fields, name=u.name) for u in blueprint.uniques),
            *(_check(check) for check in blueprint.checks),
            *([sa.UniqueConstraint(*blueprint.key)] if blueprint.wordy else []),
            comment=blueprint.comment,
        )
        for index in blueprint.indexes:
            _index(index, table, wordy=blueprint.wordy)
    for blueprint in many:
        for reference in blueprint.references:
            md.tables[blueprint.name].append_constraint(
                _reference(reference, md.tables[reference.target])
            )
    return md


def _key(name: str, blueprint: Blueprint) -> sa.Column[Any]:
    numbered = len(blueprint.key) == 1
    if blueprint.keyless:
        return sa.Column(name, sa.Integer, nullable=False)
    nullable = {"nullable": True} if blueprint.wordy else {}
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=numbered, **nullable)


def _column(field: Field, blueprint: Blueprint) -> sa.Column[Any]:
    default, generated = field.default, ()
    if field.computed is not None:
        of = field.of or next(f.name for f in blueprint.fields if f.sort.ordered)
        base = sa.column(of, sa.Integer)
        generated = (sa.Computed(base * sa.literal_column(str(field.computed)), field.stored),)
    return sa.Column(
        field.name,
        field.sort.make(),
        *generated,
        nullable=field.nullable,
        default=field.python,
        server_default=sa.text(default.text) if isinstance(default, Sql) else default,
        comment=field.comment,
    )


def _check(check: Check) -> sa.CheckConstraint:
    column = sa.column(check.field, sa.Integer)
    return sa.CheckConstraint(column > sa.literal_column(str(check.bound)), name=check.name)


def _index(index: Index, table: sa.Table, *, wordy: bool) -> None:
    columns = [table.c[name] for name in index.fields]
    rising = [column.asc() if wordy else column for column in columns]
    falling = [column.desc() for column in columns]
    choices = zip(index.falling, falling, rising, strict=True)
    parts = [down if falls else up for falls, down, up in choices]
    where = None if index.above is None else columns[0] > sa.literal_column(str(index.above))
    predicate = {} if where is None else {"sqlite_where": where, "postgresql_where": where}
    sa.Index(index.name, *parts, unique=index.unique, **predicate)


def _reference(reference: Reference, target: sa.Table) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [reference.field],
        [target.c.id],
        name=reference.name,
        ondelete=reference.on_delete,
        onupdate=reference.on_update,
    )
