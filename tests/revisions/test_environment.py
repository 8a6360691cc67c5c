"""`autosync check --alembic`: what an env.py says of a comparison is honoured."""

from __future__ import annotations

import json
import sys

import pytest
import sqlalchemy as sa

from tests.cli.conftest import App, address, assert_failed
from tests.revisions.library import table_names
from tests.revisions.scripts import add, repository
from tests.servers.database import SQLALCHEMY, LiveDatabase

SHOP = """
    import sqlalchemy as sa

    metadata = sa.MetaData()
    sa.Table(
        "one",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("size", sa.Numeric(8, 2)),
        sa.Column("mark", sa.Integer),
    )
"""
ENV = """
import os

import sqlalchemy as sa
from alembic import context

from shop import metadata

engine = sa.create_engine(os.environ["SHOP_URL"], poolclass=sa.pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, {options})
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
"""
ONLY_NEWER = pytest.mark.skipif(SQLALCHEMY < (2, 0), reason="1.4 begins no transaction by itself")
MODELS = "target_metadata=metadata"
INI = "[alembic]\nscript_location = revisions\npath_separator = os\n"
ASYNCHRONOUS = """
import asyncio
import os

from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

from shop import metadata


def run(connection):
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()


async def main():
    engine = create_async_engine(os.environ["SHOP_URL"])
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(main())
"""


@pytest.fixture
def shop(app: App, database: LiveDatabase, monkeypatch: pytest.MonkeyPatch) -> App:
    """An Alembic project at its latest revision; the table has a column less than the models."""
    app.write("shop.py", SHOP)
    app.write("alembic.ini", INI)
    made = repository(app.folder, ENV.format(options=MODELS))
    body = 'op.create_table("one", sa.Column("id", sa.Integer, primary_key=True), '
    add(made, "a1", body + 'sa.Column("size", sa.String(40)), sa.Column("old", sa.Integer))')
    monkeypatch.setenv("SHOP_URL", address(database))
    return app


@pytest.fixture
def upgraded(shop: App, database: LiveDatabase) -> App:
    """The same, when its revision has run."""
    done = shop.run("upgrade", "--revisions", "alembic.ini", "--db", address(database), "--yes")
    assert done.exit_code == 0, done.output
    return shop


def configure(shop: App, options: str) -> None:
    (shop.folder / "revisions" / "env.py").write_text(ENV.format(options=options))


def prepare(shop: App, statement: str) -> None:
    """Let env.py do something with its connection first."""
    text = ENV.format(options=MODELS)
    execute = f"    connection.execute(sa.text({statement!r}))\n"
    text = text.replace("    context.configure", f"{execute}    context.configure")
    (shop.folder / "revisions" / "env.py").write_text(text)


def rewrite(shop: App, source: str) -> None:
    """Other models, which this process has not imported yet."""
    shop.write("shop.py", source)
    sys.modules.pop("shop", None)


def found(shop: App, *options: str, status: int = 4) -> list[str]:
    """What a check reports."""
    run = shop.run("check", "--alembic", "--format", "json", *options)
    assert (run.exit_code, run.stderr) == (status, "")
    report = json.loads(run.stdout)
    entries = [*report["pending"], *report["refused"], *report["notes"]]
    return [f"{one['kind']} {one['object']}" for one in entries]


ALL = ["column one.mark", "column one.size", "column one.old"]


def test_nothing_else_need_be_said(upgraded: App, database: LiveDatabase) -> None:
    assert found(upgraded) == ALL
    assert found(upgraded, "--db", address(database)) == ALL
    assert found(upgraded, "--revisions", "revisions") == ALL
    assert "mark" not in {c["name"] for c in sa.inspect(database.engine).get_columns("one")}


def test_what_is_pending_comes_first(shop: App, database: LiveDatabase) -> None:
    assert found(shop, status=3) == ["revision a1 what a1 does", "table one"]
    assert table_names(database.engine) == set(), "it writes nothing"


def test_include_object(upgraded: App) -> None:
    configure(upgraded, f"{MODELS}, include_object=lambda o, name, *_: name != 'size'")
    assert found(upgraded, status=3) == ["column one.mark", "column one.old"]


def test_include_name(upgraded: App) -> None:
    configure(upgraded, f"{MODELS}, include_name=lambda name, *_: name != 'old'")
    assert found(upgraded) == ["column one.mark", "column one.size"]


def test_compare_type(upgraded: App) -> None:
    for said in ("False", "lambda *_: False"):
        configure(upgraded, f"{MODELS}, compare_type={said}")
        assert found(upgraded, status=3) == ["column one.mark", "column one.old"]
    for said in ("True", "lambda *_: None"):
        configure(upgraded, f"{MODELS}, compare_type={said}")
        assert found(upgraded) == ALL


def test_compare_server_default(upgraded: App) -> None:
    said = 'def differ(*_): raise SystemError("asked")'
    env = ENV.format(options=f"{MODELS}, compare_server_default=differ")
    (upgraded.folder / "revisions" / "env.py").write_text(
        env.replace("engine =", f"{said}\nengine =", 1)
    )
    rewrite(upgraded, SHOP.replace("sa.Numeric(8, 2)", "sa.String(40), server_default='x'"))
    assert_failed(upgraded.run("check", "--alembic"), 1, "compare_server_default failed", "asked")


