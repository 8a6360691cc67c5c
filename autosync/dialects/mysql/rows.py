"""information_schema -> rows, one query for each of its views and none for each table.

Python's drivers take longer to read many rows than the server to make them. So the rows of a table
come packed into one, and are counted: what a separator inside a value, or a limit of the server,
would do to them shows in the number of rows or fields, and then they are read one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from sqlalchemy import bindparam, text
from sqlalchemy.engine import Connection

from autosync.schema import Key, folded

FIELD, ROW, NULL = "\x1f", "\x1d", "\x1e"
FEW = 0.25
"""The share of the database's tables up to which the server is asked for them by name. It takes
longer to look each of many up by its name than to tell of them all."""
LONGEST = 2**30
"""How long a GROUP_CONCAT may be."""

Fields = tuple[str | None, ...]
Parameters = dict[str, list[Any]]
Said = str | Fields
"""What a row says of a column, its name aside: as it came packed, or field by field."""


class View(NamedTuple):
    """What is read of a view of information_schema."""

    source: str
    fields: tuple[str, ...]
    order: str
    schema: str = "table_schema"
    condition: str = "TRUE"

    def _rest(self, which: str) -> str:
        source = f"FROM information_schema.{self.source}"
        return f"{source} WHERE {self.schema} IN :schemas{which} AND {self.condition}"

    def packed(self, select: str, which: str) -> Any:
        """The query for one row of each table: its schema and name, how many rows, and those."""
        fields = ", ".join(f"COALESCE({field}, {_character(NULL)})" for field in self.fields)
        rows = f"CONCAT_WS({_character(FIELD)}, {fields}) ORDER BY {self.order}"
        return _query(
            f"{select} {self.schema}, table_name, COUNT(*), "
            f"GROUP_CONCAT({rows} SEPARATOR {_hexadecimal(ROW)}) "
            f"{self._rest(which)} GROUP BY {self.schema}, table_name"
        )

    def plain(self, which: str) -> Any:
        """The query for all rows, each behind its table's schema and name."""
        return _query(
            f"SELECT {', '.join([self.schema, 'table_name', *self.fields])} "
            f"{self._rest(which)} ORDER BY {self.schema}, table_name, {self.order}"
        )


def _hexadecimal(character: str) -> str:
    return f"x'{ord(character):02x}'"


def _character(character: str) -> str:
    # without its character set it would be bytes, and so would be all that it is joined with
    return f"_utf8mb4 {_hexadecimal(character)}"


def _query(sql: str) -> Any:
    named = [name for name in ("schemas", "names", "tables") if f":{name}" in sql]
    return text(sql).bindparams(*(bindparam(name, expanding=True) for name in named))


OF_ALL, OF_NAMES = "", " AND table_name IN :names"
OF_TABLES = " AND (table_schema, table_name) IN :tables"
"""Of which relations: of all, of those with these names, or of just these."""

NAMES = f"""
    {{packing}} table_schema, COUNT(*),
    GROUP_CONCAT(table_name ORDER BY table_name SEPARATOR {_hexadecimal(ROW)})
    FROM information_schema.tables WHERE table_schema IN :schemas GROUP BY table_schema
"""
PLAIN_NAMES = """
    SELECT table_schema, table_name FROM information_schema.tables
    WHERE table_schema IN :schemas ORDER BY table_schema, table_name
"""
TABLES = View(
    "tables", ("table_type", "table_comment", "table_collation", "engine"), order="table_name"
)
COLUMNS = View(
    "columns",
    (
        "column_name", "column_type", "is_nullable", "column_default", "extra", "collation_name",
        "generation_expression", "column_comment",
    ),
    order="ordinal_position",
)  # fmt: skip
INDEXES = View(
    "statistics",
    (
        "index_name", "non_unique", "column_name", "sub_part", "collation", "index_type", "ignored",
        "NULL",
    ),
    order="index_name, seq_in_index",
)  # fmt: skip
KEY_COLUMNS = View(
    "key_column_usage",
    (
        "constraint_name", "column_name", "referenced_table_schema", "referenced_table_name",
        "referenced_column_name",
    ),
    order="constraint_name, ordinal_position",
    condition="referenced_table_name IS NOT NULL",
)  # fmt: skip
KEY_RULES = View(
    "referential_constraints",
    ("constraint_name", "delete_rule", "update_rule"),
    order="constraint_name",
    schema="constraint_schema",
)
CHECKS = View(
    "check_constraints",
    ("constraint_name", "check_clause", "'YES'"),
    order="constraint_name",
    schema="constraint_schema",
)


class Manner(NamedTuple):
    """How a server tells of its catalog, where MySQL and MariaDB do not agree.

    ``packing`` is the beginning of a SELECT whose GROUP_CONCAT may be long. A server that
    ``opens_views`` in order to tell of their columns evaluates what they call, so that it is asked
    for those of tables alone. ``in_sql`` says that it writes down defaults and expressions as SQL:
    otherwise strings come without their quotes, and expressions as what stands in a string.
    """

    columns: View
    indexes: View
    checks: View
    packing: str
    opens_views: bool
    in_sql: bool


