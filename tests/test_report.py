"""The values that others use: names, JSON, text, errors."""

from __future__ import annotations

import dataclasses
import json
import pickle

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table

import autosync


def live() -> MetaData:
    metadata = MetaData()
    Table(
        "users",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("age", String(9)),
        Column("old", Integer),
    )
    return metadata


def models() -> MetaData:
    metadata = MetaData()
    Table(
        "users",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("age", Integer),
        Column("email", String(40), unique=True),
    )
    return metadata


@pytest.fixture
def engine() -> sa.engine.Engine:
    engine = sa.create_engine("sqlite://")
    live().create_all(engine)
    return engine


def test_entries(engine: sa.engine.Engine) -> None:
    plan = autosync.plan(engine, models())
    column, unique = plan.pending
    assert (column.kind, column.difference, column.schema, column.table, column.name) == (
        "column",
        "missing",
        None,
        "users",
        "email",
    )
    assert column.columns == ("email",)
    assert column.object == "users.email"
    assert column.sql == "ALTER TABLE users ADD COLUMN email VARCHAR(40)"
    assert unique.kind == "unique"
    assert unique.sql == "CREATE UNIQUE INDEX uq_users_email ON users (email)"
    assert unique.hazards
    assert plan.statements == (column.sql, unique.sql)
    (refusal,) = plan.refused
    assert (refusal.kind, refusal.difference, refusal.code) == ("column", "type", "column-type")
    assert refusal.reason
    assert refusal.consequence
    assert "batch_alter_table" in str(refusal.remedy)
    (note,) = plan.notes
    assert (note.object, note.difference, note.code) == ("users.old", "extra", "column-extra")
    assert plan.undecided == ()
    assert not plan.in_sync


def test_everything_is_frozen_and_plain(engine: sa.engine.Engine) -> None:
    plan = autosync.plan(engine, models())
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.pending = ()  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.pending[0].sql = ""  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert hash(plan.pending[0]) == hash(autosync.plan(engine, models()).pending[0])


def test_json(engine: sa.engine.Engine) -> None:
    plan = autosync.plan(engine, models())
    data = json.loads(plan.to_json())
    assert data == plan.to_dict() == json.loads(json.dumps(plan.to_dict()))
    assert data["version"] == 1
    assert data["in_sync"] is False
    assert data["dialect"] == "sqlite"
    assert [entry["object"] for entry in data["pending"]] == ["users.email", "users(email)"]
    assert data["statements"] == list(plan.statements)
    assert "applied" not in data
    report = autosync.sync(engine, models()).to_dict()
    assert [entry["object"] for entry in report["applied"]] == ["users.email", "users(email)"]
    assert report["pending"] == []


def test_text(engine: sa.engine.Engine) -> None:
    assert str(autosync.plan(engine, models())) == TEXT
    assert str(autosync.plan(engine, live())) == "sqlite: in sync"


TEXT = """\
sqlite: 2 to be applied, 1 refused, 1 note

To be applied
  + column users.email
      ALTER TABLE users ADD COLUMN email VARCHAR(40)
  + unique users(email)
      CREATE UNIQUE INDEX uq_users_email ON users (email)
      ! builds an index over no rows; writing to the table waits

Refused, and it breaks the models
  x column users.age  [column-type]
      why: the models have INTEGER, the database has VARCHAR(9)
      so:  Values may be cut off, refused or read back as something else.
      do:  -- this database cannot alter it in place; in an Alembic revision:
           with op.batch_alter_table('users') as batch:
               batch.alter_column('age', type_=sa.Integer())

Notes
  - column users.old: only the database has it"""


def test_control_characters_are_shown() -> None:
    engine = sa.create_engine("sqlite://")
    metadata = MetaData()
    Table("bad\x1b[31m\nname", metadata, Column("id", Integer, primary_key=True))
    metadata.create_all(engine)
    text = str(autosync.plan(engine, live()))
    assert "\x1b" not in text
    assert "bad\\x1b[31m\\x0aname: only the database has it" in text


def test_check(engine: sa.engine.Engine) -> None:
    with pytest.raises(autosync.OutOfSync, match=r"users\.email") as caught:
        autosync.check(engine, models())
    assert caught.value.plan == autosync.plan(engine, models())
    assert autosync.check(engine, live()).in_sync


def test_on_refused_raise(engine: sa.engine.Engine) -> None:
    with pytest.raises(autosync.ChangesRefused, match="column-type") as caught:
        autosync.sync(engine, models(), on_refused="raise")
    report = caught.value.report
    assert isinstance(report, autosync.Report)
    assert [entry.object for entry in report.refused] == ["users.age"]
    assert report.applied == ()
    assert len(report.pending) == 2
    assert "email" not in {c["name"] for c in sa.inspect(engine).get_columns("users")}


def test_refusals_are_logged(engine: sa.engine.Engine, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "autosync"):
        autosync.sync(engine, models())
    assert [record.levelname for record in caplog.records] == ["INFO", "INFO", "WARNING"]
    assert "users.age" in caplog.records[-1].getMessage()


def test_kinds_are_exported() -> None:
    assert set(autosync.__all__) <= set(dir(autosync))


def test_a_plan_can_go_to_another_process() -> None:
    """Without the models, which may be of classes that cannot."""
    engine = sa.create_engine("sqlite://")
    metadata = sa.MetaData()

    class Unpicklable(sa.types.UserDefinedType):  # type: ignore[type-arg,misc]
        """Local classes are."""

        cache_ok = True

        def get_col_spec(self) -> str:
            return "INTEGER"

    sa.Table("any", metadata, sa.Column("id", Unpicklable()))
    plan = autosync.plan(engine, metadata)
    assert plan.verdicts
    copied = pickle.loads(pickle.dumps(plan))
    assert copied == plan
    assert copied.verdicts == ()
