"""What users say of types and defaults themselves, as they say it to Alembic."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Computed, DateTime, Integer, MetaData, String, Table, text
from sqlalchemy.types import CHAR, TypeDecorator

import autosync
from autosync.comparators import Context
from tests.servers.database import LiveDatabase


class Word(TypeDecorator):  # type: ignore[type-arg,misc]  # not generic in 1.4
    """A string; what it says of the type in the database is an argument."""

    impl = String(40)
    cache_ok = True

    def __init__(self, *, says: bool | None = None) -> None:
        super().__init__()
        self.says = says

    def compare_against_backend(self, dialect: Any, conn_type: Any) -> bool | None:
        assert dialect.name in ("sqlite", "postgresql", "mysql")
        assert isinstance(conn_type, String)
        return self.says


class Says:
    """A mixin, as an application's own types may share one."""

    def compare_against_backend(self, dialect: Any, conn_type: Any) -> bool:
        return isinstance(conn_type, String)


class Short(Says, TypeDecorator):  # type: ignore[type-arg,misc]
    """It takes its word from another class."""

    impl = String(20)
    cache_ok = True


def table(*columns: Column[Any], name: str = "users") -> MetaData:
    metadata = MetaData()
    Table(name, metadata, Column("id", Integer, primary_key=True), *columns)
    return metadata


def codes(plan: autosync.Findings) -> dict[str, str]:
    alike = [entry for entry in plan.notes if entry.difference == "type"]
    return {entry.object: entry.code for entry in (*plan.refused, *alike)}


def of_length(database: LiveDatabase) -> str:
    """The code of a string of another length, which SQLite does not look at."""
    return "type-alike" if database.name == "sqlite" else "column-type"


# --- types --------------------------------------------------------------------------------------


def test_a_type_says_it_itself(database: LiveDatabase) -> None:
    """True: the same, although longer; False: another, although alike; None: as it looks."""
    names = ["longer_yes", "longer_no", "longer_none", "alike_yes", "alike_no", "alike_none"]
    words = {"yes": True, "no": False, "none": None}

    def column(name: str) -> Column[Any]:
        return Column(name, String(60 if name.startswith("longer") else 40))

    table(*map(column, names)).create_all(database.engine)
    models = table(*(Column(name, Word(says=words[name.partition("_")[2]])) for name in names))
    plan = autosync.plan(database.engine, models)
    assert codes(plan) == {
        "users.longer_no": "column-type",
        "users.longer_none": of_length(database),
        "users.alike_no": "column-type",
    }
    reasons = {entry.name: entry.reason for entry in plan.refused}
    said = "(Word.compare_against_backend says that they differ)"
    assert [name for name, reason in reasons.items() if said in reason] == ["longer_no", "alike_no"]


def test_inherited_and_variant_words(database: LiveDatabase) -> None:
    table(Column("a", String(60)), Column("b", String(60)), Column("c", String(60))).create_all(
        database.engine
    )
    dialect = database.engine.dialect.name
    models = table(
        Column("a", Short()),
        Column("b", String(9).with_variant(Word(says=True), dialect)),
        Column("c", Word(says=False).with_variant(String(60), dialect)),
    )
    assert autosync.plan(database.engine, models).in_sync


def test_a_type_is_asked_before_what_else_is_added(database: LiveDatabase) -> None:
    """The word holds under the lock, and when the result is verified."""
    table(Column("a", String(60)), Column("b", Integer, server_default=text("(1+1)"))).create_all(
        database.engine
    )
    models = table(
        Column("a", Word(says=True)),
        Column("b", Integer, server_default=text("(1+1)")),
        Column("c", Integer),
    )
    report = autosync.sync(database.engine, models)
    assert [entry.object for entry in report.applied] == ["users.c"]
    assert autosync.plan(database.engine, models).in_sync


def test_nobody_is_asked_of_what_one_side_lacks(sqlite: LiveDatabase) -> None:
    """And nothing is reflected where no type and no callable has a word to say."""
    table(Column("a", String(9))).create_all(sqlite.engine)
    models = table(Column("a", String(9)), Column("new", Word(says=False)))
    Table("fresh", models, Column("id", Integer, primary_key=True), Column("x", Word(says=False)))
    sent: list[str] = []
    sa.event.listen(sqlite.engine, "before_cursor_execute", lambda *a: sent.append(a[2]))
    plan = autosync.plan(sqlite.engine, models)
    assert {entry.object for entry in plan.pending} == {"users.new", "fresh"}
    assert not [sql for sql in sent if sql.startswith("PRAGMA main.table_")]


