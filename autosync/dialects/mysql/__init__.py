"""MySQL, of which MariaDB is a small subclass (mariadb.py).

What is said of them was measured on MariaDB 10.11 and MySQL 9.7 (tests/facts).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import DDLElement

from autosync import schema as values
from autosync.blockers import Sighting, Wanted
from autosync.ddl import (
    Action,
    AddTableConstraint,
    AlterTable,
    ColumnDefinition,
    send,
)
from autosync.deadline import PATIENCE
from autosync.dialects.base import Busy, Held
from autosync.dialects.cancelling import cancelled_after
from autosync.dialects.mysql import (
    blockers,
    catalog,
    defaults,
    equality,
    functions,
    locks,
    names,
    probe,
    rows,
    trying,
)
from autosync.dialects.mysql.cancelling import canceller
from autosync.dialects.mysql.ddl import (
    CreateTableWithIndexes,
    IndexDefinition,
    escape_labels,
)
from autosync.dialects.mysql.modes import Escaping, Mode, escaping
from autosync.dialects.steps import NewColumn, Step, in_stages
from autosync.plan import Statement
from autosync.schema import MOST_OTHERS, Column, Key, Schema, Table

if TYPE_CHECKING:
    from autosync.rights import Lack, Need

NAME_CHARACTERS = 64


class MySQL(names.Names, trying.Trying):
    """All that knows MySQL by name."""

    name = "mysql"
    isolation_level = "AUTOCOMMIT"
    commits_ddl = True
    invents_values = True
    renames: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("index", "unique"), "RENAME INDEX {} TO {}"
    )
    wants_target_in_order = True
    own_types = equality.OWN_TYPES
    spellings = functions.MYSQL
    rolls_back = "every statement commits by itself; what ran before the failure stays"
    manner: ClassVar[rows.Manner] = rows.MYSQL
    table_locks: ClassVar[blockers.TableLocks] = blockers.PERFORMANCE_SCHEMA
    referencing: ClassVar[tuple[str, ...]] = ("REFERENCES",)
    """The rights to a table any one of which lets a foreign key point at it."""
    creates_keys_ahead = True
    copies_table_for = frozenset({"foreign_key", "check", "column"})
    build_algorithm: ClassVar[str] = "INPLACE"

    def __init__(self, connection: Connection, lock_key: str | None = None) -> None:
        super().__init__(connection, lock_key)
        if not self.compiler.dialect._backslash_escapes:
            self.compiler = Escaping(connection)
        escape_labels(self.compiler.dialect)
        if self.defaults_copy:
            defaults.spell_defaults(self.compiler.dialect)

    # --- reading --------------------------------------------------------------------------------

    @contextmanager
    def reading(self, connection: Connection, patience: float) -> Iterator[None]:
        """In a session in which a backslash escapes."""
        with super().reading(connection, patience), escaping(connection):
            yield

    def read(
        self, connection: Connection, wanted: Collection[Key], most_others: int = MOST_OTHERS
    ) -> Schema:
        """The live database, from information_schema."""
        return catalog.read(connection, wanted, most_others, self.manner)

    def probe(
        self, connection: Connection, pairs: Sequence[tuple[Table, Table]], live: Schema
    ) -> Mapping[Key, tuple[Table, Table]]:
        """Both sides as SHOW CREATE TABLE prints them."""
        probed = {}
        mode = Mode.of(connection)
        for existing, declared in pairs:
            try:
                probed[declared.key] = probe.probe(
                    connection, self.compiler, existing, declared, fold=self.fold, mode=mode
                )
            except (DBAPIError, sa.exc.CompileError) as error:
                if isinstance(error, DBAPIError) and (
                    self.is_busy(error) or error.connection_invalidated
                ):
                    raise
        return probed

    # --- what the models declare ----------------------------------------------------------------

    def table_comment(self, table: sa.Table) -> str | None:
        """A table's comment, also where it is given as an option."""
        return super().table_comment(table) or self._arguments(table).get("comment")

    def table_options(self, table: sa.Table) -> Mapping[str, str | None]:
        """The engine, character set and collation that the models name."""
        return {
            equality.OPTIONS[name]: equality.full_name(value)
            for name, value in self._arguments(table).items()
            if name in equality.OPTIONS
        }

    def _arguments(self, table: sa.Table) -> dict[str, str]:
        """The arguments of a declared table for this database, without their prefix."""
        prefix = f"{self.compiler.dialect.name}_"
        return {
            name[len(prefix) :].lower(): str(value)
            for name, value in table.kwargs.items()
            if name.startswith(prefix) and value is not None
        }

    def split_collation(self, text: str) -> tuple[str, str | None]:
        """The type, and its collation, or a word for which only the server knows one."""
        labels, rest = equality.split_labels(text)
        bare, collation = super().split_collation(rest)
        word = equality.charset_word(bare)
        bare, charset = equality.split_charset(bare)
        return labels + bare, collation or word or charset

    def autoincrements(self, column: sa.Column[Any]) -> bool:
        """Whether the column is AUTO_INCREMENT; an Identity becomes that, too."""
        if column is not column.table._autoincrement_column:
            return False
        default: Any = column.default
        numbered = isinstance(default, sa.Sequence) and not default.optional
        return (column.server_default is None or column.identity is not None) and not (
            numbered and bool(self.compiler.dialect.supports_sequences)
        )

    def key_rule(self, rule: str | None) -> str | None:
        """RESTRICT is what InnoDB does anyway."""
        rule = super().key_rule(rule)
        return None if rule == "RESTRICT" else rule

    def index(self, index: sa.Index) -> values.Index:
        """An index, with the lengths of its parts and its kind."""
        options: Any = index.dialect_options[self.compiler.dialect.name]
        declared = super().index(index)
        lengths = options["length"]
        parts = [self._with_length(part, index.table, lengths) for part in declared.parts]
        kind = (options["prefix"] or "").upper()
        return declared._replace(
            parts=tuple(parts),
            unique=declared.unique or kind == "UNIQUE",
            method=kind if kind in catalog.SPECIAL_INDEXES else None,
        )

    def _with_length(self, part: str, table: Any, lengths: Any) -> str:
        """A part of an index; a length that is the column's own is no length to the server."""
        length = lengths.get(part) if isinstance(lengths, dict) else lengths
        name, own, order = equality.split_length(part)
        length = own or length
        if length is None:
            return part
        column = next((c for c in table.columns if c.name == name), None)
        type_ = "" if column is None else self.split_collation(self.type_text(column))[0]
        whole = equality.is_string_of(type_, length)
        return name + order if whole else f"{name}({length}){order}"

    # --- equality -------------------------------------------------------------------------------

    def fold(self, name: str) -> str:
        """Column names are told apart without regard to case (facts, section 1)."""
        return name.replace("İ", "i").lower()

    def normal_type(self, text: str) -> str:
        """A type without its display width."""
        return equality.normal_type(text)

    def normal_default(self, text: str, type_: str) -> str | None:
        """A default in the words of information_schema."""
        return equality.normal_default(text, type_)

    def normal_expression(self, text: str) -> str:
        """An expression; one with a backslash or a double quote is left to the server, because
        either may be a part of a string here.
        """
        text = equality.with_lower_names(text)
        return text if "\\" in text or '"' in text else super().normal_expression(text)

    def same_part(self, live: Table, part: str, declared: str) -> bool:
        """The same part, or what the server has left of it: a long key is cut with a warning."""
        return super().same_part(live, part, declared) or equality.is_cut(part, declared, live)

    def same_default(self, live: Column, declared: Column, text: str | None) -> bool:
        """By their normal forms, unless a ``?`` may stand for what only SHOW CREATE TABLE tells."""
        can_tell = self.answers and not self.manner.in_sql
        doubted = can_tell and "?" in (live.default or "")
        return not doubted and super().same_default(live, declared, text)

    def same_collation(self, live: str | None, declared: str | None) -> bool:
        """The same name, ``utf8`` and ``utf8mb3`` being one."""
        if declared is None or live is None:
            return declared is live
        return equality.full_name(live) == equality.full_name(declared)

    def same_comment(self, live: str | None, declared: str | None) -> bool:
        """The server shows ``?`` for a character outside the basic multilingual plane."""
        return live == (declared and equality.basic_plane(declared))

    # --- facts for the rules --------------------------------------------------------------------

    def name_problem(self, name: str) -> str | None:
        """64 characters of the basic plane, without a trailing space (facts, section 1)."""
        if len(name) > NAME_CHARACTERS:
            return f"it has {len(name)} characters, and the database takes {NAME_CHARACTERS}"
        if name.endswith(" "):
            return "it ends with a space"
        if equality.basic_plane(name) != name:
            return "it has a character outside the basic multilingual plane"
        return None

    def estimated_rows(self, connection: Connection, table: Table) -> int | None:
        """InnoDB's own estimate."""
        query = text(
            "SELECT table_rows FROM information_schema.tables "
            "WHERE table_schema = COALESCE(:schema, DATABASE()) AND table_name = :name"
        )
        schema, name = table.key
        rows = connection.execute(query, {"schema": schema, "name": name}).scalar()
        return None if rows is None else int(rows)

    @contextmanager
    def guarded(self, connection: Connection) -> Iterator[None]:
        """Without waiting behind LOCK TABLES for a day."""
        with locks.session(connection, "lock_wait_timeout", "1"):
            yield

    def typed(self, column: sa.Column[Any], literal: str) -> Any:
        """The literal alone: it compares with anything, and CAST knows few types."""
        return sa.literal_column(literal)

    # --- the elements that add ------------------------------------------------------------------

    def create_table(
        self, table: sa.Table, keys: Collection[sa.ForeignKeyConstraint]
    ) -> list[Step]:
        """One statement with all that belongs to the table."""
        create = CreateTableWithIndexes(table, list(keys), self.indexes_of(table))
        return [Step(create, (table,))]

    def create_table_ahead(
        self,
        table: sa.Table,
        keys: Collection[sa.ForeignKeyConstraint],
        ahead: Collection[sa.ForeignKeyConstraint],
    ) -> list[Step]:
        """One statement, which does not look for the tables that are still to come.

        A cycle that is closed afterwards would stay open if the client died before.
        """
        create = CreateTableWithIndexes(table, [*keys, *ahead], self.indexes_of(table))
        return [Step(create, (table,), unchecked=bool(ahead))]

    def alter_table(self, table: sa.Table, new: Sequence[NewColumn], *, empty: bool) -> list[Step]:
        """One ALTER TABLE, which is atomic; INSTANT where it only adds columns."""
        computed = [one for one in new if one.column.computed is not None]
        plain = [one for one in new if one not in computed]
        # INSTANT takes a virtual column only by itself
        groups = [plain, *([one] for one in computed)] if plain else [[one] for one in computed]
        return [self._alter(table, group, empty=empty) for group in groups]

    def alter_large_table(self, table: sa.Table, new: Sequence[NewColumn]) -> list[list[Step]]:
        """The columns, INSTANT; then one after the other, with LOCK=NONE."""
        stages = in_stages(new, lambda item: False)
        return [
            self.alter_table(table, stages.first, empty=False),
            *([self.add_to_large_table(item)] for item in stages.later),
            *([self.finish_column(column)] for column in stages.unfinished),
        ]

    def finish_column(self, column: sa.Column[Any]) -> Step:
        """MODIFY COLUMN with the same definition but for the comment, which touches no row."""
        modify = Action("MODIFY COLUMN {}", ColumnDefinition(column))
        return Step(self._online(column.table, modify), (column,))

    def add_to_large_table(self, item: Any) -> Step:
        """ADD INDEX or ADD UNIQUE beside readers and writers, or not at all."""
        is_index = isinstance(item, sa.Index)
        add = Action("ADD {}", IndexDefinition(item)) if is_index else AddTableConstraint(item)
        return Step(self._online(item.table, add), (item,), concurrent=True)

    def _online(self, table: Any, action: DDLElement) -> AlterTable:
        algorithm = Action(f"ALGORITHM={self.build_algorithm}")
        return AlterTable(table, [action, algorithm, Action("LOCK=NONE")])

    def _alter(self, table: sa.Table, new: Sequence[NewColumn], *, empty: bool) -> Step:
        actions: list[DDLElement] = []
        made: list[Any] = []
        for one in new:
            actions.append(Action("ADD COLUMN {}", ColumnDefinition(one.column)))
            made.append(one.column)
        for one in new:
            actions.extend(Action("ADD {}", IndexDefinition(index)) for index in one.indexes)
            constraints = (*one.constraints, *one.column.constraints)
            actions.extend(AddTableConstraint(constraint) for constraint in constraints)
            made.extend((*one.indexes, *constraints))
        copied = any(one.copied for one in new)
        if len(made) == len(new) and not empty and not copied:
            actions.append(Action("ALGORITHM=INSTANT"))
        guard = locks.guard(table, made, empty=empty, copied=copied)
        return Step(AlterTable(table, actions), tuple(made), guard)

    # --- applying -------------------------------------------------------------------------------

    def lacking(
        self, connection: Connection, needs: Sequence[Need], patience: float, *, own: bool
    ) -> list[Lack]:
        """By SHOW GRANTS."""
        from autosync.dialects.mysql import rights

        with self.reading(connection, patience):
            return rights.lacking(
                connection, self.statement, needs, self.read_only_variable, self.referencing
            )

    @contextmanager
    def lock(self, connection: Connection, patience: float) -> Iterator[None]:
        """GET_LOCK, which is the server's: its name has the database in it."""
        key = locks.name(connection, self.lock_secret)
        taken = text("SELECT GET_LOCK(:key, :seconds)")
        if connection.execute(taken, {"key": key, "seconds": patience}).scalar() != 1:
            raise Busy("another synchronizer holds the lock")
        try:
            yield
        finally:
            if not connection.invalidated:
                connection.execute(text("SELECT RELEASE_LOCK(:key)"), {"key": key})

    @contextmanager
    def unit(self, connection: Connection, patience: float, *, own: bool) -> Iterator[None]:
        """No transaction, since every DDL statement commits; and no waiting for locks.

        A transaction that has read a table and writes to it while we wait for that table's lock
        is a deadlock's victim at once: the server always spares the DDL. MySQL cannot but wait,
        and does so for a second.
        """
        with ExitStack() as stack:
            stack.enter_context(escaping(connection))
            for variable in locks.TIMEOUTS:
                stack.enter_context(locks.session(connection, variable, str(self.shortest_wait)))
            yield

    @contextmanager
    def savepoint(self, connection: Connection) -> Iterator[None]:
        """Nothing: each statement commits by itself."""
        yield

    def run(self, connection: Connection, statement: Statement, patience: float) -> None:
        """Again and again, since nothing waits; what is guarded has the table to itself."""
        locks.attempt(lambda: self._run(connection, statement), patience, self.shortest_wait)

    def _run(self, connection: Connection, statement: Statement) -> None:
        if self.shortest_wait and blockers.is_held(connection, statement.keys):
            raise Held("another session uses the table")
        with ExitStack() as stack:
            if statement.unchecked:
                stack.enter_context(locks.session(connection, "foreign_key_checks", "0"))
            if statement.guard:
                stack.enter_context(locks.guarded(connection, *statement.guard))
            send(connection, statement.sql)

    def build(self, connection: Connection, statement: Statement, seconds: float) -> None:
        """As any other, and killed when the time is over."""
        cancel = canceller(connection, statement.sql)
        with self.unit(connection, 0, own=True), cancelled_after(seconds, cancel):
            self.run(connection, statement, PATIENCE[0])

    def blockers(self, connection: Connection, wanted: Wanted) -> Sighting:
        """By the metadata locks, or the open transactions."""
        lock = locks.name(connection, self.lock_secret)
        return blockers.blockers(connection, wanted, lock, self.table_locks)

    def is_busy(self, error: DBAPIError) -> bool:
        """A lock timeout, a statement timeout or a deadlock."""
        return locks.number(error) in locks.BUSY
