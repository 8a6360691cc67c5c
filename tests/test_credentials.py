"""A password is for the driver: nothing that is logged, raised, reported or told holds it."""

from __future__ import annotations

import configparser
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
from autosync.addresses import Address, is_url, without_secrets
from autosync.config import expanded
from autosync.credentials import Secrets, kept, masked, named, shown, unquoted
from autosync.ddl import send
from autosync.report.formats import FORMATS
from tests.servers.database import LiveDatabase
from tests.soon import soon
from tests.tables import NEVER, Unforeseen

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


@pytest.fixture(params=["in front", "among the options", "in a string"])
def url(request: pytest.FixtureRequest, database: LiveDatabase, account: URL) -> URL:
    """The password as it is given mostly, or as a driver takes it, too; with other secrets."""
    if request.param == "in front":
        return account
    if request.param == "in a string":
        quoted = PASSWORD.replace("\\", "\\\\").replace("'", "\\'")
        if database.name == "mariadb":
            return account.update_query_dict({"init_command": f"SET @password = '{quoted}'"})
        option = "conninfo" if account.get_driver_name() == "psycopg" else "dsn"
        plain = account.set(password=None)
        return plain.update_query_dict({option: f"password='{quoted}' connect_timeout=10"})
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
    check = sa.CheckConstraint(Unforeseen("id", new=True), name="never")
    Table("broken", broken, Column("id", Integer, primary_key=True), check, **NEVER)
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
        ("no folder x:/u:a/b@h for it", "no folder x:/u:***@h for it"),
        ("at x://h/d?token=a&ssl=on", "at x://h/d?token=***&ssl=on"),
        ("token=a b", "token=*** b"),
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
        ("x:///a/b.db?mode=ro", "x:///a/b.db?mode=ro"),
        ("x://h/d?nobody_knows=it", "x://h/d?nobody_knows=***"),
        ("x://h/d?init_command=SET%20a", "x://h/d?init_command=***"),
        ("x://h/d?application_name=a%3Db", "x://h/d?application_name=***"),
        ("x://u@h/host=g password=secret", "x://u@h/***"),
        ("x:///password%3Dsecret?ssl=on", "x:///***?ssl=on"),
        ("x:///postgresql://u:secret@h/d", "x:///***"),
        ("${URL}", "${URL}"),
        ("x://me:secret${REST}", "x://me:***${REST}"),
        ("x://${ME}secret${REST}/d", "x://${ME}***${REST}/d"),
        ("x://${ME}secret@h/d", "x://${ME}***@h/d"),
        ("x://h:${PORT}/d", "x://h:${PORT}/d"),
        ("x://${H}:${PORT}/${D}", "x://${H}:${PORT}/${D}"),
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


@pytest.mark.parametrize(
    "url",
    [
        "x:///host=h password=open-up",
        "x:///host=h password='open-up",
        "x:///host=h password='a open-up' dbname=b",
        "x:///host=h password=a open-up",
        "x:///host=h password=a\\ open-up",
        "x:///postgresql://u:open-up@h/d",
        "x:///postgresql://u:open-up@[h/d",
        "x:///postgresql://u@h/d?password=open-up",
        "x://h/d?dsn=postgresql://u:open-up@h/d",
        "x://h/d?options=--open-up",
        "x://h/d?init_command=SET @a='open-up'",
        "x://h/d?passfile=open-up",
        "x://h/d?sslkey=open-up",
        "x://h/d?service=open-up",
        "x://h/d?read_default_file=open-up",
    ],
)
def test_what_a_driver_may_complain_of(url: str) -> None:
    """Of a string in a string, it repeats what it has made of it."""
    address = make_url(url)
    assert (
        Secrets(address).mask('missing "=" after "open-up" at h') == 'missing "=" after "***" at h'
    )
    assert "open-up" not in shown(address)


# --- what the environment has brought into a URL --------------------------------------------------


def expansions(monkeypatch: pytest.MonkeyPatch, template: str, **values: str) -> Secrets:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    secrets = Secrets()
    secrets.add_expansions(expanded(template, "here"))
    return secrets