# --- Alembic's callables ------------------------------------------------------------------------


def lenient(
    context: Any, inspected: Any, column: Any, inspected_type: Any, type_: Any
) -> bool | None:
    """As applications have them: what is known to be the same, by dialect and by class."""
    if context.dialect.name == "sqlite" and isinstance(type_, DateTime):
        return False
    if isinstance(inspected_type, CHAR) and isinstance(type_, Integer):
        return True
    if isinstance(inspected_type, String) and isinstance(type_, String):
        return False
    return None


def test_compare_type(database: LiveDatabase) -> None:
    table(Column("a", String(60)), Column("b", String(9)), Column("c", Integer)).create_all(
        database.engine
    )
    models = table(Column("a", String(40)), Column("b", Integer), Column("c", Integer))
    plain = {"users.a": of_length(database), "users.b": "column-type"}
    assert codes(autosync.plan(database.engine, models)) == plain
    found = autosync.plan(database.engine, models, compare_type=lenient)
    assert codes(found) == {"users.b": "column-type"}
    assert codes(autosync.plan(database.engine, models, compare_type=lambda *_: None)) == plain
    assert autosync.check(database.engine, models, compare_type=lambda *_: False).in_sync
    report = autosync.sync(database.engine, models, compare_type=lambda *_: True)
    assert codes(report) == dict.fromkeys(["users.id", *plain, "users.c"], "column-type")
    assert all("(compare_type says" in entry.reason for entry in report.refused)


def test_a_callable_is_asked_before_the_type(database: LiveDatabase) -> None:
    table(Column("a", String(60)), Column("b", String(40))).create_all(database.engine)
    models = table(Column("a", Word(says=True)), Column("b", Word(says=False)))

    def contrary(*arguments: Any) -> bool | None:
        return {"a": True, "b": False}.get(arguments[2].name)

    found = autosync.plan(database.engine, models, compare_type=contrary)
    assert codes(found) == {"users.a": "column-type"}


def test_compare_server_default(database: LiveDatabase) -> None:
    table(
        Column("a", Integer, server_default="1"),
        Column("b", String(9), server_default="x"),
        Column("c", Integer, server_default="3"),
        Column("d", Integer),
        Column("e", Integer, Computed("d + 1", persisted=True)),
    ).create_all(database.engine)
    models = table(
        Column("a", Integer, server_default="2"),
        Column("b", String(9), server_default="x"),
        Column("c", Integer),
        Column("d", Integer),
        Column("e", Integer, Computed("d + 1", persisted=True)),
    )
    asked: list[str] = []

    def answer(*, word: bool | None) -> Any:
        def compare(context: Any, inspected: Any, column: Any, *defaults: Any) -> bool | None:
            asked.append(column.name)
            return word

        return compare

    plain = autosync.plan(database.engine, models)
    assert codes(plain) == {"users.a": "column-default"}
    assert [note.object for note in plain.notes] == ["users.c"]
    same = autosync.plan(database.engine, models, compare_server_default=answer(word=False))
    assert (same.in_sync, same.notes) == (True, ())
    # neither a key that numbers itself, nor what has no default or is computed
    assert asked == ["a", "b", "c"]
    differ = autosync.plan(database.engine, models, compare_server_default=answer(word=True))
    assert codes(differ) == {"users.a": "column-default", "users.b": "column-default"}
    assert [note.code for note in differ.notes] == ["default-extra"]
    unsure = autosync.plan(database.engine, models, compare_server_default=answer(word=None))
    assert unsure == plain


