"""URLs that nobody has thought of, with secrets in any of their parts; whatever goes wrong with
them, and whatever is asked for: no word of a secret is written, logged or shown.

`make fuzz` sets AUTOSYNC_EXAMPLES to try many, and other ones each time; a test run tries the same
few.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from sqlalchemy.engine import URL

from autosync.report.formats import FORMATS
from tests.many import as_many
from tests.secrets import homes, parts
from tests.secrets.homes import Home, Homes
from tests.secrets.parts import ANY, NAMES, WORDS, Address, Part, configured, fixed, part
from tests.secrets.stage import OURS, Stage, stage
from tests.servers.database import DRIVERS

# to make an example smaller takes minutes
AS_MANY = as_many(15, HealthCheck.function_scoped_fixture, phases=[Phase.generate])
SERVERS = pytest.mark.parametrize("name", ["postgresql", "mariadb"])
OTHERS = {
    "postgresql": ["postgresql+psycopg2", "postgresql+asyncpg"],
    "mariadb": ["mariadb+pymysql"],
}
COMMANDS = [
    ("plan", "shop:Base"),
    ("plan", "telling:Base"),
    ("sync", "--yes", "shop:Base", "--deadline", "0.3"),
    ("sync", "--yes", "shop:Broken"),
    ("sync", "--yes", "--on-refused", "raise", "shop:Base", "--deadline", "0.3"),
    ("wait", "shop:Base", "--timeout", "0.2"),
    ("config", "shop:Base"),
    ("snapshot", "--rows", "--output", "out/snapshot.json"),
    ("current", "--revisions", "good"),
    ("current", "--revisions", "bad"),
    ("upgrade", "--yes", "--revisions", "failing", "--stamp", "base"),
    ("plan", "shop:Base", "--revisions", "bad"),
    ("check", "shop:Base", "--alembic", "--revisions", "good"),
    ("revision", "shop:Other", "--message", "more", "--revisions", "empty"),
    ("adopt", "old", "new", "--yes"),
]
REPORTING = {"plan", "check", "sync", "wait"}


class Trouble(NamedTuple):
    """What goes wrong: other parts, other options, and what happens meanwhile."""

    parts: Mapping[str, Part] = {}
    options: Mapping[str, Part] = {}
    dialect: str = ""
    meanwhile: str = ""


def secret(name: str) -> Part:
    """The value of an option that is one."""
    return fixed(f"zq{name}fore", is_secret=True)


def written(text: str, *words: str) -> Part:
    """A text that is secret by itself, as somebody writes it into a URL."""
    return fixed(text, is_secret=True)._replace(words=words)


ANYWHERE = [
    *[Trouble()] * 4,
    Trouble({"host": fixed("zqhostfore.ZQhostaft.invalid", "zqhostfore", "ZQhostaft")}),
    Trouble({"port": fixed("1")}),
    Trouble({"port": fixed("zqportfore")}),
    Trouble({"user": fixed("zqnobodyfore")}),
    Trouble({"password": fixed("zqwrongfore", is_secret=True)}),
    Trouble({"password": written("zqtwofore@zqtwoaft", "zqtwofore", "zqtwoaft")}),
    Trouble({"database": fixed("zqmissingfore")}),
    Trouble(dialect="zqdialect"),
    Trouble(options={"zqunknown": fixed("zqvaluefore")}),
    Trouble(options={"password": secret("other")}),
    Trouble(options={"token": secret("token")}),
    Trouble(meanwhile="rights"),
    Trouble(meanwhile="lock"),
    Trouble(meanwhile="lock"),
    Trouble(meanwhile="shutdown"),
]


def inner(value: str, *words: str) -> Trouble:
    """A connection string in the place of the database's name."""
    text = f"host=zqinnerfore.invalid password={value} dbname=x"
    return Trouble({"database": written(text, *words)})


def setting(text: str) -> Trouble:
    """What the server is told at the beginning."""
    return Trouble(options={"options": written(text, "zqsettingfore")})


