"""What a tenant plants for the models' own words to find is refused, and runs nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.engine import Engine

import autosync
from autosync.cli import main
from autosync.ddl import send
from tests.corpus.catalog import catalog
from tests.servers.database import LiveDatabase

LOWER = (
    "CREATE FUNCTION public.lower(character varying) RETURNS text LANGUAGE plpgsql IMMUTABLE AS "
    "$$ BEGIN PERFORM nextval('public.trace'); RETURN 'x'; END $$"
)
UNEQUAL = (
    "CREATE FUNCTION public.unequal(varchar, varchar) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS "
    "$$ BEGIN PERFORM nextval('public.trace'); RETURN true; END $$",
    "CREATE OPERATOR public.<> (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.unequal)",
)
MAXIMUM = (
    "CREATE FUNCTION public.larger(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
    "CREATE AGGREGATE public.max(varchar) (SFUNC = public.larger, STYPE = text)",
)


def models(*more: Any) -> sa.MetaData:
    made = sa.MetaData()
    name = sa.Column("name", sa.String(20))
    sa.Table("users", made, sa.Column("id", sa.Integer, primary_key=True), name, *more)
    return made


def wanted() -> sa.MetaData:
    """A new column, an index and a check, all of which call what a tenant can plant."""
    return models(
        sa.Column("nick", sa.String(20)),
        sa.Index("ix_users_nick", sa.text("lower(nick)")),
        sa.CheckConstraint("name <> nick", name="no_nick"),
    )


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            send(connection, statement)


@contextmanager
def role(database: LiveDatabase, suffix: str) -> Iterator[str]:
    """A role that may create in the schema public, as everybody may before PostgreSQL 15."""
    name = f"{database.url.database}_{suffix}"
    run(
        database.engine,
        f"CREATE ROLE {name} LOGIN PASSWORD 'secret'",
        f"GRANT CREATE ON SCHEMA public TO {name}",
    )
    try:
        yield name
    finally:
        run(
            database.engine,
            f"ALTER DATABASE {database.url.database} OWNER TO {database.url.username}",
            f"DROP OWNED BY {name} CASCADE",
            f"DROP ROLE {name}",
        )


@pytest.fixture
def tenant(postgresql: LiveDatabase) -> Iterator[str]:
    with role(postgresql, "tenant") as name:
        models().create_all(postgresql.engine)
        run(
            postgresql.engine,
            "INSERT INTO users VALUES (1, 'a')",
            "CREATE SEQUENCE public.trace",
            "GRANT ALL ON SEQUENCE public.trace TO PUBLIC",
        )
        yield name


def plant(database: LiveDatabase, owner: str, *statements: str) -> None:
    run(database.engine, f"SET LOCAL ROLE {owner}", *statements)


def traces(database: LiveDatabase) -> Any:
    with database.engine.connect() as connection:
        return send(connection, "SELECT is_called FROM public.trace").scalar()


def codes(plan: autosync.Plan) -> list[str]:
    return [entry.code for entry in plan.refused]


@pytest.mark.parametrize(
    "planted",
    [(LOWER,), UNEQUAL, MAXIMUM, (LOWER, *UNEQUAL)],
    ids=["function", "operator", "aggregate", "both"],
)
def test_nothing_is_sent_where_another_role_could_run(
    postgresql: LiveDatabase, tenant: str, planted: tuple[str, ...]
) -> None:
    plant(postgresql, tenant, *planted)
    before = catalog(postgresql.engine)

    plan = autosync.plan(postgresql.engine, wanted())
    report = autosync.sync(postgresql.engine, wanted())

    assert codes(plan) == codes(report) == ["shadowed-name"]
    assert plan.refused[0].severity == "breaks"
    assert tenant in plan.refused[0].reason
    assert (plan.pending, plan.undecided, plan.notes, report.applied) == ((), (), (), ())
    assert catalog(postgresql.engine) == before
    with pytest.raises(autosync.OutOfSync):
        autosync.check(postgresql.engine, wanted())
    assert not traces(postgresql)


@pytest.mark.parametrize(
    "planted", [(LOWER,), UNEQUAL, MAXIMUM], ids=["function", "operator", "aggregate"]
)
def test_the_remedy_mends_it(
    postgresql: LiveDatabase, tenant: str, planted: tuple[str, ...]
) -> None:
    plant(postgresql, tenant, *planted)
    (refusal,) = autosync.plan(postgresql.engine, wanted()).refused
    run(postgresql.engine, *refusal.remedy.statements)
    report = autosync.sync(postgresql.engine, wanted())
    assert not report.refused
    assert not traces(postgresql)
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        plant(postgresql, tenant, *planted)


def test_the_statements_alone_would_run_it(postgresql: LiveDatabase, tenant: str) -> None:
    """Otherwise the tests before this one could not fail."""
    plant(postgresql, tenant, LOWER)
    run(postgresql.engine, "CREATE INDEX ix ON users (lower(name))")
    assert traces(postgresql)


def test_the_inspector_is_not_asked_either(postgresql: LiveDatabase, tenant: str) -> None:
    """It writes ``relname IN ('users'::VARCHAR)``, for which anybody can plant an operator."""
    plant(
        postgresql,
        tenant,
        "CREATE FUNCTION public.same(name, varchar) RETURNS bool LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM nextval('public.trace'); RETURN true; END $$",
        "CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = varchar, FUNCTION = public.same)",
    )
    plan = autosync.plan(postgresql.engine, wanted(), include_object=lambda *_: True)
    assert codes(plan) == ["shadowed-name"]
    assert not traces(postgresql)
    sa.inspect(postgresql.engine).has_table("users")
    assert traces(postgresql), "or there is nothing to be afraid of"


@pytest.mark.parametrize("driver", ["psycopg", "psycopg_async"])
def test_connecting_runs_nothing(
    postgresql: LiveDatabase,
    tenant: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    driver: str,
) -> None:
    """SQLAlchemy looks for hstore when it connects, psycopg by ``t.oid = to_regtype('hstore')``."""
    plant(
        postgresql,
        tenant,
        "CREATE FUNCTION public.same(oid, regtype) RETURNS bool LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM nextval('public.trace'); RETURN false; END $$",
        "CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = regtype, FUNCTION = public.same)",
    )
    (tmp_path / "shop_models.py").write_text(
        "import sqlalchemy as sa\nmetadata = sa.MetaData()\n"
        "sa.Table('users', metadata, sa.Column('id', sa.Integer, primary_key=True))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    url = postgresql.url.set(drivername=f"postgresql+{driver}")
    address = url.render_as_string(hide_password=False)
    result = CliRunner().invoke(main, ["plan", "shop_models:metadata", "--db", address])
    assert "[shadowed-name]" in result.output
    assert not traces(postgresql)
    postgresql.create_engine().connect().close()
    assert traces(postgresql), "or there is nothing to be afraid of"


def test_where_nothing_differs_nothing_is_sent_or_refused(
    postgresql: LiveDatabase, tenant: str
) -> None:
    plant(postgresql, tenant, LOWER, *UNEQUAL)
    run(postgresql.engine, "ALTER SEQUENCE trace OWNED BY users.id")
    assert codes(autosync.plan(postgresql.engine, models())) == []
    assert not traces(postgresql)


def test_what_is_trusted(postgresql: LiveDatabase, tenant: str) -> None:
    """Superusers, who can do all; and what is not in the path, or has a name of its own."""
    run(
        postgresql.engine, LOWER, "CREATE SCHEMA aside", f"GRANT CREATE ON SCHEMA aside TO {tenant}"
    )
    plant(
        postgresql,
        tenant,
        LOWER.replace("public.lower", "aside.lower"),
        LOWER.replace("public.lower", "public.lower_than"),
        "CREATE DOMAIN public.text AS pg_catalog.text",
    )
    assert "shadowed-name" not in codes(autosync.plan(postgresql.engine, wanted()))


def test_a_type_in_a_path_that_names_pg_catalog_last(postgresql: LiveDatabase, tenant: str) -> None:
    plant(postgresql, tenant, "CREATE DOMAIN public.text AS pg_catalog.text")
    options = {"options": "-c search_path=public,pg_catalog"}
    engine = postgresql.create_engine(connect_args=options)
    (refusal,) = autosync.plan(engine, wanted()).refused
    assert refusal.code == "shadowed-name"
    assert "leave pg_catalog out of the search_path" in str(refusal.remedy)


def test_an_extension_is_trusted(postgresql: LiveDatabase, tenant: str) -> None:
    """Whoever made it: what it consists of is a superuser's. What its owner adds to it is not."""
    run(postgresql.engine, f"GRANT CREATE ON DATABASE {postgresql.url.database} TO {tenant}")
    plant(postgresql, tenant, "CREATE EXTENSION citext SCHEMA public")
    assert "shadowed-name" not in codes(autosync.plan(postgresql.engine, wanted()))
    plant(
        postgresql,
        tenant,
        LOWER,
        "ALTER EXTENSION citext ADD FUNCTION public.lower(character varying)",
    )
    assert codes(autosync.plan(postgresql.engine, wanted())) == ["shadowed-name"]
    assert not traces(postgresql)


