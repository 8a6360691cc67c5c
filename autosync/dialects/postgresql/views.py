"""Views of PostgreSQL: pg_get_viewdef(), and a temporary view for what the models declare.

pg_get_viewdef() can block behind another session's ALTER; it is asked for the declared views alone,
under the caller's lock timeout.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import DDLElement

from autosync.ddl import CreateView, send
from autosync.dialects.postgresql import strangers
from autosync.dialects.postgresql.equality import with_cast_items
from autosync.dialects.postgresql.probe import PROBE, is_answer, sqlstate
from autosync.dialects.postgresql.revising import Revising
from autosync.dialects.transactions import rolled_back
from autosync.dialects.views import Pair, create_or_replace, shows_all
from autosync.schema import Column, Columns, Key, Schema, View

DEFINITIONS = text("""
    SELECT w.schema, w.name, pg_catalog.pg_get_viewdef(c.oid), c.reloptions,
           pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attnum),
           pg_catalog.array_agg(pg_catalog.format_type(a.atttypid, a.atttypmod)
                                ORDER BY a.attnum),
           pg_catalog.array_agg(l.collname::pg_catalog.text ORDER BY a.attnum)
    FROM ROWS FROM (pg_catalog.unnest(CAST(:schemas AS pg_catalog.text[])),
                    pg_catalog.unnest(CAST(:names AS pg_catalog.text[]))) AS w (schema, name)
    JOIN pg_catalog.pg_class c
      ON c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(
           pg_catalog.concat_ws('.', pg_catalog.quote_ident(w.schema),
                                     pg_catalog.quote_ident(w.name)))
    JOIN pg_catalog.pg_attribute a
      ON a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0
    LEFT JOIN pg_catalog.pg_collation l ON l.oid OPERATOR(pg_catalog.=) a.attcollation
    WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{v,m}')
    GROUP BY w.schema, w.name, c.oid, c.reloptions
""")
READERS = text("""
    SELECT w.schema, w.name,
           CASE WHEN NOT pg_catalog.pg_table_is_visible(v.oid)
                THEN n.nspname::pg_catalog.text END, v.relname::pg_catalog.text,
           (SELECT pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute a
            WHERE a.attrelid OPERATOR(pg_catalog.=) v.oid AND a.attnum OPERATOR(pg_catalog.>) 0)
    FROM ROWS FROM (pg_catalog.unnest(CAST(:schemas AS pg_catalog.text[])),
                    pg_catalog.unnest(CAST(:names AS pg_catalog.text[]))) AS w (schema, name)
    JOIN pg_catalog.pg_depend d
      ON d.refobjid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(
           pg_catalog.concat_ws('.', pg_catalog.quote_ident(w.schema),
                                     pg_catalog.quote_ident(w.name)))
     AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
     AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    JOIN pg_catalog.pg_rewrite r ON r.oid OPERATOR(pg_catalog.=) d.objid
    JOIN pg_catalog.pg_class v
      ON v.oid OPERATOR(pg_catalog.=) r.ev_class AND v.oid OPERATOR(pg_catalog.<>) d.refobjid
    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) v.relnamespace
    WHERE d.refobjsubid OPERATOR(pg_catalog.>) 0
    GROUP BY w.schema, w.name, d.refobjid, v.oid, n.nspname, v.relname
    HAVING pg_catalog.count(DISTINCT d.refobjsubid) OPERATOR(pg_catalog.=) (
             SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a
             WHERE a.attrelid OPERATOR(pg_catalog.=) d.refobjid
               AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped)
    ORDER BY n.nspname, v.relname
