"""Grants to roles with hostile names, which an administrator is to paste."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, Table
from sqlalchemy.engine import Engine

import autosync
from autosync.ddl import send
from tests.remedies.hostile import VICTIM
from tests.remedies.pasting import FORMATS, paste
from tests.remedies.situations import quoted
from tests.servers.database import LiveDatabase

HOSTILE = f"x\n;{VICTIM}\n--"
QUOTED = "x'\"`; --"


def models(*more: Any) -> MetaData:
    metadata = MetaData()
    Table("t", metadata, Column("id", Integer, primary_key=True), *more)
    return metadata


WANTED = models(Column("a", Integer))


@contextmanager
def role(database: LiveDatabase, name: str) -> Iterator[Engine]:
    """An engine of a role with this name, which may do nothing."""
    name = f"{database.url.database}{name}"
    quote = quoted(name, database.name)
    if database.name == "postgresql":
        engine = database.create_engine()
        create, drop = f"CREATE ROLE {quote}", [f"DROP OWNED BY {quote}", f"DROP ROLE {quote}"]

        @sa.event.listens_for(engine, "connect")
        def connected(connection: Any, _: Any) -> None:
            with connection.cursor() as cursor:
                cursor.execute(f"SET ROLE {quote}")
            connection.commit()
    else:
        engine = sa.create_engine(database.url.set(username=name, password="secret"))
        create, drop = f"CREATE USER {quote}@'%' IDENTIFIED BY 'secret'", [f"DROP USER {quote}@'%'"]
    with database.engine.begin() as connection:
        models().create_all(connection)
        for statement in (create, "CREATE TABLE victim (id INTEGER)"):
            send(connection, statement)
        if database.name == "mariadb":
            send(connection, f"GRANT SELECT ON `{database.url.database}`.* TO {quote}@'%'")
    try:
        yield engine
    finally:
        engine.dispose()
        with database.engine.begin() as connection:
            for statement in ("DROP TABLE IF EXISTS t", "DROP TABLE IF EXISTS victim", *drop):
                send(connection, statement)


@pytest.mark.databases("postgresql", "mariadb")
def test_nothing_of_it_is_run(database: LiveDatabase, tmp_path: Path) -> None:
    """It says that it is not to be copied; its statement grants what is missing."""
    with role(database, HOSTILE) as engine:
        report = autosync.sync(engine, WANTED)
        [refusal] = report.refused
        assert refusal.code == "missing-right"
        for take in FORMATS.values():
            # a report is shown as a plan is
            hostile = [one for one in take(report) if "DROP" in one]  # type: ignore[arg-type]
            for pasted in hostile:
                assert "not to be copied" in pasted
                paste(database.engine, pasted, tmp_path)
        assert sa.inspect(database.engine).has_table("victim")
        assert autosync.sync(engine, WANTED).refused == report.refused
        with database.engine.begin() as connection:
            for statement in refusal.remedy.statements:
                send(connection, statement)
        engine.dispose()
        assert autosync.sync(engine, WANTED).in_sync


@pytest.mark.databases("postgresql", "mariadb")
def test_quotes_can_be_pasted(database: LiveDatabase, tmp_path: Path) -> None:
    with role(database, QUOTED) as engine:
        [refusal] = autosync.sync(engine, WANTED).refused
        paste(database.engine, str(refusal.remedy), tmp_path)
        engine.dispose()
        assert autosync.sync(engine, WANTED).in_sync


def test_a_type_in_the_way(postgresql: LiveDatabase, tmp_path: Path) -> None:
    """The signature of a function is what its owner has made of it."""
    name = quoted(HOSTILE, "postgresql")
    with role(postgresql, HOSTILE) as engine:
        role_name = quoted(f"{postgresql.url.database}{HOSTILE}", "postgresql")
        with postgresql.engine.begin() as connection:
            send(connection, f"CREATE TYPE {name} AS (a integer)")
            made = f"CREATE FUNCTION public.lower({name}) RETURNS text"
            send(connection, f"{made} LANGUAGE sql AS 'SELECT 1::text'")
            send(connection, f"GRANT CREATE ON SCHEMA public TO {role_name}")
            send(connection, f"ALTER FUNCTION public.lower({name}) OWNER TO {role_name}")
        engine.dispose()
        plan = autosync.plan(postgresql.engine, WANTED)
        [refusal] = plan.refused
        assert refusal.code == "shadowed-name"
        for take in FORMATS.values():
            for pasted in take(plan):
                paste(postgresql.engine, pasted, tmp_path)
        assert sa.inspect(postgresql.engine).has_table("victim")
        with postgresql.engine.begin() as connection:
            for statement in refusal.remedy.statements:
                send(connection, statement)
        assert not autosync.plan(postgresql.engine, WANTED).refused


@pytest.mark.parametrize("words", ["", "NOINHERIT", "member"])
def test_a_role_that_does_not_inherit(postgresql: LiveDatabase, words: str) -> None:
    """The table belongs to a role of which it may already be a member, to no avail."""
    with role(postgresql, words) as engine:
        name = quoted(f"{postgresql.url.database}{words}", "postgresql")
        owner = quoted(f"{postgresql.url.database} owner", "postgresql")
        with postgresql.engine.begin() as connection:
            version = connection.dialect.server_version_info or ()
            send(connection, f"CREATE ROLE {owner}")
            send(connection, f"ALTER TABLE t OWNER TO {owner}")
            if words == "NOINHERIT":
                send(connection, f"ALTER ROLE {name} NOINHERIT")
            if words == "member":
                inherit = " WITH INHERIT FALSE" if version >= (16,) else ""
                send(connection, f"GRANT {owner} TO {name}{inherit}")
                if not inherit:
                    send(connection, f"ALTER ROLE {name} NOINHERIT")
        try:
            engine.dispose()
            [refusal] = autosync.sync(engine, WANTED).refused
            assert refusal.code == "missing-right"
            with postgresql.engine.begin() as connection:
                for statement in refusal.remedy.statements:
                    send(connection, statement)
            engine.dispose()
            assert autosync.sync(engine, WANTED).in_sync
        finally:
            with postgresql.engine.begin() as connection:
                send(connection, "DROP TABLE t")
                send(connection, f"DROP OWNED BY {owner}")
                send(connection, f"DROP ROLE {owner}")