TROUBLES = {
    "postgresql": [
        *ANYWHERE,
        Trouble(options={"sslmode": fixed("require")}),
        Trouble(options={"sslmode": fixed("zqmodefore")}),
        Trouble(options={"sslkey": secret("key"), "sslpassword": secret("ssl")}),
        Trouble(options={"sslrootcert": secret("cert"), "sslmode": fixed("verify-full")}),
        Trouble(options={"passfile": secret("file")}),
        Trouble(options={"service": secret("service")}),
        Trouble(options={"application_name": fixed("zqapplicationfore")}, meanwhile="lock"),
        setting("-c%20autosync.token%3Dzqsettingfore"),
        setting("-c%20zqsettingfore%3Don"),
        setting("-c%20work_mem%3Dzqsettingfore"),
        setting("--zqsettingfore"),
        inner("zqinpass", "zqinpass"),
        inner("'zqinpass zqafter'", "zqinpass", "zqafter"),
        inner("zqinpass zqafter", "zqinpass", "zqafter"),
        inner("'zqinpass", "zqinpass"),
        Trouble({"database": written("postgresql://me:zqinpass@zqin.invalid/x", "zqinpass")}),
        Trouble({"database": written("postgresql://me:zqinpass@[zqin/x", "zqinpass")}),
        Trouble({"database": written("password=zqinpass zqoption=zqafter", "zqinpass", "zqafter")}),
    ],
    "mariadb": [
        *ANYWHERE,
        Trouble(options={"ssl_ca": secret("ca")}),
        Trouble(options={"ssl_key_password": secret("ssl")}),
        Trouble(options={"passwd": secret("passwd")}),
        Trouble(options={"charset": fixed("zqcharsetfore")}),
        Trouble(options={"read_default_file": secret("file")}),
        Trouble(options={"read_default_file": written("my.cnf", "zqinmycnf", "zqalsothere")}),
        Trouble(options={"init_command": written("SET%20@a='zqinitfore'", "zqinitfore")}),
        Trouble(options={"init_command": written("SET%20'zqinitfore'%20zq", "zqinitfore")}),
        Trouble(options={"init_command": written('KILL%20"zqinit%20fore"', "zqinit fore")}),
        Trouble({"database": written("x;password=zqinpass", "zqinpass")}),
    ],
}


class Example(NamedTuple):
    """What is tried: a URL, and what goes wrong."""

    address: Address
    right: Mapping[str, Part]
    trouble: Trouble


@st.composite
def examples(draw: st.DrawFn, name: str, url: URL) -> Example:
    """An address in that home, as far as nothing else is the trouble."""
    right = {
        "user": draw(part("user", NAMES)),
        "password": draw(part("password", ANY, is_secret=True)),
        "host": fixed("127.0.0.1"),
        "port": fixed(str(url.port)),
        "database": fixed(homes.NAME, *homes.WORDS),
    }
    trouble = draw(st.sampled_from(TROUBLES[name]))
    dialect = trouble.dialect or draw(st.sampled_from([DRIVERS[name], *OTHERS[name]]))
    options = dict(trouble.options)
    if draw(st.booleans()):
        options["connect_timeout"] = fixed("3", "connect-timeout-is-no-secret")
    address = Address(dialect, {**right, **trouble.parts}, options)
    return Example(address, right, trouble)


@SERVERS
@AS_MANY
@given(data=st.data())
def test_a_server(name: str, data: st.DataObject, homes: Homes) -> None:
    home = homes(name)
    example = data.draw(examples(name, home.url))
    configuration = data.draw(configured(example.address))
    arguments = data.draw(commands())
    home.furnish()
    right, trouble = example.right, example.trouble
    with (
        home.user(right["user"], right["password"], may_write=trouble.meanwhile != "rights"),
        stage() as app,
        MEANWHILE.get(trouble.meanwhile, _nothing)(home, right["user"]),
    ):
        app.write("my.cnf", "[client]\npassword=zqinmycnf\nzqalsothere\n")
        assert_discreet(app, configuration, arguments, {"zqliteral", "zqcomment"})


