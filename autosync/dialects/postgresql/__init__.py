"""PostgreSQL 12 and later."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import (
    CreateIndex,
    DDLElement,
    DropColumnComment,
    SetColumnComment,
    SetTableComment,
)
from sqlalchemy.sql.base import Executable

from autosync import schema as values
from autosync.blockers import Sighting, Wanted
from autosync.changes import Change
from autosync.ddl import AddColumn, AddTableConstraint, AlterTable, send
from autosync.dialects.base import Busy
from autosync.dialects.columns import addable
from autosync.dialects.laws import Ground, Item, Law
from autosync.dialects.limits import Rejection
from autosync.dialects.postgresql import (
    blockers,
    catalog,
    equality,
    large,
    laws,
    limits,
    locks,
    probe,
    queries,
    settings,
    strangers,
    surroundings,
    trial,
)
from autosync.dialects.postgresql.ddl import AlterEnum, CreateEnum, Reindex, RenameIndex
from autosync.dialects.postgresql.declaring import Declaring
from autosync.dialects.postgresql.functions import SPELLINGS
from autosync.dialects.steps import NewColumn, Step, in_stages
from autosync.dialects.texts import normal_text, without_parentheses
from autosync.dialects.transactions import is_autocommit, rolled_back, transaction
from autosync.errors import UnusableConnection
from autosync.plan import Statement
from autosync.schema import MOST_OTHERS, Column, Key, Kind, Schema, Table
from autosync.surroundings import Surroundings

if TYPE_CHECKING:
    from autosync.rights import Lack, Need

NAME_BYTES = 63


class PostgreSQL(Declaring):
    """All that knows PostgreSQL by name."""

    name = "postgresql"
    most_columns = limits.COLUMNS
    most_indexed_columns = limits.INDEXED_COLUMNS
    isolation_level = "READ COMMITTED"
    one_parent_per_statement = True
    own_types = equality.OWN_TYPES
    spellings = SPELLINGS
    adds_keys_without_reading = True
    types_are_relations = True
    renames: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("primary_key", "foreign_key", "unique", "check"), "RENAME CONSTRAINT {} TO {}"
    )
    rolls_back = "each unit is one transaction; what failed was rolled back"

    def __init__(self, connection: Connection, lock_key: str | None = None) -> None:
        super().__init__(connection, lock_key)
        # settings.rely() has it so, whatever SQLAlchemy found when it connected
        self.compiler.dialect._backslash_escapes = False

    @property
    def version(self) -> int:
        """The server's major version; of what has none, such as models, the newest."""
        known = self.compiler.dialect.server_version_info
        return int(known[0]) if known else limits.NEWEST

    # --- reading --------------------------------------------------------------------------------

    @contextmanager
    def reading(self, connection: Connection, patience: float) -> Iterator[None]:
        """A transaction, or a savepoint in the caller's, that is rolled back.

        So it may make tables to compare with, also where transactions are read-only by default.
        """
        with self._rolled_back(connection, patience) as is_read_only:
            if connection.in_nested_transaction() or not is_read_only:
                yield
                return
        with self._rolled_back(connection, patience, settings.READ_WRITE):
            yield

    @contextmanager
    def _rolled_back(
        self, connection: Connection, patience: float, *first: Executable
    ) -> Iterator[bool]:
        """The block, which tells whether it is read-only by default; these statements are first."""
        own = not connection.in_transaction()
        block = connection.begin() if own else connection.begin_nested()
        try:
            for statement in first:
                connection.execute(statement)
            yield settings.rely(connection, self.version, patience)
        finally:
            block.rollback()

    def read(
        self, connection: Connection, wanted: Collection[Key], most_others: int = MOST_OTHERS
    ) -> Schema:
        """The live database, from pg_catalog."""
        return catalog.read(connection, wanted, most_others, self.version)

    def relations(self, connection: Connection, schemas: Collection[str]) -> Collection[Key]:
        """Also what is in no list of relations."""
        return {*catalog.unlisted(connection, schemas), *super().relations(connection, schemas)}

    def tables_not_to_ask(
        self, connection: Connection, pairs: Sequence[tuple[Table, Table]]
    ) -> Mapping[Key, str]:
        """Those of which an index, or a computed column, might call what others have written."""
        return strangers.in_probes(connection, [declared for _, declared in pairs])

    def probe(
        self, connection: Connection, pairs: Sequence[tuple[Table, Table]], live: Schema
    ) -> Mapping[Key, tuple[Table, Table]]:
        """Both sides as format_type(), pg_get_expr() and pg_get_indexdef() spell them."""
        columns = [column for _, table in pairs for column in table.columns.values()]
        types = self._missing_types(columns, live)
        return probe.probe(connection, self.compiler, pairs, self.read, types)

    def _missing_types(self, columns: Iterable[Column], live: Schema) -> list[str]:
        """What creates the enum types of these columns that do not exist yet."""
        enums = filter(None, (self.enum(column.origin) for column in columns))
        missing = {enum.key: enum for enum in enums if live.locate(enum.key) not in live.enums}
        return [self.compiler.sql(self.create_enum(enum)) for enum in missing.values()]

    # --- equality -------------------------------------------------------------------------------

    def normal_type(self, text: str) -> str:
        """A type in the words of format_type()."""
        return equality.normal_type(text)

    def normal_default(self, text: str, type_: str) -> str | None:
        """A default without the casts that the server adds."""
        return equality.normal_default(text, type_)

    def normal_expression(self, text: str) -> str:
        """As everywhere, but "user" in quotes is a column, and without them a function."""
        reserved = self.compiler.dialect.identifier_preparer.reserved_words
        return normal_text(without_parentheses(equality.with_cast_items(text)), reserved)

    # --- facts for the rules --------------------------------------------------------------------

    def schema_names(self, connection: Connection) -> Collection[str]:
        """By pg_namespace."""
        return list(connection.execute(queries.SCHEMAS).scalars())

    def name_problem(self, name: str) -> str | None:
        """Names are cut off at 63 bytes, silently (facts, section 1)."""
        size = len(name.encode())
        if size > NAME_BYTES:
            return f"it has {size} bytes, and PostgreSQL silently keeps the first {NAME_BYTES}"
        return None

    def obstacle_to_reading(
        self, connection: Connection, table: Table, expressions: Sequence[str]
    ) -> str | None:
        """Also what of others hangs on the table, or may be meant by the expressions."""
        obstacle = super().obstacle_to_reading(connection, table, expressions)
        obstacle = obstacle or strangers.behind(connection, table.key)
        named = strangers.in_texts(connection, expressions) if expressions else ()
        return obstacle or next(map(str, named), None)

    def rewrite(self, connection: Connection, live: Schema, key: Key, column: Column) -> str | None:
        """The server is asked on an empty copy of the table."""
        types = self._missing_types([column], live)
        is_tried = trial.is_doubtful_column(column)
        enum = self.enum(column.origin)
        if enum is not None:
            enum = live.enums.get(live.locate(enum.key), enum)
        return probe.rewrites(
            connection,
            self.compiler,
            addable(column),
            types,
            labels=None if enum is None else enum.labels,
            is_tried=is_tried,
        )

    def is_doubtful(self, change: Change, declared: Table) -> bool:
        """Additions that are not plain."""
        return trial.is_doubtful(change, declared, self.compiler)

    def rejections(
        self, connection: Connection, live: Schema, declared: Table, changes: Sequence[Change]
    ) -> Mapping[int, Rejection]:
        """The server is asked on a temporary table, where nothing else can tell."""
        types = self._missing_types(declared.columns.values(), live)
        return trial.rejections(connection, self.compiler, declared, changes, types)

    def is_constant(self, default: str) -> bool:
        """A literal, or the moment of the transaction."""
        return super().is_constant(default) or default.lower() in equality.NOW

    def key_types_agree(self, column: Column, target: Column) -> bool:
        """The same type, or one that has an = operator with it (facts, section 5)."""
        ours = self.normal_type(column.type).partition("(")[0]
        theirs = self.normal_type(target.type).partition("(")[0]
        return ours == theirs or any({ours, theirs} <= family for family in equality.FAMILIES)

    def law(self, item: Item, ground: Ground) -> Law | None:
        """Those of the server's version."""
        return laws.against(item, ground, self.version)

    def shadows(self, connection: Connection) -> Sequence[Lack]:
        """Overloads in the search path that are neither ours nor a superuser's."""
        from autosync.dialects.postgresql import shadows

        return shadows.shadows(connection, self.statement)

    @contextmanager
    def guarded(self, connection: Connection) -> Iterator[None]:
        """A savepoint that is rolled back: a failed statement would end the transaction."""
        with rolled_back(connection):
            # a policy that hides rows makes the question fail, instead of the answer wrong
            connection.execute(text("SELECT pg_catalog.set_config('row_security', 'off', true)"))
            yield

    def type_exists(self, connection: Connection, text: str) -> bool:
        """Asks to_regtype(), which raises nothing."""
        query = sa.text("SELECT pg_catalog.to_regtype(:name) IS NOT NULL")
        return bool(connection.execute(query, {"name": text}).scalar())

    def is_built_in(self, connection: Connection, name: str) -> bool:
        """By what pg_catalog has."""
        return bool(connection.execute(queries.BUILT_IN, {"name": name}).scalar())

    # --- the elements that add ------------------------------------------------------------------

    def create_enum(self, enum: values.Enum) -> DDLElement:
        """CREATE TYPE ... AS ENUM."""
        return CreateEnum(enum.origin)

    def add_labels(self, declared: values.Enum, live: values.Enum) -> list[DDLElement]:
        """ALTER TYPE ... ADD VALUE; from the last to the first, so that the next one exists."""
        following = dict(zip(declared.labels, declared.labels[1:], strict=False))
        new = [label for label in reversed(declared.labels) if label not in live.labels]
        return [AlterEnum(declared.origin, label, following.get(label)) for label in new]

    def create_table(
        self, table: sa.Table, keys: Collection[sa.ForeignKeyConstraint]
    ) -> list[Step]:
        """The table, its indexes and its comments."""
        steps = super().create_table(table, keys)
        if table.comment is not None:
            steps.append(Step(SetTableComment(table), ()))
        commented = [column for column in table.columns if column.comment is not None]
        return [*steps, *(Step(SetColumnComment(column), ()) for column in commented)]

    def alter_table(self, table: sa.Table, new: Sequence[NewColumn], *, empty: bool) -> list[Step]:
        """One ALTER TABLE for all, then indexes and comments.

        A key of one column goes inline, which PostgreSQL does without a scan.
        """
        actions: list[DDLElement] = []
        made: list[Any] = []
        constraints = [constraint for one in new for constraint in one.constraints]
        inline = {
            constraint.columns[0].name: constraint
            for constraint in reversed(constraints)
            if isinstance(constraint, sa.ForeignKeyConstraint) and len(constraint.columns) == 1
        }
        for one in new:
            key = inline.get(one.column.name)
            actions.append(AddColumn(one.column, (key,) if key is not None else ()))
            made.append(one.column)
        rest = [c for c in constraints if c not in inline.values()]
        actions.extend(AddTableConstraint(constraint) for constraint in rest)
        commented = [one.column for one in new if one.column.comment is not None]
        return [
            Step(AlterTable(table, actions), (*made, *constraints)),
            *(Step(CreateIndex(index), (index,)) for one in new for index in one.indexes),
            *(Step(SetColumnComment(column), (column,)) for column in commented),
        ]

    def is_gentle(self, item: Any, *, filled: bool, divided: bool = False) -> bool:
        """Indexes, unique constraints of which no row gets a value, and foreign keys; of a
        partitioned table, no more than keys, where they can be added without being validated.
        """
        if isinstance(item, sa.ForeignKeyConstraint):
            possible = not divided or self.version >= limits.PARTITIONED_NOT_VALID_KEYS
            return possible and large.is_kept(large.key_name(item))
        if divided:
            return False
        if isinstance(item, sa.UniqueConstraint):
            options: Any = item.dialect_options["postgresql"]
            special = item.deferrable or item.initially or options.get("include")
            strict = filled or options.get("nulls_not_distinct")
            return not (special or strict) and large.is_kept(str(large.index_of(item).name))
        return isinstance(item, sa.Index) and item.name is not None

    def alter_large_table(self, table: sa.Table, new: Sequence[NewColumn]) -> list[list[Step]]:
        """The columns with their keys, which are not validated yet; then one after the other."""
        filled = {one.column.name for one in new if one.column.server_default is not None}

        def is_free(item: Any) -> bool:
            """Whether it is a key that has nothing to validate, since all rows hold NULL."""
            columns = [column.name for column in item.columns]
            return _is_key(item) and len(columns) == 1 and filled.isdisjoint(columns)

        stages = in_stages(new, is_free)
        alter, *comments = self.alter_table(table, stages.first, empty=False)
        element: Any = alter.element
        checked = list(filter(_is_key, stages.later))
        actions = [*element.actions, *map(large.AddNotValid, checked)]
        return [
            [Step(AlterTable(table, actions), (*alter.makes, *checked)), *comments],
            *([self.add_to_large_table(item)] for item in stages.later),
            *([self.finish_column(column)] for column in stages.unfinished),
        ]

    def add_to_large_table(self, item: Any) -> Step:
        """VALIDATE of a key, and CREATE INDEX CONCURRENTLY."""
        if isinstance(item, sa.ForeignKeyConstraint):
            return Step(self.validate_constraint(item.table, large.key_name(item)), (item,))
        index = large.index_of(item)
        return Step(
            large.create_concurrently(index),
            (item,),
            concurrent=True,
            cleanup=large.cleanup(index.table, str(index.name)),
        )

    def finish_column(self, column: sa.Column[Any]) -> Step:
        """COMMENT ON COLUMN."""
        uncommented = column.comment is None
        return Step((DropColumnComment if uncommented else SetColumnComment)(column), (column,))

    def finish_index(self, item: Any, name: str) -> Step:
        """REINDEX INDEX CONCURRENTLY, which leaves another index behind if it fails."""
        return Step(
            self.rebuild_index(item.table, name),
            (item,),
            concurrent=True,
            cleanup=large.cleanup(item.table, f"{name}{large.REBUILT}"),
        )

    def is_building(self, connection: Connection, table: sa.Table) -> bool:
        """By pg_stat_progress_create_index."""
        query = self.compiler.sql(large.FindBuilding(table))
        return bool(send(connection, query).scalar())

    def rename_item(self, table: sa.Table, kind: Kind, live: Any, name: str) -> DDLElement | None:
        """RENAME CONSTRAINT, or ALTER INDEX for what is only an index."""
        if any(isinstance(one, values.Index) for one in (live, getattr(live, "origin", None))):
            return RenameIndex(table, live.name, name)
        return super().rename_item(table, kind, live, name)

    def rebuild_index(self, table: sa.Table, name: str) -> DDLElement:
        """REINDEX INDEX CONCURRENTLY."""
        return Reindex(table, name)

    def gently(self, item: Any) -> list[DDLElement]:
        """CONCURRENTLY, and NOT VALID with a later VALIDATE, do not hold up writing."""
        return large.gently(item) or super().gently(item)

    # --- applying -------------------------------------------------------------------------------

    def check_usable(self, connection: Connection, *, own: bool) -> None:
        """A connection in AUTOCOMMIT has no transaction that the lock could live in."""
        driver = connection.connection.dbapi_connection
        in_driver = getattr(driver, "autocommit", False) is True
        if not own and (in_driver or is_autocommit(connection)):
            raise UnusableConnection(
                "the connection is in AUTOCOMMIT mode, so neither the lock nor the timeout would "
                "hold for more than one statement: hand in the Engine, or a connection with "
                'isolation_level="READ COMMITTED"'
            )

    def lacking(
        self, connection: Connection, needs: Sequence[Need], patience: float, *, own: bool
    ) -> list[Lack]:
        """By pg_catalog."""
        from autosync.dialects.postgresql import rights

        # as a unit will find it
        with self._rolled_back(connection, patience):
            return rights.lacking(connection, self.statement, needs)

    @contextmanager
    def unit(self, connection: Connection, patience: float, *, own: bool) -> Iterator[None]:
        """A transaction with a lock timeout of its own, under an advisory lock."""
        before = None if own else locks.timeout(connection)
        others = None if own else settings.current(connection, self.version)
        with transaction(connection, own=own):
            settings.rely(connection, self.version, patience)
            if not connection.execute(locks.TRY, {"key": self.lock_key(connection)}).scalar():
                raise Busy("another synchronizer holds the advisory lock")
            yield
            if before is not None and others is not None:
                locks.set_timeout(connection, before)
                settings.restore(connection, self.version, others)

    def surroundings(
        self, connection: Connection, there: Collection[Key], keyless: Collection[Key]
    ) -> Surroundings:
        """By pg_catalog."""
        return surroundings.surroundings(connection, there, keyless)

    def build(self, connection: Connection, statement: Statement, seconds: float) -> None:
        """In AUTOCOMMIT, and cancelled when the time is over."""
        large.build(connection, statement.sql, statement.cleanup, seconds)

    def blockers(self, connection: Connection, wanted: Wanted) -> Sighting:
        """By pg_locks and pg_stat_activity."""
        return blockers.blockers(connection, wanted, self.lock_key(connection))

    def cause(self, error: DBAPIError) -> str | None:
        """A limit of time, or what forbids to write, by the code of the error."""
        name = settings.CAUSES.get(probe.sqlstate(error) or "")
        if name is None:
            return None
        return (
            f"The cause may be {name}, which is set for the role, its database or the server: let "
            f"ALTER ROLE ... SET {name} set another one for whoever synchronizes."
        )

    def is_busy(self, error: DBAPIError) -> bool:
        """A lock timeout, or a deadlock in which we were the victim."""
        return probe.sqlstate(error) in probe.BUSY


def _is_key(item: Any) -> bool:
    return isinstance(item, sa.ForeignKeyConstraint)
