"""MySQL, and MariaDB as a small subclass of it.

What is said of MariaDB was measured on 10.11; MySQL 8 was not at hand and is served from its
documentation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import DDLElement

from autosync import schema as values
from autosync.ddl import (
    Action,
    AddTableConstraint,
    AlterTable,
    ColumnDefinition,
    CreateProbe,
    Identifier,
    send,
)
from autosync.declared import with_server_default
from autosync.dialects.base import Busy, Dialect, NewColumn, Step
from autosync.dialects.mysql import catalog, definitions, equality
from autosync.dialects.mysql.ddl import (
    AnyRow,
    CreateTableWithIndexes,
    IndexDefinition,
    LockTable,
)
from autosync.plan import Statement
from autosync.schema import FETCHED, Column, Key, Schema, Table

BUSY = {1205, 1213, 1969, 3024}
OVERTAKEN = {1050, 1060, 1061, 1826}
NAME_CHARACTERS = 64
BASIC_PLANE = 0xFFFF
PROBE = "autosync_probe"

MARIADB_CHECKS = catalog._query("""
    SELECT constraint_schema, table_name, constraint_name, check_clause
    FROM information_schema.check_constraints WHERE constraint_schema IN :schemas
""")
MYSQL_CHECKS = catalog._query("""
    SELECT t.table_schema, t.table_name, t.constraint_name, c.check_clause
    FROM information_schema.table_constraints t
    JOIN information_schema.check_constraints c USING (constraint_schema, constraint_name)
    WHERE t.constraint_type = 'CHECK' AND t.table_schema IN :schemas
