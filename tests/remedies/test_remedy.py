"""Remedies as values, and what people see of them."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy.dialects import postgresql

from autosync import schema as values
from autosync.ddl import Action, CreateView, Identifier, Raw
from autosync.dialects import dialect_for
from autosync.dialects.texts import literal_text
from autosync.remedy import (
    INEXACT,
    Batch,
    Fill,
    Instead,
    Remedy,
    Sql,
    Words,
    advice,
    is_exact,
    together,
)
from autosync.verbatim import verbatim
from tests.remedies.hostile import PIECES
from tests.remedies.test_pasting import AS_MANY
from tests.servers.database import LiveDatabase

A, B = Sql("ALTER a"), Sql("ALTER b")
BROKEN = Sql('ALTER "x\n;DROP TABLE victim;\n--"', exact=False)


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((), ""),
        ((A, B), "ALTER a;\nALTER b;"),
        ((Words("look, or:"), A), "-- look, or:\nALTER a;"),
        ((Words("Rename it."),), "Rename it."),
        ((A, Instead(B), Words("or else")), "ALTER a;\n-- or: ALTER b;\n-- or else"),
        ((A, Instead(Sql("CREATE x\nAS y"))), "ALTER a;\n-- or: CREATE x\n--     AS y;"),
        ((A, Fill(B)), "ALTER a;\nALTER b;  -- in batches"),
        ((Sql("CREATE x AS y -- z"),), "CREATE x AS y -- z\n;"),
        (
            (A, Batch("t", "alter_column('x', nullable=True)")),
            "ALTER a;\n"
            "-- this database cannot alter it in place; in an Alembic revision:\n"
            "with op.batch_alter_table('t') as batch:\n"
            "    batch.alter_column('x', nullable=True)",
        ),
    ],
)
def test_what_people_see(parts: Any, text: str) -> None:
    assert str(Remedy(parts)) == text


@pytest.mark.parametrize(
    "parts",
    [
        (BROKEN,),
        (A, Instead(BROKEN)),
        (A, Fill(BROKEN)),
        (Words("look:"), BROKEN, Sql("CREATE x\nAS y")),
        (Batch("t", "drop_column('')", exact=False),),
    ],
)
def test_one_name_that_is_not_exact_makes_comments_of_all(parts: Any) -> None:
    lines = str(Remedy(parts)).split("\n")
    assert INEXACT in lines[0]
    assert all(line.startswith("-- ") for line in lines)
    assert not any(line.startswith("-- ;") for line in lines)


def test_words_of_others_stay_on_a_line() -> None:
    """The name of a trigger, say, that would be dropped."""
    remedy = Remedy((Words("it is lost: x\nDROP TABLE victim;\n"), A))
    assert str(remedy) == "-- it is lost: x\\x0aDROP TABLE victim;\\x0a\nALTER a;"
    assert str(advice("x\ny")) == "x\\x0ay"


def test_what_is_to_be_run() -> None:
    assert Remedy((Words("look:"), A, Instead(B))).statements == ("ALTER a",)
    assert Remedy((BROKEN,)).statements == (BROKEN.text,)
    for parts in ((A, Fill(B)), (A, Batch("t", "x()")), (Words("look"),), ()):
        assert Remedy(parts).statements == ()


def test_several_as_one() -> None:
    one, other = Remedy((A,)), Remedy((B,), loses=True)
    assert together([one, other, one]) == Remedy((A, B), loses=True)
    assert pickle.loads(pickle.dumps(other)) == other


# --- whether a name can be copied -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["x", "x y", 'x"y', "x'y", "x`y", "x;y", "x--y", "é名前", "x](y"])
def test_names_that_can_be_copied(database: LiveDatabase, name: str) -> None:
    assert all(statement.exact for statement in statements(database, name))


@pytest.mark.parametrize("name", ["x\ny", "x\n", "x\ty", "x\ry", "x\u2028y", "x\xa0y", "x\u200by"])
def test_names_that_cannot(database: LiveDatabase, name: str) -> None:
    """Wherever they are in a statement; and it is still the statement."""
    for statement in statements(database, name):
        assert not statement.exact, statement
        assert name in statement.text


def statements(database: LiveDatabase, name: str) -> list[Sql]:
    table = Table(name, MetaData(), Column(name, String(9), server_default=name), schema=name)
    plain = Table(
        "t", MetaData(), Column("a", Integer), Column("b", String(9), server_default=name)
    )
    view = Table("v", MetaData())
    elements: list[Any] = [
        Action("{}", Identifier(name)),
        Action("DROP {} x", Raw(name)),
        sa.schema.CreateSchema(name),
        sa.schema.CreateTable(Table("t", MetaData(), Column(name, Integer))),
        CreateView(view, sa.select(sa.literal(name))),
        CreateView(view, sa.select(plain.c.a).where(plain.c.b == name)),
    ]
    with database.engine.connect() as connection:
        dialect = dialect_for(connection)
        elements += [dialect.rename_table(plain, name), dialect.rename_column(plain.c.a, name)]
        live = values.Column(name, "VARCHAR(9)"), values.Column("b", "VARCHAR(9)")
        elements += [dialect.alter_type(table.c[name], live[0])]
        elements += [dialect.alter_default(plain.c.b, live[1])]
        return [dialect.statement(element) for element in elements]


def test_a_layout_of_several_lines_can_be_copied(database: LiveDatabase) -> None:
    table = Table("t", MetaData(), Column("a", Integer), Column("b", Integer))
    with database.engine.connect() as connection:
        statement = dialect_for(connection).statement(sa.schema.CreateTable(table))
    assert "\n" in statement.text
    assert statement.exact


@pytest.mark.databases("mariadb")
def test_a_backslash_is_read_in_two_ways(database: LiveDatabase) -> None:
    """NO_BACKSLASH_ESCAPES decides, and the session of whoever pastes may have another sql_mode.
    In names it means nothing; the pattern of a database in a GRANT has one.
    """
    with database.engine.connect() as connection:
        dialect = dialect_for(connection)
        view = CreateView(Table("v", MetaData()), sa.select(sa.literal("x\\y")))
        assert not dialect.statement(view).exact
        assert dialect.statement(Action("GRANT {}", Identifier("x\\y"))).exact


def test_noting_changes_no_text(database: LiveDatabase) -> None:
    """But that of a name which ends in a line break."""
    table = Table(
        "Some t", MetaData(), Column("select", sa.Enum("a'b", name="e"), server_default="%")
    )
    with database.engine.connect() as connection:
        plain: Any = type(connection.dialect)(paramstyle="named")
        noting = verbatim(plain)
        create = sa.schema.CreateTable(table)
        assert str(create.compile(dialect=noting)) == str(create.compile(dialect=plain))
    quote = noting.identifier_preparer.quote
    assert quote("x\n") == plain.identifier_preparer.quote_identifier("x\n")


# --- what is outside of a transaction -------------------------------------------------------------


@pytest.mark.databases("postgresql")
def test_it_is_the_statement_that_is_alone(database: LiveDatabase) -> None:
    """And not a name in it."""
    table = Table(" CONCURRENTLY ", MetaData(), Column("a", postgresql.ENUM("x", name="e")))
    index = sa.Index(" ADD VALUE ", table.c.a)
    concurrent = sa.Index("i", table.c.a, postgresql_concurrently=True)
    with database.engine.connect() as connection:
        dialect = dialect_for(connection)
        assert dialect.statement(dialect.rebuild_index(table, "i")).alone
        assert dialect.statement(sa.schema.CreateIndex(concurrent)).alone
        assert all(dialect.statement(one).alone for one in dialect.gently(index))
        for element in (
            dialect.validate_constraint(table, " CONCURRENTLY "),
            dialect.create_index(index),
            dialect.rename_table(table, " ADD VALUE "),
        ):
            assert not dialect.statement(element).alone


# --- texts in revisions ---------------------------------------------------------------------------

COLONS = st.lists(st.sampled_from([":", ":", "::", "\\", "x", "1", "$", " ", "'", "é", *PIECES]))


@AS_MANY
@given(parts=COLONS)
def test_a_text_is_the_same_in_a_revision(parts: list[str]) -> None:
    """SQLAlchemy takes ``:name`` for a parameter, and drops the backslash of ``\\:``."""
    text = "".join(parts)
    compiled = sa.text(literal_text(text)).compile()
    assert str(compiled) == text
    assert compiled.params == {}


@pytest.mark.parametrize("text", ["'a'::text", "a[1:2]", "x: y", "12:30"])
def test_what_needs_no_escape_has_none(text: str) -> None:
    assert literal_text(text) == text


def test_what_is_exact() -> None:
    assert is_exact('é名前 🙂 it\'s "x"')
    assert not any(map(is_exact, ["\n", "\t", "\x00", "\u2028", "\ufeff", "\ud800", "\u202e"]))