MARIADB = Manner(
    COLUMNS,
    INDEXES,
    CHECKS,
    # TRADITIONAL refuses more than the most; modes change what is told, and what '' is
    f"SET STATEMENT group_concat_max_len = {LONGEST}, sql_mode = 0 FOR SELECT",
    opens_views=True,
    in_sql=True,
)
MYSQL = Manner(
    COLUMNS._replace(fields=(*COLUMNS.fields, "srs_id")),
    INDEXES._replace(
        fields=(*INDEXES.fields[:-2], "IF(is_visible = 'NO', 'YES', 'NO')", "expression")
    ),
    View(
        "check_constraints c JOIN information_schema.table_constraints t "
        "USING (constraint_schema, constraint_name)",
        ("constraint_name", "c.check_clause", "t.enforced"),
        order="constraint_name",
        condition="t.constraint_type = 'CHECK'",
    ),
    f"SELECT /*+ SET_VAR(group_concat_max_len = {LONGEST}) */",
    opens_views=False,
    in_sql=False,
)


class Reader:
    """Reads views, as far as they are about the wanted tables."""

    def __init__(
        self,
        connection: Connection,
        schemas: list[str],
        database: str | None,
        wanted: Collection[Key],
        manner: Manner,
        *,
        folds_case: bool,
    ) -> None:
        self._connection = connection
        self._schemas = schemas
        self._database = database
        self._folds_case = folds_case
        self._packing = manner.packing
        self._column_view = manner.columns
        self.wanted = {self.key(schema or database, name) for schema, name in wanted}
        there = self._there()
        self._by_name = len(self.wanted) <= FEW * len(there)
        self._names = {name for _, name in self.wanted}
        self._others = [name for key in there if key not in self.wanted for name in key[1:]]

    def _there(self) -> list[Key]:
        """The relations of these schemas: their names alone, which opens none of them."""
        query, parameters = _query(NAMES.format(packing=self._packing)), {"schemas": self._schemas}
        found: list[Key] = []
        for schema, count, packed in self._connection.execute(query, parameters).all():
            names = packed.split(ROW)
            if len(names) != count:
                rows = self._connection.execute(_query(PLAIN_NAMES), parameters).all()
                return [self.key(where, name) for where, name in rows]
            found += [self.key(schema, name) for name in names]
        return found

    def key(self, schema: str | None, name: str) -> Key:
        """The key of an object in this schema."""
        if self._folds_case:
            schema, name = folded((schema, name))
        return (None if schema == self._database else schema), name

    def relations(self, most_others: int) -> dict[Key, list[Fields]]:
        """The rows of TABLES; where few are wanted, of those and of the first others."""
        return self._rows(TABLES, self._names.union(self._others[: most_others + 1]))

    def rows(self, view: View) -> dict[Key, list[Fields]]:
        """The rows of a view, by table."""
        return self._rows(view, self._names)

    def columns(self) -> dict[Key, list[tuple[str, Said]]]:
        """The names of the columns, and what is said of them, by table."""
        return self._columns(*self._which(self._names))

    def columns_of(self, keys: Collection[Key]) -> dict[Key, list[tuple[str, Said]]]:
        """The same of just these relations; the server does not look at any other."""
        tables = sorted((schema or self._database or "", name) for schema, name in keys)
        if not tables:
            return {}
        return self._columns(OF_TABLES, {"schemas": self._schemas, "tables": tables})

    def _columns(self, which: str, parameters: Parameters) -> dict[Key, list[tuple[str, Said]]]:
        found: dict[Key, list[tuple[str, Said]]] = {}
        for key, count, packed in self._packed(self._column_view, which, parameters):
            rows = [row.partition(FIELD) for row in packed.split(ROW)]
            found[key] = [(name, said) for name, _, said in rows]
            if len(rows) != count:
                return self._plain_columns(which, parameters)
        separators = len(self._column_view.fields) - 2
        distinct = {said for rows in found.values() for _, said in rows}
        if any(said.count(FIELD) != separators for said in distinct):
            return self._plain_columns(which, parameters)
        return found

    def _plain_columns(
        self, which: str, parameters: Parameters
    ) -> dict[Key, list[tuple[str, Said]]]:
        return {
            key: [(row[0] or "", row[1:]) for row in rows]
            for key, rows in self._plain_rows(self._column_view, which, parameters).items()
        }

    def _rows(self, view: View, names: set[str]) -> dict[Key, list[Fields]]:
        found: dict[Key, list[Fields]] = {}
        which, parameters = self._which(names)
        for key, count, packed in self._packed(view, which, parameters):
            rows = unpacked(packed, len(view.fields))
            if rows is None or len(rows) != count:
                return self._plain_rows(view, which, parameters)
            found[key] = rows
        return found

    def _which(self, names: set[str]) -> tuple[str, Parameters]:
        """What asks for relations with these names, or for all: of them, there are few others."""
        if not self._by_name:
            return OF_ALL, {"schemas": self._schemas}
        return OF_NAMES, {"schemas": self._schemas, "names": sorted(names)}

    def _packed(
        self, view: View, which: str, parameters: Parameters
    ) -> Iterator[tuple[Key, int, str]]:
        query = view.packed(self._packing, which)
        for schema, name, count, packed in self._connection.execute(query, parameters).all():
            yield self.key(schema, name), count, packed or ""

    def _plain_rows(
        self, view: View, which: str, parameters: Parameters
    ) -> dict[Key, list[Fields]]:
        found: dict[Key, list[Fields]] = {}
        rows = self._connection.execute(view.plain(which), parameters).all()
        for schema, name, *fields in rows:
            row = tuple(None if field is None else str(field) for field in fields)
            found.setdefault(self.key(schema, name), []).append(row)
        return found


def unpacked(packed: str, fields: int) -> list[Fields] | None:
    """The rows that were packed; None if one of them has not as many fields."""
    rows: list[Fields] = [tuple(row.split(FIELD)) for row in packed.split(ROW)]
    if set(map(len, rows)) != {fields}:
        return None
    if NULL not in packed:
        return rows
    return [tuple([None if field == NULL else field for field in row]) for row in rows]