def test_version_table(shop: App, database: LiveDatabase) -> None:
    configure(shop, f'{MODELS}, version_table="shop_version"')
    done = shop.run("upgrade", "--revisions", "alembic.ini", "--db", address(database), "--yes")
    assert done.exit_code == 0, done.output
    assert found(shop) == ALL
    plan = shop.run("check", "shop:metadata", "--db", address(database))
    assert "table shop_version" in plan.stdout


@pytest.mark.databases("postgresql")
def test_include_schemas(upgraded: App, database: LiveDatabase) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA audit")
        for name in ("log", "other"):
            connection.exec_driver_sql(f"CREATE TABLE audit.{name} (id INTEGER)")
    log = 'sa.Table("log", metadata, sa.Column("id", sa.Integer), schema="audit")'
    rewrite(upgraded, f"{SHOP}\n    {log}\n")
    assert found(upgraded) == ALL
    configure(upgraded, f"{MODELS}, include_schemas=True")
    assert found(upgraded) == [*ALL, "table audit.other"]
    named = "include_name=lambda name, type_, _: (name, type_) != ('audit', 'schema')"
    configure(upgraded, f"{MODELS}, include_schemas=True, {named}")
    assert found(upgraded) == ALL


@ONLY_NEWER
@pytest.mark.databases("mariadb")
def test_what_is_planned_is_for_an_engine(upgraded: App) -> None:
    """As ``autosync sync`` applies it; but for a connection that env.py has prepared."""
    said = "commits the transaction of the connection that was handed in"
    assert said not in upgraded.run("check", "--alembic").stdout
    prepare(upgraded, "SELECT 1")
    assert said in upgraded.run("check", "--alembic").stdout


@ONLY_NEWER
@pytest.mark.databases("postgresql")
def test_a_search_path_that_env_sets(upgraded: App, database: LiveDatabase) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA empty")
    prepare(upgraded, "SET search_path TO empty")
    assert found(upgraded, status=3) == ["revision a1 what a1 does", "table one"]


@pytest.mark.databases("sqlite")
def test_several_metadatas(upgraded: App) -> None:
    configure(upgraded, "target_metadata=[metadata, sa.MetaData()]")
    assert found(upgraded) == ALL


@pytest.mark.databases("sqlite")
def test_options_of_the_command_line(upgraded: App) -> None:
    assert found(upgraded, "--exclude", "one.size", status=3) == [
        "column one.mark", "column one.old",
    ]  # fmt: skip
    upgraded.write("other.py", SHOP.replace('"mark"', '"other"'))
    assert found(upgraded, "other:metadata") == [
        "column one.other", "column one.size", "column one.old",
    ]  # fmt: skip


@pytest.mark.databases("sqlite")
def test_an_env_for_asyncio(upgraded: App, database: LiveDatabase) -> None:
    (upgraded.folder / "revisions" / "env.py").write_text(ASYNCHRONOUS)
    address_ = f"sqlite+aiosqlite:///{database.url.database}"
    run = upgraded.run("check", "--alembic", SHOP_URL=address_)
    assert run.exit_code == 4, run.output
    assert "one.mark" in run.stdout


@pytest.mark.databases("sqlite")
def test_without_models(upgraded: App) -> None:
    configure(upgraded, "target_metadata=None")
    assert_failed(
        upgraded.run("check", "--alembic"), 1, "has no target_metadata", "name the models"
    )
    assert found(upgraded, "shop:metadata") == ALL


@pytest.mark.databases("sqlite")
def test_an_env_that_fails(upgraded: App) -> None:
    configure(upgraded, "target_metadata=1 / 0")
    assert_failed(upgraded.run("check", "--alembic"), 1, "env.py failed: ZeroDivisionError")


@pytest.mark.databases("sqlite")
def test_there_is_none(upgraded: App) -> None:
    (upgraded.folder / "alembic.ini").unlink()
    assert_failed(upgraded.run("check", "--alembic"), 2, "there is no alembic.ini here")
    assert found(upgraded, "--revisions", "revisions") == ALL
    (upgraded.folder / "old").mkdir()
    text = "[db_settings]\nrepository_id = shop\nversion_table = migrate_version\n"
    (upgraded.folder / "old" / "migrate.cfg").write_text(text)
    failed = upgraded.run("check", "--alembic", "--revisions", "old")
    assert_failed(failed, 1, "old is a repository of sqlalchemy-migrate", "has no env.py")


@pytest.mark.databases("sqlite")
def test_a_snapshot_is_something_else(upgraded: App) -> None:
    upgraded.write("schema.json", "{}")
    failed = upgraded.run("check", "--alembic", "--against", "schema.json")
    assert_failed(failed, 2, "two things to choose from")


@pytest.mark.databases("postgresql", "mariadb")
def test_a_password_is_not_shown(
    upgraded: App, database: LiveDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database.url.set(password="s3cret", username="nobody")
    monkeypatch.setenv("SHOP_URL", url.render_as_string(hide_password=False))
    failed = upgraded.run("check", "--alembic")
    assert failed.exit_code == 1
    assert "s3cret" not in failed.output