""")


class MySQL(Dialect):
    """All that knows MySQL by name."""

    name = "mysql"
    isolation_level = "AUTOCOMMIT"
    commits_ddl = True
    invents_values = True
    wants_target_in_order = True
    rolls_back = "every statement commits by itself; what ran before the failure stays"
    checks: ClassVar[Any] = MYSQL_CHECKS
    statement_timeout: ClassVar[str | None] = None

    # --- reading --------------------------------------------------------------------------------

    def read(self, connection: Connection, wanted: Collection[Key]) -> Schema:
        """The live database, from information_schema."""
        return catalog.read(connection, wanted, checks=self.checks)

    def probe(
        self, connection: Connection, pairs: Sequence[tuple[Table, Table]], live: Schema
    ) -> Mapping[Key, tuple[Table, Table]]:
        """Both sides as SHOW CREATE TABLE prints them."""
        probed = {}
        for existing, declared in pairs:
            try:
                probed[declared.key] = self._probe(connection, existing, declared)
            except (DBAPIError, sa.exc.CompileError) as error:
                if isinstance(error, DBAPIError) and self.is_busy(error):
                    raise
        return probed

    def _probe(self, connection: Connection, live: Table, declared: Table) -> tuple[Table, Table]:
        theirs = self._described(connection, declared.origin)
        folded = {self.fold(name) for name in live.columns}
        common = [c for c in declared.columns.values() if self.fold(c.name) in folded]
        checks = [check for check in declared.checks if set(check.columns) <= set(live.columns)]
        probe = CreateProbe(
            PROBE,
            [_without_numbering(column) for column in common],
            [check.origin for check in checks],
            f" {theirs.charset}",
        )
        drop = f"DROP TEMPORARY TABLE IF EXISTS {PROBE}"
        send(connection, self.compiler.sql(probe))
        try:
            ours = self._described(connection, sa.Table(PROBE, sa.MetaData()))
        finally:
            send(connection, drop)
        numbers = {id(check): f"c{number}" for number, check in enumerate(checks)}
        return (
            live._replace(
                columns={n: _spelled(c, theirs, live=True) for n, c in live.columns.items()},
                checks=[
                    c._replace(text=theirs.checks.get(c.name or "", c.text)) for c in live.checks
                ],
            ),
            declared._replace(
                columns={n: _spelled(c, ours) for n, c in declared.columns.items()},
                checks=[
                    c._replace(text=ours.checks.get(numbers.get(id(c), ""), c.text))
                    for c in declared.checks
                ],
            ),
        )

    def _described(self, connection: Connection, table: sa.Table) -> definitions.TableText:
        name = self.compiler.dialect.identifier_preparer.quote(table.name)
        schema = self.compiler.schema(table.schema)
        if schema is not None:
            name = f"{self.compiler.dialect.identifier_preparer.quote(schema)}.{name}"
        options = {"no_parameters": True}
        rows = connection.exec_driver_sql(f"SHOW CREATE TABLE {name}", execution_options=options)
        return definitions.parse(str(rows.all()[0][1]))

    # --- what the models declare ----------------------------------------------------------------

    def split_collation(self, text: str) -> tuple[str, str | None]:
        """The type, and its collation; a character set alone counts as any of its collations."""
        bare, collation = super().split_collation(text)
        bare, charset = equality.split_charset(bare)
        if collation is None and charset is not None:
            collation = f"{charset.lower().replace('utf8mb3', 'utf8')}_*"
        return bare, collation

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
        length, prefix = options.get("length"), options.get("prefix")
        if length is not None:
            parts = [
                f"{part}({length[part] if isinstance(length, dict) else length})"
                if not isinstance(length, dict) or part in length
                else part
                for part in declared.parts
            ]
            declared = declared._replace(parts=tuple(parts))
        return declared._replace(method=prefix.upper() if prefix else None)

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

    def same_collation(self, live: str | None, declared: str | None) -> bool:
        """A column that declares none inherits its table's."""
        if declared is None or live is None:
            return declared is None
        live = live.replace("utf8mb3", "utf8").lower()
        declared = declared.replace("utf8mb3", "utf8").lower()
        return live.startswith(declared[:-1]) if declared.endswith("_*") else live == declared

    def same_method(self, live: str | None, declared: str | None) -> bool:
        """FULLTEXT and SPATIAL are their own; BTREE and HASH are the engine's choice."""
        special = {"FULLTEXT", "SPATIAL"}
        return (live if live in special else None) == (declared if declared in special else None)

    # --- facts for the rules --------------------------------------------------------------------

    def name_problem(self, name: str) -> str | None:
        """64 characters of the basic plane, without a trailing space (facts, section 1)."""
        if len(name) > NAME_CHARACTERS:
            return f"it has {len(name)} characters, and the database takes {NAME_CHARACTERS}"
        if name.endswith(" "):
            return "it ends with a space"
        if any(ord(character) > BASIC_PLANE for character in name):
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

    def rewrite(self, connection: Connection, live: Schema, key: Key, column: Column) -> str | None:
        """What ALGORITHM=INSTANT cannot do (facts, section 1)."""
        if column.autoincrement:
            return "an AUTO_INCREMENT column rebuilds the table"
        if column.computed is not None and column.stored:
            return "a stored computed column rebuilds the table"
        default = self.normal_default(column.default or "NULL", column.type)
        if default is not None and not _is_constant(default):
            return (
                f"the default {column.default} is not constant: the table is rebuilt, or every "
                "row gets the same value"
            )
        if any(index.method == "FULLTEXT" for index in live.tables[key].indexes):
            return "a table with a FULLTEXT index is rebuilt"
        return self._engine_obstacle(connection, key)

    def _engine_obstacle(self, connection: Connection, key: Key) -> str | None:
        query = text(
            "SELECT engine, row_format FROM information_schema.tables "
            "WHERE table_schema = COALESCE(:schema, DATABASE()) AND table_name = :name"
        )
        row = connection.execute(query, {"schema": key[0], "name": key[1]}).first()
        if row is None:
            return None
        if row[0] != "InnoDB":
            return f"a table of the engine {row[0]} is rebuilt"
        compressed = (row[1] or "").lower() == "compressed"
        return "a table with ROW_FORMAT=COMPRESSED is rebuilt" if compressed else None

    def key_types_agree(self, column: Column, target: Column) -> bool:
        """InnoDB wants the same type, sign and character set (errno 150)."""
        ours, theirs = self.normal_type(column.type), self.normal_type(target.type)
        if ours.startswith(("varchar", "char")):
            return ours.partition("(")[0] == theirs.partition("(")[0]
        return ours == theirs

    @contextmanager
    def guarded(self, connection: Connection) -> Iterator[None]:
        """Without waiting behind LOCK TABLES for a day."""
        with _session(connection, "lock_wait_timeout", "1"):
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

    def alter_table(self, table: sa.Table, new: Sequence[NewColumn], *, empty: bool) -> list[Step]:
        """One ALTER TABLE, which is atomic; INSTANT where it only adds columns."""
        computed = [one for one in new if one.column.computed is not None]
        plain = [one for one in new if one not in computed]
        # INSTANT takes a virtual column only by itself
        groups = [plain, *([one] for one in computed)] if plain else [[one] for one in computed]
        return [self._alter(table, group, empty=empty) for group in groups]

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
        instant = len(made) == len(new) and not empty
        if instant:
            actions.append(Action("ALGORITHM=INSTANT"))
        # a key's parent would have to be locked as well
        guarded = empty and not any(isinstance(item, sa.ForeignKeyConstraint) for item in made)
        guard = (LockTable(table), AnyRow(table)) if guarded else ()
        return Step(AlterTable(table, actions), tuple(made), instant, guard)

    # --- remedies -------------------------------------------------------------------------------

    def alter_type(self, column: sa.Column[Any]) -> DDLElement:
        """MODIFY COLUMN with the whole definition, as MySQL wants it."""
        return AlterTable(column.table, [Action("MODIFY COLUMN {}", ColumnDefinition(column))])

    def alter_nullable(self, column: sa.Column[Any]) -> DDLElement:
        """MODIFY COLUMN with the whole definition."""
        return self.alter_type(column)

    def alter_default(self, column: sa.Column[Any]) -> DDLElement:
        """MODIFY COLUMN with the whole definition."""
        return self.alter_type(column)

    def drop_not_null(self, table: sa.Table, column: Column) -> DDLElement:
        """MODIFY COLUMN with the live type."""
        template = f"MODIFY COLUMN {{}} {column.type.replace('{', '{{').replace('}', '}}')} NULL"
        return AlterTable(table, [Action(template, Identifier(column.name))])

    # --- applying -------------------------------------------------------------------------------

    @contextmanager
    def lock(self, connection: Connection, patience: float) -> Iterator[None]:
        """GET_LOCK, which is the server's: its name has the database in it."""
        name = text("SELECT CONCAT('autosync.', SHA1(COALESCE(DATABASE(), '')))")
        key = connection.execute(name).scalar()
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
        """No transaction, since every DDL statement commits; a bound on waiting for locks."""
        with _session(connection, "lock_wait_timeout", str(max(1, math.ceil(patience)))):
            yield

    def run(self, connection: Connection, statement: Statement, patience: float) -> None:
        """An instant statement is bounded below one second, where the server has a way to; one
        that would invent values for rows has the table to itself, and makes sure there is none.
        """
        with ExitStack() as stack:
            if statement.guard:
                stack.enter_context(_without_rows(connection, *statement.guard))
            if statement.instant and self.statement_timeout is not None:
                seconds = f"{patience:.3f}"
                stack.enter_context(_session(connection, self.statement_timeout, seconds))
            send(connection, statement.sql)

    def is_busy(self, error: DBAPIError) -> bool:
        """A lock timeout, a statement timeout or a deadlock."""
        return _number(error) in BUSY

    def is_overtaken(self, error: DBAPIError) -> bool:
        """It exists by now."""
        return _number(error) in OVERTAKEN


