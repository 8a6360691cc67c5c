"""What others have put into a database that PostgreSQL would run if it were asked.

It evaluates what is constant as soon as it plans a query or makes an index, a stored column, or a
column with a default: ``f(1)`` in an index of a table runs whenever the table is read, with the
rights of whoever reads it, even if not one row is. Making a view, or a table with defaults and
checks, evaluates nothing but literals: one of an array, a row or a range is read as soon as it is
parsed, with the checks of the domains that are within.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autosync.dialects.postgresql.shadows import TRUSTED
from autosync.schema import Key, Table, qualified

NAME_BYTES = 63

_STRANGER = """
    SELECT u.kind, u.nspname AS schema, u.name, r.rolname AS owner, u.word, u.is_within
    FROM used u
    JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) u.owner
    WHERE NOT (u.owner OPERATOR(pg_catalog.=) ANY (SELECT oid FROM trusted))
    ORDER BY u.kind, u.nspname, u.name
"""
_ROUTINES = """
        SELECT 'function', n.nspname, p.proname, p.proowner, p.proname, false
        FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
        WHERE {functions}
        UNION ALL
        SELECT 'operator', n.nspname, o.oprname,
               pg_catalog.unnest(ARRAY[o.oprowner, p.proowner]), o.oprname, false
        FROM pg_catalog.pg_operator o
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) o.oprnamespace
        JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) o.oprcode
        WHERE {operators}
"""
_RUNS = """(t.typtype OPERATOR(pg_catalog.=) 'd'
               OR EXISTS (SELECT FROM pg_catalog.pg_cast c
                          WHERE c.castfunc OPERATOR(pg_catalog.<>) 0
                            AND t.oid OPERATOR(pg_catalog.=) ANY (ARRAY[c.castsource,
                                                                        c.casttarget])))"""
"""Whether a check or a cast comes with a type."""


def _reached(name: str) -> str:
    """The condition for what a name may lead to, of those in the text."""
    return f"""n.nspname OPERATOR(pg_catalog.<>) 'pg_catalog'
          AND (n.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(true))
               OR n.nspname OPERATOR(pg_catalog.=) ANY (CAST(:words AS pg_catalog.text[])))
          AND {name}"""


def _among(catalog: str, oid: str) -> str:
    """The condition for what is referred to."""
    return f"""{oid} OPERATOR(pg_catalog.=) ANY (
                 SELECT e.oid FROM referred e
                 WHERE e.classid OPERATOR(pg_catalog.=)
                       'pg_catalog.{catalog}'::pg_catalog.regclass)"""


_INSIDE = """    inside (oid, word, is_within) AS (
        SELECT t.oid, t.typname, false
        FROM pg_catalog.pg_type t
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
        WHERE {types}
      UNION
        SELECT p.oid, i.word, i.is_within OR p.is_within
        FROM inside i
        JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) i.oid
        CROSS JOIN LATERAL (
            SELECT t.typbasetype, false
            UNION ALL SELECT t.typelem, true
            UNION ALL SELECT a.atttypid, true
                      FROM pg_catalog.pg_attribute a
                      WHERE a.attrelid OPERATOR(pg_catalog.=) t.typrelid
                        AND a.attnum OPERATOR(pg_catalog.>) 0
            UNION ALL SELECT r.rngsubtype, true
                      FROM pg_catalog.pg_range r
                      WHERE t.oid::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY[
                              r.rngtypid::pg_catalog.text,
                              pg_catalog.to_jsonb(r) OPERATOR(pg_catalog.->>) 'rngmultitypid'])
        ) AS p (oid, is_within)
        WHERE p.oid OPERATOR(pg_catalog.<>) 0
    ),
"""
"""Types, and all that is within them: what arrays, rows, ranges and domains are made of."""
_TYPES = f"""
        SELECT 'type', n.nspname, t.typname, t.typowner, i.word, i.is_within
        FROM inside i
        JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) i.oid
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
        WHERE {_RUNS}
"""
_WORD = "{} OPERATOR(pg_catalog.=) ANY (CAST(:words AS pg_catalog.text[]))"
_NAMED = _ROUTINES.format(functions=_reached(_WORD.format("p.proname")), operators=_reached("true"))
NAMED = text(f"""{TRUSTED}
{_INSIDE.format(types=_reached(_WORD.format("t.typname")))}
    used (kind, nspname, name, owner, word, is_within) AS (
        {_NAMED}
        UNION ALL
        {_TYPES}
    )
    {_STRANGER}
