"""What the straight line asks of a database, with the answers that fit most of them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, DDLElement

from autosync import schema as values
from autosync.blockers import Sighting, Wanted
from autosync.compiler import Compiler
from autosync.ddl import AddColumn, AlterTable, send
from autosync.declared import is_deferred
from autosync.dialects.asking import Asking
from autosync.dialects.equality import TextEquality
from autosync.dialects.functions import Functions
from autosync.dialects.indexes import columns_of, plain, without_order
from autosync.dialects.laws import Laws
from autosync.dialects.limits import Limits
from autosync.dialects.naming import Naming
from autosync.dialects.remedies import Remedies
from autosync.dialects.revising import Revising
from autosync.dialects.steps import NewColumn, Step
from autosync.dialects.texts import is_literal
from autosync.dialects.transactions import transaction
from autosync.dialects.views import Views
from autosync.plan import Statement
from autosync.schema import MOST_OTHERS, Column, Key, Schema, Table
from autosync.surroundings import Surroundings

if TYPE_CHECKING:
    from autosync.rights import Lack, Need


TargetRule = Literal["unique", "index", "any"]
"""The demand on the columns that a foreign key points at: an index that begins with
them; or nothing, because keys are not looked at."""
EVERY = 2**31
"""More relations than a database has."""


class Busy(Exception):
    """Another session holds the lock at the moment; it is worth trying again."""


class Held(Busy):
    """Another session holds what a statement would have to wait for."""


class Outdated(Exception):
    """The judgement does not hold any more: what follows from it has to be planned again."""


class Dialect(
    TextEquality, Naming, Functions, Remedies, Revising, Asking, Laws, Limits, Views, ABC
):
    """One database, as one connection reaches it.

    Reading (:meth:`read`), equality (``same_*``, :meth:`probe`), facts for the rules, the elements
    that add things, and the lock and the transaction of a unit. What is data is a class attribute.
    """

    name: ClassVar[str] = ""
    """The name of the database in reports; empty for SQLAlchemy's."""
    isolation_level: ClassVar[str | None] = None
    """The level at which a connection of our own works, None for the engine's."""
    commits_ddl: ClassVar[bool] = False
    """Whether every DDL statement commits, whatever transaction it is in."""
    unit_is_everything: ClassVar[bool] = False
    """Whether one unit holds all statements; otherwise each existing table is a unit."""
    tables_per_unit: ClassVar[int] = 500
    """How many new tables are created in one unit."""
    tables_per_locked_parent: ClassVar[int] = 50
    """How many, if they point at an existing table, to which nobody can write until the end."""
    one_parent_per_statement: ClassVar[bool] = False
    """Whether a statement may add at most one foreign key, since it locks the parent."""
    creates_keys_ahead: ClassVar[bool] = False
    """Whether a table can be created with keys to tables that are not there yet."""
    adds_keys_without_reading: ClassVar[bool] = False
    """Whether a new column's foreign key is added without reading the rows."""
    adds_constraints: ClassVar[bool] = True
    """Whether a constraint can be added to an existing table at all."""
    adds_composite_keys: ClassVar[bool] = True
    """Whether a foreign key of several columns can be added to an existing table."""
    adds_key_columns_with_default: ClassVar[bool] = True
    """Whether a column with a foreign key and a default can be added to a table with rows."""
    wants_target_in_order: ClassVar[bool] = False
    """Whether a foreign key has to name its target's columns in the order of their index."""
    copies_table_for: ClassVar[frozenset[str]] = frozenset()
    """The kinds of constraints of a new column that make the database copy the table."""
    adds_stored_columns: ClassVar[bool] = True
    """Whether a stored computed column can be added at all."""
    alters_columns: ClassVar[bool] = True
    """Whether an existing column or key can be changed in place."""
    invents_values: ClassVar[bool] = False
    """Whether a NOT NULL column without a default is taken by a table with rows."""
    most_columns: ClassVar[int | None] = None
    """How many columns a table can have, where nothing else is known; None for no known limit."""
    answers: ClassVar[bool] = True
    """Whether there is a server that can be asked."""
    rolls_back: ClassVar[str] = "the statements of one unit commit together"
    """What a failure leaves, for the reports."""

    def __init__(self, connection: Connection, lock_key: str | None = None) -> None:
        if lock_key == "":
            raise ValueError("lock_key is empty: give a secret that synchronizers share, or None")
        self.compiler = Compiler(connection)
        self.lock_secret = lock_key
        self._expressions = {}

    # --- reading --------------------------------------------------------------------------------

    @contextmanager
    def reading(self, connection: Connection, patience: float) -> Iterator[None]:
        """A block in which the catalog is read, and nothing is left behind.

        A read that blocks gives up after ``patience`` seconds with an error that :meth:`is_busy`
        knows, where the database has a way to. A connection that is in no transaction is in none
        afterwards.
        """
        own = not connection.in_transaction()
        block = connection.begin() if own else None
        try:
            yield
        finally:
            if block is not None:
                block.rollback()

    @abstractmethod
    def read(
        self, connection: Connection, wanted: Collection[Key], most_others: int = MOST_OTHERS
    ) -> Schema:
        """The live database: the wanted relations in detail, the first others by name."""

    def relations(self, connection: Connection, schemas: Collection[str]) -> Collection[Key]:
        """The keys of all relations, in the default schema and in these."""
        names = self.read(connection, {(schema, "") for schema in schemas}, EVERY)
        return names.others

    def has_table(self, connection: Connection, key: Key) -> bool:
        """Whether there is a table, or something else in its place."""
        live = self.read(connection, {key}, 0)
        return live.locate(key) in live.tables

    def table_names(self, connection: Connection) -> list[str]:
        """The names of all tables in the default schema."""
        others = self.read(connection, (), EVERY).others
        return [name for (schema, name), kind in others.items() if not schema and kind == "table"]

    def probe(
        self, connection: Connection, pairs: Sequence[tuple[Table, Table]], live: Schema
    ) -> Mapping[Key, tuple[Table, Table]]:
        """(live, declared) pairs as the server spells both; a table it could not do is left out."""
        return {}

    # --- what the models declare ----------------------------------------------------------------

    def type_text(self, column: sa.Column[Any]) -> str:
        """The text of a declared column's type."""
        return self.compiler.type(column)

    def table_comment(self, table: sa.Table) -> str | None:
        """A table's comment, where the database keeps comments; an empty one is none."""
        return (table.comment or None) if self.compiler.dialect.supports_comments else None

    def table_options(self, table: sa.Table) -> Mapping[str, str | None]:
        """The options of a declared table that the live one must have, None for must not."""
        return {}

    def split_collation(self, text: str) -> tuple[str, str | None]:
        """A type's text without its collation, and the collation."""
        if "COLLATE" not in text:
            # SQLAlchemy writes the word so; most types are without it
            return text, None
        match = re.search(r'(?<!\s)\s+COLLATE\s+("(?:[^"]|"")+"|[\w.]+)', text, re.IGNORECASE)
        if match is None:
            return text, None
        return text[: match.start()] + text[match.end() :], match.group(1).strip('"')

    def stored(self, computed: sa.Computed) -> bool | None:
        """Whether a declared computed column is to be stored, None where it may be or not."""
        return self.compiler.stored(computed)

    def identity(self, column: sa.Column[Any]) -> str | None:
        """How a declared identity column is generated, None for any other."""
        return None

    def autoincrements(self, column: sa.Column[Any]) -> bool:
        """Whether SQLAlchemy lets the server number this column."""
        return (
            column is column.table._autoincrement_column
            and column.server_default is None
            and column.default is None
        )

    def key_rule(self, rule: str | None) -> str | None:
        """The rule of an ON DELETE or ON UPDATE, None for what the database does anyway."""
        rule = rule.upper() if rule else None
        return None if rule == "NO ACTION" else rule

    def key_match(self, constraint: sa.ForeignKeyConstraint) -> str | None:
        """The MATCH of a foreign key, None for what the database does anyway."""
        return None

    def creates_key(self, constraint: sa.ForeignKeyConstraint) -> bool:
        """Whether SQLAlchemy creates this foreign key on this database."""
        return True

    def enum(self, column: sa.Column[Any]) -> values.Enum | None:
        """The native enum type that a declared column needs."""
        return None

    def creates_sequence(self, sequence: sa.Sequence) -> bool:
        """Whether SQLAlchemy creates this sequence on this database."""
        dialect = self.compiler.dialect
        return bool(dialect.supports_sequences) and not (
            dialect.sequences_optional and sequence.optional
        )

    def unique(self, constraint: sa.UniqueConstraint) -> values.Unique:
        """A declared unique constraint."""
        return values.Unique(
            name=self.compiler.name(constraint),
            columns=tuple(column.name for column in constraint.columns),
            deferrable=bool(constraint.deferrable) or is_deferred(constraint),
            deferred=is_deferred(constraint),
            origin=constraint,
        )

    def exclusion(self, constraint: Any) -> values.Check:
        """A declared exclusion constraint, as a check whose text is all that it says."""
        raise AssertionError("a dialect without exclusion constraints declares none")

    def index(self, index: sa.Index) -> values.Index:
        """A declared index."""
        parts = tuple(self.index_part(index, expression) for expression in index.expressions)
        columns = columns_of(index)
        return values.Index(
            name=self.compiler.name(index),
            parts=parts,
            columns=parts if set(parts) == set(columns) else columns,
            unique=bool(index.unique),
            origin=index,
        )

    def index_part(self, index: sa.Index, expression: Any) -> str:
        """One part of a declared index: a column's name or an expression, and its order."""
        inner, order = without_order(expression)
        text = inner.name if isinstance(inner, sa.Column) else self.compiler.expression(inner)
        if isinstance(inner, sa.sql.elements.TextClause):
            text = plain(text, index.table, self.fold) or text
        return " ".join([text, *order])

    # --- facts for the rules --------------------------------------------------------------------

    def surroundings(
        self, connection: Connection, there: Collection[Key], keyless: Collection[Key]
    ) -> Surroundings:
        """The surroundings of the tables that are there, and of new ones without a key."""
        return Surroundings()

    def about_kind(self, kind: str) -> str:
        """Advice on altering something that is no plain table."""
        return ""

    def schema_names(self, connection: Connection) -> Collection[str]:
        """The schemas that the database has."""
        names: Collection[str] = sa.inspect(connection).get_schema_names()
        return names

    def count_rows(self, connection: Connection, table: Table, origin: Any, limit: int) -> int:
        """How many rows a table (``origin`` in SQLAlchemy's terms) has, but no more than limit."""
        some = sa.select(sa.literal(1).label("one")).select_from(origin).limit(limit).subquery()
        count = sa.select(sa.func.count()).select_from(some)
        return int(connection.execute(count).scalar() or 0)

    def estimated_rows(self, connection: Connection, table: Table) -> int | None:
        """The catalog's estimate of a table's rows, None where there is none."""
        return table.rows

    def rewrite(self, connection: Connection, live: Schema, key: Key, column: Column) -> str | None:
        """Why adding this column to a table with rows would rewrite it or fail, None if not."""
        return None

    def is_constant(self, default: str) -> bool:
        """Whether a default is one value for all rows, as far as its text tells."""
        return is_literal(default)

    def key_types_agree(self, column: Column, target: Column) -> bool:
        """Whether the database lets a foreign key of ``column`` point at ``target``."""
        return True

    def column_limit(self, connection: Connection) -> int | None:
        """How many columns a table can have."""
        return self.most_columns

    def target_rule(self, connection: Connection) -> TargetRule:
        """The demand on the columns that a foreign key points at."""
        return "unique"

    def shadows(self, connection: Connection) -> Sequence[Lack]:
        """What belongs to others and could run in place of something that is built in."""
        return ()

    @contextmanager
    def guarded(self, connection: Connection) -> Iterator[None]:
        """A block whose failure leaves the connection as it was."""
        yield

    def type_exists(self, connection: Connection, text: str) -> bool:
        """Whether the database knows a type of this text, where it can lack one."""
        return True

    def typed(self, column: sa.Column[Any], literal: str) -> Any:
        """A literal as a value of a column's type, in a query."""
        return sa.cast(sa.literal_column(literal), column.type)

    # --- the elements that add ------------------------------------------------------------------

    def create_enum(self, enum: values.Enum) -> DDLElement:
        """CREATE TYPE for a declared enum."""
        raise AssertionError("a dialect without enum types declares none")

    def add_labels(self, declared: values.Enum, live: values.Enum) -> list[DDLElement]:
        """ALTER TYPE ... ADD VALUE for each new label, in the place where the models have it."""
        raise AssertionError("a dialect without enum types declares none")

    def indexes_of(self, table: sa.Table) -> list[sa.Index]:
        """The indexes that SQLAlchemy creates here, in the same order in every process."""
        created = [index for index in table.indexes if self.compiler.creates(index)]
        return sorted(created, key=lambda index: str(index.name))

    def create_table(
        self, table: sa.Table, keys: Collection[sa.ForeignKeyConstraint]
    ) -> list[Step]:
        """CREATE TABLE with these foreign keys, and what else the table needs."""
        create = CreateTable(table, include_foreign_key_constraints=list(keys))
        return [
            Step(create, (table,)),
            *(Step(CreateIndex(index), (index,)) for index in self.indexes_of(table)),
        ]

    def create_table_ahead(
        self,
        table: sa.Table,
        keys: Collection[sa.ForeignKeyConstraint],
        ahead: Collection[sa.ForeignKeyConstraint],
    ) -> list[Step]:
        """CREATE TABLE also with the keys ``ahead``, the tables of which may not be there yet."""
        raise AssertionError("a database that cannot create keys ahead adds them afterwards")

    def alter_table(self, table: sa.Table, new: Sequence[NewColumn], *, empty: bool) -> list[Step]:
        """What adds these columns to an existing table, which holds no row if ``empty``."""
        return [
            *(Step(AlterTable(table, [AddColumn(one.column)]), (one.column,)) for one in new),
            *(Step(AddConstraint(c), (c,)) for one in new for c in one.constraints),
            *(Step(CreateIndex(index), (index,)) for one in new for index in one.indexes),
        ]

    def is_gentle(self, item: Any, *, filled: bool, divided: bool = False) -> bool:
        """Whether this index or constraint of a new column can be added to a large table beside its
        readers and writers; ``filled`` says that a default gives the rows there are a value,
        ``divided`` that the table has partitions.
        """
        return False

    def alter_large_table(self, table: sa.Table, new: Sequence[NewColumn]) -> list[list[Step]]:
        """What adds these columns to a large table, unit by unit, with what :meth:`is_gentle`."""
        return [self.alter_table(table, new, empty=False)]

    def add_to_large_table(self, item: Any) -> Step:
        """What adds an index or a constraint that :meth:`is_gentle`, its columns being there."""
        raise AssertionError("a database without a gentle way has nothing to add so")

    def finish_column(self, column: sa.Column[Any]) -> Step:
        """What gives an unfinished column its own comment, since it has all that belongs to it."""
        raise AssertionError("a database without a gentle way has no unfinished columns")

    def finish_index(self, item: Any, name: str) -> Step:
        """What finishes an index that was begun for this index or constraint of the models."""
        raise AssertionError("a database without unfinished indexes has none to finish")

    def is_building(self, connection: Connection, table: sa.Table) -> bool:
        """Whether another session is just building an index that is not valid before its end."""
        return False

    # --- applying -------------------------------------------------------------------------------

    def check_usable(self, connection: Connection, *, own: bool) -> None:
        """Raise :class:`~autosync.errors.UnusableConnection` for one that cannot be worked on."""
        return

    def lacking(
        self, connection: Connection, needs: Sequence[Need], patience: float, *, own: bool
    ) -> list[Lack]:
        """What this connection may not do of all this, as far as the database tells us."""
        return []

    def unit(
        self, connection: Connection, patience: float, *, own: bool
    ) -> AbstractContextManager[None]:
        """The transaction of one unit, with its lock and timeout. May raise Busy.

        ``own`` is False on a connection that was handed in: its transaction is then joined, and
        neither committed nor rolled back.
        """
        return transaction(connection, own=own)

    @contextmanager
    def savepoint(self, connection: Connection) -> Iterator[None]:
        """A block within a unit whose failure undoes what it did, and nothing before it."""
        with connection.begin_nested():
            yield

    def has_ended(self, connection: Connection) -> bool:
        """Whether the database has undone the whole transaction by itself, after an error."""
        return False

    def run(self, connection: Connection, statement: Statement, patience: float) -> None:
        """Execute one statement, which waits for a lock no longer than ``patience`` seconds."""
        send(connection, statement.sql)

    def build(self, connection: Connection, statement: Statement, seconds: float) -> None:
        """Execute a statement of a concurrent unit, which is ended after ``seconds``."""
        raise AssertionError("a database without concurrent units has none to build")

    def blockers(self, connection: Connection, wanted: Wanted) -> Sighting:
        """Who is in the way of what is wanted, as far as the database tells us."""
        return Sighting(unseen="this database does not tell who holds its locks")

    def cause(self, error: DBAPIError) -> str | None:
        """The setting that may be the cause of an error, and what to do about it."""
        return None

    def is_busy(self, error: DBAPIError) -> bool:
        """Whether an error says that another session is in the way, and trying again may help."""
        return False