@pytest.mark.parametrize(
    ("template", "values", "text", "masked_text"),
    [
        ("x://u@${H}/d", {"H": "Db-7"}, "no host db-7 for d", "no host *** for d"),
        ("x://u@${H}/d", {"H": "db-7"}, "at db-7 (10.0.0.1), 1", "at *** (***), 1"),
        ("x://u@h/d${N}", {"N": "b_7x"}, "no b_7x, no db_7x: db", "no ***, no ***: db"),
        ("${U}", {"U": "x://me_2@h_8x/d_9x"}, "x: me_2, h_8x, d_9x", "x: ***, ***, ***"),
        ("x://${A}/d", {"A": "me_2:pa%2Fss@h_8x"}, "pa/ss pa%2fss h_8x", "*** *** ***"),
        ("x://u@h/d?${O}", {"O": "one_2=two_3"}, "one_2 is two_3", "*** is ***"),
        ("${N}://u@h/d", {"N": "mysql+own"}, "no own for mysql+own", "no own for mysql+own"),
        ("x:/u:${P}@", {"P": "a4/b_77"}, "a4/b_77 and b_77", "*** and ***"),
        ("x:///${D}/a.db", {"D": "/srv/our_own"}, "/srv/our_own/a.db", "***"),
        ("x://u@h/${D}", {"D": ""}, "d is d", "d is d"),
        # a word that stands everywhere, and one that is short
        ("x://u@h/${D}", {"D": "db"}, "the db of 'db': x://u@h/db", "the db of '***': x://u@h/***"),
        ("x://${U}@h/d", {"U": "user"}, 'user "user", user', 'user "***", user'),
        (
            "x://${U}@h/d",
            {"U": "sa"},
            "'sa'@'h' is sad: role sa lacks",
            "'***'@'h' is sad: role *** lacks",
        ),
        ("x://${U}@h/d", {"U": "t"}, "can't, `t`, not", "can't, `***`, not"),
        ("x://u@h:${P}/d", {"P": "80"}, "port 80 of 80 ports: h:80", "port *** of 80 ports: h:***"),
        ("x://u@h:${P}/d", {"P": "5432"}, "5432 of 15432", "*** of 15432"),
        ("x://${U}@h/d", {"U": "shop"}, "shop owns shop_items", "*** owns shop_items"),
        ("x://u@h/${D}", {"D": "shop-7"}, "Tables_in_shop-7", "Tables_in_***"),
    ],
)
def test_what_was_expanded(
    monkeypatch: pytest.MonkeyPatch,
    template: str,
    values: dict[str, str],
    text: str,
    masked_text: str,
) -> None:
    assert expansions(monkeypatch, template, **values).mask(text) == masked_text


def test_a_name_is_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """A remedy has to run where a table is called like a password, which nobody told it."""
    secrets = expansions(monkeypatch, "x://${U}:shop@h/d", U="keeper_7")
    secrets.add(make_url("x://keeper_7:shop@h/d"))
    with kept(secrets):
        assert named("GRANT ALL ON shop TO keeper_7") == "GRANT ALL ON shop TO ***"
        assert masked("no shop for keeper_7") == "no *** for ***"
        assert shown(make_url("x://keeper_7:shop@h/shop")) == "x://***:***@h/shop"
    assert masked("no shop for keeper_7") == "no shop for keeper_7"


def test_where_expansions_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", "one")
    monkeypatch.setenv("B", "")
    address = expanded("x${A}y${B}${A}", "here")
    assert address == Address("xoneyone", ((1, 4), (5, 5), (5, 8)))


@pytest.mark.parametrize(
    ("text", "it_is"),
    [
        ("postgresql://u:p@h/d", "a URL"),
        ("postgresql+psycopg://h", "a URL"),
        ("postgresql:/u:p@h/d", "a URL"),
        ("postgresql:u:p@h", "a URL"),
        ("file:///a/b", "a URL"),
        ("report.json", "a file"),
        ("a/b:c.json", "a file"),
        ("C:/reports/a.json", "a file"),
        ("C:\\reports\\a@b.json", "a file"),
        ("-", "a file"),
    ],
)
def test_what_is_to_be_a_url(text: str, it_is: str) -> None:
    assert is_url(text) is (it_is == "a URL")


LONG = ["a ", ":", "a:/", "://a:", "x://a?b=", "@:", "password '", "password=", "(::", "a${", "'"]


@pytest.mark.parametrize("text", LONG)
def test_long_texts(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Whoever chooses the names in a database makes nobody wait."""
    long = text * (100_000 // len(text))
    secrets = expansions(monkeypatch, "x://u@${H}/d", H="a-very-long-name")
    with soon(5):
        with kept(secrets):
            masked(long)
        without_secrets(long)


def test_bytes_that_are_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = expansions(monkeypatch, "x://u@${H}/d", H="a\udcff_7bc")
    assert secrets.mask("no a\udcff_7bc, no a%FF_7bc") in ("no ***, no a%FF_7bc", "no ***, no ***")


def test_a_parser_that_repeats_what_it_reads() -> None:
    """Such as the one of alembic.ini, and of a driver's own file."""

    def read(text: str) -> None:
        parser = configparser.ConfigParser()
        parser.read_string(text, "my.cnf")
        parser.get("a", "b")

    for text in ("s3same", "[a]\ns3same", "[a]\nb = %s3same", "[a]\nb=1\nb=s3same"):
        with pytest.raises(configparser.Error) as caught:
            read(text)
        assert "s3same" not in unquoted(caught.value)
        assert type(caught.value).__name__ in unquoted(caught.value)
