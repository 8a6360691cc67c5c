"""Views of MySQL and MariaDB, which keep a SELECT in their own words.

There is no temporary view that could be made, and looked at. But the optimizer's trace has a query
as the server spells it when it is prepared, which is before it is planned, or executed: both
definitions are prepared, each as a derived table, and what the trace has of them is compared. The
trace does not tell the databases of tables with an alias apart; where that could matter, nothing is
said. Nor is anything asked where the definitions, or the views that they read, call what is not the
server's own (``calls.py``): MariaDB evaluates what is constant even then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import bindparam, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import DDLElement

from autosync.ddl import Action, Identifier, SelectOf, send
from autosync.dialects.mysql import builtins, calls, locks, spelling
from autosync.dialects.mysql.revising import Revising
from autosync.dialects.texts import normal_text
from autosync.dialects.views import Pair, create_or_replace
from autosync.schema import Column, Columns, Key, Schema, View

PROBE = "autosync_probe"
DEFINITIONS = """
    SELECT table_schema, table_name, view_definition, {}, definer, definer = CURRENT_USER(),
           security_type, check_option
    FROM information_schema.views WHERE table_schema IN :schemas AND table_name IN :names
"""
READERS = text("""
    SELECT table_schema, table_name, view_definition
    FROM information_schema.views WHERE table_schema IN :schemas ORDER BY table_schema, table_name
