"""Renames: what is told and what is guessed, the statements to paste, and hints that cannot be."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table

import autosync
from autosync.schema import MOST_OTHERS
from tests.servers.database import LiveDatabase


def hint(**words: Any) -> dict[str, Any]:
    return {"autosync": words}


def table(*columns: Column[Any], name: str = "users", **options: Any) -> MetaData:
    metadata = MetaData()
    Table(name, metadata, Column("id", Integer, primary_key=True), *columns, **options)
    return metadata


def refusals(plan: autosync.Plan) -> dict[str, autosync.Refusal]:
    return {refusal.object: refusal for refusal in plan.refused}


def run(engine: sa.engine.Engine, sql: str) -> None:
    """Run a remedy as a person would paste it."""
    with engine.begin() as connection:
        connection.exec_driver_sql(sql)


def test_the_remedies_rename(database: LiveDatabase) -> None:
    """Told or guessed, of a column or a table: after it, the rows are there and all is well."""
    live = table(Column("colour", String(9)), Column("email", String(40)))
    shop = ["street", "town", "country"]
    Table(
        "shop", live, Column("id", Integer, primary_key=True), *(Column(n, String(9)) for n in shop)
    )
    Table("Old One", live, Column("id", Integer, primary_key=True), Column("order", Integer))
    live.create_all(database.engine)
    with database.engine.begin() as connection:
        connection.execute(live.tables["users"].insert().values(colour="red", email="a@b"))
        connection.execute(live.tables["shop"].insert().values(town="Rome"))
        connection.execute(live.tables["Old One"].insert().values(order=7))
    models = table(
        Column("Shade", String(9), info=hint(renamed_from="colour")), Column("mail", String(40))
    )
    Table(
        "firm",
        models,
        Column("id", Integer, primary_key=True),
        *(Column(n, String(9)) for n in shop),
    )
    Table(
        "new one",
        models,
        Column("id", Integer, primary_key=True),
        Column("order", Integer),
        info=hint(renamed_from="Old One"),
    )

    plan = autosync.plan(database.engine, models)
    assert {refusal.object: refusal.code for refusal in plan.refused} == {
        "users.Shade": "renamed",
        "users.mail": "likely-rename",
        "firm": "likely-rename",
        "new one": "renamed",
    }
    for refusal in plan.refused:
        run(database.engine, str(refusal.remedy))

    assert autosync.plan(database.engine, models).in_sync
    with database.engine.connect() as connection:
        rows = [tuple(*connection.execute(sa.select(one))) for one in models.tables.values()]
    assert rows == [(1, "red", "a@b"), (1, None, "Rome", None), (1, 7)]


def test_the_statements() -> None:
    engine = sa.create_engine("sqlite://")
    table(Column("mail", String(9)), Column("e_mails", String(9))).create_all(engine)
    models = table(Column("e_mail", String(9)))
    (refusal,) = autosync.plan(engine, models).refused
    assert refusal.reason == (
        "the database has 'e_mails' and 'mail' of the same type, which the models lack"
    )
    assert str(refusal.remedy) == (
        "ALTER TABLE users RENAME COLUMN e_mails TO e_mail;\n"
        "-- or: ALTER TABLE users RENAME COLUMN mail TO e_mail;\n"
        '-- or, if it is new: info={"autosync": {"new": True}} in the models'
    )


def test_the_best_candidate_comes_first() -> None:
    """Of equally similar names, the one that is nullable in the same way; then the same place."""
    engine = sa.create_engine("sqlite://")
    table(
        Column("email_a", String(9), nullable=False, server_default=""),
        Column("between", Integer),
        Column("email_b", String(9)),
        Column("after", Integer),
        Column("email_c", String(9)),
    ).create_all(engine)
    models = table(
        Column("between", Integer), Column("after", Integer), Column("email_x", String(9))
    )
    (refusal,) = autosync.plan(engine, models).refused
    assert "'email_c' and 'email_b' and 'email_a'" in refusal.reason


def test_a_place_says_little() -> None:
    """It is worded so, there is nothing to copy, and who says so gets the statement."""
    engine = sa.create_engine("sqlite://")
    table(Column("title", String(9), nullable=False), Column("n", Integer)).create_all(engine)
    models = table(Column("head", String(9)), Column("n", Integer))
    (refusal,) = autosync.plan(engine, models).refused
    assert refusal.code == "likely-rename"
    assert refusal.reason.startswith("it may be 'title' renamed")
    assert refusal.remedy.is_advice
    assert refusal.remedy.statements == ()
    assert str(refusal.remedy) == (
        'if it was: info={"autosync": {"renamed_from": \'title\'}} in the models, which gives the '
        "statement\n"
        'or, if it is new: info={"autosync": {"new": True}} in the models'
    )
    told = table(Column("head", String(9), info=hint(renamed_from="title")), Column("n", Integer))
    (refusal,) = autosync.plan(engine, told).refused
    run(engine, str(refusal.remedy))
    assert autosync.plan(engine, models).in_sync is False, "it is nullable in the models"


def test_equally_far_behind_the_same() -> None:
    """A row of columns, all renamed: each is the one in its place."""
    engine = sa.create_engine("sqlite://")
    live = ("ab", "cd", "ef")
    table(*(Column(one, String(9), nullable=False) for one in live)).create_all(engine)
    models = table(*(Column(one, String(9)) for one in ("uvw", "xyz", "rst")))
    assert [one.reason.split("'")[1] for one in autosync.plan(engine, models).refused] == list(live)


def test_two_that_may_be_the_same_are_both_refused() -> None:
    """Which of them it was, only a person knows; saying so settles both."""
    engine = sa.create_engine("sqlite://")
    table(Column("email", String(9))).create_all(engine)

    def refused(**infos: Any) -> dict[str, str]:
        columns = [
            Column(name, String(9), info=infos.get(name, {})) for name in ("email_1", "email_2")
        ]
        plan = autosync.plan(engine, table(*columns))
        return {refusal.object: refusal.code for refusal in plan.refused}

    assert refused() == {"users.email_1": "likely-rename", "users.email_2": "likely-rename"}
    assert refused(email_1=hint(renamed_from="email")) == {"users.email_1": "renamed"}
    assert refused(email_1=hint(new=True)) == {"users.email_2": "likely-rename"}


def test_what_needs_a_renamed_table_waits_for_it() -> None:
    engine = sa.create_engine("sqlite://")
    table(name="user").create_all(engine)
    models = table(name="users")
    Table(
        "cards",
        models,
        Column("id", Integer, primary_key=True),
        Column("u", ForeignKey("users.id")),
    )
    found = refusals(autosync.plan(engine, models))
    assert {name: one.code for name, one in found.items()} == {
        "users": "likely-rename",
        "cards": "depends-on-refused",
    }


@pytest.mark.databases("postgresql", "mariadb")
def test_a_table_in_another_schema(database: LiveDatabase) -> None:
    """The rename stays in its schema, and a table of another schema is no candidate."""
    place = f"{database.engine.url.database}_other"
    with database.engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {place}")
        getattr(connection, "commit", lambda: None)()
    try:
        table(name="person", schema=place).create_all(database.engine)
        (elsewhere,) = autosync.plan(database.engine, table(name="persons")).pending
        assert elsewhere.object == "persons"
        models = table(name="persons", schema=place)
        (refusal,) = autosync.plan(database.engine, models).refused
        assert refusal.code == "likely-rename"
        run(database.engine, str(refusal.remedy))
        assert autosync.plan(database.engine, models).in_sync
    finally:
        if database.name == "mariadb":
            run(database.engine, f"DROP SCHEMA {place}")


def test_among_many_tables_none_is_looked_at() -> None:
    engine = sa.create_engine("sqlite://")
    live = table(name="user")
    for number in range(MOST_OTHERS - 1):
        Table(f"t{number}", live, Column("id", Integer))
    live.create_all(engine)
    assert [r.code for r in autosync.plan(engine, table(name="users")).refused] == ["likely-rename"]
    table(name="one_more").create_all(engine)
    plan = autosync.plan(engine, table(name="users"))
    assert not plan.refused
    assert [entry.object for entry in plan.pending] == ["users"]
    told = autosync.plan(engine, table(name="users", info=hint(renamed_from="user")))
    assert [refusal.code for refusal in told.refused] == ["renamed"]


@pytest.mark.parametrize(
    ("info", "words"),
    [
        ({"rename_from": "b"}, "unknown key 'rename_from'; did you mean renamed_from"),
        ({"old": "b"}, "unknown key 'old'; did you mean renamed_from or new"),
        ({"renamed_from": 7}, "renamed_from 7, but that has to be the old name"),
        ({"renamed_from": ""}, "renamed_from '', but that has to be the old name"),
        ({"new": "yes"}, "new 'yes', but that has to be True or False"),
        ({"renamed_from": "b", "new": True}, "says both renamed_from and new"),
        ({"renamed_from": "id"}, "renamed_from 'id', which the models still declare"),
        ({"renamed_from": "x"}, "renamed_from 'x', which the models still declare"),
        ("renamed_from", "is 'renamed_from', but has to be a dict with renamed_from or new"),
    ],
)
def test_a_hint_that_cannot_be_meant(info: Any, words: str) -> None:
    engine = sa.create_engine("sqlite://")
    table().create_all(engine)
    with pytest.raises(autosync.InvalidInfo, match=r'info\["autosync"\] of users.x') as caught:
        autosync.plan(engine, table(Column("x", Integer, info={"autosync": info})))
    assert words in str(caught.value)


def test_a_table_cannot_have_been_one_that_is_still_declared() -> None:
    engine = sa.create_engine("sqlite://")
    models = table(name="users", info=hint(renamed_from="people"))
    Table("people", models, Column("id", Integer, primary_key=True))
    with pytest.raises(autosync.InvalidInfo, match=r"of users says renamed_from 'people'"):
        autosync.plan(engine, models)


def test_other_info_is_nobodys_business() -> None:
    engine = sa.create_engine("sqlite://")
    models = table(Column("x", Integer, info={"form": "number", "autosync": {}}), info={"a": 1})
    assert len(autosync.sync(engine, models).applied) == 1