""")
"""The views that read every column of a table."""

NOT_THERE = {"42703", "42P01"}
"""The server lacks a column, or a table: no view that is there reads it."""
_NAME = r'(?:"(?:[^"]|"")+"|\w+)'
_EXISTS = re.compile(rf"EXISTS \( SELECT {_NAME}(?:\.{_NAME}|,\s+{_NAME})*\s+FROM")
_OF_COLUMNS = re.compile(r"\b(?:EXCEPT|INTERSECT)\b")
"""What makes of two queries another one, by their columns."""


class Views(Revising):
    """What PostgreSQL does otherwise."""

    def with_definitions(
        self, connection: Connection, live: Schema, keys: Collection[Key]
    ) -> Schema:
        """As pg_get_viewdef() spells them."""
        kinds = {key: live.tables[key].kind for key in keys}
        return live._replace(views=_read(connection, kinds))

    def probe_views(self, connection: Connection, pairs: Sequence[Pair]) -> Mapping[Key, Pair]:
        """The declared ones as temporary views, all in one go, or else each by itself."""
        queries = {two.key: self.compiler.sql(_temporary(0, two)) for _, two in pairs}
        doubted = strangers.in_queries(connection, queries)
        pairs = [pair for pair in pairs if pair[1].key not in doubted]
        if not pairs:
            return {}
        made = self._attempt(connection, pairs)
        if made is None and len(pairs) > 1:
            attempts = [self._attempt(connection, [pair]) for pair in pairs]
            made = {key: pair for one in attempts if one for key, pair in one.items()}
        return made or {}

    def _attempt(self, connection: Connection, pairs: Sequence[Pair]) -> Mapping[Key, Pair] | None:
        try:
            with rolled_back(connection):
                for number, (_, declared) in enumerate(pairs):
                    send(connection, self.compiler.sql(_temporary(number, declared)))
                seen = _read(connection, {_place(number): "view" for number in range(len(pairs))})
        except DBAPIError as error:
            if not is_answer(error):
                raise
            alone = len(pairs) == 1 and sqlstate(error) in NOT_THERE
            return {declared.key: (live, declared) for live, declared in pairs} if alone else None
        return {
            declared.key: (live, _probed(live, declared, seen[_place(number)]))
            for number, (live, declared) in enumerate(pairs)
        }

    def obstacle_to_replacing(self, live: View, declared: View) -> str | None:
        """CREATE OR REPLACE VIEW keeps the owner, the grants and what depends on the view, but not
        its options; and the columns that it has must stay as they are.
        """
        if live.kind != "view":
            return (
                "a materialized view can only be dropped and created anew: its indexes and grants "
                "are lost, and what depends on it stands in the way"
            )
        if live.options:
            named = ", ".join(f"{name}={value}" for name, value in live.options.items())
            return f"replacing it would drop its options ({named}), which no model declares"
        if self._changes_columns(live, declared):
            return (
                "PostgreSQL replaces a view only if the columns it has keep their names, types and "
                "order, and new ones come last"
            )
        if not self._keeps_types(live, declared):
            return (
                "whether its columns keep their types shows once what it reads is there: then the "
                "next run replaces it, if they do"
            )
        return None

    def _changes_columns(self, live: View, declared: View) -> bool:
        """Whether the columns do not stay, as far as they are known: their types may not be."""
        theirs, ours = list(live.columns), list(declared.columns)
        # those that the server has not told of are SQLAlchemy's
        is_told = all(column.origin is None for column in declared.columns.values())
        return theirs != ours[: len(theirs)] or (is_told and not self._keeps_types(live, declared))

    def _keeps_types(self, live: View, declared: View) -> bool:
        return all(
            self.normal_type(theirs.type) == self.normal_type(ours.type)
            and (ours.collation is None or theirs.collation == ours.collation)
            for theirs, ours in zip(live.columns.values(), declared.columns.values(), strict=False)
        )

    def replace_view(self, live: View, declared: View) -> list[DDLElement]:
        """CREATE OR REPLACE VIEW with the options it has, where its columns allow that."""
        if live.kind != "view" or self._changes_columns(live, declared):
            return super().replace_view(live, declared)
        options = ", ".join(f"{name}={value}" for name, value in live.options.items())
        return [create_or_replace(declared.origin, settings=f"WITH ({options})" * bool(options))]

    def views_of_all(
        self, connection: Connection, tables: Mapping[Key, Sequence[str]]
    ) -> Mapping[Key, Sequence[Key]]:
        """By what depends on the columns, and in which order the view has them."""
        found: dict[Key, list[Key]] = {}
        rows = connection.execute(READERS, _parameters(tables)).all()
        for schema, name, view_schema, view, columns in rows:
            if shows_all(columns, tables[schema, name]):
                found.setdefault((schema, name), []).append((view_schema, view))
        return found


def _place(number: int) -> Key:
    return "pg_temp", f"{PROBE}_{number}"


def _temporary(number: int, declared: View) -> CreateView:
    view = declared.origin
    target = sa.Table(f"{PROBE}_{number}", sa.MetaData(), schema="pg_temp")
    return CreateView(target, view.selectable)


def _probed(live: View, declared: View, made: View) -> View:
    """``declared`` with the columns it has; and the live definition, where it has that."""
    same = _shown(str(made.definition)) == _shown(str(live.definition))
    definition = live.definition if same else declared.definition
    return declared._replace(definition=definition, columns=made.columns)


def _shown(definition: str) -> str:
    """A definition without the columns of what only has to exist: a ``*`` there has become what the
    table had; and as it is after a dump of the database was restored.
    """
    definition = with_cast_items(definition)
    if _OF_COLUMNS.search(definition):
        return definition
    return _EXISTS.sub("EXISTS ( SELECT FROM", definition)


def _read(connection: Connection, kinds: Mapping[Key, str]) -> dict[Key, View]:
    rows = connection.execute(DEFINITIONS, _parameters(kinds)).all()
    return {(row[0], row[1]): _view(row, kinds[row[0], row[1]]) for row in rows}


def _parameters(keys: Iterable[Key]) -> dict[str, Any]:
    schemas, names = zip(*keys, strict=True)
    return {"schemas": list(schemas), "names": list(names)}


def _view(row: Any, kind: str) -> View:
    schema, name, definition, options, *columns = row
    return View(
        (schema, name),
        Columns.of(
            Column(column, type_, nullable=True, collation=collation)
            for column, type_, collation in zip(*columns, strict=True)
        ),
        definition.strip().rstrip(";"),
        kind,
        dict(option.split("=", 1) for option in options or ()),
    )