""").bindparams(bindparam("schemas", expanding=True))
DATABASE = text("SELECT DATABASE()")
TRACE = text("SELECT trace FROM information_schema.optimizer_trace")
WHOLE, FIRST = "/* select#1 */", "/* select#2 */"
"""How the trace begins what encloses all else, and the first SELECT in it."""
BROKEN = ""
"""What stands for a definition that reads what is not there."""
NOT_THERE = {1054, 1146, 1356}
UNKNOWN = "unknown"
USUAL = {"ALGORITHM": "UNDEFINED", "SQL SECURITY": "DEFINER", "CHECK OPTION": "NONE"}
_MARK = re.compile(r"/\* select#\d+ \*/ ")
_NAME = r"`(?:[^`]|``)+`"
QUERIES = ("select ", "with ", "values ")
_PIECE = re.compile(r"'(?:[^'\\]|''|\\.)*(?:'|\\?\Z)|`(?:[^`]|``)+`|[()]|[^'`()]+", re.DOTALL)
_STRING = r"'(?:[^'\\]|''|\\.)*(?:'|\\?\Z)"
_QUALIFIER = re.compile(rf"({_NAME}|\w+)\s*\.")
_OTHER_TABLE = re.compile(rf"({_NAME})\.({_NAME})")


class Views(Revising):
    """The part of the dialect in which MySQL differs."""

    algorithm: ClassVar[str] = f"'{UNKNOWN}'"
    """What tells of a view's ALGORITHM; on MySQL nothing does."""
    own_functions: ClassVar[frozenset[str]] = builtins.MYSQL
    read_only_variable: ClassVar[str] = "transaction_read_only"

    def with_definitions(
        self, connection: Connection, live: Schema, keys: Collection[Key]
    ) -> Schema:
        """From information_schema, where the role may see them."""
        names = {(key[0] or live.default_schema, key[1]): key for key in keys}
        query = text(DEFINITIONS.format(self.algorithm)).bindparams(
            *(bindparam(name, expanding=True) for name in ("schemas", "names"))
        )
        schemas, tables = (sorted(set(part)) for part in zip(*names, strict=True))
        rows = connection.execute(query, {"schemas": schemas, "names": tables}).all()
        found = {names[row[0], row[1]]: row for row in rows if tuple(row[:2]) in names}
        return live._replace(views={key: self._view(key, row, live) for key, row in found.items()})

    def _view(self, key: Key, row: Any, live: Schema) -> View:
        definition, algorithm, definer, is_own, security, check = row[2:]
        user, _, host = definer.rpartition("@")
        said = {"ALGORITHM": algorithm, "SQL SECURITY": security, "CHECK OPTION": check}
        options = {name: value for name, value in said.items() if value != USUAL[name]}
        if not is_own:
            who = Action("{}@{}", Identifier(user), Identifier(host))
            options["DEFINER"] = self.compiler.sql(who)
        own = _unqualified(definition, live.default_schema or "")
        # those that were read are of MySQL, which keeps a list of names apart from the SELECT
        named = _columns(definition)
        columns = live.tables[key].columns or named
        if len(columns) == len(named) and [*columns] != [*named]:
            own = _renamed(own, zip(named, columns, strict=True))
        return View(key, columns, own or None, options=options)

    def normal_query(self, text: str) -> str:
        """One with a backslash or a double quote is left to the server, as an expression is."""
        text = text.strip().rstrip(";")
        return text if "\\" in text or '"' in text else normal_text(text)

    def views_not_to_ask(self, connection: Connection, pairs: Sequence[Pair]) -> Mapping[Key, str]:
        """Those that call, or read a view that calls, what is not known to be the server's own."""
        session = calls.Session.of(connection)
        found: dict[Key, str] = {}
        for pair in pairs:
            queries = [str(view.definition) for view in pair]
            obstacle = calls.obstacle(connection, queries, session, self.own_functions)
            if obstacle is not None:
                found[pair[1].key] = obstacle
        return found

    def probe_views(self, connection: Connection, pairs: Sequence[Pair]) -> Mapping[Key, Pair]:
        """Both as the optimizer's trace has them, in a session that writes to no table."""
        probed: dict[Key, Pair] = {}
        database = str(connection.execute(DATABASE).scalar())
        others = set(self.schema_names(connection)) - {database}
        with (
            locks.session(connection, "lock_wait_timeout", "1"),
            locks.session(connection, self.read_only_variable, "1"),
            _tracing(connection),
        ):
            for live, declared in pairs:
                theirs, ours = (self._spelled(connection, one) for one in (live, declared))
                if theirs is None or ours is None:
                    continue
                if theirs != ours:
                    probed[declared.key] = live, declared
                elif theirs != BROKEN and _tells(live, declared, others):
                    probed[declared.key] = live, declared._replace(definition=live.definition)
        return probed

    def _spelled(self, connection: Connection, view: View) -> str | None:
        try:
            return self._traced(connection, str(view.definition))
        except DBAPIError as error:
            if self.is_busy(error) or error.connection_invalidated:
                raise
            return BROKEN if locks.number(error) in NOT_THERE else None

    def _traced(self, connection: Connection, definition: str) -> str | None:
        """A SELECT as the server spells it, None where the trace does not tell."""
        query = sa.literal(f"SELECT * FROM ({definition}\n) {PROBE}")
        send(connection, self.compiler.sql(Action(f"PREPARE {PROBE} FROM {{}}", SelectOf(query))))
        trace = connection.execute(TRACE).scalar()
        send(connection, f"DEALLOCATE PREPARE {PROBE}")
        try:
            found = list(_expanded(json.loads(str(trace))))
        except ValueError:
            return None  # it was too long to be kept
        whole = next((one for one in found if one.startswith(WHOLE)), None)
        return None if whole is None else _with_flat_joins(_enclosed(whole))

    def obstacle_to_replacing(self, live: View, declared: View) -> str | None:
        """CREATE OR REPLACE VIEW keeps the grants, and nothing else that it does not name."""
        if not live.options:
            return None
        named = ", ".join(f"{name} {value}" for name, value in live.options.items())
        return f"replacing it as the models have it would change how it is kept: {named}"

    def replace_view(self, live: View, declared: View) -> list[DDLElement]:
        """CREATE OR REPLACE VIEW, with what else it is."""
        options = {name: value for name, value in live.options.items() if value != UNKNOWN}
        check = options.pop("CHECK OPTION", None)
        order = ("ALGORITHM", "DEFINER", "SQL SECURITY")
        words = [f"{name}={options[name]}" for name in order[:2] if options.get(name)]
        words += [f"{name} {options[name]}" for name in order[2:] if options.get(name)]
        check = f"WITH {check} CHECK OPTION" if check else ""
        return [create_or_replace(declared.origin, " ".join(words), check=check)]

    def views_of_all(
        self, connection: Connection, tables: Mapping[Key, Sequence[str]]
    ) -> Mapping[Key, Sequence[Key]]:
        """By their text, in which the server has put the columns in the place of ``*``."""
        database = str(connection.execute(DATABASE).scalar())
        schemas = sorted({schema or database for schema, _ in tables})
        rows = connection.execute(READERS, {"schemas": schemas}).all()
        found: dict[Key, list[Key]] = {}
        for key, columns in tables.items() if rows else ():
            table = f"{spelling.name(key[0] or database)}.{spelling.name(key[1])}"
            for schema, name, definition in rows:
                if _shows(definition or "", table, columns):
                    view = None if schema == database else schema, name
                    found.setdefault(key, []).append(view)
        return found