class MariaDB(MySQL):
    """All that knows MariaDB by name."""

    name = "mariadb"
    checks = MARIADB_CHECKS
    statement_timeout = "max_statement_time"


@contextmanager
def _session(connection: Connection, variable: str, value: str) -> Iterator[None]:
    """A session variable with another value, which is put back."""
    before = connection.execute(text(f"SELECT @@SESSION.{variable}")).scalar()
    send(connection, f"SET SESSION {variable} = {value}")
    try:
        yield
    finally:
        if not connection.invalidated:
            send(connection, f"SET SESSION {variable} = {before}")


@contextmanager
def _without_rows(connection: Connection, lock: str, any_row: str) -> Iterator[None]:
    """A block in which a table has no row, and nobody can insert one."""
    send(connection, lock)
    try:
        if connection.exec_driver_sql(any_row).first() is not None:
            raise Busy("the table is not empty any more")
        yield
    finally:
        if not connection.invalidated:
            send(connection, "UNLOCK TABLES")


def _number(error: DBAPIError) -> int | None:
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


_CONSTANT = re.compile(
    r"""[-+]?[\d.]+(?:e[-+]?\d+)?
      | (?:[bx]|_\w+\s*)?'(?:[^'\\]|''|\\.)*'
      | null | true | false
      | current_timestamp\(\d*\)(?:\s+on\s+update\s+current_timestamp\(\d*\))?
      | curdate\(\)""",
    re.VERBOSE | re.IGNORECASE,
)


def _is_constant(default: str) -> bool:
    """Whether INSTANT takes a default in its normal form, with one value for all rows."""
    return _CONSTANT.fullmatch(default) is not None


def _without_numbering(column: Column) -> sa.Column[Any]:
    """The column for a probe, which has no key that an AUTO_INCREMENT would need."""
    original: sa.Column[Any] = column.origin
    if column.implied_default is not None:
        return with_server_default(original)
    if not column.autoincrement:
        return original
    copied = sa.Column(original.name, original.type, nullable=original.nullable)
    sa.Table(PROBE, sa.MetaData(), copied)
    return copied


def _spelled(column: Column, text: definitions.TableText, *, live: bool = False) -> Column:
    seen = text.columns.get(column.name)
    if seen is None:
        return column
    if live:
        return column._replace(type=seen.type, default=seen.default, computed=seen.computed)
    return column._replace(
        type=seen.type,
        default=column.default if column.default in (None, FETCHED) else seen.default,
        computed=seen.computed,
        implied_default=column.implied_default and seen.default,
    )