""")
"""What belongs to others, and may be meant by these words, or is within a type or the rows of a
table that is meant; or is an operator."""

_REFERRED = _ROUTINES.format(
    functions=_among("pg_proc", "p.oid"), operators=_among("pg_operator", "o.oid")
)
BEHIND = text(f"""{TRUSTED}
    family (oid) AS (
        SELECT c.oid
        FROM pg_catalog.pg_class c
        WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(
                pg_catalog.concat_ws('.', pg_catalog.quote_ident(:schema),
                                     pg_catalog.quote_ident(:name)))
        UNION
        SELECT i.inhrelid
        FROM family f
        JOIN pg_catalog.pg_inherits i ON i.inhparent OPERATOR(pg_catalog.=) f.oid
    ),
    part (classid, oid) AS (
        SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, f.oid FROM family f
        UNION ALL
        SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, x.indexrelid
        FROM family f JOIN pg_catalog.pg_index x ON x.indrelid OPERATOR(pg_catalog.=) f.oid
        UNION ALL
        SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid
        FROM family f JOIN pg_catalog.pg_constraint k ON k.conrelid OPERATOR(pg_catalog.=) f.oid
        UNION ALL
        SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid
        FROM family f JOIN pg_catalog.pg_statistic_ext s ON s.stxrelid OPERATOR(pg_catalog.=) f.oid
    ),
    referred (classid, oid) AS (
        SELECT d.refclassid, d.refobjid
        FROM part p
        JOIN pg_catalog.pg_depend d ON d.classid OPERATOR(pg_catalog.=) p.classid
                                   AND d.objid OPERATOR(pg_catalog.=) p.oid
    ),
{_INSIDE.format(types=_among("pg_type", "t.oid"))}
    used (kind, nspname, name, owner, word, is_within) AS (
        {_REFERRED}
        UNION ALL
        {_TYPES}
        UNION ALL
        SELECT 'foreign table', n.nspname, c.relname,
               pg_catalog.unnest(ARRAY[c.relowner, s.srvowner]), c.relname, false
        FROM family f
        JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) f.oid
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
        JOIN pg_catalog.pg_foreign_table t ON t.ftrelid OPERATOR(pg_catalog.=) f.oid
        JOIN pg_catalog.pg_foreign_server s ON s.oid OPERATOR(pg_catalog.=) t.ftserver
    )
    {_STRANGER}
""")
"""What belongs to others, and is used by a table, its partitions and all that hangs on them."""


class Stranger(NamedTuple):
    """What belongs to others: a function, an operator, a type or a foreign table; and the ``word``
    that means it, or means what it ``is_within``.
    """

    kind: str
    schema: str
    name: str
    owner: str
    word: str
    is_within: bool

    def __str__(self) -> str:
        return f"the {self.kind} {qualified((self.schema, self.name))}, which is {self.owner}'s"

    def may_be_in(self, expression: str) -> bool:
        """Whether a text may mean it; an operator may be a part of a longer one."""
        if self.kind == "operator":
            return self.word in expression
        return self.word in _words(expression)

    def may_be_read_in(self, expression: str) -> bool:
        """Whether a literal in the text may be one of a type that has it within."""
        is_array = "[" in expression or "array" in _words(expression)
        is_within = self.is_within or (self.kind == "type" and is_array)
        return is_within and self.may_be_in(expression)


def in_texts(connection: Connection, expressions: Iterable[str]) -> list[Stranger]:
    """What belongs to others, and may be meant somewhere in these texts."""
    texts = list(expressions)
    words = sorted({word for one in texts for word in _words(one)})
    found = _strangers(connection.execute(NAMED, {"words": words}).all()) if words else ()
    return [one for one in found if any(map(one.may_be_in, texts))]


def behind(connection: Connection, key: Key) -> str | None:
    """What of others would run if a table were read, None if there is nothing."""
    schema, name = key
    rows = connection.execute(BEHIND, {"schema": schema, "name": name}).all()
    return next(map(str, _strangers(rows)), None)


def in_probes(connection: Connection, tables: Collection[Table]) -> dict[Key, str]:
    """What belongs to others, and might run if these declared tables were only to be spelled."""
    evaluated = {table.key: list(_evaluated(table)) for table in tables}
    parsed = {table.key: list(_parsed(table)) for table in tables}
    found = in_texts(connection, chain(*evaluated.values(), *parsed.values()))
    return {
        key: f"that might run {one}"
        for one in found
        for key, texts in evaluated.items()
        if any(map(one.may_be_in, texts)) or any(map(one.may_be_read_in, parsed[key]))
    }


def in_queries(connection: Connection, queries: Mapping[Key, str]) -> Collection[Key]:
    """The queries that might run what belongs to others if they were only parsed."""
    found = in_texts(connection, queries.values())
    return {key for key, query in queries.items() if any(s.may_be_read_in(query) for s in found)}


def _evaluated(table: Table) -> Iterator[str]:
    """The declared texts that are evaluated where they are constant: those of computed columns,
    of indexes and of exclusion constraints.
    """
    yield from (c.computed for c in table.columns.values() if c.computed is not None)
    for index in table.indexes:
        if index.is_textual:
            yield from filter(None, [*index.parts, index.predicate])
    yield from (exclusion.text for exclusion in table.exclusions)


def _parsed(table: Table) -> Iterator[str]:
    """The declared texts that are only parsed, with the types that literals in them may have: a
    literal of an array, a row or a range is read at once, with the checks of domains in it.
    """
    for column in table.columns.values():
        yield from filter(None, [column.type, column.default_when_added])
    yield from (check.text for check in table.checks)


def _strangers(rows: Iterable[Any]) -> Iterator[Stranger]:
    return (Stranger(*row) for row in rows)


def _words(expression: str) -> set[str]:
    """All that may be a name in a text, as PostgreSQL reads and cuts it."""
    quoted = re.findall(r'"((?:[^"]|"")+)"', expression)
    words = {word.lower() for word in re.findall(r"[\w$]+", expression)}
    words.update(name.replace('""', '"') for name in quoted)
    return {word.encode()[:NAME_BYTES].decode(errors="ignore") for word in words}