@pytest.mark.parametrize("name", ["slugify", "<~"])
def test_an_overload_of_what_is_not_built_in(
    postgresql: LiveDatabase, tenant: str, name: str
) -> None:
    """A function, or an operator, of the application's own is as good as a built-in one."""
    run(
        postgresql.engine,
        "CREATE FUNCTION public.slugify(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1'",
        "CREATE FUNCTION public.near(text, text) RETURNS bool LANGUAGE sql AS 'SELECT true'",
        "CREATE OPERATOR public.<~ (LEFTARG = text, RIGHTARG = text, FUNCTION = public.near)",
    )
    called = sa.text("slugify(nick)") if name == "slugify" else sa.text("(nick <~ nick)")

    def models_that_call() -> sa.MetaData:
        return models(sa.Column("nick", sa.String(20)), sa.Index("ix_nick", called))

    assert codes(autosync.plan(postgresql.engine, models_that_call())) == []
    plant(
        postgresql,
        tenant,
        LOWER.replace("public.lower", "public.slugify"),
        *(one.replace("public.<>", "public.<~") for one in UNEQUAL),
    )
    assert codes(autosync.sync(postgresql.engine, models_that_call())) == ["shadowed-name"]
    assert not traces(postgresql)


def test_who_makes_us_its_member_is_not_trusted(postgresql: LiveDatabase, tenant: str) -> None:
    """Up to PostgreSQL 14 every role can do that; later, one that may grant another role."""
    with role(postgresql, "helper") as helper, role(postgresql, "clerk") as clerk:
        plant(postgresql, helper, LOWER)
        run(postgresql.engine, f"GRANT {helper} TO {tenant} WITH ADMIN OPTION")
        for grantee in (clerk, str(postgresql.url.username)):
            plant(postgresql, tenant, f"GRANT {helper} TO {grantee}")
        engine = as_role(postgresql, clerk)
        assert codes(autosync.plan(engine, wanted())) == ["shadowed-name"]
        assert codes(autosync.plan(postgresql.engine, wanted())) == ["shadowed-name"]
        assert not traces(postgresql)