@AS_MANY
@given(data=st.data())
def test_a_file(data: st.DataObject) -> None:
    with stage() as app:
        name = data.draw(part("file", [*WORDS, " ", "'", "é"]))
        trouble = data.draw(st.sampled_from(sorted(FILES)))
        path = app.folder / "data" / f"{name.text}.db"
        path.parent.mkdir()
        with FILES[trouble](path):
            database = Part(str(path), str(path), name.words)
            options = data.draw(st.sampled_from(FILE_OPTIONS))
            address = Address("sqlite", {"database": database}, options)
            configuration = data.draw(configured(address))
            assert_discreet(app, configuration, data.draw(commands()), set())


@st.composite
def commands(draw: st.DrawFn) -> list[str]:
    """A command, and how its report is written."""
    command = list(draw(st.sampled_from(COMMANDS)))
    if command[0] in REPORTING:
        command += ["--format", draw(st.sampled_from(sorted(FORMATS)))]
        command += ["--output", "out/report.txt"] * draw(st.booleans())
    return [*command, "--database", "shop"]


def assert_discreet(
    app: Stage, configuration: parts.Configured, arguments: list[str], more: set[str]
) -> None:
    app.write("autosync.toml", configuration.file)
    words = {word for word in configuration.secrets | more if not word.isdecimal() or len(word) > 3}
    said = [
        app.run(*arguments, environment={**configuration.environment, **env})
        for env in ({}, {"AUTOSYNC_TRACEBACK": "1"})
    ]
    for text in said:
        assert text.strip()
        assert parts.told(frozenset(words), text) == [], text


# --- what happens meanwhile -----------------------------------------------------------------------


@contextmanager
def _nothing(home: Home, user: Part) -> Iterator[None]:
    yield


@contextmanager
def _locked(home: Home, user: Part) -> Iterator[None]:
    """Another session is in the way, with a statement that is nobody's business."""
    statement = (
        "SELECT id, 'it''s zqliteral' AS a, 'zqliteral' AS b /* zqcomment */ FROM customer "
        "WHERE name <> 'zqliteral' -- zqcomment"
    )
    if home.name == "mariadb":
        statement = statement.replace("'zqliteral'", '"zqliteral"')
    with home.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql(statement).all()
        yield


@contextmanager
def _shut_down(home: Home, user: Part) -> Iterator[None]:
    """The server ends our sessions again and again."""
    over = threading.Event()

    def kill() -> None:
        while not over.wait(0.05):
            home.kill(user)

    thread = threading.Thread(target=kill, name=OURS)
    with _locked(home, user):
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


MEANWHILE: Mapping[str, Callable[[Home, Part], AbstractContextManager[None]]] = {
    "lock": _locked,
    "shutdown": _shut_down,
}


# --- files ----------------------------------------------------------------------------------------


@contextmanager
def _made(path: Path) -> Iterator[None]:
    with sqlite3.connect(path) as connection:
        connection.execute(homes.OLD[1])
    connection.close()
    yield


@contextmanager
def _read_only(path: Path) -> Iterator[None]:
    with _made(path):
        path.chmod(0o400)
        yield


@contextmanager
def _locked_file(path: Path) -> Iterator[None]:
    with _made(path):
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.close()


@contextmanager
def _no_database(path: Path) -> Iterator[None]:
    path.write_text("no database" * 200)
    yield


@contextmanager
def _no_folder(path: Path) -> Iterator[None]:
    path.parent.rmdir()
    yield


@contextmanager
def _folder(path: Path) -> Iterator[None]:
    path.mkdir()
    yield


FILES: Mapping[str, Callable[[Path], AbstractContextManager[None]]] = {
    "made": _made,
    "missing": lambda path: nullcontext(),
    "read-only": _read_only,
    "locked": _locked_file,
    "no database": _no_database,
    "no folder": _no_folder,
    "folder": _folder,
}
FILE_OPTIONS: list[dict[str, Part]] = [
    {},
    {"timeout": fixed("1")},
    {"zqunknown": fixed("zqvaluefore")},
    {"key": secret("key")},
    {"password": secret("password")},
]