def test_callables_get_what_alembic_gives_them(database: LiveDatabase) -> None:
    """The same columns, types and defaults, in the same order of arguments."""
    models = table(
        Column("a", String(9), server_default="x"),
        Column("b", Integer, server_default=text("7")),
        Column("c", DateTime, server_default="2020-01-01 00:00:00"),
        Column("d", Integer),
    )
    models.create_all(database.engine)
    seen: dict[str, list[Any]] = {}

    def noting(who: str, what: str) -> Any:
        def compare(context: Any, inspected: Any, column: Any, *sides: Any) -> None:
            assert inspected.table.c[inspected.name] is inspected
            assert context.connection.dialect is context.dialect
            shown = [
                repr(side) if isinstance(side, sa.types.TypeEngine) else side for side in sides
            ]
            seen.setdefault(f"{who} {what}", []).append((inspected.name, column, *shown))

        return compare

    with database.engine.connect() as connection:
        ours = {
            what: noting("autosync", what) for what in ("compare_type", "compare_server_default")
        }
        assert autosync.plan(connection, models, **ours).in_sync
        theirs = {name: noting("alembic", name) for name in ours}
        compare_metadata(MigrationContext.configure(connection, opts=theirs), models)
    assert len(seen["autosync compare_type"]) == 5
    assert len(seen["autosync compare_server_default"]) == 3
    for what in ours:
        assert seen[f"autosync {what}"] == seen[f"alembic {what}"]


# --- what goes wrong ----------------------------------------------------------------------------


def broken(*arguments: Any) -> bool:
    raise KeyError("colour")


@pytest.mark.parametrize("option", ["compare_type", "compare_server_default"])
def test_an_error_names_the_column(database: LiveDatabase, option: str) -> None:
    """It is never taken for an answer: nothing is applied."""
    table(Column("a", Integer, server_default="1")).create_all(database.engine)
    models = table(Column("a", Integer, server_default="1"), Column("b", Integer))
    options: Any = {option: broken}
    where = "users.id" if option == "compare_type" else "users.a"
    with pytest.raises(autosync.ComparisonFailed) as caught:
        autosync.sync(database.engine, models, **options)
    assert str(caught.value) == f"{option} failed for {where}: KeyError: 'colour'"
    assert isinstance(caught.value.__cause__, KeyError)
    assert len(sa.inspect(database.engine).get_columns("users")) == 2


def test_a_broken_type_is_named(sqlite: LiveDatabase) -> None:
    class Broken(TypeDecorator):  # type: ignore[type-arg,misc]
        impl = String(9)
        cache_ok = True

        def compare_against_backend(self, dialect: Any, conn_type: Any) -> bool:
            return bool(conn_type.no_such_thing)

    models = table(Column("a", Broken()))
    models.create_all(sqlite.engine)
    words = r"Broken\.compare_against_backend failed for users\.a: AttributeError"
    with pytest.raises(autosync.ComparisonFailed, match=words):
        autosync.plan(sqlite.engine, models)


@pytest.mark.parametrize("answer", ["same", 1, sa.true()])
def test_only_true_false_and_none_are_answers(sqlite: LiveDatabase, answer: Any) -> None:
    models = table()
    models.create_all(sqlite.engine)
    with pytest.raises(autosync.ComparisonFailed, match=r"for users\.id, but has to return True, "):
        autosync.plan(sqlite.engine, models, compare_type=lambda *_: answer)


def test_the_context_says_what_it_has(sqlite: LiveDatabase) -> None:
    models = table()
    models.create_all(sqlite.engine)

    def wants_more(context: Any, *rest: Any) -> Any:
        return context.impl.compare_type(*rest)

    words = (
        r"users\.id: AttributeError: autosync's context has connection, dialect, bind and as_sql"
    )
    with pytest.raises(autosync.ComparisonFailed, match=words):
        autosync.plan(sqlite.engine, models, compare_type=wants_more)
    with sqlite.engine.connect() as connection:
        context = Context(connection)
        assert (context.bind, context.as_sql) == (connection, False)
        assert not hasattr(context, "impl")


@pytest.mark.parametrize("option", ["compare_type", "compare_server_default"])
@pytest.mark.parametrize("value", [True, False, "yes"])
def test_only_callables_are_taken(sqlite: LiveDatabase, option: str, value: Any) -> None:
    options: Any = {option: value}
    with pytest.raises(TypeError, match=f"{option} takes a callable of Alembic's signature"):
        autosync.plan(sqlite.engine, table(), **options)
