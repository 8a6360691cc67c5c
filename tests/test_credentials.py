"""A password is for the driver: nothing that is logged, raised, reported or told holds it."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import DBAPIError

import autosync
from autosync.credentials import Secrets, masked, without_secrets
from autosync.ddl import send
from autosync.report.formats import FORMATS
from tests.servers.database import LiveDatabase

SERVERS = pytest.mark.databases("postgresql", "mariadb")
PASSWORD = "s3same/o:p@n %41+&?#='\"\\"
FORMS = {PASSWORD, quote(PASSWORD), quote(PASSWORD, safe=""), quote_plus(PASSWORD)}
TELLTALES = {*FORMS, "s3same", "p@n", "p%40n"}
"""The parts are words that are nowhere else."""

CREATE = {
    "postgresql": "CREATE ROLE {name} LOGIN SUPERUSER PASSWORD '{password}'",
    "mariadb": "CREATE USER {name} IDENTIFIED BY '{password}'",
}
MORE = {
    "postgresql": {
        "sslpassword": PASSWORD,
        "passfile": f"/nowhere/{PASSWORD}",
        "options": "-c autosync.password=s3same",
    },
    "mariadb": {"ssl_key_password": PASSWORD},
}


def models(*more: Any) -> MetaData:
    metadata = MetaData()
    Table("users", metadata, Column("id", Integer, primary_key=True), *more)
    return metadata


def newer() -> MetaData:
    """A column to add, and one that is refused."""
    return models(Column("name", String(9)), Column("born", Integer, nullable=False))


@pytest.fixture
def account(database: LiveDatabase) -> Iterator[URL]:
    """The URL of a user whose password is all that a password can be, and a row in a table."""
    models().create_all(database.engine)
    name = f"keeper_{database.url.database}"
    literal = PASSWORD.replace("'", "''")
    if database.name == "mariadb":
        literal = literal.replace("\\", "\\\\")
    with database.engine.begin() as connection:
        send(connection, "INSERT INTO users (id) VALUES (1)")
        send(connection, CREATE[database.name].format(name=name, password=literal))
        if database.name == "mariadb":
            send(connection, f"GRANT ALL ON *.* TO {name}")
    yield database.url.set(username=name, password=PASSWORD)
    database.dispose()
    with database.engine.begin() as connection:
        send(connection, f"DROP USER {name}")


@pytest.fixture(params=["in front", "among the options"])
def url(request: pytest.FixtureRequest, database: LiveDatabase, account: URL) -> URL:
    """The password as it is given mostly, or as a driver takes it, too; with other secrets."""
    if request.param == "in front":
        return account
    plain = account.set(password=None).update_query_dict({"password": PASSWORD})
    return plain.update_query_dict(MORE[database.name])


@contextmanager
def opened(url: URL) -> Iterator[Engine]:
    engine = sa.create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[list[object]]:
    """What is added to it, and what is logged, may hold nothing of the password."""
    told: list[object] = []
    with caplog.at_level(logging.DEBUG, "autosync"):
        yield told
    assert told
    logged = [record.getMessage() for record in caplog.get_records("call")]
    everything = "\n".join([*map(str, told), *map(repr, told), *logged, *map(stated, told)])
    assert [telltale for telltale in TELLTALES if telltale in everything] == []


def stated(value: object) -> str:
    """What an exception says in a traceback, with all that it came from; or a report as a file."""
    if isinstance(value, BaseException):
        return "".join([*traceback.format_exception(value), repr(value.args)])
    if isinstance(value, (autosync.Plan, autosync.Report)):
        return "".join(render(value) for render in FORMATS.values())
    return ""


@SERVERS
def test_where_all_is_well(url: URL, said: list[object]) -> None:
    with opened(url) as engine:
        said.append(autosync.plan(engine, newer()))
        report = autosync.sync(engine, newer(), on_event=said.append)
        said.append(report)
        said.append(autosync.wait(engine, models(Column("name", String(9)))))
    assert len(report.applied) == 1


@SERVERS
def test_what_the_server_is_told(database: LiveDatabase, url: URL, said: list[object]) -> None:
    """What others see of the session there: its name, its attributes, its statement."""
    asked = {
        "postgresql": ["SELECT s::text FROM pg_stat_activity s"],
        "mariadb": [
            "SELECT * FROM information_schema.processlist",
            "SELECT * FROM performance_schema.session_connect_attrs",
        ],
    }[database.name]

    def look(event: autosync.Event) -> None:
        with database.engine.connect() as connection:
            said.extend(row for sql in asked for row in send(connection, sql))

    with opened(url) as engine:
        autosync.sync(engine, newer(), on_event=look)
    assert f"keeper_{database.url.database}" in str(said)


@SERVERS
@pytest.mark.parametrize("call", [autosync.plan, autosync.check, autosync.sync, autosync.wait])
@pytest.mark.parametrize(
    "change",
    [{"username": "nobody-known"}, {"database": "no_such_database"}, {"port": 1}],
    ids=["user", "database", "port"],
)
def test_no_connection(url: URL, change: Any, call: Any, said: list[object]) -> None:
    options = {"timeout": 0.3} if call is autosync.wait else {}
    with (
        opened(url.set(**change)) as engine,
        pytest.raises((DBAPIError, autosync.WaitTimedOut)) as caught,
    ):
        call(engine, newer(), **options)
    said.append(caught.value)
    if isinstance(caught.value, autosync.WaitTimedOut):
        said.append(caught.value.plan)


@SERVERS
def test_a_wrong_password(database: LiveDatabase, account: URL, said: list[object]) -> None:
    url = database.url.set(password=PASSWORD)
    with opened(url) as engine, pytest.raises(DBAPIError) as caught:
        autosync.sync(engine, newer())
    said.append(caught.value)


@SERVERS
def test_a_deadline_that_passes(database: LiveDatabase, url: URL, said: list[object]) -> None:
    with database.engine.connect() as other, other.begin(), opened(url) as engine:
        other.execute(sa.text("SELECT id FROM users")).all()
        with pytest.raises(autosync.LockNotAcquired) as caught:
            autosync.sync(engine, newer(), deadline=0.3, on_event=said.append)
        said += [caught.value, caught.value.report, caught.value.blockers]


@SERVERS
def test_errors_with_a_report(url: URL, said: list[object]) -> None:
    broken = newer()
    check = sa.CheckConstraint(sa.func.no_such_function(1) == 1, name="never")
    Table("broken", broken, Column("id", Integer, primary_key=True), check)
    with opened(url) as engine:
        with pytest.raises(autosync.StatementFailed) as failed:
            autosync.sync(engine, broken, on_event=said.append)
        with pytest.raises(autosync.ChangesRefused) as refused:
            autosync.sync(engine, broken, on_refused="raise")
        with pytest.raises(autosync.WaitTimedOut) as waited:
            autosync.wait(engine, broken, timeout=0.0)
    said += [failed.value, refused.value, waited.value, failed.value.report]


def test_what_a_driver_repeats(postgresql: LiveDatabase, said: list[object]) -> None:
    """Where the driver says more than it should, our own text does not: a password that is not
    encoded, so that half of it is taken for the host's name.
    """
    url = make_url(f"{postgresql.url.drivername}://me:open@s3same@nowhere.invalid/d")
    with opened(url) as engine, pytest.raises(autosync.WaitTimedOut) as caught:
        autosync.wait(engine, newer(), timeout=0.0)
    assert "s3same" in str(caught.value.__cause__)
    assert "nowhere.invalid" in str(caught.value)
    said += [str(caught.value), repr(caught.value), caught.value.plan]


@pytest.mark.databases("postgresql")
def test_the_password_that_a_blocker_sets(database: LiveDatabase, said: list[object]) -> None:
    """Its last statement is shown, without that."""
    models().create_all(database.engine)
    with database.engine.connect() as other, other.begin() as transaction:
        send(other, "LOCK TABLE users")
        send(other, "CREATE ROLE never_made PASSWORD 's3same'")
        with pytest.raises(autosync.LockNotAcquired) as caught:
            autosync.sync(database.create_engine(), newer(), deadline=0.3, on_event=said.append)
        transaction.rollback()
    assert "CREATE ROLE never_made PASSWORD ***" in str(caught.value)
    said += [caught.value, caught.value.blockers]


# --- texts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ALTER ROLE a PASSWORD 'it''s' VALID", "ALTER ROLE a PASSWORD *** VALID"),
        ("ALTER ROLE a PASSWORD E'it\\'s' VALID", "ALTER ROLE a PASSWORD E*** VALID"),
        ("ALTER ROLE a PASSWORD $x$ $$ $x$ VALID", "ALTER ROLE a PASSWORD *** VALID"),
        ("alter role a password 'cut o", "alter role a password ***"),
        ("alter role a password 'cut\\", "alter role a password ***"),
        ("CREATE USER a IDENTIFIED BY 'x y', b", "CREATE USER a IDENTIFIED BY ***, b"),
        ('CREATE USER a IDENTIFIED BY "x y" b', "CREATE USER a IDENTIFIED BY *** b"),
        ("IDENTIFIED BY PASSWORD '*94B'", "IDENTIFIED BY PASSWORD ***"),
        ("a IDENTIFIED VIA ed25519 USING 'x'", "a IDENTIFIED VIA ed25519 USING ***"),
        ("SET PASSWORD FOR a = PASSWORD('x y')", "SET PASSWORD FOR a = PASSWORD(***)"),
        ("OPTIONS (user 'a', password 'x')", "OPTIONS (user 'a', password ***)"),
        ("CONNECTION 'host=h password=x'", "CONNECTION 'host=h password=***"),
        ("at x://u:a/b@c@h/d, and more", "at x://u:***@h/d, and more"),
        ('SELECT "password" FROM "users"', 'SELECT "password" FROM "users"'),
        ("denied (using password: YES)", "denied (using password: YES)"),
        ('password failed for user "a"', 'password failed for user "a"'),
        ("x://u@h:5432/d", "x://u@h:5432/d"),
    ],
)
def test_what_looks_like_a_password(text: str, shown: str) -> None:
    assert masked(text) == shown
    assert masked(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x://u:a/b@c@h:1/d", "x://u:***@h:1/d"),
        ("x//u:secret@h/d", "x//u:***@h/d"),
        ("x://u:${PASSWORD}@h:${PORT}/d", "x://u:***@h:${PORT}/d"),
        ("x://h/d?token=secret&ssl=on", "x://h/d?token=***&ssl=on"),
        ("x://h/d?options=-c%20a.password%3Dsecret", "x://h/d?options=***"),
        ("x://u@h:1/d?timeout=3", "x://u@h:1/d?timeout=3"),
        ("x:///a/b.db", "x:///a/b.db"),
        ("${URL}", "${URL}"),
    ],
)
def test_a_url_without_its_secrets(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    "url",
    [
        "x://h/d?odbc_connect=Driver%3DA%3BUID%3Dme%3BPWD%3Dopen-up",
        "x://h/d?options=-c%20a.secret%3Dopen-up%20-c%20b%3Dc",
        "x://h/d?token=a&token=open-up",
        "x://u:p@open-up@h/d",
    ],
)
def test_the_parts_of_an_option(url: str) -> None:
    text = "the server says: open-up, h, b and c"
    assert Secrets(make_url(url)).mask(text) == "the server says: ***, h, b and c"