def _columns(definition: str) -> Columns:
    """The columns that a view shows; MariaDB is not asked for them, lest it runs what they call."""
    names = calls.columns_in(calls.tokens_of(definition, calls.KEPT))
    return Columns.of(Column(name, "") for name in names)


def _renamed(definition: str, names: Iterable[tuple[str, str]]) -> str:
    """A definition with other names for its columns."""
    parts = (f"{spelling.name(old)} AS {spelling.name(new)}" for old, new in names)
    return f"select {', '.join(parts)} from ({definition}) {spelling.name(PROBE)}"


def _bare(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def _unqualified(definition: str, database: str) -> str:
    """A definition without the name of the database, which may be another one tomorrow."""
    own = f"{spelling.name(database)}."
    pieces = re.compile(rf"{_STRING}|{re.escape(own)}", re.DOTALL)
    return pieces.sub(lambda match: "" if match[0] == own else match[0], definition)


def _shows(definition: str, table: str, columns: Sequence[str]) -> bool:
    if table not in definition:
        return False
    aliases = re.findall(rf"{re.escape(table)} ({_NAME})", definition)
    lists = (
        ",".join(
            f"{alias}.{spelling.name(column)} AS {spelling.name(column)}" for column in columns
        )
        for alias in (table, *aliases)
    )
    return any(one in definition for one in lists)


def _tells(live: View, declared: View, databases: Collection[str]) -> bool:
    """Whether two traces that are the same are of the same tables, in whatever database."""
    read = [key for key, column in declared.reads if column is None]
    names = [name for _, name in read]
    # what has the name of a table that is read is that table
    others = set(databases) - set(names)
    theirs = set(_tables_of(str(live.definition), others))
    ours = {key for key in read if key[0] in databases}
    named = {_bare(name) for name in _QUALIFIER.findall(str(declared.definition))}
    unknown = named.intersection(others) - {schema for schema, _ in ours}
    return theirs == ours and not unknown and (not ours or len(names) == len(set(names)))


def _tables_of(definition: str, databases: Collection[str]) -> Iterator[Key]:
    """The tables of these databases that a definition of the server's names."""
    for schema, name in _OTHER_TABLE.findall(definition):
        if _bare(schema) in databases:
            yield _bare(schema), _bare(name)


@contextmanager
def _tracing(connection: Connection) -> Iterator[None]:
    before = connection.execute(text("SELECT @@SESSION.optimizer_trace")).scalar()
    send(connection, "SET SESSION optimizer_trace = 'enabled=on'")
    try:
        yield
    finally:
        if not connection.invalidated:
            send(connection, f"SET SESSION optimizer_trace = '{before}'")


def _enclosed(whole: str) -> str:
    """What the trace has between ``from (`` and ``) autosync_probe``; all of it, where it has these
    not.
    """
    first, end = whole.find(FIRST), whole.rfind(f") {PROBE}")
    begin = whole.rfind(" from (", 0, max(first, 0))
    is_enclosed = 0 <= begin < first < end
    query = whole[begin + len(" from (") : end] if is_enclosed else whole
    return _MARK.sub("", query)


def _with_flat_joins(query: str) -> str:
    """A query without the parentheses around inner joins, which the server puts around those of
    JOIN, and not around those of a comma. In its own words, a comma is a JOIN.
    """
    groups: list[list[str]] = [[]]
    for piece in _PIECE.findall(query):
        if piece == "(":
            groups.append([])
        elif piece == ")" and len(groups) > 1:
            inside = groups.pop()
            groups[-1].extend(inside if _joins(inside) else ["".join(["(", *inside, ")"])])
        else:
            groups[-1].append(piece)
    return "".join(piece for group in groups for piece in group)


def _joins(pieces: Iterable[str]) -> bool:
    """Whether what stands in parentheses is nothing but inner joins."""
    # a quoted piece, or one in parentheses of its own, counts as one thing
    words = "".join("?" if piece[0] in "'`(" else piece for piece in pieces)
    return (
        " join " in words
        and not words.startswith(QUERIES)
        and not re.search(r"\b(?:left|right|straight)", words)
    )


def _expanded(trace: Any) -> Iterable[str]:
    if isinstance(trace, list):
        for one in trace:
            yield from _expanded(one)
    elif isinstance(trace, dict):
        for name, one in trace.items():
            if name == "expanded_query":
                yield str(one)
            yield from _expanded(one)
