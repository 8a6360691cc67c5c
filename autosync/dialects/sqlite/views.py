"""Views of SQLite, which keeps their text as it was given, and resolves it when they are read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from autosync.ddl import Action, Identifier, send
from autosync.dialects.sqlite.parser import canonical, query_of
from autosync.dialects.sqlite.revising import Revising
from autosync.dialects.texts import normal_text
from autosync.dialects.views import Pair
from autosync.schema import Columns, Key, Schema, View

TRIGGERS = "triggers"
DEFINITIONS = """
    SELECT m.type, m.tbl_name, m.name, m.sql FROM {}.sqlite_master m
    WHERE m.type IN ('view', 'trigger') AND m.tbl_name COLLATE NOCASE IN ({})
    ORDER BY m.name
"""
BESIDE = {"Explain", "Transaction"}
"""The instructions that say nothing of what is shown."""
TRUSTED = "PRAGMA trusted_schema"
"""Whether what stands in the file may call any function; SQLite before 3.31 has no such setting."""
_UNSAFE = re.compile(r"unsafe use of (.+)\(\)")
OPAQUE = {"Blob", "Real"}
"""The instructions of which EXPLAIN does not show all digits, or bytes."""


class Views(Revising):
    """The part of the dialect in which SQLite differs."""

    def with_definitions(
        self, connection: Connection, live: Schema, keys: Collection[Key]
    ) -> Schema:
        """From sqlite_schema."""
        found: dict[Key, View] = {}
        for schema in sorted({key[0] or "main" for key in keys}):
            own = {self.fold_table(key[1]): key for key in keys if (key[0] or "main") == schema}
            rows = send(connection, self._definitions(schema, own)).all()
            for folded, key in own.items():
                mine = [row for row in rows if self.fold_table(row[1]) == folded]
                view = _view(key, live.tables[key].kind, mine)
                if view is not None:
                    found[key] = view
        return live._replace(views=found)

    def _definitions(self, schema: str, names: Collection[str]) -> str:
        quoted = self.compiler.sql(Action("{}", Identifier(schema)))
        listed = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
        return DEFINITIONS.format(quoted, listed)

    def normal_query(self, text: str) -> str:
        """Without comments, and without brackets around plain names."""
        return normal_text(canonical(text).strip().rstrip(";"))

    def views_not_to_ask(self, connection: Connection, pairs: Sequence[Pair]) -> Mapping[Key, str]:
        """Those that call, or read a view that calls, a function of the application's."""
        found: dict[Key, str] = {}
        for live, declared in pairs:
            for source in (self._place(live), _derived(declared)):
                try:
                    _program(connection, source)
                except DBAPIError as error:
                    if _UNSAFE.search(str(error.orig)):
                        found[declared.key] = f"SQLite says of it {error.orig}"
        return found

    def _place(self, live: View) -> str:
        names = (Identifier(name) for name in (live.key[0] or "main", live.key[1]))
        return self.compiler.sql(Action("{}.{}", *names))

    def probe_views(self, connection: Connection, pairs: Sequence[Pair]) -> Mapping[Key, Pair]:
        """Two texts that SQLite makes the same program of are the same."""
        probed: dict[Key, Pair] = {}
        for live, declared in pairs:
            same = self._is_one_program(connection, live, declared)
            if same is not None:
                definition = live.definition if same else declared.definition
                probed[declared.key] = live, declared._replace(definition=definition)
        return probed

    def _is_one_program(self, connection: Connection, live: View, declared: View) -> bool | None:
        place = [Identifier(name) for name in (live.key[0] or "main", live.key[1])]
        columns = self.compiler.sql(Action("PRAGMA {}.table_xinfo({})", *place))
        try:
            names = [row[1] for row in send(connection, columns).all()]
            theirs = _program(connection, self._place(live))
            ours = _program(connection, _derived(declared))
        except DBAPIError as error:
            if self.is_busy(error) or error.connection_invalidated:
                raise
            return False
        same = names == list(declared.columns) and theirs == ours
        hides = not OPAQUE.isdisjoint(row[0] for row in ours)
        return None if same and hides else same

    def obstacle_to_replacing(self, live: View, declared: View) -> str | None:
        """To replace a view is to drop it and create it anew, in one transaction; its triggers go
        with it.
        """
        if live.options:
            return f"its triggers would be dropped with it: {live.options[TRIGGERS]}"
        return None


def _view(key: Key, kind: str, rows: Sequence[Any]) -> View | None:
    triggers = ", ".join(row[2] for row in rows if row[0] == "trigger")
    options = {TRIGGERS: triggers} if triggers else {}
    views = [row for row in rows if row[0] == "view"]
    return View(key, Columns({}), query_of(views[0][3]), kind, options) if views else None


def _derived(view: View) -> str:
    return f"({view.definition}\n)"


def _program(connection: Connection, source: str) -> list[tuple[Any, ...]]:
    """What SQLite would do to show all of a view or a query. Raises what it says of a view that
    calls what is not its own: where it has samples of an index, it runs that in order to plan.
    """
    before = send(connection, TRUSTED).scalar()
    send(connection, f"{TRUSTED} = OFF")
    try:
        return _explained(connection, source)
    except DBAPIError as error:
        unsafe = _UNSAFE.search(str(error.orig))
        if unsafe is None or not _is_harmless(connection, unsafe[1]):
            raise
    finally:
        send(connection, f"{TRUSTED} = {before or 0}")
    return _explained(connection, source)


def _explained(connection: Connection, source: str) -> list[tuple[Any, ...]]:
    rows = send(connection, f"EXPLAIN SELECT * FROM {source}").all()
    return [tuple(row)[1:-1] for row in rows if row[1] not in BESIDE]


def _is_harmless(connection: Connection, function: str) -> bool:
    """Whether a function that SQLite would not run for a file is its own, as those for JSON are,
    and EXPLAIN runs nothing at all.
    """
    own = "SELECT min(builtin) FROM pragma_function_list WHERE name = lower(?)"
    samples = "SELECT sqlite_compileoption_used('ENABLE_STAT4')"
    return bool(
        connection.exec_driver_sql(own, (function,)).scalar()
        and not connection.exec_driver_sql(samples).scalar()
    )