def as_role(database: LiveDatabase, name: str) -> Engine:
    """An engine whose connections have another role."""
    engine = database.create_engine()

    @sa.event.listens_for(engine, "connect")
    def become(connection: Any, record: Any) -> None:
        connection.cursor().execute(f"SET SESSION AUTHORIZATION {name}")
        connection.commit()

    return engine


def test_roles_that_we_belong_to_are_trusted(postgresql: LiveDatabase, tenant: str) -> None:
    """And the owner of the database, but not by a superuser, who can do more."""
    plant(postgresql, tenant, LOWER)
    with role(postgresql, "clerk") as clerk:
        engine = as_role(postgresql, clerk)

        def trusts() -> bool:
            engine.dispose()
            return "shadowed-name" not in codes(autosync.plan(engine, wanted()))

        assert not trusts()
        run(postgresql.engine, f"GRANT {tenant} TO {clerk}")
        assert trusts()
        run(postgresql.engine, f"REVOKE {tenant} FROM {clerk}")
        assert not trusts()
        run(postgresql.engine, f"ALTER DATABASE {postgresql.url.database} OWNER TO {tenant}")
        assert trusts()
        assert codes(autosync.plan(postgresql.engine, wanted())) == ["shadowed-name"]


def test_many_are_named_in_short(postgresql: LiveDatabase, tenant: str) -> None:
    kinds = ["int", "bigint", "date", "text", "oid", "name", "uuid"]
    planted = [
        f"CREATE FUNCTION public.lower({kind}) RETURNS int LANGUAGE sql AS 'SELECT 1'"
        for kind in kinds
    ]
    plant(postgresql, tenant, *planted)
    (refusal,) = autosync.plan(postgresql.engine, wanted()).refused
    assert refusal.reason.endswith("2 more")
    assert str(refusal.remedy).count("DROP ROUTINE") == len(kinds)
