"""What a database holds, as frozen values: the same for live and declared.

A key is ``(schema, name)``; its schema is None where the object is in the connection's default
schema, as in SQLAlchemy. SQL texts are as their source spells them: the server's catalog for live
values, SQLAlchemy's compiler for declared ones. The values are named tuples, not dataclasses,
because a start-up reads tens of thousands of columns and a tuple is built several times faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, Literal, NamedTuple, TypeVar

Key = tuple[str | None, str]
Kind = Literal[
    "table",
    "column",
    "primary_key",
    "foreign_key",
    "unique",
    "check",
    "index",
    "enum",
    "sequence",
    "view",
    "database",
    "revision",
]
"""What a change is about, or a refusal: of a right to change it, the database itself.

A revision is of a repository, and stands in a plan and a report only.
"""
Value = TypeVar("Value")

MOST_OTHERS = 100
"""How many relations are told of that the models do not have: a start with ten models has to cost
what ten tables cost, whatever else is in the database."""

FETCHED = "<fetched>"
"""The default of a column whose model only says that the server makes a value (FetchedValue)."""

AN_EXPRESSION = "(an expression)"
"""The stand-in for an expression in a partition key."""

UNFINISHED = "autosync: what belongs to this column is still being added"
"""The comment of a column whose indexes and keys follow in statements of their own, until the last
of them is there: should the process die before, the next one goes on."""


class Column(NamedTuple):
    """One column.

    ``computed_from`` (the columns that a computed one names) is only declared, and so is
    ``implied_default``: the SQL of a Python-side default that the server can give as well, which a
    new NOT NULL column gets as its server default. ``collation_inherited`` says of a live column
    that its collation is the one of its table, ``invisible`` that ``SELECT *`` does not show it;
    ``check`` is the one of its name, which may be a part of it, and ``not_valid`` the name of its
    NOT NULL where that was never validated. ``stored`` is None where a computed column may be
    stored or not. ``origin`` is the SQLAlchemy object of a declared value, None for a live one.
    """

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    computed: str | None = None
    stored: bool | None = False
    computed_from: tuple[str, ...] = ()
    identity: str | None = None
    autoincrement: bool = False
    collation: str | None = None
    comment: str | None = None
    implied_default: str | None = None
    collation_inherited: bool = False
    invisible: bool = False
    check: str | None = None
    not_valid: str | None = None
    origin: Any = None

    @property
    def default_when_added(self) -> str | None:
        """The server default that a declared column has when it is added."""
        return self.default or self.implied_default

    @property
    def is_unfinished(self) -> bool:
        """Whether a live column is still without some of what belongs to it."""
        return self.comment == UNFINISHED


class Definition:
    """What columns are that differ in nothing but their names and origins.

    Whoever reads many columns makes one of these for all that are alike, so that two of them are
    compared once. It equals nothing but itself.
    """

    __slots__ = ("_values",)

    def __init__(self, column: Column) -> None:
        self._values = column[1:-1]

    def column(self, name: str, origin: Any = None) -> Column:
        """The column of this name."""
        return Column._make((name, *self._values, origin))


class Columns(Mapping[str, Column]):
    """The columns of a table by name, in their order. A column is made when it is asked for.

    ``origins`` are the SQLAlchemy columns behind those of a declared table, in any order.
    """

    __slots__ = ("_by_name", "_origins", "definitions")

    def __init__(
        self,
        definitions: Mapping[str, Definition],
        origins: Iterable[Any] = (),
    ) -> None:
        self.definitions = definitions
        self._origins = origins
        self._by_name: dict[str, Any] | None = None

    @classmethod
    def of(cls, columns: Iterable[Column]) -> Columns:
        """These columns, each with a definition of its own."""
        made = list(columns)
        return cls(
            {column.name: Definition(column) for column in made},
            [column.origin for column in made if column.origin is not None],
        )

    def __getitem__(self, name: str) -> Column:
        if self._by_name is None:
            self._by_name = {origin.name: origin for origin in self._origins}
        return self.definitions[name].column(name, self._by_name.get(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self.definitions)

    def __len__(self) -> int:
        return len(self.definitions)

    def __contains__(self, name: object) -> bool:
        return name in self.definitions


class PrimaryKey(NamedTuple):
    """The primary key; ``columns`` is empty where a table has none.

    A ``temporal`` one lets its last column's ranges not overlap, as may a unique constraint.
    """

    name: str | None = None
    columns: tuple[str, ...] = ()
    deferrable: bool = False
    temporal: bool = False


class ForeignKey(NamedTuple):
    """A foreign key. Rules are in upper case, None for NO ACTION (and what counts as it).

    ``match`` is None for MATCH SIMPLE, and for what counts as it. A ``temporal`` key points at
    ranges that cover its own.
    """

    name: str | None
    columns: tuple[str, ...]
    target: Key
    target_columns: tuple[str, ...]
    on_delete: str | None = None
    on_update: str | None = None
    deferrable: bool = False
    deferred: bool = False
    valid: bool = True
    match: str | None = None
    enforced: bool = True
    temporal: bool = False
    origin: Any = None


class Unique(NamedTuple):
    """A unique constraint."""

    name: str | None
    columns: tuple[str, ...]
    nulls_distinct: bool = True
    deferrable: bool = False
    deferred: bool = False
    temporal: bool = False
    origin: Any = None

    @property
    def unique(self) -> bool:
        """As of an index; one that is to be finished may be what the models declare as this."""
        return True


class Check(NamedTuple):
    """A check constraint; an ``implicit`` one was made by the database for a type.

    One that is not ``enforced`` is kept, and holds no row back.
    """

    name: str | None
    text: str
    columns: tuple[str, ...] = ()
    valid: bool = True
    implicit: bool = False
    enforced: bool = True
    origin: Any = None


class Index(NamedTuple):
    """An index. Each part is a column's name, or an expression, with its options behind it.

    ``columns`` are the columns among the parts, as far as they are known by name. An ``implicit``
    one was made by the database for a foreign key. One that is not ``visible`` is kept up to date,
    and serves no query.
    """

    name: str | None
    parts: tuple[str, ...]
    columns: tuple[str, ...] = ()
    unique: bool = False
    method: str | None = None
    include: tuple[str, ...] = ()
    predicate: str | None = None
    nulls_distinct: bool = True
    valid: bool = True
    visible: bool = True
    implicit: bool = False
    origin: Any = None

    @property
    def is_textual(self) -> bool:
        """Whether there is more to it than columns: expressions, an order, a predicate."""
        return self.predicate is not None or self.parts != self.columns


class Unrendered(NamedTuple):
    """A declared column, constraint or index that has no text on this database."""

    kind: Kind
    name: str | None
    columns: tuple[str, ...]
    reason: str
    origin: Any = None


class Table(NamedTuple):
    """A table, or what stands in its place; ``kind`` is "table" for a table that can be altered.

    ``partition_key`` are the columns by which a table is divided, with :data:`AN_EXPRESSION` for
    each expression among them; ``dropped`` counts the columns that were dropped and still take up
    room. ``unread`` are the kinds of constraints and indexes that the database would not tell of.
    ``options`` say how the table as a whole is kept: of a declared one, those that must agree, with
    None for what must not be there. What is ``unrendered`` of a declared one is nowhere else in it.
    """

    key: Key
    columns: Columns
    kind: str = "table"
    primary_key: PrimaryKey = PrimaryKey()
    foreign_keys: Sequence[ForeignKey] = ()
    uniques: Sequence[Unique] = ()
    checks: Sequence[Check] = ()
    indexes: Sequence[Index] = ()
    exclusions: Sequence[Check] = ()
    comment: str | None = None
    rows: int | None = None
    partition_key: tuple[str, ...] = ()
    dropped: int = 0
    unread: frozenset[str] = frozenset()
    options: Mapping[str, str | None] = {}
    unrendered: tuple[Unrendered, ...] = ()
    origin: Any = None


class Enum(NamedTuple):
    """A native enum type, or (``kind``) another type of its name."""

    key: Key
    labels: tuple[str, ...]
    kind: str = "enum"
    origin: Any = None


class NamedSequence(NamedTuple):
    """A sequence."""

    key: Key
    origin: Any = None


class View(NamedTuple):
    """A view, or (``kind``) a materialized one.

    ``definition`` is the text of its SELECT, None where that is not known. ``options`` say what
    else a live one is, and what replacing it would lose; ``reads`` are the columns that a declared
    one names, by table, and with None the tables.
    """

    key: Key
    columns: Columns
    definition: str | None = None
    kind: str = "view"
    options: Mapping[str, str | None] = {}
    reads: frozenset[tuple[Key, str | None]] = frozenset()
    origin: Any = None


class Schema(NamedTuple):
    """A database, or as much of it as the models need.

    ``others`` are the keys and kinds of relations that were seen but not read in detail: the first
    :data:`MOST_OTHERS` of them, and ``has_more`` says whether there are more. ``views`` are the
    declared views; of live ones, those whose definition was asked for.
    ``aliases`` maps a key with a schema to the one without, for what is reached without naming
    its schema (``default_schema``, and the rest of a search path). ``sequences_known`` is False
    where the database would not tell of its sequences. Where it ``folds_case``, it keeps the names
    of tables and schemas in lower case, and finds them in any.
    """

    tables: Mapping[Key, Table]
    enums: Mapping[Key, Enum] = {}
    sequences: Mapping[Key, NamedSequence] = {}
    others: Mapping[Key, str] = {}
    has_more: bool = False
    views: Mapping[Key, View] = {}
    default_schema: str | None = None
    aliases: Mapping[Key, Key] = {}
    sequences_known: bool = True
    folds_case: bool = False

    def locate(self, key: Key) -> Key:
        """The key under which an object that is declared under ``key`` is, or would be, found."""
        schema, name = key = folded(key) if self.folds_case else key
        if schema is not None and schema == self.default_schema:
            return None, name
        return self.aliases.get(key, key)


def folded(key: Key) -> Key:
    """A key in lower case."""
    schema, name = key
    return None if schema is None else schema.lower(), name.lower()


def is_same(one: Schema, other: Schema, keys: Iterable[Key]) -> bool:
    """Whether two readings found the same of these objects, the estimates of rows aside."""
    return all(_all_of(one, key) == _all_of(other, key) for key in keys)


def updated(schema: Schema, again: Schema, keys: Set[Key]) -> Schema:
    """``schema`` with these objects as they were read again, or without them."""

    def merged(before: Mapping[Key, Value], now: Mapping[Key, Value]) -> dict[Key, Value]:
        kept = {key: one for key, one in before.items() if key not in keys}
        return kept | {key: one for key, one in now.items() if key in keys}

    return schema._replace(
        tables=merged(schema.tables, again.tables),
        enums=merged(schema.enums, again.enums),
        sequences=merged(schema.sequences, again.sequences),
        views=merged(schema.views, again.views),
    )


def _all_of(schema: Schema, key: Key) -> tuple[object, ...]:
    table = schema.tables.get(key)
    others = schema.enums.get(key), schema.sequences.get(key), schema.views.get(key)
    return table and table._replace(rows=None), *others


def qualified(key: Key) -> str:
    """The printable name of an object: ``name`` or ``schema.name``."""
    schema, name = key
    return name if schema is None else f"{schema}.{name}"
