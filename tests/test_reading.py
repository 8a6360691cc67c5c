"""Reading the catalog: a handful of statements, of as many tables as the models have."""

from __future__ import annotations

import warnings

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

import autosync
from autosync.dialects.mysql import catalog
from autosync.dialects.mysql import rows as packed_rows
from autosync.schema import MOST_OTHERS

STATEMENTS = 8
FEW, MANY = 4, 120


def models(tables: int) -> sa.MetaData:
    """Tables with what a table usually has; each points at the first."""
    metadata = sa.MetaData()
    for number in range(tables):
        sa.Table(
            f"t{number:03}",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("parent_id", sa.ForeignKey("t000.id")),
            sa.Column("name", sa.String(20), nullable=False, server_default="none", unique=True),
            sa.Column("created", sa.DateTime, index=True, server_default=sa.func.now()),
        )
    return metadata


def sent(engine: Engine, metadata: sa.MetaData) -> list[tuple[str, object]]:
    """The statements of a sync() that finds nothing to do."""
    statements: list[tuple[str, object]] = []

    def record(_connection, _cursor, statement, parameters, *_) -> None:
        statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", record)
    try:
        report = autosync.sync(engine, metadata)
    finally:
        event.remove(engine, "before_cursor_execute", record)
    assert report.in_sync
    assert not report.applied
    return statements


def rows(engine: Engine, statements: list[tuple[str, object]]) -> int:
    """How many rows the driver gives for them."""
    connection = engine.raw_connection()
    found = 0
    try:
        cursor = connection.cursor()
        for statement, parameters in statements:
            engine.dialect.do_execute(cursor, statement, parameters)
            found += len(cursor.fetchall()) if cursor.description else 0
    finally:
        connection.close()
    return found


def test_a_handful_of_statements_however_many_tables(database) -> None:
    models(MANY).create_all(database.engine)
    assert len(sent(database.engine, models(MANY))) <= STATEMENTS


def test_few_models_among_many_tables_cost_what_they_are(database) -> None:
    models(FEW).create_all(database.engine)
    alone = rows(database.engine, sent(database.engine, models(FEW)))
    models(MANY).create_all(database.engine)
    statements = sent(database.engine, models(FEW))

    # the names of the first others, and that there are more
    assert rows(database.engine, statements) <= alone + MOST_OTHERS + 1
    codes = [note.code for note in autosync.plan(database.engine, models(FEW)).notes]
    assert codes == ["more-extra", *["table-extra"] * MOST_OTHERS]


def test_a_difference_is_found_among_many_tables(database) -> None:
    models(MANY).create_all(database.engine)
    changed = models(FEW)
    changed.tables["t002"].append_column(sa.Column("more", sa.Integer))
    name = changed.tables["t003"].c.name
    name.nullable = not name.nullable

    plan = autosync.plan(database.engine, changed)

    assert [entry.object for entry in plan.pending] == ["t002.more"]
    refused = [(entry.object, entry.code) for entry in plan.refused]
    assert refused == [("t003.name", "column-nullable")]


SEPARATORS = "one\x1ftwo\x1dthree\x1efour"


@pytest.mark.databases("mariadb", "mysql")
def test_separators_inside_values_are_no_separators(database) -> None:
    def commented(text: str) -> sa.MetaData:
        metadata = sa.MetaData()
        sa.Table(
            "t",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True, comment=text),
            sa.Column("a", sa.String(60), server_default=text),
            sa.Column("b", sa.String(60)),
            sa.CheckConstraint(f"b <> '{text}'", name="ck"),
            comment=text,
        )
        return metadata

    commented(SEPARATORS).create_all(database.engine)

    assert autosync.plan(database.engine, commented(SEPARATORS)).in_sync
    other = autosync.plan(database.engine, commented(SEPARATORS.replace("three", "3")))
    assert {entry.code for entry in other.refused} >= {"column-default", "check-differs"}


@pytest.mark.databases("mariadb", "mysql")
@pytest.mark.parametrize("opens_views", [True, False])
def test_what_the_server_cuts_off_is_read_row_by_row(database, opens_views) -> None:
    models(FEW).create_all(database.engine)
    wanted = {(None, name) for name in models(FEW).tables}
    usual = {"mariadb": packed_rows.MARIADB, "mysql": packed_rows.MYSQL}[database.name]
    manner = usual._replace(opens_views=opens_views)
    with database.engine.connect() as connection:
        whole = catalog.read(connection, wanted, MOST_OTHERS, manner)
        connection.exec_driver_sql("SET SESSION group_concat_max_len = 16")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            manner = manner._replace(packing="SELECT")
            cut = catalog.read(connection, wanted, MOST_OTHERS, manner)
        connection.invalidate()
    assert cut == whole


@pytest.mark.parametrize(
    ("packed", "fields", "expected"),
    [
        ("a\x1fb", 2, [("a", "b")]),
        ("a\x1f\x1e\x1dc\x1fd", 2, [("a", None), ("c", "d")]),
        ("a\x1fb\x1fc", 2, None),
        ("a\x1dc\x1fd", 2, None),
    ],
)
def test_rows_are_unpacked_only_if_they_are_whole(packed, fields, expected) -> None:
    assert packed_rows.unpacked(packed, fields) == expected


@pytest.mark.parametrize("target", ["stray", "stray (id)"])
def test_a_key_whose_target_the_models_lack(sqlite, target) -> None:
    """A key may not say which columns it points at, and the target is not read."""
    with sqlite.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE stray (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql(
            f"CREATE TABLE child (id INTEGER PRIMARY KEY REFERENCES {target})"
        )
    metadata = sa.MetaData()
    sa.Table("parent", metadata, sa.Column("id", sa.Integer, primary_key=True))
    key = sa.ForeignKey("parent.id")
    sa.Table("child", metadata, sa.Column("id", sa.Integer, key, primary_key=True))
    assert [entry.code for entry in autosync.plan(sqlite.engine, metadata).refused] == [
        "foreign-key-differs"
    ]
